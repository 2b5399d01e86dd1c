/* holdfast-bench sync: one caseload written on one device, pushed, and pulled by another; server, devices and a
 * counting proxy are processes of their own on loopback, everything durable (synchronous=FULL). Beside it, on the same
 * machine in the same run: signing and one encrypted commit. */
#include "core/crypto/crypto.h"
#include "core/vault/vault.h"
#include "tools/benchmarks/bench.h"
#include "tools/benchmarks/live.h"
#include "tools/benchmarks/proxy.h"
#include "tools/benchmarks/saving.h"
#include "tools/benchmarks/storage.h"
#include "tools/benchmarks/workload.h"

#include <holdfast/holdfast.h>

#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PASSPHRASE "a passphrase for measuring only"
#define PATH_BYTES 512
#define PATHS      16 /* that are valid at a time */
#define HOLD_MS    100
#define FEW        100 /* changes */
#define COUNTED    500 /* saves */

enum what { WHAT_SYNC, WHAT_SAVE, WHAT_LIVE };

struct bench {
    char folder[PATH_BYTES / 2];
    char programs[PATH_BYTES / 2];
    unsigned long records;
    enum what what;
    int server_port;
    pid_t server;
    int server_output;
    struct proxy proxy;
};
/* What a device's process did. */
struct done {
    double wall_s, cpu_s, open_s;
};

static double now_s(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static _Noreturn void stop(const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

static const char *path_of(const struct bench *bench, const char *name)
{
    static char paths[PATHS][PATH_BYTES];
    static unsigned turn;
    char *path = paths[turn++ % PATHS];
    (void)snprintf(path, PATH_BYTES, "%s/%s", bench->folder, name);
    return path;
}

/* --- other programs --- */

static pid_t start(const struct bench *bench, const char *const *words, int *out_output)
{
    int ends[2];
    char program[PATH_BYTES];
    (void)snprintf(program, sizeof program, "%s/%s", bench->programs, words[0]);
    if (pipe(ends) != 0)
        stop(words[0], "no pipe");
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

/* The first line that it says. */
static void first_line(int output, char *out, size_t size)
{
    size_t len = 0;
    while (len + 1 < size && read(output, out + len, 1) == 1 && out[len] != '\n')
        len++;
    out[len] = '\0';
}

static void must_run(const struct bench *bench, const char *const *words, char *out_line, size_t size)
{
    int output = -1, code = 0;
    const pid_t child = start(bench, words, &output);
    first_line(output, out_line, size);
    char rest[256];
    while (read(output, rest, sizeof rest) > 0)
        ;
    (void)close(output);
    if (waitpid(child, &code, 0) != child || code != 0)
        stop(words[0], out_line);
}
#define MUST_RUN(bench, line, ...) must_run(bench, (const char *const[]){__VA_ARGS__, NULL}, line, sizeof(line))

static void serve(struct bench *bench)
{
    char line[512];
    MUST_RUN(bench, line, "holdfastd", "init", "--data", path_of(bench, "office"), "--authority",
             "Northshire Council (invented)", "--origin", "northshire.example/holdfast");
    const char *const words[] = {"holdfastd",         "serve", "--data", path_of(bench, "office"), "--listen",
                                 "tcp://127.0.0.1:0", NULL};
    bench->server = start(bench, words, &bench->server_output);
    const char *at = NULL;
    while (!at) {
        first_line(bench->server_output, line, sizeof line);
        if (line[0] == '\0')
            stop("holdfastd", "did not start");
        at = strstr(line, "tcp://127.0.0.1:");
    }
    bench->server_port = (int)strtol(at + strlen("tcp://127.0.0.1:"), NULL, 10);
}

/* Of the server: a number of kB in /proc/PID/status. */
static double server_mib(const struct bench *bench, const char *key)
{
    char path[64], line[256];
    double kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)bench->server);
    FILE *file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, key, strlen(key)) == 0)
            kib = strtod(line + strlen(key), NULL);
    if (file)
        (void)fclose(file);
    return kib / 1024;
}

