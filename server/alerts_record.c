/* Alert records as the server writes them. */
#include "server/alerts_internal.h"

#include "core/pack/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WANTED_AT_FIRST 64

struct hf_id hf_alert_id(const struct hf_id *subject, const char *rule, const char *policy)
{
    char slot[HF_ALERT_CAUSE_BYTES];
    (void)snprintf(slot, sizeof slot, "%s %s", rule, policy);
    return hf_model_slot_id(subject, HF_RECORD_ALERT, hf_slice_str(slot));
}

const struct hf_record_state *hf_alert_find(const struct hf_alert_look *looking, const struct hf_id *id)
{
    for (size_t i = 0; i < looking->records->count; i++)
        if (hf_id_equal(&looking->records->records[i].record_id, id))
            return &looking->records->records[i];
    return NULL;
}

bool hf_alert_status_is(const struct hf_record_state *record, const char *word)
{
    struct hf_buf packed = {0};
    const struct hf_field_state *field = hf_record_state_field(record, HF_ALERT_STATUS);
    hf_pack_text(&packed, hf_slice_str(word));
    const bool same =
        field && hf_slice_equal(hf_merge_plain_value(hf_model_type(HF_RECORD_ALERT), field), hf_buf_slice(&packed));
    hf_buf_clear(&packed);
    return same;
}

struct hf_buf *hf_alert_edit(struct hf_alert_edits *edits, const struct hf_record_state *before, uint16_t field)
{
    const size_t at = edits->count++;
    struct hf_edit_input *edit = &edits->edits[at];
    *edit = (struct hf_edit_input){.field = field, .bases = edits->bases[at]};
    if (before && field != HF_ALERT_TO)
        edit->base_count = hf_merge_heads(hf_record_state_field(before, field), edits->bases[at], HF_EDIT_BASES_MAX);
    if (edit->base_count > HF_EDIT_BASES_MAX)
        edit->base_count = HF_EDIT_BASES_MAX;
    return &edits->values[at];
}

enum hf_status hf_alert_write(struct hf_alert_look *looking, const struct hf_id *record, struct hf_alert_edits *edits)
{
    struct hf_buf body = {0};
    enum hf_status status = HF_OK;
    for (size_t i = 0; i < edits->count; i++) {
        edits->edits[i].value = hf_buf_slice(&edits->values[i]);
        if (status == HF_OK)
            status = hf_buf_status(&edits->values[i]);
    }
    const struct hf_data_body_input input = {.case_id = looking->key->case_id,
                                             .record_id = *record,
                                             .type = HF_RECORD_ALERT,
                                             .edits = edits->edits,
                                             .edit_count = edits->count};
    if (status == HF_OK)
        status = hf_data_body_encode(&input, &body, NULL);
    if (status == HF_OK)
        status = hf_batch_server_leaf(looking->batch, HF_LEAF_DATA, looking->key, hf_buf_slice(&body));
    for (size_t i = 0; i < edits->count; i++)
        hf_buf_clear(&edits->values[i]);
    hf_buf_clear(&body);
    return status;
}

bool hf_alert_is_servers(const struct hf_record_state *record)
{
    char rule[HF_ALERT_CAUSE_BYTES] = "", policy[HF_ALERT_CAUSE_BYTES] = "";
    struct hf_buf text = {0};
    const struct hf_id subject = hf_book_reference(record, "subject");
    hf_book_text(record, "policy_version", &text);
    hf_buf_append_u8(&text, 0);
    const bool read = hf_buf_status(&text) == HF_OK && text.len <= HF_ALERT_CAUSE_BYTES &&
                      sscanf((const char *)text.data, "%99s %99s", rule, policy) == 2;
    hf_buf_clear(&text);
    struct hf_id expected = hf_alert_id(&subject, rule, policy);
    for (size_t i = 0; read && i < HF_PART_IDS_MAX; i++) {
        if (hf_id_equal(&expected, &record->record_id))
            return true;
        expected = hf_model_part_next(&expected, HF_RECORD_ALERT);
    }
    return false;
}

enum hf_status hf_alert_place(struct hf_alert_look *looking, const struct hf_id *first, struct hf_id *out)
{
    return hf_batch_part_id(looking->batch, &looking->key->case_id, HF_RECORD_ALERT, first, out);
}

enum hf_status hf_alert_clear(struct hf_alert_look *looking, const struct hf_record_state *record)
{
    struct hf_alert_edits edits = {.count = 0};
    hf_pack_text(hf_alert_edit(&edits, record, HF_ALERT_STATUS), hf_slice_str("cleared"));
    return hf_alert_write(looking, &record->record_id, &edits);
}

enum hf_status hf_alert_want(struct hf_alert_look *looking, const struct hf_id *record)
{
    if (looking->wanted_count == looking->wanted_cap) {
        const size_t cap = looking->wanted_cap ? looking->wanted_cap * 2 : WANTED_AT_FIRST;
        struct hf_id *grown = realloc(looking->wanted, cap * sizeof *grown);
        if (!grown)
            return HF_ERR_NOMEM;
        looking->wanted = grown;
        looking->wanted_cap = cap;
    }
    looking->wanted[looking->wanted_count++] = *record;
    return HF_OK;
}

bool hf_alert_is_wanted(const struct hf_alert_look *looking, const struct hf_id *record)
{
    for (size_t i = 0; i < looking->wanted_count; i++)
        if (hf_id_equal(&looking->wanted[i], record))
            return true;
    return false;
}
