#include "tests/client/support_office.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PERSON_NAME "Ada Invented"

static uint64_t wall_ms(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void make_certificate(const struct office *office, const struct hf_sign_key *authority, struct hf_buf *out)
{
    const struct server *server = office->server;
    struct hf_note_body note = {.what = HF_NOTE_SERVER, .authority_name = hf_slice_str("Invented Council")};
    memcpy(note.server_device, server->signer.key.public_key, sizeof note.server_device);
    memcpy(note.log_key, server->log_key.public_key, sizeof note.log_key);
    memcpy(note.channel_key, server->channel.public_key, sizeof note.channel_key);
    memcpy(note.key_store_key, server->key_store.public_key, sizeof note.key_store_key);
    memcpy(note.recovery_key, office->recovery.public_key, sizeof note.recovery_key);
    hf_server_certify(authority, server->log_id, &note);
    hf_note_body_encode(&note, out);
    assert_int_equal(hf_buf_status(out), HF_OK);
}

/* Somebody else who signs certificates. */
static void make_forged(const struct office *office, struct hf_buf *out)
{
    uint8_t seed[HF_SIGN_SEED_BYTES] = {7};
    struct hf_sign_key other;
    hf_sign_key_from_seed(seed, &other);
    make_certificate(office, &other, out);
}

struct office *office_new(void)
{
    static const uint8_t recovery_seed[HF_DH_BYTES] = {9};
    struct office *office = calloc(1, sizeof *office);
    assert_non_null(office);
    assert_int_equal(pthread_mutex_init(&office->lock, NULL), 0);
    office->server = server_new();
    office->server->now_ms = wall_ms();
    office->listener = -1;
    (void)snprintf(office->address, sizeof office->address, "tcp://127.0.0.1:1");
    hf_dh_key_from_seed(recovery_seed, &office->recovery);
    make_certificate(office, &office->server->authority, &office->certificate);
    (void)server_write(office->server, HF_LEAF_NOTE, hf_buf_slice(&office->certificate));
    return office;
}

void office_free(struct office *office)
{
    office_stop(office);
    hf_buf_clear(&office->certificate);
    hf_draft_list_clear(&office->drafts);
    server_free(office->server);
    (void)pthread_mutex_destroy(&office->lock);
    free(office);
}

const char *office_invite(struct office *office, enum hf_role role)
{
    static char line[HF_LIMIT_INVITATION_TEXT_BYTES + 1];
    struct hf_buf text = {0};
    struct hf_invitation *invitation = &office->invitation;
    (void)pthread_mutex_lock(&office->lock);
    *invitation = (struct hf_invitation){.expiry_ms = wall_ms() + HF_LIMIT_INVITATION_MS};
    hf_random(invitation->id.bytes, sizeof invitation->id.bytes);
    hf_random(invitation->token, sizeof invitation->token);
    memcpy(invitation->server_key, office->server->channel.public_key, sizeof invitation->server_key);
    hf_sha256_of(office->server->authority.public_key, HF_SIGN_PUBLIC_BYTES, invitation->authority_hash);
    (void)snprintf(invitation->address, sizeof invitation->address, "%s", office->address);
    (void)snprintf(invitation->origin, sizeof invitation->origin, "%s", office->server->origin);
    office->invited_role = role;
    office->used = false;
    hf_invitation_format(invitation, &text);
    (void)pthread_mutex_unlock(&office->lock);
    hf_buf_append_u8(&text, 0);
    assert_int_equal(hf_buf_status(&text), HF_OK);
    memcpy(line, text.data, text.len);
    hf_buf_clear(&text);
    return line;
}

void office_add_device(struct office *office, const struct hf_identity *identity)
{
    assert_true(office->device_count < OFFICE_DEVICES_MAX);
    struct office_device *device = &office->devices[office->device_count++];
    *device = (struct office_device){.identity = *identity};
    memcpy(device->psk, identity->psk, sizeof device->psk);
    (void)server_person(office->server, &identity->person, identity->person_name);
    (void)server_enrol(office->server, identity);
}

struct office_device *office_device_of(struct office *office, const uint8_t key[HF_SIGN_PUBLIC_BYTES])
{
    for (size_t i = 0; i < office->device_count; i++) {
        if (memcmp(office->devices[i].identity.sign.public_key, key, HF_SIGN_PUBLIC_BYTES) == 0)
            return &office->devices[i];
    }
    return NULL;
}

struct hf_peer office_peer_of(const struct office_device *device)
{
    struct hf_peer peer = {.kind = HF_PEER_DEVICE,
                           .mode = device->revoked   ? HF_MODE_HAND_IN
                                   : device->pending ? HF_MODE_PENDING
                                                     : HF_MODE_NORMAL,
                           .person = device->identity.person,
                           .role = device->identity.role};
    memcpy(peer.device, device->identity.sign.public_key, sizeof peer.device);
    memcpy(peer.channel_key, device->identity.channel.public_key, sizeof peer.channel_key);
    return peer;
}

/* --- one conversation --- */

struct office_peer {
    struct office *office;
    struct hf_peer peer;
    struct hf_session_server *session;
    struct hf_item items[HF_LIMIT_FEED_ITEMS];
    struct hf_msg_pushed results[HF_LIMIT_PUSH_ITEMS];
    struct hf_msg_range ranges[HF_LIMIT_HEAD_RANGES];
    struct hf_msg_entry entries[HF_LIMIT_ENTRIES];
    uint8_t r[HF_LIMIT_ENTRIES][HF_OPENING_BYTES];
    uint8_t leaf[HF_LEAF_BYTES];
    struct hf_buf note;
    struct hf_buf payloads;
    int taken;
    bool drop;
};

static struct hf_message error_reply(enum hf_status status, const char *text)
{
    struct hf_message reply = {.type = HF_MSG_ERROR};
    reply.as.error.status = status;
    reply.as.error.text = hf_slice_str(text);
    return reply;
}

/* The office's view of a device's chain. */
static void find_head(const struct office_peer *peer, uint64_t *out_next, uint8_t out_head[HF_HASH_BYTES])
{
    const struct server *server = peer->office->server;
    *out_next = 0;
    memset(out_head, 0, HF_HASH_BYTES);
    for (size_t i = 0; i < server->size; i++) {
        struct hf_leaf leaf;
        assert_int_equal(hf_leaf_decode(hf_slice_of(server->entries[i].leaf, HF_LEAF_BYTES), &leaf), HF_OK);
        if (memcmp(leaf.device, peer->peer.device, sizeof leaf.device) != 0)
            continue;
        *out_next = leaf.seq + 1;
        hf_leaf_hash(server->entries[i].leaf, out_head);
    }
}

static struct hf_message welcome(struct office_peer *peer)
{
    struct office *office = peer->office;
    struct hf_message reply = {.type = HF_MSG_WELCOME};
    reply.as.welcome.server_ms = wall_ms() + office->faults.server_ahead_ms;
    reply.as.welcome.log_size = office->server->size;
    reply.as.welcome.drafts = true; /* it does not look */
    if (!office->faults.certificate_left_out)
        reply.as.welcome.certificate = hf_buf_slice(&office->certificate);
    reply.as.welcome.lease_days = office->faults.lease_days ? office->faults.lease_days : 14;
    if (office->faults.certificate_gone) {
        hf_buf_reset(&peer->note);
        make_forged(office, &peer->note);
        reply.as.welcome.certificate = hf_buf_slice(&peer->note);
    }
    uint8_t head[HF_HASH_BYTES] = {0};
    find_head(peer, &reply.as.welcome.next_seq, head);
    memcpy(reply.as.welcome.head, head, sizeof reply.as.welcome.head);
    return reply;
}

static struct hf_message push(struct office_peer *peer, const struct hf_message *request)
{
    struct hf_message reply = {.type = HF_MSG_PUSHED};
    if (peer->office->faults.refuse_push != HF_OK)
        return error_reply(peer->office->faults.refuse_push, "Your work is saved here and will be sent later.");
    reply.as.pushed.results = peer->results;
    reply.as.pushed.count = request->as.push.count;
    for (size_t i = 0; i < request->as.push.count; i++) {
        const struct hf_pushed pushed =
            server_take_from(peer->office->server, peer->peer.device, &request->as.push.items[i]);
        peer->results[i] = (struct hf_msg_pushed){.seq = pushed.seq, .index = pushed.index, .hold = pushed.hold};
    }
    return reply;
}

static struct hf_message pull(struct office_peer *peer, const struct hf_message *request)
{
    struct server *server = peer->office->server;
    struct hf_message reply = {.type = HF_MSG_FEED};
    const uint64_t until = request->as.pull.one_case ? request->as.pull.until : server->size;
    uint64_t at = request->as.pull.cursor;
    size_t count = 0;
    const size_t most = 3 + server->size / 8; /* few at a time, so that tests see several deliveries */
    for (; at < until && count < most && count < HF_LIMIT_FEED_ITEMS; at++) {
        const struct hf_item item = server_item(server, at);
        if (!request->as.pull.one_case || hf_id_equal(&item.case_id, &request->as.pull.case_id))
            peer->items[count++] = item;
    }
    reply.as.feed.keys = server->keys;
    reply.as.feed.key_count = server->key_count;
    reply.as.feed.items = peer->items;
    reply.as.feed.item_count = count;
    reply.as.feed.next_cursor = at;
    reply.as.feed.more = at < until;
    return reply;
}

static struct hf_message head(struct office_peer *peer, const struct hf_message *request)
{
    struct server *server = peer->office->server;
    const uint64_t old_size = request->as.head.old_size;
    struct hf_message reply = {.type = HF_MSG_HEAD_IS};
    hf_buf_reset(&peer->note);
    server_checkpoint(server, &peer->note);
    reply.as.head_is.note = hf_buf_slice(&peer->note);
    if (old_size > 0 && old_size < server->size)
        assert_int_equal(hf_tree_prove_consistency(old_size, server->size, hf_node_store_get, &server->nodes,
                                                   &reply.as.head_is.consistency),
                         HF_OK);
    reply.as.head_is.ranges = peer->ranges;
    reply.as.head_is.range_count = request->as.head.range_count;
    for (size_t i = 0; i < request->as.head.range_count; i++) {
        peer->ranges[i] = request->as.head.ranges[i];
        assert_int_equal(hf_tree_prove_range(peer->ranges[i].first, peer->ranges[i].count, server->size,
                                             hf_node_store_get, &server->nodes, &peer->ranges[i].proof),
                         HF_OK);
    }
    return reply;
}

static const struct hf_class_key *key_of(const struct server *server, const struct hf_id *key_id)
{
    for (size_t i = 0; i < server->key_count; i++) {
        if (hf_id_equal(&server->keys[i].key_id, key_id))
            return &server->keys[i];
    }
    return NULL;
}

static void fill_entry(struct office_peer *peer, uint64_t index, size_t at, size_t payload_at[HF_LIMIT_ENTRIES + 1])
{
    struct server *server = peer->office->server;
    const struct server_entry *entry = &server->entries[index];
    const struct hf_class_key *key = key_of(server, &entry->key_id);
    struct hf_leaf leaf;
    assert_non_null(key);
    assert_int_equal(hf_leaf_decode(hf_slice_of(entry->leaf, HF_LEAF_BYTES), &leaf), HF_OK);
    payload_at[at] = peer->payloads.len;
    assert_int_equal(hf_payload_check_opened(key, hf_buf_slice(&entry->body), &leaf, &peer->payloads), HF_OK);
    payload_at[at + 1] = peer->payloads.len;
    peer->entries[at] = (struct hf_msg_entry){.leaf = hf_slice_of(entry->leaf, HF_LEAF_BYTES)};
    if (leaf.kind == HF_LEAF_ENROL || leaf.kind == HF_LEAF_NOTE) {
        hf_payload_opening(key, hf_buf_slice(&entry->body), &leaf, peer->r[at]);
        peer->entries[at].r = peer->r[at];
        peer->entries[at].body = hf_buf_slice(&entry->body);
    }
}

static void spoil_entries(struct office_peer *peer, struct hf_message *reply)
{
    const struct office_faults *faults = &peer->office->faults;
    if (faults->other_entries) {
        memcpy(peer->leaf, peer->entries[0].leaf.data, sizeof peer->leaf);
        peer->leaf[HF_LEAF_BYTES - 1] ^= 1; /* the signature: form and payload still fit */
        reply->as.entries_are.entries[0].leaf = hf_slice_of(peer->leaf, sizeof peer->leaf);
    }
    if (faults->other_payload)
        peer->payloads.data[40] ^= 1;
    if (faults->other_opening)
        peer->r[0][0] ^= 1;
}

static struct hf_message entries(struct office_peer *peer, const struct hf_message *request)
{
    struct server *server = peer->office->server;
    size_t payload_at[HF_LIMIT_ENTRIES + 1];
    struct hf_message reply = {.type = HF_MSG_ENTRIES_ARE};
    size_t count = 0;
    hf_buf_reset(&peer->payloads);
    for (uint64_t i = request->as.entries.from; i < server->size && count < 5 && count < request->as.entries.count; i++)
        fill_entry(peer, i, count++, payload_at);
    for (size_t i = 0; i < count; i++)
        peer->entries[i].payload = hf_slice_of(peer->payloads.data + payload_at[i], payload_at[i + 1] - payload_at[i]);
    reply.as.entries_are.size = server->size;
    reply.as.entries_are.entries = peer->entries;
    reply.as.entries_are.count = count;
    spoil_entries(peer, &reply);
    return reply;
}

/* --- enrolment --- */

static struct office_device *enrol_device(struct office_peer *peer, const struct hf_message *request)
{
    struct office *office = peer->office;
    struct office_device *device = office_device_of(office, request->as.enrol.device);
    if (!device) {
        struct hf_identity identity = {.role = office->invited_role};
        memcpy(identity.sign.public_key, request->as.enrol.device, HF_SIGN_PUBLIC_BYTES);
        memcpy(identity.channel.public_key, peer->peer.channel_key, HF_DH_BYTES);
        hf_random(identity.person.bytes, sizeof identity.person.bytes);
        (void)snprintf(identity.person_name, sizeof identity.person_name, PERSON_NAME);
        office_add_device(office, &identity);
        device = office_device_of(office, request->as.enrol.device);
        device->pending = office->faults.pending;
    }
    memcpy(device->handshake_hash, peer->peer.handshake_hash, sizeof device->handshake_hash);
    hf_invitation_device_psk(office->invitation.token, peer->peer.handshake_hash, device->psk);
    office->used = true;
    memcpy(office->used_by, request->as.enrol.device, sizeof office->used_by);
    return device;
}

static struct hf_message enrol(struct office_peer *peer, const struct hf_message *request)
{
    struct office *office = peer->office;
    struct hf_message reply = {.type = HF_MSG_ENROLLED};
    if (!hf_invitation_signature_fits(request->as.enrol.device, peer->peer.handshake_hash, request->as.enrol.signature))
        return error_reply(HF_ERR_AUTH, "The signature does not fit.");
    if (office->faults.refuse != HF_OK)
        return error_reply(office->faults.refuse, "This invitation is not good any more.");
    if (office->used && memcmp(office->used_by, request->as.enrol.device, sizeof office->used_by) != 0)
        return error_reply(HF_ERR_USED, "This invitation has been used.");

    struct office_device *device = enrol_device(peer, request);
    peer->drop = office->faults.drop_enrolled;
    reply.as.enrolled.pending = device->pending;
    reply.as.enrolled.person = device->identity.person;
    reply.as.enrolled.role = device->identity.role;
    reply.as.enrolled.person_name = hf_slice_str(device->identity.person_name);
    memcpy(reply.as.enrolled.authority_key, office->server->authority.public_key, HF_SIGN_PUBLIC_BYTES);
    if (office->faults.other_authority)
        reply.as.enrolled.authority_key[0] ^= 1;
    reply.as.enrolled.certificate = hf_buf_slice(&office->certificate);
    if (office->faults.other_certificate) {
        hf_buf_reset(&peer->note);
        make_forged(office, &peer->note);
        reply.as.enrolled.certificate = hf_buf_slice(&peer->note);
    }
    return reply;
}

struct giving {
    struct office_peer *peer;
    const struct hf_msg_drafts *asked;
    struct hf_msg_drafts *said;
    bool there[HF_LIMIT_DRAFTS_HELD];
};

static bool give_draft(void *ctx, const struct hf_kept_draft *row)
{
    struct giving *giving = ctx;
    const struct hf_draft_item *item = &row->item;
    if (memcmp(item->device, giving->peer->peer.device, sizeof item->device) == 0) {
        if (row->ended)
            giving->said->ended[giving->said->ended_count++] =
                (struct hf_draft_ref){.record_id = item->record_id, .version = item->version};
        return true;
    }
    for (size_t i = 0; i < giving->asked->held_count; i++) {
        const struct hf_draft_ref *held = &giving->asked->held[i];
        if (row->ended || !hf_id_equal(&held->record_id, &item->record_id) ||
            memcmp(held->device, item->device, sizeof held->device) != 0)
            continue;
        giving->there[i] = true;
        if (held->version == item->version)
            return true;
    }
    if (!row->ended)
        giving->said->items[giving->said->item_count++] = *item;
    return true;
}

/* As the office does it, without its limits. */
static struct hf_message drafts(struct office_peer *peer, const struct hf_message *request)
{
    static struct hf_draft_item items[HF_LIMIT_DRAFTS];
    static struct hf_draft_ref ended[HF_LIMIT_DRAFTS];
    static enum hf_draft_result results[HF_LIMIT_DRAFTS];
    static uint32_t gone[HF_LIMIT_DRAFTS_HELD];
    struct hf_draft_list *list = &peer->office->drafts;
    struct hf_message reply = {.type = HF_MSG_DRAFTS_ARE};
    struct giving giving = {.peer = peer, .asked = &request->as.drafts, .said = &reply.as.drafts};
    reply.as.drafts = (struct hf_msg_drafts){.items = items, .ended = ended, .results = results, .gone = gone};
    for (size_t i = 0; i < giving.asked->ended_count; i++)
        hf_draft_list_end(list, &giving.asked->ended[i],
                          memcmp(giving.asked->ended[i].device, peer->peer.device, HF_SIGN_PUBLIC_BYTES) == 0);
    for (size_t i = 0; i < giving.asked->item_count; i++) {
        struct hf_draft_item item = giving.asked->items[i];
        memcpy(item.device, peer->peer.device, sizeof item.device);
        item.person = peer->peer.person;
        assert_int_equal(hf_draft_list_put(list, &item), HF_OK);
        results[reply.as.drafts.result_count++] = HF_DRAFT_KEPT;
    }
    if (peer->peer.mode == HF_MODE_NORMAL) {
        hf_draft_list_each(list, &peer->peer.person, give_draft, &giving);
        for (size_t i = 0; i < giving.asked->held_count; i++)
            if (!giving.there[i])
                gone[reply.as.drafts.gone_count++] = (uint32_t)i;
    }
    return reply;
}

static struct hf_message answer(struct office_peer *peer, const struct hf_message *request)
{
    switch (request->type) {
    case HF_MSG_DRAFTS:
        return drafts(peer, request);
    case HF_MSG_HELLO:
        return welcome(peer);
    case HF_MSG_PUSH:
        return push(peer, request);
    case HF_MSG_PULL:
        return pull(peer, request);
    case HF_MSG_HEAD:
        return head(peer, request);
    case HF_MSG_ENTRIES:
        return entries(peer, request);
    case HF_MSG_ENROL:
        return enrol(peer, request);
    case HF_MSG_WITNESSED: /* no witness signed for this office */
        return (struct hf_message){.type = HF_MSG_WITNESSED_IS};
    default:
        return error_reply(HF_ERR_UNSUPPORTED, "This office does not do that.");
    }
}

/* --- the session between --- */

struct office_peer *office_peer_new(struct office *office, const struct hf_peer *who)
{
    struct hf_server_update update;
    struct office_peer *peer = calloc(1, sizeof *peer);
    assert_non_null(peer);
    peer->office = office;
    peer->peer = *who;
    assert_int_equal(hf_session_server_new(0, &peer->session), HF_OK);
    const struct hf_server_event event = {.type = HF_SE_OPEN, .peer = who};
    hf_session_server_step(peer->session, &event, &update);
    return peer;
}

void office_peer_free(struct office_peer *peer)
{
    hf_session_server_free(peer->session);
    hf_buf_clear(&peer->note);
    hf_buf_clear(&peer->payloads);
    free(peer);
}

/* Sends what an update says; *out_request is a copy of a request in it. False: close. */
static bool follow(const struct hf_server_update *update, office_send_fn *send, void *ctx,
                   const struct hf_message **out_request)
{
    bool open = true;
    for (size_t i = 0; i < update->count; i++) {
        const struct hf_server_action *action = &update->actions[i];
        if (action->type == HF_SA_SEND)
            send(ctx, action->bytes);
        else if (action->type == HF_SA_REQUEST)
            *out_request = action->request;
        else
            open = false;
    }
    return open;
}

bool office_peer_take(struct office_peer *peer, struct hf_slice message, office_send_fn *send, void *ctx)
{
    struct hf_server_update update;
    const struct hf_message *request = NULL;
    struct hf_server_event event = {.type = HF_SE_MESSAGE, .bytes = message};
    struct office *office = peer->office;
    office->messages++;
    if (office->faults.silent)
        return true;
    if (office->faults.cut_after > 0 && ++peer->taken >= office->faults.cut_after)
        return false;
    hf_session_server_step(peer->session, &event, &update);
    if (!follow(&update, send, ctx, &request))
        return false;
    if (!request)
        return true;
    struct hf_message reply = answer(peer, request);
    reply.request = request->request;
    if (peer->drop)
        return false;
    event = (struct hf_server_event){.type = HF_SE_REPLY, .reply = &reply};
    hf_session_server_step(peer->session, &event, &update);
    return follow(&update, send, ctx, &request);
}
