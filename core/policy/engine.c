/* From rules to duties and alerts. */
#include "core/base/assert.h"
#include "core/policy/eval.h"
#include "core/policy/retention.h"

#include <stdlib.h>
#include <string.h>

#define TIME_MS_MAX UINT64_C(253402300799999) /* 9999-12-31T23:59:59.999Z */
#define AT_FIRST    64
#define MINUTES     60

static const char *const status_names[HF_DUTY_STATUS_COUNT] = {"not_yet_due",  "due",     "overdue", "done",
                                                               "not_recorded", "not_set", "help"};

const char *hf_duty_status_name(enum hf_duty_status status)
{
    return status < HF_DUTY_STATUS_COUNT ? status_names[status] : "unknown";
}

bool hf_duty_holds_back(const struct hf_duty *duty, const char *gate)
{
    return strcmp(duty->rule->gate, gate) == 0 && duty->status != HF_DUTY_DONE;
}

void hf_policy_result_clear(struct hf_policy_result *result)
{
    free(result->duties);
    free(result->alerts);
    free(result->index);
    *result = (struct hf_policy_result){0};
}

/* --- the records, by type ----------------------------------------------------------------------------------------- */

static int by_record_id(const void *a, const void *b)
{
    const struct hf_indexed *left = a;
    const struct hf_indexed *right = b;
    return hf_id_compare(&left->state->record_id, &right->state->record_id);
}

static bool known_types(const struct hf_policy_input *input)
{
    for (size_t i = 0; i < input->record_count; i++)
        if (!hf_model_type(input->records[i].type))
            return false;
    return true;
}

static enum hf_status reserve_index(struct hf_policy_result *result, size_t count)
{
    if (count <= result->index_cap)
        return HF_OK;
    void *grown = realloc(result->index, (count + AT_FIRST) * sizeof(struct hf_indexed));
    if (!grown)
        return HF_ERR_NOMEM;
    result->index = grown;
    result->index_cap = count + AT_FIRST;
    return HF_OK;
}

static struct hf_id parent_of(const struct hf_record_state *state)
{
    static const struct hf_field_spec parent = {.code = HF_FIELD_PARENT, .type = HF_TYPE_REF};
    const struct hf_policy_value value = hf_eval_field(state, &parent);
    return value.kind == HF_VALUE_REF ? value.ref : hf_id_zero();
}

/* What somebody deleted is out of view here as in lists. */
static bool is_deleted(const struct hf_record_state *state)
{
    return state->deleted == HF_DELETED_YES || state->deleted == HF_DELETED_EDITED_SINCE;
}

static void build_index(const struct hf_policy_input *input, struct hf_eval *eval)
{
    uint32_t next[HF_TYPE_CODES + 1];
    memset(eval->first, 0, sizeof eval->first);
    for (size_t i = 0; i < input->record_count; i++)
        eval->first[input->records[i].type + 1] += is_deleted(&input->records[i]) ? 0 : 1;
    for (size_t i = 1; i <= HF_TYPE_CODES; i++)
        eval->first[i] += eval->first[i - 1];
    memcpy(next, eval->first, sizeof next);
    for (size_t i = 0; i < input->record_count; i++)
        if (!is_deleted(&input->records[i]))
            eval->index[next[input->records[i].type]++] =
                (struct hf_indexed){.state = &input->records[i], .parent = parent_of(&input->records[i])};
    size_t type_count = 0;
    const struct hf_record_spec *types = hf_model_types(&type_count);
    for (size_t i = 0; i < type_count; i++) {
        const uint32_t start = eval->first[types[i].code];
        const uint32_t count = eval->first[types[i].code + 1] - start;
        if (count > 1)
            qsort(eval->index + start, count, sizeof *eval->index, by_record_id);
    }
}

