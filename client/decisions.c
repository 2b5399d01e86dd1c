/* Decisions of the authority, cover, handover and escalation, for programs: each is a record, signed by this device. */
#include "client/decisions.h"
#include "client/handle.h"
#include "client/texts.h"
#include "core/base/text.h"
#include "core/policy/day.h"
#include "core/policy/pack.h"
#include "core/replica/policies.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEVEL_LAST 3

/* The texts that most of these records need: this person, today, this moment. */
struct stamp {
    uint64_t now_ms;
    char person[HF_ID_TEXT_BYTES];
    char today[HF_DATE_TEXT_BYTES];
    char moment[HF_TIME_TEXT_BYTES];
};

static struct stamp stamp_now(const struct holdfast *hf)
{
    struct stamp stamp = {.now_ms = hf_wall_ms()};
    hf_id_format(&hf_replica_identity(hf->replica)->person, stamp.person);
    hf_day_format(hf_london_day(stamp.now_ms), stamp.today);
    hf_text_time(stamp.now_ms, stamp.moment);
    return stamp;
}

static bool is_empty(const char *text)
{
    return !text || text[0] == '\0';
}

/* "" for a zero id, which hf_replica_put leaves out. */
static const char *id_text(const struct holdfast_id *id, char out[HF_ID_TEXT_BYTES])
{
    const struct hf_id own = hf_id_in(id);
    out[0] = '\0';
    if (!hf_id_is_zero(&own))
        hf_id_format(&own, out);
    return out;
}

static enum hf_status put_new(struct holdfast *hf, const struct hf_id *case_id, uint16_t type,
                              const struct hf_put_value *values, size_t count, uint64_t now_ms,
                              struct hf_id *out_record)
{
    struct hf_id ignored;
    const struct hf_put put = {
        .case_id = *case_id, .record_id = hf_replica_new_id(now_ms), .type = type, .values = values, .count = count};
    enum hf_status status = hf_replica_put(hf->replica, &put, now_ms, &ignored, &hf->err);
    if (status == HF_OK)
        *out_record = put.record_id;
    return status;
}

static struct hf_id office_case(const struct holdfast *hf)
{
    return hf_office_case_id(hf_replica_identity(hf->replica)->log_id);
}

static enum holdfast_status end_with(struct holdfast *hf, enum hf_status status, const struct hf_id *record,
                                     struct holdfast_id *out_record)
{
    if (status == HF_OK && out_record)
        *out_record = hf_id_out(record);
    return hf_handle_leave(hf, status);
}

/* --- settings ----------------------------------------------------------------------------------------------------- */

struct setting_rows {
    struct holdfast *hf;
    const struct hf_book *book;
    const struct hf_book_file *pack;
    uint64_t now_ms;
    bool (*each)(void *ctx, const struct holdfast_setting_row *row);
    void *ctx;
    bool stopped;
};

static const char *text_of_json(struct hf_texts *texts, const json_t *value)
{
    char number[24];
    if (json_is_string(value))
        return json_string_value(value);
    if (json_is_integer(value)) {
        (void)snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
        return hf_texts_copy(texts, hf_slice_str(number));
    }
    return json_is_true(value) ? "true" : json_is_false(value) ? "false" : "null";
}

static const char *field_text(struct hf_texts *texts, const struct hf_record_state *record, const char *name)
{
    const struct hf_record_spec *type = hf_model_type(record->type);
    const struct hf_field_spec *field = hf_model_field_named(type, hf_slice_str(name));
    const struct hf_field_state *value = hf_record_state_field(record, field->code);
    return value ? hf_texts_value(texts, field, hf_merge_plain_value(type, value)) : "";
}

static void fill_decision(struct hf_texts *texts, const struct hf_record_state *decision,
                          struct holdfast_setting_row *row)
{
    struct hf_id by;
    row->value = field_text(texts, decision, "value");
    row->decision = hf_id_out(&decision->record_id);
    row->decided_on = field_text(texts, decision, "decided_on");
    row->from = field_text(texts, decision, "from");
    row->reason = field_text(texts, decision, "reason");
    if (hf_id_parse(hf_slice_str(field_text(texts, decision, "decided_by")), &by) == HF_OK)
        row->decided_by = hf_id_out(&by);
}

