/* holdfast-bench-sqlcipher FOLDER ROWS: one round of the same work on Debian's SQLCipher, for holdfast-bench. A program
 * of its own, because that library exports SQLite's symbols. Prints seconds, wall and processor, one work a line. */
#include "tools/benchmarks/rows.h"

#include <stdio.h>
#include <stdlib.h>

static _Noreturn void stop(const char *what)
{
    (void)fprintf(stderr, "sqlcipher: %s\n", what);
    exit(1);
}

/* A raw key: the time to derive one from a passphrase is not measured. */
static sqlite3 *open_db(const char *folder)
{
    char path[512];
    sqlite3 *db = NULL;

    (void)snprintf(path, sizeof(path), "%s/sqlcipher.db", folder);
    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, "unix-excl") !=
        SQLITE_OK)
        stop(path);
    rows_run(db, "PRAGMA key=\"x'0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20'\";"
                 "PRAGMA cipher_page_size=4096;");
    rows_run(db, ROWS_SETUP);
    return db;
}

static void close_db(sqlite3 *db)
{
    if (sqlite3_close(db) != SQLITE_OK)
        stop("close");
}

int main(int argc, char **argv)
{
    static const struct rows_engine engine = {"SQLCipher", open_db, close_db};
    double seconds[ROWS_WORKS][ROWS_CLOCKS];

    if (argc != 3)
        stop("usage: holdfast-bench-sqlcipher FOLDER ROWS");
    rows_measure(&engine, argv[1], strtol(argv[2], NULL, 10), seconds);
    for (int work = 0; work < ROWS_WORKS; work++)
        (void)printf("%.6f %.6f\n", seconds[work][ROWS_WALL], seconds[work][ROWS_CPU]);
    return 0;
}
