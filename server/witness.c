#include "server/witness.h"

#include "core/log/witness_file.h"
#include "server/witness_kept.h"

#include <stdlib.h>
#include <string.h>

#define POLICY_TEXT    "witness policy"
#define WITNESSED_TEXT "witnessed"

static enum hf_status log_key(const struct hf_office *office, struct hf_note_key *out)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    return hf_note_key_init(hf_slice_str(hf_server_log_name(keys)), keys->log.public_key, out);
}

/* --- the policy --- */

static bool lists(const struct hf_policy_file *policy, const struct hf_note_key *key)
{
    for (size_t i = 0; i < policy->log_count; i++)
        if (strcmp(policy->log[i].key.name, key->name) == 0 &&
            memcmp(policy->log[i].key.public_key, key->public_key, sizeof key->public_key) == 0)
            return true;
    return false;
}

enum hf_status hf_witness_policy_set(struct hf_office *office, struct hf_slice text, struct hf_error *err)
{
    struct hf_note_key key;
    struct hf_policy_file *policy = NULL;
    enum hf_status status = HF_OK;
    if (text.len > 0) {
        policy = malloc(sizeof *policy);
        if (!policy)
            return HF_ERR_NOMEM;
        status = hf_policy_file_parse(text, policy, err);
        if (status == HF_OK)
            status = log_key(office, &key);
        if (status == HF_OK && !lists(policy, &key))
            status = hf_error_set(err, HF_ERR_INVALID,
                                  "The policy does not list this log. It needs the line “log” with what `holdfastd "
                                  "witness vkey` prints.");
        free(policy);
    }
    return status == HF_OK ? office->store->ops->text_put(office->store, POLICY_TEXT, text) : status;
}

enum hf_status hf_witness_policy_get(struct hf_office *office, struct hf_witness_policy **out)
{
    struct hf_witness_policy *policy = calloc(1, sizeof *policy);
    if (!policy)
        return HF_ERR_NOMEM;
    enum hf_status status = office->store->ops->text_get(office->store, POLICY_TEXT, &policy->text);
    if (status == HF_OK && policy->text.len == 0)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK && hf_policy_file_parse(hf_buf_slice(&policy->text), &policy->file, NULL) != HF_OK)
        status = HF_ERR_CORRUPT; /* it was read before it was stored */
    if (status != HF_OK)
        hf_witness_policy_free(policy);
    else
        *out = policy;
    return status;
}

void hf_witness_policy_free(struct hf_witness_policy *policy)
{
    if (policy)
        hf_buf_clear(&policy->text);
    free(policy);
}

static const struct hf_policy_node *find_witness(const struct hf_policy_file *policy, struct hf_slice name)
{
    const struct hf_policy_node *only = NULL;
    size_t count = 0;
    for (size_t i = 0; i < policy->node_count; i++) {
        const struct hf_policy_node *node = &policy->node[i];
        if (node->is_group)
            continue;
        if (name.len > 0 && hf_slice_equal(node->name, name))
            return node;
        only = node;
        count++;
    }
    return name.len == 0 && count == 1 ? only : NULL;
}

/* --- asking --- */

static bool met(const struct hf_policy_file *policy, struct hf_slice note)
{
    struct hf_checkpoint checkpoint;
    bool enough = false;
    return hf_policy_file_look(policy, note, &checkpoint, NULL, &enough, NULL) == HF_OK && enough;
}

/* Signed by somebody of the policy, but not by enough: worth asking about before anything newer. */
static bool wants_more(const struct hf_policy_file *policy, struct hf_slice note)
{
    for (size_t i = 0; i < policy->node_count; i++)
        if (!policy->node[i].is_group && hf_witness_kept_signed(note, &policy->node[i].cosigner, NULL))
            return !met(policy, note);
    return false;
}

static struct hf_witness_kept_note *choose(struct hf_witness_kept *kept, const struct hf_policy_file *policy,
                                           const struct hf_policy_node *witness, uint64_t above)
{
    for (size_t i = kept->count; i-- > 0;) {
        struct hf_slice note = hf_buf_slice(&kept->note[i].note);
        if (kept->note[i].checkpoint.size > above && !hf_witness_kept_signed(note, &witness->cosigner, NULL) &&
            wants_more(policy, note))
            return &kept->note[i];
    }
    return kept->count ? &kept->note[kept->count - 1] : NULL;
}

/* The newest signed checkpoint is among those that are kept. */
static enum hf_status keep_newest(struct hf_office *office, struct hf_witness_kept *kept,
                                  const struct hf_policy_file *policy, struct hf_error *err)
{
    struct hf_buf note = {0};
    enum hf_status status = hf_office_publish(office, err);
    if (status == HF_OK)
        status = hf_store_checkpoint(office->store, &note);
    if (status == HF_OK)
        status = hf_witness_kept_add(kept, policy, hf_buf_slice(&note));
    hf_buf_clear(&note);
    return status;
}

