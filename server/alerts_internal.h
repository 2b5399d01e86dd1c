/* What the server writes into an alert record: server/alerts.c over cases, server/alerts_office.c over the office case.
 * Private to this room. */
#ifndef HF_SERVER_ALERTS_INTERNAL_H
#define HF_SERVER_ALERTS_INTERNAL_H

#include "server/policies.h"

#define HF_ALERT_CAUSE_BYTES 200
#define HF_ALERT_EDITS_MAX   6
/* Fields of an alert (core/model/table_case.h). */
#define HF_ALERT_KIND      2
#define HF_ALERT_SUBJECT   3
#define HF_ALERT_TO        4
#define HF_ALERT_CAUSE     5
#define HF_ALERT_RAISED_AT 6
#define HF_ALERT_STATUS    7

/* A look at one case, inside a batch. */
struct hf_alert_look {
    struct hf_batch *batch;
    struct hf_book *book;
    const struct hf_policies_records *records;
    const struct hf_class_key *key;
    uint64_t now_ms;
    struct hf_id *wanted; /* records of the alerts that are raised now */
    size_t wanted_count, wanted_cap;
    enum hf_status status;
};
struct hf_alert_edits {
    struct hf_edit_input edits[HF_ALERT_EDITS_MAX];
    struct hf_id bases[HF_ALERT_EDITS_MAX][HF_EDIT_BASES_MAX];
    struct hf_buf values[HF_ALERT_EDITS_MAX];
    size_t count;
};

/* One record for each rule of a pack and each subject, whatever its version. */
struct hf_id hf_alert_id(const struct hf_id *subject, const char *rule, const char *policy);
/* Where that record is, or begins, when another one has taken its place (decision 0014). HF_ERR_LIMIT: it has none. */
HF_CHECKED enum hf_status hf_alert_place(struct hf_alert_look *looking, const struct hf_id *first, struct hf_id *out);
const struct hf_record_state *hf_alert_find(const struct hf_alert_look *looking, const struct hf_id *id); /* or NULL */
bool hf_alert_status_is(const struct hf_record_state *record, const char *word);
/* The value of the next edit, to be packed; it replaces what stands in `before`, which may be NULL. */
struct hf_buf *hf_alert_edit(struct hf_alert_edits *edits, const struct hf_record_state *before, uint16_t field);
/* Signs and adds the edits, and clears them. */
HF_CHECKED enum hf_status hf_alert_write(struct hf_alert_look *looking, const struct hf_id *record,
                                         struct hf_alert_edits *edits);
HF_CHECKED enum hf_status hf_alert_clear(struct hf_alert_look *looking, const struct hf_record_state *record);
/* The server's own are those whose id follows from what they say; an alert that a person recorded is left to people. */
bool hf_alert_is_servers(const struct hf_record_state *record);
/* Remembers that this record stands for an alert that is raised now. */
HF_CHECKED enum hf_status hf_alert_want(struct hf_alert_look *looking, const struct hf_id *record);
bool hf_alert_is_wanted(const struct hf_alert_look *looking, const struct hf_id *record);

/* The office case: who still has to read a version in force (AL-POL-ACK), one alert for each person with a device in
 * use and each such procedure. Told to that person; cleared when they have acknowledged the version, it is no longer
 * in force, or their last device is out of use. */
HF_CHECKED enum hf_status hf_alerts_look_at_office(struct hf_batch *batch, struct hf_book *book);

#endif
