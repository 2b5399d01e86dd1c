/* holdfastd: the central server and its administrator's commands. */
#include "core/base/options.h"
#include "server/cli/guard.h"
#include "server/cli/key.h"
#include "server/cli/mirror.h"
#include "server/cli/office_run.h"
#include "server/cli/recover.h"
#include "server/cli/shard.h"
#include "server/cli/witness.h"
#include "server/data_folder.h"
#include "server/listener.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define ARGS_MAX   HF_CLI_ARGS_MAX
#define PATH_BYTES HF_CLI_PATH_BYTES

#define NUMBER_DIGITS_MAX   5
#define WITNESS_EVERY_S     60
#define WITNESS_EVERY_S_MAX 86400

static const char help[] =
    "holdfastd " HF_VERSION ": the central server of Holdfast\n"
    "\n"
    "  holdfastd init --data DIR --authority NAME --origin example.gov.uk/holdfast\n"
    "      makes the data folder of a new authority, with its keys\n"
    "  holdfastd serve --data DIR --listen tcp://127.0.0.1:7450 [--lease-days N] [--per-address N]\n"
    "                  [--witness-every SECONDS]\n"
    "      takes devices' changes in until it is stopped (SIGTERM or Ctrl+C); without a sync for N days (14)\n"
    "      a device keeps its records closed until the next; from one address come at most N connections (256):\n"
    "      more where many devices share one, as behind a router; witnesses of the policy that have an address\n"
    "      are asked every SECONDS (60; 0: never)\n"
    "  holdfastd recover --vault DIR --share FILE --share FILE --new-passphrase-file FILE\n"
    "      opens a device's folder whose passphrase is lost, with the recovery shares of two officers\n"
    "  holdfastd shard request | take\n"
    "  holdfastd mirror --data DIR /WHOLE/PATH | --none\n"
    "      writes every commit to a second folder, so that a restored backup can be brought up to date\n"
    "  holdfastd recover-log --data DIR --from MIRROR\n"
    "      after an older server.db was put back: brings it up to what was signed since\n"
    "  holdfastd guard new --data DIR --checkpoint FILE | --none-newer --because TEXT\n"
    "      the machine is lost, and its signing guard with it: makes one from the newest checkpoint that anybody has\n"
    "  holdfastd key sign REQUEST --authority-key FILE --out CERTIFICATE\n"
    "      certifies a new key of the log, where the authority's key is kept\n"
    "\n"
    "These work on the folder, or ask the server that runs on it:\n"
    "  holdfastd invite --data DIR --person NAME --role worker|manager|office|auditor|admin [--case ID ...]\n"
    "                   [--address tcp://HOST:PORT] [--json]        prints one invitation line, good for 15 minutes\n"
    "  holdfastd enrol list --data DIR [--json]                     devices that wait for confirmation\n"
    "  holdfastd enrol confirm --data DIR DEVICE                    needed for administrators\n"
    "  holdfastd device list --data DIR [--json]\n"
    "  holdfastd device revoke --data DIR DEVICE --reason lost|left|replaced|other\n"
    "  holdfastd case assign --data DIR --case ID --person NAME|ID [--remove]\n"
    "                        [--reason allocated|reallocated|cover|left|other]\n"
    "  holdfastd case list --data DIR [--json]                      who holds which case\n"
    "  holdfastd case holders --data DIR CASE [--json]              who held it when, why, and who asked\n"
    "  holdfastd held list --data DIR [--case ID] [--json]          changes that wait for a person in the office\n"
    "  holdfastd held release|refuse --data DIR CHANGE ... --reason TEXT\n"
    "  holdfastd person list --data DIR [--json]\n"
    "  holdfastd person add --data DIR --person NAME --role ROLE    a staff record without an invitation\n"
    "  holdfastd person role --data DIR NAME|ID --role ROLE         another role, for all devices of the person\n"
    "  holdfastd person officer --data DIR NAME|ID --give|--take    a records officer: erasures, legal holds, copies\n"
    "  holdfastd status --data DIR [--json]\n"
    "  holdfastd publish --data DIR --out /WEB/FOLDER [--json]      the signed log as files for a web server "
    "(tlog-tiles)\n"
    "  holdfastd key request|take --data DIR FILE                   a new key for the log\n"
    "  holdfastd witness vkey|policy|list|ask|export|import --data DIR ...   who countersigns the log\n"
    "  holdfastd bundle import --data DIR /FILE --answer /NEW-FILE  takes in what a device without a network has sent "
    "on\n"
    "                                                               a stick, and writes what goes back to it\n"
    "  holdfastd bundle export --data DIR --device DEVICE --out /NEW-FILE   what a device may read, without being "
    "asked\n"
    "\n"
    "Exit codes: 0 done, 1 refused or failed, 2 wrong usage.\n";

