#include "core/replica/distrust.h"

#include "core/replica/replica_internal.h"

#include <string.h>

const char hf_replica_distrust_tables[] =
    "CREATE TABLE distrust(one INTEGER PRIMARY KEY CHECK(one = 1), found_ms INTEGER NOT NULL, text BLOB NOT NULL,"
    " evidence BLOB NOT NULL);";

static void copy_text(struct hf_slice text, char out[HF_ERROR_TEXT_BYTES])
{
    const size_t len = text.len < HF_ERROR_TEXT_BYTES ? text.len : HF_ERROR_TEXT_BYTES - 1;
    if (len)
        memcpy(out, text.data, len);
    out[len] = '\0';
}

enum hf_status hf_replica_distrust(struct hf_replica *replica, struct hf_distrust *out, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_distrust distrust = {.found = false};
    hf_rows_begin_text(&rows, replica, "SELECT found_ms, text FROM distrust");
    if (hf_rows_next(&rows)) {
        distrust.found = true;
        distrust.found_ms = hf_rows_u64(&rows, 0);
        copy_text(hf_rows_bytes(&rows, 1), distrust.text);
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK)
        *out = distrust;
    return status;
}

enum hf_status hf_replica_evidence(struct hf_replica *replica, struct hf_buf *out, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT evidence FROM distrust");
    const bool found = hf_rows_next(&rows);
    if (found)
        hf_buf_append_slice(out, hf_rows_bytes(&rows, 0));
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK && !found)
        status = hf_error_set(err, HF_ERR_NOT_FOUND, "This device has found nothing wrong with the office's log.");
    return status == HF_OK ? hf_buf_status(out) : status;
}

enum hf_status hf_replica_distrust_end(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_distrust distrust;
    enum hf_status status = hf_replica_distrust(replica, &distrust, err);
    if (status == HF_OK && !distrust.found)
        return hf_error_set(err, HF_ERR_NOT_FOUND, "This device trusts the office's log already.");
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, replica, "DELETE FROM distrust");
    return hf_rows_run(&rows, err);
}

static enum hf_status write_evidence(struct hf_replica *replica, const struct hf_finding *finding, uint64_t now_ms,
                                     struct hf_buf *out)
{
    struct hf_buf earlier = {0}, before = {0};
    const struct hf_identity *identity = replica->identity;
    struct hf_evidence evidence = {.found_ms = now_ms,
                                   .says = hf_slice_str(finding->text),
                                   .later = finding->note,
                                   .proof = *finding->consistency,
                                   .shown = finding->shown,
                                   .place = finding->place};
    memcpy(evidence.device, identity->sign.public_key, sizeof evidence.device);
    enum hf_status status = hf_identity_log_key(identity, 0, &evidence.log);
    if (status == HF_OK)
        status = hf_replica_checkpoint(replica, &earlier, &before);
    evidence.earlier = hf_buf_slice(&earlier);
    if (status == HF_OK)
        status = hf_evidence_format(&evidence, out);
    hf_buf_clear(&earlier);
    hf_buf_clear(&before);
    return status;
}

enum hf_status hf_replica_distrust_begin(struct hf_replica *replica, const struct hf_finding *finding, uint64_t now_ms)
{
    struct hf_rows rows;
    struct hf_buf evidence = {0};
    enum hf_status status = write_evidence(replica, finding, now_ms, &evidence);
    if (status == HF_OK) {
        hf_rows_begin_text(&rows, replica, "INSERT OR IGNORE INTO distrust VALUES(1, ?1, ?2, ?3)");
        hf_rows_bind_u64(&rows, now_ms);
        hf_rows_bind_bytes(&rows, hf_slice_str(finding->text));
        hf_rows_bind_bytes(&rows, hf_buf_slice(&evidence));
        status = hf_rows_run(&rows, NULL);
    }
    hf_buf_clear(&evidence);
    return status;
}
