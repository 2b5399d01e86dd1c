/* Where the bytes of a replica go, counted by SQLite itself (dbstat). */
#include "tools/benchmarks/storage.h"

#include "core/vault/vault.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK)
        return stmt;
    (void)fprintf(stderr, "storage: %s\n", sqlite3_errmsg(db));
    exit(1);
}

/* Everything below a hundredth of the raw JSON is left out. */
static void show_pages(sqlite3 *db, double raw_bytes)
{
    sqlite3_stmt *stmt = prepare(db, "SELECT s.name, m.type, sum(s.pgsize), sum(s.ncell), sum(s.payload), sum(s.unused)"
                                     " FROM dbstat s LEFT JOIN sqlite_schema m ON m.name = s.name"
                                     " GROUP BY s.name ORDER BY sum(s.pgsize) DESC");
    (void)printf("  %-32s %10s %8s %8s %8s\n", "table or index", "bytes", "of raw", "a row", "fill");
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const double bytes = sqlite3_column_double(stmt, 2), cells = sqlite3_column_double(stmt, 3);
        if (bytes * 100 < raw_bytes)
            continue;
        (void)printf("  %-32s %10.0f %8.3f %8.1f %8.2f\n", (const char *)sqlite3_column_text(stmt, 0), bytes,
                     bytes / raw_bytes, cells > 0 ? sqlite3_column_double(stmt, 4) / cells : 0,
                     1 - sqlite3_column_double(stmt, 5) / bytes);
    }
    (void)sqlite3_finalize(stmt);
    stmt = prepare(db, "SELECT page_size * page_count, page_size * freelist_count FROM pragma_page_size(),"
                       " pragma_page_count(), pragma_freelist_count()");
    if (sqlite3_step(stmt) == SQLITE_ROW)
        (void)printf("  %-32s %10.0f %8.3f   (free pages %.0f bytes)\n", "whole", sqlite3_column_double(stmt, 0),
                     sqlite3_column_double(stmt, 0) / raw_bytes, sqlite3_column_double(stmt, 1));
    (void)sqlite3_finalize(stmt);
}

static void show_columns(sqlite3 *db, const char *table)
{
    char sql[512];
    (void)snprintf(sql, sizeof sql, "SELECT name FROM pragma_table_info('%s')", table);
    sqlite3_stmt *names = prepare(db, sql);
    (void)printf("  %s, mean bytes of a column:", table);
    while (sqlite3_step(names) == SQLITE_ROW) {
        const char *column = (const char *)sqlite3_column_text(names, 0);
        (void)snprintf(sql, sizeof sql,
                       "SELECT avg(CASE typeof(%s) WHEN 'null' THEN 0 WHEN 'integer' THEN"
                       " CASE WHEN abs(%s) < 2 THEN 0 WHEN abs(%s) < 128 THEN 1 WHEN abs(%s) < 32768 THEN 2"
                       " WHEN abs(%s) < 8388608 THEN 3 ELSE 6 END ELSE length(CAST(%s AS BLOB)) END) FROM %s",
                       column, column, column, column, column, column, table);
        sqlite3_stmt *mean = prepare(db, sql);
        if (sqlite3_step(mean) == SQLITE_ROW)
            (void)printf(" %s %.1f", column, sqlite3_column_double(mean, 0));
        (void)sqlite3_finalize(mean);
    }
    (void)printf("\n");
    (void)sqlite3_finalize(names);
}

void storage_report(const char *folder, const char *passphrase, double raw_bytes)
{
    struct hf_error err = {0};
    struct hf_vault *vault = NULL;
    if (hf_vault_open(folder, "replica", hf_slice_str(passphrase), HF_VAULT_READ_ONLY, &vault, &err) != HF_OK) {
        (void)fprintf(stderr, "storage: %s\n", err.text);
        exit(1);
    }
    (void)printf("where the bytes of %s go:\n", strrchr(folder, '/') ? strrchr(folder, '/') + 1 : folder);
    show_pages(hf_vault_db(vault), raw_bytes);
    show_columns(hf_vault_db(vault), "changes");
    show_columns(hf_vault_db(vault), "records");
    (void)!hf_vault_close(vault);
}
