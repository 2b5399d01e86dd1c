/* What a server says of itself. */
#include "client/syncer.h"

#include <string.h>

enum hf_status hf_certificate_check(struct hf_slice certificate, const uint8_t authority_key[HF_SIGN_PUBLIC_BYTES],
                                    const uint8_t log_id[HF_HASH_BYTES], struct hf_note_body *out, struct hf_error *err)
{
    struct hf_note_body note;
    if (hf_note_body_decode(certificate, &note) != HF_OK || note.what != HF_NOTE_SERVER ||
        !hf_server_certified(authority_key, log_id, &note))
        return hf_error_set(err, HF_ERR_AUTH,
                            "This server cannot show that it belongs to the authority. Nothing was sent or stored. "
                            "Tell an administrator.");
    *out = note;
    return HF_OK;
}