/* At rest: half a second after what was done last. */
static void server_memory(const struct bench *bench)
{
    const struct timespec rest = {.tv_nsec = 500000000};
    (void)nanosleep(&rest, NULL);
    (void)printf("%-22s %.1f MiB now, %.1f at most\n", "server memory", server_mib(bench, "VmRSS:"),
                 server_mib(bench, "VmHWM:"));
}

static double server_cpu_s(const struct bench *bench)
{
    char path[64], text[1024] = {0};
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", (long)bench->server);
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    (void)!fread(text, 1, sizeof text - 1, file);
    (void)fclose(file);
    const char *at = strrchr(text, ')');
    for (int field = 2; at && field < 14; field++)
        at = strchr(at + 1, ' ');
    char *end = NULL;
    double ticks = at ? strtod(at, &end) : 0;
    if (end)
        ticks += strtod(end, NULL);
    return ticks / (double)sysconf(_SC_CLK_TCK);
}

/* --- a device, in a process of its own --- */

static void ok(struct holdfast *hf, enum holdfast_status status, const char *what)
{
    if (status != HOLDFAST_OK)
        stop(what, holdfast_error_text(hf));
}

static struct holdfast *open_device(const struct bench *bench, const char *name, struct done *done)
{
    struct holdfast *hf = NULL;
    if (holdfast_open(path_of(bench, name), &hf) != HOLDFAST_OK)
        stop(name, "cannot be opened");
    const double began = now_s(CLOCK_MONOTONIC);
    ok(hf, holdfast_unlock(hf, PASSPHRASE), "unlock");
    done->open_s = now_s(CLOCK_MONOTONIC) - began;
    return hf;
}

static void sync_all(struct holdfast *hf)
{
    struct holdfast_sync_progress progress = {.phase = HOLDFAST_SYNC_CONNECTING};
    ok(hf, holdfast_sync_begin(hf, NULL), "sync");
    while (progress.phase != HOLDFAST_SYNC_DONE)
        ok(hf, holdfast_sync_step(hf, 1000, &progress), "sync");
}

static void write_record(struct holdfast *hf, const struct workload_record *record, const struct holdfast_id *case_id)
{
    struct holdfast_edit *edit = NULL;
    ok(hf, holdfast_edit_new(hf, case_id, record->type, NULL, NULL, &edit), "edit");
    for (size_t i = 0; i < record->count; i++)
        ok(hf, holdfast_edit_set(edit, record->fields[i].name, record->fields[i].value), record->fields[i].name);
    ok(hf, holdfast_edit_commit(edit, NULL), "save");
}

enum phase { PHASE_FEW, PHASE_SYNC };

static void write_few(struct holdfast *hf)
{
    static struct workload_record record;
    struct workload workload = {.state = 2};
    struct holdfast_id case_id;
    ok(hf, holdfast_case_new(hf, "N-later", &case_id), "case");
    for (unsigned long i = 0; i < FEW; i++) {
        workload_next(&workload, i, &record);
        write_record(hf, &record, &case_id);
    }
}

static void do_phase(const struct bench *bench, enum phase phase, const char *device, struct done *done)
{
    struct holdfast *hf = open_device(bench, device, done);
    if (phase == PHASE_SYNC) {
        const double wall = now_s(CLOCK_MONOTONIC), cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
        sync_all(hf);
        done->wall_s = now_s(CLOCK_MONOTONIC) - wall;
        done->cpu_s = now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    } else {
        write_few(hf);
    }
    holdfast_close(hf);
}

static struct done run(const struct bench *bench, enum phase phase, const char *device)
{
    struct done done = {0};
    int ends[2], code = 0;
    if (pipe(ends) != 0)
        stop("bench", "no pipe");
    const pid_t child = fork();
    if (child == 0) {
        do_phase(bench, phase, device, &done);
        _exit(write(ends[1], &done, sizeof done) == (ssize_t)sizeof done ? 0 : 1);
    }
    (void)close(ends[1]);
    const bool told = read(ends[0], &done, sizeof done) == (ssize_t)sizeof done;
    (void)close(ends[0]);
    if (waitpid(child, &code, 0) != child || code != 0 || !told)
        stop(device, "did not finish");
    return done;
}

