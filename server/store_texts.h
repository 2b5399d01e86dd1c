/* Small named texts beside the log: what witnesses signed, and which witnesses there are. Nothing of the state hangs on
 * them; a restored backup may hold older ones. Inside server/. */
#ifndef HF_SERVER_STORE_TEXTS_H
#define HF_SERVER_STORE_TEXTS_H

#include "core/base/bytes.h"

#define HF_STORE_TEXT_NAME_BYTES_MAX 64

struct hf_store;
struct hf_store_text_list; /* of the driver in memory */
void hf_store_text_list_free(struct hf_store_text_list *list);

/* The operations of struct hf_store_ops; see there. */
enum hf_status hf_sqlite_text_put(struct hf_store *store, const char *name, struct hf_slice bytes);
enum hf_status hf_sqlite_text_get(struct hf_store *store, const char *name, struct hf_buf *out);
enum hf_status hf_memory_text_put(struct hf_store *store, const char *name, struct hf_slice bytes);
enum hf_status hf_memory_text_get(struct hf_store *store, const char *name, struct hf_buf *out);

#endif
