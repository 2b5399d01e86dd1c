/* The export for auditors: sync for a verified checkpoint, then fetch every entry below it into a bundle. Nothing is
 * written unchecked: payloads and openings fit their leaves, and the tree of all leaves has the checkpoint's root. */
#include "client/ask.h"
#include "client/folder.h"
#include "client/reads.h"
#include "client/sync.h"
#include "core/log/bundle.h"
#include "core/log/policy_file.h"
#include "core/log/tile.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define REQUESTS_BEHIND 0x40000000u /* apart from those of the session before */

struct export
{
    struct holdfast *hf;
    struct hf_sync *sync;
    struct hf_folder folder;
    bool contents;
    struct hf_tile_writer tiles;
    struct hf_buf bytes;   /* of a message */
    struct hf_buf opening; /* of a file */
    uint64_t size;         /* of the checkpoint */
    struct hf_hash root;
    uint64_t next; /* entry to fetch */
    struct hf_session_ask ask;
    bool (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};

/* --- files --- */

static enum hf_status emit_tile(void *ctx, struct hf_slice path, struct hf_slice bytes)
{
    struct export *export = ctx;
    return hf_folder_write(&export->folder, (const char *)path.data, bytes, &export->hf->err);
}

static enum hf_status does_not_hold(struct export *export, uint64_t index, const char *what)
{
    return hf_handle_fail(export->hf, HF_ERR_AUTH,
                          "Entry %" PRIu64 " of the office's log does not hold: %s. No bundle was written. Tell the "
                          "authority.",
                          index, what);
}

static enum hf_status write_payload(struct export *export, const struct hf_msg_entry *entry, const struct hf_leaf *leaf)
{
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    if (entry->payload.len == 0)
        return HF_OK; /* erased, lawfully or not: the verifier says which */
    if (!hf_payload_hash_fits(entry->payload, leaf))
        return does_not_hold(export, export->next, "its payload is not the one that was signed");
    hf_bundle_name(HF_BUNDLE_CT, export->next, name);
    return hf_folder_write(&export->folder, name, entry->payload, &export->hf->err);
}

static enum hf_status write_opening(struct export *export, const struct hf_msg_entry *entry, const struct hf_leaf *leaf)
{
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    if (!entry->r)
        return HF_OK;
    if (!hf_payload_commitment_fits(entry->r, entry->body, leaf))
        return does_not_hold(export, export->next, "its opening is not of what was signed");
    const struct hf_bundle_opening opening = {.r = entry->r, .body = entry->body};
    hf_buf_reset(&export->opening);
    hf_bundle_opening_format(&opening, &export->opening);
    enum hf_status status = hf_buf_status(&export->opening);
    hf_bundle_name(HF_BUNDLE_OPEN, export->next, name);
    if (status == HF_OK)
        status = hf_folder_write(&export->folder, name, hf_buf_slice(&export->opening), &export->hf->err);
    return status;
}

static enum hf_status take_entry(struct export *export, const struct hf_msg_entry *entry)
{
    struct hf_leaf leaf;
    if (hf_leaf_decode(entry->leaf, &leaf) != HF_OK)
        return does_not_hold(export, export->next, "it has not the form of a change");
    enum hf_status status = write_payload(export, entry, &leaf);
    if (status == HF_OK)
        status = write_opening(export, entry, &leaf);
    if (status == HF_OK)
        status = hf_tile_writer_add(&export->tiles, entry->leaf);
    if (status == HF_OK)
        export->next++;
    return status;
}

/* --- fetching --- */

static enum hf_status not_asked_for(struct export *export)
{
    return hf_handle_fail(export->hf, HF_ERR_PROTOCOL,
                          "The office's answer does not fit what was asked. No bundle was written. Try again, and tell "
                          "an administrator if it happens again.");
}

static enum hf_status take_entries(struct export *export, const struct hf_message *message)
{
    const size_t count = message->as.entries_are.count;
    enum hf_status status = HF_OK;
    if (count == 0 || count > export->size - export->next)
        return not_asked_for(export);
    for (size_t i = 0; status == HF_OK && i < count; i++)
        status = take_entry(export, &message->as.entries_are.entries[i]);
    return status;
}

/* --- the policy, and what witnesses signed --- */

static bool lists_log(struct hf_slice text, const struct hf_note_key *key)
{
    struct hf_policy_file *policy = text.len > 0 ? malloc(sizeof *policy) : NULL;
    bool found = false;
    if (policy && hf_policy_file_parse(text, policy, NULL) == HF_OK)
        for (size_t i = 0; i < policy->log_count; i++)
            found = found || (strcmp(policy->log[i].key.name, key->name) == 0 &&
                              memcmp(policy->log[i].key.public_key, key->public_key, sizeof key->public_key) == 0);
    free(policy);
    return found;
}

/* Keys that the log had before: an earlier checkpoint bears the signature of one of them. */
static void add_old_keys(const struct hf_identity *identity, struct hf_slice listed, struct hf_buf *text)
{
    struct hf_note_key key;
    for (size_t i = identity->old_log_count; i > 0; i--) {
        if (hf_identity_log_key(identity, i, &key) != HF_OK || lists_log(listed, &key))
            continue;
        hf_buf_append_str(text, "log ");
        hf_note_key_format(&key, text);
        hf_buf_append_u8(text, '\n');
    }
}

/* The office's own policy when it lists the log that this device knows, else that log alone. An auditor brings another:
 * this one says where to look. */
static enum hf_status write_policy(struct export *export, struct hf_slice of_office)
{
    const struct hf_identity *identity = hf_replica_identity(export->hf->replica);
    struct hf_note_key key;
    struct hf_buf text = {0};
    enum hf_status status = hf_identity_log_key(identity, 0, &key);
    if (status == HF_OK) {
        if (!lists_log(of_office, &key))
            of_office.len = 0; /* of a log before this one: nothing of it stands in the file */
        if (of_office.len > 0)
            hf_buf_append_slice(&text, of_office);
        else
            hf_policy_file_format_log(&key, &text);
        add_old_keys(identity, of_office, &text);
        status = hf_buf_status(&text);
    }
    if (status == HF_OK)
        status = hf_folder_write(&export->folder, HF_BUNDLE_POLICY, hf_buf_slice(&text), &export->hf->err);
    hf_buf_clear(&text);
    return status;
}

/* One that is newer than the checkpoint of this bundle waits for the next. */
static enum hf_status write_witnessed(struct export *export, struct hf_slice note)
{
    const struct hf_identity *identity = hf_replica_identity(export->hf->replica);
    struct hf_note_key key;
    struct hf_checkpoint checkpoint;
    if (note.len == 0)
        return HF_OK;
    enum hf_status status = HF_ERR_AUTH;
    for (size_t i = 0; status == HF_ERR_AUTH && i <= identity->old_log_count; i++) {
        status = hf_identity_log_key(identity, i, &key);
        if (status == HF_OK)
            status = hf_checkpoint_open(note, &key, &checkpoint);
    }
    if (status != HF_OK)
        return hf_handle_fail(export->hf, HF_ERR_AUTH,
                              "What the office says that witnesses signed is not signed by its log. No bundle was "
                              "written. Tell the authority.");
    if (checkpoint.size > export->size)
        return HF_OK;
    return hf_folder_write(&export->folder, HF_BUNDLE_WITNESSED, note, &export->hf->err);
}

static enum hf_status take_witnessed(struct export *export, const struct hf_message *message)
{
    enum hf_status status = write_policy(export, message->as.witnessed_is.policy);
    return status == HF_OK ? write_witnessed(export, message->as.witnessed_is.note) : status;
}

/* The answer is the caller's to clear. */
static enum hf_status ask(struct export *export, struct hf_message *question, struct hf_message *out)
{
    struct hf_transport *transport = export->sync->transport;
    char text[HF_ASK_REFUSAL_BYTES];
    enum hf_ask_heard heard;
    enum hf_status status = hf_ask_office(transport, &export->ask, question, &export->bytes, &heard, out);
    if (status != HF_OK)
        return hf_sync_fail_text(export->hf, status, hf_transport_stage(transport));
    if (heard == HF_ASK_ANSWER)
        return HF_OK;
    if (heard == HF_ASK_REFUSAL) {
        hf_ask_refusal_text(out, text);
        status = hf_handle_fail(export->hf, out->as.error.status, "%s", text);
    } else {
        status = not_asked_for(export);
    }
    hf_message_clear(out);
    return status;
}

static enum hf_status fetch_witnessed(struct export *export)
{
    struct hf_message question = {.type = HF_MSG_WITNESSED}, answer;
    enum hf_status status = ask(export, &question, &answer);
    if (status != HF_OK)
        return status;
    status = take_witnessed(export, &answer);
    hf_message_clear(&answer);
    return status;
}

static enum hf_status fetch_some(struct export *export)
{
    struct hf_message question = {.type = HF_MSG_ENTRIES}, answer;
    const uint64_t left = export->size - export->next;
    question.as.entries.from = export->next;
    question.as.entries.contents = export->contents;
    question.as.entries.count = left < HF_LIMIT_ENTRIES ? left : HF_LIMIT_ENTRIES;
    enum hf_status status = ask(export, &question, &answer);
    if (status != HF_OK)
        return status;
    status = take_entries(export, &answer);
    hf_message_clear(&answer);
    return status;
}

static enum hf_status fetch_all(struct export *export)
{
    enum hf_status status = HF_OK;
    while (status == HF_OK && export->next < export->size) {
        status = fetch_some(export);
        if (status == HF_OK && export->progress && !export->progress(export->ctx, export->next, export->size))
            status = hf_handle_fail(export->hf, HF_ERR_STATE, "The export was stopped. No bundle was written.");
    }
    return status;
}

/* --- the whole --- */

static enum hf_status write_checkpoints(struct export *export)
{
    struct hf_buf note = {0};
    struct hf_buf prev = {0};
    enum hf_status status = hf_replica_checkpoint(export->hf->replica, &note, &prev);
    if (status == HF_OK && note.len == 0)
        status = hf_handle_fail(export->hf, HF_ERR_STATE, "The office has not signed its log yet. Try again later.");
    if (status == HF_OK)
        status = hf_folder_write(&export->folder, HF_BUNDLE_CHECKPOINT, hf_buf_slice(&note), &export->hf->err);
    if (status == HF_OK && prev.len > 0)
        status = hf_folder_write(&export->folder, HF_BUNDLE_PREV, hf_buf_slice(&prev), &export->hf->err);
    hf_buf_clear(&note);
    hf_buf_clear(&prev);
    return status;
}

static enum hf_status check_root(struct export *export)
{
    struct hf_hash root;
    enum hf_status status = hf_tile_writer_finish(&export->tiles, &root);
    if (status == HF_OK && memcmp(root.bytes, export->root.bytes, sizeof root.bytes) != 0)
        status = hf_handle_fail(export->hf, HF_ERR_AUTH,
                                "The entries that the office sent are not those that it signed. No bundle was written. "
                                "Tell the authority.");
    return status;
}

/* The checkpoint is the one that this device verified in the sync just now. */
static enum hf_status take_checkpoint(struct export *export)
{
    struct hf_sync_facts facts;
    enum hf_status status = hf_replica_facts(export->hf->replica, &facts);
    if (status == HF_OK) {
        export->size = facts.checkpoint_size;
        export->root = facts.checkpoint_root;
    }
    return status;
}

/* Every case is about to be read: in the log before the first entry is asked for, and in the bundle itself. */
static void note_reading(struct holdfast *hf, const struct holdfast_options *options)
{
    const struct hf_id every_case = hf_id_zero();
    hf_reads_note_because(hf, &every_case, NULL, HF_READ_AUDIT, options->audit_reason ? options->audit_reason : "");
    hf_reads_sign(hf, true);
}

static enum hf_status run(struct export *export, const char *folder, const struct holdfast_options *options)
{
    enum hf_status status = hf_folder_begin(folder, &export->folder, &export->hf->err);
    if (status == HF_OK && export->contents)
        note_reading(export->hf, options);
    if (status == HF_OK)
        status = hf_sync_new(export->hf, options, &export->sync);
    if (status == HF_OK)
        status = hf_sync_finish(export->sync);
    if (status == HF_OK)
        status = take_checkpoint(export);
    if (status == HF_OK)
        status = write_checkpoints(export);
    if (status == HF_OK)
        status = fetch_witnessed(export);
    if (status == HF_OK)
        status = fetch_all(export);
    if (status == HF_OK)
        status = check_root(export);
    if (status == HF_OK)
        status = hf_folder_finish(&export->folder, &export->hf->err);
    return status;
}

enum holdfast_status holdfast_audit_export(struct holdfast *hf, const char *folder,
                                           const struct holdfast_options *options,
                                           bool (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_OFFICE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct export export = {.hf = hf, .contents = options && options->audit_contents, .progress = progress, .ctx = ctx};
    hf_session_ask_begin(&export.ask, REQUESTS_BEHIND);
    hf_buf_init(&export.bytes, HF_LIMIT_MESSAGE_BYTES);
    hf_tile_writer_begin(&export.tiles, emit_tile, &export);
    if (hf_replica_identity(hf->replica)->role != HF_ROLE_AUDITOR)
        status = hf_handle_fail(hf, HF_ERR_DENIED, "Only an auditor's device may export the log.");
    else if (hf->sync)
        status = hf_handle_fail(hf, HF_ERR_STATE, "A sync is under way. Let it finish first.");
    else
        status = run(&export, folder, options);
    hf_sync_free(export.sync);
    hf_folder_end(&export.folder);
    hf_tile_writer_end(&export.tiles);
    hf_buf_wipe(&export.bytes);
    hf_buf_wipe(&export.opening);
    return hf_handle_leave(hf, status);
}
