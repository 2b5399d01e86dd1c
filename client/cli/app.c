/* holdfast app: the page on loopback, and the browser on it. */
#include "client/app/http.h"
#include "client/cli/cli.h"
#include "core/base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define IDLE_MINUTES     10
#define IDLE_MINUTES_MAX 480
#define ADDRESS_BYTES    160

struct app_run {
    struct cli *cli;
    struct hf_app *app;
    struct hf_worker *worker;
    struct hf_http *http;
    char host[HF_APP_HOST_BYTES];
    char launch_file[CLI_PATH_BYTES]; /* "" when there is none */
};

/* --- options --- */

static bool number_option(const struct cli *cli, const char *name, unsigned long max, unsigned long *out)
{
    char *text = cli_option_text(cli, name), *end = NULL;
    if (!text)
        return true;
    const unsigned long value = strtoul(text, &end, 10);
    const bool good = text[0] >= '0' && text[0] <= '9' && *end == '\0' && value <= max;
    if (good)
        *out = value;
    else
        (void)cli_refuse("%s takes a whole number from 0 to %lu.", name, max);
    free(text);
    return good;
}

/* --- the folder --- */

/* For those who start it from a menu: the place for a person's own data. False when there is none. */
static bool own_folder(char out[CLI_PATH_BYTES])
{
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    int len = -1;
    if (data && data[0] == '/')
        len = snprintf(out, CLI_PATH_BYTES, "%s/holdfast", data);
    else if (home && home[0] == '/')
        len = snprintf(out, CLI_PATH_BYTES, "%s/.local/share/holdfast", home);
    if (len < 0 || len >= CLI_PATH_BYTES)
        return false;
    for (char *slash = strchr(out + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        const bool there = mkdir(out, 0700) == 0 || errno == EEXIST;
        *slash = '/';
        if (!there)
            return false;
    }
    return true;
}

static enum cli_exit open_folder(struct cli *cli)
{
    char folder[CLI_PATH_BYTES];
    if (cli_option(cli, "--replica") || getenv("HOLDFAST_REPLICA") || !own_folder(folder))
        return cli_open(cli);
    const enum holdfast_status status = holdfast_open(folder, &cli->hf);
    return status == HOLDFAST_OK ? CLI_DONE
                                 : cli_refuse("%s cannot be used (%s).", folder, holdfast_status_name(status));
}

/* --- telling the browser --- */

/* The address with its token stands in a file that only this person can read, because everybody on the machine can read
 * what a program was started with. */
static bool write_launch_file(struct app_run *run, const char *address)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    (void)snprintf(run->launch_file, sizeof run->launch_file, "%s/holdfast-open-XXXXXX", runtime ? runtime : "/tmp");
    const int fd = mkstemp(run->launch_file); /* 0600 */
    FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (!file) {
        if (fd >= 0)
            (void)close(fd);
        run->launch_file[0] = '\0';
        return false;
    }
    const int said = fprintf(file,
                             "<!doctype html><html lang=\"en-GB\"><meta charset=\"utf-8\"><title>Opening</title>"
                             "<meta http-equiv=\"refresh\" content=\"0; url=%s\"><p><a href=\"%s\">Open</a></p></html>",
                             address, address);
    return fclose(file) == 0 && said > 0;
}

static void open_browser(struct app_run *run, const char *address)
{
    extern char **environ;
    char url[CLI_PATH_BYTES + 8];
    posix_spawn_file_actions_t quiet;
    pid_t pid;
    if (!write_launch_file(run, address))
        return;
    (void)snprintf(url, sizeof url, "file://%s", run->launch_file);
    char *const words[] = {(char *)(uintptr_t) "xdg-open", url, NULL};
    (void)posix_spawn_file_actions_init(&quiet);
    (void)posix_spawn_file_actions_addopen(&quiet, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    (void)posix_spawn_file_actions_addopen(&quiet, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&pid, "xdg-open", &quiet, NULL, words, environ) != 0)
        (void)fprintf(stderr, "No browser could be opened. Open the address yourself.\n");
    (void)posix_spawn_file_actions_destroy(&quiet);
}

