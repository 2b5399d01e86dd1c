#include "protocol/invitation.h"

#include "core/base/text.h"
#include "tests/protocol/support_vectors.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FILE_NAME "invitation.txt"

static void golden_fixed(const char *name, uint8_t *out, size_t len)
{
    struct hf_buf value = {0};
    vector_hex(FILE_NAME, name, &value);
    assert_int_equal(value.len, len);
    memcpy(out, value.data, len);
    hf_buf_clear(&value);
}

static void golden_text(const char *name, char *out)
{
    struct hf_buf value = {0};
    vector_value(FILE_NAME, name, &value);
    memcpy(out, value.data, value.len);
    out[value.len] = '\0';
    hf_buf_clear(&value);
}

static struct hf_invitation golden(void)
{
    struct hf_invitation invitation = {.expiry_ms = 1795298315123};
    golden_fixed("id", invitation.id.bytes, HF_ID_BYTES);
    golden_fixed("token", invitation.token, HF_KEY_BYTES);
    golden_fixed("server_key", invitation.server_key, HF_DH_BYTES);
    golden_fixed("authority_hash", invitation.authority_hash, HF_HASH_BYTES);
    golden_text("address", invitation.address);
    golden_text("origin", invitation.origin);
    return invitation;
}

static void assert_invitations_equal(const struct hf_invitation *a, const struct hf_invitation *b)
{
    assert_true(hf_id_equal(&a->id, &b->id));
    assert_memory_equal(a->token, b->token, HF_KEY_BYTES);
    assert_memory_equal(a->server_key, b->server_key, HF_DH_BYTES);
    assert_memory_equal(a->authority_hash, b->authority_hash, HF_HASH_BYTES);
    assert_int_equal(a->expiry_ms, b->expiry_ms);
    assert_string_equal(a->address, b->address);
    assert_string_equal(a->origin, b->origin);
}

/* What parsing says of this text, read from memory of exactly its length; a refusal comes with a sentence. */
static enum hf_status parse(struct hf_slice text, struct hf_invitation *out)
{
    uint8_t *copy = malloc(text.len ? text.len : 1);
    assert_non_null(copy);
    if (text.len > 0)
        memcpy(copy, text.data, text.len);
    struct hf_error err = {0};
    enum hf_status status = hf_invitation_parse(hf_slice_of(copy, text.len), out, &err);
    free(copy);
    if (status != HF_OK) {
        assert_int_equal(err.status, status);
        assert_true(strlen(err.text) > 20 && err.text[strlen(err.text) - 1] == '.');
    }
    return status;
}

static enum hf_status parse_line(const struct hf_buf *line)
{
    struct hf_invitation ignored;
    return parse(hf_buf_slice(line), &ignored);
}

static void invitation__is_the_golden_line(void **state)
{
    (void)state;
    const struct hf_invitation invitation = golden();
    struct hf_buf line = {0}, expected = {0};
    hf_invitation_format(&invitation, &line);
    assert_int_equal(hf_buf_status(&line), HF_OK);
    vector_value(FILE_NAME, "line", &expected);
    assert_true(hf_slice_equal(hf_buf_slice(&line), hf_buf_slice(&expected)));

    struct hf_invitation back;
    assert_int_equal(parse(hf_buf_slice(&line), &back), HF_OK);
    assert_invitations_equal(&invitation, &back);
    hf_buf_clear(&line);
    hf_buf_clear(&expected);
}

static void white_space_around_it__is_fine(void **state)
{
    (void)state;
    struct hf_buf line = {0};
    hf_buf_append_str(&line, " \t\r\n");
    vector_value(FILE_NAME, "line", &line);
    hf_buf_append_str(&line, "\n\n ");
    struct hf_invitation back;
    assert_int_equal(parse(hf_buf_slice(&line), &back), HF_OK);
    line.data[line.len / 2] = ' ';
    assert_int_equal(parse_line(&line), HF_ERR_INVALID);
    hf_buf_clear(&line);
}

