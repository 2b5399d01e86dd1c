#include "client/outbox_load.h"

void hf_outbox_load_begin(struct hf_outbox_load *load)
{
    load->count = load->counted = 0;
    hf_buf_wipe(&load->bytes);
}

bool hf_outbox_load_add(struct hf_outbox_load *load, const struct hf_item *item)
{
    const size_t counts = hf_message_item_bytes(item);
    if (load->count == HF_LIMIT_PUSH_ITEMS || load->counted + counts > HF_LIMIT_PUSH_BYTES)
        return false;
    load->items[load->count++] = *item;
    load->counted += counts;
    hf_buf_append_slice(&load->bytes, item->leaf);
    hf_buf_append_slice(&load->bytes, item->body);
    return true;
}

/* The bytes move no more. */
enum hf_status hf_outbox_load_end(struct hf_outbox_load *load)
{
    if (hf_buf_status(&load->bytes) != HF_OK)
        return hf_buf_status(&load->bytes);
    const uint8_t *at = load->bytes.data;
    for (size_t i = 0; i < load->count; i++) {
        struct hf_item *item = &load->items[i];
        item->leaf.data = at;
        item->body.data = at + item->leaf.len;
        at += item->leaf.len + item->body.len;
    }
    return HF_OK;
}