static enum hf_status set_back(const struct hf_policy_node *witness, uint64_t signed_size, uint64_t size,
                               struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_CONFLICT,
                        "The witness %s signed a checkpoint of %llu entries, but this log has signed %llu: it was set "
                        "back, or the witness is another log's. Find out why before anything else is written.",
                        witness->cosigner.name, (unsigned long long)signed_size, (unsigned long long)size);
}

static enum hf_status write_request(struct hf_office *office, const struct hf_witness_kept_note *chosen, uint64_t old,
                                    struct hf_buf *out)
{
    struct hf_witness_request request = {.old_size = old, .note = hf_witness_kept_bare(chosen)};
    enum hf_status status = HF_OK;
    if (old > 0)
        status =
            hf_tree_prove_consistency(old, chosen->checkpoint.size, hf_store_node, office->store, &request.consistency);
    return status == HF_OK ? hf_witness_request_format(&request, out) : status;
}

static enum hf_status ask(struct hf_office *office, struct hf_witness_kept *kept, const struct hf_policy_file *policy,
                          const struct hf_policy_node *witness, const uint64_t *from, struct hf_buf *out,
                          struct hf_error *err)
{
    const uint64_t known = hf_witness_kept_newest(kept, &witness->cosigner, NULL);
    const uint64_t old = from ? *from : known;
    enum hf_status status = keep_newest(office, kept, policy, err);
    if (status != HF_OK)
        return status;
    struct hf_witness_kept_note *chosen = choose(kept, policy, witness, old);
    if (!chosen || chosen->checkpoint.size < old)
        return set_back(witness, old, chosen ? chosen->checkpoint.size : 0, err);
    if (hf_witness_kept_signed(hf_buf_slice(&chosen->note), &witness->cosigner, NULL))
        return HF_OK;
    if (witness->url.len == 0)
        hf_witness_kept_mark(kept, chosen);
    return write_request(office, chosen, old, out);
}

static enum hf_status no_witness(enum hf_status status, struct hf_error *err)
{
    if (status != HF_ERR_NOT_FOUND)
        return hf_error_set(err, status, "The witnesses could not be read: %s", hf_status_text(status));
    return hf_error_set(err, status,
                        "There is no such witness in the policy (or several, and none was named). `holdfastd witness "
                        "list` shows them.");
}

enum hf_status hf_witness_request(struct hf_office *office, struct hf_slice name, const uint64_t *from,
                                  struct hf_buf *out, struct hf_error *err)
{
    struct hf_witness_policy *policy = NULL;
    struct hf_witness_kept *kept = NULL;
    const struct hf_policy_node *witness = NULL;
    enum hf_status status = hf_witness_policy_get(office, &policy);
    if (status == HF_OK && !(witness = find_witness(&policy->file, name)))
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        status = hf_witness_kept_load(office->store, &kept);
    if (status != HF_OK)
        status = no_witness(status, err);
    else
        status = ask(office, kept, &policy->file, witness, from, out, err);
    if (status == HF_OK)
        status = hf_witness_kept_save(office->store, kept);
    hf_witness_kept_free(kept);
    hf_witness_policy_free(policy);
    return status;
}

/* --- taking --- */

static enum hf_status does_not_hold(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_AUTH,
                        "The reply is not the signature of a witness in the policy over a checkpoint that was asked "
                        "about. Nothing of it was taken. Ask again; if it is the same then, find out who answers.");
}

/* The kept checkpoint that this line holds for, with the line in it. */
static struct hf_witness_kept_note *place(struct hf_witness_kept *kept, const struct hf_policy_file *policy,
                                          struct hf_slice line)
{
    for (size_t i = kept->count; i-- > 0;)
        for (size_t j = 0; j < policy->node_count; j++)
            if (!policy->node[j].is_group && hf_witness_kept_place(&kept->note[i], &policy->node[j].cosigner, line))
                return &kept->note[i];
    return NULL;
}

static uint64_t witnessed_size(struct hf_office *office)
{
    struct hf_buf note = {0};
    uint64_t size = 0;
    if (hf_witness_newest(office, &note, &size) != HF_OK)
        size = 0;
    hf_buf_clear(&note);
    return size;
}

/* What the checkpoint has won: it is the one that devices get, when it is still the newest, and the one that is shown
 * to others, when it has the quorum. */
