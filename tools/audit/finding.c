/* Saying no: which check, which entries, which file, and a sentence for people. */
#include "tools/audit/internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const check_names[HF_AUDIT_CHECK_COUNT] = {
    [HF_AUDIT_NONE] = "none",
    [HF_AUDIT_FILE] = "file",
    [HF_AUDIT_POLICY] = "policy",
    [HF_AUDIT_CHECKPOINT] = "checkpoint",
    [HF_AUDIT_PREV] = "prev",
    [HF_AUDIT_FORM] = "form",
    [HF_AUDIT_SIGNATURE] = "signature",
    [HF_AUDIT_LOG] = "log",
    [HF_AUDIT_HASH_TILE] = "hash_tile",
    [HF_AUDIT_ROOT] = "root",
    [HF_AUDIT_CERTIFICATE] = "certificate",
    [HF_AUDIT_DEVICE] = "device",
    [HF_AUDIT_INCARNATION] = "incarnation",
    [HF_AUDIT_SEQUENCE] = "sequence",
    [HF_AUDIT_FORK] = "fork",
    [HF_AUDIT_DUPLICATE] = "duplicate",
    [HF_AUDIT_CHAIN] = "chain",
    [HF_AUDIT_CLOCK] = "clock",
    [HF_AUDIT_SEEN] = "seen",
    [HF_AUDIT_OPENING] = "opening",
    [HF_AUDIT_CONTENT] = "content",
    [HF_AUDIT_PAYLOAD] = "payload",
    [HF_AUDIT_PROOF] = "proof",
    [HF_AUDIT_WITNESS] = "witness",
    [HF_AUDIT_MEMORY] = "memory",
};

const char *hf_audit_check_name(enum hf_audit_check check)
{
    return (unsigned)check < HF_AUDIT_CHECK_COUNT ? check_names[check] : "unknown";
}

static void fill(struct hf_audit *audit, enum hf_audit_check check, struct hf_audit_about about, const char *file,
                 const char *format, va_list arguments) __attribute__((format(printf, 5, 0)));

static void fill(struct hf_audit *audit, enum hf_audit_check check, struct hf_audit_about about, const char *file,
                 const char *format, va_list arguments)
{
    struct hf_audit_finding *finding = &audit->finding;
    *finding = (struct hf_audit_finding){
        .check = check, .has_entry = about.has_entry, .first = about.first, .last = about.last};
    if (file)
        (void)snprintf(finding->file, sizeof finding->file, "%s", file);
    (void)vsnprintf(finding->text, sizeof finding->text, format, arguments);
}

enum hf_status hf_audit_refuse_entry(struct hf_audit *audit, enum hf_audit_check check, uint64_t index,
                                     const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(audit, check, (struct hf_audit_about){true, index, index}, NULL, format, arguments);
    va_end(arguments);
    return HF_ERR_AUTH;
}

enum hf_status hf_audit_refuse_range(struct hf_audit *audit, enum hf_audit_check check, uint64_t first, uint64_t last,
                                     const char *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(audit, check, (struct hf_audit_about){true, first, last}, file, format, arguments);
    va_end(arguments);
    return HF_ERR_AUTH;
}

enum hf_status hf_audit_refuse_file(struct hf_audit *audit, enum hf_audit_check check, const char *file,
                                    const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(audit, check, (struct hf_audit_about){.has_entry = false}, file, format, arguments);
    va_end(arguments);
    return HF_ERR_AUTH;
}

enum hf_status hf_audit_give_up(struct hf_audit *audit, enum hf_status status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fill(audit, status == HF_ERR_IO ? HF_AUDIT_FILE : HF_AUDIT_MEMORY, (struct hf_audit_about){.has_entry = false},
         NULL, format, arguments);
    va_end(arguments);
    return status;
}

enum hf_status hf_audit_refuse_nodes(struct hf_audit *audit)
{
    if (audit->nodes.status == HF_ERR_NOMEM)
        return hf_audit_give_up(audit, HF_ERR_NOMEM, "There is not enough memory to check this bundle.");
    return hf_audit_give_up(audit, HF_ERR_IO,
                            "The bundle changed while it was being read. Copy it, and check the copy.");
}

/* "Entry 7: " or "Entries 0 to 255: " or nothing. */
static void name_entries(struct hf_audit_about about, char *out, size_t out_bytes)
{
    unsigned long long first = about.first;
    unsigned long long last = about.last;
    if (!about.has_entry)
        (void)snprintf(out, out_bytes, "%s", "");
    else if (first == last)
        (void)snprintf(out, out_bytes, "Entry %llu: ", first);
    else
        (void)snprintf(out, out_bytes, "Entries %llu to %llu: ", first, last);
}

static enum hf_status refuse_about(struct hf_audit *audit, struct hf_audit_about about, const char *file,
                                   const char *why)
{
    char entries[64];
    name_entries(about, entries, sizeof entries);
    enum hf_status status =
        hf_audit_refuse_file(audit, HF_AUDIT_FILE, file, "%s%she file %s %s", entries, *entries ? "t" : "T", file, why);
    audit->finding.has_entry = about.has_entry;
    audit->finding.first = about.first;
    audit->finding.last = about.last;
    return status;
}

enum hf_status hf_audit_refuse_missing(struct hf_audit *audit, const char *name, struct hf_audit_about about)
{
    return refuse_about(audit, about, name, "is missing from the bundle.");
}

enum hf_status hf_audit_fetch(struct hf_audit *audit, const char *name, size_t limit_bytes, struct hf_audit_about about,
                              struct hf_buf *out)
{
    hf_buf_reset(out);
    enum hf_status status = audit->reader.read(audit->reader.ctx, name, limit_bytes, out);
    if (status == HF_OK)
        status = hf_buf_status(out);
    if (status == HF_OK && out->len > limit_bytes)
        status = HF_ERR_LIMIT;
    if (status == HF_OK || status == HF_ERR_NOT_FOUND)
        return status;
    if (status == HF_ERR_NOMEM)
        return hf_audit_give_up(audit, status, "There is not enough memory to check this bundle.");
    if (status == HF_ERR_LIMIT)
        return refuse_about(audit, about, name, "is longer than it can be.");
    if (status == HF_ERR_INVALID)
        return refuse_about(audit, about, name, "is not a plain file (a link or a folder); it was not opened.");
    (void)refuse_about(audit, about, name, "could not be read from the disk. Copy the bundle and try again.");
    return HF_ERR_IO;
}
