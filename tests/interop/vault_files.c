/* vault_files FOLDER: writes two vaults by raw key, portable and hardware, with rows in the main file and in the WAL,
 * and prints for each what another reader needs: file, suite, database id and data key in hex. Rows are invented. */
#include "core/vault/vault.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const uint8_t data_key[32] = {11, 22, 33, 44, 55, 66, 77, 88, 99};
static const struct hf_id db_id = {{99, 88, 77, 66, 55, 44, 33, 22, 11}};

static void print_hex(const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        (void)printf("%02x", bytes[i]);
}

static bool write_one(const char *folder, const char *name, unsigned flags, int suite)
{
    static const char fill[] = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<5000)"
                               " INSERT INTO child SELECT i, 'an invented note ' || i FROM n";
    static const char *const steps[] = {
        "CREATE TABLE child(id INTEGER PRIMARY KEY, note TEXT); CREATE TABLE visit(id INTEGER PRIMARY KEY, note TEXT)",
        fill,
        "PRAGMA wal_checkpoint(TRUNCATE)",
        "INSERT INTO visit SELECT id, note FROM child WHERE id<=700",
        "DELETE FROM child WHERE id>4000",
    };
    struct hf_vault *vault = NULL;
    struct hf_error err;

    if (hf_vault_open_raw(folder, name, &db_id, data_key, HF_VAULT_CREATE | flags, &vault, &err) != HF_OK) {
        (void)fprintf(stderr, "%s\n", err.text);
        return false;
    }
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (sqlite3_exec(hf_vault_db(vault), steps[i], NULL, NULL, NULL) != SQLITE_OK) {
            (void)fprintf(stderr, "%s\n", sqlite3_errmsg(hf_vault_db(vault)));
            return false;
        }
    }
    (void)printf("%s/%s.db %d ", folder, name, suite);
    print_hex(db_id.bytes, sizeof(db_id.bytes));
    (void)printf(" ");
    print_hex(data_key, sizeof(data_key));
    (void)printf("\n");
    return true;
}

int main(int argc, char **argv)
{
    if (argc != 2 || !write_one(argv[1], "portable", 0, HF_SUITE_XCHACHA20_POLY1305) ||
        !write_one(argv[1], "hardware", HF_VAULT_HARDWARE_SUITE, HF_SUITE_XAES_256_GCM))
        return 1;
    (void)fflush(stdout);
    _exit(0); /* as if killed: the log stays */
}
