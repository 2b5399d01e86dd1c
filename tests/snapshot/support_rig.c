#include "tests/snapshot/support_rig.h"

#include "core/merge/merge.h"
#include "core/pack/cursor.h"
#include "core/pack/writer.h"
#include "core/vault/vault.h"
#include "protocol/session_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define QUEUE_MAX 16

/* --- devices --- */

static void fill_identity(const struct office *office, const struct device *device, struct hf_identity *out)
{
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    *out = (struct hf_identity){.state = HF_IDENTITY_ENROLLED, .role = device->peer.role, .person = device->person};
    (void)snprintf(out->origin, sizeof out->origin, "%s", keys->origin);
    (void)snprintf(out->address, sizeof out->address, "%s", OFFICE_ADDRESS);
    memcpy(out->log_id, office->office.log_id, sizeof out->log_id);
    memcpy(out->server_channel_key, keys->channel.public_key, sizeof out->server_channel_key);
    memcpy(out->authority_key, keys->authority_key, sizeof out->authority_key);
    hf_sha256_of(keys->authority_key, sizeof keys->authority_key, out->authority_hash);
    memcpy(out->server_device, keys->device.public_key, sizeof out->server_device);
    memcpy(out->log_key, keys->log.public_key, sizeof out->log_key);
    memcpy(out->key_store_key, keys->key_store.public_key, sizeof out->key_store_key);
    out->sign = device->sign;
    out->channel = device->channel;
    memcpy(out->psk, device->psk, sizeof out->psk);
    out->incarnation = device->incarnation;
}

struct rig_device *rig_device_new(struct office *office, const char *name, enum hf_role role)
{
    static uint8_t vault_key[HF_KEY_BYTES];
    struct hf_identity identity;
    struct rig_device *device = calloc(1, sizeof *device);
    assert_non_null(device);
    device->office = office;
    device->device = device_enrolled(office, name, role);
    office_folder_make(device->folder);
    device->vault = office_vault(device->folder, "replica", vault_key);
    fill_identity(office, &device->device, &identity);
    assert_int_equal(hf_replica_create(device->vault, &identity, &device->replica, &device->err), HF_OK);
    hf_replica_snapshot_least(device->replica, 1);
    return device;
}

void rig_device_reopen(struct rig_device *device)
{
    hf_replica_close(device->replica);
    assert_int_equal(hf_replica_open(device->vault, &device->replica, &device->err), HF_OK);
    hf_replica_snapshot_least(device->replica, 1);
}

void rig_device_free(struct rig_device *device)
{
    hf_replica_close(device->replica);
    assert_int_equal(hf_vault_close(device->vault), HF_OK);
    office_folder_remove(device->folder);
    free(device);
}

/* --- a line --- */

struct queue {
    size_t count;
    struct hf_buf messages[QUEUE_MAX];
};
struct line {
    struct rig_device *device;
    struct queue to_office, to_device;
    struct hf_session_server *server;
    rig_tamper_fn *tamper;
    void *ctx;
    bool cut;
};

static void put(struct queue *queue, struct hf_slice message)
{
    assert_true(queue->count < QUEUE_MAX);
    struct hf_buf *slot = &queue->messages[queue->count++];
    *slot = (struct hf_buf){0};
    hf_buf_append_slice(slot, message);
    assert_int_equal(hf_buf_status(slot), HF_OK);
}

static struct hf_buf take(struct queue *queue)
{
    struct hf_buf first = queue->messages[0];
    queue->count--;
    memmove(&queue->messages[0], &queue->messages[1], queue->count * sizeof queue->messages[0]);
    return first;
}

static enum hf_status send_to_office(void *ctx, struct hf_slice message)
{
    put(&((struct line *)ctx)->to_office, message);
    return HF_OK;
}

static void send_to_device(struct line *line, struct hf_slice message)
{
    struct rig_device *device = line->device;
    if (line->cut)
        return;
    put(&line->to_device, message);
    if (device->cut_after > 0 && --device->cut_after == 0)
        line->cut = true;
}

static void step_office(struct line *line, struct hf_server_event event);

static void answer(struct line *line, const struct hf_message *request)
{
    struct hf_reply reply;
    struct rig_device *device = line->device;
    device_refresh(&device->device);
    assert_int_equal(hf_office_answer(&device->office->office, &device->device.peer, request, &reply), HF_OK);
    if (line->tamper)
        line->tamper(line->ctx, &reply.message);
    device->snapshots += reply.message.type == HF_MSG_SNAPSHOT_IS;
    if (reply.message.type == HF_MSG_FEED) {
        device->feeds++;
        device->feed_items += reply.message.as.feed.item_count;
    }
    step_office(line, (struct hf_server_event){.type = HF_SE_REPLY, .reply = &reply.message});
    hf_reply_clear(&reply);
}

static void step_office(struct line *line, struct hf_server_event event)
{
    struct hf_server_update update;
    event.now_ms = 5000;
    hf_session_server_step(line->server, &event, &update);
    for (size_t i = 0; i < update.count; i++) {
        const struct hf_server_action *action = &update.actions[i];
        if (action->type == HF_SA_SEND)
            send_to_device(line, action->bytes);
        else if (action->type == HF_SA_REQUEST)
            answer(line, action->request);
        else
            fail_msg("the office closed: %s", action->text);
    }
}

/* Until nothing is under way any more. */
static void carry(struct line *line, struct hf_syncer *syncer, struct hf_syncer_now now)
{
    while (line->to_office.count + line->to_device.count > 0) {
        const bool outwards = line->to_device.count == 0;
        struct hf_buf message = take(outwards ? &line->to_office : &line->to_device);
        if (outwards && !line->cut)
            step_office(line, (struct hf_server_event){.type = HF_SE_MESSAGE, .bytes = hf_buf_slice(&message)});
        else if (!outwards)
            hf_syncer_message(syncer, hf_buf_slice(&message), now);
        hf_buf_clear(&message);
    }
}