static void part_of_a_line__is_refused(void **state)
{
    (void)state;
    struct hf_buf line = {0};
    vector_value(FILE_NAME, "line", &line);
    for (size_t len = 0; len < line.len; len++) {
        struct hf_invitation untouched;
        memset(&untouched, 0x5A, sizeof untouched);
        const struct hf_invitation before = untouched;
        assert_int_equal(parse(hf_slice_of(line.data, len), &untouched), HF_ERR_INVALID);
        assert_memory_equal(&untouched, &before, sizeof before);
    }
    hf_buf_append_str(&line, "AAAA");
    assert_int_equal(parse_line(&line), HF_ERR_INVALID);
    hf_buf_clear(&line);
}

/* Before it is sent anywhere: a mistyped letter does not use the invitation up. */
static void any_other_letter__is_refused(void **state)
{
    (void)state;
    struct hf_buf line = {0};
    vector_value(FILE_NAME, "line", &line);
    for (size_t i = 0; i < line.len; i++) {
        const uint8_t right = line.data[i];
        line.data[i] = right == 'x' ? 'y' : 'x';
        assert_int_equal(parse_line(&line), HF_ERR_INVALID);
        if (i > 0 && line.data[i - 1] != right) { /* two letters in the wrong order */
            line.data[i] = line.data[i - 1];
            line.data[i - 1] = right;
            assert_int_equal(parse_line(&line), HF_ERR_INVALID);
            line.data[i - 1] = line.data[i];
        }
        line.data[i] = right;
    }
    assert_int_equal(parse_line(&line), HF_OK);
    hf_buf_clear(&line);
}

/* The bytes of an invitation with this version, address and origin, as a line. */
static enum hf_status parse_parts(uint8_t version, struct hf_slice address, struct hf_slice origin)
{
    struct hf_buf bytes = {0}, line = {0};
    hf_buf_append_u8(&bytes, version);
    hf_buf_append_zeros(&bytes, HF_ID_BYTES + HF_KEY_BYTES + HF_DH_BYTES + HF_HASH_BYTES + 8);
    hf_buf_append_u16(&bytes, (uint16_t)address.len);
    hf_buf_append_slice(&bytes, address);
    hf_buf_append_u16(&bytes, (uint16_t)origin.len);
    hf_buf_append_slice(&bytes, origin);
    uint8_t check[HF_INVITATION_CHECK_BYTES];
    hf_invitation_check(hf_buf_slice(&bytes), check);
    hf_buf_append(&bytes, check, sizeof check);
    hf_text_base64url(&line, hf_buf_slice(&bytes));
    enum hf_status status = parse_line(&line);
    hf_buf_clear(&bytes);
    hf_buf_clear(&line);
    return status;
}

static enum hf_status parse_address(const char *address)
{
    return parse_parts(1, hf_slice_str(address), hf_slice_str("office.example/log"));
}

static void address__is_tcp_with_host_and_port(void **state)
{
    (void)state;
    assert_int_equal(parse_address("tcp://127.0.0.1:7440"), HF_OK);
    assert_int_equal(parse_address("tcp://[::1]:7440"), HF_OK);
    assert_int_equal(parse_address(""), HF_ERR_INVALID);
    assert_int_equal(parse_address("tcp://"), HF_ERR_INVALID);
    assert_int_equal(parse_address("tcp://host"), HF_ERR_INVALID);
    assert_int_equal(parse_address("tcp://host:"), HF_ERR_INVALID);
    assert_int_equal(parse_address("tcp://:7440"), HF_ERR_INVALID);
    assert_int_equal(parse_address("ipc://host:7440"), HF_ERR_INVALID);
    assert_int_equal(parse_address("tcp://ho st:7440"), HF_ERR_INVALID);
    assert_int_equal(parse_address("tcp://host\n:7440"), HF_ERR_INVALID);
}

