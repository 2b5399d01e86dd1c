#include "core/vault/slot.h"

#include <string.h>

/* The slot's body. */
enum body_at {
    AT_SALT = 0,
    AT_MEMORY = 16,
    AT_PASSES = 24,
    AT_NONCE = 28,
    AT_WRAPPED = 52,
    AT_TAG = 84,
    BODY_BYTES = 100
};

#define SALT_BYTES 16
#define KEK_LABEL  "hf-kek-1"

/* Associated data of the wrapped key: what must not change without the passphrase, and nothing that another slot's
 * coming or going changes. */
#define AAD_LABEL "hf vault slot v1"
#define AAD_BYTES (sizeof(AAD_LABEL) - 1 + 1 + HF_ID_BYTES + 2 + HF_ID_BYTES + AT_NONCE)

static void aad_make(uint8_t out[AAD_BYTES], const struct hf_keyfile *keyfile, const struct hf_keyfile_slot *slot)
{
    uint8_t *at = out;

    memcpy(at, AAD_LABEL, sizeof(AAD_LABEL) - 1);
    at += sizeof(AAD_LABEL) - 1;
    *at++ = keyfile->suite;
    memcpy(at, keyfile->db_id.bytes, HF_ID_BYTES);
    at += HF_ID_BYTES;
    *at++ = slot->type;
    *at++ = slot->flags;
    memcpy(at, slot->id.bytes, HF_ID_BYTES);
    at += HF_ID_BYTES;
    memcpy(at, slot->body, AT_NONCE);
}

static bool is_in_bounds(const struct hf_vault_kdf *kdf)
{
    if (kdf->memory_bytes > HF_VAULT_KDF_MEMORY_BYTES_MAX || kdf->passes > HF_VAULT_KDF_PASSES_MAX || kdf->passes == 0)
        return false;
    return kdf->weak_for_tests ||
           (kdf->memory_bytes >= HF_VAULT_KDF_MEMORY_BYTES_FLOOR && kdf->passes >= HF_VAULT_KDF_PASSES);
}

enum hf_status hf_vault_kdf_settle(const struct hf_vault_kdf *kdf, struct hf_vault_kdf *out_kdf, struct hf_error *err)
{
    struct hf_vault_kdf settled = {0};

    if (kdf)
        settled = *kdf;
    if (settled.memory_bytes == 0)
        settled.memory_bytes = HF_VAULT_KDF_MEMORY_BYTES;
    if (settled.passes == 0)
        settled.passes = HF_VAULT_KDF_PASSES;
    if (!is_in_bounds(&settled))
        return hf_error_set(err, HF_ERR_INVALID,
                            "Those passphrase settings are not allowed. Ask for at least 64 MiB and 3 passes.");
    *out_kdf = settled;
    return HF_OK;
}

enum hf_status hf_vault_passphrase_check(struct hf_slice passphrase, struct hf_error *err)
{
    if (passphrase.len == 0 || passphrase.len > HF_VAULT_PASSPHRASE_BYTES_MAX)
        return hf_error_set(err, HF_ERR_INVALID, "A passphrase has at least 1 and at most %d characters.",
                            HF_VAULT_PASSPHRASE_BYTES_MAX);
    return HF_OK;
}

/* `kek`: guarded memory, wiped by the caller. */
static enum hf_status kek_make(const struct hf_keyfile *keyfile, const uint8_t salt[SALT_BYTES],
                               struct hf_slice passphrase, const uint8_t *device_secret, const struct hf_vault_kdf *kdf,
                               uint8_t kek[HF_KEY_BYTES], struct hf_error *err)
{
    enum hf_status status = hf_argon2id(passphrase, salt, kdf->memory_bytes, kdf->passes, kdf->weak_for_tests, kek);
    const struct hf_slice parts[] = {
        hf_slice_of(kek, HF_KEY_BYTES),
        hf_slice_str(KEK_LABEL),
        hf_id_slice(&keyfile->db_id),
    };
    uint8_t mixed[HF_KEY_BYTES];

    if (status == HF_ERR_NOMEM)
        return hf_error_set(err, status,
                            "There is not enough free memory to check the passphrase (%llu MiB). Close "
                            "other programs and try again.",
                            (unsigned long long)(kdf->memory_bytes >> 20));
    if (status != HF_OK)
        return hf_error_set(err, HF_ERR_CORRUPT, "The key file asks for passphrase settings that cannot be.");
    hf_blake2b(hf_slice_of(device_secret, HF_VAULT_DEVICE_SECRET_BYTES), parts, 3, mixed, sizeof(mixed));
    memcpy(kek, mixed, sizeof(mixed));
    hf_wipe(mixed, sizeof(mixed));
    return HF_OK;
}

enum hf_status hf_vault_slot_wrap(struct hf_keyfile_slot *slot, const struct hf_keyfile *keyfile,
                                  struct hf_slice passphrase, const uint8_t device_secret[HF_VAULT_DEVICE_SECRET_BYTES],
                                  const struct hf_vault_kdf *kdf, const uint8_t data_key[HF_KEY_BYTES],
                                  struct hf_error *err)
{
    struct hf_keyfile_slot made = {.type = HF_KEYFILE_SLOT_PASSPHRASE, .id = slot->id, .body_len = BODY_BYTES};
    uint8_t aad[AAD_BYTES];
    uint8_t *kek = hf_secret_alloc(HF_KEY_BYTES);
    enum hf_status status;