/* The case stands in slot 0, the named selections in those after it. */
static void choose_context(struct hf_eval *eval)
{
    const uint32_t cases = eval->first[HF_RECORD_CASE];
    if (eval->first[HF_RECORD_CASE + 1] > cases)
        eval->frame[HF_SLOT_CASE] = eval->index[cases].state;
    for (size_t i = 0; i < eval->pack->context_count; i++) {
        const struct hf_context *context = &eval->pack->context[i];
        const struct hf_record_state *best = NULL;
        struct hf_policy_value best_at = {.kind = HF_VALUE_NONE};
        for (uint32_t j = eval->first[context->type->code]; j < eval->first[context->type->code + 1]; j++) {
            eval->frame[i + 1] = eval->index[j].state;
            if (!hf_eval_test(eval, context->where, true))
                continue;
            const struct hf_policy_value at = hf_eval_value(eval, context->latest_by);
            const bool later = at.kind != HF_VALUE_NONE &&
                               (best_at.kind == HF_VALUE_NONE || hf_moment_compare(at.moment, best_at.moment) > 0);
            if (!best || later) {
                best = eval->index[j].state;
                best_at = at;
            }
        }
        eval->frame[i + 1] = best;
    }
}

/* False when the pack is not about this case at all. */
static bool leave_out(struct hf_eval *eval)
{
    const size_t slot = 1 + eval->pack->context_count;
    bool about_case = true;
    for (size_t i = 0; i < eval->pack->applies_count; i++) {
        const struct hf_applies *applies = &eval->pack->applies[i];
        for (uint32_t j = eval->first[applies->type->code]; j < eval->first[applies->type->code + 1]; j++) {
            eval->frame[slot] = eval->index[j].state;
            eval->index[j].left_out = !hf_eval_test(eval, applies->where, true);
            if (applies->type->code == HF_RECORD_CASE)
                about_case = about_case && !eval->index[j].left_out;
        }
    }
    eval->frame[slot] = NULL;
    return about_case;
}

/* --- one duty ----------------------------------------------------------------------------------------------------- */

static bool knob_number(const struct hf_eval *eval, const struct hf_knob *knob, int64_t *out)
{
    if (knob->setting == HF_NODE_NONE) {
        *out = knob->number;
        return !knob->silent;
    }
    *out = eval->settings[knob->setting].number;
    return eval->settings[knob->setting].kind == HF_VALUE_INT;
}

static struct hf_slice knob_word(const struct hf_eval *eval, const struct hf_knob *knob)
{
    if (knob->setting == HF_NODE_NONE)
        return hf_slice_str(knob->word ? knob->word : "");
    return eval->settings[knob->setting].kind == HF_VALUE_TEXT ? eval->settings[knob->setting].text : hf_slice_str("");
}

bool hf_eval_count(const struct hf_eval *eval, const struct hf_deadline *deadline, struct hf_count *out)
{
    int64_t n = 0;
    if (!knob_number(eval, &deadline->n, &n))
        return false;
    struct hf_count count = {.n = (int32_t)n, .unit = HF_UNIT_CALENDAR_DAY, .cutoff_minute = HF_CUTOFF_NONE};
    const struct hf_slice unit = knob_word(eval, &deadline->unit);
    int64_t hour = 0;
    for (int i = 0; i < HF_UNIT_COUNT; i++)
        if (hf_slice_equal(unit, hf_slice_str(hf_unit_name((enum hf_unit)i))))
            count.unit = (enum hf_unit)i;
    count.first_day_counts = hf_slice_equal(knob_word(eval, &deadline->first_day_counts), hf_slice_str("yes"));
    if (knob_number(eval, &deadline->cutoff_hour, &hour))
        count.cutoff_minute = (int32_t)hour * MINUTES;
    *out = count;
    return true;
}

/* What time says about a duty. */
struct timing {
    bool waiting; /* what the limit is counted from is not on record yet */
    uint64_t warn_ms;
};

static void due_before(struct hf_duty *duty, struct hf_moment anchor)
{
    duty->has_due = true;
    duty->due_ms = anchor.is_date ? hf_london_day_start(anchor.day + 1) - 1 : anchor.ms - (anchor.ms > 0);
}

