#include "core/model/body_caseload.h"

#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <string.h>

#define KEYS_MAX 16

/* One key of a note: where it stands, and what it is. */
enum part_kind { PART_ID, PART_KEY32, PART_CODE, PART_U64, PART_ROLE, PART_HOLD, PART_LEAVES, PART_BOOL, PART_REASON };
struct part {
    enum part_kind kind;
    size_t offset; /* in struct hf_caseload_note */
};
#define PART(kind_, field)                                                                                             \
    {                                                                                                                  \
        .kind = kind_, .offset = offsetof(struct hf_caseload_note, field)                                              \
    }

static const struct note_form {
    const char *name;
    size_t count;
    struct part parts[KEYS_MAX - 1]; /* keys 2, 3 … */
} forms[] = {
    [HF_CASELOAD_OFFICE] = {"office",
                            5,
                            {PART(PART_ID, person), PART(PART_KEY32, device), PART(PART_CODE, command),
                             PART(PART_U64, first), PART(PART_U64, count)}},
    [HF_CASELOAD_ROLE] = {"role", 2, {PART(PART_ID, person), PART(PART_ROLE, role)}},
    [HF_CASELOAD_HELD] = {"held", 2, {PART(PART_ID, change_id), PART(PART_HOLD, hold)}},
    [HF_CASELOAD_PURGED] =
        {"purged", 4, {PART(PART_ID, case_id), PART(PART_ID, person), PART(PART_KEY32, device), PART(PART_U64, count)}},
    [HF_CASELOAD_EVIDENCE] = {"evidence",
                              3,
                              {PART(PART_KEY32, device), PART(PART_U64, incarnation), PART(PART_LEAVES, leaves)}},
    [HF_CASELOAD_INCARNATION] = {"incarnation",
                                 8,
                                 {PART(PART_KEY32, device), PART(PART_ID, person), PART(PART_U64, old_incarnation),
                                  PART(PART_U64, incarnation), PART(PART_U64, next_seq), PART(PART_KEY32, head),
                                  PART(PART_KEY32, own_head), PART(PART_U64, count)}},
    [HF_CASELOAD_DAY] = {"day", 0, {{PART_ID, 0}}},
    [HF_CASELOAD_CLOCK] = {"clock",
                           3,
                           {PART(PART_KEY32, device), PART(PART_U64, office_ms), PART(PART_U64, device_ms)}},
    [HF_CASELOAD_OFFICER] = {"officer", 2, {PART(PART_ID, person), PART(PART_BOOL, given)}},
    [HF_CASELOAD_GUARD] = {"guard",
                           6,
                           {PART(PART_U64, size), PART(PART_KEY32, head), PART(PART_BOOL, outside),
                            PART(PART_U64, count), PART(PART_U64, made_ms), PART(PART_REASON, reason)}},
};
#define FORM_COUNT (sizeof forms / sizeof forms[0])

/* --- writing --- */

static void write_part(const struct hf_caseload_note *note, const struct part *part, struct hf_buf *out)
{
    const uint8_t *at = (const uint8_t *)note + part->offset;
    struct hf_id id;
    struct hf_slice text;
    enum hf_role role;
    enum hf_hold hold;
    uint64_t number;
    bool yes;
    switch (part->kind) {
    case PART_ID:
        memcpy(&id, at, sizeof id);
        hf_pack_id(out, &id);
        break;
    case PART_KEY32:
        hf_pack_bytes(out, hf_slice_of(at, HF_HASH_BYTES));
        break;
    case PART_CODE:
    case PART_REASON:
        memcpy(&text, at, sizeof text);
        hf_pack_text(out, text);
        break;
    case PART_LEAVES:
        memcpy(&text, at, sizeof text);
        hf_pack_bytes(out, text);
        break;
    case PART_U64:
        memcpy(&number, at, sizeof number);
        hf_pack_uint(out, number);
        break;
    case PART_ROLE:
        memcpy(&role, at, sizeof role);
        hf_pack_uint(out, (uint64_t)role);
        break;
    case PART_HOLD:
        memcpy(&hold, at, sizeof hold);
        hf_pack_uint(out, (uint64_t)hold);
        break;
    case PART_BOOL:
        memcpy(&yes, at, sizeof yes);
        hf_pack_bool(out, yes);
        break;
    }
}

void hf_caseload_note_encode(const struct hf_caseload_note *note, struct hf_buf *out)
{
    const struct note_form *form = &forms[note->what];
    hf_pack_map(out, (uint32_t)form->count + 1);
    hf_pack_uint(out, 1);
    hf_pack_text(out, hf_slice_str(form->name));
    for (size_t i = 0; i < form->count; i++) {
        hf_pack_uint(out, i + 2);
        write_part(note, &form->parts[i], out);
    }
}

