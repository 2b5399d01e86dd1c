/* Writing msgpack by msgpack-c into a struct hf_buf (which remembers the first error). Output is minimal, so what is
 * written here always passes the strict cursor of core/pack/cursor.h, provided the caller writes UTF-8 text and map
 * keys in ascending order of their encoded bytes. A length that 32 bits cannot count is HF_ERR_LIMIT. */
#ifndef HF_CORE_PACK_WRITER_H
#define HF_CORE_PACK_WRITER_H

#include "core/base/bytes.h"
#include "core/base/id.h"

void hf_pack_nil(struct hf_buf *out);
void hf_pack_bool(struct hf_buf *out, bool value);
void hf_pack_uint(struct hf_buf *out, uint64_t value);
void hf_pack_int(struct hf_buf *out, int64_t value);
void hf_pack_text(struct hf_buf *out, struct hf_slice text);
void hf_pack_bytes(struct hf_buf *out, struct hf_slice bytes);
void hf_pack_id(struct hf_buf *out, const struct hf_id *id); /* 16 bytes of bin */
void hf_pack_array(struct hf_buf *out, uint32_t count);
void hf_pack_map(struct hf_buf *out, uint32_t count);

#endif
