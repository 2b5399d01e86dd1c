/* The vault against plain SQLite: the same engine, settings, rows and order of work, best of some rounds each, in turn.
 * Rows are invented: an integer key and about 250 bytes of noise. */
#include "core/vault/vault.h"
#include "tools/bench/bench.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define ROWS      200000
#define ROUNDS    5
#define BATCH     1000
#define ROW_BYTES 250
#define SETTINGS  "PRAGMA cache_size=-2000; PRAGMA wal_autocheckpoint=1000;"
#define PLAIN_SETUP                                                                                                    \
    "PRAGMA page_size=4096; PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON;"         \
    "PRAGMA synchronous=FULL; PRAGMA journal_mode=WAL; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"

enum work { WORK_INSERT, WORK_POINT, WORK_SCAN, WORK_COUNT };

struct bench {
    const char *folder;
    int64_t rows;
    int rounds;
    bool is_vault;
    struct hf_vault *vault;
    sqlite3 *db;
    double best[2][2][WORK_COUNT]; /* rows a second by clock; plain, vault; work */
};

static void stop(const struct bench *bench, const char *what)
{
    (void)fprintf(stderr, "%s: %s\n", what, bench->db ? sqlite3_errmsg(bench->db) : "");
    exit(1);
}

static void run(struct bench *bench, const char *sql)
{
    if (sqlite3_exec(bench->db, sql, NULL, NULL, NULL) != SQLITE_OK)
        stop(bench, sql);
}

static sqlite3_stmt *prepare(struct bench *bench, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(bench->db, sql, -1, &statement, NULL) != SQLITE_OK)
        stop(bench, sql);
    return statement;
}

/* The wall clock is what people feel; processor time says more on a machine with other work to do. */
static const clockid_t clocks[2] = {CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID};

