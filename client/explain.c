/* Why a duty has its limit, for programs. */
#include "core/policy/explain.h"
#include "client/duties.h"
#include "client/handle.h"
#include "core/base/text.h"
#include "core/json/json.h"

#include <stdlib.h>
#include <string.h>

#define MOMENT_TEXT_BYTES HF_TIME_TEXT_BYTES

static const char *moment_text(bool known, struct hf_moment moment, char out[MOMENT_TEXT_BYTES])
{
    out[0] = '\0';
    if (known && moment.is_date)
        hf_day_format(moment.day, out);
    else if (known)
        hf_text_time(moment.ms, out);
    return out;
}

struct told {
    struct hf_explanation explanation;
    struct hf_buf rule;
    struct holdfast_duty_day *days;
    char (*dates)[HF_DATE_TEXT_BYTES];
    struct holdfast_duty_setting settings[HF_EXPLAIN_SETTINGS_MAX];
    char from[MOMENT_TEXT_BYTES], done[MOMENT_TEXT_BYTES];
};

static void told_clear(struct told *told)
{
    hf_explanation_clear(&told->explanation);
    hf_buf_clear(&told->rule);
    free(told->days);
    free(told->dates);
}

static enum hf_status fill_days(struct told *told)
{
    const struct hf_explanation *from = &told->explanation;
    told->days = calloc(from->day_count + 1, sizeof *told->days);
    told->dates = calloc(from->day_count + 1, sizeof *told->dates);
    if (!told->days || !told->dates)
        return HF_ERR_NOMEM;
    for (size_t i = 0; i < from->day_count; i++) {
        hf_day_format(from->days[i].day, told->dates[i]);
        told->days[i] = (struct holdfast_duty_day){
            .date = told->dates[i], .number = (unsigned)from->days[i].number, .why = from->days[i].why};
    }
    return HF_OK;
}

static void fill_settings(struct told *told)
{
    for (size_t i = 0; i < told->explanation.setting_count; i++) {
        const struct hf_explained_setting *setting = &told->explanation.settings[i];
        told->settings[i] = (struct holdfast_duty_setting){
            .name = setting->name, .value = setting->value, .amb = setting->amb, .local = setting->local};
    }
}

static struct holdfast_duty_explanation as_told(struct told *told, const struct holdfast_duty_row *row)
{
    const struct hf_explanation *from = &told->explanation;
    return (struct holdfast_duty_explanation){.duty = row,
                                              .rule = (const char *)told->rule.data,
                                              .deadline = from->deadline,
                                              .is_before = from->is_before,
                                              .from = moment_text(from->has_from, from->from, told->from),
                                              .is_counted = from->is_counted,
                                              .n = from->is_counted ? from->count.n : 0,
                                              .unit = from->is_counted ? hf_unit_name(from->count.unit) : "",
                                              .unit_source = from->unit_source,
                                              .first_day_counts = from->is_counted && from->count.first_day_counts,
                                              .next_day = from->next_day,
                                              .day_count = from->day_count,
                                              .days = told->days,
                                              .done = moment_text(from->has_done, from->done, told->done),
                                              .setting_count = from->setting_count,
                                              .settings = told->settings};
}

struct asking {
    const char *id;
    bool whole_rule; /* the id is that of a rule */
    size_t found;
    bool (*each)(void *ctx, const struct holdfast_duty_explanation *explanation);
    void *ctx;
};

static bool explain_one(void *ctx, const struct hf_duty_view *view, const struct holdfast_duty_row *row,
                        enum hf_status *status)
{
    struct asking *asking = ctx;
    struct told told = {0};
    bool more = true;
    if (strcmp(asking->whole_rule ? row->duty : row->id, asking->id) != 0)
        return true;
    asking->found++;
    *status = hf_policy_explain(view->view->input, view->duty, &told.explanation);
    if (*status == HF_OK)
        *status = hf_json_dump(told.explanation.rule, HF_JSON_INDENTED, &told.rule);
    hf_buf_append_u8(&told.rule, '\0');
    if (*status == HF_OK)
        *status = hf_buf_status(&told.rule);
    if (*status == HF_OK)
        *status = fill_days(&told);
    if (*status == HF_OK) {
        fill_settings(&told);
        const struct holdfast_duty_explanation explanation = as_told(&told, row);
        more = asking->each(asking->ctx, &explanation);
    }
    told_clear(&told);
    return more && *status == HF_OK;
}

/* --- a version to read: of no case, without a limit --- */

struct reading {
    struct holdfast *hf;
    struct asking *asking;
    enum hf_status status;
};

static const json_t *rule_in(const struct hf_book_file *pack, const char *id)
{
    const json_t *rules = pack ? json_object_get(hf_policy_pack_document(pack->pack), "rules") : NULL;
    for (size_t i = 0; i < json_array_size(rules); i++) {
        const char *own = json_string_value(json_object_get(json_array_get(rules, i), "id"));
        if (own && strcmp(own, id) == 0)
            return json_array_get(rules, i);
    }
    return NULL;
}

static bool explain_reading(void *ctx, const struct holdfast_duty_row *row)
{
    struct reading *reading = ctx;
    struct hf_book *book = NULL;
    struct hf_buf rule = {0};
    if (strcmp(row->id, reading->asking->id) != 0)
        return true;
    reading->asking->found++;
    reading->status = hf_replica_book(reading->hf->replica, &book, &reading->hf->err);
    const json_t *json =
        reading->status == HF_OK ? rule_in(hf_book_pack(book, row->policy, hf_wall_ms()), row->duty) : NULL;
    if (json)
        reading->status = hf_json_dump(json, HF_JSON_INDENTED, &rule);
    hf_buf_append_u8(&rule, '\0');
    if (reading->status == HF_OK)
        reading->status = hf_buf_status(&rule);
    if (reading->status == HF_OK)
        (void)reading->asking->each(reading->asking->ctx, &(struct holdfast_duty_explanation){
                                                              .duty = row,
                                                              .rule = (const char *)rule.data,
                                                              .deadline = "",
                                                              .from = "",
                                                              .unit = "",
                                                              .unit_source = "",
                                                              .done = "",
                                                          });
    hf_buf_clear(&rule);
    return false;
}

enum holdfast_status holdfast_duty_explain(struct holdfast *hf, const char *id, const struct holdfast_id *case_id,
                                           uint64_t as_of_ms,
                                           bool (*each)(void *ctx, const struct holdfast_duty_explanation *explanation),
                                           void *ctx)
{
    struct asking asking = {.id = id, .whole_rule = !strchr(id, '.'), .each = each, .ctx = ctx};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct holdfast_duty_filter filter = {.case_id = case_id, .all = true, .as_of_ms = as_of_ms};
    status = hf_duties_walk(hf, &filter, explain_one, &asking);
    struct reading reading = {.hf = hf, .asking = &asking};
    if (status == HF_OK && asking.found == 0 && !case_id)
        status = hf_duties_readings(hf, &filter, explain_reading, &reading);
    if (status == HF_OK)
        status = reading.status;
    if (status == HF_OK && asking.found == 0)
        status = hf_error_set(&hf->err, HF_ERR_NOT_FOUND, "No case on this device has this duty.");
    return hf_handle_leave(hf, status);
}
