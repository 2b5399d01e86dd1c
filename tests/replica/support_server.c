#include "tests/replica/support_server.h"

#include "core/model/body_caseload.h"

#include "core/model/body_read.h"
#include "core/pack/writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void key_from_text(const char *text, uint8_t out[HF_KEY_BYTES])
{
    hf_sha256_of(text, strlen(text), out);
}

static void add_key(struct server *server, const struct hf_class_key *key)
{
    for (size_t i = 0; i < server->key_count; i++)
        if (hf_id_equal(&server->keys[i].key_id, &key->key_id))
            return; /* what brings it was pushed again */
    assert_true(server->key_count < SERVER_KEYS_MAX);
    server->keys[server->key_count++] = *key;
}

struct server *server_new(void)
{
    uint8_t seed[HF_KEY_BYTES];
    struct server *server = calloc(1, sizeof *server);
    assert_non_null(server);
    assert_int_equal(hf_crypto_init(false), HF_OK);
    (void)snprintf(server->origin, sizeof server->origin, "%s", "log.invented-council.example/2026");
    hf_log_id(hf_slice_str(server->origin), server->log_id);
    server->office_case = hf_office_case_id(server->log_id);
    key_from_text("authority", seed);
    hf_sign_key_from_seed(seed, &server->authority);
    key_from_text("log", seed);
    hf_sign_key_from_seed(seed, &server->log_key);
    key_from_text("server device", seed);
    hf_sign_key_from_seed(seed, &server->signer.key);
    key_from_text("channel", seed);
    hf_dh_key_from_seed(seed, &server->channel);
    key_from_text("key store", seed);
    hf_dh_key_from_seed(seed, &server->key_store);
    server->now_ms = 1795600000000ull;

    struct hf_class_key office = {.case_id = server->office_case};
    key_from_text("office class key", office.key);
    memcpy(office.key_id.bytes, seed, sizeof office.key_id.bytes);
    add_key(server, &office);
    return server;
}

void server_free(struct server *server)
{
    for (size_t i = 0; i < server->size; i++)
        hf_buf_clear(&server->entries[i].body);
    hf_node_store_clear(&server->nodes);
    free(server);
}

void signer_leaf(struct signer *signer, const struct server *server, enum hf_leaf_kind kind,
                 const struct hf_class_key *key, struct hf_slice body, uint8_t out[HF_LEAF_BYTES])
{
    signer->clock = hf_clock_tick(signer->clock, server->now_ms);
    struct hf_leaf leaf = {
        .kind = kind, .clock = signer->clock, .incarnation = signer->incarnation, .seq = signer->seq++};
    memcpy(leaf.log_id, server->log_id, sizeof leaf.log_id);
    memcpy(leaf.device, signer->key.public_key, sizeof leaf.device);
    memcpy(leaf.prev, signer->head, sizeof leaf.prev);
    hf_sha256_of(NULL, 0, leaf.seen_root);
    assert_int_equal(hf_payload_seal(key, body, &leaf, NULL), HF_OK);
    hf_leaf_sign(&leaf, &signer->key);
    hf_leaf_encode(&leaf, out);
    hf_leaf_hash(out, signer->head);
}

uint64_t server_log(struct server *server, const struct hf_item *item)
{
    struct hf_hash hash;
    assert_true(server->size < SERVER_ENTRIES_MAX);
    assert_int_equal(item->leaf.len, HF_LEAF_BYTES);
    struct server_entry *entry = &server->entries[server->size];
    memcpy(entry->leaf, item->leaf.data, sizeof entry->leaf);
    entry->change_id = hf_leaf_change_id(entry->leaf);
    entry->case_id = item->case_id;
    entry->key_id = item->key_id;
    entry->hold = item->hold;
    hf_buf_append_slice(&entry->body, item->body);
    hf_tree_leaf_hash(item->leaf, &hash);
    assert_int_equal(hf_node_store_append(&server->nodes, &hash), HF_OK);
    return server->size++;
}

