/* The device itself: enrol, status, passphrase, key, audit export. */
#include "client/cli/policy.h"
#include "core/base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void print_identity(const struct holdfast_identity *identity)
{
    const char *const parts[] = {identity->person_name, identity->role, identity->authority};
    for (size_t i = 0; i < 3; i++) {
        cli_put(stdout, parts[i]);
        (void)fputs(i < 2 ? ", " : " (", stdout);
    }
    cli_put(stdout, identity->origin);
    (void)fputs(")\n", stdout);
}

static json_t *identity_json(const struct holdfast_identity *identity)
{
    return json_pack("{s:o, s:s, s:s, s:s, s:s, s:s, s:s, s:b, s:b}", "person", cli_json_id(&identity->person), "name",
                     identity->person_name, "role", identity->role, "authority", identity->authority, "origin",
                     identity->origin, "address", identity->address, "device", identity->device, "enrolled",
                     identity->enrolled, "revoked", identity->revoked);
}

/* --- enrol
 * -------------------------------------------------------------------------------------------------------------------
 */

static enum cli_exit enrolled(struct cli *cli, const char *code, bool waiting)
{
    struct holdfast_identity identity;
    enum holdfast_status status = holdfast_get_identity(cli->hf, &identity);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json) {
        json_t *object = identity_json(&identity);
        if (object && (json_object_set_new(object, "safety_code", json_string(code)) != 0 ||
                       json_object_set_new(object, "waiting", json_boolean(waiting)) != 0)) {
            json_decref(object);
            object = NULL;
        }
        return cli_print_json(object);
    }
    print_identity(&identity);
    (void)printf("Safety code  %s\nRead it to the office: both sides must see the same.\n", code);
    if (waiting)
        (void)printf("The office has to confirm this device. Then `holdfast sync` works.\n");
    return CLI_DONE;
}

enum cli_exit cli_enrol(struct cli *cli)
{
    char passphrase[CLI_PASSPHRASE_BYTES], code[HOLDFAST_SAFETY_CODE_TEXT_BYTES] = "";
    struct holdfast_options options = {0};
    bool twice = holdfast_get_state(cli->hf) == HOLDFAST_EMPTY;
    if (!cli_passphrase(cli, "--passphrase-file", twice ? "Choose a passphrase: " : "Passphrase: ", twice, passphrase))
        return CLI_FAILED;
    if (cli_option(cli, "--weak-kdf-for-tests")) {
        options.weak_kdf_for_tests = true;
        options.kdf_memory_bytes = 8u << 20;
    }
    char *invitation = cli_text(cli->words[0]);
    enum holdfast_status status = holdfast_enrol(cli->hf, invitation, passphrase, &options, code);
    cli_wipe(invitation, strlen(invitation));
    free(invitation);
    const bool joined = status == HOLDFAST_OK || status == HOLDFAST_WAITING;
    enum cli_exit kept = CLI_DONE;
    if (joined && cli_option(cli, "--keyring"))
        kept = cli_add_keyring(cli, passphrase);
    cli_wipe(passphrase, sizeof passphrase);
    if (!joined)
        return cli_fail(cli, status);
    if (kept != CLI_DONE)
        return kept;
    return enrolled(cli, code, status == HOLDFAST_WAITING);
}

/* --- status
 * ------------------------------------------------------------------------------------------------------------------ */

static void print_counts(const struct holdfast_counts *counts)
{
    char last[CLI_TIME_BYTES], checked[CLI_TIME_BYTES];
    cli_time(counts->last_sync_ms, last);
    cli_time(counts->checkpoint_ms, checked);
    (void)printf("Cases: %llu, records: %llu\n", (unsigned long long)counts->cases,
                 (unsigned long long)counts->records);
    cli_print_states(counts, stdout);
    (void)putchar('\n');
    if (counts->conflicts)
        (void)printf("Fields with two values: %llu (`holdfast conflict list`)\n",
                     (unsigned long long)counts->conflicts);
    if (counts->unverified)
        (void)printf("Not yet verified back to their signatures: %llu records of %llu cases (`holdfast sync --history` "
                     "fetches their history)\n",
                     (unsigned long long)counts->unverified, (unsigned long long)counts->unverified_cases);
    if (counts->held)
        (void)printf("Held by the office: %llu\n", (unsigned long long)counts->held);
    if (counts->waiting)
        (void)printf("Waiting for what they build on: %llu\n", (unsigned long long)counts->waiting);
    (void)printf("Last sync: %s\n", last[0] ? last : "never");
    if (checked[0])
        (void)printf("Signed log: %llu entries, checked %s\n", (unsigned long long)counts->checkpoint_size, checked);
}