static void enrol(struct bench *bench, const char *device, const char *person, const char *role, int port)
{
    char address[64], line[2048];
    (void)snprintf(address, sizeof address, "tcp://127.0.0.1:%d", port);
    MUST_RUN(bench, line, "holdfastd", "invite", "--data", path_of(bench, "office"), "--person", person, "--role", role,
             "--address", address);

    const struct holdfast_options options = {.weak_kdf_for_tests = true};
    const pid_t child = fork();
    int code = 0;
    if (child == 0) {
        struct holdfast *hf = NULL;
        char safety[HOLDFAST_SAFETY_CODE_TEXT_BYTES];
        if (mkdir(path_of(bench, device), 0700) != 0 || holdfast_open(path_of(bench, device), &hf) != HOLDFAST_OK)
            stop(device, "no folder");
        ok(hf, holdfast_enrol(hf, line, PASSPHRASE, &options, safety), "enrol");
        holdfast_close(hf);
        _exit(0);
    }
    if (waitpid(child, &code, 0) != child || code != 0)
        stop(device, "was not enrolled");
}

static uint64_t file_bytes(const struct bench *bench, const char *device)
{
    static const char *const names[] = {"replica.db", "replica.db-wal"};
    uint64_t bytes = 0;
    for (size_t i = 0; i < 2; i++) {
        char path[2 * PATH_BYTES];
        struct stat found;
        (void)snprintf(path, sizeof path, "%s/%s", path_of(bench, device), names[i]);
        if (stat(path, &found) == 0)
            bytes += (uint64_t)found.st_size;
    }
    return bytes;
}

/* --- the report --- */

static void tell_sync(struct bench *bench, const char *name, struct done done, double server_cpu, double raw)
{
    const struct proxy_counts wire = proxy_take(&bench->proxy);
    (void)printf(
        "%-22s %7.3f s   cpu device %.3f server %.3f   up %llu down %llu bytes (%.2f of raw)   %llu round trips\n",
        name, done.wall_s, done.cpu_s, server_cpu, (unsigned long long)wire.up, (unsigned long long)wire.down,
        (double)(wire.up + wire.down) / raw, (unsigned long long)wire.round_trips);
    (void)fflush(stdout);
}

static struct done measured_sync(struct bench *bench, const char *name, const char *device, double raw)
{
    const double before = server_cpu_s(bench);
    (void)proxy_take(&bench->proxy);
    const struct done done = run(bench, PHASE_SYNC, device);
    tell_sync(bench, name, done, server_cpu_s(bench) - before, raw);
    return done;
}

static void show_load(void)
{
    double load[3] = {0};
    FILE *file = fopen("/proc/loadavg", "r");
    if (file) {
        if (fscanf(file, "%lf %lf %lf", &load[0], &load[1], &load[2]) != 3)
            load[0] = 0;
        (void)fclose(file);
    }
    (void)printf("load of the machine %.1f %.1f %.1f on %ld processors\n", load[0], load[1], load[2],
                 sysconf(_SC_NPROCESSORS_ONLN));
}

static void start_counting(void *ctx)
{
    (void)proxy_take(ctx);
}

static struct live_result measure_live_of(struct bench *bench, const char *author, const char *reader)
{
    const struct live_plan plan = {.author = path_of(bench, author),
                                   .reader = path_of(bench, reader),
                                   .passphrase = PASSPHRASE,
                                   .start_counting = start_counting,
                                   .ctx = &bench->proxy};
    return live_measure(&plan);
}

