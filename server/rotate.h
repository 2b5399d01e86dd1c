/* A new key for the log, certified by the authority, whose own key stays offline (docs/keys.md). The entry that says so
 * is a further "server" note with the next serial; every checkpoint that holds it is signed with the new key, and none
 * with the old one. The request and the certificate travel as text:
 *
 *   holdfast server keys v1
 *   authority <name>, origin <origin>, serial <number>, device, log, channel, keystore, recovery <hex>   one a line
 * each signature <hex>                                                                          in the certificate only
 */
#ifndef HF_SERVER_ROTATE_H
#define HF_SERVER_ROTATE_H

#include "server/office.h"

#define HF_ROTATE_TEXT_BYTES_MAX 3000

/* Appends the request; a key that was asked about before is asked about again. */
HF_CHECKED enum hf_status hf_rotate_request(struct hf_office *office, struct hf_buf *out, struct hf_error *err);
/* Checks the certificate, writes the entry, and signs with the new key from there. HF_ERR_AUTH: not signed by the
 * authority; HF_ERR_INVALID not a certificate, or of other keys; HF_ERR_STATE nothing was requested. */
HF_CHECKED enum hf_status hf_rotate_take(struct hf_office *office, struct hf_slice text, struct hf_error *err);
/* On opening: a change that was cut off after its entry was written is brought to its end. */
HF_CHECKED enum hf_status hf_rotate_settle(struct hf_office *office, struct hf_error *err);

/* The ceremony itself, on the machine with the authority's key: reads a request, appends the certificate. Needs no
 * office. HF_ERR_INVALID with text. */
HF_CHECKED enum hf_status hf_rotate_sign(struct hf_slice request, const struct hf_sign_key *authority,
                                         struct hf_buf *out, struct hf_error *err);

#endif
