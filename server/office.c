#include "server/office.h"

#include "core/model/shard.h"
#include "core/pack/writer.h"
#include "server/admin.h"
#include "server/alerts.h"
#include "server/attach.h"
#include "server/audit.h"
#include "server/batch.h"
#include "server/caseload.h"
#include "server/clocks.h"
#include "server/drafts.h"
#include "server/enrol.h"
#include "server/epoch.h"
#include "server/erase.h"
#include "server/feed.h"
#include "server/guard_new.h"
#include "server/hand_on.h"
#include "server/ingest.h"
#include "server/keys_check.h"
#include "server/policies.h"
#include "server/present.h"
#include "server/restart.h"
#include "server/rotate.h"
#include "server/snapshot.h"
#include "server/urgent.h"
#include "server/witness.h"

#include <stdlib.h>
#include <string.h>

#define SEEN_EVERY_MS (10ull * 60 * 1000)
#define ADMIN_CONTEXT "holdfast admin v1" /* its NUL is part of the context */

/* --- open
 * ------------------------------------------------------------------------------------------------------------------ */

static void fill_certificate(const struct hf_server_keys *keys, struct hf_note_body *out)
{
    *out = (struct hf_note_body){.what = HF_NOTE_SERVER,
                                 .authority_name = hf_slice_str(keys->authority_name),
                                 .serial = keys->serial,
                                 .old_until_ms = keys->old_until_ms,
                                 .shard = hf_slice_of(keys->shard, keys->shard_len)};
    memcpy(out->server_device, keys->device.public_key, sizeof out->server_device);
    memcpy(out->log_key, keys->log.public_key, sizeof out->log_key);
    memcpy(out->channel_key, keys->channel.public_key, sizeof out->channel_key);
    memcpy(out->key_store_key, keys->key_store.public_key, sizeof out->key_store_key);
    memcpy(out->recovery_key, keys->recovery_key, sizeof out->recovery_key);
    memcpy(out->authority_signature, keys->authority_signature, sizeof out->authority_signature);
}

enum hf_status hf_office_certificate(struct hf_office *office)
{
    struct hf_note_body certificate;
    struct hf_shard shard = {0};
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    fill_certificate(keys, &certificate);
    memcpy(office->leaf_log_id, hf_log_names_last(&keys->names)->id, sizeof office->leaf_log_id);
    hf_buf_reset(&office->certificate);
    hf_note_body_encode(&certificate, &office->certificate);
    if (keys->shard_len > 0 && hf_shard_decode(certificate.shard, &shard) != HF_OK)
        return HF_ERR_CORRUPT;
    office->keys_mark = hf_server_keys_mark(&certificate, shard.number);
    return hf_buf_status(&office->certificate);
}

/* The office case's key: minted once; a crash before the first commit finds it again. */
static enum hf_status office_key(struct hf_office *office, struct hf_class_key *out)
{
    enum hf_status status = hf_keystore_current(office->keystore, &office->office_case, out);
    if (status != HF_ERR_NOT_FOUND)
        return status;
    uint8_t id[HF_ID_BYTES];
    hf_random(id, sizeof id);
    *out = (struct hf_class_key){.case_id = office->office_case, .key_id = hf_id_from_bytes(id)};
    hf_random(out->key, sizeof out->key);
    return hf_keystore_put(office->keystore, out);
}

/* Entry 0 is the server's certificate, entry 1 the office case. */
static enum hf_status begin_log(struct hf_office *office)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    struct hf_batch batch;
    struct hf_class_key key;
    struct hf_device_row self = {.state = HF_DEVICE_ACTIVE, .role = HF_ROLE_SERVER};
    memcpy(self.device, keys->device.public_key, sizeof self.device);
    memcpy(self.channel_key, keys->channel.public_key, sizeof self.channel_key);
    hf_batch_begin(&batch, office);
    self.enrolled_ms = self.last_seen_ms = batch.now_ms;
    enum hf_status status = office_key(office, &key);
    if (status == HF_OK)
        status = hf_batch_add_device(&batch, &self);
    if (status == HF_OK)
        status = hf_batch_server_leaf(&batch, HF_LEAF_NOTE, &key, hf_buf_slice(&office->certificate));
    if (status == HF_OK)
        status = hf_epoch_say_in(&batch, &key, "office");
    if (status == HF_OK)
        status = hf_batch_commit(&batch);
    hf_wipe(&key, sizeof key);
    hf_batch_clear(&batch);
    return status;
}

