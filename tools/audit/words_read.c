/* A page of the read log in words; `who-read` has its lines. */
#include "core/model/body_read.h"
#include "tools/audit/report.h"
#include "tools/audit/show.h"

#include <stdlib.h>

bool hf_audit_page_words(struct hf_slice bytes, const struct hf_audit_names *names, struct hf_buf *out,
                         struct hf_audit_subject *subject)
{
    struct hf_read_body *body = malloc(sizeof *body);
    const bool good = body && hf_read_body_decode(bytes, body) == HF_OK && body->line_count > 0;
    if (good && body->line_count == 1) {
        hf_buf_append_str(out, hf_read_what_text(body->lines[0].what));
    } else if (good) {
        hf_buf_append_fmt(out, "read %u things", (unsigned)body->line_count);
    }
    if (good && body->case_count == 1 && !hf_id_is_zero(&body->cases[0])) {
        hf_buf_append_str(out, " in case ");
        hf_audit_name_append(names, &body->cases[0], out);
        subject->case_id = body->cases[0];
    } else if (good && body->case_count > 1) {
        hf_buf_append_fmt(out, " in %u cases", (unsigned)body->case_count);
    }
    free(body);
    return good;
}
