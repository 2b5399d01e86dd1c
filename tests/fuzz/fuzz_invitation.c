/* Any text as an invitation, and any bytes behind the base64url: refused with a sentence, or read so that it writes the
 * same line again. */
#include "core/base/assert.h"
#include "core/base/text.h"
#include "protocol/invitation.h"

#include <string.h>

static void check(struct hf_slice text, bool exact)
{
    struct hf_invitation invitation;
    struct hf_error err = {0};
    if (hf_invitation_parse(text, &invitation, &err) != HF_OK) {
        HF_ASSERT(err.status == HF_ERR_INVALID && err.text[0] != '\0');
        return;
    }
    struct hf_buf line = {0};
    hf_invitation_format(&invitation, &line);
    HF_ASSERT(hf_buf_status(&line) == HF_OK);
    HF_ASSERT(!exact || hf_slice_equal(hf_buf_slice(&line), text));
    struct hf_invitation back;
    HF_ASSERT(hf_invitation_parse(hf_buf_slice(&line), &back, NULL) == HF_OK);
    HF_ASSERT(strcmp(back.address, invitation.address) == 0 && strcmp(back.origin, invitation.origin) == 0);
    hf_buf_wipe(&line);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check(hf_slice_of(data, size), false);
    struct hf_buf text = {0};
    struct hf_buf bytes = {0};
    uint8_t sum[HF_INVITATION_CHECK_BYTES];
    hf_invitation_check(hf_slice_of(data, size), sum);
    hf_buf_append(&bytes, data, size);
    hf_buf_append(&bytes, sum, sizeof sum);
    hf_text_base64url(&text, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    check(hf_buf_slice(&text), true);
    hf_buf_clear(&text);
    return 0;
}
