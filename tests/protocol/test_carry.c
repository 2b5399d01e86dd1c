/* Carried files: what was cut, altered, put in another order or sealed for somebody else is refused as a whole. */
#include "protocol/carry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PARTS 3

static const char *const texts[PARTS] = {"one part", "", "and a last part that is somewhat longer"};

static struct hf_dh_key key_of(uint8_t seed_byte)
{
    uint8_t seed[HF_DH_BYTES];
    struct hf_dh_key key;
    memset(seed, seed_byte, sizeof seed);
    hf_dh_key_from_seed(seed, &key);
    return key;
}

static struct hf_carry_header header_of(enum hf_carry_kind kind, const struct hf_dh_key *once)
{
    struct hf_carry_header header = {.kind = kind};
    memset(header.log_id, 7, sizeof header.log_id);
    memset(header.party, 8, sizeof header.party);
    memcpy(header.once, once->public_key, sizeof header.once);
    return header;
}

static void write_file(const struct hf_carry_header *header, const uint8_t key[HF_KEY_BYTES], struct hf_buf *out)
{
    struct hf_carry_writer writer;
    hf_carry_begin(&writer, header, key, out);
    for (size_t i = 0; i < PARTS; i++)
        assert_int_equal(hf_carry_put(&writer, hf_slice_str(texts[i]), i + 1 == PARTS), HF_OK);
    hf_carry_end(&writer);
}