static enum hf_status show_setting(struct setting_rows *rows, const char *name, const json_t *spec)
{
    struct hf_texts texts = {0};
    const char *about = json_string_value(json_object_get(spec, "about"));
    const char *amb = json_string_value(json_object_get(spec, "amb"));
    const struct hf_record_state *decision = hf_book_decision(rows->book, rows->pack->name, name, rows->now_ms);
    struct holdfast_setting_row row = {.policy = rows->pack->name,
                                       .version = rows->pack->version,
                                       .name = name,
                                       .about = about ? about : "",
                                       .amb = amb ? amb : "",
                                       .value = text_of_json(&texts, json_object_get(spec, "default")),
                                       .is_default = !decision,
                                       .decided_on = "",
                                       .from = "",
                                       .reason = ""};
    char by[HF_PERSON_NAME_BYTES_MAX + 1] = "";
    row.decided_by_name = by;
    enum hf_status status = HF_OK;
    if (decision) {
        fill_decision(&texts, decision, &row);
        const struct hf_id person = hf_id_in(&row.decided_by);
        status = hf_id_is_zero(&person) ? HF_OK : hf_replica_person_name(rows->hf->replica, &person, by);
    }
    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        status = hf_texts_status(&texts);
    if (status == HF_OK)
        rows->stopped = !rows->each(rows->ctx, &row);
    hf_texts_clear(&texts);
    return status;
}

static enum hf_status show_settings(struct setting_rows *rows)
{
    const char *name = NULL;
    json_t *spec = NULL;
    enum hf_status status = HF_OK;
    json_t *settings = json_object_get(hf_policy_pack_document(rows->pack->pack), "settings");
    json_object_foreach(settings, name, spec)
    {
        if (status == HF_OK && !rows->stopped)
            status = show_setting(rows, name, spec);
    }
    return status;
}

enum holdfast_status holdfast_settings(struct holdfast *hf, const char *policy,
                                       bool (*each)(void *ctx, const struct holdfast_setting_row *row), void *ctx)
{
    struct hf_book *book = NULL;
    struct setting_rows rows = {.hf = hf, .now_ms = hf_wall_ms(), .each = each, .ctx = ctx};
    bool found = false;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_book(hf->replica, &book, &hf->err);
    for (size_t i = 0; status == HF_OK && !rows.stopped && i < hf_book_count(book); i++) {
        rows.book = book;
        rows.pack = hf_book_file(book, i);
        if (!rows.pack->is_pack || hf_book_pack(book, rows.pack->name, rows.now_ms) != rows.pack ||
            (policy && strcmp(policy, rows.pack->name) != 0))
            continue;
        found = true;
        status = show_settings(&rows);
    }
    if (status == HF_OK && policy && !found)
        status = hf_handle_fail(hf, HF_ERR_NOT_FOUND, "No procedure called %.64s is in force.", policy);
    return hf_handle_leave(hf, status);
}

/* The value as the pack would take it, so that a mistyped one is told now and not passed over later. */
static enum hf_status check_decision(struct holdfast *hf, const struct holdfast_setting_decision *decision)
{
    struct hf_book *book = NULL;
    struct hf_policy_settings *settings = NULL;
    char *end = NULL;
    enum hf_status status = hf_replica_book(hf->replica, &book, &hf->err);
    const struct hf_book_file *pack = status == HF_OK ? hf_book_pack(book, decision->policy, hf_wall_ms()) : NULL;
    if (status == HF_OK && !pack)
        return hf_handle_fail(hf, HF_ERR_NOT_FOUND, "No procedure called %.64s is in force.", decision->policy);
    if (status != HF_OK)
        return status;
    const json_t *spec =
        json_object_get(json_object_get(hf_policy_pack_document(pack->pack), "settings"), decision->name);
    if (!spec)
        return hf_handle_fail(hf, HF_ERR_NOT_FOUND,
                              "%s has no setting called %.64s. `holdfast setting list` shows those "
                              "there are.",
                              pack->name, decision->name);
    const long long number = strtoll(decision->value, &end, 10);
    const bool is_int = json_object_get(spec, "from") && end != decision->value && *end == '\0';
    json_t *values = strcmp(decision->value, "null") == 0 ? json_pack("{s:n}", decision->name)
                     : is_int                             ? json_pack("{s:I}", decision->name, (json_int_t)number)
                                                          : json_pack("{s:s}", decision->name, decision->value);
    if (!values)
        return HF_ERR_NOMEM;
    status = hf_policy_settings_new(pack->pack, values, &settings, &hf->err);
    hf_policy_settings_free(settings);
    json_decref(values);
    return status;
}

