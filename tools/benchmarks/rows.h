/* The work that every engine is given: rows are invented, an integer key and 250 bytes of noise. Knows SQLite's API
 * only, so that it can be compiled against another library that has it. */
#ifndef HF_TOOLS_BENCHMARKS_ROWS_H
#define HF_TOOLS_BENCHMARKS_ROWS_H

#include <sqlite3.h>
#include <stdbool.h>

/* Insert, point reads and scan with a cache of 2 MB, opened anew before each; then reads again with a cache that holds
 * the whole database, after one pass that fills it. */
enum rows_work { ROWS_INSERT, ROWS_POINT, ROWS_SCAN, ROWS_POINT_CACHED, ROWS_SCAN_CACHED, ROWS_WORKS };

enum rows_clock { ROWS_WALL, ROWS_CPU, ROWS_CLOCKS };

struct rows_engine {
    const char *name;
    sqlite3 *(*open)(const char *folder); /* the same database each time, made when missing */
    void (*close)(sqlite3 *db);
};

/* Settings that every engine has; the vault sets them itself. */
#define ROWS_SETUP                                                                                                     \
    "PRAGMA locking_mode=EXCLUSIVE; PRAGMA temp_store=MEMORY; PRAGMA secure_delete=ON; PRAGMA synchronous=FULL;"       \
    "PRAGMA journal_mode=WAL; PRAGMA cell_size_check=ON; PRAGMA mmap_size=0;"

/* Seconds of each work. Ends the program with a message when anything fails: a figure would mean nothing. */
void rows_measure(const struct rows_engine *engine, const char *folder, long rows,
                  double out_seconds[ROWS_WORKS][ROWS_CLOCKS]);

/* Runs SQL, or ends the program with a message. */
void rows_run(sqlite3 *db, const char *sql);

#endif