static enum hf_status settle(struct hf_office *office, const struct hf_policy_file *policy,
                             const struct hf_witness_kept_note *kept, bool *out_met)
{
    struct hf_store_head head;
    struct hf_slice note = hf_buf_slice(&kept->note);
    enum hf_status status = HF_OK;
    hf_store_head(office->store, &head);
    if (kept->checkpoint.size == head.published_size)
        status = hf_store_publish(office->store, head.published_size, note);
    *out_met = met(policy, note);
    if (status == HF_OK && *out_met && kept->checkpoint.size >= witnessed_size(office))
        status = office->store->ops->text_put(office->store, WITNESSED_TEXT, note);
    return status;
}

static enum hf_status take_lines(struct hf_office *office, struct hf_witness_kept *kept,
                                 const struct hf_policy_file *policy, struct hf_slice reply, uint64_t *out_size,
                                 bool *out_met, struct hf_error *err)
{
    enum hf_status status = HF_OK;
    uint64_t size = 0;
    while (status == HF_OK && reply.len > 0) {
        const uint8_t *end = memchr(reply.data, '\n', reply.len);
        if (!end)
            return does_not_hold(err);
        const struct hf_slice line = hf_slice_of(reply.data, (size_t)(end + 1 - reply.data));
        struct hf_witness_kept_note *found = place(kept, policy, line);
        if (!found)
            return does_not_hold(err);
        bool enough = false;
        status = settle(office, policy, found, &enough);
        if (found->checkpoint.size >= size) {
            size = found->checkpoint.size;
            *out_met = enough;
        }
        reply = hf_slice_of(end + 1, reply.len - line.len);
    }
    if (status == HF_OK && size == 0)
        return does_not_hold(err);
    *out_size = size;
    return status;
}

enum hf_status hf_witness_take(struct hf_office *office, struct hf_slice reply, uint64_t *out_size, bool *out_met,
                               struct hf_error *err)
{
    struct hf_witness_policy *policy = NULL;
    struct hf_witness_kept *kept = NULL;
    enum hf_status status = hf_witness_policy_get(office, &policy);
    if (status == HF_OK)
        status = hf_witness_kept_load(office->store, &kept);
    if (status != HF_OK)
        status = no_witness(status, err);
    else
        status = take_lines(office, kept, &policy->file, reply, out_size, out_met, err);
    if (kept && (status == HF_OK || status == HF_ERR_AUTH)) {
        enum hf_status saved = hf_witness_kept_save(office->store, kept);
        status = status == HF_OK ? saved : status;
    }
    hf_witness_kept_free(kept);
    hf_witness_policy_free(policy);
    return status;
}

/* --- looking --- */

enum hf_status hf_witness_known(struct hf_office *office, const struct hf_cosigner *cosigner, uint64_t *out_size,
                                uint64_t *out_unix_s)
{
    struct hf_witness_kept *kept = NULL;
    uint64_t unix_s = 0;
    enum hf_status status = hf_witness_kept_load(office->store, &kept);
    if (status == HF_OK) {
        *out_size = hf_witness_kept_newest(kept, cosigner, &unix_s);
        *out_unix_s = unix_s;
    }
    hf_witness_kept_free(kept);
    return status;
}

enum hf_status hf_witness_newest(struct hf_office *office, struct hf_buf *out_note, uint64_t *out_size)
{
    struct hf_note_form form;
    struct hf_checkpoint checkpoint;
    const size_t before = out_note->len;
    enum hf_status status = office->store->ops->text_get(office->store, WITNESSED_TEXT, out_note);
    if (status != HF_OK)
        return status;
    status = hf_note_parse(hf_slice_of(out_note->data + before, out_note->len - before), &form);
    if (status == HF_OK)
        status = hf_checkpoint_parse(form.text, &checkpoint);
    if (status != HF_OK)
        return HF_ERR_CORRUPT;
    if (strcmp(checkpoint.origin, hf_server_log_name(hf_keystore_server(office->keystore))) != 0) {
        out_note->len = before; /* of the log before a new shard: of this one nobody signed anything yet */
        return HF_ERR_NOT_FOUND;
    }
    *out_size = checkpoint.size;
    return HF_OK;
}

enum hf_status hf_witness_answer(struct hf_office *office, struct hf_reply *reply)
{
    uint64_t size = 0;
    enum hf_status status = hf_witness_newest(office, &reply->bytes, &size);
    const size_t len = reply->bytes.len;
    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        status = office->store->ops->text_get(office->store, POLICY_TEXT, &reply->bytes);
    if (status != HF_OK && status != HF_ERR_NOT_FOUND)
        return status;
    reply->message.type = HF_MSG_WITNESSED_IS;
    reply->message.as.witnessed_is.note = hf_slice_of(reply->bytes.data, len);
    reply->message.as.witnessed_is.policy = hf_slice_of(reply->bytes.data + len, reply->bytes.len - len);
    return hf_buf_status(&reply->bytes);
}