static void longest_parts__fit_and_one_more_does_not(void **state)
{
    (void)state;
    char address[HF_INVITATION_ADDRESS_BYTES_MAX + 1], origin[HF_NOTE_NAME_BYTES_MAX + 1];
    memset(address, '1', sizeof address);
    memcpy(address, "tcp://h:", 8);
    memset(origin, 'o', sizeof origin);
    const struct hf_slice longest = hf_slice_of(address, sizeof address - 1), name = hf_slice_of(origin, 5);
    assert_int_equal(parse_parts(1, longest, hf_slice_of(origin, sizeof origin - 1)), HF_OK);
    assert_int_equal(parse_parts(1, hf_slice_of(address, sizeof address), name), HF_ERR_INVALID);
    assert_int_equal(parse_parts(1, longest, hf_slice_of(origin, sizeof origin)), HF_ERR_INVALID);
    assert_int_equal(parse_parts(1, longest, hf_slice_of(origin, 0)), HF_ERR_INVALID);
    assert_int_equal(parse_parts(1, longest, hf_slice_str("a+b")), HF_ERR_INVALID);
}

static void other_version__is_refused(void **state)
{
    (void)state;
    const struct hf_slice address = hf_slice_str("tcp://h:1"), origin = hf_slice_str("o");
    assert_int_equal(parse_parts(1, address, origin), HF_OK);
    assert_int_equal(parse_parts(0, address, origin), HF_ERR_INVALID);
    assert_int_equal(parse_parts(2, address, origin), HF_ERR_INVALID);
    /* A later form may be longer: say that it is later, not that it is broken. */
    struct hf_error err = {0};
    struct hf_invitation ignored;
    assert_int_equal(hf_invitation_parse(hf_slice_str("Ag"), &ignored, &err), HF_ERR_INVALID);
    assert_non_null(strstr(err.text, "later Holdfast"));
}

static void overlong_text__is_refused(void **state)
{
    (void)state;
    char text[HF_LIMIT_INVITATION_TEXT_BYTES + 1];
    struct hf_invitation ignored;
    memset(text, 'A', sizeof text);
    assert_int_equal(parse(hf_slice_of(text, sizeof text), &ignored), HF_ERR_INVALID);
    assert_int_equal(parse(hf_slice_of(text, sizeof text - 1), &ignored), HF_ERR_INVALID);
}

static void device_psk__is_the_golden_one(void **state)
{
    (void)state;
    uint8_t token[HF_KEY_BYTES], hash[HF_HASH_BYTES], expected[HF_KEY_BYTES], psk[HF_KEY_BYTES];
    golden_fixed("token", token, sizeof token);
    golden_fixed("handshake_hash", hash, sizeof hash);
    golden_fixed("device_psk", expected, sizeof expected);
    hf_invitation_device_psk(token, hash, psk);
    assert_memory_equal(psk, expected, sizeof psk);
}

static void enrol_signature__is_the_golden_one_and_fits_its_channel_only(void **state)
{
    (void)state;
    uint8_t seed[HF_SIGN_SEED_BYTES], hash[HF_HASH_BYTES], expected[HF_SIGN_BYTES], signature[HF_SIGN_BYTES];
    golden_fixed("device_seed", seed, sizeof seed);
    golden_fixed("handshake_hash", hash, sizeof hash);
    golden_fixed("enrol_signature", expected, sizeof expected);
    struct hf_sign_key key;
    hf_sign_key_from_seed(seed, &key);
    hf_invitation_sign(&key, hash, signature);
    assert_memory_equal(signature, expected, sizeof signature);
    assert_true(hf_invitation_signature_fits(key.public_key, hash, signature));
    hash[0] ^= 1;
    assert_false(hf_invitation_signature_fits(key.public_key, hash, signature));
}

static int start_crypto(void **state)
{
    (void)state;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(invitation__is_the_golden_line),
        cmocka_unit_test(white_space_around_it__is_fine),
        cmocka_unit_test(part_of_a_line__is_refused),
        cmocka_unit_test(any_other_letter__is_refused),
        cmocka_unit_test(address__is_tcp_with_host_and_port),
        cmocka_unit_test(longest_parts__fit_and_one_more_does_not),
        cmocka_unit_test(other_version__is_refused),
        cmocka_unit_test(overlong_text__is_refused),
        cmocka_unit_test(device_psk__is_the_golden_one),
        cmocka_unit_test(enrol_signature__is_the_golden_one_and_fits_its_channel_only),
    };
    return cmocka_run_group_tests(tests, start_crypto, NULL);
}
