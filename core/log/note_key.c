/* The keys of logs: vkeys of type 0x01. */
#include "core/log/note.h"
#include "core/log/vkey.h"

#include <string.h>

static void take(const struct hf_vkey *vkey, struct hf_note_key *out)
{
    *out = (struct hf_note_key){.id = vkey->id};
    memcpy(out->name, vkey->name.data, vkey->name.len);
    memcpy(out->public_key, vkey->public_key, sizeof out->public_key);
}

enum hf_status hf_note_key_init(struct hf_slice name, const uint8_t public_key[HF_SIGN_PUBLIC_BYTES],
                                struct hf_note_key *out)
{
    struct hf_vkey vkey;
    enum hf_status status = hf_vkey_make(name, HF_VKEY_TYPE_NOTE, public_key, &vkey);
    if (status == HF_OK)
        take(&vkey, out);
    return status;
}

enum hf_status hf_note_key_parse(struct hf_slice text, struct hf_note_key *out)
{
    struct hf_vkey vkey;
    enum hf_status status = hf_vkey_parse(text, HF_VKEY_TYPE_NOTE, &vkey);
    if (status == HF_OK)
        take(&vkey, out);
    return status;
}

void hf_note_key_format(const struct hf_note_key *key, struct hf_buf *out)
{
    struct hf_vkey vkey = {.name = hf_slice_str(key->name), .id = key->id, .type = HF_VKEY_TYPE_NOTE};
    memcpy(vkey.public_key, key->public_key, sizeof vkey.public_key);
    hf_vkey_format(&vkey, out);
}
