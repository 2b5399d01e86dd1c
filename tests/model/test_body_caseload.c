/* Server notes about people and caseloads: their one strict form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/model/body_caseload.h"

#include <string.h>

static struct hf_id id_of(uint8_t byte)
{
    struct hf_id id;
    memset(id.bytes, byte, sizeof id.bytes);
    return id;
}

static struct hf_caseload_note sample(enum hf_caseload_what what)
{
    struct hf_caseload_note note = {.what = what, .person = id_of(7)};
    if (what == HF_CASELOAD_PURGED) {
        note.case_id = id_of(3);
        memset(note.device, 9, sizeof note.device);
        note.count = 12;
    } else if (what == HF_CASELOAD_EVIDENCE) {
        static const uint8_t leaves[2 * HF_LEAF_BYTES] = {1};
        note = (struct hf_caseload_note){.what = what, .incarnation = 3, .leaves = hf_slice_of(leaves, sizeof leaves)};
        memset(note.device, 9, sizeof note.device);
    } else if (what == HF_CASELOAD_INCARNATION) {
        memset(note.device, 9, sizeof note.device);
        memset(note.head, 10, sizeof note.head);
        memset(note.own_head, 11, sizeof note.own_head);
        note.old_incarnation = 1;
        note.incarnation = 4;
        note.next_seq = 70;
        note.count = 2;
    } else if (what == HF_CASELOAD_HELD) {
        note = (struct hf_caseload_note){.what = what, .change_id = id_of(8), .hold = HF_HOLD_WORDS};
    } else if (what == HF_CASELOAD_OFFICE) {
        memset(note.device, 9, sizeof note.device);
        note.command = hf_slice_str("case assign");
        note.first = 77;
        note.count = 2;
    } else if (what == HF_CASELOAD_CLOCK) {
        note = (struct hf_caseload_note){.what = what, .office_ms = 1763762315123, .device_ms = 7};
        memset(note.device, 9, sizeof note.device);
    } else if (what == HF_CASELOAD_OFFICER) {
        note = (struct hf_caseload_note){.what = what, .person = id_of(4), .given = true};
    } else if (what == HF_CASELOAD_GUARD) {
        note = (struct hf_caseload_note){.what = what,
                                         .size = 70,
                                         .outside = true,
                                         .count = 60,
                                         .made_ms = 1763762315123,
                                         .reason = hf_slice_str("The machine burnt down")};
        memset(note.head, 5, sizeof note.head);
    } else if (what == HF_CASELOAD_DAY) {
        note = (struct hf_caseload_note){.what = what};
    } else {
        note.role = HF_ROLE_MANAGER;
    }
    return note;
}

static const enum hf_caseload_what whats[] = {
    HF_CASELOAD_OFFICE,      HF_CASELOAD_ROLE, HF_CASELOAD_HELD,  HF_CASELOAD_PURGED,  HF_CASELOAD_EVIDENCE,
    HF_CASELOAD_INCARNATION, HF_CASELOAD_DAY,  HF_CASELOAD_CLOCK, HF_CASELOAD_OFFICER, HF_CASELOAD_GUARD};
#define WHATS (sizeof whats / sizeof whats[0])

static void note__comes_back_as_it_was(void **state)
{
    (void)state;
    for (size_t i = 0; i < WHATS; i++) {
        struct hf_caseload_note note = sample(whats[i]), again;
        struct hf_note_body plain;
        struct hf_buf bytes = {0};
        hf_caseload_note_encode(&note, &bytes);
        assert_int_equal(hf_caseload_note_decode(hf_buf_slice(&bytes), &again), HF_OK);
        assert_int_equal(again.what, note.what);
        assert_true(hf_id_equal(&again.person, &note.person));
        assert_memory_equal(again.device, note.device, sizeof note.device);
        assert_true(hf_slice_equal(again.command, note.command));
        assert_int_equal(again.first, note.first);
        assert_int_equal(again.count, note.count);
        assert_int_equal(again.office_ms, note.office_ms);
        assert_int_equal(again.device_ms, note.device_ms);
        assert_int_equal(again.incarnation, note.incarnation);
        assert_int_equal(again.old_incarnation, note.old_incarnation);
        assert_int_equal(again.next_seq, note.next_seq);
        assert_memory_equal(again.head, note.head, sizeof note.head);
        assert_memory_equal(again.own_head, note.own_head, sizeof note.own_head);
        assert_true(hf_slice_equal(again.leaves, note.leaves));
        assert_int_equal(again.role, note.role);
        assert_true(hf_id_equal(&again.change_id, &note.change_id));
        assert_int_equal(again.hold, note.hold);
        assert_int_equal(again.given, note.given);
        assert_int_equal(again.size, note.size);
        assert_int_equal(again.outside, note.outside);
        assert_int_equal(again.made_ms, note.made_ms);
        assert_true(hf_slice_equal(again.reason, note.reason));
        assert_true(hf_id_equal(&again.case_id, &note.case_id));
        /* A program that does not know them keeps them without effect. */
        assert_int_equal(hf_note_body_decode(hf_buf_slice(&bytes), &plain), HF_OK);
        assert_int_equal(plain.what, HF_NOTE_OTHER);
        hf_buf_clear(&bytes);
    }
}