static void due_by_deadline(struct hf_eval *eval, const struct hf_rule *rule, struct hf_duty *duty,
                            struct hf_moment from)
{
    struct hf_count count;
    if (!hf_eval_count(eval, &eval->pack->deadlines[rule->deadline], &count))
        return;
    const enum hf_status status = hf_calendar_due(eval->calendar, from, count, &duty->due_ms, &duty->beyond_calendar);
    duty->has_due = status == HF_OK;
}

static uint64_t warn_from(const struct hf_eval *eval, const struct hf_rule *rule, const struct hf_duty *duty)
{
    int64_t hours = 0;
    bool warns = knob_number(eval, &rule->warn_hours, &hours);
    if (!warns && rule->deadline != HF_NODE_NONE)
        warns = knob_number(eval, &eval->pack->deadlines[rule->deadline].warn_hours, &hours);
    const uint64_t span = (uint64_t)hours * HF_HOUR_MS;
    return warns && duty->has_due && span < duty->due_ms ? duty->due_ms - span : 0;
}

/* There is always a next review; it hangs on the last one, or on the day from which there are any. */
static struct timing time_of_review(struct hf_eval *eval, const struct hf_rule *rule, struct hf_duty *duty)
{
    struct timing timing = {0};
    struct hf_policy_value last;
    const struct hf_policy_value start = hf_eval_value(eval, rule->cycle_start);
    const size_t done = hf_eval_times(eval, rule->cycle_events, &last);
    timing.waiting = start.kind != HF_VALUE_MOMENT;
    if (timing.waiting)
        return timing;
    const struct hf_review_state review = {.start = start.moment.day,
                                           .done = done,
                                           .last = done > 0 ? last.moment.day : 0,
                                           .long_term = hf_eval_test(eval, rule->cycle_long_term, false)};
    duty->has_from = true;
    duty->from = done > 0 ? last.moment : start.moment;
    duty->has_due = hf_policy_review_due(eval->pack->document, eval->calendar, rule->cycle, &review, &duty->due_ms,
                                         &duty->beyond_calendar, NULL) == HF_OK;
    timing.warn_ms = warn_from(eval, rule, duty);
    return timing;
}

static struct timing time_of(struct hf_eval *eval, const struct hf_rule *rule, struct hf_duty *duty)
{
    struct timing timing = {0};
    const bool limited = rule->deadline != HF_NODE_NONE || rule->before != HF_NODE_NONE;
    const struct hf_policy_value from = hf_eval_value(eval, rule->before != HF_NODE_NONE ? rule->before : rule->from);
    if (rule->cycle)
        return time_of_review(eval, rule, duty);
    if (!limited)
        return timing;
    if (from.kind == HF_VALUE_NONE) {
        timing.waiting = true;
        return timing;
    }
    duty->has_from = true;
    duty->from = from.moment;
    if (rule->before != HF_NODE_NONE)
        due_before(duty, from.moment);
    else
        due_by_deadline(eval, rule, duty, from.moment);
    timing.warn_ms = warn_from(eval, rule, duty);
    return timing;
}

static bool is_late(const struct hf_duty *duty, const struct hf_policy_value *at)
{
    if (!duty->has_due || at->kind == HF_VALUE_NONE)
        return false;
    return at->moment.is_date ? at->moment.day > hf_london_day(duty->due_ms) : at->moment.ms > duty->due_ms;
}

static enum hf_duty_status open_status(struct hf_eval *eval, const struct hf_rule *rule, const struct hf_duty *duty,
                                       const struct timing *timing)
{
    if (!hf_eval_test(eval, rule->ready, true) || timing->waiting)
        return HF_DUTY_NOT_YET_DUE;
    if (!duty->has_due)
        return hf_eval_test(eval, rule->passed, false) ? HF_DUTY_NOT_RECORDED : HF_DUTY_DUE;
    hf_eval_depends(eval, duty->due_ms + 1);
    if (eval->now_ms > duty->due_ms)
        return rule->missed_is_not_recorded ? HF_DUTY_NOT_RECORDED : HF_DUTY_OVERDUE;
    hf_eval_depends(eval, timing->warn_ms);
    return eval->now_ms >= timing->warn_ms ? HF_DUTY_DUE : HF_DUTY_NOT_YET_DUE;
}

