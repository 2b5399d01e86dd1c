/* The content field of an attachment: what decodes encodes to the same text. */
#include "core/base/assert.h"
#include "core/model/attachment.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct hf_attach_content content;
    char text[HF_ATTACH_CONTENT_TEXT_BYTES];
    if (hf_attach_content_decode(hf_slice_of(data, size), &content) != HF_OK)
        return 0;
    hf_attach_content_encode(&content, text);
    HF_ASSERT(strlen(text) == size && memcmp(text, data, size) == 0);
    return 0;
}
