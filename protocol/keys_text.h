/* A request for a certificate of the server's keys, and the certificate, as text that travels between the server and
 * the machine with the authority's key (docs/keys.md). Pure.
 *
 *   holdfast server keys v1
 *   authority <name>, origin <origin>, serial <number>, device, log, channel, keystore, recovery <hex>,
 *   until <Unix ms>                                                                                    one a line
 *   shard <hex>, and what it says in words: shard-number, shard-name, shard-size, shard-root,
 *   shard-checkpoint-size, shard-reason, shard-certificates-lost                           with a new shard (shard.h)
 *   signature <hex>                                                                            in the certificate only
 */
#ifndef HF_PROTOCOL_KEYS_TEXT_H
#define HF_PROTOCOL_KEYS_TEXT_H

#include "core/model/body.h"

#define HF_KEYS_TEXT_BYTES_MAX 20000

struct hf_keys_text {
    struct hf_note_body body; /* its authority's name borrows from the text, its shard from shard below */
    struct hf_slice origin;
    bool is_signed;
    uint8_t shard[HF_SHARD_BYTES_MAX];
};
void hf_keys_text_write(const struct hf_keys_text *keys, struct hf_buf *out);
/* HF_ERR_INVALID with text: not of this form, or what it says in words is not what would be signed. */
HF_CHECKED enum hf_status hf_keys_text_read(struct hf_slice text, struct hf_keys_text *out, struct hf_error *err);

#endif