/* Told while there is time, and once it is over. */
static void print_lease(const struct holdfast_lease *lease)
{
    char ends[CLI_TIME_BYTES];
    cli_time(lease->ends_ms, ends);
    if (lease->is_over)
        (void)printf("No sync for %u days: the records stay closed until `holdfast sync` has reached the office.\n",
                     (unsigned)lease->days);
    else
        (void)printf("Next sync needed by: %s\n", ends);
}

static json_t *counts_json(const struct holdfast_identity *identity, const struct holdfast_counts *counts,
                           const struct holdfast_lease *lease, const char *digest, const char *damage)
{
    return json_pack(
        "{s:o, s:I, s:I, s:I, s:I, s:I, s:o, s:I, s:o, s:o, s:b, s:s, s:s, s:I, s:I}", "identity",
        identity_json(identity), "cases", (json_int_t)counts->cases, "records", (json_int_t)counts->records, "held",
        (json_int_t)counts->held, "waiting", (json_int_t)counts->waiting, "conflicts", (json_int_t)counts->conflicts,
        "last_sync", cli_json_time(counts->last_sync_ms), "checkpoint", (json_int_t)counts->checkpoint_size,
        "checkpoint_time", cli_json_time(counts->checkpoint_ms), "lease_ends", cli_json_time(lease->ends_ms),
        "lease_over", (int)lease->is_over, "digest", digest, "damage", damage, "unverified",
        (json_int_t)counts->unverified, "unverified_cases", (json_int_t)counts->unverified_cases);
}

static enum cli_exit print_counts_json(struct cli *cli, const struct holdfast_counts *counts, json_t *json)
{
    if (json && (!cli_put_states(json, counts) || json_object_set_new(json, "log", cli_log_head_json(cli)) != 0 ||
                 json_object_set_new(json, "distrust", cli_distrust_json(cli)) != 0)) {
        json_decref(json);
        json = NULL;
    }
    return cli_print_json(json);
}

enum cli_exit cli_status(struct cli *cli)
{
    struct holdfast_identity identity;
    struct holdfast_counts counts;
    uint8_t digest[HOLDFAST_DIGEST_BYTES];
    char hex[2 * HOLDFAST_DIGEST_BYTES + 1] = "";
    struct holdfast_lease lease = {0};
    bool is_closed = false;
    enum holdfast_status status = holdfast_get_identity(cli->hf, &identity);
    if (status == HOLDFAST_OK)
        status = holdfast_get_counts(cli->hf, &counts);
    if (status == HOLDFAST_OK)
        status = holdfast_get_lease(cli->hf, &lease);
    if (status == HOLDFAST_OK)
        is_closed = lease.is_over || identity.revoked;
    if (status == HOLDFAST_OK && !is_closed)
        status = holdfast_digest(cli->hf, NULL, digest);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (!is_closed)
        cli_hex(digest, sizeof digest, hex);
    if (cli->json)
        return print_counts_json(cli, &counts, counts_json(&identity, &counts, &lease, hex, holdfast_damage(cli->hf)));
    print_identity(&identity);
    if (identity.revoked)
        (void)printf(
            "This device was revoked: its records stay closed. It can hand in its work and reads nothing more.\n");
    if (holdfast_damage(cli->hf)[0])
        (void)printf("Needs attention: %s\n", holdfast_damage(cli->hf));
    print_counts(&counts);
    cli_print_distrust(cli);
    cli_print_shard(cli);
    if (!identity.revoked)
        print_lease(&lease);
    if (!is_closed)
        (void)printf("State digest: %s\n", hex);
    return CLI_DONE;
}

/* --- passphrase
 * ---------------------------------------------------------------------------------------------------------------- */

