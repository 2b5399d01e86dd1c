/* What a run found, for people and for scripts. */
#ifndef HF_TOOLS_AUDIT_REPORT_H
#define HF_TOOLS_AUDIT_REPORT_H

#include "tools/audit/audit.h"
#include "tools/audit/folder.h"

struct hf_audit_report {
    const struct hf_audit *audit;
    const char *folder;                   /* as the person named it */
    bool ok;                              /* the run ended with HF_OK */
    const struct hf_audit_strays *strays; /* NULL: not looked for */
};

/* Append; errors show in the buffer. Whatever comes from the bundle is shown without control characters. */
void hf_audit_report_text(const struct hf_audit_report *report, struct hf_buf *out);
/* One JSON object and a newline; docs/audit.md lists its keys. */
HF_CHECKED enum hf_status hf_audit_report_json(const struct hf_audit_report *report, struct hf_buf *out);

/* Appends text of a stranger as UTF-8 without control characters: what is neither becomes '?'. */
void hf_audit_plain(struct hf_slice text, struct hf_buf *out);

#endif
