/* The mirror: a folder elsewhere into which every commit is written before it is made, so that a store that was put
 * back from a backup can be brought up to what was signed since. One file a commit, NUMBER.commit, NUMBER being the log
 * size before it in 20 digits, in a new shard of the log (new_shard.h) sSHARD-NUMBER.commit:
 *
 *   "HFX1" ‖ nonce 24 ‖ sealed ‖ tag 16      under a key derived from the data folder's secret.key, AAD = "HFX1" ‖ size
 * u64 ‖ shard u64
 *
 * What is sealed is msgpack: the batch as it was committed (store.h). Payloads are sealed under their class keys, as
 * everywhere; states of records are sealed under the class key of their case here too. So once a case was erased and
 * its key destroyed, nothing of it can be read in the mirror either. Commits without an entry (last seen, invitations
 * not yet used) are not written. One thread at a time. */
#ifndef HF_SERVER_SUFFIX_H
#define HF_SERVER_SUFFIX_H

#include "server/keystore.h"
#include "server/store.h"
#include "server/web_folder.h"

#define HF_SUFFIX_KEY_CONTEXT "holdfast server suffix v1"
#define HF_SUFFIX_BYTES_MAX   (64u << 20)

struct hf_suffix {
    struct hf_web_folder web;
    bool open;
    bool failed; /* a commit could not be written: what came since cannot be brought back from here */
    uint64_t failed_at;
    uint8_t key[HF_KEY_BYTES];
    struct hf_keystore *keystore; /* borrowed */
};

/* Opens the folder, which is made when it is missing (not those above it). Errors as hf_web_open. */
HF_CHECKED enum hf_status hf_suffix_open(const char *folder, const uint8_t key[HF_KEY_BYTES],
                                         struct hf_keystore *keystore, struct hf_suffix *out);
void hf_suffix_close(struct hf_suffix *suffix);

/* For hf_store.journal: durable when it returns. ctx is the struct hf_suffix. A failure is remembered there. */
void hf_suffix_write(void *ctx, const struct hf_store_batch *batch);

/* A commit read back. Slices and arrays live in it. */
struct hf_suffix_commit {
    struct hf_store_batch batch;
    struct hf_id erased_case;
    uint64_t lost_records; /* states whose key is not in the key store: left out */
    struct hf_buf bytes;   /* what the rest borrows from */
    void *arrays;
};
/* The commit that was made on a log of this size. HF_ERR_NOT_FOUND: there is none; HF_ERR_CORRUPT: the file was changed
 * or is another office's; HF_ERR_NOMEM, HF_ERR_IO. Clear after HF_OK. */
HF_CHECKED enum hf_status hf_suffix_read(struct hf_suffix *suffix, uint64_t size, struct hf_suffix_commit *out);
void hf_suffix_commit_clear(struct hf_suffix_commit *commit);

#endif
