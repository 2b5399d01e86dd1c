/* The proofs that came with receipts, kept for as long as the replica: for each range of own changes the border hashes
 * and the signed checkpoint that they lead to. With the own leaves, which are never deleted, each of them yields the
 * inclusion proof of every single change in it, also when the office is long gone. */
#ifndef HF_CORE_REPLICA_PROOFS_H
#define HF_CORE_REPLICA_PROOFS_H

#include "core/log/proof_file.h"
#include "core/replica/replica.h"

struct hf_receipt {
    uint64_t index;       /* of the change in the log */
    uint64_t size;        /* of the checkpoint that it was proved in */
    uint64_t verified_ms; /* when this device checked that, by its clock */
};
/* HF_ERR_NOT_FOUND: no proof is kept for that entry: somebody else's, or not proved yet. */
HF_CHECKED enum hf_status hf_replica_receipt(struct hf_replica *replica, uint64_t index, struct hf_receipt *out);

/* Appends a C2SP tlog-proof of one own change, with the entry itself as `extra`; checked once more before it is given
 * out. HF_ERR_NOT_FOUND: no such change; HF_ERR_STATE: no proof of it is kept, err says why. */
HF_CHECKED enum hf_status hf_replica_proof_file(struct hf_replica *replica, const struct hf_id *change_id,
                                                struct hf_buf *out, struct hf_error *err);

/* --- inside core/replica, in the transaction of hf_replica_store_head -----------------------------------------------
 */
extern const char hf_replica_proof_tables[];
/* The checkpoint first, then its proofs. Both are verified by the caller. */
HF_CHECKED enum hf_status hf_replica_proofs_keep(struct hf_replica *replica, uint64_t size, struct hf_slice note,
                                                 uint64_t now_ms, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_proof_keep(struct hf_replica *replica, uint64_t size,
                                                const struct hf_range_proof *proof, struct hf_error *err);
/* receipts.c: appends the leaf hashes of own changes at exactly these places; HF_ERR_AUTH when one is missing. */
HF_CHECKED enum hf_status hf_replica_own_hashes(struct hf_replica *replica, const struct hf_range *range,
                                                struct hf_buf *out, struct hf_error *err);

#endif
