/* What a delivery looked up lately (feed.h). Most entries of a delivery are of the same few cases and devices, and most
 * devices know of no release and hold no case that came as a snapshot. */
#include "core/replica/feed.h"
#include "core/replica/snapshot.h"

#include <string.h>

void hf_intake_forget(struct hf_intake *intake)
{
    hf_wipe(&intake->lately, sizeof intake->lately);
}

/* --- keys and devices --- */

enum hf_status hf_intake_key(struct hf_intake *intake, const struct hf_id *key_id, struct hf_class_key *out)
{
    struct hf_class_key *kept = &intake->lately.keys[key_id->bytes[0] % HF_INTAKE_KEYS];
    enum hf_status status = HF_OK;
    if (hf_id_is_zero(key_id) || !hf_id_equal(&kept->key_id, key_id))
        status = hf_replica_key_find(intake->replica, key_id, kept, intake->err);
    if (status == HF_OK)
        *out = *kept;
    return status;
}

static enum hf_status find_device(struct hf_intake *intake, const struct hf_leaf *leaf, bool server,
                                  struct hf_intake_device *out)
{
    struct hf_rows rows;
    enum hf_status status =
        server ? hf_replica_device_need(intake->replica, leaf->device, leaf->incarnation, &out->row, intake->err)
               : hf_replica_device_find(intake->replica, leaf->device, leaf->incarnation, &out->row, intake->err);
    out->is_known = status == HF_OK;
    if (status == HF_ERR_NOT_FOUND) {
        out->row = (struct hf_device){.enrolled_at = HF_INDEX_NONE, .revoked_at = HF_INDEX_NONE};
        return HF_OK;
    }
    out->is_server = true;
    if (status != HF_OK || server)
        return status;
    hf_rows_begin_text(&rows, intake->replica, "SELECT 1 FROM servers WHERE device = ?");
    hf_rows_bind_bytes(&rows, hf_slice_of(leaf->device, sizeof leaf->device));
    out->is_server = hf_rows_next(&rows);
    return hf_rows_end(&rows, intake->err);
}

enum hf_status hf_intake_signer(struct hf_intake *intake, const struct hf_leaf *leaf, uint64_t index,
                                struct hf_device *out, bool *out_server)
{
    struct hf_intake_device *kept = &intake->lately.devices[leaf->device[0] % HF_INTAKE_DEVICES];
    const bool is_kept = kept->is_known && kept->incarnation == leaf->incarnation &&
                         memcmp(kept->key, leaf->device, sizeof kept->key) == 0;
    enum hf_status status = HF_OK;
    *out_server = false;
    if (!is_kept || kept->is_server)
        status = hf_replica_server_known(intake->replica, leaf->device, index, out_server, intake->err);
    if (status == HF_OK && !is_kept) {
        *kept = (struct hf_intake_device){.incarnation = leaf->incarnation};
        memcpy(kept->key, leaf->device, sizeof kept->key);
        status = find_device(intake, leaf, *out_server, kept);
    }
    kept->is_known = kept->is_known && status == HF_OK;
    if (status == HF_OK)
        *out = kept->row;
    return status;
}

/* --- what is mostly not there --- */

static enum hf_status look(struct hf_intake *intake)
{
    struct hf_intake_lately *lately = &intake->lately;
    struct hf_rows rows;
    if (lately->has_looked)
        return HF_OK;
    hf_rows_begin_text(&rows, intake->replica,
                       "SELECT EXISTS(SELECT 1 FROM releases), EXISTS(SELECT 1 FROM snapshots),"
                       " coalesce((SELECT max(log_index) FROM changes WHERE log_index IS NOT NULL) + 1, 0)");
    lately->has_looked = hf_rows_next(&rows);
    if (lately->has_looked) {
        lately->has_releases = hf_rows_u64(&rows, 0) != 0;
        lately->has_snapshots = hf_rows_u64(&rows, 1) != 0;
        lately->free_from = hf_rows_u64(&rows, 2);
    }
    const enum hf_status status = hf_rows_end(&rows, intake->err);
    lately->has_looked = lately->has_looked && status == HF_OK;
    return status;
}

enum hf_status hf_intake_release(struct hf_intake *intake, const struct hf_id *change_id, enum hf_release *out)
{
    enum hf_status status = look(intake);
    *out = HF_RELEASE_NONE;
    return status == HF_OK && intake->lately.has_releases
               ? hf_replica_release_of(intake->replica, change_id, out, intake->err)
               : status;
}

enum hf_status hf_intake_snapshot_size(struct hf_intake *intake, const struct hf_id *case_id, uint64_t *out)
{
    enum hf_status status = look(intake);
    *out = 0;
    return status == HF_OK && intake->lately.has_snapshots
               ? hf_replica_snapshot_size(intake->replica, case_id, out, intake->err)
               : status;
}

enum hf_status hf_intake_is_taken(struct hf_intake *intake, uint64_t index, bool *out)
{
    struct hf_rows rows;
    enum hf_status status = look(intake);
    *out = false;
    if (status != HF_OK || index >= intake->lately.free_from) /* entries of a delivery come in the order of the log */
        return status;
    hf_rows_begin(&rows, intake->replica, HF_STATEMENT_CHANGE_AT_INDEX);
    hf_rows_bind_u64(&rows, index);
    *out = hf_rows_next(&rows);
    return hf_rows_end(&rows, intake->err);
}
