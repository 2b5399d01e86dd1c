/* The form of a commit in the mirror, for its two halves. Inside server/suffix*.c. */
#ifndef HF_SERVER_SUFFIX_FORM_H
#define HF_SERVER_SUFFIX_FORM_H

#include "server/suffix.h"

#define HF_SUFFIX_HEAD          "HFX1"
#define HF_SUFFIX_AAD_BYTES     (4 + 8 + 8)
#define HF_SUFFIX_STATE_CONTEXT "holdfast suffix state v1"

#define HF_SUFFIX_PARTS            9
#define HF_SUFFIX_ENTRY_PARTS      9
#define HF_SUFFIX_RECORD_PARTS     6
#define HF_SUFFIX_EFFECT_PARTS     3
#define HF_SUFFIX_DEVICE_PARTS     17
#define HF_SUFFIX_ASSIGNMENT_PARTS 4
#define HF_SUFFIX_INVITATION_PARTS 10

/* The shard of the log is in both: what a log before it had at this size is another file, and does not open as this
 * one. */
void hf_suffix_name(const struct hf_suffix *suffix, uint64_t size, char out[HF_WEB_PATH_BYTES]);
void hf_suffix_aad(const struct hf_suffix *suffix, uint64_t size, uint8_t out[HF_SUFFIX_AAD_BYTES]);
/* The plain bytes behind the seal, made on a log of `size`. Takes them over when it returns HF_OK. Without a
 * key store states of records are left out. HF_ERR_CORRUPT, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_suffix_decode(struct hf_keystore *keystore, uint64_t size, struct hf_buf *bytes,
                                           struct hf_suffix_commit *out);

#endif
