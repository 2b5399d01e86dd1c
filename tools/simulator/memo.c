#include "tools/simulator/memo.h"

#include <sodium.h>
#include <stdbool.h>
#include <string.h>

#define PLACES 16384 /* a power of two */

static struct {
    uint8_t of[32]; /* BLAKE2b of all that was asked; zero: empty */
    int answer;
} places[PLACES];
static bool is_installed;

void sim_memo_install(void)
{
    is_installed = true;
}

static void digest(const unsigned char *sig, const unsigned char *m, unsigned long long mlen, const unsigned char *pk,
                   uint8_t out[32])
{
    crypto_generichash_state state;
    (void)crypto_generichash_init(&state, NULL, 0, 32);
    (void)crypto_generichash_update(&state, sig, crypto_sign_BYTES);
    (void)crypto_generichash_update(&state, pk, crypto_sign_PUBLICKEYBYTES);
    (void)crypto_generichash_update(&state, m, mlen);
    (void)crypto_generichash_final(&state, out, 32);
}

/* The program's own function goes before the library's of that name. */
int crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m, unsigned long long mlen,
                                const unsigned char *pk)
{
    uint8_t of[32];
    if (!is_installed)
        return crypto_sign_ed25519_verify_detached(sig, m, mlen, pk);
    digest(sig, m, mlen, pk, of);
    size_t at = (of[0] | (size_t)of[1] << 8) & (PLACES - 1);
    if (memcmp(places[at].of, of, sizeof of) != 0) {
        places[at].answer = crypto_sign_ed25519_verify_detached(sig, m, mlen, pk);
        memcpy(places[at].of, of, sizeof of);
    }
    return places[at].answer;
}