enum hf_status hf_office_open(struct hf_office *office, struct hf_store *store, struct hf_keystore *keystore,
                              struct hf_guard *guard, uint64_t (*wall_ms)(void *ctx), void *clock_ctx,
                              struct hf_error *err)
{
    struct hf_store_head head;
    *office = (struct hf_office){.store = store,
                                 .keystore = keystore,
                                 .guard = guard,
                                 .wall_ms = wall_ms,
                                 .clock_ctx = clock_ctx,
                                 .lease_days = HF_OFFICE_LEASE_DAYS};
    const struct hf_server_keys *keys = hf_keystore_server(keystore);
    hf_log_id(hf_slice_str(keys->origin), office->log_id);
    office->office_case = hf_office_case_id(office->log_id);
    enum hf_status status = hf_office_certificate(office);
    if (status == HF_OK)
        status = hf_guard_get(guard, &office->mark);
    hf_store_head(store, &head);
    if (status == HF_OK && (status = hf_keys_check(office, &office->mark, err)) != HF_OK) {
        hf_office_close(office);
        return status;
    }
    /* A guard that has signed knows better than an empty store: publish then says what is wrong. */
    if (status == HF_OK && head.tree.size == 0 && office->mark.size == 0)
        status = begin_log(office);
    if (status != HF_OK) {
        hf_office_close(office);
        return hf_error_set(err, status, "The office's log could not be opened: %s", hf_status_text(status));
    }
    status = hf_rotate_settle(office, err);
    if (status == HF_OK)
        status = hf_erase_settle(office, err);
    if (status == HF_OK)
        status = hf_office_publish(office, err);
    if (status == HF_OK)
        status = hf_guard_new_settle(office, err);
    if (status != HF_OK)
        hf_office_close(office);
    return status;
}

void hf_office_close(struct hf_office *office)
{
    hf_alerts_forget(office);
    hf_urgent_forget(office);
    hf_policies_forget(office);
    hf_snapshot_forget(office);
    hf_buf_clear(&office->certificate);
    hf_wipe(office->admin_key, sizeof office->admin_key);
    *office = (struct hf_office){0};
}

/* --- who is there
 * ------------------------------------------------------------------------------------------------------------ */

struct hf_id hf_office_admin_id(void)
{
    uint8_t hash[HF_HASH_BYTES];
    hf_sha256_of(ADMIN_CONTEXT, sizeof ADMIN_CONTEXT, hash);
    return hf_id_from_bytes(hash);
}

static enum hf_status device_peer(struct hf_office *office, struct hf_peer *peer, uint8_t psk[HF_KEY_BYTES])
{
    static const enum hf_mode modes[] = {[HF_DEVICE_PENDING] = HF_MODE_PENDING,
                                         [HF_DEVICE_ACTIVE] = HF_MODE_NORMAL,
                                         [HF_DEVICE_REVOKED] = HF_MODE_HAND_IN};
    struct hf_device_row row;
    enum hf_status status = office->store->ops->device(office->store, NULL, peer->channel_key, &row);
    if (status == HF_OK && (row.role == HF_ROLE_SERVER || row.state > HF_DEVICE_REVOKED))
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK) {
        peer->kind = HF_PEER_DEVICE;
        peer->mode = modes[row.state];
        peer->person = row.person;
        peer->role = row.role;
        memcpy(peer->device, row.device, sizeof peer->device);
        memcpy(psk, row.psk, HF_KEY_BYTES);
    }
    hf_wipe(&row, sizeof row);
    return status;
}