/* --- reading --- */

static void read_id(struct hf_cursor *cursor, uint8_t *at)
{
    struct hf_id id = hf_cursor_id(cursor);
    if (hf_id_is_zero(&id))
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    memcpy(at, &id, sizeof id);
}

static void read_code(struct hf_cursor *cursor, uint8_t *at)
{
    struct hf_slice text = hf_cursor_text(cursor, HF_OFFICE_COMMAND_BYTES_MAX);
    if (text.len == 0)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    memcpy(at, &text, sizeof text);
}

static void read_reason(struct hf_cursor *cursor, uint8_t *at)
{
    struct hf_slice text = hf_cursor_text(cursor, HF_GUARD_REASON_BYTES_MAX);
    if (text.len == 0)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    memcpy(at, &text, sizeof text);
}

static void read_role(struct hf_cursor *cursor, uint8_t *at)
{
    uint64_t code = hf_cursor_uint(cursor);
    if (code < HF_ROLE_WORKER || code > HF_ROLE_ADMIN)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    enum hf_role role = (enum hf_role)(code & 7u);
    memcpy(at, &role, sizeof role);
}

static void read_hold(struct hf_cursor *cursor, uint8_t *at)
{
    uint64_t code = hf_cursor_uint(cursor);
    if (code == HF_HOLD_NONE || code >= HF_HOLD_COUNT)
        hf_cursor_fail(cursor, HF_ERR_INVALID);
    enum hf_hold hold = (enum hf_hold)(code & 31u);
    memcpy(at, &hold, sizeof hold);
}

static void read_part(struct hf_cursor *cursor, const struct part *part, struct hf_caseload_note *out)
{
    uint8_t *at = (uint8_t *)out + part->offset;
    if (part->kind == PART_ID) {
        read_id(cursor, at);
    } else if (part->kind == PART_KEY32) {
        const uint8_t *bytes = hf_cursor_fixed(cursor, HF_HASH_BYTES);
        if (bytes)
            memcpy(at, bytes, HF_HASH_BYTES);
    } else if (part->kind == PART_CODE) {
        read_code(cursor, at);
    } else if (part->kind == PART_REASON) {
        read_reason(cursor, at);
    } else if (part->kind == PART_LEAVES) {
        struct hf_slice leaves = hf_cursor_bytes(cursor, HF_BODY_BYTES_MAX);
        if (leaves.len == 0 || leaves.len % HF_LEAF_BYTES != 0)
            hf_cursor_fail(cursor, HF_ERR_INVALID);
        memcpy(at, &leaves, sizeof leaves);
    } else if (part->kind == PART_U64) {
        uint64_t number = hf_cursor_uint(cursor);
        memcpy(at, &number, sizeof number);
    } else if (part->kind == PART_HOLD) {
        read_hold(cursor, at);
    } else if (part->kind == PART_BOOL) {
        const bool yes = hf_cursor_bool(cursor);
        memcpy(at, &yes, sizeof yes);
    } else {
        read_role(cursor, at);
    }
}

static const struct note_form *form_named(struct hf_slice name)
{
    for (size_t i = 0; i < FORM_COUNT; i++)
        if (hf_slice_equal(name, hf_slice_str(forms[i].name)))
            return &forms[i];
    return NULL;
}

enum hf_status hf_caseload_note_decode(struct hf_slice bytes, struct hf_caseload_note *out)
{
    struct hf_cursor cursor;
    struct hf_caseload_note note = {0};
    hf_cursor_init(&cursor, bytes, HF_PACK_ELEMENTS_MAX);
    uint32_t pairs = hf_cursor_map(&cursor, KEYS_MAX);
    if (hf_cursor_uint(&cursor) != 1)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    const struct note_form *form = form_named(hf_cursor_text(&cursor, HF_BODY_CODE_BYTES_MAX));
    enum hf_status status = hf_cursor_status(&cursor);
    if (status != HF_OK || !form)
        return status != HF_OK ? status : HF_ERR_UNSUPPORTED;
    if (pairs != form->count + 1)
        hf_cursor_fail(&cursor, HF_ERR_INVALID);
    for (size_t i = 0; i < form->count && hf_cursor_status(&cursor) == HF_OK; i++) {
        if (hf_cursor_uint(&cursor) != i + 2)
            hf_cursor_fail(&cursor, HF_ERR_INVALID);
        read_part(&cursor, &form->parts[i], &note);
    }
    hf_cursor_leave(&cursor);
    status = hf_cursor_end(&cursor);
    if (status == HF_OK) {
        note.what = (enum hf_caseload_what)(form - forms);
        *out = note;
    }
    return status;
}

int64_t hf_caseload_clock_offset(const struct hf_caseload_note *note)
{
    return hf_clock_offset(note->office_ms, note->device_ms);
}
