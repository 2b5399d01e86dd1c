#include "core/merge/standing.h"
#include "core/pack/writer.h"
#include "tools/simulator/world.h"

#include "core/replica/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELDS      4
#define HISTORY_MAX 512
#define SAVE_TRIES  4 /* of a person who cannot write where they wanted to */

/* Together the fields cover every kind (docs/merge.md): meeting, move, escalation. */
const uint16_t sim_record_types[SIM_RECORDS] = {22, 74, 63};
static const uint16_t fields_of[SIM_RECORDS][FIELDS] = {
    {4, 7, 18, 31}, /* status, value, text, append */
    {2, 13, 15, 5}, /* status, verbatim, set, text */
    {5, 10, 8, 2},  /* set, append, text, value */
};

/* The same on every device: people meet in records that each of them began. */
struct hf_id sim_record_id(const struct sim_case *at, size_t record)
{
    uint8_t bytes[HF_ID_BYTES + 1], hash[HF_HASH_BYTES];
    memcpy(bytes, at->id.bytes, HF_ID_BYTES);
    bytes[HF_ID_BYTES] = (uint8_t)record;
    hf_sha256_of(bytes, sizeof bytes, hash);
    return hf_id_from_bytes(hash);
}

/* --- values --------------------------------------------------------------------------------------------------------
 */

static void random_set(struct sim_world *world, const struct hf_field_spec *spec, struct hf_buf *out)
{
    struct hf_buf words[3] = {0};
    struct hf_slice added[3], removed[3];
    size_t added_count = 0, removed_count = 0;
    for (size_t i = 0; i < 3 && spec->codes[i]; i++) {
        size_t dice = sim_below(&world->random, 4);
        hf_pack_text(&words[i], hf_slice_str(spec->codes[i]));
        if (dice == 0)
            removed[removed_count++] = hf_buf_slice(&words[i]);
        else if (dice == 1)
            added[added_count++] = hf_buf_slice(&words[i]);
    }
    hf_set_edit_encode(added, added_count, removed, removed_count, out);
    for (size_t i = 0; i < 3; i++)
        hf_buf_clear(&words[i]);
}

/* One of few, so that two people sometimes write the same. */
static void random_value(struct sim_world *world, const struct hf_id *case_id, const struct hf_field_spec *spec,
                         struct hf_buf *out)
{
    static const char *const words[] = {"agreed", "not yet", "asked again", "a longer text about how the visit went"};
    char text[SIM_MARK_BYTES + 64], mark[SIM_MARK_BYTES];
    size_t codes = 0;
    if (spec->kind == HF_KIND_SET) {
        random_set(world, spec, out);
        return;
    }
    bool clears = spec->kind != HF_KIND_APPEND && spec->kind != HF_KIND_VERBATIM && spec->kind != HF_KIND_STATUS;
    if (clears && sim_chance(&world->random, 8)) {
        hf_pack_nil(out);
    } else if (spec->type == HF_TYPE_INT) {
        hf_pack_uint(out, 1 + sim_below(&world->random, 4));
    } else if (spec->type == HF_TYPE_CODE) {
        while (spec->codes[codes])
            codes++;
        hf_pack_text(out, hf_slice_str(spec->codes[sim_below(&world->random, codes)]));
    } else {
        sim_case_mark(world, case_id, mark);
        (void)snprintf(text, sizeof text, "%s %s", words[sim_below(&world->random, 4)], mark);
        hf_pack_text(out, hf_slice_str(text));
    }
}

/* --- what this device has of a record, by the rules ----------------------------------------------------------------
 */

struct history {
    struct sim_change changes[HISTORY_MAX];
    const struct sim_change *in_effect[HISTORY_MAX];
    struct hf_buf bodies[HISTORY_MAX];
    size_t count, in_effect_count;
};

static bool take_change(void *ctx, const struct hf_change_row *row)
{
    struct history *history = ctx;
    if (history->count == HISTORY_MAX)
        return false;
    if (row->waiting || row->item.hold != HF_HOLD_NONE)
        return true;
    struct sim_change *change = &history->changes[history->count];
    struct hf_buf *body = &history->bodies[history->count];
    *body = (struct hf_buf){0};
    hf_buf_append_slice(body, row->item.body);
    history->count++;
    change->id = row->change_id;
    change->clock = row->leaf.clock;
    if (hf_data_body_decode(hf_buf_slice(body), &change->body, NULL) == HF_OK)
        history->in_effect[history->in_effect_count++] = change;
    return true;
}

