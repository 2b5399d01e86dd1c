/* Start-up, random bytes, wiping, comparing and memory for secrets. */
#include "core/crypto/crypto.h"

#include <sodium.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum hf_status hf_crypto_init(bool no_core_dumps)
{
    if (sodium_init() < 0)
        return HF_ERR_STATE;
    if (no_core_dumps) {
        const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
        if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
            return HF_ERR_STATE;
    }
    return HF_OK;
}

void hf_random(void *out, size_t len)
{
    if (len > 0)
        randombytes_buf(out, len);
}

void hf_wipe(void *data, size_t len)
{
    if (len > 0)
        sodium_memzero(data, len);
}

bool hf_secret_equal(const void *a, const void *b, size_t len)
{
    return len == 0 || sodium_memcmp(a, b, len) == 0;
}

void *hf_secret_alloc(size_t len)
{
    return sodium_malloc(len);
}

void hf_secret_free(void *secret)
{
    sodium_free(secret);
}
