/* New keys for the server, certified by the authority, whose own key stays offline (docs/keys.md): the log's key, the
 * server's device key, its channel key, its key-store key, any of them at once. The entry that says so is a further
 * "server" note with the next serial, signed with the device key that it names. Every checkpoint that holds it is
 * signed with the log key that it names; entries of the server after it bear its device key; devices learn its channel
 * key and its key-store key from it. The channel key before it is answered until the time that it states; what was
 * sealed to the key-store key before it goes on being opened, so that nothing is lost. */
#ifndef HF_SERVER_ROTATE_H
#define HF_SERVER_ROTATE_H

#include "protocol/keys_text.h"
#include "server/keystore_rotate.h"
#include "server/office.h"

/* Appends the request for `parts` (enum hf_key_part); what was asked about before, and not certified, is asked about
 * again. The channel key before is answered for old_days days. HF_ERR_STATE, HF_ERR_LIMIT, with text. */
HF_CHECKED enum hf_status hf_rotate_request(struct hf_office *office, unsigned parts, unsigned old_days,
                                            struct hf_buf *out, struct hf_error *err);
/* Checks the certificate, writes the entry, and works with the new keys from there. HF_ERR_AUTH: not signed by the
 * authority; HF_ERR_INVALID not a certificate, or of other keys; HF_ERR_STATE nothing was requested. */
HF_CHECKED enum hf_status hf_rotate_take(struct hf_office *office, struct hf_slice text, struct hf_error *err);
/* Appends the certificate in use, for devices that were away. It is public. */
HF_CHECKED enum hf_status hf_rotate_show(struct hf_office *office, struct hf_buf *out);
/* On opening: a change that was cut off after its entry was written is brought to its end. */
HF_CHECKED enum hf_status hf_rotate_settle(struct hf_office *office, struct hf_error *err);

/* The ceremony itself, on the machine with the authority's key: reads a request, appends the certificate. Needs no
 * office. HF_ERR_INVALID with text. */
HF_CHECKED enum hf_status hf_rotate_sign(struct hf_slice request, const struct hf_sign_key *authority,
                                         struct hf_buf *out, struct hf_error *err);

/* --- what a new shard (new_shard.h) needs of it --- */
/* The certificate that is asked for, without its signature; borrows from both. */
void hf_rotate_body(const struct hf_server_keys *keys, const struct hf_key_row *next, struct hf_note_body *out);
/* What is asked for and what was certified differ in nothing but the signature, and the authority signed it. */
HF_CHECKED enum hf_status hf_rotate_check(const struct hf_office *office, const struct hf_note_body *asked,
                                          const struct hf_keys_text *given, struct hf_error *err);
/* The entry, signed with the device key of the next set. */
HF_CHECKED enum hf_status hf_rotate_write(struct hf_office *office, const struct hf_note_body *body);
/* True when the entry of this serial stands in the log at `from` or later. */
HF_CHECKED enum hf_status hf_rotate_written(struct hf_office *office, uint64_t serial, uint64_t from, bool *out);

#endif