static void say_address(struct app_run *run, bool with_browser)
{
    char token[HF_APP_TOKEN_TEXT_BYTES], address[ADDRESS_BYTES];
    hf_worker_launch(run->worker, token);
    (void)snprintf(address, sizeof address, "http://%s/#launch=%s", run->host, token);
    if (run->cli->json)
        (void)cli_print_json(json_pack("{s:s}", "address", address));
    else
        (void)printf("%s\n", address);
    (void)fflush(stdout);
    if (with_browser)
        open_browser(run, address);
    cli_wipe(token, sizeof token);
    cli_wipe(address, sizeof address);
}

/* --- running --- */

static enum hf_status start(struct app_run *run, uint16_t port, unsigned long idle_minutes)
{
    enum hf_status status = hf_http_open(port, &run->http);
    if (status != HF_OK)
        return status;
    (void)snprintf(run->host, sizeof run->host, "127.0.0.1:%u", (unsigned)hf_http_port(run->http));
    const struct hf_app_config config = {.hf = run->cli->hf,
                                         .host = run->host,
                                         .assets = hf_app_assets_built_in(),
                                         .idle_ms = (uint32_t)idle_minutes * 60000u,
                                         .mono_ms = hf_worker_mono_ms,
                                         .wall_ms = hf_worker_wall_ms};
    status = hf_app_new(&config, &run->app);
    if (status == HF_OK)
        status = hf_worker_start(run->app, &run->worker);
    if (status == HF_OK)
        hf_http_serve(run->http, run->worker);
    return status;
}

static void stop(struct app_run *run)
{
    if (run->worker)
        hf_worker_stop(run->worker);
    hf_http_close(run->http);
    hf_worker_free(run->worker);
    hf_app_free(run->app);
    if (run->launch_file[0])
        (void)unlink(run->launch_file);
}

/* Signals are for the thread that waits for them. */
static enum hf_status start_without_signals(struct app_run *run, uint16_t port, unsigned long idle_minutes)
{
    sigset_t all, before;
    (void)sigfillset(&all);
    (void)pthread_sigmask(SIG_SETMASK, &all, &before);
    const enum hf_status status = start(run, port, idle_minutes);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return status;
}

/* Enter gives a new address; without a terminal there is only the first. */
static void serve(struct app_run *run, bool with_browser)
{
    int nothing[2] = {-1, -1};
    const bool terminal = isatty(STDIN_FILENO) == 1;
    if (!terminal && pipe(nothing) != 0)
        return;
    say_address(run, with_browser);
    if (!run->cli->json)
        (void)fprintf(stderr, "This address works once, in one browser on this computer. %sCtrl+C ends the app.\n",
                      terminal ? "Enter gives a new one. " : "");
    while (cli_stop_wait(terminal ? STDIN_FILENO : nothing[0], UINT64_MAX)) {
        char line[64];
        if (read(STDIN_FILENO, line, sizeof line) <= 0)
            break;
        say_address(run, false);
    }
    if (!terminal) {
        (void)close(nothing[0]);
        (void)close(nothing[1]);
    }
}

enum cli_exit cli_app(struct cli *cli)
{
    struct app_run run = {.cli = cli};
    unsigned long port = 0, idle_minutes = IDLE_MINUTES;
    enum cli_exit code = CLI_DONE;
    if (!number_option(cli, "--port", 65535, &port) ||
        !number_option(cli, "--idle-minutes", IDLE_MINUTES_MAX, &idle_minutes))
        return CLI_USAGE;
    if (open_folder(cli) != CLI_DONE)
        return CLI_FAILED;
    cli_stop_begin();
    const enum hf_status status = start_without_signals(&run, (uint16_t)port, idle_minutes);
    if (status == HF_OK)
        serve(&run, cli_option(cli, "--no-browser") == NULL);
    else if (status == HF_ERR_BUSY)
        code =
            cli_refuse("The app could not listen on 127.0.0.1, port %lu. Leave --port out to take any free one.", port);
    else
        code = cli_refuse("%s", hf_status_text(status));
    stop(&run);
    cli_stop_end();
    return code;
}
