/* Inside tools/audit: the access reports. access.c has the command and the reports by reading, person and case; known.c
 * holds staff against the names and addresses of the cases that they opened; csv.c reads the auditor's lists. */
#ifndef HF_TOOLS_AUDIT_ACCESS_H
#define HF_TOOLS_AUDIT_ACCESS_H

#include "core/model/body_erase.h"
#include "core/model/value.h"
#include "tools/audit/devices.h"
#include "tools/audit/who_read.h"

/* --- csv.c --- */
#define HF_AUDIT_CSV_BYTES_MAX   (4u << 20)
#define HF_AUDIT_CSV_COLUMNS_MAX 32
struct hf_audit_csv {
    char *text; /* what the cells point into */
    size_t column_count, row_count;
    const char *columns[HF_AUDIT_CSV_COLUMNS_MAX];
    const char **cells; /* row_count times column_count */
};
/* RFC 4180, with a first line that names the columns. False: it said why. */
bool hf_audit_csv_read(struct hf_slice path, struct hf_audit_csv *out, const struct hf_audit_streams *streams);
/* "" when there is no such column. */
const char *hf_audit_csv_value(const struct hf_audit_csv *csv, size_t row, const char *column);
void hf_audit_csv_clear(struct hf_audit_csv *csv);

/* --- access.c --- */
enum hf_audit_access_kind {
    HF_ACCESS_ALL,
    HF_ACCESS_OTHERS,
    HF_ACCESS_UNALLOCATED,
    HF_ACCESS_KNOWN,
    HF_ACCESS_LEAVERS,
    HF_ACCESS_UNUSED,
    HF_ACCESS_OFFICERS,
    HF_ACCESS_COUNT
};
struct hf_audit_access_case {
    struct hf_id case_id;
    bool erased;
};
struct hf_audit_access_deed {
    uint64_t at_ms;
    bool read;
};
struct hf_audit_access_person {
    struct hf_id person;
    uint64_t last_ms, left_ms; /* 0: never */
    struct hf_audit_access_deed *deeds;
    size_t deed_count, deed_cap;
};
struct hf_audit_fact;  /* a name or an address in a case; known.c */
struct hf_audit_visit; /* a person's readings of a case; known.c */
struct hf_audit_access {
    enum hf_audit_access_kind kind;
    struct hf_audit *audit;
    struct hf_audit_listing *listing;
    struct hf_audit_reads reads;
    struct hf_audit_read_filter filter;
    struct hf_audit_csv staff, leavers;
    uint64_t days, end_ms; /* of the server's last entry */
    struct hf_audit_access_case *cases;
    size_t case_count, case_cap;
    struct hf_audit_access_person *people;
    size_t person_count, person_cap, person_last;
    struct hf_audit_fact *facts;
    size_t fact_count, fact_cap;
    struct hf_audit_visit *visits;
    size_t visit_count, visit_cap;
};
struct hf_audit_access_row {
    uint64_t time_ms;     /* 0: none */
    struct hf_id person;  /* zero: none */
    struct hf_id case_id; /* zero: none */
    const char *device;   /* NULL: none */
    const char *what, *text;
};
HF_CHECKED enum hf_status hf_audit_access_row(struct hf_audit_access *access, const struct hf_audit_access_row *row);
bool hf_audit_access_deed(struct hf_audit_access_person *person, uint64_t at_ms, bool read);

/* --- officers.c --- */
/* An erasure's two officers: a row for each, and one where there is a reason to ask whether they are two people. */
HF_CHECKED enum hf_status hf_audit_officers_take(struct hf_audit_access *access, const struct hf_audit_entry *entry);
/* For gaps too: "" when there is none. Borrowed. */
const char *hf_audit_officers_doubt(const struct hf_audit_devices *devices, struct hf_slice erase_body);

/* --- known.c --- */
HF_CHECKED enum hf_status hf_audit_known_take(struct hf_audit_access *access, const struct hf_audit_entry *entry);
enum hf_status hf_audit_known_read(void *access, const struct hf_audit_read *read);
HF_CHECKED enum hf_status hf_audit_known_rows(struct hf_audit_access *access);
void hf_audit_known_clear(struct hf_audit_access *access);
/* Lower-case words with one space before, between and behind: " mill lane 4 ". Everything but letters and digits parts
 * words; letters beyond ASCII stay as they are. */
void hf_audit_known_words(struct hf_slice text, struct hf_buf *out);

#endif
