#include "tools/audit/replay.h"

#include "core/merge/standing.h"
#include "core/model/body_caseload.h"
#include "core/model/body_policy.h"
#include "core/model/officer.h"
#include "core/pack/cursor.h"

#include <stdlib.h>
#include <string.h>

struct kept {
    uint64_t index;
    uint64_t ms;
    hf_clock clock;
    enum hf_leaf_kind kind;
    struct hf_id change;
    struct hf_id person;
    enum hf_role role;
    bool handed_in, without_effect, opened, server;
    struct hf_buf body;
    /* of a data change, once known */
    struct hf_id record;
    struct hf_id case_id;
    enum hf_hold own_hold; /* for itself; a base that is held comes on top */
    enum hf_hold hold;
    bool waiting, known, released, refused, is_data;
};

struct map { /* id -> number in a list; open addressing */
    struct place {
        struct hf_id id;
        size_t number;
    } * places;
    size_t cap, count;
};

struct holder {
    struct hf_id case_id, person;
    bool held;
};

struct hf_audit_replay {
    struct kept *entries;
    size_t count, cap;
    struct map changes, records;
    struct hf_record_state *states;
    size_t state_count, state_cap;
    struct holder *holders;
    size_t holder_count, holder_cap;
    struct map officers; /* people: 1 while they are one */
    struct hf_id office_case;
    struct hf_book *book;
    uint64_t now_ms; /* of the server, as the log tells it */
    uint64_t known, sealed;
};

/* --- maps ----------------------------------------------------------------------------------------------------------
 */

static struct place *map_place(struct place *places, size_t cap, const struct hf_id *id)
{
    size_t at = 0;
    for (size_t i = 0; i < 8; i++)
        at = at << 8 | id->bytes[HF_ID_BYTES - 1 - i];
    at &= cap - 1;
    while (!hf_id_is_zero(&places[at].id) && !hf_id_equal(&places[at].id, id))
        at = (at + 1) & (cap - 1);
    return &places[at];
}

static bool map_get(const struct map *map, const struct hf_id *id, size_t *out)
{
    if (map->cap == 0 || hf_id_is_zero(id))
        return false;
    const struct place *place = map_place(map->places, map->cap, id);
    if (hf_id_is_zero(&place->id))
        return false;
    *out = place->number;
    return true;
}

static enum hf_status map_put(struct map *map, const struct hf_id *id, size_t number)
{
    if (map->cap == 0 || map->count >= map->cap / 2) {
        size_t cap = map->cap ? 2 * map->cap : 1024;
        struct place *places = calloc(cap, sizeof *places);
        if (!places)
            return HF_ERR_NOMEM;
        for (size_t i = 0; i < map->cap; i++)
            if (!hf_id_is_zero(&map->places[i].id))
                *map_place(places, cap, &map->places[i].id) = map->places[i];
        free(map->places);
        map->places = places;
        map->cap = cap;
    }
    struct place *place = map_place(map->places, map->cap, id);
    map->count += hf_id_is_zero(&place->id);
    *place = (struct place){*id, number};
    return HF_OK;
}