static enum hf_status may_decide(struct holdfast *hf)
{
    if (hf_book_may_release(hf_replica_identity(hf->replica)->role))
        return HF_OK;
    return hf_handle_fail(hf, HF_ERR_DENIED, "This is decided by the office or an administrator.");
}

enum holdfast_status holdfast_setting_decide(struct holdfast *hf, const struct holdfast_setting_decision *decision,
                                             struct holdfast_id *out_record)
{
    struct hf_id record = hf_id_zero();
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct stamp stamp = stamp_now(hf);
    const struct hf_id office = office_case(hf);
    status = may_decide(hf);
    if (status == HF_OK && (is_empty(decision->policy) || is_empty(decision->name) || is_empty(decision->value)))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "Say which procedure, which setting, and its value.");
    if (status == HF_OK)
        status = check_decision(hf, decision);
    const struct hf_put_value values[] = {
        {"policy", decision->policy}, {"name", decision->name},
        {"value", decision->value},   {"decided_by", stamp.person},
        {"decided_on", stamp.today},  {"from", is_empty(decision->from) ? stamp.today : decision->from},
        {"reason", decision->reason}};
    if (status == HF_OK)
        status =
            put_new(hf, &office, HF_RECORD_SETTING, values, sizeof values / sizeof values[0], stamp.now_ms, &record);
    return end_with(hf, status, &record, out_record);
}

/* --- posts and cover ---------------------------------------------------------------------------------------------- */

enum holdfast_status holdfast_post_give(struct holdfast *hf, const struct holdfast_post *post,
                                        struct holdfast_id *out_record)
{
    struct hf_id record = hf_id_zero();
    char person[HF_ID_TEXT_BYTES];
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct stamp stamp = stamp_now(hf);
    const struct hf_id office = office_case(hf);
    status = may_decide(hf);
    const struct hf_put_value values[] = {{"person", id_text(&post->person, person)},
                                          {"role", post->role},
                                          {"team", post->team},
                                          {"from", is_empty(post->from) ? stamp.today : post->from},
                                          {"until", post->until},
                                          {"decided_by", stamp.person},
                                          {"reason", post->reason}};
    if (status == HF_OK && (person[0] == '\0' || is_empty(post->role)))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "Say which person holds which role.");
    if (status == HF_OK)
        status = put_new(hf, &office, HF_RECORD_POST, values, sizeof values / sizeof values[0], stamp.now_ms, &record);
    return end_with(hf, status, &record, out_record);
}

static enum hf_status may_cover(struct holdfast *hf, const struct hf_id *away)
{
    const struct hf_identity *own = hf_replica_identity(hf->replica);
    if (hf_book_may_release(own->role) || own->role == HF_ROLE_MANAGER || hf_id_equal(away, &own->person))
        return HF_OK;
    return hf_handle_fail(hf, HF_ERR_DENIED, "Cover is arranged by the office, a manager, or the person who is away.");
}

enum holdfast_status holdfast_cover_set(struct holdfast *hf, const struct holdfast_cover *cover,
                                        struct holdfast_id *out_record)
{
    struct hf_id record = hf_id_zero();
    char person[HF_ID_TEXT_BYTES], by[HF_ID_TEXT_BYTES];
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct stamp stamp = stamp_now(hf);
    const struct hf_id office = office_case(hf);
    const struct hf_id away = hf_id_in(&cover->person);
    status = may_cover(hf, &away);
    const struct hf_put_value values[] = {{"person", id_text(&cover->person, person)},
                                          {"by", id_text(&cover->by, by)},
                                          {"from", is_empty(cover->from) ? stamp.today : cover->from},
                                          {"until", cover->until},
                                          {"cause", cover->cause},
                                          {"reason", cover->reason},
                                          {"decided_by", stamp.person}};
    if (status == HF_OK && (person[0] == '\0' || by[0] == '\0'))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "Say who is away, and who covers.");
    if (status == HF_OK && is_empty(cover->reason))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "Cover needs a reason.");
    if (status == HF_OK)
        status = put_new(hf, &office, HF_RECORD_COVER, values, sizeof values / sizeof values[0], stamp.now_ms, &record);
    return end_with(hf, status, &record, out_record);
}

