/* kill -9 on the real file system: a child commits and reports each commit through a pipe, the parent kills it after
 * some number of reports and opens what is left. */
#include "tests/vault/support_vault.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define LOOPS       40
#define REPORTS_MAX 30

/* Commits until it is killed. Rows are number 1, 2, 3 …, several pages each, so that kills fall everywhere. */
static void child(struct fixture *f, int64_t next, int report_to)
{
    struct hf_vault *vault = NULL;
    char sql[200];

    if (fixture_try_raw(f, &vault) != HF_OK)
        _exit(2);
    if (fixture_try(vault, "PRAGMA cache_size=10; PRAGMA wal_autocheckpoint=20") != SQLITE_OK)
        _exit(3);
    for (;; next++) {
        (void)snprintf(sql, sizeof(sql),
                       "BEGIN; INSERT INTO log VALUES(%" PRId64 ", randomblob(9000)); "
                       "DELETE FROM log WHERE n=%" PRId64 "; COMMIT",
                       next, next - 40);
        if (fixture_try(vault, sql) != SQLITE_OK)
            _exit(4);
        if (write(report_to, &next, sizeof(next)) != (ssize_t)sizeof(next))
            _exit(5);
    }
}

/* The last commit the child reported. */
static int64_t run_and_kill(struct fixture *f, int64_t next, uint64_t reports)
{
    int pipe_fds[2];
    int64_t reported = next - 1;
    int64_t value;
    int status;
    pid_t pid;

    assert_int_equal(pipe(pipe_fds), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)close(pipe_fds[0]);
        child(f, next, pipe_fds[1]);
    }
    (void)close(pipe_fds[1]);
    for (uint64_t i = 0; i < reports; i++) {
        assert_int_equal(read(pipe_fds[0], &value, sizeof(value)), sizeof(value));
        reported = value;
    }
    assert_int_equal(kill(pid, SIGKILL), 0);
    while (read(pipe_fds[0], &value, sizeof(value)) == (ssize_t)sizeof(value))
        reported = value;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    (void)close(pipe_fds[0]);
    return reported;
}

static void killed_while_committing__no_reported_commit_is_lost(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = fixture_open_raw(f);
    uint64_t seed = 0;
    int64_t last = 0;

    hf_random(&seed, sizeof(seed));
    (void)printf("seed %" PRIu64 "\n", seed);
    fixture_exec(vault, "CREATE TABLE log(n INTEGER PRIMARY KEY, v BLOB)");
    assert_int_equal(hf_vault_close(vault), HF_OK);
    for (int loop = 0; loop < LOOPS; loop++) {
        int64_t reported = run_and_kill(f, last + 1, 1 + test_random(&seed) % REPORTS_MAX);

        assert_int_equal(fixture_try_raw(f, &vault), HF_OK);
        last = fixture_number(vault, "SELECT max(n) FROM log");
        assert_in_range(last, reported, reported + 1); /* the one under way may have made it */
        assert_int_equal(fixture_number(vault, "SELECT max(n)-min(n)+1-count(*) FROM log"), 0);
        assert_int_equal(
            fixture_number(vault, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"), 1);
        assert_int_equal(hf_vault_close(vault), HF_OK);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(killed_while_committing__no_reported_commit_is_lost, fixture_setup,
                                        fixture_teardown),
    };

    return fixture_run_in_both_suites(tests, NULL, NULL);
}