uint64_t server_write(struct server *server, enum hf_leaf_kind kind, struct hf_slice body)
{
    uint8_t leaf[HF_LEAF_BYTES];
    const struct hf_class_key *key = &server->keys[0];
    signer_leaf(&server->signer, server, kind, key, body, leaf);
    const struct hf_item item = {
        .leaf = hf_slice_of(leaf, sizeof leaf), .case_id = key->case_id, .key_id = key->key_id, .body = body};
    return server_log(server, &item);
}

static uint64_t write_buf(struct server *server, enum hf_leaf_kind kind, struct hf_buf *body)
{
    assert_int_equal(hf_buf_status(body), HF_OK);
    uint64_t index = server_write(server, kind, hf_buf_slice(body));
    hf_buf_clear(body);
    return index;
}

uint64_t server_enrol(struct server *server, const struct hf_identity *identity)
{
    struct hf_buf bytes = {0};
    struct hf_enrol_body body = {.incarnation = identity->incarnation,
                                 .person = identity->person,
                                 .role = identity->role,
                                 .invitation = identity->person};
    memcpy(body.device, identity->sign.public_key, sizeof body.device);
    memcpy(body.channel_key, identity->channel.public_key, sizeof body.channel_key);
    hf_enrol_body_encode(&body, &bytes);
    return write_buf(server, HF_LEAF_ENROL, &bytes);
}

uint64_t server_revoke(struct server *server, const uint8_t device[HF_SIGN_PUBLIC_BYTES])
{
    struct hf_buf bytes = {0};
    struct hf_revoke_body body = {.reason_code = hf_slice_str("lost")};
    memcpy(body.device, device, sizeof body.device);
    hf_revoke_body_encode(&body, &bytes);
    return write_buf(server, HF_LEAF_REVOKE, &bytes);
}

uint64_t server_assign(struct server *server, const struct hf_id *case_id, const struct hf_id *person, bool held)
{
    struct hf_buf bytes = {0};
    const struct hf_note_body body = {.what = HF_NOTE_ASSIGN,
                                      .case_id = *case_id,
                                      .person = *person,
                                      .held = held,
                                      .reason_code = hf_slice_str(held ? "allocated" : "left")};
    assert_true(server->duty_count < SERVER_DUTIES_MAX);
    server->duties[server->duty_count++] = (struct server_duty){*case_id, *person, held};
    hf_note_body_encode(&body, &bytes);
    return write_buf(server, HF_LEAF_NOTE, &bytes);
}

uint64_t server_release(struct server *server, const struct hf_id *change_id, bool released)
{
    struct hf_buf bytes = {0};
    const struct hf_note_body body = {.what = HF_NOTE_RELEASE, .change_id = *change_id, .released = released};
    hf_note_body_encode(&body, &bytes);
    return write_buf(server, HF_LEAF_NOTE, &bytes);
}

uint64_t server_officer(struct server *server, const struct hf_id *person, bool given)
{
    struct hf_buf bytes = {0};
    const struct hf_caseload_note note = {.what = HF_CASELOAD_OFFICER, .person = *person, .given = given};
    hf_caseload_note_encode(&note, &bytes);
    return write_buf(server, HF_LEAF_NOTE, &bytes);
}

uint64_t server_person(struct server *server, const struct hf_id *person, const char *name)
{
    struct hf_buf value = {0};
    struct hf_buf bytes = {0};
    hf_pack_text(&value, hf_slice_str(name));
    const struct hf_edit_input edit = {.field = HF_FIELD_PERSON_NAME, .value = hf_buf_slice(&value)};
    const struct hf_data_body_input input = {.case_id = server->office_case,
                                             .record_id = *person,
                                             .type = HF_RECORD_PERSON,
                                             .edits = &edit,
                                             .edit_count = 1};
    assert_int_equal(hf_data_body_encode(&input, &bytes, NULL), HF_OK);
    hf_buf_clear(&value);
    return write_buf(server, HF_LEAF_DATA, &bytes);
}

/* --- what is pushed --- */

static void learn_key(struct server *server, const struct hf_item *item)
{
    struct hf_case_body body;
    assert_int_equal(hf_case_body_decode(item->body, &body), HF_OK);
    struct hf_class_key key = {.case_id = body.case_id, .key_id = body.key_id, .epoch = body.epoch};
    assert_true(hf_box_open(&server->key_store, body.sealed_key, sizeof body.sealed_key, key.key));
    add_key(server, &key);
}

