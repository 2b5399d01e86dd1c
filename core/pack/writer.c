#include "core/pack/writer.h"

#include <msgpack/pack.h>

/* hf_buf remembers its own error, so msgpack-c's result has nothing to add. */
static int write_to_buf(void *out, const char *bytes, size_t len)
{
    struct hf_buf *buf = out;
    hf_buf_append(buf, bytes, len);
    return buf->status == HF_OK ? 0 : -1;
}

static msgpack_packer packer_of(struct hf_buf *out)
{
    return (msgpack_packer){.data = out, .callback = write_to_buf};
}

/* msgpack lengths end at 32 bits; msgpack-c would cut a longer one short. */
static bool length_fits(struct hf_buf *out, size_t len)
{
    if (len <= UINT32_MAX)
        return true;
    if (out->status == HF_OK)
        out->status = HF_ERR_LIMIT;
    return false;
}

void hf_pack_nil(struct hf_buf *out)
{
    msgpack_packer packer = packer_of(out);
    (void)msgpack_pack_nil(&packer);
}

void hf_pack_bool(struct hf_buf *out, bool value)
{
    msgpack_packer packer = packer_of(out);
    (void)(value ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer));
}

void hf_pack_uint(struct hf_buf *out, uint64_t value)
{
    msgpack_packer packer = packer_of(out);
    (void)msgpack_pack_uint64(&packer, value);
}

void hf_pack_int(struct hf_buf *out, int64_t value)
{
    msgpack_packer packer = packer_of(out);
    (void)msgpack_pack_int64(&packer, value);
}

void hf_pack_text(struct hf_buf *out, struct hf_slice text)
{
    if (!length_fits(out, text.len))
        return;
    msgpack_packer packer = packer_of(out);
    (void)msgpack_pack_str(&packer, text.len);
    hf_buf_append_slice(out, text);
}

void hf_pack_bytes(struct hf_buf *out, struct hf_slice bytes)
{
    if (!length_fits(out, bytes.len))
        return;
    msgpack_packer packer = packer_of(out);
    (void)msgpack_pack_bin(&packer, bytes.len);
    hf_buf_append_slice(out, bytes);
}

void hf_pack_id(struct hf_buf *out, const struct hf_id *id)
{
    hf_pack_bytes(out, hf_id_slice(id));
}

void hf_pack_array(struct hf_buf *out, uint32_t count)
{
    msgpack_packer packer = packer_of(out);
    (void)msgpack_pack_array(&packer, count);
}

void hf_pack_map(struct hf_buf *out, uint32_t count)
{
    msgpack_packer packer = packer_of(out);
    (void)msgpack_pack_map(&packer, count);
}
