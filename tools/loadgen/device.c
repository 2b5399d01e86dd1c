#include "core/model/body.h"
#include "core/model/payload.h"
#include "core/model/table.h"
#include "core/pack/writer.h"
#include "tools/loadgen/load.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_BYTES   230 /* of each long field */
#define TEXT_FIELDS  2
#define RANDOM_BYTES 16

void load_device_make_keys(struct load_device *device)
{
    uint8_t seed[HF_KEY_BYTES];
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, &device->sign);
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &device->channel_key);
    hf_random(device->psk, sizeof device->psk);
    hf_random(device->key.case_id.bytes, sizeof device->key.case_id.bytes);
    hf_random(device->key.key_id.bytes, sizeof device->key.key_id.bytes);
    hf_random(device->key.key, sizeof device->key.key);
    hf_wipe(seed, sizeof seed);
    device->fd = -1;
}

/* --- the outbox --- */

static void put(struct load_device *device, const uint8_t leaf[HF_LEAF_BYTES], struct hf_slice body)
{
    uint8_t *bytes = malloc(HF_LEAF_BYTES + body.len);
    if (device->outbox_count == device->outbox_cap) {
        device->outbox_cap = device->outbox_cap ? device->outbox_cap * 2 : 4;
        device->outbox = realloc(device->outbox, device->outbox_cap * sizeof *device->outbox);
    }
    if (!bytes || !device->outbox)
        load_stop("a change", "out of memory");
    memcpy(bytes, leaf, HF_LEAF_BYTES);
    memcpy(bytes + HF_LEAF_BYTES, body.data, body.len);
    device->outbox[device->outbox_count++] = (struct hf_item){.index = HF_INDEX_NONE,
                                                              .leaf = hf_slice_of(bytes, HF_LEAF_BYTES),
                                                              .case_id = device->key.case_id,
                                                              .key_id = device->key.key_id,
                                                              .body = hf_slice_of(bytes + HF_LEAF_BYTES, body.len),
                                                              .form = HF_ITEM_DERIVABLE};
}

void load_device_acknowledged(struct load_device *device, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free((void *)(uintptr_t)device->outbox[i].leaf.data);
    device->outbox_count -= count;
    memmove(device->outbox, device->outbox + count, device->outbox_count * sizeof *device->outbox);
    device->unsent_seq += count;
}

void load_device_clear(struct load_device *device)
{
    load_device_acknowledged(device, device->outbox_count);
    free(device->outbox);
    hf_wipe(device, sizeof *device);
}

/* --- leaves --- */

static void sign(struct load_device *device, const struct load_office *office, enum hf_leaf_kind kind,
                 struct hf_slice body, uint64_t wall_ms)
{
    uint8_t bytes[HF_LEAF_BYTES];
    device->clock = hf_clock_tick(device->clock, wall_ms);
    struct hf_leaf leaf = {
        .kind = kind, .clock = device->clock, .incarnation = device->incarnation, .seq = device->next_seq++};
    memcpy(leaf.log_id, office->log_id, sizeof leaf.log_id);
    memcpy(leaf.device, device->sign.public_key, sizeof leaf.device);
    memcpy(leaf.prev, device->head, sizeof leaf.prev);
    leaf.seen_size = office->log_size;
    memcpy(leaf.seen_root, office->root.bytes, sizeof leaf.seen_root);
    if (hf_payload_seal(&device->key, body, &leaf, NULL) != HF_OK)
        load_stop("a change", "it could not be sealed");
    hf_leaf_sign(&leaf, &device->sign);
    hf_leaf_encode(&leaf, bytes);
    hf_leaf_hash(bytes, device->head);
    put(device, bytes, body);
}

void load_device_open_case(struct load_device *device, const struct load_office *office, uint64_t wall_ms)
{
    struct hf_buf bytes = {0};
    struct hf_case_body body = {.case_id = device->key.case_id,
                                .key_id = device->key.key_id,
                                .epoch = device->key.epoch,
                                .retention_class = hf_slice_str("child")};
    if (!hf_box_seal(office->key_store_key, device->key.key, sizeof device->key.key, body.sealed_key))
        load_stop("a case", "its key could not be sealed");
    hf_case_body_encode(&body, &bytes);
    sign(device, office, HF_LEAF_CASE, hf_buf_slice(&bytes), wall_ms);
    hf_buf_clear(&bytes);
}

static void invent(char out[TEXT_BYTES + 1])
{
    static const char *const words[] = {"child ",   "carer ",    "visit ",  "school ", "agreed ", "plan ",
                                        "bedtime ", "contact ",  "review ", "garden ", "travel ", "letter ",
                                        "quiet ",   "football ", "nurse ",  "evening "};
    size_t len = 0;
    uint8_t random[TEXT_BYTES / 5];
    hf_random(random, sizeof random);
    for (size_t i = 0; len < TEXT_BYTES; i++) {
        const char *word = words[random[i] % (sizeof words / sizeof *words)];
        for (; *word && len < TEXT_BYTES; word++)
            out[len++] = *word;
    }
    out[len] = '\0';
}

void load_device_save(struct load_device *device, const struct load_office *office, uint64_t wall_ms)
{
    static const char *const names[TEXT_FIELDS] = {"text", "reason"};
    const struct hf_record_spec *type = hf_model_type(HF_RECORD_ACTION);
    char text[TEXT_BYTES + 1];
    uint8_t random[HF_ID_RANDOM_BYTES];
    struct hf_edit_input edits[TEXT_FIELDS];
    struct hf_buf values[TEXT_FIELDS] = {{0}}, body = {0};
    struct hf_error err = {0};
    for (size_t i = 0; i < TEXT_FIELDS; i++) {
        invent(text);
        hf_pack_text(&values[i], hf_slice_str(text));
        edits[i] = (struct hf_edit_input){.field = hf_model_field_named(type, hf_slice_str(names[i]))->code,
                                          .value = hf_buf_slice(&values[i])};
    }
    hf_random(random, sizeof random);
    const struct hf_data_body_input input = {.case_id = device->key.case_id,
                                             .record_id = hf_id_v7(wall_ms, random),
                                             .type = HF_RECORD_ACTION,
                                             .edits = edits,
                                             .edit_count = TEXT_FIELDS};
    if (hf_data_body_encode(&input, &body, &err) != HF_OK)
        load_stop("a change", err.text);
    sign(device, office, HF_LEAF_DATA, hf_buf_slice(&body), wall_ms);
    for (size_t i = 0; i < TEXT_FIELDS; i++)
        hf_buf_clear(&values[i]);
    hf_buf_clear(&body);
}
