/* A bundle: what would travel over the channel, as a file that somebody carries (docs/decisions/0010). Pure.
 *
 *   file   = bundle …                    (one; of cases, one for each case)
 *   bundle = header 104 ‖ part …
 *   header = "HFB1" ‖ kind u8 ‖ 0 0 0 ‖ log id 32 ‖ party 32 ‖ once 32
 *   part   = length u32 ‖ last u8 ‖ ciphertext, tag included
 *
 * A part is sealed with XChaCha20-Poly1305, nonce = 20 zeros ‖ number u32, AAD = header ‖ number u32 ‖ last u8; numbers
 * count from 0. So no part can be changed, dropped, repeated, put elsewhere or cut off unnoticed, and nothing of a
 * bundle is given out before all of it was checked.
 *
 *   kind 1, to the office: party = the device's channel key, once = an ephemeral public key e,
 *           key = BLAKE2b-256(key = psk, "hf-bundle-office-v1" ‖ header ‖ DH(e, server) ‖ DH(device, server))
 *   kind 2, to a device: the same with "hf-bundle-device-v1" and DH(e, device) ‖ DH(server, device)
 *   kind 3, of a case: party = key id 16 ‖ zeros, once = 32 random bytes,
 *           key = BLAKE2b-256(key = class key, "hf-bundle-case-v1" ‖ header): for whoever holds the case
 *   kind 4, attachments of a case: as kind 3; each part is an ATTACH_PUT message */
#ifndef HF_PROTOCOL_CARRY_H
#define HF_PROTOCOL_CARRY_H

#include "core/model/item.h"
#include "protocol/limits.h"

#define HF_CARRY_HEADER_BYTES 104
#define HF_CARRY_PARTY_BYTES  32

enum hf_carry_kind {
    HF_CARRY_TO_OFFICE = 1,
    HF_CARRY_TO_DEVICE = 2,
    HF_CARRY_OF_CASE = 3,
    HF_CARRY_OF_ATTACHMENTS = 4
};

struct hf_carry_header {
    enum hf_carry_kind kind;
    uint8_t log_id[HF_HASH_BYTES];
    uint8_t party[HF_CARRY_PARTY_BYTES];
    uint8_t once[HF_DH_BYTES];
};
void hf_carry_header_encode(const struct hf_carry_header *header, uint8_t out[HF_CARRY_HEADER_BYTES]);
/* HF_ERR_INVALID: not a bundle; HF_ERR_UNSUPPORTED: of a kind that this program does not know; HF_ERR_CORRUPT: cut off.
 * With text. */
HF_CHECKED enum hf_status hf_carry_header_decode(struct hf_slice bytes, struct hf_carry_header *out,
                                                 struct hf_error *err);

/* Between a device and the office. `own` and `other`: static channel keys. While sealing, `once` is the ephemeral key
 * whose public half stands in the header; NULL while opening. HF_ERR_AUTH: a public key of small order. Wipe out. */
HF_CHECKED enum hf_status hf_carry_channel_key(const struct hf_carry_header *header, const uint8_t psk[HF_KEY_BYTES],
                                               const struct hf_dh_key *own, const uint8_t other[HF_DH_BYTES],
                                               const struct hf_dh_key *once, uint8_t out[HF_KEY_BYTES]);
void hf_carry_case_key(const struct hf_carry_header *header, const struct hf_class_key *key, uint8_t out[HF_KEY_BYTES]);

/* --- writing: begin, put …, the last one says so --- */
struct hf_carry_writer {
    struct hf_buf *out; /* with a limit of HF_LIMIT_CARRY_BYTES */
    uint8_t header[HF_CARRY_HEADER_BYTES];
    uint8_t key[HF_KEY_BYTES];
    uint32_t next;
    bool ended;
};
void hf_carry_begin(struct hf_carry_writer *writer, const struct hf_carry_header *header,
                    const uint8_t key[HF_KEY_BYTES], struct hf_buf *out);
/* HF_ERR_LIMIT: the part, or the file, would be too long; HF_ERR_NOMEM. out is then of no use. */
HF_CHECKED enum hf_status hf_carry_put(struct hf_carry_writer *writer, struct hf_slice part, bool last);
void hf_carry_end(struct hf_carry_writer *writer); /* wipes */

/* --- reading --- */
struct hf_carry {
    struct hf_slice *parts;
    size_t count;
    size_t bytes_used; /* of the file, header included */
    struct hf_buf plain;
};
/* Opens the bundle that begins `bytes`. HF_ERR_CORRUPT: cut off, or altered, or sealed under another key; HF_ERR_LIMIT.
 * With text. Nothing is in *out then. */
HF_CHECKED enum hf_status hf_carry_open(struct hf_slice bytes, const uint8_t key[HF_KEY_BYTES], struct hf_carry *out,
                                        struct hf_error *err);
/* How long the bundle is that begins `bytes`, by what its parts say of themselves; 0: it is cut off. */
size_t hf_carry_length(struct hf_slice bytes);
void hf_carry_clear(struct hf_carry *bundle);

/* --- reading a file that is not held in memory: once through to see that all of it holds, and once more for what is
 * in it --- */
/* Fills out with the bytes from `at` on, all of which are there. */
typedef enum hf_status hf_carry_read_fn(void *ctx, uint64_t at, uint8_t *out, size_t len, struct hf_error *err);
struct hf_carry_reader {
    hf_carry_read_fn *read;
    void *ctx;
    uint64_t size; /* of the file, at most HF_LIMIT_CARRY_BYTES */
    uint8_t header[HF_CARRY_HEADER_BYTES];
    uint8_t key[HF_KEY_BYTES];
    uint64_t at;
    uint32_t next;
    bool ended; /* that was the last part */
};
/* One bundle, which is the whole file. */
void hf_carry_reader_begin(struct hf_carry_reader *reader, const struct hf_carry_header *header,
                           const uint8_t key[HF_KEY_BYTES], hf_carry_read_fn *read, void *ctx, uint64_t size);
/* The next part, in plain, in place of what is in `out`; `sealed` is room to work in. Not after the last.
 * HF_ERR_CORRUPT, HF_ERR_LIMIT as hf_carry_open, also for something behind the last part; what `read` answers. */
HF_CHECKED enum hf_status hf_carry_reader_next(struct hf_carry_reader *reader, struct hf_buf *sealed,
                                               struct hf_buf *out, struct hf_error *err);
/* From the first part on again. */
void hf_carry_reader_rewind(struct hf_carry_reader *reader);
void hf_carry_reader_end(struct hf_carry_reader *reader); /* wipes */

/* --- one change in a bundle of a case: key id 16 ‖ leaf 312 ‖ body --- */
void hf_carry_item_encode(const struct hf_item *item, struct hf_buf *out);
/* Borrows. HF_ERR_INVALID. */
HF_CHECKED enum hf_status hf_carry_item_decode(struct hf_slice part, const struct hf_id *case_id, struct hf_item *out);

#endif