static void note__cut_or_longer_or_changed__is_refused_or_another_note(void **state)
{
    (void)state;
    for (size_t i = 0; i < WHATS; i++) {
        struct hf_caseload_note note = sample(whats[i]), again;
        struct hf_buf bytes = {0}, copy = {0};
        hf_caseload_note_encode(&note, &bytes);
        for (size_t len = 0; len < bytes.len; len++)
            assert_int_not_equal(hf_caseload_note_decode(hf_slice_of(bytes.data, len), &again), HF_OK);
        hf_buf_append_u8(&bytes, 0);
        assert_int_not_equal(hf_caseload_note_decode(hf_buf_slice(&bytes), &again), HF_OK);
        bytes.len--;
        for (size_t at = 0; at < bytes.len; at++) {
            bytes.data[at] ^= 1;
            if (hf_caseload_note_decode(hf_buf_slice(&bytes), &again) == HF_OK) {
                hf_buf_reset(&copy);
                hf_caseload_note_encode(&again, &copy);
                assert_true(hf_slice_equal(hf_buf_slice(&copy), hf_buf_slice(&bytes)));
            }
            bytes.data[at] ^= 1;
        }
        hf_buf_clear(&bytes);
        hf_buf_clear(&copy);
    }
}

static void note__of_a_later_version__is_unsupported(void **state)
{
    (void)state;
    static const uint8_t later[] = {0x81, 0x01, 0xa5, 'l', 'a', 't', 'e', 'r'};
    struct hf_caseload_note note;
    assert_int_equal(hf_caseload_note_decode(hf_slice_of(later, sizeof later), &note), HF_ERR_UNSUPPORTED);
}

static void role__of_a_server_or_of_nobody__is_refused(void **state)
{
    (void)state;
    for (unsigned role = 0; role < 12; role++) {
        struct hf_caseload_note note = sample(HF_CASELOAD_ROLE), again;
        struct hf_buf bytes = {0};
        hf_caseload_note_encode(&note, &bytes);
        bytes.data[bytes.len - 1] = (uint8_t)role;
        enum hf_status status = hf_caseload_note_decode(hf_buf_slice(&bytes), &again);
        assert_int_equal(status == HF_OK, role >= HF_ROLE_WORKER && role <= HF_ROLE_ADMIN);
        hf_buf_clear(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(note__comes_back_as_it_was),
        cmocka_unit_test(note__cut_or_longer_or_changed__is_refused_or_another_note),
        cmocka_unit_test(note__of_a_later_version__is_unsupported),
        cmocka_unit_test(role__of_a_server_or_of_nobody__is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
