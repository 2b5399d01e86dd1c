/* What the program of the reports says on standard error, taken apart. */
#include "client/app/audit.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

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
        cmocka_unit_test(lines_of_progress__are_told_from_words),
    };
    return cmocka_run_group_tests_name("app/audit", tests, NULL, NULL);
}