enum hf_status rig_sync(struct rig_device *device, rig_tamper_fn *tamper, void *ctx)
{
    struct line line = {.device = device, .tamper = tamper, .ctx = ctx};
    struct hf_syncer *syncer = NULL;
    const struct hf_syncer_hooks hooks = {.ctx = &line, .send = send_to_office};
    struct hf_syncer_now now = {.wall_ms = device->office->now_ms, .mono_ms = 5000};
    device->snapshots = device->feeds = device->feed_items = 0;
    device_refresh(&device->device);
    assert_int_equal(hf_session_server_new(5000, &line.server), HF_OK);
    step_office(&line, (struct hf_server_event){.type = HF_SE_OPEN, .peer = &device->device.peer});
    assert_int_equal(hf_syncer_new(device->replica, &hooks, &syncer), HF_OK);
    if (device->stays_ms > 0)
        hf_syncer_stay(syncer);
    hf_syncer_start(syncer, now);
    carry(&line, syncer, now);
    if (device->stays_ms > 0) {
        now.mono_ms += device->stays_ms;
        assert_true(hf_syncer_rest_until_ms(syncer) <= now.mono_ms);
        hf_syncer_poke(syncer, now);
        carry(&line, syncer, now);
    }
    enum hf_status status = hf_syncer_state(syncer) == HF_SYNCER_DONE     ? HF_OK
                            : hf_syncer_state(syncer) == HF_SYNCER_FAILED ? hf_syncer_error(syncer)->status
                                                                          : HF_ERR_CLOSED;
    device->err = *hf_syncer_error(syncer);
    device->cut_after = 0;
    hf_syncer_free(syncer);
    hf_session_server_free(line.server);
    return status;
}

void rig_must_sync(struct rig_device *device)
{
    enum hf_status status = rig_sync(device, NULL, NULL);
    if (status != HF_OK)
        fail_msg("%s: %s", hf_status_text(status), device->err.text);
}

/* --- records --- */

struct hf_id rig_save(struct rig_device *device, const struct hf_id *case_id, const struct hf_id *record,
                      const char *text, const struct hf_id *base)
{
    struct hf_buf value = {0};
    struct hf_id change = hf_id_zero();
    hf_pack_text(&value, hf_slice_str(text));
    const struct hf_save_edit edit = {
        .field = CHILD_NAME, .value = hf_buf_slice(&value), .bases = base, .base_count = base ? 1 : 0};
    const struct hf_save save = {
        .case_id = *case_id, .record_id = *record, .type = TYPE_CHILD, .edits = &edit, .edit_count = 1};
    if (hf_replica_save(device->replica, &save, device->office->now_ms, &change, &device->err) != HF_OK)
        fail_msg("%s", device->err.text);
    hf_buf_clear(&value);
    return change;
}

struct hf_id rig_case(struct rig_device *device, size_t records, struct hf_id *out_records)
{
    struct hf_id case_id;
    assert_int_equal(hf_replica_case_new(device->replica, hf_slice_str("Case 7 (invented)"), device->office->now_ms,
                                         &case_id, &device->err),
                     HF_OK);
    for (size_t i = 0; i < records; i++) {
        const struct hf_id record = new_id();
        (void)rig_save(device, &case_id, &record, "Casey", NULL);
        if (out_records)
            out_records[i] = record;
    }
    rig_must_sync(device);
    return case_id;
}

const char *rig_text(struct rig_device *device, const struct hf_id *record)
{
    static char texts[4][64];
    static size_t next;
    char *out = texts[next++ % 4];
    struct hf_record_state state = {0};
    struct hf_cursor cursor;
    out[0] = '\0';
    if (hf_replica_record(device->replica, record, &state) != HF_OK)
        return out;
    const struct hf_record_spec *type = hf_model_type(state.type);
    const struct hf_field_state *field = hf_record_state_field(&state, CHILD_NAME);
    if (hf_merge_in_conflict(type, field)) {
        (void)snprintf(out, 64, "!");
    } else if (field) {
        hf_cursor_init(&cursor, hf_merge_plain_value(type, field), 1);
        const struct hf_slice text = hf_cursor_text(&cursor, 60);
        (void)snprintf(out, 64, "%.*s", (int)text.len, (const char *)text.data);
    }
    hf_record_state_clear(&state);
    return out;
}

bool rig_is_unproved(struct rig_device *device, const struct hf_id *record)
{
    bool unproved = false;
    assert_int_equal(hf_replica_is_unproved(device->replica, record, &unproved), HF_OK);
    return unproved;
}

struct hf_unproved rig_unproved(struct rig_device *device)
{
    struct hf_unproved out;
    assert_int_equal(hf_replica_unproved(device->replica, &out), HF_OK);
    return out;
}

void rig_assert_same(struct rig_device *a, struct rig_device *b)
{
    uint8_t left[HF_HASH_BYTES], right[HF_HASH_BYTES];
    assert_int_equal(hf_replica_digest(a->replica, NULL, left), HF_OK);
    assert_int_equal(hf_replica_digest(b->replica, NULL, right), HF_OK);
    assert_memory_equal(left, right, sizeof left);
}

void rig_prove(struct rig_device *device)
{
    bool asked = false;
    assert_int_equal(hf_replica_prove(device->replica, NULL, &asked, &device->err), HF_OK);
    assert_true(asked);
    rig_must_sync(device);
}
