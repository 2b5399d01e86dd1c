#include "tests/model/support_model.h"

#include "core/pack/writer.h"

#include <stdlib.h>
#include <string.h>

/* Decodes; the struct it fills is of no interest. */
typedef enum hf_status decode_fn(struct hf_slice bytes);

static enum hf_status decode_case(struct hf_slice bytes)
{
    struct hf_case_body body;
    return hf_case_body_decode(bytes, &body);
}

static enum hf_status decode_enrol(struct hf_slice bytes)
{
    struct hf_enrol_body body;
    return hf_enrol_body_decode(bytes, &body);
}

static enum hf_status decode_revoke(struct hf_slice bytes)
{
    struct hf_revoke_body body;
    return hf_revoke_body_decode(bytes, &body);
}

static enum hf_status decode_note(struct hf_slice bytes)
{
    struct hf_note_body body;
    return hf_note_body_decode(bytes, &body);
}

/* Cut anywhere, one byte longer, another count of pairs, another key: refused. Any byte changed: no crash. */
static void assert_strict(decode_fn *decode, struct hf_buf *bytes)
{
    assert_ok(hf_buf_status(bytes));
    assert_ok(decode(hf_buf_slice(bytes)));
    for (size_t len = 0; len < bytes->len; len++) {
        uint8_t *cut = malloc(len ? len : 1);
        assert_non_null(cut);
        memcpy(cut, bytes->data, len);
        assert_true(decode(hf_slice_of(cut, len)) != HF_OK);
        free(cut);
    }
    for (size_t at = 0; at < bytes->len; at++)
        for (unsigned value = 0; value < 256; value++) {
            uint8_t before = bytes->data[at];
            bytes->data[at] = (uint8_t)value;
            (void)decode(hf_buf_slice(bytes));
            bytes->data[at] = before;
        }
    bytes->data[0]++; /* one pair more, and there it is */
    hf_buf_append(bytes, "\x0F\xC0", 2);
    assert_true(decode(hf_buf_slice(bytes)) != HF_OK);
    hf_buf_clear(bytes);
}

static void case_body__keeps_everything_and_is_strict(void **state)
{
    (void)state;
    struct hf_case_body body = {.case_id = id_of(1), .key_id = id_of(2), .epoch = 70000};
    struct hf_case_body again;
    struct hf_buf bytes = {0};
    body.retention_class = hf_slice_str("child");
    memset(body.sealed_key, 0x5A, sizeof body.sealed_key);
    hf_case_body_encode(&body, &bytes);
    assert_ok(hf_case_body_decode(hf_buf_slice(&bytes), &again));
    assert_true(hf_id_equal(&again.case_id, &body.case_id) && hf_id_equal(&again.key_id, &body.key_id));
    assert_int_equal(again.epoch, 70000);
    assert_true(hf_slice_equal(again.retention_class, body.retention_class));
    assert_memory_equal(again.sealed_key, body.sealed_key, sizeof body.sealed_key);
    assert_strict(decode_case, &bytes);
}

static void case_body__refuses_zero_ids_and_long_classes(void **state)
{
    (void)state;
    struct hf_case_body bodies[4];
    static const enum hf_status want[] = {HF_ERR_INVALID, HF_ERR_INVALID, HF_ERR_LIMIT, HF_ERR_INVALID};
    for (size_t i = 0; i < 4; i++) {
        bodies[i] = (struct hf_case_body){.case_id = id_of(1), .key_id = id_of(2)};
        bodies[i].retention_class = hf_slice_str("child");
    }
    bodies[0].case_id = hf_id_zero();
    bodies[1].key_id = hf_id_zero();
    bodies[2].retention_class = hf_slice_str("123456789012345678901234567890123");
    bodies[3].retention_class = hf_slice_str("");
    for (size_t i = 0; i < 4; i++) {
        struct hf_buf bytes = {0};
        hf_case_body_encode(&bodies[i], &bytes);
        assert_status(decode_case(hf_buf_slice(&bytes)), want[i]);
        hf_buf_clear(&bytes);
    }
}

static struct hf_enrol_body sample_enrol(enum hf_role role)
{
    struct hf_enrol_body body = {.incarnation = 3, .person = id_of(7), .role = role, .invitation = id_of(8)};
    memset(body.device, 0xD0, sizeof body.device);
    memset(body.channel_key, 0xC0, sizeof body.channel_key);
    return body;
}

