#include "server/data_folder.h"
#include "server/enrol.h"
#include "server/ingest.h"
#include "tools/loadgen/load.h"

#include <stdio.h>
#include <string.h>

#define ENROL_AT_ONCE 200 /* of one commit */

static void enrol_one(struct hf_batch *batch, struct load_device *device, size_t number)
{
    char name[64];
    struct hf_error err = {0};
    struct hf_device_row row = {
        .state = HF_DEVICE_ACTIVE, .role = HF_ROLE_WORKER, .enrolled_ms = batch->now_ms, .last_seen_ms = batch->now_ms};
    (void)snprintf(name, sizeof name, "Invented Person %zu", number);
    load_device_make_keys(device);
    hf_random(row.invitation.bytes, sizeof row.invitation.bytes);
    memcpy(row.device, device->sign.public_key, sizeof row.device);
    memcpy(row.channel_key, device->channel_key.public_key, sizeof row.channel_key);
    memcpy(row.psk, device->psk, sizeof row.psk);
    if (hf_enrol_add_person_in(batch, hf_slice_str(name), HF_ROLE_WORKER, &row.person, &err) != HF_OK ||
        hf_enrol_restart_in(batch, &row) != HF_OK || hf_batch_add_device(batch, &row) != HF_OK)
        load_stop("a device", "it could not be enrolled");
    hf_wipe(&row, sizeof row);
}

static void enrol_some(struct hf_office *office, struct load_device *devices, size_t first, size_t count)
{
    struct hf_batch batch;
    hf_batch_begin(&batch, office);
    for (size_t i = 0; i < count; i++)
        enrol_one(&batch, &devices[first + i], first + i);
    const enum hf_status status = hf_batch_commit(&batch);
    hf_batch_clear(&batch);
    if (status != HF_OK)
        load_stop("devices", hf_status_text(status));
}

static void open_case(struct hf_office *office, const struct load_office *common, struct load_device *device)
{
    const struct hf_id zero = hf_id_zero();
    struct hf_peer peer;
    struct hf_msg_pushed result;
    struct hf_error err = {0};
    uint8_t psk[HF_KEY_BYTES];
    load_device_open_case(device, common, office->wall_ms(office->clock_ctx));
    if (hf_office_peer(office, device->channel_key.public_key, &zero, &peer, psk) != HF_OK ||
        hf_ingest_push(office, &peer, device->outbox, 1, &result, &err) != HF_OK || result.hold != HF_HOLD_NONE)
        load_stop("a case", err.text);
    load_device_acknowledged(device, 1);
}

void load_folder_fill(const char *path, struct load_office *common, struct load_device *devices, size_t count,
                      void (*each)(size_t done, size_t of))
{
    struct hf_data_folder folder;
    struct hf_error err = {0};
    struct hf_store_head head;
    if (hf_data_folder_open(path, &folder, &err) != HF_OK)
        load_stop(path, err.text);
    const struct hf_server_keys *keys = hf_keystore_server(folder.keystore);
    memcpy(common->origin, keys->origin, sizeof common->origin);
    memcpy(common->channel_key, keys->channel.public_key, sizeof common->channel_key);
    memcpy(common->key_store_key, keys->key_store.public_key, sizeof common->key_store_key);
    memcpy(common->log_id, folder.office.log_id, sizeof common->log_id);
    common->log_size = 0;
    hf_sha256_of(NULL, 0, common->root.bytes);
    for (size_t at = 0; at < count; at += ENROL_AT_ONCE)
        enrol_some(&folder.office, devices, at, count - at < ENROL_AT_ONCE ? count - at : ENROL_AT_ONCE);
    for (size_t i = 0; i < count; i++) {
        open_case(&folder.office, common, &devices[i]);
        each(i + 1, count);
    }
    if (hf_office_publish(&folder.office, &err) != HF_OK)
        load_stop("the log", err.text);
    hf_store_head(folder.store, &head);
    common->log_size = head.tree.size;
    hf_tree_root(&head.tree, &common->root);
    for (size_t i = 0; i < count; i++) /* as if each had just synced */
        devices[i].cursor = devices[i].checkpoint_size = head.tree.size;
    hf_data_folder_close(&folder);
}
