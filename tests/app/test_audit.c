/* The program of the reports: what it writes is kept in memory and has an end; what it says on standard error, taken
 * apart. */
#include "client/app/audit.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void run_to_the_end(struct hf_app_audit *audit, const char *const *words)
{
    siginfo_t how;
    assert_int_equal(hf_app_audit_begin(audit, words), HF_OK);
    assert_int_equal(hf_app_audit_begin(audit, words), HF_ERR_BUSY);
    assert_int_equal(waitid(P_PID, (id_t)audit->pid, &how, WEXITED | WNOWAIT), 0);
    hf_app_audit_look(audit);
    assert_true(audit->ended);
}

static void report__is_kept_in_memory_and_read_as_often_as_it_is_asked_for(void **state)
{
    static const char *const words[] = {"show", "--help", NULL};
    static const char *const wrong[] = {"no-such-report", NULL};
    struct hf_app_audit audit = {0};
    struct hf_buf out = {0}, errors = {0};
    char link[64], place[PATH_MAX] = "";
    (void)state;
    run_to_the_end(&audit, words);
    assert_int_equal(audit.exit_code, 0);
    for (int i = 0; i < 2; i++) {
        hf_buf_clear(&out);
        assert_int_equal(hf_app_audit_read(&audit, false, &out), HF_OK);
        assert_int_equal(hf_app_audit_read(&audit, true, &errors), HF_OK);
        assert_true(out.len > 100 && errors.len == 0);
        hf_buf_append(&out, "", 1);
        assert_non_null(strstr((const char *)out.data, "holdfast-audit show"));
        assert_int_equal(strlen((const char *)out.data) + 1, out.len); /* not a byte that was not written */
    }
    (void)snprintf(link, sizeof link, "/proc/self/fd/%d", audit.out);
    assert_true(readlink(link, place, sizeof place - 1) > 0);
    assert_int_equal(strncmp(place, "/memfd:", 7), 0);
    run_to_the_end(&audit, wrong);
    assert_int_not_equal(audit.exit_code, 0);
    assert_int_equal(hf_app_audit_read(&audit, true, &errors), HF_OK);
    assert_true(errors.len > 0);
    hf_buf_clear(&out);
    hf_buf_clear(&errors);
    hf_app_audit_end(&audit);
    assert_int_equal(hf_app_audit_read(&audit, false, &out), HF_ERR_IO);
}

/* What the program writes on from where it was. */
static void report_without_end__ends_at_the_limit(void **state)
{
    static const char *const words[] = {"show", "--help", NULL};
    static char more[65536];
    struct hf_app_audit audit = {0};
    struct hf_buf out = {0};
    size_t written = 0;
    ssize_t len;
    (void)state;
    run_to_the_end(&audit, words);
    memset(more, 'x', sizeof more);
    while ((len = write(audit.out, more, sizeof more)) > 0 && written < 4 * (size_t)HF_APP_REPORT_BYTES_MAX)
        written += (size_t)len;
    assert_true(len < 0);
    assert_true(written <= HF_APP_REPORT_BYTES_MAX + 4096);
    assert_int_equal(hf_app_audit_read(&audit, false, &out), HF_ERR_LIMIT);
    hf_buf_clear(&out);
    hf_app_audit_end(&audit);
}

static void lines_of_progress__are_told_from_words(void **state)
{
    (void)state;
    static const struct {
        const char *in, *left;
        uint64_t done, total;
    } cases[] = {
        {"", "", 0, 0},
        {"progress 256 of 1000\nprogress 512 of 1000\n", "", 512, 1000},
        {"progress 256 of 1000\nprogress 51", "progress 51", 256, 1000},
        {"holdfast-audit: the key file is missing.\n", "holdfast-audit: the key file is missing.\n", 0, 0},
        {"first\nprogress 9 of 9\nlast", "first\nlast", 9, 9},
        {"progress of nothing\n", "progress of nothing\n", 0, 0},
        {"progress 1 of 2 and a line that is much longer than any line of progress can ever be\n",
         "progress 1 of 2 and a line that is much longer than any line of progress can ever be\n", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct hf_buf errors = {0};
        uint64_t done = 7, total = 7;
        hf_buf_append_str(&errors, cases[i].in);
        hf_app_audit_progress(&errors, &done, &total);
        assert_true(hf_slice_equal(hf_buf_slice(&errors), hf_slice_str(cases[i].left)));
        assert_int_equal(done, cases[i].done);
        assert_int_equal(total, cases[i].total);
        hf_buf_clear(&errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report__is_kept_in_memory_and_read_as_often_as_it_is_asked_for),
        cmocka_unit_test(report_without_end__ends_at_the_limit),
        cmocka_unit_test(lines_of_progress__are_told_from_words),
    };
    return cmocka_run_group_tests_name("app/audit", tests, NULL, NULL);
}