static void enrol_body__keeps_everything_and_is_strict(void **state)
{
    (void)state;
    struct hf_enrol_body body = sample_enrol(HF_ROLE_AUDITOR);
    struct hf_enrol_body again;
    struct hf_buf bytes = {0};
    hf_enrol_body_encode(&body, &bytes);
    assert_ok(hf_enrol_body_decode(hf_buf_slice(&bytes), &again));
    assert_memory_equal(again.device, body.device, sizeof body.device);
    assert_memory_equal(again.channel_key, body.channel_key, sizeof body.channel_key);
    assert_int_equal(again.incarnation, 3);
    assert_int_equal(again.role, HF_ROLE_AUDITOR);
    assert_true(hf_id_equal(&again.person, &body.person) && hf_id_equal(&again.invitation, &body.invitation));
    assert_strict(decode_enrol, &bytes);
}

static void enrol_body__says_who_made_the_invitation_where_that_is_known(void **state)
{
    (void)state;
    struct hf_enrol_body body = sample_enrol(HF_ROLE_OFFICE), again;
    struct hf_buf bytes = {0};
    body.says_inviter = true;
    body.invited_by = id_of(9);
    body.invited_ms = 1763800000000;
    memset(body.invited_from, 0xE0, sizeof body.invited_from);
    hf_enrol_body_encode(&body, &bytes);
    assert_ok(hf_enrol_body_decode(hf_buf_slice(&bytes), &again));
    assert_true(again.says_inviter && hf_id_equal(&again.invited_by, &body.invited_by));
    assert_memory_equal(again.invited_from, body.invited_from, sizeof body.invited_from);
    assert_int_equal(again.invited_ms, 1763800000000);
    assert_strict(decode_enrol, &bytes);
    body.says_inviter = false;
    hf_buf_reset(&bytes);
    hf_enrol_body_encode(&body, &bytes);
    assert_ok(hf_enrol_body_decode(hf_buf_slice(&bytes), &again));
    assert_true(!again.says_inviter && hf_id_is_zero(&again.invited_by) && again.invited_ms == 0);
    hf_buf_clear(&bytes);
}

static void enrol_body__with_a_part_of_its_keys_is_refused(void **state)
{
    (void)state;
    struct hf_enrol_body body = sample_enrol(HF_ROLE_OFFICE);
    body.says_inviter = true;
    struct hf_buf bytes = {0};
    hf_enrol_body_encode(&body, &bytes);
    for (uint8_t pairs = 0; pairs < 16; pairs++) {
        bytes.data[0] = (uint8_t)(0x80 | pairs);
        assert_int_equal(decode_enrol(hf_buf_slice(&bytes)) == HF_OK, pairs == 9);
    }
    hf_buf_clear(&bytes);
}

static void enrol_body__knows_the_roles_of_people_only(void **state)
{
    (void)state;
    for (unsigned role = 0; role < 256; role++) {
        struct hf_enrol_body body = sample_enrol((enum hf_role)role);
        struct hf_buf bytes = {0};
        hf_enrol_body_encode(&body, &bytes);
        bool person = role >= HF_ROLE_WORKER && role <= HF_ROLE_ADMIN;
        assert_status(decode_enrol(hf_buf_slice(&bytes)), person ? HF_OK : HF_ERR_INVALID);
        hf_buf_clear(&bytes);
    }
}

static void revoke_body__keeps_everything_and_is_strict(void **state)
{
    (void)state;
    struct hf_revoke_body body = {.reason_code = hf_slice_str("lost")};
    struct hf_revoke_body again;
    struct hf_buf bytes = {0};
    memset(body.device, 0xD0, sizeof body.device);
    hf_revoke_body_encode(&body, &bytes);
    assert_ok(hf_revoke_body_decode(hf_buf_slice(&bytes), &again));
    assert_memory_equal(again.device, body.device, sizeof body.device);
    assert_true(hf_slice_equal(again.reason_code, body.reason_code));
    assert_strict(decode_revoke, &bytes);
}

static struct hf_note_body sample_server_note(void)
{
    struct hf_note_body body = {.what = HF_NOTE_SERVER, .authority_name = hf_slice_str("Sample Council")};
    memset(body.server_device, 1, sizeof body.server_device);
    memset(body.log_key, 2, sizeof body.log_key);
    memset(body.channel_key, 3, sizeof body.channel_key);
    memset(body.key_store_key, 4, sizeof body.key_store_key);
    memset(body.recovery_key, 6, sizeof body.recovery_key);
    memset(body.authority_signature, 5, sizeof body.authority_signature);
    return body;
}