/* What it cannot do without, at the pace of the changes: by sockets, and by nng. */
static void tell_live_floors(const struct bench *bench, double live_ms)
{
    const char *const folders[3][3] = {
        {path_of(bench, "floor-1"), path_of(bench, "floor-2"), path_of(bench, "floor-3")},
        {path_of(bench, "floor-4"), path_of(bench, "floor-5"), path_of(bench, "floor-6")},
        {path_of(bench, "floor-7"), path_of(bench, "floor-8"), path_of(bench, "floor-9")}};
    const double sockets_ms = live_floor_ms(folders[0], PASSPHRASE);
    const double waits_ms = live_floor_nng_ms(folders[1], PASSPHRASE, true);
    const double called_ms = live_floor_nng_ms(folders[2], PASSPHRASE, false);
    (void)printf("%-22s by sockets %.2f ms, ratio %.2f   by nng, waiting for it %.2f ms, ratio %.2f, called back %.2f "
                 "ms, ratio %.2f\n",
                 "… at the same pace", sockets_ms, live_ms / sockets_ms, waits_ms, live_ms / waits_ms, called_ms,
                 live_ms / called_ms);
}

/* Bytes are counted on a pair whose line goes through the proxy. The time is that of a pair without it: the proxy takes
 * each leg twice over loopback, and the floor once. The floor has what the change cannot do without: saved here, logged
 * there, stored by the other device. */
static void measure_live(struct bench *bench, double commit_s)
{
    const double round_trip_s = live_round_trip_s();
    const struct live_result counted = measure_live_of(bench, "author", "reader");
    const struct proxy_counts wire = proxy_take(&bench->proxy);
    const struct live_result live = measure_live_of(bench, "author-direct", "reader-direct");
    const double floor_ms = (3 * commit_s + round_trip_s) * 1e3;
    (void)printf("%-22s %.2f ms (median of %d; at most %.2f)   three durable commits and two hops: %.2f ms   ratio %.2f"
                 "   through the proxy %.2f ms, %.0f bytes over both legs\n",
                 "live change", live.median_ms, LIVE_CHANGES, live.most_ms, floor_ms, live.median_ms / floor_ms,
                 counted.median_ms, (double)(wire.up + wire.down) / LIVE_CHANGES);
    tell_live_floors(bench, live.median_ms);
}

static void measure(struct bench *bench)
{
    serve(bench);
    proxy_start(&bench->proxy, path_of(bench, "counts"), bench->server_port);
    enrol(bench, "author", "Ann Example", "worker", bench->proxy.port);
    enrol(bench, "reader", "Ben Example", "manager", bench->proxy.port);
    enrol(bench, "newcomer", "Cara Example", "manager", bench->proxy.port); /* its first sync brings everything */
    enrol(bench, "author-direct", "Dan Example", "worker", bench->server_port);
    enrol(bench, "reader-direct", "Eva Example", "manager", bench->server_port);
    (void)run(bench, PHASE_SYNC, "author");
    (void)run(bench, PHASE_SYNC, "reader");

    show_load();
    const struct saving_plan plan = {.device = path_of(bench, "author"),
                                     .bare = path_of(bench, "bare"),
                                     .passphrase = PASSPHRASE,
                                     .records = bench->records,
                                     .counted = bench->what == WHAT_SAVE ? COUNTED : 0};
    const struct saving_result saving = saving_measure(&plan);
    const double raw = (double)saving.save.raw_bytes, count = (double)bench->records;
    if (bench->what == WHAT_SAVE)
        return;
    const double before = server_cpu_s(bench);
    (void)measured_sync(bench, "push", "author", raw);
    (void)printf("%-22s %.0f changes for each second of the processor\n", "server ingest",
                 (count + WORKLOAD_CASES) / (server_cpu_s(bench) - before));
    server_memory(bench);
    (void)measured_sync(bench, "pull with history", "reader", raw);
    (void)measured_sync(bench, "first pull", "newcomer", raw);
    (void)printf("%-22s author %.2f, reader with history %.2f, newcomer %.2f of raw JSON\n", "replica on the disk",
                 (double)file_bytes(bench, "author") / raw, (double)file_bytes(bench, "reader") / raw,
                 (double)file_bytes(bench, "newcomer") / raw);
    storage_report(path_of(bench, "author"), PASSPHRASE, raw);
    storage_report(path_of(bench, "newcomer"), PASSPHRASE, raw);
    proxy_hold(&bench->proxy, HOLD_MS);
    (void)printf("on a line that holds back %d ms each way, with handshake:\n", HOLD_MS);
    (void)measured_sync(bench, "a note of the office", "reader", raw); /* of digests, for the newcomer */
    const struct done idle = measured_sync(bench, "nothing new", "reader", raw);
    (void)run(bench, PHASE_FEW, "author");
    (void)measured_sync(bench, "100 changes, push", "author", raw);
    (void)measured_sync(bench, "100 changes, pull", "reader", raw);
    proxy_hold(&bench->proxy, 0);
    (void)printf("%-22s %.1f ms after the passphrase\n", "open", idle.open_s * 1e3);
    (void)run(bench, PHASE_SYNC, "author-direct");
    (void)run(bench, PHASE_SYNC, "reader-direct");
    measure_live(bench, saving.floor.wall_s / count);
    server_memory(bench);
}

