#include "server/urgent.h"

#include "core/base/text.h"
#include "core/pack/writer.h"
#include "server/enrol.h"

#include <stdlib.h>
#include <string.h>

#define OPEN_MAX   65536 /* on the whole server */
#define OPEN_MS    (HF_URGENT_HOURS * UINT64_C(3600000))
#define EDIT_COUNT 4

/* --- the assignments that are urgent ------------------------------------------------------------------------------ */

struct open_case {
    struct hf_id case_id, person;
    uint64_t until_ms;
};
struct hf_urgent {
    struct open_case *cases;
    size_t count, cap;
};

static enum hf_status remember(struct hf_urgent *urgent, const struct open_case *open)
{
    if (urgent->count == urgent->cap) {
        const size_t cap = urgent->cap ? urgent->cap * 2 : 16;
        struct open_case *grown = cap <= OPEN_MAX ? realloc(urgent->cases, cap * sizeof *grown) : NULL;
        if (!grown)
            return cap <= OPEN_MAX ? HF_ERR_NOMEM : HF_ERR_LIMIT;
        urgent->cases = grown;
        urgent->cap = cap;
    }
    urgent->cases[urgent->count++] = *open;
    return HF_OK;
}

void hf_urgent_forget(struct hf_office *office)
{
    if (office->urgent)
        free(office->urgent->cases);
    free(office->urgent);
    office->urgent = NULL;
}

/* The note that made an assignment: is it urgent, and when was it made? */
struct note_look {
    struct hf_office *office;
    uint64_t index;
    bool urgent;
    uint64_t made_ms;
    enum hf_status status;
};

static bool look_at_note(void *ctx, const struct hf_entry_row *row)
{
    struct note_look *look = ctx;
    struct hf_class_key key = {0};
    struct hf_leaf leaf;
    struct hf_note_body note;
    struct hf_buf bytes = {0};
    if (row->index != look->index || row->kind != HF_LEAF_NOTE || row->payload.len == 0)
        return false;
    look->status = hf_leaf_decode(row->leaf, &leaf);
    if (look->status == HF_OK)
        look->status = hf_keystore_get(look->office->keystore, &row->key_id, &key);
    if (look->status == HF_OK)
        look->status = hf_payload_open(&key, row->payload, &leaf, &bytes);
    if (look->status == HF_OK && hf_note_body_decode(hf_buf_slice(&bytes), &note) == HF_OK) {
        look->urgent = note.what == HF_NOTE_ASSIGN && hf_slice_equal(note.reason_code, hf_slice_str(HF_URGENT_CODE));
        look->made_ms = hf_clock_ms(leaf.clock);
    }
    hf_wipe(&key, sizeof key);
    hf_buf_clear(&bytes);
    return false;
}

static enum hf_status look_at(struct hf_office *office, uint64_t index, struct note_look *look)
{
    *look = (struct note_look){.office = office, .index = index};
    const enum hf_status status = office->store->ops->entries(office->store, index, 1, look_at_note, look);
    return status == HF_OK ? look->status : status;
}

struct starting {
    struct hf_office *office;
    struct hf_assignment_row *rows;
    size_t count, cap;
    enum hf_status status;
};

static bool collect(void *ctx, const struct hf_assignment_row *row)
{
    struct starting *starting = ctx;
    if (!row->held)
        return true;
    if (starting->count == starting->cap) {
        const size_t cap = starting->cap ? starting->cap * 2 : 256;
        struct hf_assignment_row *grown = realloc(starting->rows, cap * sizeof *grown);
        if (!grown) {
            starting->status = HF_ERR_NOMEM;
            return false;
        }
        starting->rows = grown;
        starting->cap = cap;
    }
    starting->rows[starting->count++] = *row;
    return true;
}

/* After a start the log says which there are. */
static enum hf_status start(struct hf_office *office)
{
    struct starting starting = {.office = office};
    if (office->urgent)
        return HF_OK;
    office->urgent = calloc(1, sizeof *office->urgent);
    if (!office->urgent)
        return HF_ERR_NOMEM;
    enum hf_status status = office->store->ops->assignments(office->store, NULL, collect, &starting);
    if (status == HF_OK)
        status = starting.status;
    for (size_t i = 0; status == HF_OK && i < starting.count; i++) {
        struct note_look look;
        status = look_at(office, starting.rows[i].index, &look);
        if (status == HF_OK && look.urgent) {
            const struct open_case open = {.case_id = starting.rows[i].case_id,
                                           .person = starting.rows[i].person,
                                           .until_ms = look.made_ms + OPEN_MS};
            status = remember(office->urgent, &open);
        }
    }
    free(starting.rows);
    if (status != HF_OK)
        hf_urgent_forget(office);
    return status;
}

struct holding {
    const struct hf_id *case_id;
    bool held;
    uint64_t index;
};

