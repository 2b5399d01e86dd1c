/* A new shard of the log: what the authority signs when the end of a log was lost and cannot be had again
 * (docs/decisions/0013). From the entry that holds it the log has another name, another key and another log id; it
 * begins with the entries that are left of the log before. Pure.
 *
 *   { 1 number uint, 2 name text, 3 size uint, 4 root bin32, 5 newest checkpoint of the log before bin, 6 reason text,
 *     7 lost bin? }
 *   lost: [[serial uint, at uint, until uint, device bin32, log bin32, channel bin32, key store bin32, authority
 *     signature bin64, shard bin] …]
 *
 * It stands in the "server" note of that entry and of every certificate after it (body.h), under the authority's
 * signature. `lost` are the certificates whose entries were in the part that was lost, by serial, each with the place
 * where its entry stood: with them everybody can follow from the last certificate that is left to the key that signed
 * `checkpoint`. A shard that was lost whole is one of them; what had been lost before it, it brings itself. */
#ifndef HF_CORE_MODEL_SHARD_H
#define HF_CORE_MODEL_SHARD_H

#include "core/base/bytes.h"
#include "core/crypto/crypto.h"

#define HF_SHARDS_MAX             8 /* of one log, one after the other */
#define HF_LOG_NAME_BYTES_MAX     200
#define HF_SHARD_NOTE_BYTES_MAX   2000
#define HF_SHARD_REASON_BYTES_MAX 500
#define HF_SHARD_BYTES_MAX        8000 /* with what it holds of shards and certificates that were lost */
#define HF_SHARD_LOST_MAX         16

struct hf_shard {
    uint64_t number;             /* 1: the first after the log that `holdfastd init` began */
    struct hf_slice name;        /* of the log from here on: its origin line */
    uint64_t size;               /* entries of the log before that this one begins with … */
    uint8_t root[HF_HASH_BYTES]; /* … and their root */
    struct hf_slice note;        /* the newest checkpoint of the log before that is known: a signed note */
    struct hf_slice reason;      /* 1 to HF_SHARD_REASON_BYTES_MAX bytes */
    struct hf_slice lost;        /* hf_shard_lost_encode; empty: none */
};
/* A certificate that stood in the part that was lost (body.h): what differs from the one before it. */
struct hf_shard_lost {
    uint64_t serial;
    uint64_t at; /* where its entry stood */
    uint64_t old_until_ms;
    uint8_t device[HF_SIGN_PUBLIC_BYTES], log[HF_SIGN_PUBLIC_BYTES];
    uint8_t channel[HF_DH_BYTES], key_store[HF_DH_BYTES];
    uint8_t authority_signature[HF_SIGN_BYTES];
    struct hf_slice shard; /* that began with it; empty: as in the one before it */
};
struct hf_shard_lost_list {
    size_t count;
    struct hf_shard_lost at[HF_SHARD_LOST_MAX]; /* serials ascend, and so do places; the shards borrow */
};
/* Appends; errors show in the buffer. */
void hf_shard_lost_encode(const struct hf_shard_lost_list *list, struct hf_buf *out);
/* Strict; of nothing it makes an empty list. HF_ERR_INVALID, HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_shard_lost_decode(struct hf_slice bytes, struct hf_shard_lost_list *out);

/* Appends; errors show in the buffer. */
void hf_shard_encode(const struct hf_shard *shard, struct hf_buf *out);
/* Strict, the list of lost certificates included; shards in that are checked when they are asked for. Borrows.
 * HF_ERR_INVALID, HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_shard_decode(struct hf_slice bytes, struct hf_shard *out);

/* The names that a log had, the first one first, and the log ids that follow from them: leaves signed under an earlier
 * one are those of the log before. */
struct hf_log_names {
    size_t count;
    struct hf_log_name {
        char name[HF_LOG_NAME_BYTES_MAX + 1];
        uint8_t id[HF_HASH_BYTES]; /* SHA-256(name) */
    } at[HF_SHARDS_MAX + 1];
};
/* Appends a name. HF_ERR_LIMIT: too many, or too long; HF_ERR_EXISTS: the log had this name before. */
HF_CHECKED enum hf_status hf_log_names_add(struct hf_log_names *names, struct hf_slice name);
/* Which of the names a log id stands for; names->count: none. */
size_t hf_log_names_find(const struct hf_log_names *names, const uint8_t log_id[HF_HASH_BYTES]);
/* The newest. At least one name is there. */
const struct hf_log_name *hf_log_names_last(const struct hf_log_names *names);

#endif
