#include "core/vault/gate.h"

#include "core/vault/tries.h"

#include <stdio.h>

#define WAIT_TEXT_BYTES 32

static void load(const struct hf_vault_paths *paths, struct hf_vault_tries *out)
{
    struct hf_buf bytes;

    hf_buf_init(&bytes, HF_VAULT_TRIES_BYTES);
    if (hf_vault_file_read(paths->tries, HF_VAULT_TRIES_BYTES, &bytes, NULL) != HF_OK)
        hf_buf_clear(&bytes);
    hf_vault_tries_decode(hf_buf_slice(&bytes), out);
    hf_buf_clear(&bytes);
}

static void keep(const struct hf_vault_paths *paths, const struct hf_vault_tries *tries)
{
    uint8_t bytes[HF_VAULT_TRIES_BYTES];
    enum hf_status status = hf_vault_file_remove(paths->tries_new, NULL); /* of an attempt cut short */

    hf_vault_tries_encode(tries, bytes);
    if (status == HF_OK)
        status = hf_vault_file_write(paths->tries_new, hf_slice_of(bytes, sizeof(bytes)), NULL);
    if (status == HF_OK)
        status = hf_vault_file_rename(paths->tries_new, paths->tries, NULL);
    if (status == HF_OK)
        status = hf_vault_folder_sync(paths->folder, NULL);
    (void)status;
}

/* Rounded up, so that who waits as long as it says gets in. */
static void wait_text(uint64_t left_ms, char out[WAIT_TEXT_BYTES])
{
    const unsigned long long seconds = (left_ms + 999) / 1000;
    const unsigned long long minutes = (seconds + 59) / 60;

    if (seconds < 60)
        (void)snprintf(out, WAIT_TEXT_BYTES, "%llu second%s", seconds, seconds == 1 ? "" : "s");
    else
        (void)snprintf(out, WAIT_TEXT_BYTES, "%llu minute%s", minutes, minutes == 1 ? "" : "s");
}

enum hf_status hf_vault_gate_enter(const struct hf_vault_paths *paths, struct hf_error *err)
{
    struct hf_vault_tries tries;
    char wait[WAIT_TEXT_BYTES];
    bool changed = false;
    uint64_t left_ms;

    load(paths, &tries);
    left_ms = hf_vault_tries_left_ms(&tries, hf_vault_now(), &changed);
    if (changed)
        keep(paths, &tries);
    if (left_ms == 0)
        return HF_OK;
    wait_text(left_ms, wait);
    return hf_error_set(err, HF_ERR_LIMIT,
                        "The passphrase was wrong %u times in a row. This device takes the next one in %s. Nothing is "
                        "lost.",
                        tries.failures, wait);
}

void hf_vault_gate_leave(const struct hf_vault_paths *paths, enum hf_status status)
{
    struct hf_vault_tries tries;

    if (status == HF_OK) {
        (void)!hf_vault_file_remove(paths->tries, NULL);
    } else if (status == HF_ERR_AUTH) {
        load(paths, &tries);
        hf_vault_tries_add(&tries, hf_vault_now());
        keep(paths, &tries);
    }
}
