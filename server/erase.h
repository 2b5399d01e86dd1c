/* Erasing a case so that the log stays valid (formats.md 2). Two records officers (server/officers.h) sign: the first
 * asks, with a preview; the second confirms from a device of their own. Then, in this order, each step durable before
 * the next:
 *
 *   1. the key store destroys every key of the case and notes the confirmed erasure (one transaction);
 *   2. the store empties the payloads, drops records and drafts, and gets the erase leaf (one commit);
 *   3. both files are scrubbed: what waits in write-ahead logs goes into pages whose free space is zeroed.
 *
 * Whatever stops the server, or its disk, hf_erase_settle finishes it before anything is served. It also puts right
 * what came back with a backup: an older key store forgets again what the log says is erased, an older store loses
 * again what the key store has forgotten. An erasure whose entry was lost with the end of a log before is logged again
 * in the new shard, as it was when all of it holds there, and otherwise as *carried out before* (docs/decisions/0017).
 * A request from before a new shard began is void. A legal hold (kind 5) blocks asking and confirming. */
#ifndef HF_SERVER_ERASE_H
#define HF_SERVER_ERASE_H

#include "core/model/body_erase.h"
#include "server/batch.h"

/* What would go. */
struct hf_erase_plan {
    struct hf_buf ranges;
    uint64_t entry_count;
    uint64_t payload_bytes;
    uint64_t record_count;
    uint64_t first_ms, last_ms; /* times of the first and the last entry, as their devices had it */
};
void hf_erase_plan_clear(struct hf_erase_plan *plan);
/* HF_ERR_NOT_FOUND no such case; HF_ERR_DENIED the office case, or a legal hold; HF_ERR_STATE it was erased before;
 * HF_ERR_LIMIT it lies in too many places of the log; all with text. */
HF_CHECKED enum hf_status hf_erase_plan(struct hf_office *office, const struct hf_id *case_id,
                                        struct hf_erase_plan *out, struct hf_error *err);

/* The request that the first officer is to sign, appended to out. `who` is the device that asks. */
HF_CHECKED enum hf_status hf_erase_draft(struct hf_office *office, const struct hf_acting *who,
                                         const struct hf_id *case_id, struct hf_slice basis, struct hf_buf *out,
                                         struct hf_error *err);
/* Takes the signed request. HF_ERR_CONFLICT: the case is no longer as the request says. */
HF_CHECKED enum hf_status hf_erase_ask(struct hf_office *office, const struct hf_acting *who, struct hf_slice request,
                                       const uint8_t signature[HF_SIGN_BYTES], struct hf_id *out_erasure,
                                       struct hf_error *err);
/* The encoded request of an erasure that waits for its second officer. HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_erase_request(struct hf_office *office, const struct hf_id *erasure, struct hf_buf *out,
                                           struct hf_error *err);
/* Erases. HF_ERR_DENIED: the same person or device; HF_ERR_AUTH: the signature; HF_ERR_CONFLICT: the case has changed
 * since it was asked for. */
HF_CHECKED enum hf_status hf_erase_confirm(struct hf_office *office, const struct hf_acting *who,
                                           const struct hf_id *erasure, const uint8_t signature[HF_SIGN_BYTES],
                                           struct hf_error *err);
HF_CHECKED enum hf_status hf_erase_cancel(struct hf_office *office, const struct hf_id *erasure, struct hf_error *err);

/* Before anything is served: finishes what was begun, replays the list. */
HF_CHECKED enum hf_status hf_erase_settle(struct hf_office *office, struct hf_error *err);

/* The body of an erase entry of a log before (`shard`: of which), which somebody brought (hand_on.h) and the server
 * then signed: what this key store does not know yet is destroyed again, and logged as far as it holds here.
 * HF_ERR_INVALID: two officers did not sign it. */
HF_CHECKED enum hf_status hf_erase_again(struct hf_office *office, uint64_t shard, struct hf_slice bytes,
                                         struct hf_error *err);

/* The entry that erased the case. HF_ERR_NOT_FOUND: it was not. */
HF_CHECKED enum hf_status hf_erase_entry(struct hf_office *office, const struct hf_id *case_id, uint64_t *out_index);

HF_CHECKED enum hf_status hf_erase_is_on_hold(struct hf_office *office, const struct hf_id *case_id, bool *out);
/* Places or lifts a legal hold. HF_ERR_STATE: it is so already; HF_ERR_INVALID: no known reason; HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_erase_hold(struct hf_office *office, const struct hf_id *case_id, bool placed,
                                        struct hf_slice reason_code, struct hf_error *err);

#endif
