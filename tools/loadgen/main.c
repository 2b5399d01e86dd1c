/* holdfast-load: the Monday morning. Enrols many invented devices in a new data folder, starts holdfastd on it,
 * connects some of them, lets many push at once, and measures what the others notice. tools/load says how to use it. */
#include "core/base/options.h"
#include "tools/loadgen/load.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATH_BYTES    512
#define DIALS_AT_ONCE 100 /* under the backlog of nng's listener */
#define QUIET_CHANGES 5   /* of each of the others, before the rush */
#define QUIET_MS      3000
#define NUMBER_MAX    100000
#define PAUSE_US      1000000 /* of each of the others in the rush, from one change to the next */
#define STALLED_S     120     /* without an answer to anybody */

struct load {
    unsigned long devices, connected, push, changes, others, max_mib;
    bool json;
    char folder[PATH_BYTES], programs[PATH_BYTES / 2];
    struct load_office office;
    struct load_device *device;
    struct load_lines lines;
    pid_t server;
    uint64_t drawn_ms;
    uint64_t *next_us; /* of each of the others: not before */
    bool terminal;

    struct load_figures connect_us, quiet_us, rush_us, push_us;
    struct load_process begun, idle, after;
    uint64_t connect_ms, rush_ms, receipts_ms, rush_out, rush_in, rush_cpu_ms;
    uint64_t rush_changes, idle_bytes;
};

/* --- saying how far it is --- */

static struct load *shown; /* for the callback of the folder */

static void progress(struct load *load, const char *what, size_t done, size_t of)
{
    const uint64_t now_ms = load_now_us() / 1000;
    if (done < of && now_ms < load->drawn_ms + (load->terminal ? 200 : 5000))
        return;
    load->drawn_ms = now_ms;
    (void)fprintf(stderr, load->terminal ? "\r\033[K%s: %zu of %zu" : "%s: %zu of %zu\n", what, done, of);
    if (done == of && load->terminal)
        (void)fputc('\n', stderr);
}

static void filled(size_t done, size_t of)
{
    progress(shown, "Enrolled", done, of);
}

/* --- the server --- */

static pid_t start(struct load *load, const char *const *words, int *out_output)
{
    int ends[2];
    char program[PATH_BYTES];
    (void)snprintf(program, sizeof program, "%s/%s", load->programs, words[0]);
    if (pipe(ends) != 0)
        load_stop(words[0], strerror(errno));
    const pid_t child = fork();
    if (child == 0) {
        (void)dup2(ends[1], STDOUT_FILENO);
        (void)close(ends[0]);
        (void)close(ends[1]);
        (void)execv(program, (char *const *)(uintptr_t)words);
        _exit(127);
    }
    (void)close(ends[1]);
    *out_output = ends[0];
    return child;
}

static size_t read_all(int output, char *out, size_t size, bool one_line)
{
    size_t len = 0;
    while (len + 1 < size && read(output, out + len, 1) == 1 && !(one_line && out[len] == '\n'))
        len++;
    out[len] = '\0';
    return len;
}

static void must_run(struct load *load, const char *const *words, char *out, size_t size)
{
    int output = -1, code = 0;
    const pid_t child = start(load, words, &output);
    (void)read_all(output, out, size, false);
    (void)close(output);
    if (waitpid(child, &code, 0) != child || code != 0)
        load_stop(words[0], out);
}

static void make_folder(struct load *load, char data[PATH_BYTES])
{
    char text[4096];
    const char *shm = getenv("TMPDIR");
    (void)snprintf(load->folder, sizeof load->folder, "%s/holdfast-load-XXXXXX", shm ? shm : "/tmp");
    if (!mkdtemp(load->folder))
        load_stop(load->folder, strerror(errno));
    if (snprintf(data, PATH_BYTES, "%s/office", load->folder) >= PATH_BYTES)
        load_stop(load->folder, "the name is too long");
    const char *const init[] = {"holdfastd",   "init",
                                "--data",      data,
                                "--authority", "Northshire Council (invented)",
                                "--origin",    "northshire.example/holdfast",
                                NULL};
    must_run(load, init, text, sizeof text);
}

static uint16_t serve(struct load *load, const char *data)
{
    char line[512];
    int output = -1;
    const char *const words[] = {"holdfastd",         "serve",         "--data", data, "--listen",
                                 "tcp://127.0.0.1:0", "--per-address", "8192",   NULL};
    load->server = start(load, words, &output);
    (void)read_all(output, line, sizeof line, true);
    const char *colon = strrchr(line, ':');
    if (!strstr(line, "listens on") || !colon)
        load_stop("holdfastd", "it did not start");
    return (uint16_t)strtoul(colon + 1, NULL, 10); /* its output stays open, so that it may go on to speak */
}

