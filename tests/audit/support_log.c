/* The invented office: its keys and its log. */
#include "tests/audit/support_bundle.h"

#include "core/base/assert.h"
#include "core/model/body_caseload.h"
#include "core/model/body_policy.h"
#include "core/pack/writer.h"

#include <stdlib.h>
#include <string.h>

#define START_MS 1790000000000ull /* an instant in September 2026 */

uint64_t support_random(uint64_t *state)
{
    uint64_t x = (*state += 0x9E3779B97F4A7C15ull);
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

static void number_bytes(const char *what, unsigned number, uint8_t *out, size_t len)
{
    uint8_t bytes[4];
    hf_put_u32(bytes, number);
    struct hf_slice parts[] = {hf_slice_str(what), hf_slice_of(bytes, sizeof bytes)};
    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, out, len);
}

struct hf_sign_key support_sign_key(unsigned number)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    struct hf_sign_key key;
    number_bytes("sign", number, seed, sizeof seed);
    hf_sign_key_from_seed(seed, &key);
    return key;
}

static struct hf_id numbered_id(const char *what, unsigned number)
{
    uint8_t bytes[HF_ID_BYTES];
    number_bytes(what, number, bytes, sizeof bytes);
    return hf_id_from_bytes(bytes);
}

void support_log_begin(struct support_log *log)
{
    memset(log, 0, sizeof *log);
    log->authority = support_sign_key(1000);
    log->log_secret = support_sign_key(1001);
    log->now_ms = START_MS;
    log->random = 1;
    enum hf_status status = hf_note_key_init(hf_slice_str(SUPPORT_ORIGIN), log->log_secret.public_key, &log->log_key);
    HF_ASSERT(status == HF_OK);
    hf_log_id(hf_slice_str(SUPPORT_ORIGIN), log->log_id);
    log->class_key.case_id = numbered_id("case", 0);
    log->class_key.key_id = numbered_id("key", 0);
    number_bytes("class", 0, log->class_key.key, sizeof log->class_key.key);
    for (unsigned i = 0; i < SUPPORT_DEVICES_MAX; i++)
        log->device[i].key = support_sign_key(i);
}

void support_log_end(struct support_log *log)
{
    for (uint64_t i = 0; i < log->size; i++) {
        hf_buf_clear(&log->payloads[i]);
        hf_buf_clear(&log->openings[i]);
    }
    free(log->payloads);
    free(log->openings);
    hf_buf_clear(&log->leaves);
    hf_node_store_clear(&log->nodes);
}

static struct hf_buf *grown(struct hf_buf *list, uint64_t size)
{
    if ((size & (size - 1)) != 0 && size > 0) /* room up to the next power of two is there */
        return list;
    list = realloc(list, (size ? 2 * size : 1) * sizeof *list);
    HF_ASSERT(list);
    memset(list + size, 0, (size ? size : 1) * sizeof *list);
    return list;
}

static void append_leaf(struct support_log *log, const uint8_t *bytes)
{
    struct hf_hash hash;
    log->payloads = grown(log->payloads, log->size);
    log->openings = grown(log->openings, log->size);
    hf_buf_append(&log->leaves, bytes, HF_LEAF_BYTES);
    hf_tree_leaf_hash(hf_slice_of(bytes, HF_LEAF_BYTES), &hash);
    enum hf_status status = hf_node_store_append(&log->nodes, &hash);
    HF_ASSERT(status == HF_OK);
    log->size++;
}

void support_root(struct support_log *log, uint64_t size, struct hf_hash *out)
{
    enum hf_status status = hf_tree_root_at(size, hf_node_store_get, &log->nodes, out);
    HF_ASSERT(status == HF_OK);
}

static void fill_leaf(struct support_log *log, unsigned device, enum hf_leaf_kind kind, struct hf_leaf *leaf)
{
    struct support_device *signer = &log->device[device];
    struct hf_hash root;
    log->now_ms += 1000 + support_random(&log->random) % 60000;
    *leaf = (struct hf_leaf){.kind = kind,
                             .clock = hf_clock_tick(signer->clock, log->now_ms),
                             .incarnation = signer->incarnation,
                             .seq = signer->next_seq,
                             .seen_size = log->seen_size};
    memcpy(leaf->log_id, log->log_id, sizeof leaf->log_id);
    memcpy(leaf->device, signer->key.public_key, sizeof leaf->device);
    memcpy(leaf->prev, signer->head, sizeof leaf->prev);
    support_root(log, log->seen_size, &root);
    memcpy(leaf->seen_root, root.bytes, sizeof leaf->seen_root);
    if (log->tweak)
        log->tweak(leaf);
    log->tweak = NULL;
}

