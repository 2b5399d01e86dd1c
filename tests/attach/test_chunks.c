/* Files of sealed chunks: what is written is read, proved and checked; what was changed, cut short or moved is not
 * taken; what no row names is swept. */
#include "core/attach/chunks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define SIZE  (5 * HF_ATTACH_CHUNK_BYTES + 77)
#define COUNT 6

static const struct hf_id id = {.bytes = {0xA7, 1}};
static const uint8_t class_key[HF_KEY_BYTES] = {9};
static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/holdfast-chunks-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static enum hf_status keep_none(void *ctx, const struct hf_id *one, bool *out)
{
    (void)ctx;
    (void)one;
    *out = false;
    return HF_OK;
}

static int remove_folder(void **state)
{
    (void)state;
    struct hf_error err;
    return hf_chunks_sweep(folder, keep_none, NULL, &err) == HF_OK ? rmdir(folder) : -1;
}

static size_t plain_len(uint64_t number)
{
    return hf_attach_sealed_len(SIZE, number) - HF_TAG_BYTES;
}

static struct hf_slice sealed(uint64_t number, uint8_t out[HF_ATTACH_SEALED_BYTES])
{
    uint8_t key[HF_KEY_BYTES];
    uint8_t *plain = calloc(1, HF_ATTACH_CHUNK_BYTES);
    assert_non_null(plain);
    memset(plain, (int)number + 1, plain_len(number));
    hf_attach_key(class_key, &id, key);
    hf_attach_seal(key, &id, number, hf_slice_of(plain, plain_len(number)), out);
    free(plain);
    return hf_slice_of(out, hf_attach_sealed_len(SIZE, number));
}

static void write_all(struct hf_chunks *out)
{
    struct hf_error err;
    uint8_t bytes[HF_ATTACH_SEALED_BYTES];
    assert_int_equal(hf_chunks_open(folder, &id, SIZE, true, out, &err), HF_OK);
    for (uint64_t i = 0; i < COUNT; i++)
        assert_int_equal(hf_chunks_write(out, i, sealed(i, bytes), &err), HF_OK);
    assert_int_equal(hf_chunks_sync(out, &err), HF_OK);
}

static void every_run__is_proved_and_checked(void **state)
{
    (void)state;
    struct hf_chunks chunks;
    struct hf_error err;
    uint8_t root[HF_HASH_BYTES];
    write_all(&chunks);
    assert_int_equal(hf_chunks_root(&chunks, root), HF_OK);
    for (uint64_t first = 0; first < COUNT; first++) {
        for (uint64_t count = 1; first + count <= COUNT; count++) {
            struct hf_buf bytes[COUNT] = {0};
            struct hf_slice parts[COUNT];
            struct hf_proof proof;
            for (uint64_t i = 0; i < count; i++) {
                assert_int_equal(hf_chunks_read(&chunks, first + i, &bytes[i], &err), HF_OK);
                parts[i] = hf_buf_slice(&bytes[i]);
            }
            assert_int_equal(hf_chunks_prove(&chunks, first, count, &proof), HF_OK);
            assert_int_equal(hf_chunks_verify(SIZE, root, first, parts, (size_t)count, &proof), HF_OK);
            bytes[count - 1].data[3] ^= 1; /* one bit */
            assert_int_not_equal(hf_chunks_verify(SIZE, root, first, parts, (size_t)count, &proof), HF_OK);
            bytes[count - 1].data[3] ^= 1;
            if (first > 0 && first + count < COUNT) /* in another place */
                assert_int_not_equal(hf_chunks_verify(SIZE, root, first - 1, parts, (size_t)count, &proof), HF_OK);
            for (uint64_t i = 0; i < count; i++)
                hf_buf_clear(&bytes[i]);
        }
    }
    hf_chunks_close(&chunks);
}

static void chunk__opens_in_its_place_with_its_key_only(void **state)
{
    (void)state;
    static const struct hf_id other = {.bytes = {0xA7, 2}};
    static const uint8_t other_class[HF_KEY_BYTES] = {8};
    uint8_t bytes[HF_ATTACH_SEALED_BYTES], plain[HF_ATTACH_CHUNK_BYTES], key[HF_KEY_BYTES], wrong[HF_KEY_BYTES];
    const struct hf_slice chunk = sealed(5, bytes);
    hf_attach_key(class_key, &id, key);
    hf_attach_key(other_class, &id, wrong);
    assert_true(hf_attach_unseal(key, &id, 5, chunk, plain));
    assert_int_equal(plain[76], 6);
    assert_false(hf_attach_unseal(key, &id, 4, chunk, plain));
    assert_false(hf_attach_unseal(key, &other, 5, chunk, plain));
    assert_false(hf_attach_unseal(wrong, &id, 5, chunk, plain));
    assert_false(hf_attach_unseal(key, &id, 5, hf_slice_of(bytes, 15), plain));
}