static enum hf_status state_of(struct hf_audit_replay *replay, const struct hf_id *record, struct hf_record_state **out)
{
    size_t number;
    if (map_get(&replay->records, record, &number)) {
        *out = &replay->states[number];
        return HF_OK;
    }
    if (replay->state_count == replay->state_cap) {
        size_t cap = replay->state_cap ? 2 * replay->state_cap : 64;
        struct hf_record_state *grown = realloc(replay->states, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        replay->states = grown;
        replay->state_cap = cap;
    }
    enum hf_status status = map_put(&replay->records, record, replay->state_count);
    if (status != HF_OK)
        return status;
    *out = &replay->states[replay->state_count++];
    **out = (struct hf_record_state){0};
    return HF_OK;
}

/* --- who holds a case ----------------------------------------------------------------------------------------------
 */

static struct holder *find_holder(struct hf_audit_replay *replay, const struct hf_id *case_id,
                                  const struct hf_id *person)
{
    for (size_t i = 0; i < replay->holder_count; i++) {
        struct holder *holder = &replay->holders[i];
        if (hf_id_equal(&holder->case_id, case_id) && hf_id_equal(&holder->person, person))
            return holder;
    }
    return NULL;
}

static enum hf_status set_holder(struct hf_audit_replay *replay, const struct hf_id *case_id,
                                 const struct hf_id *person, bool held)
{
    struct holder *holder = find_holder(replay, case_id, person);
    if (holder) {
        holder->held = held;
        return HF_OK;
    }
    if (replay->holder_count == replay->holder_cap) {
        size_t cap = replay->holder_cap ? 2 * replay->holder_cap : 64;
        struct holder *grown = realloc(replay->holders, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        replay->holders = grown;
        replay->holder_cap = cap;
    }
    replay->holders[replay->holder_count++] = (struct holder){*case_id, *person, held};
    return HF_OK;
}

/* --- what is held --------------------------------------------------------------------------------------------------
 */

struct bases {
    struct hf_audit_replay *replay;
    const struct hf_id *record;
    bool held, waiting;
};

static bool look_at_base(void *ctx, const struct hf_id *base)
{
    struct bases *bases = ctx;
    size_t number;
    if (!map_get(&bases->replay->changes, base, &number) || !bases->replay->entries[number].known) {
        bases->waiting = true;
        return true;
    }
    const struct kept *kept = &bases->replay->entries[number];
    if (kept->hold != HF_HOLD_NONE || !hf_id_equal(&kept->record, bases->record))
        bases->held = true;
    else if (kept->waiting)
        bases->waiting = true;
    return true;
}

static enum hf_status value_of(void *ctx, const struct hf_id *change, uint16_t field, struct hf_buf *out)
{
    const struct hf_audit_replay *replay = ctx;
    size_t number;
    struct hf_data_body *body = malloc(sizeof *body);
    if (!body)
        return HF_ERR_NOMEM;
    if (map_get(&replay->changes, change, &number) &&
        hf_data_body_decode(hf_buf_slice(&replay->entries[number].body), body, NULL) == HF_OK)
        for (uint32_t i = 0; i < body->edit_count; i++)
            if (body->edits[i].field == field)
                hf_buf_append_slice(out, body->edits[i].value);
    free(body);
    return hf_buf_status(out);
}

/* The office case: what a person says of themselves, and decisions of those who may decide; all else is the server's.
 */
static bool may_record_for_all(const struct kept *kept, const struct hf_data_body *body,
                               const struct hf_record_state *before)
{
    bool own = before->type == 0 || hf_book_names(before, "person", &kept->person);
    switch (body->type) {
    case HF_RECORD_POLICY_ACK:
        return own;
    case HF_RECORD_COPY_CLOSED: /* a records officer: lacks_officer */
        return true;
    case HF_RECORD_SETTING:
    case HF_RECORD_POST:
        return hf_book_may_release(kept->role);
    case HF_RECORD_COVER:
        return own || hf_book_may_release(kept->role) || kept->role == HF_ROLE_MANAGER;
    default:
        return false;
    }
}

static bool may_write(struct hf_audit_replay *replay, const struct kept *kept, const struct hf_data_body *body,
                      const struct hf_record_state *before)
{
    if (kept->server)
        return true;
    if (hf_id_equal(&body->case_id, &replay->office_case))
        return may_record_for_all(kept, body, before);
    if (kept->role == HF_ROLE_MANAGER || kept->role == HF_ROLE_OFFICE)
        return true;
    const struct holder *holder = find_holder(replay, &body->case_id, &kept->person);
    return kept->role == HF_ROLE_WORKER && holder && holder->held;
}

/* What only records officers write; nobody restricts the use of an entry of their own. */
static bool lacks_officer(const struct hf_audit_replay *replay, const struct kept *author,
                          const struct hf_data_body *body, const struct hf_record_state *before)
{
    struct hf_cursor cursor;
    size_t given = 0;
    if (author->server || !hf_officer_writes(body->type))
        return false;
    if (!map_get(&replay->officers, &author->person, &given) || given != 1 || !hf_officer_may_be(author->role))
        return true;
    struct hf_slice value =
        hf_merge_plain_value(hf_model_type(body->type), hf_record_state_field(before, HF_FIELD_PARENT));
    for (uint32_t i = 0; i < body->edit_count; i++)
        if (body->edits[i].field == HF_FIELD_PARENT)
            value = body->edits[i].value;
    hf_cursor_init(&cursor, value, 1);
    const struct hf_id parent = hf_cursor_id(&cursor);
    for (const struct kept *kept = replay->entries; hf_cursor_end(&cursor) == HF_OK && kept < author; kept++)
        if (kept->known && kept->is_data && kept->hold == HF_HOLD_NONE && !kept->waiting && !kept->server &&
            hf_id_equal(&kept->record, &parent) && hf_id_equal(&kept->person, &author->person))
            return true;
    return false;
}

static bool keep_answer(void *ctx, const struct hf_policy_right *right, const struct hf_right_roles *by,
                        enum hf_right_answer answer)
{
    enum hf_right_answer *kept = ctx;
    (void)right;
    (void)by;
    *kept = answer;
    return answer == HF_RIGHT_MAY;
}

/* The rights of the procedures in force, over the case as it would be after the change. */
static enum hf_status decide_rights(struct hf_audit_replay *replay, const struct kept *kept,
                                    const struct hf_data_body *body, enum hf_hold *out)
{
    const struct hf_id any = {.bytes = {1}};
    const uint64_t now_ms = replay->now_ms; /* as the server: the day that the log tells, never the author */
    if (kept->server || hf_id_equal(&body->case_id, &replay->office_case) ||
        !hf_book_has_rights(replay->book, body, now_ms))
        return HF_OK;
    struct hf_record_state *records = calloc(replay->state_count + 1, sizeof *records);
    struct hf_record_state after = {0};
    static const struct hf_record_state none = {0};
    const struct hf_record_state *before = &none;
    struct hf_buf packed = {0};
    struct hf_right_touch fields[HF_EDITS_MAX];
    size_t count = 0, number;
    enum hf_right_answer answer = HF_RIGHT_MAY;
    enum hf_status status = records ? HF_OK : HF_ERR_NOMEM;
    if (status == HF_OK && map_get(&replay->records, &body->record_id, &number) && replay->states[number].type) {
        before = &replay->states[number];
        hf_record_state_encode(before, &packed);
        status = hf_record_state_decode(hf_buf_slice(&packed), &after);
    }
    if (status == HF_OK)
        status = hf_merge_apply(&after, body, &any, 0);
    for (size_t i = 0; status == HF_OK && i < replay->state_count; i++)
        if (replay->states[i].type && hf_id_equal(&replay->states[i].case_id, &body->case_id) &&
            !hf_id_equal(&replay->states[i].record_id, &body->record_id))
            records[count++] = replay->states[i]; /* shallow: only read */
    if (status == HF_OK) {
        records[count++] = after;
        const size_t touched = hf_right_touched(before, &after, body, fields);
        const struct hf_book_case input = {.records = records, .record_count = count, .now_ms = now_ms};
        const struct hf_book_question question = {
            .person = kept->person, .record = body->record_id, .fields = fields, .field_count = touched};
        status = hf_book_rights(replay->book, &input, &question, keep_answer, &answer, NULL);
    }
    if (status == HF_OK && answer != HF_RIGHT_MAY)
        *out = answer == HF_RIGHT_LACKS ? HF_HOLD_NEEDS : HF_HOLD_ROLE;
    hf_record_state_clear(&after);
    hf_buf_clear(&packed);
    free(records);
    return status == HF_ERR_LIMIT ? HF_OK : status;
}

static enum hf_status decide_bases(struct hf_audit_replay *replay, struct kept *kept, const struct hf_data_body *body)
{
    struct bases bases = {.replay = replay, .record = &body->record_id};
    const struct hf_field_spec *broken = NULL;
    bool answers = true;
    (void)hf_merge_bases(body, look_at_base, &bases);
    kept->waiting = !bases.held && bases.waiting;
    kept->hold = bases.held ? HF_HOLD_BASE : HF_HOLD_NONE;
    if (kept->waiting || kept->hold != HF_HOLD_NONE)
        return HF_OK;
    enum hf_status status = hf_merge_check_words(body, value_of, replay, &broken);
    if (status == HF_OK && broken)
        kept->hold = kept->own_hold = HF_HOLD_WORDS;
    if (status == HF_OK && !broken)
        status = hf_merge_check_answer(body, value_of, replay, &answers);
    if (status == HF_OK && !answers)
        kept->hold = kept->own_hold = HF_HOLD_FINAL;
    if (status == HF_OK && kept->hold == HF_HOLD_NONE && !kept->released)
        status = decide_rights(replay, kept, body, &kept->hold);
    if (kept->hold == HF_HOLD_ROLE || kept->hold == HF_HOLD_NEEDS)
        kept->own_hold = kept->hold;
    return status;
}

/* --- taking effect -------------------------------------------------------------------------------------------------
 */

static enum hf_status merge(struct hf_audit_replay *replay, struct kept *kept, const struct hf_data_body *body)
{
    struct hf_record_state *state;
    enum hf_status status = state_of(replay, &body->record_id, &state);
    if (status == HF_OK)
        status = hf_merge_apply(state, body, &kept->change, kept->clock);
    if (status == HF_ERR_LIMIT || status == HF_ERR_INVALID) {
        kept->hold = kept->own_hold = HF_HOLD_FORM;
        return HF_OK;
    }
    if (status == HF_OK && hf_id_equal(&body->case_id, &replay->office_case))
        status = hf_book_record(replay->book, state);
    return status;
}

/* One change whose own hold is known: bases, then effect. */
static enum hf_status try_change(struct hf_audit_replay *replay, struct kept *kept)
{
    struct hf_data_body *body = malloc(sizeof *body);
    if (!body)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_data_body_decode(hf_buf_slice(&kept->body), body, NULL);
    if (status == HF_OK)
        status = decide_bases(replay, kept, body);
    if (status == HF_OK && !kept->waiting && kept->hold == HF_HOLD_NONE)
        status = merge(replay, kept, body);
    free(body);
    return status;
}

/* What waited in this record for a change that is here now. */
static enum hf_status try_waiting(struct hf_audit_replay *replay, const struct hf_id *record, size_t end)
{
    enum hf_status status = HF_OK;
    bool moved = true;
    while (status == HF_OK && moved) {
        moved = false;
        for (size_t i = 0; status == HF_OK && i < end; i++) {
            struct kept *kept = &replay->entries[i];
            if (!kept->known || !kept->waiting || !hf_id_equal(&kept->record, record))
                continue;
            status = try_change(replay, kept);
            moved = moved || !kept->waiting;
        }
    }
    return status;
}

static enum hf_status take_data(struct hf_audit_replay *replay, struct kept *kept, size_t number)
{
    struct hf_data_body *body = malloc(sizeof *body);
    struct hf_record_state *state = NULL;
    if (!body)
        return HF_ERR_NOMEM;
    enum hf_status status = HF_OK;
    kept->own_hold = kept->handed_in ? HF_HOLD_REVOKED : HF_HOLD_NONE;
    if (hf_data_body_decode(hf_buf_slice(&kept->body), body, NULL) != HF_OK) {
        kept->own_hold = kept->own_hold ? kept->own_hold : HF_HOLD_FORM;
    } else {
        kept->record = body->record_id;
        kept->case_id = body->case_id;
        status = state_of(replay, &body->record_id, &state);
        if (status == HF_OK && kept->own_hold == HF_HOLD_NONE) {
            if (state->type && (state->type != body->type || !hf_id_equal(&state->case_id, &body->case_id)))
                kept->own_hold = HF_HOLD_FORM;
            else if (!may_write(replay, kept, body, state))
                kept->own_hold = HF_HOLD_RIGHT;
            else if (lacks_officer(replay, kept, body, state))
                kept->own_hold = HF_HOLD_OFFICER;
        }
    }
    free(body);
    kept->hold = kept->own_hold;
    if (status == HF_OK && kept->own_hold == HF_HOLD_NONE)
        status = try_change(replay, kept);
    if (status == HF_OK && !hf_id_is_zero(&kept->record))
        status = try_waiting(replay, &kept->record, number + 1);
    return status;
}

/* A decision over a held change: its record is worked out anew, with everything that built on it. */
static enum hf_status take_release(struct hf_audit_replay *replay, const struct hf_note_body *note, size_t end)
{
    size_t number;
    struct hf_record_state *state;
    if (!map_get(&replay->changes, &note->change_id, &number) || !replay->entries[number].known)
        return HF_OK;
    struct kept *decided = &replay->entries[number];
    decided->released = note->released;
    decided->refused = !note->released;
    decided->own_hold = note->released ? HF_HOLD_NONE : HF_HOLD_REFUSED;
    if (hf_id_is_zero(&decided->record)) {
        decided->hold = decided->own_hold;
        return HF_OK;
    }
    const struct hf_id record = decided->record;
    enum hf_status status = state_of(replay, &record, &state);
    if (status != HF_OK)
        return status;
    hf_record_state_clear(state);
    *state = (struct hf_record_state){0};
    for (size_t i = 0; i < end; i++) {
        struct kept *kept = &replay->entries[i];
        if (!kept->known || !kept->is_data || !hf_id_equal(&kept->record, &record))
            continue;
        kept->hold = kept->own_hold;
        kept->waiting = kept->own_hold == HF_HOLD_NONE;
    }
    for (size_t i = 0; status == HF_OK && i < end; i++) {
        struct kept *kept = &replay->entries[i];
        if (kept->known && kept->is_data && kept->waiting && hf_id_equal(&kept->record, &record))
            status = try_change(replay, kept);
    }
    return status == HF_OK ? try_waiting(replay, &record, end) : status;
}

static enum hf_status take_officer(struct hf_audit_replay *replay, const struct kept *kept)
{
    struct hf_caseload_note note;
    if (hf_caseload_note_decode(hf_buf_slice(&kept->body), &note) != HF_OK || note.what != HF_CASELOAD_OFFICER)
        return HF_OK;
    enum hf_status status = map_put(&replay->officers, &note.person, 0);
    if (status == HF_OK)
        map_place(replay->officers.places, replay->officers.cap, &note.person)->number = note.given;
    return status;
}

static enum hf_status take_note(struct hf_audit_replay *replay, const struct kept *kept, size_t end)
{
    struct hf_note_body note;
    if (hf_note_body_decode(hf_buf_slice(&kept->body), &note) != HF_OK)
        return HF_OK;
    if (note.what == HF_NOTE_ASSIGN)
        return set_holder(replay, &note.case_id, &note.person, note.held);
    if (note.what == HF_NOTE_OTHER)
        return take_officer(replay, kept);
    return note.what == HF_NOTE_RELEASE ? take_release(replay, &note, end) : HF_OK;
}

static enum hf_status take_policy(struct hf_audit_replay *replay, const struct kept *kept)
{
    struct hf_policy_body body;
    if (hf_policy_body_decode(hf_buf_slice(&kept->body), &body) != HF_OK)
        return HF_OK;
    enum hf_status status = hf_book_release(replay->book, &body, &kept->change, NULL);
    return status == HF_ERR_NOMEM ? status : HF_OK;
}

static enum hf_status apply(struct hf_audit_replay *replay, size_t number)
{
    struct kept *kept = &replay->entries[number];
    kept->known = true;
    replay->known++;
    if (kept->server)
        replay->now_ms = kept->ms;
    if (!kept->opened) {
        replay->sealed++;
        return HF_OK;
    }
    if (kept->kind == HF_LEAF_DATA)
        return take_data(replay, kept, number);
    if (kept->without_effect || kept->handed_in)
        return HF_OK;
    if (kept->kind == HF_LEAF_NOTE)
        return take_note(replay, kept, number);
    return kept->kind == HF_LEAF_POLICY ? take_policy(replay, kept) : HF_OK;
}

/* --- the whole -----------------------------------------------------------------------------------------------------
 */

enum hf_status hf_audit_replay_new(struct hf_audit_replay **out)
{
    struct hf_audit_replay *replay = calloc(1, sizeof *replay);
    if (!replay)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_book_new(&replay->book);
    if (status != HF_OK) {
        free(replay);
        return status;
    }
    *out = replay;
    return HF_OK;
}

void hf_audit_replay_free(struct hf_audit_replay *replay)
{
    if (!replay)
        return;
    for (size_t i = 0; i < replay->count; i++)
        hf_buf_wipe(&replay->entries[i].body);
    for (size_t i = 0; i < replay->state_count; i++)
        hf_record_state_clear(&replay->states[i]);
    hf_book_free(replay->book);
    free(replay->entries);
    free(replay->changes.places);
    free(replay->records.places);
    free(replay->officers.places);
    free(replay->states);
    free(replay->holders);
    free(replay);
}

enum hf_status hf_audit_replay_take(struct hf_audit_replay *replay, const struct hf_audit_entry *entry)
{
    uint8_t bytes[HF_LEAF_BYTES];
    if (replay->count == replay->cap) {
        size_t cap = replay->cap ? 2 * replay->cap : 256;
        struct kept *grown = realloc(replay->entries, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        replay->entries = grown;
        replay->cap = cap;
    }
    struct kept *kept = &replay->entries[replay->count];
    hf_leaf_encode(entry->leaf, bytes);
    *kept = (struct kept){.index = entry->index,
                          .ms = hf_clock_ms(entry->leaf->clock),
                          .clock = entry->leaf->clock,
                          .kind = entry->leaf->kind,
                          .change = hf_leaf_change_id(bytes),
                          .person = entry->device->person,
                          .role = entry->device->role,
                          .handed_in = entry->handed_in,
                          .without_effect = entry->without_effect,
                          .opened = entry->opened,
                          .server = entry->device->role == HF_ROLE_SERVER,
                          .is_data = entry->leaf->kind == HF_LEAF_DATA && entry->opened};
    if (entry->opened)
        hf_buf_append_slice(&kept->body, entry->body);
    enum hf_status status = hf_buf_status(&kept->body);
    if (status == HF_OK)
        status = map_put(&replay->changes, &kept->change, replay->count);
    replay->count++;
    return status;
}

static int by_case_and_id(const void *a, const void *b)
{
    const struct hf_record_state *left = a, *right = b;
    int order = hf_id_compare(&left->case_id, &right->case_id);
    return order ? order : hf_id_compare(&left->record_id, &right->record_id);
}

enum hf_status hf_audit_replay_run(struct hf_audit_replay *replay, const uint8_t log_id[HF_HASH_BYTES],
                                   uint64_t as_of_ms)
{
    size_t certain = 0, end = replay->count;
    enum hf_status status = HF_OK;
    replay->office_case = hf_office_case_id(log_id);
    for (size_t i = 0; i < replay->count; i++) {
        if (replay->entries[i].server && replay->entries[i].ms <= as_of_ms)
            certain = i + 1;
    }
    for (size_t i = certain; i < replay->count && end == replay->count; i++) {
        if (replay->entries[i].server)
            end = i;
    }
    for (size_t i = 0; status == HF_OK && i < end; i++) {
        if (i < certain || replay->entries[i].ms <= as_of_ms)
            status = apply(replay, i);
    }
    if (status == HF_OK && replay->state_count)
        qsort(replay->states, replay->state_count, sizeof replay->states[0], by_case_and_id);
    free(replay->records.places); /* numbers do not fit any more */
    replay->records = (struct map){0};
    return status;
}

void hf_audit_replay_counts(const struct hf_audit_replay *replay, uint64_t *out_known, uint64_t *out_sealed)
{
    *out_known = replay->known;
    *out_sealed = replay->sealed;
}

size_t hf_audit_replay_records(const struct hf_audit_replay *replay)
{
    return replay->state_count;
}

const struct hf_record_state *hf_audit_replay_record(const struct hf_audit_replay *replay, size_t number)
{
    return &replay->states[number];
}

static bool is_held(const struct kept *kept)
{
    return kept->known && kept->is_data && (kept->waiting || kept->hold != HF_HOLD_NONE);
}

size_t hf_audit_replay_held(const struct hf_audit_replay *replay)
{
    size_t count = 0;
    for (size_t i = 0; i < replay->count; i++)
        count += is_held(&replay->entries[i]);
    return count;
}

struct hf_audit_held hf_audit_replay_held_at(const struct hf_audit_replay *replay, size_t number)
{
    struct hf_audit_held held = {0};
    for (size_t i = 0; i < replay->count; i++) {
        const struct kept *kept = &replay->entries[i];
        if (is_held(kept) && number-- == 0) {
            held = (struct hf_audit_held){kept->index, kept->case_id, kept->record,
                                          kept->waiting ? HF_HOLD_NONE : kept->hold};
            break;
        }
    }
    return held;
}

struct hf_book *hf_audit_replay_book(struct hf_audit_replay *replay)
{
    return replay->book;
}