enum cli_exit cli_passphrase_change(struct cli *cli)
{
    char old_passphrase[CLI_PASSPHRASE_BYTES], new_passphrase[CLI_PASSPHRASE_BYTES];
    enum cli_exit code = CLI_FAILED;
    if (!cli_passphrase(cli, "--passphrase-file", "Passphrase now: ", false, old_passphrase))
        return CLI_FAILED;
    if (cli_passphrase(cli, "--new-passphrase-file", "New passphrase: ", true, new_passphrase)) {
        enum holdfast_status status = holdfast_change_passphrase(cli->hf, old_passphrase, new_passphrase);
        code = status == HOLDFAST_OK ? CLI_DONE : cli_fail(cli, status);
        if (code == CLI_DONE && cli->json)
            code = cli_print_json(json_pack("{s:b}", "changed", 1));
        else if (code == CLI_DONE)
            (void)printf("The passphrase is changed.\n");
    }
    cli_wipe(old_passphrase, sizeof old_passphrase);
    cli_wipe(new_passphrase, sizeof new_passphrase);
    return code;
}

enum cli_exit cli_key_follow(struct cli *cli)
{
    struct hf_buf text = {0};
    char *path = cli_option_text(cli, "--file");
    if (!path)
        return cli_refuse("Say which file holds the office's keys: --file FILE.");
    const bool read = cli_policy_read(path, &text);
    free(path);
    enum holdfast_status status = read ? holdfast_follow_keys(cli->hf, text.data, text.len) : HOLDFAST_OK;
    hf_buf_clear(&text);
    if (!read)
        return CLI_FAILED;
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return cli_print_json(json_pack("{s:b}", "followed", 1));
    (void)printf("This device knows the office's keys. Sync now.\n");
    return CLI_DONE;
}

enum cli_exit cli_key_rotate(struct cli *cli)
{
    char passphrase[CLI_PASSPHRASE_BYTES];
    if (!cli_passphrase(cli, "--passphrase-file", "Passphrase: ", false, passphrase))
        return CLI_FAILED;
    struct holdfast_host_key keyring;
    const bool with_keyring = holdfast_has_host_key(cli->hf) && holdfast_desktop_keyring(&keyring) == HOLDFAST_OK;
    enum holdfast_status status = holdfast_rotate_key(cli->hf, passphrase, with_keyring ? &keyring : NULL);
    cli_wipe(passphrase, sizeof passphrase);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return cli_print_json(json_pack("{s:b}", "rotated", 1));
    (void)printf("Everything in the folder is sealed under a new key. The passphrase is as before.\n");
    if (with_keyring)
        (void)printf("So is the keyring.\n");
    return CLI_DONE;
}

/* --- audit export
 * ---------------------------------------------------------------------------------------------------------------- */

static bool show_export(void *ctx, uint64_t done, uint64_t total)
{
    const bool *terminal = ctx;
    if (cli_stop_asked())
        return false;
    if (*terminal)
        (void)fprintf(stderr, "\r\033[KFetching the log… %llu of %llu entries", (unsigned long long)done,
                      (unsigned long long)total);
    return true;
}

enum cli_exit cli_audit_export(struct cli *cli)
{
    bool terminal = !cli->json && isatty(STDERR_FILENO);
    struct holdfast_counts counts = {0};
    struct holdfast_options options = {.audit_contents = cli_option(cli, "--contents") != NULL};
    char *out = cli_option_text(cli, "--out");
    char *reason = cli_option_text(cli, "--because");
    if (!out) {
        free(reason);
        return cli_usage(cli);
    }
    options.audit_reason = reason;
    cli_stop_begin();
    enum holdfast_status status = holdfast_audit_export(cli->hf, out, &options, show_export, &terminal);
    if (terminal)
        (void)fputs("\r\033[K", stderr);
    if (status == HOLDFAST_OK)
        status = holdfast_get_counts(cli->hf, &counts);
    enum cli_exit code = CLI_DONE;
    if (status != HOLDFAST_OK)
        code = cli_fail(cli, status);
    else if (cli->json)
        code = cli_print_json(json_pack("{s:s, s:I}", "bundle", out, "entries", (json_int_t)counts.checkpoint_size));
    else
        (void)printf(
            "%s holds the signed log of %llu entries.\nCheck it without trusting anybody: holdfast-audit verify %s "
            "--authority-key FILE\n",
            out, (unsigned long long)counts.checkpoint_size, out);
    if (code == CLI_DONE && !cli->json && options.audit_contents)
        (void)printf(
            "It holds what was written in clear: keep it on an encrypted disk, and wipe it after the audit.\n");
    free(reason);
    free(out);
    cli_stop_end();
    return code;
}