/* The first page of a journal brings its key. */
static void learn_journal(struct server *server, const uint8_t *device, const struct hf_item *item)
{
    static struct hf_read_body body;
    struct hf_class_key key = {.case_id = item->case_id, .key_id = item->key_id};
    (void)device;
    assert_int_equal(hf_read_body_decode(item->body, &body), HF_OK);
    if (!body.has_key)
        return;
    assert_true(hf_box_open(&server->key_store, body.sealed_key, sizeof body.sealed_key, key.key));
    add_key(server, &key);
}

static const struct hf_class_key *key_named(const struct server *server, const struct hf_id *key_id)
{
    for (size_t i = 0; i < server->key_count; i++)
        if (hf_id_equal(&server->keys[i].key_id, key_id))
            return &server->keys[i];
    fail_msg("a key that the office does not hold");
    return NULL;
}

static bool is_not_held(void *ctx, const struct hf_id *base)
{
    const struct server *server = ctx;
    for (size_t i = 0; i < server->size; i++)
        if (hf_id_equal(&server->entries[i].change_id, base))
            return server->entries[i].hold == HF_HOLD_NONE;
    return true;
}

static enum hf_hold hold_of(struct server *server, const struct hf_leaf *leaf, struct hf_slice bytes)
{
    struct hf_data_body body;
    if (server->hold != HF_HOLD_NONE && server->hold_seq == leaf->seq)
        return server->hold;
    if (leaf->kind != HF_LEAF_DATA || hf_data_body_decode(bytes, &body, NULL) != HF_OK)
        return HF_HOLD_NONE;
    return hf_merge_bases(&body, is_not_held, server) ? HF_HOLD_NONE : HF_HOLD_BASE;
}

/* The leaf before this one in its chain, which is in the log; false when there is none. */
static bool find_prev(const struct server *server, const uint8_t *device, const struct hf_leaf *leaf,
                      uint8_t out[HF_HASH_BYTES])
{
    for (uint64_t i = server->size; i-- > 0;) {
        struct hf_leaf other;
        assert_int_equal(hf_leaf_decode(hf_slice_of(server->entries[i].leaf, HF_LEAF_BYTES), &other), HF_OK);
        if (memcmp(other.device, device, sizeof other.device) == 0 && other.incarnation == leaf->incarnation &&
            other.seq + 1 == leaf->seq) {
            hf_leaf_hash(server->entries[i].leaf, out);
            return true;
        }
    }
    return false;
}

struct hf_pushed server_take_from(struct server *server, const uint8_t *device, const struct hf_item *item)
{
    struct hf_leaf leaf;
    uint8_t bytes[HF_LEAF_BYTES], prev[HF_HASH_BYTES];
    struct hf_item whole = *item;
    if (item->form != HF_ITEM_OUTLINE)
        return server_take(server, item);
    assert_int_equal(hf_leaf_decode(item->leaf, &leaf), HF_OK);
    if (leaf.kind == HF_LEAF_CASE)
        learn_key(server, item);
    if (leaf.kind == HF_LEAF_READ)
        learn_journal(server, device, item);
    const struct hf_item_rebuild with = {.log_id = server->log_id,
                                         .device = device,
                                         .prev = find_prev(server, device, &leaf, prev) ? prev : NULL,
                                         .key = key_named(server, &item->key_id)};
    assert_int_equal(hf_item_rebuild(item, &with, &leaf, bytes, NULL), HF_OK);
    whole.leaf = hf_slice_of(bytes, sizeof bytes);
    whole.form = HF_ITEM_WHOLE;
    return server_take(server, &whole);
}

