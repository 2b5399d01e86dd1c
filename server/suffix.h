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
 * not yet used) are not written.
 *
 * When the mirror cannot be written – full, read-only, away – the commit is written into a folder beside server.db
 * instead, mirror-waiting/, as the same file, and from there to the mirror as soon as it can be, in order: so each
 * commit is in one of the two before it is made, also over restarts, and nothing else remembers what is missing. The
 * mirror has a file `holdfast-mirror` that names it, so that an empty folder in the place of a disk that is not there
 * is not taken for it. One thread at a time. */
#ifndef HF_SERVER_SUFFIX_H
#define HF_SERVER_SUFFIX_H

#include "server/keystore.h"
#include "server/store.h"
#include "server/web_folder.h"

#define HF_SUFFIX_KEY_CONTEXT "holdfast server suffix v1"
#define HF_SUFFIX_BYTES_MAX   (64u << 20)
#define HF_SUFFIX_PATH_BYTES  4096
#define HF_SUFFIX_NAME_BYTES  33 /* hex and NUL */
#define HF_SUFFIX_MARK        "holdfast-mirror"
#define HF_SUFFIX_RETRY_MS    10000
#define HF_SUFFIX_TURN_FILES  64 /* brought to the mirror in one turn */

struct hf_suffix {
    struct hf_web_folder web;
    bool open; /* the mirror's folder is */
    uint8_t key[HF_KEY_BYTES];
    struct hf_keystore *keystore; /* borrowed */
    /* of the mirror of a data folder (hf_suffix_attach) */
    bool attached;
    char path[HF_SUFFIX_PATH_BYTES]; /* of the mirror */
    char name[HF_SUFFIX_NAME_BYTES]; /* which one it is */
    struct hf_web_folder aside;      /* mirror-waiting/ */
    bool aside_open;
    uint64_t waiting;   /* files in it */
    uint64_t since_ms;  /* the oldest of them; Unix ms */
    enum hf_status why; /* of the last attempt */
    uint64_t again_ms;  /* the next attempt; monotonic ms, as the caller counts */
};

/* Opens the folder, which is made when it is missing (not those above it). Errors as hf_web_open. */
HF_CHECKED enum hf_status hf_suffix_open(const char *folder, const uint8_t key[HF_KEY_BYTES],
                                         struct hf_keystore *keystore, struct hf_suffix *out);
void hf_suffix_close(struct hf_suffix *suffix);

/* For hf_store.journal: durable when it returns, in the mirror or in mirror-waiting/. ctx is the struct hf_suffix,
 * attached. HF_ERR_FULL, HF_ERR_IO, HF_ERR_NOMEM: in neither of the two; the commit must not be made. */
HF_CHECKED enum hf_status hf_suffix_write(void *ctx, const struct hf_store_batch *batch);

/* --- the mirror of a data folder (suffix_waiting.c) --- */
/* Names a mirror, or reads the name it has. */
HF_CHECKED enum hf_status hf_suffix_name_mirror(struct hf_suffix *suffix, char out[HF_SUFFIX_NAME_BYTES]);
/* A mirror that is away is no error: it is waited for. Also brings there what waited. HF_ERR_IO …: mirror-waiting/
 * cannot be used. */
HF_CHECKED enum hf_status hf_suffix_attach(const char *data_folder, const char *mirror, const char *name,
                                           const uint8_t key[HF_KEY_BYTES], struct hf_keystore *keystore,
                                           struct hf_suffix *out);
/* For reading (hf_suffix_read): what waits beside the data folder counts as well. No folder is fine. */
void hf_suffix_read_waiting(struct hf_suffix *suffix, const char *data_folder);
/* Puts a sealed file where it can be put; see hf_suffix_write. */
HF_CHECKED enum hf_status hf_suffix_keep(struct hf_suffix *suffix, const char *name, struct hf_slice bytes);
/* The mirror is there, as far as is known, and lacks nothing. */
bool hf_suffix_is_well(const struct hf_suffix *suffix);
/* Brings what waits to the mirror, when it is time to try again. True: more can be brought at once. */
bool hf_suffix_step(struct hf_suffix *suffix, uint64_t monotonic_ms);
/* One sentence for people while commits wait; empty when the mirror has all. */
void hf_suffix_tell(const struct hf_suffix *suffix, struct hf_buf *out);
/* Another mirror, or none: what waited for the one before is dropped. */
HF_CHECKED enum hf_status hf_suffix_forget_waiting(const char *data_folder);

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