/* As in `measure`, in a folder with nothing else in it. */
static void measure_only_live(struct bench *bench)
{
    serve(bench);
    proxy_start(&bench->proxy, path_of(bench, "counts"), bench->server_port);
    enrol(bench, "author", "Ann Example", "worker", bench->proxy.port);
    enrol(bench, "reader", "Ben Example", "manager", bench->proxy.port);
    enrol(bench, "author-direct", "Dan Example", "worker", bench->server_port);
    enrol(bench, "reader-direct", "Eva Example", "manager", bench->server_port);
    (void)run(bench, PHASE_SYNC, "author");
    (void)run(bench, PHASE_SYNC, "reader");
    (void)run(bench, PHASE_SYNC, "author-direct");
    (void)run(bench, PHASE_SYNC, "reader-direct");
    show_load();
    const struct saving_plan plan = {.device = path_of(bench, "author"),
                                     .bare = path_of(bench, "bare"),
                                     .passphrase = PASSPHRASE,
                                     .records = bench->records};
    measure_live(bench, saving_measure(&plan).floor.wall_s / (double)bench->records);
    server_memory(bench);
}

static void programs_beside(struct bench *bench)
{
    char self[PATH_BYTES / 2] = {0};
    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        stop("bench", "where am I?");
    *strrchr(self, '/') = '\0';
    (void)snprintf(bench->programs, sizeof bench->programs, "%s", self);
}

static int run_bench(struct bench *bench, int argc, char **argv)
{
    bench->records = 10000;
    const char *under = getenv("TMPDIR");
    (void)snprintf(bench->folder, sizeof bench->folder, "%.200s/holdfast-bench-XXXXXX",
                   under && *under ? under : "/tmp");
    static const char *const names[] = {[WHAT_SYNC] = "sync", [WHAT_SAVE] = "save", [WHAT_LIVE] = "live"};
    for (int i = 0; i + 1 < argc; i += 2)
        if (strcmp(argv[i], "--records") == 0)
            bench->records = strtoul(argv[i + 1], NULL, 10);
    if (bench->records == 0 || argc % 2 != 0 || !mkdtemp(bench->folder)) {
        (void)fprintf(stderr, "usage: holdfast-bench %s [--records N]\n", names[bench->what]);
        return 2;
    }
    programs_beside(bench);
    if (bench->what == WHAT_LIVE)
        measure_only_live(bench);
    else
        measure(bench);
    (void)kill(bench->server, SIGTERM);
    (void)waitpid(bench->server, NULL, 0);
    proxy_stop(&bench->proxy);
    (void)printf("what was measured lies in %s\n", bench->folder);
    return 0;
}

int bench_sync(int argc, char **argv)
{
    struct bench bench = {.what = WHAT_SYNC};
    return run_bench(&bench, argc, argv);
}

int bench_live(int argc, char **argv)
{
    struct bench bench = {.what = WHAT_LIVE};
    return run_bench(&bench, argc, argv);
}

int bench_save(int argc, char **argv)
{
    struct bench bench = {.what = WHAT_SAVE};
    return run_bench(&bench, argc, argv);
}