    if (!kek)
        return hf_error_set(err, HF_ERR_NOMEM, "There is not enough free memory.");
    if (hf_id_is_zero(&made.id))
        hf_random(made.id.bytes, HF_ID_BYTES);
    hf_random(made.body + AT_SALT, SALT_BYTES);
    hf_put_u64(made.body + AT_MEMORY, kdf->memory_bytes);
    hf_put_u32(made.body + AT_PASSES, kdf->passes);
    hf_random(made.body + AT_NONCE, HF_XNONCE_BYTES);
    status = kek_make(keyfile, made.body + AT_SALT, passphrase, device_secret, kdf, kek, err);
    if (status == HF_OK) {
        aad_make(aad, keyfile, &made);
        hf_seal(kek, made.body + AT_NONCE, hf_slice_of(aad, sizeof(aad)), data_key, HF_KEY_BYTES,
                made.body + AT_WRAPPED, made.body + AT_TAG);
        *slot = made;
    }
    hf_secret_free(kek);
    return status;
}

enum hf_status hf_vault_slot_kdf(const struct hf_keyfile_slot *slot, const struct hf_keyfile *keyfile,
                                 struct hf_vault_kdf *out_kdf, struct hf_error *err)
{
    struct hf_vault_kdf kdf = {.weak_for_tests = (keyfile->flags & HF_KEYFILE_WEAK_FOR_TESTS) != 0};

    if (slot->body_len == BODY_BYTES && slot->flags == 0) {
        kdf.memory_bytes = hf_get_u64(slot->body + AT_MEMORY);
        kdf.passes = hf_get_u32(slot->body + AT_PASSES);
        if (is_in_bounds(&kdf)) {
            *out_kdf = kdf;
            return HF_OK;
        }
    }
    return hf_error_set(err, HF_ERR_CORRUPT, "The key file is damaged. Nothing was changed.");
}

enum hf_status hf_vault_slot_unwrap(const struct hf_keyfile_slot *slot, const struct hf_keyfile *keyfile,
                                    struct hf_slice passphrase,
                                    const uint8_t device_secret[HF_VAULT_DEVICE_SECRET_BYTES],
                                    uint8_t out_data_key[HF_KEY_BYTES], struct hf_error *err)
{
    uint8_t aad[AAD_BYTES];
    struct hf_vault_kdf kdf;
    uint8_t *keys = NULL; /* KEK, data key */
    enum hf_status status = hf_vault_slot_kdf(slot, keyfile, &kdf, err);

    if (status != HF_OK)
        goto out;
    keys = hf_secret_alloc(2 * HF_KEY_BYTES);
    if (!keys) {
        status = hf_error_set(err, HF_ERR_NOMEM, "There is not enough free memory.");
        goto out;
    }
    status = kek_make(keyfile, slot->body + AT_SALT, passphrase, device_secret, &kdf, keys, err);
    if (status != HF_OK)
        goto out;
    aad_make(aad, keyfile, slot);
    if (!hf_unseal(keys, slot->body + AT_NONCE, hf_slice_of(aad, sizeof(aad)), slot->body + AT_WRAPPED, HF_KEY_BYTES,
                   slot->body + AT_TAG, keys + HF_KEY_BYTES)) {
        status = hf_error_set(err, HF_ERR_AUTH,
                              "That passphrase does not open this device's data. Check it and try "
                              "again.");
        goto out;
    }
    memcpy(out_data_key, keys + HF_KEY_BYTES, HF_KEY_BYTES);
out:
    hf_secret_free(keys);
    return status;
}

/* --- the file of the device secret
 * ------------------------------------------------------------------------------------ */

#define SECRET_MAGIC       "HFD1"
#define SECRET_MAGIC_BYTES 4
#define SECRET_SUM_AT      (SECRET_MAGIC_BYTES + HF_VAULT_DEVICE_SECRET_BYTES)

static void secret_checksum(const uint8_t *bytes, uint8_t out[HF_TAG_BYTES])
{
    const struct hf_slice parts[] = {hf_slice_str("hf device secret checksum v1"), hf_slice_of(bytes, SECRET_SUM_AT)};

    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, out, HF_TAG_BYTES);
}

void hf_vault_secret_encode(const uint8_t device_secret[HF_VAULT_DEVICE_SECRET_BYTES],
                            uint8_t out[HF_VAULT_SECRET_FILE_BYTES])
{
    _Static_assert(SECRET_SUM_AT + HF_TAG_BYTES == HF_VAULT_SECRET_FILE_BYTES, "magic, secret, checksum");
    memcpy(out, SECRET_MAGIC, SECRET_MAGIC_BYTES);
    memcpy(out + SECRET_MAGIC_BYTES, device_secret, HF_VAULT_DEVICE_SECRET_BYTES);
    secret_checksum(out, out + SECRET_SUM_AT);
}

enum hf_status hf_vault_secret_decode(struct hf_slice bytes, uint8_t out_device_secret[HF_VAULT_DEVICE_SECRET_BYTES],
                                      struct hf_error *err)
{
    uint8_t sum[HF_TAG_BYTES];

    if (bytes.len == HF_VAULT_SECRET_FILE_BYTES && memcmp(bytes.data, SECRET_MAGIC, SECRET_MAGIC_BYTES) == 0) {
        secret_checksum(bytes.data, sum);
        if (hf_secret_equal(sum, bytes.data + SECRET_SUM_AT, sizeof(sum))) {
            memcpy(out_device_secret, bytes.data + SECRET_MAGIC_BYTES, HF_VAULT_DEVICE_SECRET_BYTES);
            return HF_OK;
        }
    }
    return hf_error_set(err, HF_ERR_CORRUPT,
                        "The file with this device's secret is damaged. Nothing was changed. Restore it from a backup, "
                        "or ask the office to set up this device again.");
}