static void decide(struct hf_eval *eval, const struct hf_rule *rule, struct hf_duty *duty, struct timing *out_timing)
{
    const struct timing timing = time_of(eval, rule, duty);
    const struct hf_policy_value at = hf_eval_value(eval, rule->at);
    const struct hf_policy_value first = hf_eval_value(eval, rule->first_due);
    *out_timing = timing;
    duty->has_done_at = at.kind == HF_VALUE_MOMENT;
    duty->done_at = at.moment;
    duty->first_due_ms = first.kind == HF_VALUE_MOMENT ? first.moment.ms : 0;
    if (rule->done != HF_NODE_NONE ? hf_eval_test(eval, rule->done, false) : at.kind != HF_VALUE_NONE) {
        duty->status = HF_DUTY_DONE;
        duty->late = is_late(duty, &at);
    } else if (hf_eval_test(eval, rule->reason, false)) {
        duty->status = HF_DUTY_DONE;
        duty->by_reason = true;
    } else {
        duty->status = open_status(eval, rule, duty, &timing);
    }
    duty->owner = rule->owner_chooser == HF_NODE_NONE ? rule->owner : hf_eval_choose(eval, rule->owner_chooser);
}

/* --- alerts ---------------------------------------------------------------------------------------------------------
 */

static bool wants_alert(const struct hf_rule *rule, const struct hf_duty *duty)
{
    if (rule->seen.alert[0] == '\0')
        return false;
    return duty->status == HF_DUTY_OVERDUE || duty->status == HF_DUTY_NOT_RECORDED ||
           (duty->status == HF_DUTY_DONE && duty->late) || (duty->status == HF_DUTY_DUE && rule->alert_when_due) ||
           (duty->by_reason && rule->alert_when_reason);
}

static bool field_is(const struct hf_record_state *state, const struct hf_record_spec *type, const char *name,
                     struct hf_policy_value wanted)
{
    const struct hf_field_spec *field = hf_model_field_named(type, hf_slice_str(name));
    const struct hf_policy_value value = hf_eval_field(state, field);
    if (value.kind != wanted.kind)
        return false;
    return value.kind == HF_VALUE_REF ? hf_id_equal(&value.ref, &wanted.ref) : hf_slice_equal(value.text, wanted.text);
}

static struct hf_policy_value text_value(const char *text)
{
    return (struct hf_policy_value){.kind = HF_VALUE_TEXT, .text = hf_slice_str(text)};
}

static bool is_acknowledged(const struct hf_eval *eval, const struct hf_policy_alert *alert, const struct hf_duty *duty)
{
    const struct hf_record_spec *type = hf_model_type_named(hf_slice_str("alert"));
    const struct hf_policy_value subject = {.kind = HF_VALUE_REF, .ref = duty->subject};
    for (uint32_t i = eval->first[type->code]; i < eval->first[type->code + 1]; i++) {
        const struct hf_record_state *state = eval->index[i].state;
        if (field_is(state, type, "kind", text_value(alert->code)) && field_is(state, type, "subject", subject) &&
            (field_is(state, type, "status", text_value("acknowledged")) ||
             field_is(state, type, "status", text_value("cleared"))))
            return true;
    }
    return false;
}

/* --- growing the result ---------------------------------------------------------------------------------------------
 */

static void *grow(void *items, size_t *cap, size_t count, size_t max, size_t size, enum hf_status *status)
{
    if (count < *cap)
        return items;
    if (count >= max) {
        *status = HF_ERR_LIMIT;
        return items;
    }
    const size_t more = *cap ? *cap * 2 : AT_FIRST;
    void *grown = realloc(items, more * size);
    if (!grown) {
        *status = HF_ERR_NOMEM;
        return items;
    }
    *cap = more;
    return grown;
}