uint64_t support_leaf(struct support_log *log, unsigned device, enum hf_leaf_kind kind, struct hf_slice body,
                      bool opened)
{
    struct support_device *signer = &log->device[device];
    struct hf_leaf leaf;
    struct hf_buf payload = {0};
    uint8_t bytes[HF_LEAF_BYTES];
    uint8_t r[HF_OPENING_BYTES];
    fill_leaf(log, device, kind, &leaf);
    enum hf_status status = hf_payload_seal(&log->class_key, body, &leaf, &payload);
    HF_ASSERT(status == HF_OK);
    hf_payload_opening(&log->class_key, body, &leaf, r);
    hf_leaf_sign(&leaf, &signer->key);
    hf_leaf_encode(&leaf, bytes);
    append_leaf(log, bytes);
    uint64_t index = log->size - 1;
    log->payloads[index] = payload;
    if (opened) {
        hf_buf_append(&log->openings[index], r, sizeof r);
        hf_buf_append_slice(&log->openings[index], body);
    }
    signer->next_seq = leaf.seq + 1;
    signer->clock = leaf.clock;
    hf_leaf_hash(bytes, signer->head);
    if (log->size % 3 == 0)
        log->seen_size = log->size;
    return index;
}

void support_certificate(const struct support_log *log, struct hf_note_body *out)
{
    *out = (struct hf_note_body){.what = HF_NOTE_SERVER, .authority_name = hf_slice_str("Invented Council")};
    memcpy(out->server_device, log->device[0].key.public_key, sizeof out->server_device);
    memcpy(out->log_key, log->log_secret.public_key, sizeof out->log_key);
    number_bytes("channel", 0, out->channel_key, sizeof out->channel_key);
    number_bytes("store", 0, out->key_store_key, sizeof out->key_store_key);
    hf_server_certify(&log->authority, log->log_id, out);
}

uint64_t support_note(struct support_log *log, const struct hf_note_body *body)
{
    struct hf_buf bytes = {0};
    hf_note_body_encode(body, &bytes);
    uint64_t index = support_leaf(log, 0, HF_LEAF_NOTE, hf_buf_slice(&bytes), true);
    hf_buf_clear(&bytes);
    return index;
}

uint64_t support_begin_server(struct support_log *log)
{
    struct hf_note_body body;
    support_certificate(log, &body);
    return support_note(log, &body);
}

uint64_t support_enrol(struct support_log *log, unsigned device, unsigned person)
{
    return support_enrol_by(log, 0, device, person);
}

uint64_t support_enrol_by(struct support_log *log, unsigned signer, unsigned device, unsigned person)
{
    return support_enrol_as(log, signer, device, person, HF_ROLE_WORKER);
}

uint64_t support_role(struct support_log *log, unsigned person, enum hf_role role)
{
    const struct hf_caseload_note note = {
        .what = HF_CASELOAD_ROLE, .person = numbered_id("person", person), .role = role};
    struct hf_buf bytes = {0};
    hf_caseload_note_encode(&note, &bytes);
    uint64_t index = support_leaf(log, 0, HF_LEAF_NOTE, hf_buf_slice(&bytes), true);
    hf_buf_clear(&bytes);
    return index;
}

uint64_t support_officer(struct support_log *log, unsigned person, bool given)
{
    const struct hf_caseload_note note = {
        .what = HF_CASELOAD_OFFICER, .person = numbered_id("person", person), .given = given};
    struct hf_buf bytes = {0};
    hf_caseload_note_encode(&note, &bytes);
    uint64_t index = support_leaf(log, 0, HF_LEAF_NOTE, hf_buf_slice(&bytes), true);
    hf_buf_clear(&bytes);
    return index;
}

uint64_t support_release(struct support_log *log, unsigned device)
{
    struct hf_policy_body body = {.what = hf_slice_str(HF_POLICY_WHAT_PACK),
                                  .name = hf_slice_str("eastmoor.support"),
                                  .version = hf_slice_str("2026-1"),
                                  .file = hf_slice_str("{}")};
    struct hf_buf bytes = {0};
    hf_sha256_of(body.file.data, body.file.len, body.hash);
    hf_policy_body_encode(&body, &bytes);
    uint64_t index = support_leaf(log, device, HF_LEAF_POLICY, hf_buf_slice(&bytes), true);
    hf_buf_clear(&bytes);
    return index;
}

uint64_t support_enrol_as(struct support_log *log, unsigned signer, unsigned device, unsigned person, enum hf_role role)
{
    const struct support_inviter nobody = {.invitation = device};
    return support_enrol_invited(log, signer, device, person, role, &nobody);
}