static void wrong_length_and_short_file__are_refused(void **state)
{
    (void)state;
    struct hf_chunks chunks;
    struct hf_error err;
    struct hf_buf out = {0};
    uint8_t bytes[HF_ATTACH_SEALED_BYTES];
    assert_int_equal(hf_chunks_open(folder, &id, SIZE, false, &chunks, &err), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_chunks_open(folder, &id, 0, true, &chunks, &err), HF_ERR_INVALID);
    assert_int_equal(hf_chunks_open(folder, &id, HF_ATTACH_BYTES_MAX + 1, true, &chunks, &err), HF_ERR_INVALID);
    assert_int_equal(hf_chunks_open(folder, &id, SIZE, true, &chunks, &err), HF_OK);
    const struct hf_slice chunk = sealed(0, bytes);
    assert_int_equal(hf_chunks_write(&chunks, 0, hf_slice_of(chunk.data, chunk.len - 1), &err), HF_ERR_INVALID);
    assert_int_equal(hf_chunks_write(&chunks, COUNT, chunk, &err), HF_ERR_INVALID);
    assert_int_equal(hf_chunks_read(&chunks, 2, &out, &err), HF_ERR_CORRUPT);
    hf_buf_clear(&out);
    hf_chunks_close(&chunks);
}

static enum hf_status keep_this(void *ctx, const struct hf_id *one, bool *out)
{
    *out = hf_id_equal(ctx, one);
    return HF_OK;
}

static void sweep__leaves_what_is_named_and_nothing_else(void **state)
{
    (void)state;
    struct hf_id other = {.bytes = {0xA7, 2}}, kept = id;
    struct hf_chunks one, two;
    struct hf_error err;
    assert_int_equal(hf_chunks_open(folder, &id, SIZE, true, &one, &err), HF_OK);
    assert_int_equal(hf_chunks_open(folder, &other, SIZE, true, &two, &err), HF_OK);
    hf_chunks_close(&one);
    hf_chunks_close(&two);
    assert_int_equal(hf_chunks_sweep(folder, keep_this, &kept, &err), HF_OK);
    assert_int_equal(hf_chunks_open(folder, &other, SIZE, false, &two, &err), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_chunks_open(folder, &id, SIZE, false, &one, &err), HF_OK);
    hf_chunks_close(&one);
}

static void content__has_one_form(void **state)
{
    (void)state;
    char text[HF_ATTACH_CONTENT_TEXT_BYTES], broken[HF_ATTACH_CONTENT_TEXT_BYTES + 8];
    struct hf_attach_content content = {.size = 52428800, .key_id = {.bytes = {0xfe, 1}}}, read;
    content.root[0] = 0xab;
    hf_attach_content_encode(&content, text);
    assert_int_equal(hf_attach_content_decode(hf_slice_str(text), &read), HF_OK);
    assert_memory_equal(&read, &content, sizeof read);
    for (size_t len = 0; len < strlen(text); len++)
        assert_int_equal(hf_attach_content_decode(hf_slice_of(text, len), &read), HF_ERR_INVALID);
    static const char *const heads[] = {"2 ", "1  ", "1 0", "1 -", "1 99999999999 ", "1 1073741825 "};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        (void)snprintf(broken, sizeof broken, "%s%s", heads[i], text + strlen("1 52428800 "));
        assert_int_equal(hf_attach_content_decode(hf_slice_str(broken), &read), HF_ERR_INVALID);
    }
    (void)snprintf(broken, sizeof broken, "%s ", text);
    assert_int_equal(hf_attach_content_decode(hf_slice_str(broken), &read), HF_ERR_INVALID);
    text[12] = 'B'; /* upper case */
    assert_int_equal(hf_attach_content_decode(hf_slice_str(text), &read), HF_ERR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_run__is_proved_and_checked, make_folder, remove_folder),
        cmocka_unit_test(chunk__opens_in_its_place_with_its_key_only),
        cmocka_unit_test_setup_teardown(wrong_length_and_short_file__are_refused, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(sweep__leaves_what_is_named_and_nothing_else, make_folder, remove_folder),
        cmocka_unit_test(content__has_one_form),
    };
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