struct hf_pushed server_take(struct server *server, const struct hf_item *item)
{
    struct hf_leaf leaf;
    struct hf_id id = hf_leaf_change_id(item->leaf.data);
    assert_int_equal(hf_leaf_decode(item->leaf, &leaf), HF_OK);
    for (uint64_t i = 0; i < server->size; i++)
        if (hf_id_equal(&server->entries[i].change_id, &id))
            return (struct hf_pushed){.seq = leaf.seq, .index = i, .hold = server->entries[i].hold};
    assert_true(hf_leaf_verify(item->leaf.data));
    if (leaf.kind == HF_LEAF_CASE)
        learn_key(server, item);
    if (leaf.kind == HF_LEAF_READ && item->form != HF_ITEM_WHOLE)
        learn_journal(server, leaf.device, item);
    assert_int_equal(hf_payload_check_opened(key_named(server, &item->key_id), item->body, &leaf, NULL), HF_OK);
    struct hf_item logged = *item;
    logged.hold = hold_of(server, &leaf, item->body);
    return (struct hf_pushed){.seq = leaf.seq, .index = server_log(server, &logged), .hold = logged.hold};
}

/* --- what is delivered --- */

const struct hf_class_key *server_key_of(const struct server *server, const struct hf_id *case_id)
{
    for (size_t i = 0; i < server->key_count; i++)
        if (hf_id_equal(&server->keys[i].case_id, case_id))
            return &server->keys[i];
    fail_msg("a case that the office does not hold");
    return NULL;
}

struct hf_item server_item(const struct server *server, uint64_t index)
{
    const struct server_entry *entry = &server->entries[index];
    return (struct hf_item){.index = index,
                            .leaf = hf_slice_of(entry->leaf, sizeof entry->leaf),
                            .case_id = entry->case_id,
                            .key_id = entry->key_id,
                            .body = hf_buf_slice(&entry->body),
                            .hold = entry->hold};
}

bool server_may_see(const struct server *server, const struct hf_identity *identity, uint64_t index)
{
    const struct server_entry *entry = &server->entries[index];
    bool held = identity->role == HF_ROLE_OFFICE || identity->role == HF_ROLE_MANAGER;
    if (hf_id_equal(&entry->case_id, &server->office_case))
        return true;
    if (entry->leaf[4] == HF_LEAF_READ) /* for auditors alone */
        return false;
    if (memcmp(entry->leaf + 48, identity->sign.public_key, HF_SIGN_PUBLIC_BYTES) == 0)
        return true;
    for (size_t i = 0; i < server->duty_count; i++)
        if (hf_id_equal(&server->duties[i].case_id, &entry->case_id) &&
            hf_id_equal(&server->duties[i].person, &identity->person))
            held = server->duties[i].held;
    return held;
}

void server_checkpoint(struct server *server, struct hf_buf *out_note)
{
    struct hf_note_key key;
    struct hf_checkpoint checkpoint = {.size = server->size};
    (void)snprintf(checkpoint.origin, sizeof checkpoint.origin, "%s", server->origin);
    hf_tree_root(&server->nodes.tree, &checkpoint.root);
    assert_int_equal(hf_note_key_init(hf_slice_str(server->origin), server->log_key.public_key, &key), HF_OK);
    assert_int_equal(hf_checkpoint_sign(&checkpoint, &key, &server->log_key, out_note), HF_OK);
}

void server_fill_identity(const struct server *server, struct hf_identity *identity)
{
    (void)snprintf(identity->origin, sizeof identity->origin, "%s", server->origin);
    (void)snprintf(identity->address, sizeof identity->address, "%s", "127.0.0.1:7411");
    (void)snprintf(identity->authority_name, sizeof identity->authority_name, "%s", "Invented Council");
    memcpy(identity->log_id, server->log_id, sizeof identity->log_id);
    memcpy(identity->server_channel_key, server->channel.public_key, sizeof identity->server_channel_key);
    memcpy(identity->authority_key, server->authority.public_key, sizeof identity->authority_key);
    hf_sha256_of(server->authority.public_key, HF_SIGN_PUBLIC_BYTES, identity->authority_hash);
    memcpy(identity->server_device, server->signer.key.public_key, sizeof identity->server_device);
    memcpy(identity->log_key, server->log_key.public_key, sizeof identity->log_key);
    memcpy(identity->key_store_key, server->key_store.public_key, sizeof identity->key_store_key);
}
