/* Erasures and legal holds in words. */
#include "core/model/body_erase.h"
#include "tools/audit/report.h"
#include "tools/audit/show.h"

bool hf_audit_erase_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                          struct hf_audit_subject *subject)
{
    struct hf_erase_body body;
    if (hf_erase_body_decode(bytes, &body) != HF_OK)
        return false;
    hf_buf_append_str(out, "erases case ");
    hf_audit_name_append(names, &body.asked.case_id, out);
    hf_buf_append_fmt(out, " (%llu entries) because %s; asked for by ", (unsigned long long)body.asked.entry_count,
                      hf_erase_basis_text(body.asked.basis));
    hf_audit_name_append(names, &body.asked.person, out);
    hf_buf_append_str(out, ", confirmed by ");
    hf_audit_name_append(names, &body.person, out);
    if (body.is_carried)
        hf_buf_append_str(out, "; this was carried out in the part of a log before that was lost, and its keys are "
                               "destroyed");
    subject->case_id = body.asked.case_id;
    subject->person = body.asked.person;
    return true;
}

bool hf_audit_hold_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                         struct hf_audit_subject *subject)
{
    struct hf_hold_body body;
    if (hf_hold_body_decode(bytes, &body) != HF_OK)
        return false;
    hf_buf_append_str(out, body.placed ? "places a legal hold on case " : "lifts the legal hold on case ");
    hf_audit_name_append(names, &body.case_id, out);
    hf_buf_append_str(out, " (");
    hf_audit_plain(body.reason_code, out);
    hf_buf_append_str(out, ")");
    subject->case_id = body.case_id;
    return true;
}
