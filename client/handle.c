#include "client/handle.h"

#include "client/attach.h"
#include "client/edit.h"
#include "client/lock.h"
#include "client/reads.h"
#include "client/sync.h"
#include "client/watch.h"
#include "core/base/assert.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define STACK_BYTES (192u * 1024)

#define KEY_FILE "/" HF_CLIENT_VAULT_NAME ".key"

/* --- times and small conversions --- */

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t hf_wall_ms(void)
{
    return clock_ms(CLOCK_REALTIME);
}

uint64_t hf_mono_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

uint64_t hf_machine_ms(void)
{
#ifdef CLOCK_BOOTTIME
    return clock_ms(CLOCK_BOOTTIME);
#else
    return clock_ms(CLOCK_MONOTONIC);
#endif
}

struct holdfast_id hf_id_out(const struct hf_id *id)
{
    struct holdfast_id out;
    memcpy(out.bytes, id->bytes, sizeof out.bytes);
    return out;
}

struct hf_id hf_id_in_or_zero(const struct holdfast_id *id)
{
    return id ? hf_id_in(id) : hf_id_zero();
}

void hf_device_text(const uint8_t device[HF_SIGN_PUBLIC_BYTES], char out[HF_DEVICE_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < HF_SIGN_PUBLIC_BYTES; i++) {
        out[2 * i] = digits[device[i] >> 4];
        out[2 * i + 1] = digits[device[i] & 15];
    }
    out[HF_DEVICE_TEXT_BYTES - 1] = '\0';
}

/* --- entering and leaving --- */

static void say(struct holdfast *hf, const char *text)
{
    (void)snprintf(hf->text, sizeof hf->text, "%s", text);
}

enum hf_status hf_handle_enter(struct holdfast *hf, enum hf_enter how)
{
    hf->text[0] = '\0';
    hf->err = (struct hf_error){0};
    if (hf->entered || (hf->telling && how != HF_ENTER_READ && how != HF_ENTER_STATUS)) {
        say(hf, "This cannot be done from inside a callback. Finish the callback first, then try again.");
        return HF_ERR_STATE;
    }
    if (how != HF_ENTER_ANY && !hf->replica) {
        say(hf, hf_status_text(HF_ERR_LOCKED));
        return HF_ERR_LOCKED;
    }
    if (hf->read_only && hf->replica && (how == HF_ENTER_WRITE || how == HF_ENTER_OFFICE)) {
        say(hf, "This was opened for reading only. Open it for writing to change or sync anything.");
        return HF_ERR_DENIED;
    }
    if (how == HF_ENTER_READ || how == HF_ENTER_WRITE) {
        if (!hf->telling)
            hf->active_ms = hf_machine_ms();
        enum hf_status status = hf_records_check(hf);
        if (status != HF_OK)
            return status;
    }
    hf->entered = true;
    return HF_OK;
}

enum holdfast_status hf_handle_refused(enum hf_status status)
{
    return (enum holdfast_status)status;
}

/* What to say of a failure that said nothing itself. */
static const char *words_for(const struct holdfast *hf, enum hf_status status)
{
    if (hf->err.text[0] != '\0' && hf->err.status == status)
        return hf->err.text;
    if (status == HF_ERR_STATE && hf->replica && hf_replica_damage(hf->replica)[0] != '\0')
        return hf_replica_damage(hf->replica);
    return hf_status_text(status);
}

enum holdfast_status hf_handle_leave(struct holdfast *hf, enum hf_status status)
{
    HF_ASSERT(hf->entered);
    hf->entered = false;
    hf_watch_look(hf);
    if (status == HF_OK)
        hf->text[0] = '\0';
    else if (hf->text[0] == '\0')
        say(hf, words_for(hf, status));
    return (enum holdfast_status)status;
}

enum hf_status hf_handle_fail(struct holdfast *hf, enum hf_status status, const char *format, ...)
{
    char text[HF_CLIENT_ERROR_TEXT_BYTES]; /* aside first: hf->text may be an argument */
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(hf->text, text, sizeof text);
    return status;
}

