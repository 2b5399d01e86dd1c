#include "tests/audit/support_check.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum hf_status support_run(struct support_bundle *bundle, const struct hf_sign_key *authority, struct hf_audit *audit)
{
    struct hf_bundle_reader reader = support_bundle_reader(bundle);
    hf_audit_begin(audit, &reader, authority->public_key);
    return hf_audit_run(audit);
}

void support_accepted(struct support_bundle *bundle, const struct support_log *log)
{
    struct hf_audit *audit = malloc(sizeof *audit);
    assert_non_null(audit);
    if (support_run(bundle, &log->authority, audit) != HF_OK)
        fail_msg("refused: %s (%s)", audit->finding.text, hf_audit_check_name(audit->finding.check));
    hf_audit_end(audit);
    free(audit);
}

static struct hf_audit_finding refuse(struct support_bundle *bundle, const struct support_log *log)
{
    struct hf_audit *audit = malloc(sizeof *audit);
    assert_non_null(audit);
    if (support_run(bundle, &log->authority, audit) != HF_ERR_AUTH)
        fail_msg("not refused (%s)", audit->finding.text);
    struct hf_audit_finding finding = audit->finding;
    hf_audit_end(audit);
    free(audit);
    assert_true(strlen(finding.text) > 10);
    assert_true(strlen(finding.text) < sizeof finding.text - 1); /* not cut off */
    return finding;
}

void support_refused(struct support_bundle *bundle, const struct support_log *log, enum hf_audit_check check,
                     uint64_t entry)
{
    struct hf_audit_finding finding = refuse(bundle, log);
    char text[32];
    bool right = finding.check == check && finding.has_entry == (entry != SUPPORT_NO_ENTRY);
    if (right && finding.has_entry) {
        (void)snprintf(text, sizeof text, "ntry %" PRIu64, entry);
        right = finding.first == entry && finding.last == entry && strstr(finding.text, text);
    }
    if (!right)
        fail_msg("wanted %s at entry %" PRId64 ", got %s at %" PRIu64 "-%" PRIu64 ": %s", hf_audit_check_name(check),
                 (int64_t)entry, hf_audit_check_name(finding.check), finding.first, finding.last, finding.text);
}

void support_refused_file(struct support_bundle *bundle, const struct support_log *log, enum hf_audit_check check,
                          const char *file)
{
    struct hf_audit_finding finding = refuse(bundle, log);
    if (finding.check != check || strcmp(finding.file, file) != 0 || !strstr(finding.text, file))
        fail_msg("wanted %s of file %s, got %s of %s: %s", hf_audit_check_name(check), file,
                 hf_audit_check_name(finding.check), finding.file, finding.text);
}

void support_refused_saying(struct support_bundle *bundle, const struct support_log *log, enum hf_audit_check check,
                            const char *part)
{
    struct hf_audit_finding finding = refuse(bundle, log);
    if (finding.check != check || !strstr(finding.text, part))
        fail_msg("wanted %s saying “%s”, got %s: %s", hf_audit_check_name(check), part,
                 hf_audit_check_name(finding.check), finding.text);
}

void support_log_accepted(struct support_log *log)
{
    struct support_bundle *bundle = malloc(sizeof *bundle);
    assert_non_null(bundle);
    support_bundle_make(log, log->size / 2, bundle);
    support_accepted(bundle, log);
    support_bundle_end(bundle);
    free(bundle);
}

void support_log_refused(struct support_log *log, enum hf_audit_check check, uint64_t entry)
{
    struct support_bundle *bundle = malloc(sizeof *bundle);
    assert_non_null(bundle);
    support_bundle_make(log, log->size / 2, bundle);
    support_refused(bundle, log, check, entry);
    support_bundle_end(bundle);
    free(bundle);
}