static uint64_t entries_of_log(struct load *load, const char *data)
{
    char text[8192];
    const char *const words[] = {"holdfastd", "status", "--data", data, "--json", NULL};
    must_run(load, words, text, sizeof text);
    const char *at = strstr(text, "\"entries\":");
    return at ? strtoull(at + strlen("\"entries\":"), NULL, 10) : 0;
}

static void stop_server(struct load *load)
{
    int code = 0;
    (void)kill(load->server, SIGTERM);
    if (waitpid(load->server, &code, 0) != load->server || code != 0)
        load_stop("holdfastd", "it did not end as it should");
}

/* --- phases --- */

static void check(struct load *load, const struct load_device *device)
{
    char what[64];
    if (!device->failed)
        return;
    (void)snprintf(what, sizeof what, "device %zu", (size_t)(device - load->device));
    load_stop(what, device->why);
}

static void check_stalled(uint64_t since_us)
{
    if (load_now_us() > since_us + STALLED_S * UINT64_C(1000000))
        load_stop("holdfastd", "it answered nobody for two minutes");
}

static void connect_all(struct load *load)
{
    size_t dialled = 0, ready = 0;
    const uint64_t from = load_now_us();
    uint64_t moved = from;
    bool *counted = calloc(load->connected, sizeof *counted);
    if (!counted)
        load_stop("devices", "out of memory");
    while (ready < load->connected) {
        while (dialled < load->connected && dialled - ready < DIALS_AT_ONCE)
            load_line_dial(&load->lines, &load->device[dialled++]);
        load_lines_step(&load->lines, 50);
        for (size_t i = 0; i < dialled; i++) {
            struct load_device *device = &load->device[i];
            if (counted[i])
                continue;
            check(load, device);
            if (!device->done)
                continue;
            counted[i] = true;
            ready++;
            moved = load_now_us();
            load_figure(&load->connect_us, moved - device->began_us);
        }
        progress(load, "Connected", ready, load->connected);
        check_stalled(moved);
    }
    free(counted);
    load->connect_ms = (load_now_us() - from) / 1000;
}

static void be_quiet(struct load *load)
{
    const uint64_t until = load_now_us() + QUIET_MS * UINT64_C(1000);
    const uint64_t bytes = load->lines.bytes_in + load->lines.bytes_out;
    while (load_now_us() < until)
        load_lines_step(&load->lines, 50);
    load->idle_bytes = load->lines.bytes_in + load->lines.bytes_out - bytes;
    load_process_read(load->server, &load->idle);
}

static void save_and_send(struct load *load, struct load_device *device)
{
    load_device_save(device, &load->office, load_wall_ms());
    load_line_sync(&load->lines, device);
}

/* The others are those behind the ones that push. One change each at a time; the time from saving it to the
 * acknowledgement. */
static size_t step_others(struct load *load, size_t *saved, size_t most, struct load_figures *figures)
{
    const uint64_t pause_us = most == SIZE_MAX ? PAUSE_US : 0;
    uint64_t *next_us = load->next_us;
    size_t busy = 0;
    for (size_t i = 0; i < load->others; i++) {
        struct load_device *device = &load->device[load->push + i];
        check(load, device);
        if (device->began_us != 0 && device->sent_at_us != 0) {
            load_figure(figures, device->sent_at_us - device->began_us);
            device->began_us = 0;
        }
        if (device->began_us == 0 && device->done && saved[i] < most && load_now_us() >= next_us[i]) {
            next_us[i] = load_now_us() + pause_us;
            saved[i]++;
            save_and_send(load, device);
        }
        busy += device->began_us != 0 || saved[i] < most;
    }
    return busy;
}

static void quiet_changes(struct load *load, size_t *saved)
{
    uint64_t from = load_now_us();
    for (size_t i = 0; i < load->others; i++)
        load->device[load->push + i].began_us = 0;
    while (step_others(load, saved, QUIET_CHANGES, &load->quiet_us) > 0) {
        load_lines_step(&load->lines, 10);
        check_stalled(from);
    }
}

static size_t count_sent(struct load *load, bool *counted)
{
    size_t count = 0;
    for (size_t i = 0; i < load->push; i++) {
        struct load_device *device = &load->device[i];
        check(load, device);
        if (!counted[i] && device->sent_at_us != 0) {
            counted[i] = true;
            load_figure(&load->push_us, device->sent_at_us - device->began_us);
        }
        count += counted[i];
    }
    return count;
}

