/* The body of a policy leaf (kind 9): one file of the authority, released by a person whose role allows it and signed
 * by their device. A policy pack or a calendar, whole and byte for byte as it was released, so that anybody can compare
 * its SHA-256. It is sealed under the key of the office case, which every enrolled device holds, carries no names and
 * is open in bundles.
 *
 *   { 1 what text, 2 name text, 3 version text, 4 SHA-256 of the file bin32, 5 the file bin,
 *     6 in force from text YYYY-MM-DD or "", 7 version it takes the place of text or "" }
 *
 * A name and a version stand for one content for ever: see core/policy/book.h. Pure. */
#ifndef HF_CORE_MODEL_BODY_POLICY_H
#define HF_CORE_MODEL_BODY_POLICY_H

#include "core/model/body.h"

#define HF_POLICY_FILE_BYTES_MAX (240u * 1024) /* of one pack or calendar; it travels in one entry */
#define HF_POLICY_NAME_TEXT_MAX  64
#define HF_POLICY_WHAT_PACK      "pack"
#define HF_POLICY_WHAT_CALENDAR  "calendar"

struct hf_policy_body {
    struct hf_slice what; /* "pack", "calendar"; what a later version releases reads too, and has no effect here */
    struct hf_slice name; /* "sample.fsm", "england-and-wales" */
    struct hf_slice version;
    uint8_t hash[HF_HASH_BYTES];
    struct hf_slice file;
    struct hf_slice effective_from; /* of a pack; empty: at once */
    struct hf_slice supersedes;     /* empty: nothing, or it does not say */
};
/* Who may release: the office and administrators. By anybody else it is logged and has no effect. */
bool hf_policy_may_release(enum hf_role role);
/* Appends; errors show in the buffer. */
void hf_policy_body_encode(const struct hf_policy_body *body, struct hf_buf *out);
/* Strict: exactly these keys, the hash fits the file. HF_ERR_INVALID, HF_ERR_LIMIT. *out borrows. Does not read the
 * file. */
HF_CHECKED enum hf_status hf_policy_body_decode(struct hf_slice bytes, struct hf_policy_body *out);

#endif
