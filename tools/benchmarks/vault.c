/* The vault against plain SQLite and, where its program was built, SQLCipher: the same rows, settings and order of
 * work, engines in turn in every round. Ratios are taken within a round, so that a busy machine spoils few of them, and
 * the median of all rounds is told. */
#include "core/vault/vault_internal.h"
#include "tools/benchmarks/bench.h"
#include "tools/benchmarks/rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROWS       200000
#define ROUNDS     5
#define ROUNDS_MAX 101
#define ENGINES    4
#define SQLCIPHER  3 /* the engine that is a program */

struct bench {
    const char *folder;
    long rows;
    int rounds;
    int engines;
    char sqlcipher[512];
    double seconds[ROUNDS_MAX][ENGINES][ROWS_WORKS][ROWS_CLOCKS];
};

static _Noreturn void stop(const char *what)
{
    (void)fprintf(stderr, "holdfast-bench: %s\n", what);
    exit(1);
}

/* --- engines -------------------------------------------------------------------------------------------------------
 */

static struct hf_vault *open_vault;

static sqlite3 *open_suite(const char *folder, const char *name, unsigned flags)
{
    static const uint8_t key[32] = {1};
    static const struct hf_id id = {{2}};
    struct hf_error err;

    if (hf_vault_open_raw(folder, name, &id, key, HF_VAULT_CREATE | flags, &open_vault, &err) != HF_OK)
        stop(err.text);
    return hf_vault_db(open_vault);
}

static sqlite3 *open_portable(const char *folder)
{
    return open_suite(folder, "portable", 0);
}

static sqlite3 *open_hardware(const char *folder)
{
    return open_suite(folder, "hardware", HF_VAULT_HARDWARE_SUITE);
}

static void close_vault(sqlite3 *db)
{
    (void)db;
    if (hf_vault_close(open_vault) != HF_OK)
        stop("closing the vault");
}

static sqlite3 *open_plain(const char *folder)
{
    char path[512];
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof(path), "%s/plain.db", folder);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, "unix-excl") !=
        SQLITE_OK)
        stop(path);
    rows_run(db, "PRAGMA page_size=4096;" ROWS_SETUP);
    return db;
}

static void close_plain(sqlite3 *db)
{
    if (sqlite3_close(db) != SQLITE_OK)
        stop("closing the plain database");
}

static const struct rows_engine engines[ENGINES] = {
    {"plain", open_plain, close_plain},
    {"portable", open_portable, close_vault},
    {"hardware", open_hardware, close_vault},
    {"SQLCipher", NULL, NULL},
};

/* --- one engine, one process ---------------------------------------------------------------------------------------
 */

static void read_seconds(FILE *from, double out_seconds[ROWS_WORKS][ROWS_CLOCKS])
{
    for (int work = 0; work < ROWS_WORKS; work++) {
        if (fscanf(from, "%lf %lf", &out_seconds[work][ROWS_WALL], &out_seconds[work][ROWS_CPU]) != ROWS_CLOCKS)
            stop("an engine did not finish");
    }
}

static void write_seconds(FILE *to, double seconds[ROWS_WORKS][ROWS_CLOCKS])
{
    for (int work = 0; work < ROWS_WORKS; work++)
        (void)fprintf(to, "%.9f %.9f\n", seconds[work][ROWS_WALL], seconds[work][ROWS_CPU]);
    if (fflush(to) != 0)
        stop("a pipe could not be written");
}

/* In a process of its own: SQLite gets the vault's memory (core/vault/memory.h) or its own, as in a program that ships,
 * and no engine finds what another has left. */
static _Noreturn void be_engine(const struct bench *bench, int engine, int out)
{
    double seconds[ROWS_WORKS][ROWS_CLOCKS];
    char rows[32];

    if (engine == SQLCIPHER) {
        (void)snprintf(rows, sizeof(rows), "%ld", bench->rows);
        (void)dup2(out, STDOUT_FILENO);
        (void)execl(bench->sqlcipher, bench->sqlcipher, bench->folder, rows, (char *)NULL);
        _exit(127);
    }
    FILE *to = fdopen(out, "w");
    if (!to)
        stop("a pipe could not be written");
    rows_measure(&engines[engine], bench->folder, bench->rows, seconds);
    write_seconds(to, seconds);
    _exit(0);
}

