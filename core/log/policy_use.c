/* Writing a policy, and judging a checkpoint by one. */
#include "core/log/policy_file.h"

#include <string.h>

static void append_item(struct hf_slice item, struct hf_buf *out)
{
    if (item.len > 0) {
        hf_buf_append_u8(out, ' ');
        hf_buf_append_slice(out, item);
    }
}

static void append_log(const struct hf_note_key *key, struct hf_slice url, struct hf_buf *out)
{
    hf_buf_append_str(out, "log ");
    hf_note_key_format(key, out);
    append_item(url, out);
    hf_buf_append_u8(out, '\n');
}

static void append_witness(const struct hf_policy_node *node, struct hf_buf *out)
{
    hf_buf_append_str(out, "witness");
    append_item(node->name, out);
    hf_buf_append_u8(out, ' ');
    hf_cosigner_format(&node->cosigner, out);
    append_item(node->url, out);
    hf_buf_append_u8(out, '\n');
}

static void append_group(const struct hf_policy_file *policy, size_t group, struct hf_buf *out)
{
    hf_buf_append_str(out, "group");
    append_item(policy->node[group].name, out);
    hf_buf_append_fmt(out, " %u", policy->node[group].threshold);
    for (size_t i = 0; i < group; i++) {
        if (policy->node[i].parent == group)
            append_item(policy->node[i].name, out);
    }
    hf_buf_append_u8(out, '\n');
}

static void append_quorum(struct hf_slice name, struct hf_buf *out)
{
    hf_buf_append_str(out, "quorum");
    append_item(name, out);
    hf_buf_append_u8(out, '\n');
}

void hf_policy_file_format(const struct hf_policy_file *policy, struct hf_buf *out)
{
    for (size_t i = 0; i < policy->log_count; i++)
        append_log(&policy->log[i].key, policy->log[i].url, out);
    for (size_t i = 0; i < policy->node_count; i++) {
        if (policy->node[i].is_group)
            append_group(policy, i, out);
        else
            append_witness(&policy->node[i], out);
    }
    append_quorum(policy->quorum == HF_POLICY_NONE ? hf_slice_str("none") : policy->node[policy->quorum].name, out);
}

void hf_policy_file_format_log(const struct hf_note_key *key, struct hf_buf *out)
{
    append_log(key, hf_slice_of(NULL, 0), out);
    append_quorum(hf_slice_str("none"), out);
}

static enum hf_status refuse_forged(const char *name, struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_AUTH,
                        "A signature on the checkpoint in the name of %s does not fit. The file was altered, or the "
                        "key in the policy is another one.",
                        name);
}

static enum hf_status find_log(const struct hf_policy_file *policy, const struct hf_note_form *form,
                               const struct hf_checkpoint *checkpoint, size_t *out_log, struct hf_error *err)
{
    size_t found = policy->log_count;
    for (size_t i = policy->log_count; i-- > 0;) {
        const struct hf_note_key *key = &policy->log[i].key;
        enum hf_note_finding finding = hf_note_find(form, key);
        if (finding == HF_NOTE_FORGED)
            return refuse_forged(key->name, err);
        if (finding == HF_NOTE_HOLDS && strcmp(key->name, checkpoint->origin) == 0)
            found = i;
    }
    if (found == policy->log_count)
        return hf_error_set(err, HF_ERR_AUTH, "The checkpoint is not signed by a log that the policy lists.");
    *out_log = found;
    return HF_OK;
}

/* Members stand before their group, so one pass in order settles every node. */
static enum hf_status count_quorum(const struct hf_policy_file *policy, const struct hf_note_form *form, bool *out_met,
                                   struct hf_error *err)
{
    uint16_t counted[HF_POLICY_NODES_MAX] = {0};
    bool met = policy->quorum == HF_POLICY_NONE;
    for (size_t i = 0; i < policy->node_count; i++) {
        const struct hf_policy_node *node = &policy->node[i];
        bool witnessed = false;
        if (node->is_group) {
            witnessed = counted[i] >= node->threshold;
        } else {
            enum hf_note_finding finding = hf_cosigner_find(form, &node->cosigner, NULL);
            if (finding == HF_NOTE_FORGED)
                return refuse_forged(node->cosigner.name, err);
            witnessed = finding == HF_NOTE_HOLDS;
        }
        if (witnessed && node->parent != HF_POLICY_NONE)
            counted[node->parent]++;
        if (witnessed && i == policy->quorum)
            met = true;
    }
    *out_met = met;
    return HF_OK;
}

enum hf_status hf_policy_file_open(const struct hf_policy_file *policy, struct hf_slice note, struct hf_checkpoint *out,
                                   size_t *out_log, struct hf_error *err)
{
    struct hf_checkpoint checkpoint;
    size_t log = 0;
    bool met = false;
    enum hf_status status = hf_policy_file_look(policy, note, &checkpoint, &log, &met, err);
    if (status != HF_OK)
        return status;
    if (!met)
        return hf_error_set(err, HF_ERR_DENIED,
                            "Fewer witnesses signed the checkpoint than the policy asks for. Ask the office for a "
                            "checkpoint with more cosignatures.");
    *out = checkpoint;
    if (out_log)
        *out_log = log;
    return HF_OK;
}

enum hf_status hf_policy_file_look(const struct hf_policy_file *policy, struct hf_slice note, struct hf_checkpoint *out,
                                   size_t *out_log, bool *out_met, struct hf_error *err)
{
    struct hf_note_form form;
    struct hf_checkpoint checkpoint;
    size_t log = 0;
    bool met = false;
    enum hf_status status = hf_note_parse(note, &form);
    if (status == HF_OK)
        status = hf_checkpoint_parse(form.text, &checkpoint);
    if (status != HF_OK)
        return hf_error_set(err, status, "The checkpoint is not of the form of a signed checkpoint.");
    status = find_log(policy, &form, &checkpoint, &log, err);
    if (status == HF_OK)
        status = count_quorum(policy, &form, &met, err);
    if (status != HF_OK)
        return status;
    *out_met = met;
    *out = checkpoint;
    if (out_log)
        *out_log = log;
    return HF_OK;
}
