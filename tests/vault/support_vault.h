/* A folder under the system's temporary folder with a vault in it, and small tools around it. Sample data is invented.
 */
#ifndef HF_TESTS_VAULT_SUPPORT_VAULT_H
#define HF_TESTS_VAULT_SUPPORT_VAULT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/vault/vault.h"

#define FIXTURE_FILES_MAX 16

struct fixture {
    char folder[256];
    struct hf_vault_kdf kdf; /* weak: these tests are not about Argon2id */
    struct hf_error err;
};

/* Every file of a folder with its bytes, for "nothing changed". */
struct snapshot {
    size_t count;
    struct {
        char name[64];
        uint8_t *data;
        size_t len;
    } files[FIXTURE_FILES_MAX];
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

struct hf_slice fixture_passphrase(void);
struct hf_vault *fixture_create(struct fixture *f);
struct hf_vault *fixture_open(struct fixture *f);
/* By a fixed raw key; made when missing. */
struct hf_vault *fixture_open_raw(struct fixture *f);
enum hf_status fixture_try_raw(struct fixture *f, struct hf_vault **out_vault);
/* The suite that raw keys, memory disks and runs open with; portable unless a test changes it. */
extern unsigned fixture_suite;
unsigned fixture_flags(unsigned flags);
/* cmocka's group, once in each suite. The number of failures. */
#define fixture_run_in_both_suites(tests, setup, teardown)                                                             \
    fixture_run_group_twice(tests, sizeof(tests) / sizeof((tests)[0]), setup, teardown)
int fixture_run_group_twice(const struct CMUnitTest *tests, size_t count, CMFixtureFunction setup,
                            CMFixtureFunction teardown);
extern const uint8_t fixture_key[32];
extern const struct hf_id fixture_db_id;

void fixture_exec(struct hf_vault *vault, const char *sql);
int fixture_try(struct hf_vault *vault, const char *sql);
int64_t fixture_number(struct hf_vault *vault, const char *sql);

/* Path of a file of the folder; one at a time. */
const char *fixture_path(const struct fixture *f, const char *file);
bool fixture_has(const struct fixture *f, const char *file);
uint8_t *fixture_read(const struct fixture *f, const char *file, size_t *out_len); /* caller frees */
void fixture_write(const struct fixture *f, const char *file, const uint8_t *data, size_t len);
void fixture_flip(const struct fixture *f, const char *file, size_t at, uint8_t mask);

void snapshot_take(const struct fixture *f, struct snapshot *out);
/* Fails the test when a file came, went or differs. */
void snapshot_check(const struct fixture *f, const struct snapshot *snapshot);
/* Puts every file back and removes others. */
void snapshot_restore(const struct fixture *f, const struct snapshot *snapshot);
void snapshot_free(struct snapshot *snapshot);

/* SplitMix64: the tests' own reproducible numbers. */
uint64_t test_random(uint64_t *seed);

#endif
