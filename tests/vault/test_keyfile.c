/* The key file as bytes: what is read, what is refused, what is kept. */
#include "tests/vault/support_vault.h"

#include "core/vault/keyfile.h"
#include "core/vault/slot.h"

#include <string.h>

static const uint8_t data_key[32] = {42, 1, 2, 3};
static const uint8_t device_secret[32] = {43, 1, 2, 3};

static const struct hf_vault_kdf weak = {.memory_bytes = 8192, .passes = 1, .weak_for_tests = true};

static struct hf_keyfile sample(void)
{
    struct hf_keyfile keyfile = {
        .flags = HF_KEYFILE_WEAK_FOR_TESTS, .suite = HF_KEYFILE_XCHACHA20_POLY1305, .slot_count = 1};

    memset(keyfile.db_id.bytes, 5, sizeof(keyfile.db_id.bytes));
    assert_int_equal(
        hf_vault_slot_wrap(&keyfile.slots[0], &keyfile, fixture_passphrase(), device_secret, &weak, data_key, NULL),
        HF_OK);
    return keyfile;
}

static struct hf_buf encoded(const struct hf_keyfile *keyfile)
{
    struct hf_buf bytes;

    hf_buf_init(&bytes, HF_KEYFILE_BYTES_MAX);
    hf_keyfile_encode(keyfile, data_key, &bytes);
    assert_int_equal(hf_buf_status(&bytes), HF_OK);
    return bytes;
}

static enum hf_status decode(const struct hf_buf *bytes, struct hf_keyfile *out)
{
    return hf_keyfile_decode(hf_buf_slice(bytes), out, NULL);
}

/* Puts a valid unkeyed checksum on: what a careful forger would do. */
static void forge(struct hf_buf *bytes)
{
    const struct hf_slice parts[] = {hf_slice_str("hf vault key file checksum v1"),
                                     hf_slice_of(bytes->data, bytes->len - 16)};

    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, bytes->data + bytes->len - 16, 16);
}

static void written_and_read__is_the_same_and_unwraps(void **state)
{
    struct hf_keyfile keyfile = sample();
    struct hf_buf bytes = encoded(&keyfile);
    struct hf_keyfile read;
    uint8_t key[32] = {0};

    (void)state;
    assert_int_equal(decode(&bytes, &read), HF_OK);
    assert_true(hf_keyfile_mac_fits(&read, data_key));
    assert_int_equal(hf_vault_slot_unwrap(&read.slots[0], &read, fixture_passphrase(), device_secret, key, NULL),
                     HF_OK);
    assert_memory_equal(key, data_key, sizeof(key));
    hf_buf_clear(&bytes);
}

