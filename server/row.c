#include "server/row.h"

#include "core/model/payload.h"

enum hf_status hf_row_open(struct hf_office *office, const struct hf_entry_row *row, struct hf_buf *out)
{
    struct hf_class_key key = {0};
    struct hf_leaf leaf;
    enum hf_status status = hf_leaf_decode(row->leaf, &leaf);
    if (status == HF_OK)
        status = hf_keystore_get(office->keystore, &row->key_id, &key);
    if (status == HF_OK)
        status = hf_payload_open(&key, row->payload, &leaf, out);
    hf_wipe(&key, sizeof key);
    return status;
}