/* --- handover ----------------------------------------------------------------------------------------------------- */

static bool is_case_role(const char *role)
{
    static const char *const roles[] = {"child_sw", "ssw", "iro", "team_manager", "fostering_manager"};
    for (size_t i = 0; role && i < sizeof roles / sizeof roles[0]; i++)
        if (strcmp(role, roles[i]) == 0)
            return true;
    return false;
}

/* The name first: when it cannot be saved (a clash), no handover says that it was. */
enum hf_status hf_decisions_hand_over(struct holdfast *hf, const struct holdfast_handover *handover,
                                      struct hf_id *out_record)
{
    const struct stamp own = stamp_now(hf), *stamp = &own;
    char from[HF_ID_TEXT_BYTES] = "", to[HF_ID_TEXT_BYTES];
    struct hf_id ignored;
    struct hf_record_state case_record = {0};
    struct hf_texts texts = {0};
    const struct hf_id case_id = hf_id_in(&handover->case_id);
    enum hf_status status = hf_replica_record(hf->replica, &case_id, &case_record);
    if (status == HF_ERR_NOT_FOUND)
        return hf_handle_fail(hf, status, "This case is not on this device. Sync, or ask the office for it.");
    if (status != HF_OK)
        return status;
    (void)snprintf(from, sizeof from, "%s", field_text(&texts, &case_record, handover->role));
    hf_texts_clear(&texts);
    hf_record_state_clear(&case_record);
    const struct hf_put_value name = {handover->role, id_text(&handover->to, to)};
    struct hf_put put = {.case_id = case_id,
                         .record_id = case_id,
                         .type = HF_RECORD_CASE,
                         .values = &name,
                         .count = 1,
                         .reason = hf_slice_str(handover->reason),
                         .group_id = hf_replica_new_id(stamp->now_ms)};
    status = hf_replica_put(hf->replica, &put, stamp->now_ms, &ignored, &hf->err);
    const struct hf_put_value values[] = {{"role", handover->role},
                                          {"from_person", from},
                                          {"to_person", to},
                                          {"on", stamp->today},
                                          {"cause", handover->cause},
                                          {"reason", handover->reason},
                                          {"decided_by", stamp->person},
                                          {"passed_on", handover->passed_on}};
    put.record_id = hf_replica_new_id(stamp->now_ms);
    put.type = HF_RECORD_HANDOVER;
    put.values = values;
    put.count = sizeof values / sizeof values[0];
    if (status == HF_OK)
        status = hf_replica_put(hf->replica, &put, stamp->now_ms, &ignored, &hf->err);
    if (status == HF_OK)
        *out_record = put.record_id;
    return status;
}

enum holdfast_status holdfast_handover(struct holdfast *hf, const struct holdfast_handover *handover,
                                       struct holdfast_id *out_record)
{
    struct hf_id record = hf_id_zero();
    const struct hf_id to = hf_id_in(&handover->to);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (!is_case_role(handover->role))
        status = hf_handle_fail(hf, HF_ERR_INVALID,
                                "A case is handed over as child_sw, ssw, iro, team_manager or fostering_manager.");
    else if (is_empty(handover->reason) || hf_id_is_zero(&to))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "A handover needs the person who takes over, and a reason.");
    if (status == HF_OK)
        status = hf_decisions_hand_over(hf, handover, &record);
    return end_with(hf, status, &record, out_record);
}

/* --- escalation --------------------------------------------------------------------------------------------------- */