static int fail(enum hf_status status, const struct hf_error *err)
{
    (void)fprintf(stderr, "holdfastd: %s\n", err->text[0] ? err->text : hf_status_text(status));
    return 1;
}

static int usage(const struct hf_error *err)
{
    (void)fprintf(stderr, "holdfastd: %s\n", err->text);
    return 2;
}

static bool copy_path(struct hf_slice slice, char out[PATH_BYTES])
{
    if (slice.len == 0 || slice.len >= PATH_BYTES)
        return false;
    memcpy(out, slice.data, slice.len);
    out[slice.len] = '\0';
    return true;
}

/* --- init
 * ------------------------------------------------------------------------------------------------------------------ */

static int init(const struct hf_slice *args, size_t count)
{
    struct hf_option options[] = {{.name = "--data", .has_value = true},
                                  {.name = "--authority", .has_value = true},
                                  {.name = "--origin", .has_value = true}};
    struct hf_error err = {0};
    char data[PATH_BYTES], authority[PATH_BYTES], origin[PATH_BYTES];
    size_t words = 0;
    if (hf_options_parse(args, count, options, 3, NULL, 0, &words, &err) != HF_OK)
        return usage(&err);
    if (!copy_path(options[0].value, data) || !copy_path(options[1].value, authority) ||
        !copy_path(options[2].value, origin)) {
        (void)fprintf(stderr, "Usage: holdfastd init --data DIR --authority NAME --origin example.gov.uk/holdfast\n");
        return 2;
    }
    enum hf_status status = hf_data_folder_init(data, authority, origin, &err);
    if (status != HF_OK)
        return fail(status, &err);
    (void)printf(
        "%s is ready for %s.\n"
        "Move %s/authority.key to a safe place off this machine: whoever holds it can certify another server.\n"
        "Give %s/authority.pub to your auditors.\n"
        "Give %s/recovery-1.share and recovery-2.share to two different officers and remove them here: together they\n"
        "open a device whose passphrase is lost. Devices get the key for it (%s/recovery.pub) as they enrol.\n"
        "Next: holdfastd serve --data %s --listen tcp://127.0.0.1:7450\n",
        data, authority, data, data, data, data, data);
    return 0;
}

/* --- serve
 * -------------------------------------------------------------------------------------------------------------------
 */

static void journal(void *ctx, const char *line)
{
    char stamp[32];
    time_t now = time(NULL);
    struct tm utc;
    (void)ctx;
    if (!gmtime_r(&now, &utc) || strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0)
        stamp[0] = '\0';
    (void)fprintf(stderr, "%s %s\n", stamp, line);
}

static int wait_for_signal(const sigset_t *signals)
{
    int got = 0;
    while (sigwait(signals, &got) != 0)
        ;
    return got;
}

