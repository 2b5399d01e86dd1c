#include "tests/protocol/support_form.h"

#include "core/pack/writer.h"
#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint8_t zeros[HF_LIMIT_MESSAGE_BYTES + 1];
static uint8_t letters[HF_LIMIT_MESSAGE_BYTES + 1];

struct hf_slice zeros_of(size_t len)
{
    assert_true(len <= sizeof zeros);
    return hf_slice_of(zeros, len);
}

struct hf_slice letters_of(size_t len)
{
    assert_true(len <= sizeof letters);
    memset(letters, 'a', sizeof letters);
    return hf_slice_of(letters, len);
}

enum hf_status check_encode(const struct hf_message *message)
{
    struct hf_buf bytes = {0};
    enum hf_status status = hf_message_encode(message, &bytes);
    if (status == HF_OK)
        assert_int_equal(try_decode(hf_buf_slice(&bytes)), HF_OK);
    hf_buf_clear(&bytes);
    return status;
}

struct hf_buf begin_bytes(enum hf_message_type type, uint32_t fields)
{
    struct hf_buf out = {0};
    hf_pack_array(&out, 2 + fields);
    hf_pack_uint(&out, type);
    hf_pack_uint(&out, type == HF_MSG_NEWS || type == HF_MSG_LIVE ? 0 : 7);
    return out;
}

enum hf_status check_bytes(struct hf_buf *bytes)
{
    assert_int_equal(hf_buf_status(bytes), HF_OK);
    enum hf_status status = try_decode(hf_buf_slice(bytes));
    hf_buf_clear(bytes);
    return status;
}

enum hf_status check_both(const struct hf_message *message, struct hf_buf *bytes)
{
    enum hf_status status = check_encode(message);
    assert_int_equal(check_bytes(bytes), status == HF_ERR_INVALID ? HF_ERR_PROTOCOL : status);
    return status;
}
