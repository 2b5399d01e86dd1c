/* Attachments: photographs, papers, a welcome video. A record of type 100 says what there is (name, media type, and its
 * content: size, key and root), signed like every record; the bytes travel and lie apart, sealed in chunks
 * (docs/decisions/0005). Pure.
 *
 *   key    = BLAKE2b-256(key = derive(class key, "hf attachment v1"), attachment id 16)
 *   chunk  = XChaCha20-Poly1305(key, nonce = 16 zeros ‖ number u64, AAD = "HFA1" ‖ attachment id 16 ‖ number u64) of
 *            32 KiB of the file, the last one shorter: ciphertext ‖ tag 16
 *   root   = the Merkle tree hash (core/log/tree.h) over the sealed chunks
 *
 * An attachment's id is made once and its content never changes, so no nonce comes twice under a key. Whoever holds the
 * class key can derive the key; when the class key is destroyed nobody can. */
#ifndef HF_CORE_MODEL_ATTACHMENT_H
#define HF_CORE_MODEL_ATTACHMENT_H

#include "core/model/payload.h"

#define HF_ATTACH_CHUNK_BYTES        (32u * 1024)
#define HF_ATTACH_SEALED_BYTES       (HF_ATTACH_CHUNK_BYTES + HF_TAG_BYTES)
#define HF_ATTACH_BYTES_MAX          (1024ull * 1024 * 1024) /* what the form carries; the office may allow less */
#define HF_ATTACH_DEFAULT_MAX        (512ull * 1024 * 1024)  /* while no procedure says otherwise */
#define HF_ATTACH_SMALL_BYTES        (1024ull * 1024)        /* up to this a device fetches without being asked */
#define HF_ATTACH_CONTENT_TEXT_BYTES 160

/* The field "content", text of the form "1 SIZE ROOT KEY": decimal, 64 and 32 lower-case hexadecimal digits, one space
 * between. It is kept like a person's own words: a change that names it cannot put other content in its place. */
struct hf_attach_content {
    uint64_t size; /* of the file, 1 to HF_ATTACH_BYTES_MAX */
    uint8_t root[HF_HASH_BYTES];
    struct hf_id key_id; /* the class key that its key is derived from */
};
void hf_attach_content_encode(const struct hf_attach_content *content, char out[HF_ATTACH_CONTENT_TEXT_BYTES]);
/* HF_ERR_INVALID for any other form. */
HF_CHECKED enum hf_status hf_attach_content_decode(struct hf_slice text, struct hf_attach_content *out);

/* What the office says to chunks that a device brings, or asks for. Codes travel and are stored: stable. */
enum hf_attach_result {
    HF_ATTACH_KEPT = 0,      /* or: here they are */
    HF_ATTACH_UNKNOWN = 1,   /* no attachment of this device by that name is in the log; or none that may be read */
    HF_ATTACH_TOO_LARGE = 2, /* larger than the office allows */
    HF_ATTACH_FULL = 3,      /* the office has no room at the moment */
    HF_ATTACH_GONE = 4,      /* its case was erased */
    HF_ATTACH_NOT_YET = 5,   /* the office has not all of it yet */
    HF_ATTACH_DAMAGED = 6,   /* does not fit what was signed */
    HF_ATTACH_RESULT_COUNT
};
/* A sentence for people about something that is not kept; "" for HF_ATTACH_KEPT. */
const char *hf_attach_result_text(enum hf_attach_result result);

/* How many chunks a file of this size has, and how long one of them is, sealed. */
uint64_t hf_attach_chunk_count(uint64_t size);
size_t hf_attach_sealed_len(uint64_t size, uint64_t number);

/* Wipe out after use. */
void hf_attach_key(const uint8_t class_key[HF_KEY_BYTES], const struct hf_id *attachment, uint8_t out[HF_KEY_BYTES]);
/* out holds len + HF_TAG_BYTES, len at most HF_ATTACH_CHUNK_BYTES. */
void hf_attach_seal(const uint8_t key[HF_KEY_BYTES], const struct hf_id *attachment, uint64_t number,
                    struct hf_slice plain, uint8_t *out);
/* False when it does not authenticate. out holds sealed.len - HF_TAG_BYTES. */
HF_CHECKED bool hf_attach_unseal(const uint8_t key[HF_KEY_BYTES], const struct hf_id *attachment, uint64_t number,
                                 struct hf_slice sealed, uint8_t *out);

#endif