static int serve_on(const char *data, const char *url, struct hf_data_folder *folder, unsigned witness_every_s,
                    const sigset_t *signals)
{
    struct hf_error err = {0};
    struct hf_listener *listener = NULL;
    enum hf_status status = hf_listener_start(&folder->office, url, journal, NULL, &listener, &err);
    if (status != HF_OK)
        return fail(status, &err);
    status = hf_data_folder_put_address(data, hf_listener_address(listener), &err);
    if (status == HF_OK) {
        (void)printf("holdfastd listens on %s\n", hf_listener_address(listener));
        (void)fflush(stdout);
        struct hf_cli_witness_asker *asker = hf_cli_witness_start(data, witness_every_s, journal);
        (void)wait_for_signal(signals);
        journal(NULL, "Stopping.");
        hf_cli_witness_stop(asker);
    }
    hf_listener_stop(listener);
    if (hf_data_folder_put_address(data, NULL, &err) != HF_OK)
        journal(NULL, err.text);
    return status == HF_OK ? 0 : fail(status, &err);
}

static const char serve_usage[] =
    "Usage: holdfastd serve --data DIR --listen tcp://127.0.0.1:7450 [--lease-days N] [--per-address N] "
    "[--witness-every SECONDS]\n";

/* `least` to `most`; *out stays what it is without the option. */
static bool read_number(const struct hf_option *option, uint32_t least, uint32_t most, uint32_t *out)
{
    uint32_t number = 0;
    if (option->seen == 0)
        return true;
    if (option->value.len == 0 || option->value.len > NUMBER_DIGITS_MAX)
        return false;
    for (size_t i = 0; i < option->value.len; i++) {
        if (option->value.data[i] < '0' || option->value.data[i] > '9')
            return false;
        number = number * 10 + (uint32_t)(option->value.data[i] - '0');
    }
    *out = number;
    return number >= least && number <= most;
}

/* Every connection takes a descriptor; what the system would give is asked for. Without it the listener waits when
 * there is none left. */
static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int serve(const struct hf_slice *args, size_t count)
{
    struct hf_option options[] = {{.name = "--data", .has_value = true},
                                  {.name = "--listen", .has_value = true},
                                  {.name = "--lease-days", .has_value = true},
                                  {.name = "--per-address", .has_value = true},
                                  {.name = "--witness-every", .has_value = true}};
    struct hf_error err = {0};
    struct hf_data_folder folder;
    char data[PATH_BYTES], url[PATH_BYTES];
    size_t words = 0;
    sigset_t signals;
    uint32_t lease_days = HF_OFFICE_LEASE_DAYS;
    uint32_t per_address = HF_LIMIT_CONNECTIONS_ADDRESS;
    uint32_t witness_every_s = WITNESS_EVERY_S;
    if (hf_options_parse(args, count, options, sizeof options / sizeof options[0], NULL, 0, &words, &err) != HF_OK)
        return usage(&err);
    if (!copy_path(options[0].value, data) || !copy_path(options[1].value, url)) {
        (void)fputs(serve_usage, stderr);
        return 2;
    }
    if (!read_number(&options[2], 1, HF_LIMIT_LEASE_DAYS, &lease_days)) {
        (void)fprintf(stderr, "holdfastd: --lease-days must be a number from 1 to %d.\n", HF_LIMIT_LEASE_DAYS);
        return 2;
    }
    if (!read_number(&options[3], 1, HF_LIMIT_CONNECTIONS, &per_address)) {
        (void)fprintf(stderr, "holdfastd: --per-address must be a number from 1 to %d.\n", HF_LIMIT_CONNECTIONS);
        return 2;
    }
    raise_descriptors();
    if (!read_number(&options[4], 0, WITNESS_EVERY_S_MAX, &witness_every_s)) {
        (void)fprintf(stderr, "holdfastd: --witness-every must be a number of seconds from 0 to %d.\n",
                      WITNESS_EVERY_S_MAX);
        return 2;
    }
    (void)sigemptyset(&signals);
    (void)sigaddset(&signals, SIGTERM);
    (void)sigaddset(&signals, SIGINT);
    /* Blocked before any thread starts, so that only sigwait below sees them. */
    (void)pthread_sigmask(SIG_BLOCK, &signals, NULL);
    enum hf_status status = hf_data_folder_open(data, &folder, &err);
    if (status == HF_ERR_BUSY)
        (void)hf_error_set(&err, status,
                           "A holdfastd works on %s already. Stop it first (SIGTERM), or leave it running and use the "
                           "other commands: they ask it.",
                           data);
    if (status != HF_OK)
        return fail(status, &err);
    folder.office.lease_days = lease_days;
    folder.office.per_address = per_address;
    int code = serve_on(data, url, &folder, witness_every_s, &signals);
    hf_data_folder_close(&folder);
    hf_listener_end_process();
    return code;
}

