/* Drafts as they travel and as the office keeps them: sealed, one for each record and device (formats.md 1). What is
 * inside only devices read; see core/replica/draft.h. */
#ifndef HF_CORE_MODEL_DRAFT_ITEM_H
#define HF_CORE_MODEL_DRAFT_ITEM_H

#include "core/base/bytes.h"
#include "core/base/id.h"
#include "core/crypto/crypto.h"

#define HF_DRAFT_BLOB_BYTES_MAX (320u * 1024 + 256)

struct hf_draft_item {
    struct hf_id record_id;
    uint8_t device[HF_SIGN_PUBLIC_BYTES]; /* whose it is; to the office it is not said: the channel knows */
    struct hf_id person;                  /* who holds that device; from the office only */
    struct hf_id case_id;
    struct hf_id key_id;
    uint64_t version; /* grows with every autosave */
    bool shared;
    struct hf_slice blob; /* nonce 24 ‖ ciphertext ‖ tag 16 */
};
/* One version of a draft. */
struct hf_draft_ref {
    struct hf_id record_id;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint64_t version;
};

enum hf_draft_result {
    HF_DRAFT_KEPT = 0,
    HF_DRAFT_TOO_MANY = 1, /* a limit of the office for one device */
    HF_DRAFT_NOT_HERE = 2  /* the office does not let this person write in that case, or knows no such key */
};

#endif