static void measure(const struct bench *bench, int engine, double out_seconds[ROWS_WORKS][ROWS_CLOCKS])
{
    int ends[2];
    pid_t child;
    FILE *from;

    if (pipe(ends) != 0 || (child = fork()) < 0)
        stop("a process could not be started");
    if (child == 0) {
        (void)close(ends[0]);
        be_engine(bench, engine, ends[1]);
    }
    (void)close(ends[1]);
    from = fdopen(ends[0], "r");
    if (!from)
        stop("a pipe could not be read");
    read_seconds(from, out_seconds);
    (void)fclose(from);
    (void)waitpid(child, NULL, 0);
}

/* It lies beside this program when libsqlcipher-dev was there at the build. */
static bool find_sqlcipher(struct bench *bench)
{
    char self[400];
    ssize_t len = readlink("/proc/self/exe", self, sizeof(self) - 1);

    if (len <= 0)
        return false;
    self[len] = '\0';
    (void)snprintf(bench->sqlcipher, sizeof(bench->sqlcipher), "%s-sqlcipher", self);
    return access(bench->sqlcipher, X_OK) == 0;
}

/* --- rounds and report ---------------------------------------------------------------------------------------------
 */

static void remove_files(const struct bench *bench)
{
    static const char *const names[] = {"plain", "portable", "hardware", "sqlcipher"};
    static const char *const ends[] = {".db", ".db-wal"};
    char path[512];

    for (size_t i = 0; i < ENGINES * 2; i++) {
        (void)snprintf(path, sizeof(path), "%s/%s%s", bench->folder, names[i / 2], ends[i % 2]);
        (void)unlink(path);
    }
}

static int compare(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;

    return (left > right) - (left < right);
}

/* Rows a second, or with `by_plain` their ratio to plain SQLite's in the same round. */
static double median(const struct bench *bench, int engine, int work, int clock, bool by_plain)
{
    double figures[ROUNDS_MAX];

    for (int round = 0; round < bench->rounds; round++) {
        double took = bench->seconds[round][engine][work][clock];

        figures[round] = by_plain ? bench->seconds[round][0][work][clock] / took : (double)bench->rows / took;
    }
    qsort(figures, (size_t)bench->rounds, sizeof(figures[0]), compare);
    return figures[bench->rounds / 2];
}

static void report(const struct bench *bench)
{
    static const char *const works[] = {"bulk insert", "point reads", "scan", "point reads, all in cache",
                                        "scan, all in cache"};
    static const char *const clocks[] = {"processor time", "wall clock"};

    (void)printf("%ld rows of 250 bytes, 4 KiB pages, 2 MB cache unless said; medians of %d rounds\n", bench->rows,
                 bench->rounds);
    for (int i = 0; i < ROWS_CLOCKS; i++) {
        int clock = i == 0 ? ROWS_CPU : ROWS_WALL;

        (void)printf("\n%-26s %15s", clocks[i], "plain, rows/s");
        for (int engine = 1; engine < bench->engines; engine++)
            (void)printf(" %10s", engines[engine].name);
        for (int work = 0; work < ROWS_WORKS; work++) {
            (void)printf("\n%-26s %15.0f", works[work], median(bench, 0, work, clock, false));
            for (int engine = 1; engine < bench->engines; engine++)
                (void)printf(" %10.2f", median(bench, engine, work, clock, true));
        }
        (void)printf("\n");
    }
    if (bench->engines == SQLCIPHER)
        (void)printf("\nSQLCipher is not measured: tools/install-packages bench, and build again.\n");
    if (!hf_hw_available())
        (void)printf("\nThis processor has no instructions for AES: the hardware suite runs in software.\n");
}

static void run_rounds(struct bench *bench)
{
    for (int round = 0; round < bench->rounds; round++) {
        remove_files(bench);
        for (int turn = 0; turn < bench->engines; turn++) {
            int engine = (round + turn) % bench->engines; /* none is always first */

            measure(bench, engine, bench->seconds[round][engine]);
        }
    }
}

int bench_vault(int argc, char **argv)
{
    static struct bench bench = {.rows = ROWS, .rounds = ROUNDS};
    char folder[] = "/tmp/hf-bench-XXXXXX";

    for (int i = 0; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--rows") == 0)
            bench.rows = strtol(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--rounds") == 0)
            bench.rounds = (int)strtol(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--folder") == 0)
            bench.folder = argv[i + 1];
    }
    if (!bench.folder)
        bench.folder = mkdtemp(folder);
    if (!bench.folder || bench.rows < 1 || bench.rounds < 1 || bench.rounds > ROUNDS_MAX)
        return 2;
    bench.engines = find_sqlcipher(&bench) ? ENGINES : SQLCIPHER;
    run_rounds(&bench);
    report(&bench);
    remove_files(&bench);
    if (bench.folder == folder)
        (void)rmdir(folder);
    return 0;
}
