/* Notes, checkpoints and keys from anywhere: what parses is text, and what is written again parses to the same. */
#include "core/base/assert.h"
#include "core/log/cosignature.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_key(struct hf_slice input)
{
    struct hf_note_key key;
    struct hf_cosigner cosigner;
    struct hf_buf text = {0};
    if (hf_note_key_parse(input, &key) == HF_OK) {
        hf_note_key_format(&key, &text);
        HF_ASSERT(hf_slice_equal(hf_buf_slice(&text), input));
    } else if (hf_cosigner_parse(input, &cosigner) == HF_OK) {
        hf_cosigner_format(&cosigner, &text);
        HF_ASSERT(hf_slice_equal(hf_buf_slice(&text), input));
    }
    hf_buf_clear(&text);
}

static void check_checkpoint(struct hf_slice text)
{
    struct hf_checkpoint checkpoint;
    struct hf_buf again = {0};
    if (hf_checkpoint_parse(text, &checkpoint) != HF_OK)
        return;
    hf_checkpoint_text(&checkpoint, &again);
    HF_ASSERT(again.len <= text.len && memcmp(again.data, text.data, again.len) == 0);
    hf_buf_clear(&again);
}

static void check_note(struct hf_slice input)
{
    static const char vkey[] = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
    struct hf_note_key key;
    struct hf_note_form form;
    struct hf_slice text;
    HF_ASSERT(hf_note_key_parse(hf_slice_str(vkey), &key) == HF_OK);
    if (hf_note_parse(input, &form) != HF_OK) {
        HF_ASSERT(hf_note_open(input, &key, &text) != HF_OK);
        return;
    }
    HF_ASSERT(form.count > 0 && form.text.len > 0 && form.text.data[form.text.len - 1] == '\n');
    HF_ASSERT((hf_note_open(input, &key, &text) == HF_OK) == (hf_note_find(&form, &key) == HF_NOTE_HOLDS));
    check_checkpoint(form.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static bool ready;
    if (!ready && hf_crypto_init(false) != HF_OK)
        return 0;
    ready = true;
    struct hf_slice input = hf_slice_of(data, size);
    check_key(input);
    check_checkpoint(input);
    check_note(input);
    return 0;
}