uint64_t support_enrol_invited(struct support_log *log, unsigned signer, unsigned device, unsigned person,
                               enum hf_role role, const struct support_inviter *inviter)
{
    struct hf_enrol_body body = {.incarnation = log->device[device].incarnation,
                                 .person = numbered_id("person", person),
                                 .role = role,
                                 .invitation = numbered_id("invitation", inviter->invitation),
                                 .says_inviter = inviter->known,
                                 .invited_ms = inviter->at_ms};
    if (inviter->by)
        body.invited_by = numbered_id("person", inviter->by);
    struct hf_buf bytes = {0};
    memcpy(body.device, log->device[device].key.public_key, sizeof body.device);
    number_bytes("channel", device, body.channel_key, sizeof body.channel_key);
    hf_enrol_body_encode(&body, &bytes);
    uint64_t index = support_leaf(log, signer, HF_LEAF_ENROL, hf_buf_slice(&bytes), true);
    hf_buf_clear(&bytes);
    return index;
}

uint64_t support_revoke(struct support_log *log, unsigned device)
{
    return support_revoke_by(log, 0, device);
}

uint64_t support_revoke_by(struct support_log *log, unsigned signer, unsigned device)
{
    struct hf_revoke_body body = {.reason_code = hf_slice_str("lost")};
    struct hf_buf bytes = {0};
    memcpy(body.device, log->device[device].key.public_key, sizeof body.device);
    hf_revoke_body_encode(&body, &bytes);
    uint64_t index = support_leaf(log, signer, HF_LEAF_REVOKE, hf_buf_slice(&bytes), true);
    hf_buf_clear(&bytes);
    return index;
}

uint64_t support_assign(struct support_log *log, unsigned person)
{
    struct hf_note_body body = {.what = HF_NOTE_ASSIGN,
                                .case_id = log->class_key.case_id,
                                .person = numbered_id("person", person),
                                .held = true,
                                .reason_code = hf_slice_str("allocated")};
    return support_note(log, &body);
}

/* A body that nobody but the holder of the class key can read need not mean anything. */
uint64_t support_data(struct support_log *log, unsigned device)
{
    uint8_t body[120];
    size_t len = 1 + support_random(&log->random) % sizeof body;
    for (size_t i = 0; i < len; i++)
        body[i] = (uint8_t)support_random(&log->random);
    return support_leaf(log, device, HF_LEAF_DATA, hf_slice_of(body, len), false);
}

void support_small_log(struct support_log *log, unsigned data)
{
    support_log_begin(log);
    (void)support_begin_server(log);
    (void)support_enrol(log, 1, 1);
    (void)support_enrol(log, 2, 2);
    (void)support_assign(log, 1);
    for (unsigned i = 0; i < data; i++)
        (void)support_data(log, 1 + i % 2);
    (void)support_revoke(log, 2);
    (void)support_data(log, 2);
    (void)support_data(log, 1);
}

/* --- what a dishonest server might do ---------------------------------------------------------------------------- */

uint8_t *support_entry(struct support_log *log, uint64_t index)
{
    HF_ASSERT(index < log->size);
    return log->leaves.data + index * HF_LEAF_BYTES;
}

/* The tree from scratch, after entries were moved. */
static void plant_again(struct support_log *log)
{
    hf_node_store_clear(&log->nodes);
    for (uint64_t i = 0; i < log->size; i++) {
        struct hf_hash hash;
        hf_tree_leaf_hash(hf_slice_of(support_entry(log, i), HF_LEAF_BYTES), &hash);
        enum hf_status status = hf_node_store_append(&log->nodes, &hash);
        HF_ASSERT(status == HF_OK);
    }
}

void support_log_remove(struct support_log *log, uint64_t index)
{
    uint64_t after = log->size - index - 1;
    hf_buf_clear(&log->payloads[index]);
    hf_buf_clear(&log->openings[index]);
    memmove(log->payloads + index, log->payloads + index + 1, after * sizeof *log->payloads);
    memmove(log->openings + index, log->openings + index + 1, after * sizeof *log->openings);
    memmove(support_entry(log, index), support_entry(log, index) + HF_LEAF_BYTES, after * HF_LEAF_BYTES);
    log->leaves.len -= HF_LEAF_BYTES;
    log->size--;
    if (log->seen_size > log->size)
        log->seen_size = log->size;
    plant_again(log);
}

void support_log_insert(struct support_log *log, uint64_t index, const uint8_t *entry)
{
    uint8_t copy[HF_LEAF_BYTES];
    memcpy(copy, entry, sizeof copy);
    append_leaf(log, copy);
    uint64_t after = log->size - index - 1;
    memmove(log->payloads + index + 1, log->payloads + index, after * sizeof *log->payloads);
    memmove(log->openings + index + 1, log->openings + index, after * sizeof *log->openings);
    memmove(support_entry(log, index) + HF_LEAF_BYTES, support_entry(log, index), after * HF_LEAF_BYTES);
    memcpy(support_entry(log, index), copy, sizeof copy);
    log->payloads[index] = log->openings[index] = (struct hf_buf){0};
    plant_again(log);
}