static bool find_holding(void *ctx, const struct hf_assignment_row *row)
{
    struct holding *holding = ctx;
    if (!hf_id_equal(&row->case_id, holding->case_id))
        return true;
    holding->held = row->held;
    holding->index = row->index;
    return false;
}

enum hf_status hf_urgent_is(struct hf_office *office, const struct hf_id *case_id, const struct hf_id *person,
                            bool *out)
{
    struct holding holding = {.case_id = case_id};
    struct note_look look = {.urgent = false};
    enum hf_status status = office->store->ops->assignments(office->store, person, find_holding, &holding);
    if (status == HF_OK && holding.held)
        status = look_at(office, holding.index, &look);
    if (status == HF_OK)
        *out = look.urgent;
    return status;
}

/* --- which case --------------------------------------------------------------------------------------------------- */

struct case_search {
    struct hf_office *office;
    struct hf_slice reference;
    size_t found;
    struct hf_id case_id;
    enum hf_status status;
};

static bool has_reference(const struct hf_record_state *state, struct hf_slice reference)
{
    const struct hf_field_state *field = hf_record_state_field(state, HF_FIELD_CASE_REFERENCE);
    struct hf_buf wanted = {0};
    hf_pack_text(&wanted, reference);
    const bool same = field && hf_buf_status(&wanted) == HF_OK &&
                      hf_slice_equal(hf_merge_plain_value(hf_model_type(HF_RECORD_CASE), field), hf_buf_slice(&wanted));
    hf_buf_clear(&wanted);
    return same;
}

static bool look_at_case(void *ctx, const struct hf_id *case_id)
{
    struct case_search *search = ctx;
    struct hf_record_state state = {0};
    struct hf_buf packed = {0};
    enum hf_status status = search->office->store->ops->record(search->office->store, case_id, &packed);
    if (status == HF_OK && packed.len > 0)
        status = hf_record_state_decode(hf_buf_slice(&packed), &state);
    if (status == HF_OK && packed.len > 0 && has_reference(&state, search->reference)) {
        search->found++;
        search->case_id = *case_id;
    }
    if (status != HF_OK && status != HF_ERR_NOT_FOUND)
        search->status = status;
    hf_record_state_clear(&state);
    hf_buf_wipe(&packed);
    return search->status == HF_OK;
}

static enum hf_status find_case(struct hf_office *office, struct hf_slice reference, struct hf_id *out,
                                struct hf_error *err)
{
    struct case_search search = {.office = office, .reference = reference};
    struct hf_class_key key;
    if (hf_id_parse(reference, out) == HF_OK) {
        enum hf_status known = hf_keystore_current(office->keystore, out, &key);
        hf_wipe(&key, sizeof key);
        search.found = known == HF_OK && !hf_id_equal(out, &office->office_case) ? 1 : 0;
        search.case_id = *out;
        search.status = known == HF_ERR_NOT_FOUND ? HF_OK : known;
    } else if (reference.len > 0 && reference.len <= HF_URGENT_REFERENCE_MAX) {
        const enum hf_status status = hf_keystore_cases(office->keystore, look_at_case, &search);
        search.status = search.status == HF_OK ? status : search.status;
    }
    if (search.status != HF_OK)
        return search.status;
    if (search.found == 0)
        return hf_error_set(
            err, HF_ERR_NOT_FOUND,
            "No case has exactly this reference. Check it, or ring the office: they can assign the case.");
    if (search.found > 1)
        return hf_error_set(err, HF_ERR_CONFLICT,
                            "Several cases have this reference. Ring the office: they can assign the right one.");
    *out = search.case_id;
    return HF_OK;
}

/* --- opening ------------------------------------------------------------------------------------------------------ */

static enum hf_status write_record(struct hf_batch *batch, const struct open_case *open, struct hf_slice reason,
                                   const struct hf_class_key *key)
{
    struct hf_buf values[EDIT_COUNT] = {{0}}, body = {0};
    static const uint16_t fields[EDIT_COUNT] = {HF_FIELD_URGENT_PERSON, HF_FIELD_URGENT_REASON, HF_FIELD_URGENT_FROM,
                                                HF_FIELD_URGENT_UNTIL};
    struct hf_edit_input edits[EDIT_COUNT] = {{0}};
    struct hf_id record;
    enum hf_status status = HF_OK;
    hf_pack_id(&values[0], &open->person);
    hf_pack_text(&values[1], reason);
    hf_pack_uint(&values[2], batch->now_ms);
    hf_pack_uint(&values[3], open->until_ms);
    for (size_t i = 0; i < EDIT_COUNT; i++) {
        edits[i] = (struct hf_edit_input){.field = fields[i], .value = hf_buf_slice(&values[i])};
        if (status == HF_OK)
            status = hf_buf_status(&values[i]);
    }
    hf_random(record.bytes, sizeof record.bytes);
    const struct hf_data_body_input input = {.case_id = open->case_id,
                                             .record_id = record,
                                             .type = HF_RECORD_URGENT_ACCESS,
                                             .edits = edits,
                                             .edit_count = EDIT_COUNT};
    if (status == HF_OK)
        status = hf_data_body_encode(&input, &body, NULL);
    if (status == HF_OK)
        status = hf_batch_server_leaf(batch, HF_LEAF_DATA, key, hf_buf_slice(&body));
    for (size_t i = 0; i < EDIT_COUNT; i++)
        hf_buf_wipe(&values[i]);
    hf_buf_wipe(&body);
    return status;
}