static enum hf_status invited_peer(struct hf_office *office, const struct hf_id *enrolment_id, struct hf_peer *peer,
                                   uint8_t psk[HF_KEY_BYTES])
{
    struct hf_invitation_row row;
    enum hf_status status = office->store->ops->invitation(office->store, enrolment_id, &row);
    if (status == HF_OK && office->wall_ms(office->clock_ctx) > row.expiry_ms + HF_LIMIT_INVITATION_KEPT_MS)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK) {
        peer->kind = HF_PEER_INVITED;
        peer->invitation = *enrolment_id;
        memcpy(psk, row.token, HF_KEY_BYTES);
    }
    hf_wipe(&row, sizeof row);
    return status;
}

enum hf_status hf_office_peer(struct hf_office *office, const uint8_t channel_key[HF_DH_BYTES],
                              const struct hf_id *enrolment_id, struct hf_peer *out_peer, uint8_t out_psk[HF_KEY_BYTES])
{
    struct hf_peer peer = {0};
    struct hf_id admin = hf_office_admin_id();
    enum hf_status status;
    memcpy(peer.channel_key, channel_key, sizeof peer.channel_key);
    if (hf_id_is_zero(enrolment_id)) {
        status = device_peer(office, &peer, out_psk);
    } else if (hf_id_equal(enrolment_id, &admin)) {
        status = office->has_admin_key ? HF_OK : HF_ERR_NOT_FOUND;
        peer.kind = HF_PEER_ADMIN;
        memcpy(out_psk, office->admin_key, HF_KEY_BYTES);
    } else {
        status = invited_peer(office, enrolment_id, &peer, out_psk);
    }
    if (status == HF_OK)
        *out_peer = peer;
    return status;
}

/* --- answers
 * ----------------------------------------------------------------------------------------------------------------- */

static void drop_command(struct hf_reply *reply);

void hf_reply_clear(struct hf_reply *reply)
{
    drop_command(reply);
    if (reply->arrays)
        hf_wipe(reply->arrays, reply->arrays_len);
    free(reply->arrays);
    hf_buf_wipe(&reply->bytes);
    *reply = (struct hf_reply){0};
}

enum hf_status hf_reply_error(struct hf_reply *reply, enum hf_status status, const char *text)
{
    hf_buf_reset(&reply->bytes);
    hf_buf_append_str(&reply->bytes, text);
    reply->message.type = HF_MSG_ERROR;
    reply->message.as.error.status = status;
    struct hf_slice whole = hf_buf_slice(&reply->bytes);
    size_t len = whole.len < HF_LIMIT_ERROR_TEXT_BYTES ? whole.len : HF_LIMIT_ERROR_TEXT_BYTES;
    while (len > 0 && len < whole.len && (whole.data[len] & 0xC0u) == 0x80u)
        len--; /* at the start of a character */
    reply->message.as.error.text = hf_slice_of(whole.data, len);
    return hf_buf_status(&reply->bytes);
}

/* It has changes that are not in the log, as far as the numbers of its chain tell. */
static bool has_more(const struct hf_device_row *row, const struct hf_message *hello)
{
    return hello->as.hello.incarnation != row->incarnation || hello->as.hello.next_seq > row->next_seq;
}