static void history_free(struct history *history)
{
    for (size_t i = 0; i < history->count; i++)
        hf_buf_clear(&history->bodies[i]);
    free(history);
}

/* The record on the device must be what its changes make of it; *out is for the check of the next save. */
static struct history *look_at_record(struct sim_world *world, struct sim_device *device, const struct hf_id *record,
                                      uint16_t type)
{
    struct history *history = sim_must(malloc(sizeof *history)); /* large: what is not counted is not looked at */
    history->count = history->in_effect_count = 0;
    struct hf_record_state state = {0};
    char text[SIM_TEXT_BYTES];
    enum hf_status status = hf_replica_history(device->replica, record, take_change, history);
    if (status == HF_OK)
        status = hf_replica_record(device->replica, record, &state);
    bool unproved = false; /* its changes are not here */
    if (status == HF_OK)
        status = hf_replica_is_unproved(device->replica, record, &unproved);
    if (status == HF_OK && !unproved && history->count < HISTORY_MAX &&
        !sim_rules_record(history->in_effect, history->in_effect_count, &state, type, text))
        sim_fail(world, "a record on device %zu is not what its changes make of it: %s", device->number, text);
    hf_record_state_clear(&state);
    if (status == HF_OK && !unproved && history->count < HISTORY_MAX)
        return history;
    history_free(history);
    return NULL;
}

static bool names(const struct hf_edit *edit, const struct hf_id *id)
{
    for (uint32_t i = 0; i < edit->base_count; i++) {
        struct hf_id base = hf_edit_base(edit, i);
        if (hf_id_equal(&base, id))
            return true;
    }
    return false;
}

static bool is_among(const struct sim_expected *entries, const struct hf_id *id)
{
    for (size_t i = 0; i < entries->count; i++)
        if (hf_id_equal(&entries->entries[i].change, id))
            return true;
    return false;
}

struct signed_save {
    const struct history *before;
    uint16_t type;
    const char *wrong;
};

/* An edit of the moment names exactly what stood in the field: nothing less (a clash that is none), nothing more (words
 * that nobody saw would go). */
static void check_edit(struct signed_save *save, const struct hf_edit *edit)
{
    const struct hf_field_spec *spec = hf_model_field(hf_model_type(save->type), edit->field);
    struct sim_expected stood = {0};
    if (spec->code >= HF_FIELD_COMMON || spec->kind == HF_KIND_SET || spec->kind == HF_KIND_APPEND)
        return;
    sim_rules_official(save->before->in_effect, save->before->in_effect_count, spec, &stood);
    for (size_t i = 0; i < stood.count; i++)
        if (!names(edit, &stood.entries[i].change))
            save->wrong = "does not name what its author saw";
    for (uint32_t i = 0; i < edit->base_count; i++) {
        struct hf_id base = hf_edit_base(edit, i);
        if (!is_among(&stood, &base))
            save->wrong = "names what its author did not see";
    }
    free(stood.entries);
}

static bool check_signed(void *ctx, const struct hf_change_row *row)
{
    struct signed_save *save = ctx;
    struct hf_data_body *body = sim_must(malloc(sizeof *body));
    if (hf_data_body_decode(row->item.body, body, NULL) != HF_OK)
        save->wrong = "has a body that cannot be read";
    for (uint32_t i = 0; !save->wrong && i < body->edit_count; i++)
        check_edit(save, &body->edits[i]);
    free(body);
    return false;
}

/* --- a save --------------------------------------------------------------------------------------------------------
 */

static size_t pick_case(struct sim_world *world, const struct sim_device *device)
{
    size_t first = sim_below(&world->random, world->case_count);
    bool stale = sim_chance(&world->random, 15); /* sometimes one that was taken away meanwhile */
    for (size_t i = 0; i < world->case_count; i++) {
        size_t at = (first + i) % world->case_count;
        const struct sim_hold *hold = &world->cases[at].people[device->person];
        if (sim_holds(world, device, &world->cases[at].id, UINT64_MAX) || (stale && hold->since > 0))
            return at;
    }
    return first;
}

