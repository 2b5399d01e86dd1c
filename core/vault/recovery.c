#include "core/vault/recovery.h"

#include <string.h>

/* --- shares --------------------------------------------------------------------------------------------------------
 */

#define MAGIC       "HFR1"
#define MAGIC_BYTES 4

enum share_at { AT_MAGIC = 0, AT_NUMBER = 4, AT_ZERO = 5, AT_PUBLIC = 8, AT_SHARE = 40, AT_SUM = 72 };

static void checksum(const uint8_t *bytes, uint8_t out[HF_TAG_BYTES])
{
    const struct hf_slice parts[] = {hf_slice_str("hf recovery share checksum v1"), hf_slice_of(bytes, AT_SUM)};

    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, out, HF_TAG_BYTES);
}

static void mix(const uint8_t *one, const uint8_t *other, uint8_t *out)
{
    for (size_t i = 0; i < HF_DH_BYTES; i++)
        out[i] = one[i] ^ other[i];
}

void hf_recovery_make(uint8_t out_public_key[HF_DH_BYTES],
                      uint8_t out_shares[HF_RECOVERY_SHARES][HF_RECOVERY_SHARE_BYTES])
{
    _Static_assert(AT_SUM + HF_TAG_BYTES == HF_RECOVERY_SHARE_BYTES, "magic, number, public key, share, checksum");
    struct hf_dh_key key;
    uint8_t seed[HF_DH_BYTES];

    hf_random(seed, sizeof(seed));
    hf_dh_key_from_seed(seed, &key);
    memset(out_shares, 0, (size_t)HF_RECOVERY_SHARES * HF_RECOVERY_SHARE_BYTES);
    hf_random(out_shares[0] + AT_SHARE, HF_DH_BYTES);
    mix(seed, out_shares[0] + AT_SHARE, out_shares[1] + AT_SHARE);
    for (uint8_t i = 0; i < HF_RECOVERY_SHARES; i++) {
        memcpy(out_shares[i] + AT_MAGIC, MAGIC, MAGIC_BYTES);
        out_shares[i][AT_NUMBER] = (uint8_t)(i + 1);
        memcpy(out_shares[i] + AT_PUBLIC, key.public_key, HF_DH_BYTES);
        checksum(out_shares[i], out_shares[i] + AT_SUM);
    }
    memcpy(out_public_key, key.public_key, HF_DH_BYTES);
    hf_wipe(&key, sizeof(key));
    hf_wipe(seed, sizeof(seed));
}

static bool is_share(struct hf_slice bytes)
{
    static const uint8_t zeros[AT_PUBLIC - AT_ZERO];
    uint8_t sum[HF_TAG_BYTES];

    if (bytes.len != HF_RECOVERY_SHARE_BYTES || memcmp(bytes.data, MAGIC, MAGIC_BYTES) != 0 ||
        bytes.data[AT_NUMBER] == 0 || bytes.data[AT_NUMBER] > HF_RECOVERY_SHARES ||
        memcmp(bytes.data + AT_ZERO, zeros, sizeof(zeros)) != 0)
        return false;
    checksum(bytes.data, sum);
    return memcmp(sum, bytes.data + AT_SUM, sizeof(sum)) == 0;
}

enum hf_status hf_recovery_join(struct hf_slice one, struct hf_slice other, struct hf_dh_key *out_key,
                                struct hf_error *err)
{
    struct hf_dh_key key;
    uint8_t seed[HF_DH_BYTES];
    enum hf_status status = HF_OK;

    if (!is_share(one) || !is_share(other))
        return hf_error_set(err, HF_ERR_CORRUPT,
                            "A share of the recovery key is damaged, or it is no such file. Nothing was changed.");
    if (one.data[AT_NUMBER] == other.data[AT_NUMBER])
        return hf_error_set(err, HF_ERR_AUTH,
                            "Both files are the share of the same officer. The other officer's share is needed too.");
    mix(one.data + AT_SHARE, other.data + AT_SHARE, seed);
    hf_dh_key_from_seed(seed, &key);
    if (memcmp(key.public_key, one.data + AT_PUBLIC, HF_DH_BYTES) != 0 ||
        memcmp(key.public_key, other.data + AT_PUBLIC, HF_DH_BYTES) != 0)
        status = hf_error_set(err, HF_ERR_AUTH, "These two shares do not belong to the same recovery key.");
    else
        *out_key = key;
    hf_wipe(&key, sizeof(key));
    hf_wipe(seed, sizeof(seed));
    return status;
}

/* --- the slot ------------------------------------------------------------------------------------------------------
 */

enum body_at { AT_KEY = 0, AT_BOX = HF_DH_BYTES, BODY_BYTES = HF_DH_BYTES + HF_KEY_BYTES + HF_SEALED_OVERHEAD_BYTES };

enum hf_status hf_recovery_wrap(struct hf_keyfile_slot *slot, const uint8_t public_key[HF_DH_BYTES],
                                const uint8_t data_key[HF_KEY_BYTES], struct hf_error *err)
{
    uint8_t box[HF_KEY_BYTES + HF_SEALED_OVERHEAD_BYTES];

    if (!hf_box_seal(public_key, data_key, HF_KEY_BYTES, box))
        return hf_error_set(err, HF_ERR_INVALID, "That is not a recovery key. Ask the office for its recovery.pub.");
    memcpy(slot->body + AT_KEY, public_key, HF_DH_BYTES);
    memcpy(slot->body + AT_BOX, box, sizeof(box));
    slot->body_len = BODY_BYTES;
    slot->flags = 0;
    return HF_OK;
}

const uint8_t *hf_recovery_slot_key(const struct hf_keyfile_slot *slot)
{
    bool is_ours = slot->type == HF_KEYFILE_SLOT_RECOVERY && slot->flags == 0 && slot->body_len == BODY_BYTES;

    return is_ours ? slot->body + AT_KEY : NULL;
}

enum hf_status hf_recovery_unwrap(const struct hf_keyfile_slot *slot, const struct hf_dh_key *key,
                                  uint8_t out_data_key[HF_KEY_BYTES], struct hf_error *err)
{
    const uint8_t *sealed_to = hf_recovery_slot_key(slot);

    if (sealed_to && memcmp(sealed_to, key->public_key, HF_DH_BYTES) == 0 &&
        hf_box_open(key, slot->body + AT_BOX, BODY_BYTES - AT_BOX, out_data_key))
        return HF_OK;
    return hf_error_set(err, HF_ERR_AUTH, "This recovery key does not open this device's data.");
}
