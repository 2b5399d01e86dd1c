/* Bytes of a carried file: the header, the lengths, the opened parts; then, sealed as they should be, parts that say
 * anything. */
#include "protocol/carry.h"

#include <stdlib.h>

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

static const uint8_t key[HF_KEY_BYTES] = {1, 2, 3};

static void open_file(struct hf_slice file, bool must)
{
    struct hf_carry_header header;
    struct hf_carry bundle;
    struct hf_error err;
    const struct hf_id case_id = hf_id_zero();
    if (hf_carry_header_decode(file, &header, &err) != HF_OK || hf_carry_open(file, key, &bundle, &err) != HF_OK) {
        if (must)
            abort();
        return;
    }
    if (bundle.bytes_used > file.len || bundle.bytes_used != hf_carry_length(file))
        abort();
    for (size_t i = 0; i < bundle.count; i++) {
        struct hf_item item;
        if (hf_carry_item_decode(bundle.parts[i], &case_id, &item) == HF_OK && item.body.len == 0)
            abort();
    }
    hf_carry_clear(&bundle);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct hf_carry_header header = {.kind = HF_CARRY_OF_CASE};
    struct hf_carry_writer writer;
    struct hf_buf file = {0};
    open_file(hf_slice_of(data, size), false);
    hf_carry_begin(&writer, &header, key, &file);
    if (hf_carry_put(&writer, hf_slice_of(data, size / 2), false) != HF_OK ||
        hf_carry_put(&writer, hf_slice_of(data + size / 2, size - size / 2), true) != HF_OK)
        abort();
    hf_carry_end(&writer);
    open_file(hf_buf_slice(&file), true);
    hf_buf_clear(&file);
    return 0;
}
