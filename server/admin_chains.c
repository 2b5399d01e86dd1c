/* incarnation list: devices that began a new chain, newest last: each says that a store was put back, copied or
 * damaged, and somebody should ask how. */
#include "core/base/text.h"
#include "core/model/body_caseload.h"
#include "server/admin_run.h"
#include "server/enrol.h"

#include <string.h>

struct chain_list {
    struct hf_admin_run *run;
    json_t *json;
    struct hf_buf found; /* struct chain_row, one after the other: the store is not asked while it walks */
    enum hf_status status;
};
struct chain_row {
    uint64_t index, time_ms, old_incarnation, incarnation, next_seq, lost;
    struct hf_id person;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
};

static void take_note(struct chain_list *list, const struct hf_entry_row *row, const struct hf_leaf *leaf,
                      struct hf_slice body)
{
    struct hf_caseload_note note;
    if (hf_caseload_note_decode(body, &note) != HF_OK || note.what != HF_CASELOAD_INCARNATION)
        return;
    struct chain_row found = {.index = row->index,
                              .time_ms = hf_clock_ms(leaf->clock),
                              .old_incarnation = note.old_incarnation,
                              .incarnation = note.incarnation,
                              .next_seq = note.next_seq,
                              .lost = note.count,
                              .person = note.person};
    memcpy(found.device, note.device, sizeof found.device);
    hf_buf_append(&list->found, &found, sizeof found);
    list->status = hf_buf_status(&list->found);
}

static bool collect(void *ctx, const struct hf_entry_row *row)
{
    struct chain_list *list = ctx;
    struct hf_class_key key = {0};
    struct hf_leaf leaf;
    struct hf_buf body = {0};
    if (row->kind != HF_LEAF_NOTE || row->payload.len == 0)
        return true;
    list->status = hf_leaf_decode(row->leaf, &leaf);
    if (list->status == HF_OK)
        list->status = hf_keystore_get(list->run->office->keystore, &row->key_id, &key);
    if (list->status == HF_OK)
        list->status = hf_payload_open(&key, row->payload, &leaf, &body);
    if (list->status == HF_OK)
        take_note(list, row, &leaf, hf_buf_slice(&body));
    hf_wipe(&key, sizeof key);
    hf_buf_clear(&body);
    return list->status == HF_OK;
}

static void show(struct chain_list *list, const struct chain_row *row)
{
    struct hf_buf *out = &list->run->result->output;
    struct hf_buf name = {0};
    char time[HF_TIME_TEXT_BYTES], device[2 * HF_SIGN_PUBLIC_BYTES + 1];
    hf_text_time(row->time_ms, time);
    for (size_t i = 0; i < sizeof row->device; i++)
        (void)snprintf(device + 2 * i, 3, "%02x", row->device[i]);
    hf_enrol_person_name(list->run->office, &row->person, &name);
    if (list->json) {
        json_t *object = json_pack("{s:I, s:s, s:s, s:s%, s:I, s:I, s:I, s:I}", "entry", (json_int_t)row->index, "time",
                                   time, "device", device, "person", name.data ? (const char *)name.data : "", name.len,
                                   "left", (json_int_t)row->old_incarnation, "now", (json_int_t)row->incarnation,
                                   "left_at", (json_int_t)row->next_seq, "evidence", (json_int_t)row->lost);
        if (!object || json_array_append_new(list->json, object) != 0)
            list->status = HF_ERR_NOMEM;
    } else {
        hf_buf_append_fmt(out, "%.10s %.5s UTC  device %.16s of ", time, time + 11, device);
        hf_buf_append_slice(out, hf_buf_slice(&name));
        hf_buf_append_fmt(out, ": chain %llu goes on as chain %llu, entry %llu\n",
                          (unsigned long long)row->old_incarnation + 1, (unsigned long long)row->incarnation + 1,
                          (unsigned long long)row->index);
        hf_buf_append_fmt(out,
                          "  Its store was put back, copied or damaged: ask how. %llu change%s that another stands in "
                          "the place of %s kept as evidence.\n",
                          (unsigned long long)row->lost, row->lost == 1 ? "" : "s", row->lost == 1 ? "is" : "are");
    }
    hf_buf_clear(&name);
}

enum hf_status hf_admin_incarnation_list(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    struct chain_list list = {.run = run};
    struct hf_feed_filter filter = {.one_case = true, .case_id = run->office->office_case};
    struct hf_store_head head;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 1, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    if (options[0].seen && !(list.json = json_array()))
        return HF_ERR_NOMEM;
    hf_store_head(run->office->store, &head);
    filter.until = head.tree.size;
    status = run->office->store->ops->feed(run->office->store, &filter, 0, collect, &list);
    if (status == HF_OK)
        status = list.status;
    for (size_t at = 0; status == HF_OK && at < list.found.len; at += sizeof(struct chain_row)) {
        struct chain_row row;
        memcpy(&row, list.found.data + at, sizeof row);
        show(&list, &row);
        status = list.status;
    }
    if (status == HF_OK && list.json) {
        status = hf_admin_write_json(run, list.json);
        list.json = NULL;
    } else if (status == HF_OK && list.found.len == 0) {
        hf_buf_append_str(&run->result->output, "No device has begun a new chain.\n");
    }
    json_decref(list.json);
    hf_buf_clear(&list.found);
    return status;
}
