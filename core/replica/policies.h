/* Policy on a device: the released packs and calendars that came with the log, and what each case here owes by them.
 * Everything is worked out on the device, from what lies in the replica, without the office. Threads and transactions
 * as in core/replica/replica.h. */
#ifndef HF_CORE_REPLICA_POLICIES_H
#define HF_CORE_REPLICA_POLICIES_H

#include "core/policy/book.h"
#include "core/replica/replica.h"

/* The policy book of this device, made from the log and the records of the office case and kept until either changes.
 * What was released without effect (held, or not to be read by this version) is not in it. Borrowed until the next call
 * of any function that writes, or closes, the replica. */
HF_CHECKED enum hf_status hf_replica_book(struct hf_replica *replica, struct hf_book **out, struct hf_error *err);

/* Signs a pack or calendar and puts it into the outbox; in force here at once. *out_change is zero when that very file
 * was released before. HF_ERR_DENIED: this device's role may not; HF_ERR_EXISTS: that version was released with another
 * content; HF_ERR_NOT_FOUND: the calendar that a pack counts by was not released; HF_ERR_INVALID with line and key;
 * HF_ERR_LIMIT; HF_ERR_STATE not enrolled. */
HF_CHECKED enum hf_status hf_replica_release(struct hf_replica *replica, struct hf_slice file, uint64_t now_ms,
                                             struct hf_id *out_change, struct hf_error *err);

/* --- put.c: a record written by a command, one signed change ------------------------------------------------------ */
struct hf_put_value {
    const char *field;
    const char *text; /* as on a command line; NULL or "" is left out; one element of a set, one entry of append */
};
struct hf_put {
    struct hf_id case_id;
    struct hf_id record_id;
    uint16_t type;
    const struct hf_put_value *values;
    size_t count;
    struct hf_slice reason; /* of the change */
    struct hf_id group_id;  /* joins changes of several records; zero: none */
};
/* HF_ERR_INVALID and HF_ERR_LIMIT name the field; otherwise as hf_replica_save. */
HF_CHECKED enum hf_status hf_replica_put(struct hf_replica *replica, const struct hf_put *put, uint64_t now_ms,
                                         struct hf_id *out_change, struct hf_error *err);
/* A fresh id for a record or a group. */
struct hf_id hf_replica_new_id(uint64_t now_ms);

/* The records of one case, as the engine takes them. */
struct hf_case_records {
    struct hf_record_state *records;
    size_t count;
    size_t cap;
};
HF_CHECKED enum hf_status hf_replica_case_records(struct hf_replica *replica, const struct hf_id *case_id,
                                                  struct hf_case_records *out, struct hf_error *err);
void hf_case_records_clear(struct hf_case_records *records);
/* The case record, or NULL. */
const struct hf_record_state *hf_case_records_case(const struct hf_case_records *records);

struct hf_duty_view {
    struct hf_id case_id;
    struct hf_slice reference; /* of the case */
    const struct hf_book_view *view;
    const struct hf_duty *duty;
    const struct hf_policy_alert *alert; /* NULL: none is raised */
    struct hf_book_person who;           /* whom the duty's owner is in this case; zero: nobody is named */
};
struct hf_duty_filter {
    struct hf_id case_id; /* zero: every case here */
    struct hf_id person; /* zero: anybody's; else those whose owner is this person in the case, or is covered by them */
    bool overdue_only; /* overdue, not recorded, and due without a limit while an alert is raised (an overdue action) */
    bool open_only;    /* neither done nor help */
    bool with_help;
    uint64_t now_ms;
};
typedef bool hf_duty_fn(void *ctx, const struct hf_duty_view *view);
/* Case by case, by reference, in the order of the packs' rules. HF_ERR_NOT_FOUND with text: no such case, or a calendar
 * is missing. */
HF_CHECKED enum hf_status hf_replica_duties(struct hf_replica *replica, const struct hf_duty_filter *filter,
                                            hf_duty_fn *each, void *ctx, struct hf_error *err);
/* Calls each for every open duty that holds back this gate for a record: duties about it, about what it is a part of,
 * and about its own parts. HF_ERR_NOT_FOUND: no such record. */
HF_CHECKED enum hf_status hf_replica_held_back(struct hf_replica *replica, const struct hf_id *record, const char *gate,
                                               uint64_t now_ms, hf_duty_fn *each, void *ctx, struct hf_error *err);
/* hf_replica_finalise behind its gate: HF_ERR_STATE with text that names the first duty that holds it back, and how
 * many there are. What cannot be worked out (a calendar is missing) holds nothing back. */
HF_CHECKED enum hf_status hf_replica_finalise_ready(struct hf_replica *replica, const struct hf_id *record,
                                                    struct hf_slice reason, uint64_t now_ms, struct hf_id *out_change,
                                                    struct hf_error *err);
/* Calls each for every right of the packs in force over a record as it is, with whether this device's person has one of
 * its roles; about changes of these fields, or of all that it has when count is 0. HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_replica_rights(struct hf_replica *replica, const struct hf_id *record,
                                            const struct hf_right_touch *fields, size_t count, uint64_t now_ms,
                                            hf_policy_right_fn *each, void *ctx, struct hf_error *err);
/* The same about a change that was not made yet (hf_replica_save_body): what the office would ask once it has come
 * (server/policies.c asks the same). Calls nothing for a change that no right is about. HF_ERR_INVALID: no body. */
HF_CHECKED enum hf_status hf_replica_rights_ahead(struct hf_replica *replica, struct hf_slice body, uint64_t now_ms,
                                                  hf_policy_right_fn *each, void *ctx, struct hf_error *err);
/* Every right of the packs in force, in a case (zero: of no case) and for a person; see hf_book_rights_list. */
HF_CHECKED enum hf_status hf_replica_rights_list(struct hf_replica *replica, const struct hf_id *case_id,
                                                 const struct hf_id *person, uint64_t now_ms, hf_book_right_fn *each,
                                                 void *ctx, struct hf_error *err);

#endif