static void server_note__keeps_everything_and_is_strict(void **state)
{
    (void)state;
    struct hf_note_body body = sample_server_note();
    struct hf_note_body again;
    struct hf_buf bytes = {0};
    hf_note_body_encode(&body, &bytes);
    assert_ok(hf_note_body_decode(hf_buf_slice(&bytes), &again));
    assert_int_equal(again.what, HF_NOTE_SERVER);
    assert_memory_equal(again.server_device, body.server_device, 32);
    assert_memory_equal(again.log_key, body.log_key, 32);
    assert_memory_equal(again.channel_key, body.channel_key, 32);
    assert_memory_equal(again.key_store_key, body.key_store_key, 32);
    assert_memory_equal(again.recovery_key, body.recovery_key, 32);
    assert_memory_equal(again.authority_signature, body.authority_signature, 64);
    assert_true(hf_slice_equal(again.authority_name, body.authority_name));
    assert_strict(decode_note, &bytes);
}

static void assign_note__keeps_everything_and_is_strict(void **state)
{
    (void)state;
    for (int held = 0; held < 2; held++) {
        struct hf_note_body body = {.what = HF_NOTE_ASSIGN, .case_id = id_of(1), .person = id_of(2), .held = held};
        struct hf_note_body again;
        struct hf_buf bytes = {0};
        body.reason_code = hf_slice_str("allocated");
        hf_note_body_encode(&body, &bytes);
        assert_ok(hf_note_body_decode(hf_buf_slice(&bytes), &again));
        assert_int_equal(again.what, HF_NOTE_ASSIGN);
        assert_true(hf_id_equal(&again.case_id, &body.case_id) && hf_id_equal(&again.person, &body.person));
        assert_int_equal(again.held, held);
        assert_true(hf_slice_equal(again.reason_code, body.reason_code));
        assert_strict(decode_note, &bytes);
    }
}

static void release_note__keeps_everything_and_is_strict(void **state)
{
    (void)state;
    for (int released = 0; released < 2; released++) {
        struct hf_note_body body = {.what = HF_NOTE_RELEASE, .change_id = id_of(1), .released = released};
        struct hf_note_body again;
        struct hf_buf bytes = {0};
        hf_note_body_encode(&body, &bytes);
        assert_ok(hf_note_body_decode(hf_buf_slice(&bytes), &again));
        assert_int_equal(again.what, HF_NOTE_RELEASE);
        assert_true(hf_id_equal(&again.change_id, &body.change_id));
        assert_int_equal(again.released, released);
        assert_strict(decode_note, &bytes);
    }
}

static void note__of_an_unknown_kind_reads_and_means_nothing(void **state)
{
    (void)state;
    struct hf_buf bytes = {0};
    struct hf_note_body body = sample_server_note();
    hf_pack_map(&bytes, 3);
    hf_pack_uint(&bytes, 1);
    hf_pack_text(&bytes, hf_slice_str("weather"));
    hf_pack_uint(&bytes, 2);
    hf_pack_array(&bytes, 1);
    hf_pack_nil(&bytes);
    hf_pack_uint(&bytes, 9);
    hf_pack_bool(&bytes, true);
    assert_ok(hf_note_body_decode(hf_buf_slice(&bytes), &body));
    assert_int_equal(body.what, HF_NOTE_OTHER);
    assert_true(hf_id_is_zero(&body.case_id) && hf_id_is_zero(&body.change_id));
    bytes.data[bytes.len - 1] = 0xC1; /* still it must be msgpack */
    assert_status(hf_note_body_decode(hf_buf_slice(&bytes), &body), HF_ERR_INVALID);
    hf_buf_clear(&bytes);
}