static enum hf_status answer_hello(struct hf_office *office, const struct hf_peer *peer,
                                   const struct hf_message *request, struct hf_reply *reply)
{
    struct hf_device_row row;
    struct hf_store_head head;
    enum hf_status status = office->store->ops->device(office->store, peer->device, NULL, &row);
    if (status != HF_OK)
        return status;
    hf_present_note(office, peer->device, SEEN_EVERY_MS); /* worth a write now and then, and never worth refusing it */
    hf_store_head(office->store, &head); /* before the note: an office that was put back must not look longer by it */
    reply->message.type = HF_MSG_WELCOME;
    reply->message.as.welcome.version = HF_PROTOCOL_VERSION;
    reply->message.as.welcome.server_ms = office->wall_ms(office->clock_ctx);
    reply->message.as.welcome.mode = peer->mode;
    reply->message.as.welcome.next_seq = row.next_seq;
    memcpy(reply->message.as.welcome.head, row.head, sizeof reply->message.as.welcome.head);
    reply->message.as.welcome.log_size = head.tree.size;
    if (request->as.hello.known != office->keys_mark)
        reply->message.as.welcome.certificate = hf_buf_slice(&office->certificate);
    if (peer->mode == HF_MODE_NORMAL)
        status = hf_drafts_any(office, peer, &reply->message.as.welcome.drafts);
    reply->message.as.welcome.incarnation = row.incarnation;
    reply->message.as.welcome.lease_days = office->lease_days;
    reply->message.as.welcome.attach_mark = office->attach_mark;
    if (status == HF_OK)
        hf_clocks_hello(office, &row, request->as.hello.clock_ms, has_more(&row, request));
    hf_wipe(&row, sizeof row);
    return status;
}

static enum hf_status answer_push(struct hf_office *office, const struct hf_peer *peer,
                                  const struct hf_message *request, struct hf_reply *reply)
{
    struct hf_error err = {0};
    size_t count = request->as.push.count;
    struct hf_msg_pushed *results = calloc(count + 1, sizeof *results);
    if (!results)
        return HF_ERR_NOMEM;
    reply->arrays = results;
    reply->arrays_len = (count + 1) * sizeof *results;
    hf_clocks_push(office, peer->device);
    enum hf_status status = hf_ingest_push(office, peer, request->as.push.items, count, results, &err);
    if (status != HF_OK && err.text[0])
        return hf_reply_error(reply, status, err.text);
    if (status != HF_OK)
        return status;
    if (!office->group.open)
        office->group.failed = false;
    reply->message.type = HF_MSG_PUSHED;
    reply->message.as.pushed.results = results;
    reply->message.as.pushed.count = count;
    return HF_OK;
}

static enum hf_status answer_enrol(struct hf_office *office, const struct hf_peer *peer,
                                   const struct hf_message *request, struct hf_reply *reply)
{
    struct hf_error err = {0};
    struct hf_device_row row;
    enum hf_status status =
        hf_enrol_device(office, peer, request->as.enrol.device, request->as.enrol.signature, &row, &err);
    if (status != HF_OK && err.text[0])
        return hf_reply_error(reply, status, err.text);
    if (status != HF_OK)
        return status;
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    hf_enrol_person_name(office, &row.person, &reply->bytes);
    reply->message.type = HF_MSG_ENROLLED;
    reply->message.as.enrolled.pending = row.state == HF_DEVICE_PENDING;
    reply->message.as.enrolled.person = row.person;
    reply->message.as.enrolled.role = row.role;
    reply->message.as.enrolled.person_name = hf_buf_slice(&reply->bytes);
    reply->message.as.enrolled.incarnation = row.incarnation;
    memcpy(reply->message.as.enrolled.authority_key, keys->authority_key, sizeof keys->authority_key);
    reply->message.as.enrolled.certificate = hf_buf_slice(&office->certificate);
    hf_wipe(&row, sizeof row);
    return HF_OK;
}

static enum hf_status admin_done(const struct hf_admin_result *result, struct hf_reply *reply)
{
    if (result->output.len + result->errors.len > HF_LIMIT_ADMIN_OUTPUT_BYTES)
        return hf_reply_error(
            reply, HF_ERR_LIMIT,
            "The answer is too long for a running server to give. Stop the server and run the command "
            "again: then it reads the folder itself.");
    const size_t output_len = result->output.len;
    hf_buf_append_slice(&reply->bytes, hf_buf_slice(&result->output));
    hf_buf_append_slice(&reply->bytes, hf_buf_slice(&result->errors));
    reply->message.type = HF_MSG_ADMIN_DONE;
    reply->message.as.admin_done.exit_code = result->exit_code;
    reply->message.as.admin_done.output = hf_slice_of(reply->bytes.data, output_len);
    reply->message.as.admin_done.errors = hf_slice_of(reply->bytes.data + output_len, reply->bytes.len - output_len);
    return hf_buf_status(&reply->bytes);
}

