/* Commands about changes that are logged without effect: held list, held release, held refuse. */
#include "core/base/text.h"
#include "server/admin_run.h"
#include "server/enrol.h"
#include "server/release.h"

#include <string.h>

#define CHANGES_MAX 48

/* --- list --- */

struct held_list {
    struct hf_admin_run *run;
    bool has_case;
    struct hf_id case_id;
    json_t *json;
    struct hf_buf found; /* index, change, case, device, hold, clock of each: the store is not asked while it walks */
    enum hf_status status;
};
struct held_row {
    uint64_t index;
    struct hf_id change_id, case_id;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    enum hf_hold hold;
    uint64_t time_ms;
};

static bool collect_held(void *ctx, const struct hf_entry_row *row)
{
    struct held_list *list = ctx;
    struct hf_leaf leaf;
    if (list->has_case && !hf_id_equal(&row->case_id, &list->case_id))
        return true;
    list->status = hf_leaf_decode(row->leaf, &leaf);
    if (list->status != HF_OK)
        return false;
    struct held_row held = {.index = row->index,
                            .change_id = row->change_id,
                            .case_id = row->case_id,
                            .hold = row->hold,
                            .time_ms = hf_clock_ms(leaf.clock)};
    memcpy(held.device, leaf.device, sizeof held.device);
    hf_buf_append(&list->found, &held, sizeof held);
    list->status = hf_buf_status(&list->found);
    return list->status == HF_OK;
}

static void author_of(struct hf_office *office, const uint8_t *device, struct hf_buf *out)
{
    struct hf_device_row row;
    hf_buf_reset(out);
    if (office->store->ops->device(office->store, device, NULL, &row) == HF_OK)
        hf_enrol_person_name(office, &row.person, out);
    hf_wipe(&row, sizeof row);
}

static void show_row(struct held_list *list, const struct held_row *row, struct hf_buf *name)
{
    char change[HF_ID_TEXT_BYTES], case_text[HF_ID_TEXT_BYTES], time[HF_TIME_TEXT_BYTES];
    struct hf_buf *out = &list->run->result->output;
    hf_id_format(&row->change_id, change);
    hf_id_format(&row->case_id, case_text);
    hf_text_time(row->time_ms, time);
    author_of(list->run->office, row->device, name);
    if (!list->json) {
        hf_buf_append_fmt(out, "%s  case %s  %.10s %.5s UTC by device clock, ", change, case_text, time, time + 11);
        hf_buf_append_slice(out, hf_buf_slice(name));
        hf_buf_append_fmt(out, "\n  %s\n", hf_hold_text(row->hold));
        return;
    }
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s%, s:I, s:i, s:s, s:b}", "change", change, "case", case_text, "time", time,
                  "author", name->data ? (const char *)name->data : "", name->len, "entry", (json_int_t)row->index,
                  "hold", (int)row->hold, "why", hf_hold_text(row->hold), "releasable", hf_hold_may_release(row->hold));
    if (!object || json_array_append_new(list->json, object) != 0)
        list->status = HF_ERR_NOMEM;
}

enum hf_status hf_admin_held_list(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--case", .has_value = true}, {.name = "--json"}};
    struct held_list list = {.run = run};
    struct hf_buf name = {0};
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    list.has_case = options[0].seen > 0;
    if (list.has_case && hf_id_parse(options[0].value, &list.case_id) != HF_OK)
        return hf_error_set(&run->err, HF_ERR_INVALID, "--case needs the id of a case.");
    if (options[1].seen && !(list.json = json_array()))
        return HF_ERR_NOMEM;
    status = run->office->store->ops->held(run->office->store, collect_held, &list);
    if (status == HF_OK)
        status = list.status;
    for (size_t at = 0; status == HF_OK && at < list.found.len; at += sizeof(struct held_row)) {
        struct held_row row;
        memcpy(&row, list.found.data + at, sizeof row);
        show_row(&list, &row, &name);
        status = list.status;
    }
    if (status == HF_OK && list.json) {
        status = hf_admin_write_json(run, list.json);
        list.json = NULL;
    } else if (status == HF_OK && list.found.len == 0) {
        hf_buf_append_str(&run->result->output, "Nothing is held.\n");
    }
    json_decref(list.json);
    hf_buf_clear(&list.found);
    hf_buf_clear(&name);
    return status;
}

/* --- release and refuse --- */

static enum hf_status settle(struct hf_admin_run *run, bool released)
{
    struct hf_option options[] = {{.name = "--reason", .has_value = true}, {.name = "--json"}};
    struct hf_slice words[CHANGES_MAX];
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, words, CHANGES_MAX, &count);
    if (status != HF_OK)
        return status;
    if (count == 0 || !options[0].seen)
        return hf_admin_usage(run, released ? "holdfastd held release --data DIR CHANGE [CHANGE ...] --reason TEXT"
                                            : "holdfastd held refuse --data DIR CHANGE [CHANGE ...] --reason TEXT");
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        struct hf_id change_id;
        if (hf_id_parse(words[i], &change_id) != HF_OK)
            return hf_error_set(&run->err, HF_ERR_INVALID, "Give ids of changes, as `holdfastd held list` shows them.");
        status = hf_release_settle(run->office, &change_id, released, options[0].value, &run->err);
    }
    if (status == HF_OK)
        status = hf_admin_done(run, &options[1],
                               released ? "Released: it counts from now on. Everybody's devices follow at their next "
                                          "sync."
                                        : "Refused: it never counts, and stays in the log as it was signed.");
    return status;
}

enum hf_status hf_admin_held_release(struct hf_admin_run *run)
{
    return settle(run, true);
}

enum hf_status hf_admin_held_refuse(struct hf_admin_run *run)
{
    return settle(run, false);
}
