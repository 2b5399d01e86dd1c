/* Bodies of acts: finalise, amend (accept), decline, delete, restore. tests/vectors/acts.hex is written by acts.py,
 * which shares no code with this. */
#include "core/model/act.h"

#include "core/model/body.h"
#include "tests/model/support_model.h"

#include <string.h>

#define MEETING 22
#define PLACE   7

static struct hf_id id(uint8_t fill)
{
    struct hf_id out;
    memset(out.bytes, fill, sizeof out.bytes);
    return out;
}

/* One vector: its act names the changes, in this order, and builds on this one. */
static const struct vector {
    const char *name, *reason;
    uint16_t field;
    enum hf_act act;
    uint8_t changes[3]; /* ends with 0 */
    uint8_t base;       /* 0: none */
    const char *place;  /* NULL: not edited; with its bases */
    uint8_t place_bases[3];
    uint8_t group;
} vectors[] = {
    {"finalise", "", HF_FIELD_FINAL, HF_ACT_FINALISE, {0x11, 0x22}, 0, "\xA6Room 1", {0x11}, 0x77},
    {"amend", "It was the hall", HF_FIELD_FINAL, HF_ACT_AMEND, {0x44}, 0x33, "\xA4Hall", {0x33, 0x44}, 0},
    {"decline", "The booking says room 1", HF_FIELD_FINAL, HF_ACT_DECLINE, {0x44}, 0x33, NULL, {0}, 0},
    {"delete", "Recorded twice", HF_FIELD_DELETED, HF_ACT_DELETE, {0x11, 0x22}, 0, NULL, {0}, 0},
    {"restore", "It was not", HF_FIELD_DELETED, HF_ACT_RESTORE, {0}, 0x55, NULL, {0}, 0},
};
#define VECTOR_COUNT (sizeof vectors / sizeof vectors[0])

static size_t fill_ids(const uint8_t *fills, struct hf_id *out)
{
    size_t count = 0;
    for (; count < 3 && fills[count]; count++)
        out[count] = id(fills[count]);
    return count;
}

static void acts__are_written_byte_for_byte_as_the_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        const struct vector *vector = &vectors[i];
        struct hf_id named[3], place_bases[3], base = id(vector->base);
        struct hf_buf act = {0}, body = {0};
        struct hf_buf wanted = vector_bytes("acts.hex", vector->name);
        hf_act_encode(vector->act, named, fill_ids(vector->changes, named), &act);
        const struct hf_edit_input edits[] = {
            {vector->field, hf_buf_slice(&act), &base, vector->base ? 1 : 0},
            {PLACE, hf_slice_str(vector->place ? vector->place : ""), place_bases,
             fill_ids(vector->place_bases, place_bases)},
        };
        const struct hf_data_body_input input = {.case_id = id(0xC1),
                                                 .record_id = id(0xD2),
                                                 .type = MEETING,
                                                 .edits = edits,
                                                 .edit_count = vector->place ? 2 : 1,
                                                 .group_id = id(vector->group),
                                                 .reason = hf_slice_str(vector->reason)};
        assert_ok(hf_data_body_encode(&input, &body, NULL));
        assert_true(hf_slice_equal(hf_buf_slice(&body), hf_buf_slice(&wanted)));
        hf_buf_clear(&act);
        hf_buf_clear(&body);
        hf_buf_clear(&wanted);
    }
}

static void vectors__read_as_the_acts_they_are(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        const struct vector *vector = &vectors[i];
        struct hf_buf bytes = vector_bytes("acts.hex", vector->name);
        struct hf_data_body body;
        struct hf_act_value act;
        struct hf_id named[3];
        const size_t count = fill_ids(vector->changes, named);
        assert_ok(hf_data_body_decode(hf_buf_slice(&bytes), &body, NULL));
        const struct hf_edit *edit = &body.edits[body.edit_count - 1];
        assert_int_equal(edit->field, vector->field);
        assert_int_equal(edit->base_count, vector->base ? 1 : 0);
        assert_true(hf_slice_equal(body.reason, hf_slice_str(vector->reason)));
        assert_ok(hf_act_decode(hf_model_field(hf_model_type(body.type), edit->field), edit->value, &act));
        assert_int_equal(act.act, vector->act);
        assert_int_equal(act.count, count);
        for (size_t j = 0; j < count; j++)
            assert_true(hf_act_names(&act, &named[j]));
        hf_buf_clear(&bytes);
    }
}

/* Cut anywhere, or with a byte behind it: no body. */
static void vectors__cut_anywhere_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < VECTOR_COUNT; i++) {
        struct hf_buf bytes = vector_bytes("acts.hex", vectors[i].name);
        struct hf_data_body body;
        for (size_t len = 0; len < bytes.len; len++)
            assert_int_not_equal(hf_data_body_decode(hf_slice_of(bytes.data, len), &body, NULL), HF_OK);
        hf_buf_append_u8(&bytes, 0xC0);
        assert_int_not_equal(hf_data_body_decode(hf_buf_slice(&bytes), &body, NULL), HF_OK);
        hf_buf_clear(&bytes);
    }
}

/* With any number of changes, and nothing of what is cut or is no act. */
static void read_again__is_what_was_decoded(void **state)
{
    static const size_t counts[] = {1, 2, 15, 16, 17, 255, 256, 300, HF_ACT_IDS_MAX};
    static struct hf_id ids[HF_ACT_IDS_MAX];
    const struct hf_field_spec *field = hf_model_field(hf_model_type(MEETING), HF_FIELD_FINAL);
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct hf_buf bytes = {0};
        struct hf_act_value act, again;
        for (size_t j = 0; j < counts[i]; j++)
            ids[j] = (struct hf_id){.bytes = {(uint8_t)((j + 1) >> 8), (uint8_t)(j + 1)}};
        hf_act_encode(HF_ACT_DECLINE, ids, counts[i], &bytes);
        assert_ok(hf_act_decode(field, hf_buf_slice(&bytes), &act));
        again = hf_act_read(hf_buf_slice(&bytes));
        assert_int_equal(again.act, act.act);
        assert_int_equal(again.count, counts[i]);
        assert_ptr_equal(again.ids_encoded, act.ids_encoded);
        for (size_t len = 0; len < bytes.len; len += 1 + len / 7)
            assert_int_equal(hf_act_read(hf_slice_of(bytes.data, len)).act, HF_ACT_NONE);
        bytes.data[0] = 0x93;
        assert_int_equal(hf_act_read(hf_buf_slice(&bytes)).act, HF_ACT_NONE);
        hf_buf_clear(&bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(acts__are_written_byte_for_byte_as_the_vectors),
        cmocka_unit_test(vectors__read_as_the_acts_they_are),
        cmocka_unit_test(vectors__cut_anywhere_are_refused),
        cmocka_unit_test(read_again__is_what_was_decoded),
    };
    return cmocka_run_group_tests(tests, support_start, NULL);
}