static void drop_command(struct hf_reply *reply)
{
    if (reply->more)
        hf_admin_result_clear(reply->more);
    free(reply->more);
    reply->more = NULL;
}

static enum hf_status answer_admin(struct hf_office *office, const struct hf_peer *peer,
                                   const struct hf_message *request, struct hf_reply *reply)
{
    const struct hf_slice *args = request->as.admin.args;
    const size_t count = request->as.admin.count;
    reply->more = calloc(1, sizeof *reply->more);
    if (!reply->more)
        return HF_ERR_NOMEM;
    enum hf_status status = peer->kind == HF_PEER_ADMIN ? hf_admin_run(office, args, count, reply->more)
                                                        : hf_admin_run_for(office, peer, args, count, reply->more);
    if (status == HF_OK && reply->more->more)
        return HF_OK;
    if (status == HF_OK)
        status = admin_done(reply->more, reply);
    drop_command(reply);
    return status;
}

enum hf_status hf_office_go_on(struct hf_office *office, struct hf_reply *reply)
{
    hf_group_end(office);
    enum hf_status status = office->is_erasing ? hf_erase_settle(office, NULL) : HF_OK;
    if (status == HF_OK)
        status = hf_admin_go_on(office, reply->more);
    if (status == HF_OK && reply->more->more)
        return HF_OK;
    if (status == HF_OK)
        status = admin_done(reply->more, reply);
    drop_command(reply);
    return status;
}

enum hf_status hf_office_answer(struct hf_office *office, const struct hf_peer *peer, const struct hf_message *request,
                                struct hf_reply *reply)
{
    *reply = (struct hf_reply){.message = {.request = request->request}};
    if (request->type != HF_MSG_PUSH)
        hf_group_end(office);
    enum hf_status status = office->is_erasing ? hf_erase_settle(office, NULL) : HF_OK;
    if (status != HF_OK)
        return status;
    status = HF_ERR_PROTOCOL;
    if (request->type == HF_MSG_HELLO)
        status = answer_hello(office, peer, request, reply);
    else if (request->type == HF_MSG_PUSH)
        status = answer_push(office, peer, request, reply);
    else if (request->type == HF_MSG_HAND_ON)
        status = hf_hand_on_answer(office, peer, request, reply);
    else if (request->type == HF_MSG_DRAFTS)
        status = hf_drafts_answer(office, peer, request, reply);
    else if (request->type == HF_MSG_ATTACH_PUT)
        status = hf_attach_answer_put(office, peer, request, reply);
    else if (request->type == HF_MSG_ATTACH_GET)
        status = hf_attach_answer_get(office, peer, request, reply);
    else if (request->type == HF_MSG_PULL)
        status = hf_feed_answer(office, peer, request, reply);
    else if (request->type == HF_MSG_SNAPSHOT)
        status = hf_snapshot_answer(office, peer, request, reply);
    else if (request->type == HF_MSG_HEAD)
        status = hf_audit_head(office, request, reply);
    else if (request->type == HF_MSG_ENROL)
        status = answer_enrol(office, peer, request, reply);
    else if (request->type == HF_MSG_ENTRIES)
        status = hf_audit_entries(office, peer, request, reply);
    else if (request->type == HF_MSG_WITNESSED)
        status = hf_witness_answer(office, reply);
    else if (request->type == HF_MSG_PURGED)
        status = hf_caseload_purged(office, peer, request, reply);
    else if (request->type == HF_MSG_RESTART)
        status = hf_restart_answer(office, peer, request, reply);
    else if (request->type == HF_MSG_ADMIN)
        status = answer_admin(office, peer, request, reply);
    if (status != HF_OK)
        hf_reply_clear(reply);
    return status;
}