static void rush(struct load *load)
{
    struct load_process before;
    size_t *saved = calloc(load->others + 1, sizeof *saved);
    bool *counted = calloc(load->push + 1, sizeof *counted);
    load->next_us = calloc(load->others + 1, sizeof *load->next_us);
    if (!saved || !counted || !load->next_us)
        load_stop("devices", "out of memory");
    quiet_changes(load, saved);
    for (size_t i = 0; i < load->push; i++)
        for (size_t j = 0; j < load->changes; j++)
            load_device_save(&load->device[i], &load->office, load_wall_ms());
    load_process_read(load->server, &before);
    load->rush_out = load->lines.bytes_out;
    load->rush_in = load->lines.bytes_in;
    const uint64_t from = load_now_us(), changes = load->lines.acknowledged;
    uint64_t moved = from;
    size_t sent = 0;
    for (size_t i = 0; i < load->push; i++)
        load_line_sync(&load->lines, &load->device[i]);
    while (sent < load->push) {
        load_lines_step(&load->lines, 10);
        const size_t now = count_sent(load, counted);
        moved = now > sent ? load_now_us() : moved;
        sent = now;
        (void)step_others(load, saved, sent < load->push ? SIZE_MAX : 0, &load->rush_us);
        progress(load, "Pushed by", sent, load->push);
        check_stalled(moved);
    }
    load->rush_ms = (load_now_us() - from) / 1000;
    load->rush_changes = load->lines.acknowledged - changes;
    load->rush_out = load->lines.bytes_out - load->rush_out;
    load->rush_in = load->lines.bytes_in - load->rush_in;
    load_process_read(load->server, &load->after);
    load->rush_cpu_ms = load->after.cpu_ms - before.cpu_ms;
    while (step_others(load, saved, 0, &load->rush_us) > 0) {
        load_lines_step(&load->lines, 10);
        check_stalled(moved);
    }
    free(saved);
    free(counted);
}

/* Until all that was pushed is proved to be in the signed log. */
static void await_receipts(struct load *load)
{
    const uint64_t from = load_now_us();
    for (bool more = true; more;) {
        more = false;
        load_lines_step(&load->lines, 20);
        for (size_t i = 0; i < load->push + load->others; i++) {
            check(load, &load->device[i]);
            more = more || load->device[i].range_count > 0 || !load->device[i].done;
        }
        check_stalled(from);
    }
    load->receipts_ms = (load_now_us() - from) / 1000;
    load_process_read(load->server, &load->after);
}

/* --- the report --- */

static void put(const struct load *load, const char *name, const char *unit, double value)
{
    if (load->json)
        (void)printf("  \"%s\": %.2f,\n", name, value);
    else
        (void)printf("%-44s %10.2f %s\n", name, value, unit);
}

static void put_times(const struct load *load, const char *name, struct load_figures *figures)
{
    static const unsigned percents[] = {50, 99, 100};
    char text[96];
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++) {
        (void)snprintf(text, sizeof text, "%s_p%u_ms", name, percents[i]);
        put(load, text, "ms", (double)load_percentile(figures, percents[i]) / 1000);
    }
}

static void report(struct load *load, uint64_t entries)
{
    if (load->json)
        (void)puts("{");
    put(load, "cores", "", (double)sysconf(_SC_NPROCESSORS_ONLN));
    put(load, "devices_enrolled", "", (double)load->devices);
    put(load, "devices_connected", "", (double)load->connected);
    put(load, "log_entries", "", (double)entries);
    put(load, "connect_all_s", "s", (double)load->connect_ms / 1000);
    put_times(load, "connect", &load->connect_us);
    put(load, "server_rss_begun_mib", "MiB", (double)load->begun.rss_kib / 1024);
    put(load, "server_rss_connected_mib", "MiB", (double)load->idle.rss_kib / 1024);
    put(load, "bytes_while_quiet", "", (double)load->idle_bytes);
    put_times(load, "change_when_quiet", &load->quiet_us);
    put(load, "devices_that_push_at_once", "", (double)load->push);
    put(load, "changes_in_the_rush", "", (double)load->rush_changes);
    put(load, "rush_s", "s", (double)load->rush_ms / 1000);
    put(load, "changes_per_second", "1/s", (double)load->rush_changes * 1000 / (double)(load->rush_ms + 1));
    put(load, "server_cpu_in_the_rush_s", "s", (double)load->rush_cpu_ms / 1000);
    put_times(load, "push", &load->push_us);
    put_times(load, "change_of_others_in_the_rush", &load->rush_us);
    put(load, "changes_of_others_in_the_rush", "", (double)load->rush_us.count);
    put(load, "bytes_to_the_server_in_the_rush", "", (double)load->rush_out);
    put(load, "bytes_from_the_server_in_the_rush", "", (double)load->rush_in);
    put(load, "receipts_after_s", "s", (double)load->receipts_ms / 1000);
    put(load, "server_threads", "", (double)load->after.threads);
    put(load, "server_rss_most_mib", "MiB", (double)load->after.rss_most_kib / 1024);
    if (load->json)
        (void)printf("  \"limit_mib\": %lu\n}\n", load->max_mib);
}

/* --- the program --- */