static void add_duty(struct hf_eval *eval, struct hf_policy_result *result, const struct hf_duty *duty)
{
    result->duties = grow(result->duties, &result->duty_cap, result->duty_count, HF_POLICY_DUTIES_MAX,
                          sizeof *result->duties, &eval->status);
    if (eval->status == HF_OK)
        result->duties[result->duty_count++] = *duty;
}

static void add_alert(struct hf_eval *eval, struct hf_policy_result *result, const struct hf_rule *rule,
                      const struct timing *timing)
{
    const struct hf_duty *duty = &result->duties[result->duty_count - 1];
    result->alerts = grow(result->alerts, &result->alert_cap, result->alert_count, HF_POLICY_DUTIES_MAX,
                          sizeof *result->alerts, &eval->status);
    if (eval->status != HF_OK)
        return;
    struct hf_policy_alert *alert = &result->alerts[result->alert_count++];
    *alert = (struct hf_policy_alert){.code = rule->seen.alert, .duty = result->duty_count - 1};
    for (size_t i = 0; i < rule->alert_role_count; i++) {
        const int32_t chooser = hf_pack_chooser(eval->pack, rule->alert_roles[i]);
        const char *role = chooser == HF_NODE_NONE ? rule->alert_roles[i] : hf_eval_choose(eval, chooser);
        if (role[0] != '\0')
            alert->to[alert->to_count++] = role;
    }
    if (duty->has_due)
        alert->raised_ms = duty->status == HF_DUTY_DUE ? timing->warn_ms : duty->due_ms + 1;
    alert->acknowledged = is_acknowledged(eval, alert, duty);
}

/* --- rules
 * ------------------------------------------------------------------------------------------------------------ */

static void apply_to(struct hf_eval *eval, const struct hf_rule *rule, struct hf_id subject,
                     struct hf_policy_result *result)
{
    struct hf_duty duty = {
        .rule = &rule->seen, .subject_type = rule->subject->code, .subject = subject, .owner = rule->owner};
    struct timing timing = {0};
    if (!hf_eval_test(eval, rule->when, true) || eval->status != HF_OK)
        return;
    decide(eval, rule, &duty, &timing);
    if (eval->status != HF_OK)
        return;
    add_duty(eval, result, &duty);
    if (eval->status == HF_OK && wants_alert(rule, &duty))
        add_alert(eval, result, rule, &timing);
}

static void apply_rule(struct hf_eval *eval, const struct hf_policy_input *input, const struct hf_rule *rule,
                       struct hf_policy_result *result)
{
    const struct hf_id case_id = input->record_count > 0 ? input->records[0].case_id : hf_id_zero();
    if (rule->seen.kind == HF_POLICY_HELP || rule->seen.kind == HF_POLICY_SILENT) {
        const struct hf_duty duty = {.rule = &rule->seen,
                                     .subject_type = HF_RECORD_CASE,
                                     .subject = case_id,
                                     .status = rule->seen.kind == HF_POLICY_HELP ? HF_DUTY_HELP : HF_DUTY_NOT_SET,
                                     .owner = ""};
        if (input->with_help && hf_eval_test(eval, rule->when, true))
            add_duty(eval, result, &duty);
        return;
    }
    if (rule->subject_slot == HF_SLOT_CASE) {
        apply_to(eval, rule, eval->frame[HF_SLOT_CASE] ? eval->frame[HF_SLOT_CASE]->record_id : case_id, result);
        return;
    }
    const uint32_t end = eval->first[rule->subject->code + 1];
    for (uint32_t i = eval->first[rule->subject->code]; i < end && eval->status == HF_OK; i++) {
        if (eval->index[i].left_out)
            continue;
        eval->frame[rule->subject_slot] = eval->index[i].state;
        apply_to(eval, rule, eval->index[i].state->record_id, result);
    }
    eval->frame[rule->subject_slot] = NULL;
}