static enum hf_status may_open(struct hf_office *office, const struct hf_id *person, struct hf_slice reason,
                               struct hf_error *err)
{
    size_t open = 0;
    if (reason.len < HF_URGENT_REASON_MIN || reason.len > HF_URGENT_REASON_MAX || !hf_text_is_utf8(reason))
        return hf_error_set(err, HF_ERR_INVALID,
                            "Say in a sentence why this cannot wait (%d to %d letters): everybody who holds the case, "
                            "and the managers, will read it.",
                            HF_URGENT_REASON_MIN, HF_URGENT_REASON_MAX);
    for (size_t i = 0; i < office->urgent->count; i++)
        open += hf_id_equal(&office->urgent->cases[i].person, person);
    if (open >= HF_URGENT_OPEN_MAX)
        return hf_error_set(err, HF_ERR_LIMIT,
                            "%d cases are open to you this way already. Ring the office: they can assign the case.",
                            HF_URGENT_OPEN_MAX);
    return HF_OK;
}

static enum hf_status write_opening(struct hf_batch *batch, const struct open_case *open, struct hf_slice reason,
                                    struct hf_error *err)
{
    struct hf_class_key key = {0};
    bool holds = false;
    enum hf_status status = hf_batch_holds(batch, &open->person, &open->case_id, &holds);
    if (status == HF_OK && holds)
        status = hf_error_set(err, HF_ERR_CONFLICT, "You hold this case already. Sync, and it is on your device.");
    if (status == HF_OK)
        status = hf_keystore_current(batch->office->keystore, &open->case_id, &key);
    if (status == HF_OK)
        status = write_record(batch, open, reason, &key);
    if (status == HF_OK)
        status = hf_enrol_assign_in(batch, &open->case_id, &open->person, true, hf_slice_str(HF_URGENT_CODE));
    hf_wipe(&key, sizeof key);
    return status;
}

enum hf_status hf_urgent_open(struct hf_office *office, const struct hf_id *person, struct hf_slice reference,
                              struct hf_slice reason, struct hf_id *out_case, uint64_t *out_until_ms,
                              struct hf_error *err)
{
    struct open_case open = {.person = *person};
    struct hf_batch batch;
    enum hf_status status = start(office);
    if (status == HF_OK)
        status = may_open(office, person, reason, err);
    if (status == HF_OK)
        status = find_case(office, reference, &open.case_id, err);
    if (status != HF_OK)
        return status;
    hf_batch_begin(&batch, office);
    open.until_ms = batch.now_ms + OPEN_MS;
    status = write_opening(&batch, &open, reason, err);
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_batch_clear(&batch);
    if (status != HF_OK)
        return status;
    if (remember(office->urgent, &open) != HF_OK)
        hf_urgent_forget(office); /* read from the log again by the next step */
    *out_case = open.case_id;
    *out_until_ms = open.until_ms;
    return HF_OK;
}

/* --- the end of it ------------------------------------------------------------------------------------------------ */

static enum hf_status take_away(struct hf_office *office, const struct open_case *open)
{
    struct hf_batch batch;
    bool urgent = false;
    enum hf_status status = hf_urgent_is(office, &open->case_id, &open->person, &urgent);
    if (status != HF_OK || !urgent)
        return status; /* assigned properly since, or taken away */
    hf_batch_begin(&batch, office);
    status = hf_enrol_assign_in(&batch, &open->case_id, &open->person, false, hf_slice_str(HF_URGENT_CODE_OVER));
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_batch_clear(&batch);
    return status;
}

enum hf_status hf_urgent_step(struct hf_office *office)
{
    const uint64_t now_ms = office->wall_ms(office->clock_ctx);
    enum hf_status status = start(office);
    for (size_t i = 0; status == HF_OK && i < office->urgent->count;) {
        struct hf_urgent *urgent = office->urgent;
        if (urgent->cases[i].until_ms > now_ms) {
            i++;
            continue;
        }
        status = take_away(office, &urgent->cases[i]);
        if (status == HF_OK)
            urgent->cases[i] = urgent->cases[--urgent->count];
    }
    return status;
}

uint64_t hf_urgent_wake_ms(const struct hf_office *office)
{
    uint64_t first = UINT64_MAX;
    if (!office->urgent)
        return 0;
    for (size_t i = 0; i < office->urgent->count; i++)
        if (office->urgent->cases[i].until_ms < first)
            first = office->urgent->cases[i].until_ms;
    return first;
}
