/* What a server says of itself: only what the authority signed counts, a new shard of the log too. */
#include "client/syncer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct hf_sign_key key_of(uint8_t number)
{
    uint8_t seed[HF_SIGN_SEED_BYTES] = {number};
    struct hf_sign_key key;
    hf_sign_key_from_seed(seed, &key);
    return key;
}

/* A certificate with a new shard, signed by `authority`. */
static void make(const struct hf_sign_key *authority, const uint8_t log_id[HF_HASH_BYTES], struct hf_buf *out)
{
    struct hf_shard shard = {.number = 1,
                             .name = hf_slice_str("log.invented-council.example/2"),
                             .size = 1,
                             .note = hf_slice_str("the checkpoint of before"),
                             .reason = hf_slice_str("The disk failed (invented).")};
    struct hf_note_body note = {.what = HF_NOTE_SERVER, .serial = 1, .authority_name = hf_slice_str("Invented")};
    struct hf_buf bytes = {0};
    hf_shard_encode(&shard, &bytes);
    note.shard = hf_buf_slice(&bytes);
    hf_server_certify(authority, log_id, &note);
    hf_note_body_encode(&note, out);
    hf_buf_clear(&bytes);
    assert_int_equal(hf_buf_status(out), HF_OK);
}

static void a_shard_that_the_authority_did_not_sign__is_refused(void **state)
{
    (void)state;
    const uint8_t log_id[HF_HASH_BYTES] = {1}, other_log[HF_HASH_BYTES] = {2};
    const struct hf_sign_key authority = key_of(3), somebody = key_of(4);
    struct hf_note_body note;
    struct hf_error err = {0};
    struct hf_buf good = {0}, forged = {0};
    make(&authority, log_id, &good);
    make(&somebody, log_id, &forged);
    assert_int_equal(hf_certificate_check(hf_buf_slice(&good), authority.public_key, log_id, &note, &err), HF_OK);
    assert_int_equal(hf_certificate_check(hf_buf_slice(&forged), authority.public_key, log_id, &note, &err),
                     HF_ERR_AUTH);
    assert_int_equal(hf_certificate_check(hf_buf_slice(&good), authority.public_key, other_log, &note, &err),
                     HF_ERR_AUTH);
    hf_buf_clear(&good);
    hf_buf_clear(&forged);
}

/* Its name, where it parts, the checkpoint of before and the reason: all of it was signed. */
static void a_shard_of_which_a_byte_was_changed__is_refused(void **state)
{
    (void)state;
    const uint8_t log_id[HF_HASH_BYTES] = {1};
    const struct hf_sign_key authority = key_of(3);
    struct hf_note_body note;
    struct hf_error err = {0};
    struct hf_buf bytes = {0};
    make(&authority, log_id, &bytes);
    for (size_t i = 0; i < bytes.len; i++) {
        bytes.data[i] ^= 1;
        const enum hf_status status =
            hf_certificate_check(hf_buf_slice(&bytes), authority.public_key, log_id, &note, &err);
        const bool name = status == HF_OK && !hf_slice_equal(note.authority_name, hf_slice_str("Invented"));
        assert_true(status == HF_ERR_AUTH || name); /* the authority's name is what it calls itself: not signed */
        bytes.data[i] ^= 1;
    }
    hf_buf_clear(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shard_that_the_authority_did_not_sign__is_refused),
        cmocka_unit_test(a_shard_of_which_a_byte_was_changed__is_refused),
    };
    return hf_crypto_init(false) == HF_OK ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