static void certificate__covers_log_and_all_five_keys(void **state)
{
    (void)state;
    struct hf_sign_key authority = sample_sign_key();
    uint8_t log_id[HF_HASH_BYTES] = {0x10};
    struct hf_note_body body = sample_server_note();
    assert_false(hf_server_certified(authority.public_key, log_id, &body));
    hf_server_certify(&authority, log_id, &body);
    assert_true(hf_server_certified(authority.public_key, log_id, &body));
    uint8_t *covered[] = {
        body.server_device,       body.log_key, body.channel_key, body.key_store_key, body.recovery_key,
        body.authority_signature, log_id};
    for (size_t i = 0; i < sizeof covered / sizeof covered[0]; i++)
        for (size_t bit = 0; bit < 32 * 8; bit += 5) {
            covered[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(hf_server_certified(authority.public_key, log_id, &body));
            covered[i][bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    assert_true(hf_server_certified(authority.public_key, log_id, &body));
}

static void certificate__does_not_cover_keys_that_changed_places(void **state)
{
    (void)state;
    struct hf_sign_key authority = sample_sign_key();
    uint8_t log_id[HF_HASH_BYTES] = {0x10};
    struct hf_note_body body = sample_server_note();
    struct hf_note_body swapped;
    hf_server_certify(&authority, log_id, &body);
    swapped = body;
    memcpy(swapped.log_key, body.server_device, sizeof swapped.log_key);
    memcpy(swapped.server_device, body.log_key, sizeof swapped.server_device);
    assert_false(hf_server_certified(authority.public_key, log_id, &swapped));
}

/* printf 'holdfast office case v1\0' and 32 bytes of 0x10, through sha256sum. */
static void office_case__is_the_hash_that_the_header_says(void **state)
{
    (void)state;
    static const uint8_t want[HF_ID_BYTES] = {0x96, 0xff, 0x43, 0x1c, 0xed, 0x0f, 0x29, 0x3b,
                                              0x65, 0xd6, 0x60, 0x72, 0x61, 0x07, 0xe5, 0xd9};
    uint8_t log_id[HF_HASH_BYTES];
    memset(log_id, 0x10, sizeof log_id);
    struct hf_id id = hf_office_case_id(log_id);
    assert_memory_equal(id.bytes, want, sizeof want);
}

static void roles__have_names_that_parse_except_server(void **state)
{
    (void)state;
    for (unsigned role = HF_ROLE_WORKER; role <= HF_ROLE_ADMIN; role++) {
        enum hf_role parsed = HF_ROLE_SERVER;
        assert_ok(hf_role_parse(hf_slice_str(hf_role_name((enum hf_role)role)), &parsed));
        assert_int_equal(parsed, role);
    }
    enum hf_role untouched = HF_ROLE_OFFICE;
    assert_string_equal(hf_role_name(HF_ROLE_SERVER), "server");
    assert_status(hf_role_parse(hf_slice_str("server"), &untouched), HF_ERR_INVALID);
    assert_status(hf_role_parse(hf_slice_str(""), &untouched), HF_ERR_INVALID);
    assert_status(hf_role_parse(hf_slice_str("Worker"), &untouched), HF_ERR_INVALID);
    assert_int_equal(untouched, HF_ROLE_OFFICE);
    assert_non_null(hf_role_name((enum hf_role)99));
    /* the names staff records use are the same */
    const struct hf_field_spec *field = hf_model_field(hf_model_type(HF_RECORD_PERSON), HF_FIELD_PERSON_ROLE);
    for (unsigned role = HF_ROLE_WORKER; role <= HF_ROLE_ADMIN; role++)
        assert_string_equal(field->codes[role - 1], hf_role_name((enum hf_role)role));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(case_body__keeps_everything_and_is_strict),
        cmocka_unit_test(case_body__refuses_zero_ids_and_long_classes),
        cmocka_unit_test(enrol_body__keeps_everything_and_is_strict),
        cmocka_unit_test(enrol_body__says_who_made_the_invitation_where_that_is_known),
        cmocka_unit_test(enrol_body__with_a_part_of_its_keys_is_refused),
        cmocka_unit_test(enrol_body__knows_the_roles_of_people_only),
        cmocka_unit_test(revoke_body__keeps_everything_and_is_strict),
        cmocka_unit_test(server_note__keeps_everything_and_is_strict),
        cmocka_unit_test(assign_note__keeps_everything_and_is_strict),
        cmocka_unit_test(release_note__keeps_everything_and_is_strict),
        cmocka_unit_test(note__of_an_unknown_kind_reads_and_means_nothing),
        cmocka_unit_test(certificate__covers_log_and_all_five_keys),
        cmocka_unit_test(certificate__does_not_cover_keys_that_changed_places),
        cmocka_unit_test(office_case__is_the_hash_that_the_header_says),
        cmocka_unit_test(roles__have_names_that_parse_except_server),
    };
    return cmocka_run_group_tests_name("body_system", tests, support_start, NULL);
}