/* The first rung of that level in a ladder: [{"level", "to": role or [roles]}]. */
static const char *rung(const json_t *ladder, int level)
{
    for (size_t i = 0; i < json_array_size(ladder); i++) {
        const json_t *step = json_array_get(ladder, i);
        const json_t *to = json_object_get(step, "to");
        if (json_integer_value(json_object_get(step, "level")) == level)
            return json_string_value(json_is_array(to) ? json_array_get(to, 0) : to);
    }
    return NULL;
}

/* Whom the ladder names for this level in this case; "" where it is silent. */
static enum hf_status find_rung(struct holdfast *hf, const struct hf_id *case_id, const char *role, int level,
                                const char **out_role, struct hf_id *out_person)
{
    struct hf_book *book = NULL;
    struct hf_record_state case_record = {0};
    enum hf_status status = hf_replica_book(hf->replica, &book, &hf->err);
    if (status == HF_OK)
        status = hf_replica_record(hf->replica, case_id, &case_record);
    if (status != HF_OK && status != HF_ERR_NOT_FOUND)
        return status;
    const struct hf_record_state *known = status == HF_OK ? &case_record : NULL;
    for (size_t i = 0; !role && i < hf_book_count(book); i++) {
        const struct hf_book_file *file = hf_book_file(book, i);
        if (file->is_pack && hf_book_pack(book, file->name, hf_wall_ms()) == file && hf_book_follows(book, known, file))
            role = rung(json_object_get(hf_policy_pack_document(file->pack), "escalation"), level);
    }
    *out_role = role ? role : "";
    if (role)
        *out_person = hf_book_who(book, known, role, hf_wall_ms()).person;
    hf_record_state_clear(&case_record);
    return HF_OK;
}

/* The highest level that this action was escalated to; 0: not yet. */
static enum hf_status level_reached(struct holdfast *hf, const struct hf_id *case_id, const struct hf_id *action,
                                    int *out)
{
    struct hf_case_records records = {0};
    struct hf_texts texts = {0};
    int level = 0;
    enum hf_status status = hf_replica_case_records(hf->replica, case_id, &records, &hf->err);
    for (size_t i = 0; status == HF_OK && i < records.count; i++) {
        const struct hf_record_state *record = &records.records[i];
        if (record->type != HF_RECORD_ESCALATION || !hf_book_names(record, "action", action))
            continue;
        const long found = strtol(field_text(&texts, record, "level"), NULL, 10);
        level = found > level && found <= LEVEL_LAST ? (int)found : level;
    }
    if (status == HF_OK)
        status = hf_texts_status(&texts);
    hf_texts_clear(&texts);
    hf_case_records_clear(&records);
    if (status == HF_OK)
        *out = level;
    return status;
}

static enum hf_status find_action(struct holdfast *hf, const struct hf_id *id, struct hf_id *out_case)
{
    struct hf_record_state action = {0};
    enum hf_status status = hf_replica_record(hf->replica, id, &action);
    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && action.type != HF_RECORD_ACTION))
        status = hf_handle_fail(hf, HF_ERR_NOT_FOUND, "There is no such action on this device.");
    if (status == HF_OK)
        *out_case = action.case_id;
    hf_record_state_clear(&action);
    return status;
}

/* Whom the ladder names for this level. A level of 0 comes out when it has none. */
static enum hf_status step_of(struct holdfast *hf, const struct hf_id *case_id, int level,
                              struct holdfast_escalation_step *out)
{
    struct hf_id person = hf_id_zero();
    struct holdfast_escalation_step step = {.level = level, .role = ""};
    enum hf_status status = level > 0 ? find_rung(hf, case_id, NULL, level, &step.role, &person) : HF_OK;
    if (status == HF_OK && step.role[0] == '\0')
        step.level = 0;
    if (status == HF_OK && !hf_id_is_zero(&person)) {
        step.to = hf_id_out(&person);
        status = hf_replica_person_name(hf->replica, &person, step.name);
        status = status == HF_ERR_NOT_FOUND ? HF_OK : status;
    }
    step.needs_delay_effect = step.level == LEVEL_LAST;
    if (status == HF_OK)
        *out = step;
    return status;
}