/* Somebody opens a record and will save it some time later, from what they saw now. */
static void open_form(struct sim_world *world, struct sim_device *device, size_t case_at, size_t record_at)
{
    struct hf_id record = sim_record_id(&world->cases[case_at], record_at);
    struct hf_record_state state = {0};
    struct sim_form *form = &device->form;
    if (hf_replica_record(device->replica, &record, &state) != HF_OK)
        return;
    *form = (struct sim_form){.is_open = true, .case_at = case_at, .record_at = record_at};
    for (size_t i = 0; i < FIELDS; i++) {
        form->fields[i].field = fields_of[record_at][i];
        form->fields[i].count =
            hf_merge_heads(hf_record_state_field(&state, form->fields[i].field), form->fields[i].heads, 8);
        if (form->fields[i].count > 8)
            form->fields[i].count = 8;
    }
    hf_record_state_clear(&state);
}

static const struct hf_id no_bases[1];

static size_t fill_edits(struct sim_world *world, const struct sim_form *form, size_t case_at, size_t record_at,
                         struct hf_buf *values, struct hf_save_edit *edits)
{
    size_t count = 0;
    for (size_t i = 0; i < FIELDS; i++) {
        const struct hf_field_spec *spec =
            hf_model_field(hf_model_type(sim_record_types[record_at]), fields_of[record_at][i]);
        if (!sim_chance(&world->random, 45))
            continue;
        random_value(world, &world->cases[case_at].id, spec, &values[count]);
        edits[count] = (struct hf_save_edit){.field = spec->code, .value = hf_buf_slice(&values[count])};
        if (form && spec->kind != HF_KIND_SET && spec->kind != HF_KIND_APPEND) {
            edits[count].bases = form->fields[i].count ? form->fields[i].heads : no_bases;
            edits[count].base_count = form->fields[i].count;
        }
        count++;
    }
    return count;
}

bool sim_save_may_fail(const struct sim_world *world, const struct sim_device *device, enum hf_status status)
{
    if (status == HF_ERR_IO || status == HF_ERR_FULL)
        return disk_is_stopped(device->disk) || disk_fault_happened(device->disk);
    (void)world;
    if (status == HF_ERR_DENIED) /* a case is opened by who works with cases */
        return !sim_role_holds_cases(hf_replica_identity(device->replica)->role);
    return status == HF_ERR_WAITING /* its history is not here: asked for now */ || status == HF_ERR_CONFLICT ||
           status == HF_ERR_STATE || status == HF_ERR_NOT_FOUND || status == HF_ERR_LIMIT;
}

static void note_saved(struct sim_world *world, struct sim_device *device, const struct history *before, uint16_t type,
                       const struct hf_id *change)
{
    struct signed_save save = {.before = before, .type = type};
    world->result->counts.saves++;
    sim_saved(device, change);
    if (before && hf_replica_change(device->replica, change, check_signed, &save) == HF_OK && save.wrong)
        sim_fail(world, "a save on device %zu %s", device->number, save.wrong);
}

/* True when a change was signed. */
static bool save_record(struct sim_world *world, struct sim_device *device, size_t case_at, size_t record_at,
                        const struct sim_form *form)
{
    struct hf_buf values[FIELDS] = {0};
    struct hf_save_edit edits[FIELDS];
    struct hf_id change = hf_id_zero();
    struct hf_error err = {0};
    struct hf_id record = sim_record_id(&world->cases[case_at], record_at);
    struct hf_save save = {.case_id = world->cases[case_at].id,
                           .record_id = record,
                           .type = sim_record_types[record_at],
                           .edits = edits,
                           .settle = !form && sim_chance(&world->random, 50),
                           .propose = sim_chance(&world->random, 80),
                           .reason = hf_slice_str("as it was")};
    save.edit_count = fill_edits(world, form, case_at, record_at, values, edits);
    struct history *before = NULL;
    if (!form && sim_chance(&world->random, world->options.is_fast ? 2 : 30) && !device->is_forger)
        before = look_at_record(world, device, &record, save.type);
    if (save.edit_count > 0 && !sim_failed(world)) {
        enum hf_status status =
            hf_replica_save(device->replica, &save, sim_device_now(world, device).wall_ms, &change, &err);
        if (status == HF_OK && !hf_id_is_zero(&change))
            note_saved(world, device, before, save.type, &change);
        else if (status != HF_OK && !sim_save_may_fail(world, device, status))
            sim_fail(world, "device %zu cannot save: %s: %s", device->number, hf_status_name(status), err.text);
    }
    if (before)
        history_free(before);
    for (size_t i = 0; i < FIELDS; i++)
        hf_buf_clear(&values[i]);
    return !hf_id_is_zero(&change);
}

