#include "core/vault/tries.h"

#include "core/crypto/crypto.h"

#include <string.h>

#define MAGIC       "HFT1"
#define MAGIC_BYTES 4
#define FIRST_MS    1000u
#define DOUBLINGS   10u /* 1024 s is past the longest delay */

enum tries_at { AT_MAGIC = 0, AT_FAILURES = 4, AT_WALL = 8, AT_MONO = 16, AT_SUM = 24 };

uint64_t hf_vault_delay_ms(uint32_t failures)
{
    uint64_t delay_ms;

    if (failures <= HF_VAULT_TRIES_FREE)
        return 0;
    if (failures - HF_VAULT_TRIES_FREE - 1 >= DOUBLINGS)
        return HF_VAULT_DELAY_MS_MAX;
    delay_ms = (uint64_t)FIRST_MS << (failures - HF_VAULT_TRIES_FREE - 1);
    return delay_ms < HF_VAULT_DELAY_MS_MAX ? delay_ms : HF_VAULT_DELAY_MS_MAX;
}

uint64_t hf_vault_tries_left_ms(struct hf_vault_tries *tries, struct hf_vault_time now, bool *out_changed)
{
    const uint64_t delay_ms = hf_vault_delay_ms(tries->failures);
    uint64_t passed_ms;

    *out_changed = false;
    if (delay_ms == 0)
        return 0;
    if (now.wall_ms < tries->since.wall_ms) {
        tries->since = now;
        *out_changed = true;
        return delay_ms;
    }
    passed_ms = now.wall_ms - tries->since.wall_ms;
    if (now.mono_ms >= tries->since.mono_ms && now.mono_ms - tries->since.mono_ms < passed_ms)
        passed_ms = now.mono_ms - tries->since.mono_ms;
    return passed_ms < delay_ms ? delay_ms - passed_ms : 0;
}

void hf_vault_tries_add(struct hf_vault_tries *tries, struct hf_vault_time now)
{
    if (tries->failures < UINT32_MAX)
        tries->failures++;
    tries->since = now;
}

static void checksum(const uint8_t *bytes, uint8_t out[HF_TAG_BYTES])
{
    const struct hf_slice parts[] = {hf_slice_str("hf vault tries checksum v1"), hf_slice_of(bytes, AT_SUM)};

    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, out, HF_TAG_BYTES);
}

void hf_vault_tries_encode(const struct hf_vault_tries *tries, uint8_t out[HF_VAULT_TRIES_BYTES])
{
    _Static_assert(AT_SUM + HF_TAG_BYTES == HF_VAULT_TRIES_BYTES, "magic, count, two times, checksum");
    memcpy(out + AT_MAGIC, MAGIC, MAGIC_BYTES);
    hf_put_u32(out + AT_FAILURES, tries->failures);
    hf_put_u64(out + AT_WALL, tries->since.wall_ms);
    hf_put_u64(out + AT_MONO, tries->since.mono_ms);
    checksum(out, out + AT_SUM);
}

void hf_vault_tries_decode(struct hf_slice bytes, struct hf_vault_tries *out_tries)
{
    uint8_t sum[HF_TAG_BYTES];

    memset(out_tries, 0, sizeof(*out_tries));
    if (bytes.len != HF_VAULT_TRIES_BYTES || memcmp(bytes.data, MAGIC, MAGIC_BYTES) != 0)
        return;
    checksum(bytes.data, sum);
    if (memcmp(sum, bytes.data + AT_SUM, sizeof(sum)) != 0)
        return;
    out_tries->failures = hf_get_u32(bytes.data + AT_FAILURES);
    out_tries->since.wall_ms = hf_get_u64(bytes.data + AT_WALL);
    out_tries->since.mono_ms = hf_get_u64(bytes.data + AT_MONO);
}