enum holdfast_status holdfast_escalation_next(struct holdfast *hf, const struct holdfast_id *action,
                                              struct holdfast_escalation_step *out)
{
    const struct hf_id id = hf_id_in(action);
    struct hf_id case_id;
    int reached = 0;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = find_action(hf, &id, &case_id);
    if (status == HF_OK)
        status = level_reached(hf, &case_id, &id, &reached);
    if (status == HF_OK)
        status = step_of(hf, &case_id, reached < LEVEL_LAST ? reached + 1 : 0, out);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_escalation_step(struct holdfast *hf, const struct holdfast_id *action, int level,
                                              struct holdfast_escalation_step *out)
{
    const struct hf_id id = hf_id_in(action);
    struct hf_id case_id;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (level < 1 || level > LEVEL_LAST)
        status = hf_handle_fail(hf, HF_ERR_INVALID, "An escalation has level 1, 2 or 3.");
    if (status == HF_OK)
        status = find_action(hf, &id, &case_id);
    if (status == HF_OK)
        status = step_of(hf, &case_id, level, out);
    return hf_handle_leave(hf, status);
}

static enum hf_status escalate(struct holdfast *hf, const struct holdfast_escalation *escalation,
                               struct hf_id *out_record)
{
    const char *role = "";
    char level[8], to[HF_ID_TEXT_BYTES], about[HF_ID_TEXT_BYTES];
    struct hf_id person = hf_id_in(&escalation->to);
    const struct hf_id action_id = hf_id_in(&escalation->action);
    const struct stamp stamp = stamp_now(hf);
    struct hf_id found = hf_id_zero(), case_id;
    enum hf_status status = find_action(hf, &action_id, &case_id);
    if (status == HF_OK)
        status = find_rung(hf, &case_id, escalation->to_role, escalation->level, &role, &found);
    if (status != HF_OK)
        return status;
    if (hf_id_is_zero(&person))
        person = found;
    const struct holdfast_id shown = hf_id_out(&person);
    (void)snprintf(level, sizeof level, "%d", escalation->level);
    const struct hf_put_value values[] = {{"parent", id_text(&escalation->action, about)},
                                          {"level", level},
                                          {"action", about},
                                          {"to", id_text(&shown, to)},
                                          {"to_roles", role},
                                          {"by", stamp.person},
                                          {"at", stamp.moment},
                                          {"reason", escalation->reason},
                                          {"delay_effect", escalation->delay_effect}};
    return put_new(hf, &case_id, HF_RECORD_ESCALATION, values, sizeof values / sizeof values[0], stamp.now_ms,
                   out_record);
}

enum holdfast_status holdfast_escalate(struct holdfast *hf, const struct holdfast_escalation *escalation,
                                       struct holdfast_id *out_record)
{
    struct hf_id record = hf_id_zero();
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (escalation->level < 1 || escalation->level > LEVEL_LAST)
        status = hf_handle_fail(hf, HF_ERR_INVALID, "Escalation has the levels 1, 2 and 3.");
    else if (is_empty(escalation->reason))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "Say why this is escalated.");
    else if (escalation->level == LEVEL_LAST && is_empty(escalation->delay_effect))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "Level 3 needs what the delay does to the home.");
    if (status == HF_OK)
        status = escalate(hf, escalation, &record);
    return end_with(hf, status, &record, out_record);
}

enum holdfast_status holdfast_escalation_reply(struct holdfast *hf, const struct holdfast_id *escalation,
                                               const char *text)
{
    struct hf_record_state record = {0};
    struct hf_id ignored;
    const struct hf_id id = hf_id_in(escalation);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_record(hf->replica, &id, &record);
    if (status == HF_ERR_NOT_FOUND || (status == HF_OK && record.type != HF_RECORD_ESCALATION))
        status = hf_handle_fail(hf, HF_ERR_NOT_FOUND, "There is no such escalation on this device.");
    else if (status == HF_OK && is_empty(text))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "Say what you reply.");
    const struct hf_put_value value = {"responses", text};
    const struct hf_put put = {
        .case_id = record.case_id, .record_id = id, .type = HF_RECORD_ESCALATION, .values = &value, .count = 1};
    if (status == HF_OK)
        status = hf_replica_put(hf->replica, &put, hf_wall_ms(), &ignored, &hf->err);
    hf_record_state_clear(&record);
    return hf_handle_leave(hf, status);
}
