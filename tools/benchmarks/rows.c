#include "tools/benchmarks/rows.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BATCH     1000
#define ROW_BYTES 250
#define CACHE     "PRAGMA cache_size=-2000; PRAGMA wal_autocheckpoint=1000;"
#define CACHE_ALL "PRAGMA cache_size=-200000; PRAGMA wal_autocheckpoint=1000;"

static _Noreturn void stop(sqlite3 *db, const char *what)
{
    (void)fprintf(stderr, "%s: %s\n", what, sqlite3_errmsg(db));
    exit(1);
}

void rows_run(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        stop(db, sql);
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
        stop(db, sql);
    return statement;
}

static uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void fill(uint8_t row[ROW_BYTES], uint64_t *state)
{
    for (size_t at = 0; at + 8 <= ROW_BYTES; at += 8) {
        uint64_t noise = next_random(state);

        memcpy(row + at, &noise, 8);
    }
}

static void insert_rows(sqlite3 *db, long rows)
{
    uint8_t row[ROW_BYTES] = {0};
    uint64_t state = 88172645463325252u;
    sqlite3_stmt *statement;

    rows_run(db, "CREATE TABLE row(id INTEGER PRIMARY KEY, v BLOB)");
    statement = prepare(db, "INSERT INTO row(v) VALUES(?1)");
    for (long i = 0; i < rows; i++) {
        if (i % BATCH == 0)
            rows_run(db, "BEGIN");
        fill(row, &state);
        sqlite3_bind_blob(statement, 1, row, sizeof(row), SQLITE_STATIC);
        if (sqlite3_step(statement) != SQLITE_DONE)
            stop(db, "insert");
        sqlite3_reset(statement);
        if (i % BATCH == BATCH - 1 || i == rows - 1)
            rows_run(db, "COMMIT");
    }
    sqlite3_finalize(statement);
}

static void read_points(sqlite3 *db, long rows)
{
    uint64_t state = 1234567;
    sqlite3_stmt *statement = prepare(db, "SELECT length(v) FROM row WHERE id=?1");

    for (long i = 0; i < rows; i++) {
        sqlite3_bind_int64(statement, 1, 1 + (sqlite3_int64)(next_random(&state) % (uint64_t)rows));
        if (sqlite3_step(statement) != SQLITE_ROW || sqlite3_column_int(statement, 0) != ROW_BYTES)
            stop(db, "point read");
        sqlite3_reset(statement);
    }
    sqlite3_finalize(statement);
}

static void scan(sqlite3 *db, long rows)
{
    sqlite3_stmt *statement = prepare(db, "SELECT v FROM row");
    long count = 0;

    while (sqlite3_step(statement) == SQLITE_ROW)
        count += sqlite3_column_bytes(statement, 0) == ROW_BYTES;
    sqlite3_finalize(statement);
    if (count != rows)
        stop(db, "scan");
}

/* The wall clock is what people feel; processor time says more on a machine with other work to do. */
static double seconds(enum rows_clock clock)
{
    struct timespec now;

    (void)clock_gettime(clock == ROWS_CPU ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

void rows_measure(const struct rows_engine *engine, const char *folder, long rows,
                  double out_seconds[ROWS_WORKS][ROWS_CLOCKS])
{
    static void (*const bodies[ROWS_WORKS])(sqlite3 *, long) = {insert_rows, read_points, scan, read_points, scan};

    for (int work = 0; work < ROWS_WORKS; work++) {
        bool is_cached = work >= ROWS_POINT_CACHED;
        sqlite3 *db = engine->open(folder);
        double began[ROWS_CLOCKS];

        rows_run(db, is_cached ? CACHE_ALL : CACHE);
        if (is_cached)
            scan(db, rows);
        for (int clock = 0; clock < ROWS_CLOCKS; clock++)
            began[clock] = seconds((enum rows_clock)clock);
        bodies[work](db, rows);
        for (int clock = 0; clock < ROWS_CLOCKS; clock++)
            out_seconds[work][clock] = seconds((enum rows_clock)clock) - began[clock];
        engine->close(db);
    }
}
