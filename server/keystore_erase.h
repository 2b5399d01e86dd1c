/* The erasures that the key store knows: asked for, and carried out. It is the key store that forgets, so it is the key
 * store that remembers what it has forgotten: destroying the keys of a case and noting the confirmed erasure are one
 * transaction, and whatever comes after can be done again from that note (server/erase.h). */
#ifndef HF_SERVER_KEYSTORE_ERASE_H
#define HF_SERVER_KEYSTORE_ERASE_H

#include "server/keystore.h"

enum hf_erasure_state {
    HF_ERASURE_ASKED = 0,
    HF_ERASURE_DESTROYED = 1, /* confirmed; the keys are gone */
};
struct hf_erasure_row {
    struct hf_id erasure;
    struct hf_id case_id;
    enum hf_erasure_state state;
    uint64_t shard;       /* of the log (core/model/shard.h) in which it was asked for, or carried out */
    struct hf_slice body; /* hf_erase_body_encode: without the second officer while it is asked for */
};
/* Return false to stop. Must not call the key store. */
typedef bool hf_erasure_row_fn(void *ctx, const struct hf_erasure_row *row);

/* A request. HF_ERR_EXISTS: there is one with this id. */
HF_CHECKED enum hf_status hf_keystore_erasure_ask(struct hf_keystore *store, const struct hf_erasure_row *row);
/* By id, oldest request first is not promised. */
HF_CHECKED enum hf_status hf_keystore_erasures(struct hf_keystore *store, hf_erasure_row_fn *each, void *ctx);
/* Takes a request back. HF_ERR_NOT_FOUND: there is none that still waits. */
HF_CHECKED enum hf_status hf_keystore_erasure_cancel(struct hf_keystore *store, const struct hf_id *erasure);
/* Destroys every key of the case and notes the confirmed erasure, in one transaction, and leaves nothing of the keys in
 * the files. Doing it again is fine. */
HF_CHECKED enum hf_status hf_keystore_destroy(struct hf_keystore *store, const struct hf_erasure_row *row);
/* True when the keys of this case were destroyed. */
HF_CHECKED enum hf_status hf_keystore_erased(struct hf_keystore *store, const struct hf_id *case_id, bool *out);
/* Nothing deleted is left in the write-ahead log. */
HF_CHECKED enum hf_status hf_keystore_scrub(struct hf_keystore *store);

#endif