/* --- commands
 * ------------------------------------------------------------------------------------------------------------------ */

static void put(const struct hf_buf *text, FILE *file)
{
    if (text->len)
        (void)fwrite(text->data, 1, text->len, file);
}

static int command(const struct hf_slice *args, size_t count)
{
    struct hf_slice rest[ARGS_MAX];
    struct hf_admin_result result = {0};
    struct hf_error err = {0};
    char data[PATH_BYTES];
    size_t rest_count = 0;
    if (!hf_cli_take_data(args, count, rest, &rest_count, data)) {
        (void)fprintf(stderr, "holdfastd: --data DIR is missing. `holdfastd --help` shows the commands.\n");
        return 2;
    }
    enum hf_status status = hf_cli_office_run(data, rest, rest_count, &result, &err);
    int code = (int)result.exit_code;
    if (status == HF_OK) {
        put(&result.output, stdout);
        put(&result.errors, stderr);
    } else {
        code = fail(status, &err);
    }
    hf_admin_result_clear(&result);
    hf_listener_end_process();
    return code;
}

static bool asks_for(const struct hf_slice *args, size_t count, const char *word)
{
    for (size_t i = 0; i < count; i++)
        if (hf_slice_equal(args[i], hf_slice_str(word)))
            return true;
    return false;
}

int main(int argc, char **argv)
{
    struct hf_slice args[ARGS_MAX];
    size_t count = 0;
    hf_vault_few_pages();
    if (argc > ARGS_MAX) {
        (void)fprintf(stderr, "holdfastd: there are too many words on the command line.\n");
        return 2;
    }
    for (int i = 1; i < argc; i++)
        args[count++] = hf_slice_str(argv[i]);
    if (count == 0 || asks_for(args, count, "--help")) {
        (void)fputs(help, count == 0 ? stderr : stdout);
        return count == 0 ? 2 : 0;
    }
    if (asks_for(args, 1, "--version")) {
        (void)puts("holdfastd " HF_VERSION);
        return 0;
    }
    if (hf_crypto_init(true) != HF_OK) {
        (void)fprintf(stderr, "holdfastd: the cryptographic library could not start.\n");
        return 1;
    }
    if (asks_for(args, 1, "init"))
        return init(args + 1, count - 1);
    if (asks_for(args, 1, "recover"))
        return hf_cli_recover(args + 1, count - 1);
    if (asks_for(args, 1, "key"))
        return hf_cli_key(args + 1, count - 1);
    if (asks_for(args, 1, "recover-log"))
        return hf_cli_recover_log(args + 1, count - 1);
    if (asks_for(args, 1, "guard"))
        return hf_cli_guard(args + 1, count - 1);
    if (asks_for(args, 1, "shard"))
        return hf_cli_shard(args + 1, count - 1);
    if (asks_for(args, 1, "mirror"))
        return hf_cli_mirror(args + 1, count - 1);
    if (asks_for(args, 1, "serve"))
        return serve(args + 1, count - 1);
    int code = 0;
    if (asks_for(args, 1, "witness") && hf_cli_witness(args + 1, count - 1, &code))
        return code;
    return command(args, count);
}