static int setup(void **state)
{
    (void)state;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

static void carry__between_device_and_office_opens_at_the_other_end_only(void **state)
{
    (void)state;
    const struct hf_dh_key device = key_of(1), server = key_of(2), once = key_of(3), other = key_of(4);
    uint8_t psk[HF_KEY_BYTES] = {5}, other_psk[HF_KEY_BYTES] = {6}, sealing[HF_KEY_BYTES], opening[HF_KEY_BYTES];
    for (int kind = HF_CARRY_TO_OFFICE; kind <= HF_CARRY_TO_DEVICE; kind++) {
        const struct hf_carry_header header = header_of((enum hf_carry_kind)kind, &once);
        const bool up = kind == HF_CARRY_TO_OFFICE;
        const struct hf_dh_key *from = up ? &device : &server, *to = up ? &server : &device;
        assert_int_equal(hf_carry_channel_key(&header, psk, from, to->public_key, &once, sealing), HF_OK);
        assert_int_equal(hf_carry_channel_key(&header, psk, to, from->public_key, NULL, opening), HF_OK);
        assert_memory_equal(sealing, opening, sizeof sealing);
        assert_int_equal(hf_carry_channel_key(&header, psk, &other, from->public_key, NULL, opening), HF_OK);
        assert_memory_not_equal(sealing, opening, sizeof sealing);
        assert_int_equal(hf_carry_channel_key(&header, other_psk, to, from->public_key, NULL, opening), HF_OK);
        assert_memory_not_equal(sealing, opening, sizeof sealing);
        assert_int_equal(hf_carry_channel_key(&header, psk, to, other.public_key, NULL, opening), HF_OK);
        assert_memory_not_equal(sealing, opening, sizeof sealing);
    }
    const uint8_t small_order[HF_DH_BYTES] = {0};
    const struct hf_carry_header header = header_of(HF_CARRY_TO_OFFICE, &once);
    assert_int_equal(hf_carry_channel_key(&header, psk, &device, small_order, &once, sealing), HF_ERR_AUTH);
}

static enum hf_status read_slice(void *ctx, uint64_t at, uint8_t *out, size_t len, struct hf_error *err)
{
    const struct hf_slice *bytes = ctx;
    (void)err;
    assert_true(at <= bytes->len && len <= bytes->len - at); /* never beyond what there is */
    memcpy(out, bytes->data + at, len);
    return HF_OK;
}

/* Reads it part by part, twice; what hf_carry_open says of a file with one bundle in it. */
static enum hf_status open_in_portions(struct hf_slice bytes, const uint8_t key[HF_KEY_BYTES], size_t *out_count)
{
    struct hf_carry_header header;
    struct hf_carry_reader reader;
    struct hf_buf sealed = {0}, part = {0};
    struct hf_error err = {0};
    enum hf_status status = hf_carry_header_decode(bytes, &header, &err);
    if (status != HF_OK)
        return status;
    hf_carry_reader_begin(&reader, &header, key, read_slice, &bytes, bytes.len);
    for (int turn = 0; status == HF_OK && turn < 2; turn++) {
        hf_carry_reader_rewind(&reader);
        for (*out_count = 0; status == HF_OK && !reader.ended; ++*out_count) {
            status = hf_carry_reader_next(&reader, &sealed, &part, &err);
            if (status == HF_OK)
                assert_true(hf_slice_equal(hf_buf_slice(&part), hf_slice_str(texts[*out_count])));
        }
    }
    assert_true(status == HF_OK || err.text[0] != '\0');
    hf_carry_reader_end(&reader);
    hf_buf_clear(&sealed);
    hf_buf_clear(&part);
    return status;
}

static void carry__gives_back_what_was_put_in(void **state)
{
    (void)state;
    const struct hf_dh_key once = key_of(3);
    const struct hf_carry_header header = header_of(HF_CARRY_OF_CASE, &once);
    struct hf_carry_header read;
    struct hf_class_key class_key = {.epoch = 1};
    uint8_t key[HF_KEY_BYTES];
    struct hf_buf file = {0};
    struct hf_carry bundle;
    struct hf_error err;
    hf_carry_case_key(&header, &class_key, key);
    write_file(&header, key, &file);
    assert_int_equal(hf_carry_header_decode(hf_buf_slice(&file), &read, &err), HF_OK);
    assert_memory_equal(&read, &header, sizeof header);
    assert_int_equal(hf_carry_length(hf_buf_slice(&file)), file.len);
    assert_int_equal(hf_carry_open(hf_buf_slice(&file), key, &bundle, &err), HF_OK);
    assert_int_equal(bundle.count, PARTS);
    assert_int_equal(bundle.bytes_used, file.len);
    for (size_t i = 0; i < PARTS; i++)
        assert_true(hf_slice_equal(bundle.parts[i], hf_slice_str(texts[i])));
    hf_carry_clear(&bundle);
    size_t count = 0;
    assert_int_equal(open_in_portions(hf_buf_slice(&file), key, &count), HF_OK);
    assert_int_equal(count, PARTS);
    hf_buf_append_u8(&file, 0); /* a file of portions is one bundle, and nothing else */
    assert_int_equal(open_in_portions(hf_buf_slice(&file), key, &count), HF_ERR_CORRUPT);
    file.len--;
    key[0] ^= 1;
    assert_int_equal(open_in_portions(hf_buf_slice(&file), key, &count), HF_ERR_CORRUPT);
    assert_int_equal(hf_carry_open(hf_buf_slice(&file), key, &bundle, &err), HF_ERR_CORRUPT);
    hf_buf_clear(&file);
}

static void carry__cut_at_any_byte_is_refused(void **state)
{
    (void)state;
    const struct hf_dh_key once = key_of(3);
    const struct hf_carry_header header = header_of(HF_CARRY_OF_CASE, &once);
    const uint8_t key[HF_KEY_BYTES] = {9};
    struct hf_buf file = {0};
    write_file(&header, key, &file);
    for (size_t len = 0; len < file.len; len++) {
        uint8_t *copy = malloc(len + 1); /* of its own, so that a byte read beyond it is noticed */
        struct hf_carry bundle;
        struct hf_carry_header read;
        struct hf_error err = {0};
        assert_non_null(copy);
        memcpy(copy, file.data, len);
        const struct hf_slice cut = hf_slice_of(copy, len);
        const enum hf_status status = hf_carry_header_decode(cut, &read, &err);
        if (len < HF_CARRY_HEADER_BYTES)
            assert_int_equal(status, len < 4 ? HF_ERR_INVALID : HF_ERR_CORRUPT);
        else
            assert_int_equal(hf_carry_open(cut, key, &bundle, &err), HF_ERR_CORRUPT);
        size_t count = 0;
        assert_int_equal(open_in_portions(cut, key, &count), status == HF_OK ? HF_ERR_CORRUPT : status);
        assert_int_equal(hf_carry_length(cut), 0);
        assert_true(err.text[0] != '\0');
        free(copy);
    }
    hf_buf_clear(&file);
}

static void carry__altered_in_any_bit_is_refused(void **state)
{
    (void)state;
    const struct hf_dh_key once = key_of(3);
    const struct hf_carry_header header = header_of(HF_CARRY_OF_CASE, &once);
    const uint8_t key[HF_KEY_BYTES] = {9};
    struct hf_buf file = {0};
    write_file(&header, key, &file);
    for (size_t bit = 0; bit < file.len * 8; bit++) {
        struct hf_carry bundle;
        struct hf_error err;
        file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        size_t count = 0;
        assert_int_not_equal(hf_carry_open(hf_buf_slice(&file), key, &bundle, &err), HF_OK);
        assert_int_not_equal(open_in_portions(hf_buf_slice(&file), key, &count), HF_OK);
        file.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    hf_buf_clear(&file);
}

/* Parts of 5 + length + 16 bytes behind the header. */
static void carry__with_parts_dropped_repeated_or_swapped_is_refused(void **state)
{
    (void)state;
    const struct hf_dh_key once = key_of(3);
    const struct hf_carry_header header = header_of(HF_CARRY_OF_CASE, &once);
    const uint8_t key[HF_KEY_BYTES] = {9};
    static const size_t orders[][PARTS + 1] = {{1, 2, 9, 9}, {0, 2, 9, 9}, {2, 9, 9, 9},
                                               {1, 0, 2, 9}, {0, 0, 1, 2}, {0, 1, 1, 2}};
    struct hf_buf file = {0};
    write_file(&header, key, &file);
    for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
        struct hf_buf other = {0};
        struct hf_carry bundle;
        struct hf_error err;
        hf_buf_append(&other, file.data, HF_CARRY_HEADER_BYTES);
        for (size_t j = 0; j <= PARTS && orders[i][j] < PARTS; j++) {
            size_t at = HF_CARRY_HEADER_BYTES;
            for (size_t k = 0; k < orders[i][j]; k++)
                at += 5 + strlen(texts[k]) + HF_TAG_BYTES;
            hf_buf_append(&other, file.data + at, 5 + strlen(texts[orders[i][j]]) + HF_TAG_BYTES);
        }
        assert_int_equal(hf_carry_length(hf_buf_slice(&other)), other.len); /* of the right form */
        size_t count = 0;
        assert_int_equal(hf_carry_open(hf_buf_slice(&other), key, &bundle, &err), HF_ERR_CORRUPT);
        assert_int_equal(open_in_portions(hf_buf_slice(&other), key, &count), HF_ERR_CORRUPT);
        hf_buf_clear(&other);
    }
    hf_buf_clear(&file);
}

static void carry__claims_of_length_cost_nothing(void **state)
{
    (void)state;
    const uint8_t key[HF_KEY_BYTES] = {9};
    uint8_t bytes[HF_CARRY_HEADER_BYTES + 5] = {'H', 'F', 'B', '1', 3};
    struct hf_carry bundle;
    struct hf_error err;
    memset(bytes + HF_CARRY_HEADER_BYTES, 0xff, 4);
    assert_int_equal(hf_carry_open(hf_slice_of(bytes, sizeof bytes), key, &bundle, &err), HF_ERR_CORRUPT);
    bytes[4] = 9;
    struct hf_carry_header header;
    assert_int_equal(hf_carry_header_decode(hf_slice_of(bytes, sizeof bytes), &header, &err), HF_ERR_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(carry__between_device_and_office_opens_at_the_other_end_only),
        cmocka_unit_test(carry__gives_back_what_was_put_in),
        cmocka_unit_test(carry__cut_at_any_byte_is_refused),
        cmocka_unit_test(carry__altered_in_any_bit_is_refused),
        cmocka_unit_test(carry__with_parts_dropped_repeated_or_swapped_is_refused),
        cmocka_unit_test(carry__claims_of_length_cost_nothing),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