static enum hf_status check_input(const struct hf_policy_input *input, struct hf_error *err)
{
    if (input->record_count > HF_POLICY_RECORDS_MAX)
        return hf_error_set(err, HF_ERR_LIMIT, "This case has %zu records; duties are worked out for at most %d.",
                            input->record_count, HF_POLICY_RECORDS_MAX);
    if (input->now_ms > TIME_MS_MAX)
        return hf_error_set(err, HF_ERR_INVALID, "The time asked for lies after the year 9999.");
    if (input->settings && input->settings->pack != input->pack)
        return hf_error_set(err, HF_ERR_INVALID, "These settings were made for another procedure or version.");
    if (strcmp(hf_calendar_name(input->calendar), input->pack->calendar) != 0)
        return hf_error_set(err, HF_ERR_INVALID, "This procedure counts by the calendar \"%s\", not \"%s\".",
                            input->pack->calendar, hf_calendar_name(input->calendar));
    if (!known_types(input))
        return hf_error_set(err, HF_ERR_INVALID, "A record is of a type that only a later version knows.");
    return HF_OK;
}

static enum hf_status run(const struct hf_policy_input *input, struct hf_policy_result *result,
                          const struct hf_policy_value *settings)
{
    struct hf_eval eval = {.pack = input->pack,
                           .calendar = input->calendar,
                           .settings = settings,
                           .now_ms = input->now_ms,
                           .index = result->index,
                           .status = HF_OK};
    build_index(input, &eval);
    choose_context(&eval);
    if (leave_out(&eval))
        for (size_t i = 0; i < input->pack->rule_count && eval.status == HF_OK; i++)
            apply_rule(&eval, input, &input->pack->rules[i], result);
    result->next_ms = eval.next_ms;
    return eval.status;
}

enum hf_status hf_engine_with(const struct hf_policy_input *input, hf_engine_fn *work, void *ctx, struct hf_error *err)
{
    struct hf_policy_value initial[HF_PACK_SETTINGS_MAX];
    struct hf_policy_result storage = {0};
    enum hf_status status = check_input(input, err);
    if (status != HF_OK)
        return status;
    for (size_t i = 0; i < input->pack->setting_count; i++)
        initial[i] = input->pack->settings[i].initial;
    status = reserve_index(&storage, input->record_count);
    if (status == HF_OK) {
        struct hf_eval eval = {.pack = input->pack,
                               .calendar = input->calendar,
                               .settings = input->settings ? input->settings->values : initial,
                               .now_ms = input->now_ms,
                               .index = storage.index,
                               .status = HF_OK};
        build_index(input, &eval);
        choose_context(&eval);
        if (leave_out(&eval))
            work(&eval, ctx);
        status = eval.status;
    }
    hf_policy_result_clear(&storage);
    return status == HF_OK ? status : hf_error_set(err, status, "%s", hf_status_text(status));
}

enum hf_status hf_policy_evaluate(const struct hf_policy_input *input, struct hf_policy_result *result,
                                  struct hf_error *err)
{
    struct hf_policy_value initial[HF_PACK_SETTINGS_MAX];
    result->duty_count = 0;
    result->alert_count = 0;
    result->next_ms = 0;
    enum hf_status status = check_input(input, err);
    if (status != HF_OK)
        return status;
    for (size_t i = 0; i < input->pack->setting_count; i++)
        initial[i] = input->pack->settings[i].initial;
    status = reserve_index(result, input->record_count);
    if (status == HF_OK)
        status = run(input, result, input->settings ? input->settings->values : initial);
    if (status == HF_OK)
        return HF_OK;
    result->duty_count = 0;
    result->alert_count = 0;
    result->next_ms = 0;
    return hf_error_set(err, status, "The duties of this case could not be worked out: %s", hf_status_text(status));
}
