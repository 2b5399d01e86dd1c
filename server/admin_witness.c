/* holdfastd witness …: the half that works on the office; files and HTTP are the program's (server/cli/witness.c). */
#include "core/base/text.h"
#include "server/admin_run.h"
#include "server/witness.h"

#include <stdio.h>
#include <string.h>

enum hf_status hf_admin_witness_vkey(struct hf_admin_run *run)
{
    const struct hf_server_keys *keys = hf_keystore_server(run->office->keystore);
    struct hf_note_key key;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, NULL, 0, NULL, 0, &words);
    if (status == HF_OK)
        status = hf_note_key_init(hf_slice_str(hf_server_log_name(keys)), keys->log.public_key, &key);
    if (status == HF_OK) {
        hf_note_key_format(&key, &run->result->output);
        hf_buf_append_u8(&run->result->output, '\n');
    }
    return status;
}

enum hf_status hf_admin_witness_policy(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--text", .has_value = true}, {.name = "--none"}, {.name = "--json"}};
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 3, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    if ((options[0].seen > 0) == (options[1].seen > 0))
        return hf_admin_usage(run, "holdfastd witness policy --data DIR FILE | --none");
    status = hf_witness_policy_set(run->office, options[0].value, &run->err);
    if (status == HF_OK)
        status = hf_admin_done(run, &options[2],
                               options[0].seen ? "The policy is in use. `holdfastd witness ask` asks its witnesses now."
                                               : "No witness is asked any more.");
    return status;
}

static enum hf_status read_number(struct hf_slice text, uint64_t *out)
{
    uint64_t value = 0;
    if (text.len == 0 || text.len > 19)
        return HF_ERR_INVALID;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return HF_ERR_INVALID;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    *out = value;
    return HF_OK;
}

enum hf_status hf_admin_witness_request(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--name", .has_value = true}, {.name = "--from", .has_value = true}};
    uint64_t from = 0;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    if (options[1].seen && read_number(options[1].value, &from) != HF_OK)
        return hf_error_set(&run->err, HF_ERR_INVALID, "--from must be a number of entries.");
    return hf_witness_request(run->office, options[0].value, options[1].seen ? &from : NULL, &run->result->output,
                              &run->err);
}

enum hf_status hf_admin_witness_take(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--reply", .has_value = true}, {.name = "--json"}};
    uint64_t size = 0;
    bool met = false;
    char text[120];
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, NULL, 0, &words);
    if (status == HF_OK)
        status = hf_witness_take(run->office, options[0].value, &size, &met, &run->err);
    if (status != HF_OK)
        return status;
    (void)snprintf(text, sizeof text, "Witnessed up to %llu entries%s.", (unsigned long long)size,
                   met ? ", with the quorum of the policy" : "; the quorum of the policy is not reached yet");
    return hf_admin_done(run, &options[1], text);
}

/* For the program: what has an address, as “name address”. */
enum hf_status hf_admin_witness_addresses(struct hf_admin_run *run)
{
    struct hf_witness_policy *policy = NULL;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, NULL, 0, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    status = hf_witness_policy_get(run->office, &policy);
    if (status != HF_OK)
        return status == HF_ERR_NOT_FOUND ? HF_OK : status;
    for (size_t i = 0; i < policy->file.node_count; i++) {
        const struct hf_policy_node *node = &policy->file.node[i];
        if (node->is_group || node->url.len == 0)
            continue;
        hf_buf_append_slice(&run->result->output, node->name);
        hf_buf_append_u8(&run->result->output, ' ');
        hf_buf_append_slice(&run->result->output, node->url);
        hf_buf_append_u8(&run->result->output, '\n');
    }
    hf_witness_policy_free(policy);
    return HF_OK;
}

/* --- list --- */

static enum hf_status list_json(struct hf_admin_run *run, const struct hf_policy_file *policy, uint64_t witnessed)
{
    struct hf_store_head head;
    json_t *rows = json_array();
    enum hf_status status = HF_OK;
    hf_store_head(run->office->store, &head);
    for (size_t i = 0; status == HF_OK && i < policy->node_count; i++) {
        const struct hf_policy_node *node = &policy->node[i];
        uint64_t size = 0, unix_s = 0;
        if (node->is_group)
            continue;
        status = hf_witness_known(run->office, &node->cosigner, &size, &unix_s);
        if (status == HF_OK)
            (void)json_array_append_new(
                rows, json_pack("{s:s%, s:s%, s:s, s:I, s:I}", "name", node->name.data, node->name.len, "address",
                                node->url.data ? (const char *)node->url.data : "", node->url.len, "key",
                                node->cosigner.name, "signed", (json_int_t)size, "signed_unix", (json_int_t)unix_s));
    }
    json_t *all = json_pack("{s:I, s:I, s:o}", "entries", (json_int_t)head.published_size, "witnessed",
                            (json_int_t)witnessed, "witnesses", rows);
    if (status == HF_OK)
        return hf_admin_write_json(run, all);
    json_decref(all);
    return status;
}

static enum hf_status list_row(struct hf_admin_run *run, const struct hf_policy_node *node, struct hf_table *table)
{
    uint64_t size = 0, unix_s = 0;
    char number[24], time[HF_TIME_TEXT_BYTES] = "-";
    enum hf_status status = hf_witness_known(run->office, &node->cosigner, &size, &unix_s);
    if (status != HF_OK)
        return status;
    (void)snprintf(number, sizeof number, "%llu", (unsigned long long)size);
    if (unix_s > 0 && unix_s < UINT64_MAX / 1000)
        hf_text_time(unix_s * 1000, time);
    hf_table_cell(table, node->name);
    hf_table_cell(table, hf_slice_str(number));
    hf_table_cell(table, hf_slice_str(time));
    hf_table_cell(table, node->url.len ? node->url : hf_slice_str("by file"));
    hf_table_end_row(table, "");
    return HF_OK;
}

static enum hf_status list_text(struct hf_admin_run *run, const struct hf_policy_file *policy, uint64_t witnessed)
{
    struct hf_store_head head;
    struct hf_table table = {0};
    enum hf_status status = HF_OK;
    static const char *const heads[] = {"WITNESS", "SIGNED UP TO", "AT", "ADDRESS"};
    hf_store_head(run->office->store, &head);
    for (size_t i = 0; i < 4; i++)
        hf_table_cell(&table, hf_slice_str(heads[i]));
    hf_table_end_row(&table, "");
    for (size_t i = 0; status == HF_OK && i < policy->node_count; i++)
        if (!policy->node[i].is_group)
            status = list_row(run, &policy->node[i], &table);
    hf_table_write(&table, &run->result->output);
    hf_table_clear(&table);
    hf_buf_append_fmt(&run->result->output, "With the quorum of the policy: %llu of %llu entries.\n",
                      (unsigned long long)witnessed, (unsigned long long)head.published_size);
    return status;
}

enum hf_status hf_admin_witness_list(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    struct hf_witness_policy *policy = NULL;
    struct hf_buf note = {0};
    uint64_t witnessed = 0;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 1, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    status = hf_witness_policy_get(run->office, &policy);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(&run->err, status,
                            "There is no policy with witnesses. `holdfastd witness policy FILE` "
                            "takes one.");
    if (status == HF_OK && hf_witness_newest(run->office, &note, &witnessed) != HF_OK)
        witnessed = 0;
    if (status == HF_OK)
        status = options[0].seen ? list_json(run, &policy->file, witnessed) : list_text(run, &policy->file, witnessed);
    hf_buf_clear(&note);
    hf_witness_policy_free(policy);
    return status;
}