/* Somebody makes a record final, answers a proposal, deletes it or brings it back. */
static void act_on_record(struct sim_world *world, struct sim_device *device, size_t case_at, size_t record_at)
{
    const struct hf_id record = sim_record_id(&world->cases[case_at], record_at);
    const struct hf_slice reason = hf_slice_str("decided in the team");
    const uint64_t now_ms = sim_device_now(world, device).wall_ms;
    struct hf_record_state state = {0};
    struct hf_changes open = {0};
    struct hf_id change = hf_id_zero();
    struct hf_error err = {0};
    enum hf_status status = HF_OK;
    const size_t dice = sim_below(&world->random, 4);
    if (hf_replica_record(device->replica, &record, &state) != HF_OK)
        return;
    if (hf_standing_proposals(&state, &open) != HF_OK)
        sim_fail(world, "there is not enough memory");
    if (open.count > 0 && dice > 0)
        status = hf_replica_answer(device->replica, &record, &open.at[0], dice == 1, reason, now_ms, &change, &err);
    else if (state.deleted != HF_DELETED_NOT && dice > 1)
        status = hf_replica_restore(device->replica, &record, reason, now_ms, &change, &err);
    else if (dice == 0)
        status = hf_replica_finalise(device->replica, &record, reason, now_ms, &change, &err);
    else
        status = hf_replica_delete(device->replica, &record, reason, now_ms, &change, &err);
    if (status == HF_OK) {
        world->result->counts.saves++;
        sim_saved(device, &change);
    } else if (!sim_save_may_fail(world, device, status)) {
        sim_fail(world, "device %zu cannot act on a record: %s: %s", device->number, hf_status_name(status), err.text);
    }
    free(open.at);
    hf_record_state_clear(&state);
}

/* False when the person could not write there: somebody else's case by now, a record that is final, an erased case. */
static bool write_somewhere(struct sim_world *world, struct sim_device *device)
{
    size_t case_at = pick_case(world, device), record_at = sim_below(&world->random, SIM_RECORDS);
    if (device->is_stubborn && sim_chance(&world->random, 80)) {
        case_at = device->favourite_case;
        record_at = device->favourite_record;
        device->form.is_open = false;
    }
    if (device->form.is_open && sim_chance(&world->random, 60)) {
        struct sim_form form = device->form;
        device->form.is_open = false;
        return save_record(world, device, form.case_at, form.record_at, &form);
    }
    bool saved = save_record(world, device, case_at, record_at, NULL);
    if (!sim_failed(world) && device->replica && !disk_is_stopped(device->disk) && sim_chance(&world->random, 10))
        act_on_record(world, device, case_at, record_at);
    if (!disk_is_stopped(device->disk) && sim_chance(&world->random, 25))
        open_form(world, device, case_at, record_at);
    return saved;
}

void sim_save(struct sim_world *world, struct sim_device *device)
{
    if (!device->is_used || device->is_lost || world->case_count == 0 || !sim_device_open(world, device))
        return;
    if (device->is_forger && sim_comes(world, &world->random, 40, 100)) {
        sim_forge(world, device);
        return;
    }
    if (sim_roles_save(world, device)) {
        sim_device_after(world, device);
        return;
    }
    for (size_t i = 0; i < SAVE_TRIES && !sim_failed(world) && !disk_is_stopped(device->disk); i++)
        if (write_somewhere(world, device))
            break;
    sim_device_after(world, device);
}

void sim_open_case(struct sim_world *world, struct sim_device *device)
{
    struct hf_id id;
    struct hf_error err = {0};
    if (world->case_count >= SIM_CASES_MAX - SIM_CASES_SPARE || device->is_lost || !sim_device_open(world, device))
        return;
    char reference[] = "C-00";
    reference[2] = (char)('0' + world->case_count / 10);
    reference[3] = (char)('0' + world->case_count % 10);
    enum hf_status status =
        hf_replica_case_new(device->replica, hf_slice_str(reference), sim_device_now(world, device).wall_ms, &id, &err);
    if (status == HF_OK)
        world->cases[world->case_count++].id = id;
    else if (!sim_save_may_fail(world, device, status))
        sim_fail(world, "device %zu cannot open a case: %s", device->number, err.text);
    sim_device_after(world, device);
}