static double seconds(int clock)
{
    struct timespec now;

    (void)clock_gettime(clocks[clock], &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void open_db(struct bench *bench)
{
    static const uint8_t key[32] = {1};
    static const struct hf_id id = {{2}};
    char path[512];

    if (bench->is_vault) {
        struct hf_error err;

        if (hf_vault_open_raw(bench->folder, "bench", &id, key, HF_VAULT_CREATE, &bench->vault, &err) != HF_OK) {
            (void)fprintf(stderr, "%s\n", err.text);
            exit(1);
        }
        bench->db = hf_vault_db(bench->vault);
    } else {
        (void)snprintf(path, sizeof(path), "%s/plain.db", bench->folder);
        if (sqlite3_open_v2(path, &bench->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                            "unix-excl") != SQLITE_OK)
            stop(bench, path);
        run(bench, PLAIN_SETUP);
    }
    run(bench, SETTINGS);
}

static void close_db(struct bench *bench)
{
    if (bench->is_vault) {
        if (hf_vault_close(bench->vault) != HF_OK)
            stop(bench, "close");
    } else {
        (void)sqlite3_close(bench->db);
    }
    bench->db = NULL;
    bench->vault = NULL;
}

static void insert_rows(struct bench *bench)
{
    uint8_t row[ROW_BYTES];
    uint64_t state = 88172645463325252u;
    sqlite3_stmt *statement;

    run(bench, "CREATE TABLE row(id INTEGER PRIMARY KEY, v BLOB)");
    statement = prepare(bench, "INSERT INTO row(v) VALUES(?1)");
    for (int64_t i = 0; i < bench->rows; i++) {
        if (i % BATCH == 0)
            run(bench, "BEGIN");
        for (size_t at = 0; at + 8 <= sizeof(row); at += 8) {
            uint64_t noise = next_random(&state);

            memcpy(row + at, &noise, 8);
        }
        sqlite3_bind_blob(statement, 1, row, sizeof(row), SQLITE_STATIC);
        if (sqlite3_step(statement) != SQLITE_DONE)
            stop(bench, "insert");
        sqlite3_reset(statement);
        if (i % BATCH == BATCH - 1 || i == bench->rows - 1)
            run(bench, "COMMIT");
    }
    sqlite3_finalize(statement);
}

static void read_points(struct bench *bench)
{
    uint64_t state = 1234567;
    sqlite3_stmt *statement = prepare(bench, "SELECT length(v) FROM row WHERE id=?1");

    for (int64_t i = 0; i < bench->rows; i++) {
        sqlite3_bind_int64(statement, 1, 1 + (sqlite3_int64)(next_random(&state) % (uint64_t)bench->rows));
        if (sqlite3_step(statement) != SQLITE_ROW || sqlite3_column_int(statement, 0) != ROW_BYTES)
            stop(bench, "point read");
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
}

static void scan(struct bench *bench)
{
    sqlite3_stmt *statement = prepare(bench, "SELECT v FROM row");
    int64_t count = 0;

    while (sqlite3_step(statement) == SQLITE_ROW)
        count += sqlite3_column_bytes(statement, 0) == ROW_BYTES;
    sqlite3_finalize(statement);
    if (count != bench->rows)
        stop(bench, "scan");
}

/* The database is opened anew for each work: no page is in the cache. */
static void measure(struct bench *bench, enum work work, void (*body)(struct bench *bench))
{
    double began[2];

    open_db(bench);
    for (int clock = 0; clock < 2; clock++)
        began[clock] = seconds(clock);
    body(bench);
    for (int clock = 0; clock < 2; clock++) {
        double *best = &bench->best[clock][bench->is_vault][work];
        double rate = (double)bench->rows / (seconds(clock) - began[clock]);

        if (rate > *best)
            *best = rate;
    }
    close_db(bench);
}

static void remove_files(const struct bench *bench)
{
    static const char *const names[] = {"plain.db", "plain.db-wal", "bench.db", "bench.db-wal"};
    char path[512];

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        (void)snprintf(path, sizeof(path), "%s/%s", bench->folder, names[i]);
        (void)unlink(path);
    }
}

static void report(const struct bench *bench)
{
    static const char *const names[] = {"bulk insert", "point reads", "scan"};

    (void)printf("%" PRId64 " rows of %d bytes, 2 MB cache, best of %d\n", bench->rows, ROW_BYTES, bench->rounds);
    (void)printf("%-12s %13s %13s %6s %15s %15s %6s\n", "", "plain rows/s", "vault rows/s", "ratio", "plain rows/cpu-s",
                 "vault rows/cpu-s", "ratio");
    for (int work = 0; work < WORK_COUNT; work++) {
        (void)printf("%-12s", names[work]);
        for (int clock = 0; clock < 2; clock++) {
            double plain = bench->best[clock][0][work];
            double vault = bench->best[clock][1][work];

            (void)printf(" %*.0f %*.0f %6.2f", clock ? 16 : 13, plain, clock ? 16 : 13, vault, vault / plain);
        }
        (void)printf("\n");
    }
}

int bench_vault(int argc, char **argv)
{
    char folder[] = "/tmp/hf-bench-XXXXXX";
    struct bench bench = {.rows = ROWS, .rounds = ROUNDS};

    for (int i = 0; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--rows") == 0)
            bench.rows = strtoll(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--rounds") == 0)
            bench.rounds = (int)strtol(argv[i + 1], NULL, 10);
        if (strcmp(argv[i], "--folder") == 0)
            bench.folder = argv[i + 1];
    }
    if (!bench.folder)
        bench.folder = mkdtemp(folder);
    if (!bench.folder || bench.rows < 1 || hf_crypto_init(false) != HF_OK)
        return 2;
    for (int round = 0; round < bench.rounds; round++) {
        remove_files(&bench);
        for (int is_vault = 1; is_vault >= 0; is_vault--) { /* the vault first: it sets SQLite up for both */
            bench.is_vault = is_vault;
            measure(&bench, WORK_INSERT, insert_rows);
            measure(&bench, WORK_POINT, read_points);
            measure(&bench, WORK_SCAN, scan);
        }
    }
    report(&bench);
    remove_files(&bench);
    if (bench.folder == folder)
        (void)rmdir(folder);
    return 0;
}
