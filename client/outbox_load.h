/* What one PUSH carries: copies of changes of the outbox. It takes the room that they need; what it outgrows is wiped.
 */
#ifndef HF_CLIENT_OUTBOX_LOAD_H
#define HF_CLIENT_OUTBOX_LOAD_H

#include "protocol/message.h"

struct hf_outbox_load {
    struct hf_item items[HF_LIMIT_PUSH_ITEMS]; /* borrow from bytes, once hf_outbox_load_end was HF_OK */
    size_t count;
    size_t counted; /* as HF_LIMIT_PUSH_BYTES counts */
    struct hf_buf bytes;
};

/* Empties it, and wipes. Zero-initialised is empty. */
void hf_outbox_load_begin(struct hf_outbox_load *load);
/* False, and nothing added: one message takes no more. */
bool hf_outbox_load_add(struct hf_outbox_load *load, const struct hf_item *item);
/* After the last was added. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_outbox_load_end(struct hf_outbox_load *load);

#endif