void hf_handle_tell(struct holdfast *hf, const struct hf_id *case_id, const struct hf_id *record)
{
    if (!hf->changed)
        return;
    HF_ASSERT(hf->entered && !hf->telling);
    const struct holdfast_id out_case = hf_id_out(case_id);
    const struct holdfast_id out_record = hf_id_out(record);
    const struct hf_error err = hf->err;
    hf->entered = false;
    hf->telling = true;
    hf->changed(hf->changed_ctx, &out_case, &out_record);
    hf->telling = false;
    hf->entered = true;
    hf->err = err; /* what the callback read may have failed: that was the callback's to see */
    hf->text[0] = '\0';
}

/* --- life --- */

enum holdfast_status holdfast_open(const char *folder, struct holdfast **out)
{
    if (!folder || folder[0] == '\0')
        return HOLDFAST_INVALID;
    if (hf_crypto_init(true) != HF_OK)
        return HOLDFAST_STATE;
    struct holdfast *hf = calloc(1, sizeof *hf);
    size_t len = strlen(folder);
    char *copy = malloc(len + 1);
    if (!hf || !copy) {
        free(hf);
        free(copy);
        return HOLDFAST_NOMEM;
    }
    memcpy(copy, folder, len + 1);
    hf->folder = copy;
    *out = hf;
    return HOLDFAST_OK;
}

void hf_handle_shut(struct holdfast *hf)
{
    hf_sync_end(hf);
    hf_watch_free(hf->watch);
    hf->watch = NULL;
    hf_reads_forget(hf);
    if (hf->replica) {
        hf_attach_give_up(hf);
        hf_edits_seal(hf);
        hf_lease_keep(hf);
    }
    hf_replica_close(hf->replica);
    hf->replica = NULL;
    /* A last checkpoint that could not be written loses nothing: the commits stay in the log file. */
    (void)hf_vault_close(hf->vault);
    hf->vault = NULL;
}

/* What functions that have returned left on the stack. */
__attribute__((noinline)) static void wipe_stack(void)
{
    uint8_t room[STACK_BYTES];
    hf_wipe(room, sizeof room);
    hf_wipe_registers();
}

void holdfast_lock(struct holdfast *hf)
{
    HF_ASSERT(!hf->entered && !hf->telling); /* not from a callback: it would pull the replica away */
    hf_handle_shut(hf);
    hf->read_only = false;
    hf_wipe(&hf->err, sizeof hf->err);
    hf_wipe(hf->text, sizeof hf->text);
    wipe_stack();
}

void holdfast_close(struct holdfast *hf)
{
    if (!hf)
        return;
    holdfast_lock(hf);
    for (struct holdfast_edit *edit = hf->edits; edit; edit = edit->next)
        edit->hf = NULL; /* a host that cancels too late does no harm */
    free(hf->folder);
    hf_wipe(hf, sizeof *hf);
    free(hf);
}

bool hf_handle_has_vault(const struct holdfast *hf)
{
    size_t len = strlen(hf->folder);
    char *path = malloc(len + sizeof KEY_FILE);
    if (!path)
        return false;
    memcpy(path, hf->folder, len);
    memcpy(path + len, KEY_FILE, sizeof KEY_FILE);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

enum holdfast_state holdfast_get_state(const struct holdfast *hf)
{
    if (hf->replica)
        return HOLDFAST_UNLOCKED;
    return hf_handle_has_vault(hf) ? HOLDFAST_IS_LOCKED : HOLDFAST_EMPTY;
}

const char *holdfast_error_text(const struct holdfast *hf)
{
    return hf ? hf->text : hf_status_text(HF_ERR_INVALID);
}

/* --- passphrase --- */

enum hf_status hf_handle_open_replica(struct holdfast *hf, struct hf_slice passphrase, bool keep_vault)
{
    enum hf_status status = HF_OK;
    if (!hf->vault)
        status = hf_vault_open(hf->folder, HF_CLIENT_VAULT_NAME, passphrase,
                               hf->read_only ? HF_VAULT_READ_ONLY : HF_VAULT_READ_WRITE, &hf->vault, &hf->err);
    return status == HF_OK ? hf_handle_read_replica(hf, keep_vault) : status;
}

enum hf_status hf_handle_read_replica(struct holdfast *hf, bool keep_vault)
{
    enum hf_status status = hf_replica_open(hf->vault, &hf->replica, &hf->err);
    if (status == HF_OK) {
        hf->active_ms = hf_machine_ms();
        status = hf_edits_open(hf);
        if (status == HF_OK)
            status = hf_attach_open_folder(hf);
        if (status != HF_OK)
            hf_handle_shut(hf);
        return status;
    }
    if (!(keep_vault && status == HF_ERR_NOT_FOUND)) {
        (void)hf_vault_close(hf->vault);
        hf->vault = NULL;
    }
    return status;
}

enum hf_status hf_handle_need_passphrase(struct holdfast *hf, const char *passphrase)
{
    return passphrase ? HF_OK : hf_error_set(&hf->err, HF_ERR_INVALID, "A passphrase is needed here.");
}

static enum holdfast_status unlock(struct holdfast *hf, const char *passphrase, bool read_only)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_ANY);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_handle_need_passphrase(hf, passphrase);
    if (status == HF_OK && hf->replica)
        status = hf_error_set(&hf->err, HF_ERR_STATE, "This is unlocked already.");
    if (status == HF_OK) {
        hf->read_only = read_only;
        status = hf_handle_open_replica(hf, hf_slice_str(passphrase), false);
        hf->read_only = read_only && status == HF_OK;
    }
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_unlock(struct holdfast *hf, const char *passphrase)
{
    return unlock(hf, passphrase, false);
}

