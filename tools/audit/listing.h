/* The rows of a report, kept back in a temporary file until the bundle as a whole holds; then text, JSON or CSV. And
 * the command line that every such report has: DIR --authority-key FILE [--json | --csv] and options of its own. */
#ifndef HF_TOOLS_AUDIT_LISTING_H
#define HF_TOOLS_AUDIT_LISTING_H

#include "core/base/options.h"
#include "tools/audit/audit.h"
#include "tools/audit/command.h"

#define HF_AUDIT_COLUMNS_MAX 12
#define HF_AUDIT_OPTIONS_MAX 8 /* of a report's own */

enum hf_audit_form { HF_AUDIT_AS_TEXT, HF_AUDIT_AS_JSON, HF_AUDIT_AS_CSV };

struct hf_audit_column {
    const char *name; /* key in JSON, head in CSV */
    int width;        /* in text; the last may be 0 */
    bool number;      /* digits only: a number in JSON */
    bool hidden;      /* not in text */
};
struct hf_audit_listing {
    enum hf_audit_form form;
    const struct hf_audit_column *columns;
    size_t column_count;
    uint64_t count;
    FILE *rows;
    struct hf_buf line;
};
/* One row; cells of UTF-8 without control characters, NULL is "". HF_ERR_IO, HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_audit_listing_add(struct hf_audit_listing *listing, const char *const *cells);

/* 2026-11-21, as its beginning or its end, or 2026-11-21T21:58:00Z. False for anything else. */
bool hf_audit_parse_moment(struct hf_slice text, bool end_of_day, uint64_t *out_ms);

struct hf_audit_listing_call {
    const char *folder;              /* the bundle */
    const char *second;              /* the word before it, for reports that take two; NULL otherwise */
    const struct hf_option *options; /* the report's own, as read */
    struct hf_audit *audit;          /* before the run: set `each`; after: what was found */
    struct hf_audit_listing *listing;
    const struct hf_audit_streams *streams;
};
struct hf_audit_listing_report {
    const char *name; /* "gaps" */
    const char *help; /* whole text of --help */
    const struct hf_audit_column *columns;
    size_t column_count;
    const struct hf_option *options;
    size_t option_count;
    bool takes_two;      /* OLD NEW: OLD is handed to begin as `second` */
    const char *nothing; /* text when there is no row */
    /* Before the run: sets each and each_ctx of the audit. False: it said why on the streams; usage. */
    bool (*begin)(void *ctx, const struct hf_audit_listing_call *call);
    /* The bundle holds: adds last rows, and may print a head on the streams (text form only). */
    enum hf_status (*end)(void *ctx, const struct hf_audit_listing_call *call);
};
/* argv: the words after the name of the report. Returns the exit status. Nothing is shown of a bundle that does not
 * hold. */
int hf_audit_listing_run(int argc, char *const *argv, const struct hf_audit_streams *streams,
                         const struct hf_audit_listing_report *report, void *ctx);

/* The reports (gaps.c, compare.c, who_changed.c). argv: the words after the name. */
int hf_audit_who_changed(int argc, char *const *argv, const struct hf_audit_streams *streams);
int hf_audit_gaps(int argc, char *const *argv, const struct hf_audit_streams *streams);
int hf_audit_compare(int argc, char *const *argv, const struct hf_audit_streams *streams);

#endif