static void any_bit_flipped__corrupt(void **state)
{
    struct hf_keyfile keyfile = sample();
    struct hf_buf bytes = encoded(&keyfile);
    struct hf_keyfile read;

    (void)state;
    for (size_t bit = 0; bit < bytes.len * 8; bit++) {
        bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_equal(decode(&bytes, &read), HF_ERR_CORRUPT);
        bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    hf_buf_clear(&bytes);
}

/* With the checksum forged, the keys must say no: at decoding, at unwrapping or at the MAC. */
static void any_bit_flipped_and_checksum_forged__never_accepted(void **state)
{
    struct hf_keyfile keyfile = sample();
    struct hf_buf bytes = encoded(&keyfile);

    (void)state;
    for (size_t bit = 0; bit < (bytes.len - 16) * 8; bit++) {
        struct hf_keyfile read;
        uint8_t key[32];
        bool accepted;

        bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        forge(&bytes);
        accepted =
            decode(&bytes, &read) == HF_OK && read.slots[0].type == HF_KEYFILE_SLOT_PASSPHRASE &&
            hf_vault_slot_unwrap(&read.slots[0], &read, fixture_passphrase(), device_secret, key, NULL) == HF_OK &&
            hf_keyfile_mac_fits(&read, key);
        if (accepted)
            fail_msg("bit %zu", bit);
        bytes.data[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    hf_buf_clear(&bytes);
}

static void cut_or_longer__corrupt(void **state)
{
    struct hf_keyfile keyfile = sample();
    struct hf_buf bytes = encoded(&keyfile);
    struct hf_keyfile read;
    size_t len = bytes.len;

    (void)state;
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(hf_keyfile_decode(hf_slice_of(bytes.data, cut), &read, NULL), HF_ERR_CORRUPT);
    hf_buf_append_u8(&bytes, 0);
    assert_int_equal(decode(&bytes, &read), HF_ERR_CORRUPT);
    forge(&bytes);
    assert_int_equal(decode(&bytes, &read), HF_ERR_CORRUPT);
    hf_buf_clear(&bytes);
}

static void newer_format_suite_or_flag__unsupported(void **state)
{
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {{3, '2'}, {6, 3}, {4, 0x80}};

    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct hf_keyfile keyfile = sample();
        struct hf_buf bytes = encoded(&keyfile);
        struct hf_keyfile read;

        bytes.data[changes[i].at] = changes[i].value;
        forge(&bytes);
        assert_int_equal(decode(&bytes, &read), HF_ERR_UNSUPPORTED);
        hf_buf_clear(&bytes);
    }
}

static void slot_of_an_unknown_type__is_kept(void **state)
{
    struct hf_keyfile keyfile = sample();
    struct hf_buf bytes;
    struct hf_keyfile read;

    (void)state;
    keyfile.slot_count = 2;
    keyfile.slots[1] = (struct hf_keyfile_slot){.type = 200, .flags = 3, .id = {{8}}, .body_len = 7, .body = "unknown"};
    bytes = encoded(&keyfile);
    assert_int_equal(decode(&bytes, &read), HF_OK);
    assert_int_equal(read.slot_count, 2);
    assert_memory_equal(&read.slots[1], &keyfile.slots[1], sizeof(read.slots[1]));
    assert_ptr_equal(hf_keyfile_find(&read, HF_KEYFILE_SLOT_PASSPHRASE, NULL), &read.slots[0]);
    assert_null(hf_keyfile_find(&read, HF_KEYFILE_SLOT_PASSPHRASE, &read.slots[0]));
    hf_buf_clear(&bytes);
}

static void wrong_passphrase_secret_or_db_id__auth(void **state)
{
    struct hf_keyfile keyfile = sample();
    struct hf_keyfile other = keyfile;
    uint8_t secret[32];
    uint8_t key[32];

    (void)state;
    memcpy(secret, device_secret, sizeof(secret));
    secret[0] ^= 1;
    other.db_id.bytes[0] ^= 1;
    assert_int_equal(hf_vault_slot_unwrap(&keyfile.slots[0], &keyfile, hf_slice_str("wrong"), device_secret, key, NULL),
                     HF_ERR_AUTH);
    assert_int_equal(hf_vault_slot_unwrap(&keyfile.slots[0], &keyfile, fixture_passphrase(), secret, key, NULL),
                     HF_ERR_AUTH);
    assert_int_equal(hf_vault_slot_unwrap(&other.slots[0], &other, fixture_passphrase(), device_secret, key, NULL),
                     HF_ERR_AUTH);
}

/* A file cannot ask for a cost that stalls the device, nor, unless it says so, for one that protects nobody. */
static void cost_out_of_bounds__corrupt(void **state)
{
    struct hf_keyfile keyfile = sample();
    struct hf_keyfile_slot slot = keyfile.slots[0];
    uint8_t key[32];

    (void)state;
    hf_put_u64(slot.body + 16, 1ull << 45);
    assert_int_equal(hf_vault_slot_unwrap(&slot, &keyfile, fixture_passphrase(), device_secret, key, NULL),
                     HF_ERR_CORRUPT);
    keyfile.flags = 0;
    assert_int_equal(hf_vault_slot_unwrap(&keyfile.slots[0], &keyfile, fixture_passphrase(), device_secret, key, NULL),
                     HF_ERR_CORRUPT);
}

static void cost_below_the_floor__invalid_unless_for_tests(void **state)
{
    struct hf_vault_kdf settled;
    const struct hf_vault_kdf little = {.memory_bytes = 32ull << 20, .passes = 3};
    const struct hf_vault_kdf hasty = {.memory_bytes = 64ull << 20, .passes = 2};

    (void)state;
    assert_int_equal(hf_vault_kdf_settle(&little, &settled, NULL), HF_ERR_INVALID);
    assert_int_equal(hf_vault_kdf_settle(&hasty, &settled, NULL), HF_ERR_INVALID);
    assert_int_equal(hf_vault_kdf_settle(&weak, &settled, NULL), HF_OK);
    assert_int_equal(hf_vault_kdf_settle(NULL, &settled, NULL), HF_OK);
    assert_int_equal(settled.memory_bytes, 256ull << 20);
    assert_int_equal(settled.passes, 3);
}

/* The least that real use allows, with the real Argon2id. */
static void cost_at_the_floor__wraps_and_unwraps(void **state)
{
    struct hf_keyfile keyfile = {.suite = HF_KEYFILE_XCHACHA20_POLY1305, .slot_count = 1};
    const struct hf_vault_kdf floor_cost = {.memory_bytes = 64ull << 20, .passes = 3};
    struct hf_vault_kdf kdf;
    uint8_t key[32];

    (void)state;
    assert_int_equal(hf_vault_slot_wrap(&keyfile.slots[0], &keyfile, fixture_passphrase(), device_secret, &floor_cost,
                                        data_key, NULL),
                     HF_OK);
    assert_int_equal(hf_vault_slot_kdf(&keyfile.slots[0], &keyfile, &kdf, NULL), HF_OK);
    assert_int_equal(kdf.memory_bytes, 64ull << 20);
    assert_false(kdf.weak_for_tests);
    assert_int_equal(hf_vault_slot_unwrap(&keyfile.slots[0], &keyfile, fixture_passphrase(), device_secret, key, NULL),
                     HF_OK);
    assert_memory_equal(key, data_key, 32);
}

/* The rule itself, spelled out once more with the crypto room alone. */
static void kek__is_blake2b_of_argon2id_keyed_with_the_device_secret(void **state)
{
    struct hf_keyfile keyfile = sample();
    const uint8_t *body = keyfile.slots[0].body;
    uint8_t stretched[32], kek[32], key[32];
    const struct hf_slice parts[] = {hf_slice_of(stretched, 32), hf_slice_str("hf-kek-1"), hf_id_slice(&keyfile.db_id)};
    struct hf_buf aad;

    (void)state;
    assert_int_equal(hf_argon2id(fixture_passphrase(), body, 8192, 1, true, stretched), HF_OK);
    hf_blake2b(hf_slice_of(device_secret, 32), parts, 3, kek, 32);
    hf_buf_init(&aad, 0);
    hf_buf_append_str(&aad, "hf vault slot v1");
    hf_buf_append_u8(&aad, 1);
    hf_buf_append_slice(&aad, hf_id_slice(&keyfile.db_id));
    hf_buf_append_u8(&aad, 1);
    hf_buf_append_u8(&aad, 0);
    hf_buf_append_slice(&aad, hf_id_slice(&keyfile.slots[0].id));
    hf_buf_append(&aad, body, 28);
    assert_true(hf_unseal(kek, body + 28, hf_buf_slice(&aad), body + 52, 32, body + 84, key));
    assert_memory_equal(key, data_key, 32);
    hf_buf_clear(&aad);
}

static void secret_file_changed__corrupt(void **state)
{
    uint8_t file[HF_VAULT_SECRET_FILE_BYTES];
    uint8_t secret[32];

    (void)state;
    hf_vault_secret_encode(device_secret, file);
    assert_int_equal(hf_vault_secret_decode(hf_slice_of(file, sizeof(file)), secret, NULL), HF_OK);
    assert_memory_equal(secret, device_secret, 32);
    for (size_t bit = 0; bit < sizeof(file) * 8; bit++) {
        file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        assert_int_equal(hf_vault_secret_decode(hf_slice_of(file, sizeof(file)), secret, NULL), HF_ERR_CORRUPT);
        file[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
    assert_int_equal(hf_vault_secret_decode(hf_slice_of(file, sizeof(file) - 1), secret, NULL), HF_ERR_CORRUPT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_and_read__is_the_same_and_unwraps),
        cmocka_unit_test(any_bit_flipped__corrupt),
        cmocka_unit_test(any_bit_flipped_and_checksum_forged__never_accepted),
        cmocka_unit_test(cut_or_longer__corrupt),
        cmocka_unit_test(newer_format_suite_or_flag__unsupported),
        cmocka_unit_test(slot_of_an_unknown_type__is_kept),
        cmocka_unit_test(wrong_passphrase_secret_or_db_id__auth),
        cmocka_unit_test(cost_out_of_bounds__corrupt),
        cmocka_unit_test(cost_below_the_floor__invalid_unless_for_tests),
        cmocka_unit_test(cost_at_the_floor__wraps_and_unwraps),
        cmocka_unit_test(kek__is_blake2b_of_argon2id_keyed_with_the_device_secret),
        cmocka_unit_test(secret_file_changed__corrupt),
    };

    if (hf_crypto_init(false) != HF_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
