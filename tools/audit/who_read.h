/* Rows about reading: their columns, and what the options of who-read and of the reports choose. */
#ifndef HF_TOOLS_AUDIT_WHO_READ_H
#define HF_TOOLS_AUDIT_WHO_READ_H

#include "tools/audit/listing.h"
#include "tools/audit/reads.h"

extern const struct hf_audit_column hf_audit_read_columns[];
#define HF_AUDIT_READ_COLUMNS 12
/* One row. with_case: the words begin with the case. */
HF_CHECKED enum hf_status hf_audit_read_row(struct hf_audit_listing *listing, const struct hf_audit_read *read,
                                            const struct hf_audit_names *names, bool with_case);

/* Last rows: how much the bundle does not say. */
HF_CHECKED enum hf_status hf_audit_reads_rest(const struct hf_audit_reads *reads, struct hf_audit_listing *listing,
                                              size_t columns);

/* --person, --device, --from, --to; zero-initialised chooses everything. */
struct hf_audit_read_filter {
    struct hf_slice person; /* an id or a name; empty: anybody */
    struct hf_slice device; /* how the key begins, in hex; empty: any */
    uint64_t from_ms, to_ms;
    bool has_to;
};
#define HF_AUDIT_READ_OPTIONS                                                                                          \
    {.name = "--person", .has_value = true}, {.name = "--device", .has_value = true},                                  \
        {.name = "--from", .has_value = true},                                                                         \
    {                                                                                                                  \
        .name = "--to", .has_value = true                                                                              \
    }
#define HF_AUDIT_READ_OPTION_COUNT 4
/* From the first four options. False: it said why. */
bool hf_audit_read_filter_take(struct hf_audit_read_filter *filter, const struct hf_option *options,
                               const struct hf_audit_streams *streams);
bool hf_audit_read_chosen(const struct hf_audit_read_filter *filter, const struct hf_audit_read *read,
                          const struct hf_audit_names *names);

/* argv: the words after the name. */
int hf_audit_who_read(int argc, char *const *argv, const struct hf_audit_streams *streams);
int hf_audit_access_report(int argc, char *const *argv, const struct hf_audit_streams *streams);

#endif