static bool number(const struct hf_option *option, unsigned long *out)
{
    unsigned long value = 0;
    if (option->seen == 0)
        return true;
    if (option->value.len == 0 || option->value.len > 6)
        return false;
    for (size_t i = 0; i < option->value.len; i++) {
        if (option->value.data[i] < '0' || option->value.data[i] > '9')
            return false;
        value = value * 10 + (unsigned long)(option->value.data[i] - '0');
    }
    *out = value;
    return value > 0 && value <= NUMBER_MAX;
}

static bool read_options(int argc, char **argv, struct load *load)
{
    struct hf_slice args[32];
    size_t count = 0, words = 0;
    struct hf_error err = {0};
    struct hf_option options[] = {{.name = "--devices", .has_value = true},
                                  {.name = "--connected", .has_value = true},
                                  {.name = "--push", .has_value = true},
                                  {.name = "--changes", .has_value = true},
                                  {.name = "--others", .has_value = true},
                                  {.name = "--max-mib", .has_value = true},
                                  {.name = "--json"}};
    for (int i = 1; i < argc && count < 32; i++)
        args[count++] = hf_slice_str(argv[i]);
    *load =
        (struct load){.devices = 10000, .connected = 5000, .push = 1000, .changes = 10, .others = 100, .max_mib = 1024};
    if (hf_options_parse(args, count, options, 7, NULL, 0, &words, &err) != HF_OK)
        return false;
    unsigned long *const numbers[] = {&load->devices, &load->connected, &load->push,
                                      &load->changes, &load->others,    &load->max_mib};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (!number(&options[i], numbers[i]))
            return false;
    load->json = options[6].seen > 0;
    return load->connected <= load->devices && load->push + load->others <= load->connected &&
           load->connected <= HF_LIMIT_CONNECTIONS;
}

static void find_programs(struct load *load)
{
    const ssize_t len = readlink("/proc/self/exe", load->programs, sizeof load->programs - 1);
    load->programs[len > 0 ? len : 0] = '\0';
    char *slash = strrchr(load->programs, '/');
    if (slash)
        *slash = '\0';
}

/* Each side of a connection takes a descriptor in its own process. */
static void need_descriptors(unsigned long count)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return;
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur != RLIM_INFINITY && limit.rlim_cur < count + 64)
        load_stop("descriptors", "this machine allows fewer than there are connections: `ulimit -n` says how many");
}

static void remove_folder(const struct load *load)
{
    int code = 1;
    const pid_t child = fork();
    if (child == 0) {
        (void)execlp("rm", "rm", "-rf", "--", load->folder, (char *)NULL);
        _exit(127);
    }
    if (child < 0 || waitpid(child, &code, 0) != child || code != 0)
        (void)fprintf(stderr, "%s could not be removed.\n", load->folder);
}

int main(int argc, char **argv)
{
    struct load *load = calloc(1, sizeof *load);
    char data[PATH_BYTES];
    if (!load || hf_crypto_init(true) != HF_OK)
        load_stop("start", "it failed");
    if (!read_options(argc, argv, load)) {
        (void)fputs("Usage: holdfast-load [--devices N] [--connected N] [--push N] [--changes N] [--others N] "
                    "[--max-mib N] [--json]\nThose that push and the others are among the connected, and these among "
                    "the devices.\n",
                    stderr);
        return 2;
    }
    load->terminal = isatty(STDERR_FILENO);
    shown = load;
    find_programs(load);
    need_descriptors(load->connected);
    load->device = calloc(load->devices, sizeof *load->device);
    if (!load->device)
        load_stop("devices", "out of memory");
    make_folder(load, data);
    load_folder_fill(data, &load->office, load->device, load->devices, filled);
    load_lines_open(&load->lines, serve(load, data), &load->office, load->device, load->devices);
    load_process_read(load->server, &load->begun);
    connect_all(load);
    be_quiet(load);
    rush(load);
    await_receipts(load);
    const uint64_t entries = entries_of_log(load, data);
    report(load, entries);
    const bool all_there = entries == load->office.log_size + load->lines.acknowledged;
    const bool fits = load->after.rss_most_kib / 1024 <= load->max_mib;
    load_lines_close(&load->lines);
    stop_server(load);
    remove_folder(load);
    if (!all_there)
        (void)fprintf(stderr, "The log has %" PRIu64 " entries and should have %" PRIu64 ".\n", entries,
                      load->office.log_size + load->lines.acknowledged);
    if (!fits)
        (void)fprintf(stderr, "The server took more than %lu MiB.\n", load->max_mib);
    for (size_t i = 0; i < load->devices; i++)
        load_device_clear(&load->device[i]);
    free(load->device);
    free(load->connect_us.values);
    free(load->quiet_us.values);
    free(load->rush_us.values);
    free(load->push_us.values);
    free(load->next_us);
    free(load);
    return all_there && fits ? 0 : 1;
}
