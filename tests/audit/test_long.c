/* A long log is verified in the memory of a short one. HF_LONG_TESTS=1 takes 200,000 entries. */
#include "tests/audit/support_folder.h"
#include "tests/audit/support_stream.h"
#include "tools/audit/audit.h"
#include "tools/audit/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SHORT_ENTRIES 5000
#define SOME_ENTRIES  40000
#define MANY_ENTRIES  200000
/* The sanitizer takes up to 2,500 of its own; the leaves of the difference alone are 10,900. */
#define GROWTH_KB_MAX 4608

static int verify(const char *path, const uint8_t *authority)
{
    struct hf_audit_folder folder;
    struct hf_audit *audit = malloc(sizeof *audit);
    if (!audit || hf_audit_folder_open(path, &folder) != HF_OK)
        return 2;
    struct hf_bundle_reader reader = hf_audit_folder_reader(&folder);
    hf_audit_begin(audit, &reader, authority);
    int code = hf_audit_run(audit) == HF_OK ? 0 : 1;
    if (code != 0)
        (void)fprintf(stderr, "%s\n", audit->finding.text);
    hf_audit_end(audit);
    hf_audit_folder_close(&folder);
    free(audit);
    return code;
}

/* Peak memory of the greediest child so far, in kB. */
static long verify_apart(const char *path, const uint8_t *authority)
{
    struct rusage usage;
    int state = 0;
    pid_t child = fork();
    if (child == 0)
        _exit(verify(path, authority));
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &state, 0), child);
    assert_true(WIFEXITED(state));
    assert_int_equal(WEXITSTATUS(state), 0);
    assert_int_equal(getrusage(RUSAGE_CHILDREN, &usage), 0);
    return usage.ru_maxrss;
}

static void a_long_log__needs_no_more_memory_than_a_short_one(void **state)
{
    (void)state;
    char path[SUPPORT_PATH_BYTES];
    char folder[2][SUPPORT_PATH_BYTES];
    uint8_t authority[HF_SIGN_PUBLIC_BYTES];
    uint64_t entries[2] = {SHORT_ENTRIES, getenv("HF_LONG_TESTS") ? MANY_ENTRIES : SOME_ENTRIES};
    long peak_kb[2];
    support_folder_make(path);
    for (int i = 0; i < 2; i++) {
        (void)snprintf(folder[i], sizeof folder[i], "%s", support_path(path, i == 0 ? "short" : "long"));
        assert_int_equal(mkdir(folder[i], 0700), 0);
        struct support_stream stream = {.folder = folder[i], .entries = entries[i], .devices = 40, .seen_every = 7};
        assert_true(support_stream_write(&stream, authority));
    }
    for (int i = 0; i < 2; i++)
        peak_kb[i] = verify_apart(folder[i], authority);
    print_message("%llu entries: %ld kB at most, %llu entries: %ld kB\n", (unsigned long long)entries[0], peak_kb[0],
                  (unsigned long long)entries[1], peak_kb[1]);
    support_folder_remove(path);
    assert_true(peak_kb[1] - peak_kb[0] < GROWTH_KB_MAX);
}

int main(void)
{
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_long_log__needs_no_more_memory_than_a_short_one)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