enum holdfast_status holdfast_unlock_read_only(struct holdfast *hf, const char *passphrase)
{
    return unlock(hf, passphrase, true);
}

enum holdfast_status holdfast_change_passphrase(struct holdfast *hf, const char *old_passphrase,
                                                const char *new_passphrase)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_ANY);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_handle_need_passphrase(hf, old_passphrase);
    if (status == HF_OK)
        status = hf_handle_need_passphrase(hf, new_passphrase);
    if (status == HF_OK)
        status = hf_vault_change_passphrase(hf->folder, HF_CLIENT_VAULT_NAME, hf_slice_str(old_passphrase),
                                            hf_slice_str(new_passphrase), &hf->err);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_add_recovery_key(struct holdfast *hf, const char *passphrase,
                                               const uint8_t public_key[HOLDFAST_RECOVERY_KEY_BYTES])
{
    _Static_assert(HOLDFAST_RECOVERY_KEY_BYTES == HF_DH_BYTES, "an X25519 key");
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_ANY);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_handle_need_passphrase(hf, passphrase);
    if (status == HF_OK)
        status =
            hf_vault_add_recovery(hf->folder, HF_CLIENT_VAULT_NAME, hf_slice_str(passphrase), public_key, &hf->err);
    return hf_handle_leave(hf, status);
}

/* --- who this device is --- */

static void fill_identity(const struct hf_identity *identity, struct holdfast_identity *out)
{
    const bool known = identity->state != HF_IDENTITY_NEW;
    *out = (struct holdfast_identity){.person = hf_id_out(&identity->person)};
    (void)snprintf(out->person_name, sizeof out->person_name, "%s", identity->person_name);
    (void)snprintf(out->role, sizeof out->role, "%s", known ? hf_role_name(identity->role) : "");
    (void)snprintf(out->authority, sizeof out->authority, "%s", identity->authority_name);
    (void)snprintf(out->origin, sizeof out->origin, "%s", identity->origin);
    (void)snprintf(out->address, sizeof out->address, "%s", identity->address);
    hf_device_text(identity->sign.public_key, out->device);
    out->enrolled = identity->state == HF_IDENTITY_ENROLLED || identity->state == HF_IDENTITY_REVOKED;
    out->revoked = identity->state == HF_IDENTITY_REVOKED;
}

enum holdfast_status holdfast_get_identity(struct holdfast *hf, struct holdfast_identity *out)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    fill_identity(hf_replica_identity(hf->replica), out);
    return hf_handle_leave(hf, HF_OK);
}

void holdfast_on_change(struct holdfast *hf,
                        void (*changed)(void *ctx, const struct holdfast_id *case_id, const struct holdfast_id *record),
                        void *ctx)
{
    hf->changed = changed;
    hf->changed_ctx = ctx;
}
