/* The server's keys turn: a power cut at each step, and nobody but the authority can turn them. */
#include "tests/server/support_office.h"

#include "server/ingest.h"
#include "server/keystore_rotate.h"
#include "server/rotate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    assert_int_equal(hf_crypto_init(false), HF_OK);
    *state = office_new_on_disk();
    return 0;
}

static int teardown(void **state)
{
    office_free(*state);
    return 0;
}

/* A certificate for what the office asks about, signed by `authority`. */
static void certificate(struct office *office, unsigned parts, const struct hf_sign_key *authority, struct hf_buf *out)
{
    struct hf_buf request = {0};
    assert_int_equal(hf_rotate_request(&office->office, parts, 30, &request, &office->err), HF_OK);
    assert_int_equal(hf_rotate_sign(hf_buf_slice(&request), authority, out, &office->err), HF_OK);
    hf_buf_clear(&request);
}

static bool count_note(void *ctx, const struct hf_entry_row *row)
{
    size_t *count = ctx;
    *count += row->kind == HF_LEAF_NOTE;
    return true;
}

static size_t notes(struct office *office)
{
    size_t count = 0;
    assert_int_equal(office->store->ops->entries(office->store, 0, office_size(office), count_note, &count), HF_OK);
    return count;
}

enum cut { AFTER_REQUEST, AFTER_CERTIFIED, AFTER_WRITTEN, AFTER_USED, CUTS };

/* The steps of hf_rotate_take up to the cut. */
static void take_until(struct office *office, enum cut cut, struct hf_slice text)
{
    struct hf_keys_text given;
    struct hf_key_row next;
    struct hf_note_body body;
    if (cut == AFTER_REQUEST)
        return;
    assert_int_equal(hf_keys_text_read(text, &given, &office->err), HF_OK);
    assert_int_equal(hf_keystore_has_next_keys(office->keystore, &next), HF_OK);
    office_publish(office);
    assert_int_equal(
        hf_keystore_certify_keys(office->keystore, next.serial, given.body.authority_signature, office_size(office)),
        HF_OK);
    if (cut == AFTER_CERTIFIED)
        return;
    hf_rotate_body(hf_keystore_server(office->keystore), &next, &body);
    memcpy(body.authority_signature, given.body.authority_signature, sizeof body.authority_signature);
    assert_int_equal(hf_rotate_write(&office->office, &body), HF_OK);
    if (cut == AFTER_USED)
        assert_int_equal(hf_keystore_use_keys(office->keystore, next.serial), HF_OK);
}

static void a_power_cut_at_any_step__ends_with_one_certificate_and_the_new_keys(void **state)
{
    struct office *office = *state;
    for (enum cut cut = AFTER_REQUEST; cut < CUTS; cut++) {
        struct hf_buf text = {0};
        const size_t before = notes(office);
        const uint64_t serial = hf_keystore_server(office->keystore)->serial;
        certificate(office, HF_KEYS_ALL, &office->authority, &text);
        struct hf_key_row next;
        assert_int_equal(hf_keystore_has_next_keys(office->keystore, &next), HF_OK);
        take_until(office, cut, hf_buf_slice(&text));
        assert_int_equal(office_reopen(office), HF_OK);
        if (cut < AFTER_WRITTEN) {
            assert_int_equal(hf_keystore_server(office->keystore)->serial, serial); /* it was not taken … */
            assert_int_equal(hf_rotate_take(&office->office, hf_buf_slice(&text), &office->err),
                             HF_OK); /* … and can be */
        }
        const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
        assert_int_equal(keys->serial, serial + 1);
        assert_memory_equal(keys->device.public_key, next.device, sizeof next.device);
        assert_memory_equal(keys->log.public_key, next.log, sizeof next.log);
        assert_memory_equal(keys->channel.public_key, next.channel, sizeof next.channel);
        assert_memory_equal(keys->key_store.public_key, next.key_store, sizeof next.key_store);
        assert_int_equal(notes(office), before + 1);
        assert_int_equal(hf_rotate_take(&office->office, hf_buf_slice(&text), &office->err), HF_ERR_STATE);
        assert_int_equal(office_reopen(office), HF_OK);
        assert_int_equal(notes(office), before + 1);
        hf_buf_clear(&text);
    }
}

static void a_certificate_of_somebody_else__is_refused_and_changes_nothing(void **state)
{
    struct office *office = *state;
    uint8_t seed[HF_SIGN_SEED_BYTES] = {77};
    struct hf_sign_key other;
    struct hf_buf text = {0};
    hf_sign_key_from_seed(seed, &other);
    certificate(office, HF_KEYS_DEVICE | HF_KEYS_STORE, &other, &text);
    const uint64_t size = office_size(office);
    assert_int_equal(hf_rotate_take(&office->office, hf_buf_slice(&text), &office->err), HF_ERR_AUTH);
    assert_int_equal(office_size(office), size);
    assert_int_equal(hf_keystore_server(office->keystore)->serial, 0);
    hf_buf_clear(&text);
}

static void what_was_sealed_to_a_key_store_key_that_was_given_up__still_opens(void **state)
{
    struct office *office = *state;
    struct device device = device_enrolled(office, "Ann Sample", HF_ROLE_WORKER);
    struct hf_class_key key = new_class_key();
    struct hf_item item = device_case(&device, &key); /* sealed to the key of before */
    struct hf_buf text = {0};
    certificate(office, HF_KEYS_STORE, &office->authority, &text);
    assert_int_equal(hf_rotate_take(&office->office, hf_buf_slice(&text), &office->err), HF_OK);
    assert_int_equal(hf_ingest_push(&office->office, &device.peer, &item, 1, office->results, &office->err), HF_OK);
    assert_int_equal(office->results[0].hold, HF_HOLD_NONE);
    hf_buf_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_power_cut_at_any_step__ends_with_one_certificate_and_the_new_keys, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_certificate_of_somebody_else__is_refused_and_changes_nothing, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(what_was_sealed_to_a_key_store_key_that_was_given_up__still_opens, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
