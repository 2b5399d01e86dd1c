/* The policy book of an authority: every pack and calendar that was released, with the decisions of the office case
 * that go with them (settings, posts, cover, acknowledgements). It chooses what is in force for a case at a time and
 * runs the engine. A pure function of what it was given: a device and the server that hold the same log get the same
 * answer.
 *
 * Releases are taken in log order; a name and version stand for one content, the first. One thread at a time. */
#ifndef HF_CORE_POLICY_BOOK_H
#define HF_CORE_POLICY_BOOK_H

#include "core/model/body_policy.h"
#include "core/policy/policy.h"
#include "core/policy/rights.h"

#define HF_BOOK_FILES_MAX   256  /* released packs and calendars */
#define HF_BOOK_RECORDS_MAX 8192 /* settings, posts, cover and acknowledgements */
#define HF_BOOK_ROLES_MAX   32   /* roles of one person in one case */

/* A name for a duty that stays as long as rule and record do: "FSM-55.3fa2c1d09b12". */
#define HF_DUTY_ID_TEXT_BYTES (HF_PACK_NAME_BYTES_MAX + 16) /* with the NUL */

struct hf_book;

struct hf_book_file {
    bool is_pack;               /* otherwise a calendar */
    struct hf_id change;        /* the leaf that released it */
    const char *name;           /* "sample.fsm" */
    const char *version;        /* "2024-11" */
    const char *effective_from; /* YYYY-MM-DD or "" */
    const char *supersedes;
    bool reread_required; /* a pack: everybody marks it as read */
    uint8_t hash[HF_HASH_BYTES];
    struct hf_policy_pack *pack;  /* of a pack */
    struct hf_calendar *calendar; /* of a calendar */
};

/* HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_book_new(struct hf_book **out);
void hf_book_free(struct hf_book *book); /* NULL is fine */

/* Reads a file that a person is about to release and fills `body` from it: what it is, name, version and so on. The
 * slices borrow from `file` and from *out_json, which is released (json_decref) after use. HF_ERR_INVALID, HF_ERR_LIMIT
 * with line and key. */
HF_CHECKED enum hf_status hf_book_read_file(struct hf_slice file, struct hf_policy_body *out_body, json_t **out_json,
                                            struct hf_error *err);
/* Takes a release in. The same again is fine. HF_ERR_EXISTS: that version was released with another content;
 * HF_ERR_INVALID: the file cannot be used, or is not what the body says; HF_ERR_UNSUPPORTED: of a kind that a later
 * version knows; HF_ERR_LIMIT, HF_ERR_NOMEM. The book is then as it was. */
HF_CHECKED enum hf_status hf_book_release(struct hf_book *book, const struct hf_policy_body *body,
                                          const struct hf_id *change, struct hf_error *err);
/* Whether hf_book_release would take it: the same answers, and nothing changes. */
HF_CHECKED enum hf_status hf_book_would_take(const struct hf_book *book, const struct hf_policy_body *body,
                                             struct hf_error *err);
/* Takes a record of the office case; a copy. Those that the book does not use are passed over. */
HF_CHECKED enum hf_status hf_book_record(struct hf_book *book, const struct hf_record_state *record);
void hf_book_forget_records(struct hf_book *book);

/* True for the roles that release packs and calendars and decide over settings. */
bool hf_book_may_release(enum hf_role role);

/* In the order of release. */
size_t hf_book_count(const struct hf_book *book);
const struct hf_book_file *hf_book_file(const struct hf_book *book, size_t index);
/* The version of a pack in force on the London day of now_ms: the latest effective_from, of those the one released
 * last. NULL: none. */
const struct hf_book_file *hf_book_pack(const struct hf_book *book, const char *name, uint64_t now_ms);
/* The calendar of that name that was released last, or NULL. */
const struct hf_book_file *hf_book_calendar(const struct hf_book *book, const char *name);
/* True when an acknowledgement of this version by this person is on record. */
bool hf_book_acknowledged(const struct hf_book *book, const struct hf_id *person, const struct hf_book_file *pack);

/* Everybody's own duty of no case: to read a version in force that asks for it (PSM-03, AL-POL-ACK). Calls each for
 * every such pack, read or not; `rule` is the pack's rule with that alert, or NULL. */
#define HF_BOOK_ACK_ALERT "AL-POL-ACK"
struct hf_book_reading {
    const struct hf_book_file *pack;
    const struct hf_policy_rule *rule;
    bool acknowledged;
    char id[HF_DUTY_ID_TEXT_BYTES]; /* of the duty: "PSM-03.3fa2c1d09b12" */
};
typedef bool hf_book_reading_fn(void *ctx, const struct hf_book_reading *reading);
void hf_book_readings(const struct hf_book *book, const struct hf_id *person, uint64_t now_ms, hf_book_reading_fn *each,
                      void *ctx);

/* The first moment after now at which a released pack comes into force, or a record of the office begins or ends: what
 * a day alone changes. 0: never. */
uint64_t hf_book_turns(const struct hf_book *book, uint64_t now_ms);

/* True when the pack is followed in the case: it is the one that case.policy_id names, or that field names none that
 * was released. */
bool hf_book_follows(const struct hf_book *book, const struct hf_record_state *case_record,
                     const struct hf_book_file *pack);
/* The versions in force that the case follows, "sample.fsm 2024-11, …", appended: what a change says that it was made
 * under (key 7 of a data body). case_record may be NULL. */
void hf_book_versions(const struct hf_book *book, const struct hf_record_state *case_record, uint64_t now_ms,
                      struct hf_buf *out);

/* The settings in force: for each name the decision with the latest `from` on or before the day, of those the one
 * decided last. NULL in *out: the pack's defaults. Decisions that this version of the pack does not know, or whose
 * value it does not allow, are passed over. Freed by the caller. */
HF_CHECKED enum hf_status hf_book_settings(const struct hf_book *book, const struct hf_policy_pack *pack,
                                           uint64_t now_ms, struct hf_policy_settings **out);
/* The decision in force over one setting, or NULL. */
const struct hf_record_state *hf_book_decision(const struct hf_book *book, const char *policy, const char *name,
                                               uint64_t now_ms);

struct hf_book_person {
    struct hf_id person;     /* who sees to it; zero: nobody is named */
    struct hf_id instead_of; /* who is away, when somebody covers; zero otherwise */
};
/* Who has a role in a case at a time: whom the case names, or else the one who holds the post (of the case's team, or
 * the only one); somebody who is away is stood in for. */
struct hf_book_person hf_book_who(const struct hf_book *book, const struct hf_record_state *case_record,
                                  const char *role, uint64_t now_ms);
/* Every role that a person has in a case: named there, by post, or by covering. */
size_t hf_book_roles(const struct hf_book *book, const struct hf_record_state *case_record, const struct hf_id *person,
                     uint64_t now_ms, const char *out[HF_BOOK_ROLES_MAX]);

/* The roles that the case itself names the person for. case_record may be NULL. */
size_t hf_book_case_roles(const struct hf_record_state *case_record, const struct hf_id *person,
                          const char *out[HF_BOOK_ROLES_MAX]);
/* Cover records, one after the other; false behind the last. One that names nobody is passed over as not in force. */
struct hf_book_cover {
    struct hf_id record;
    struct hf_id person; /* who is away */
    struct hf_id by;
    bool in_force;
    uint64_t turns_ms; /* when it begins or ends next; 0: never */
};
bool hf_book_cover(const struct hf_book *book, size_t index, uint64_t now_ms, struct hf_book_cover *out);
/* True unless that date of the record lies ahead. */
bool hf_book_begun(const struct hf_record_state *record, const char *field, uint64_t now_ms);
/* True when that date of the record lies behind. */
bool hf_book_over(const struct hf_record_state *record, const char *field, uint64_t now_ms);

/* One case. */
struct hf_book_case {
    const struct hf_record_state *records; /* the case record among them when it is known */
    size_t record_count;
    uint64_t now_ms;
    bool with_help;
};
/* What one pack says of it. Lives until the callback returns. */
struct hf_book_view {
    const struct hf_book_file *pack;
    const struct hf_book_file *calendar;
    const struct hf_policy_input *input;
    const struct hf_policy_result *result;
    const struct hf_record_state *case_record; /* or NULL */
};
typedef bool hf_book_fn(void *ctx, const struct hf_book_view *view);
/* Calls each for every pack in force that the case follows. *out_next_ms (may be NULL): the first moment after now when
 * an answer can change by time alone; 0: never. HF_ERR_NOT_FOUND with text: the calendar of a pack was not released. */
HF_CHECKED enum hf_status hf_book_evaluate(struct hf_book *book, const struct hf_book_case *input, hf_book_fn *each,
                                           void *ctx, uint64_t *out_next_ms, struct hf_error *err);

/* True when a pack in force keeps the first limit of records of this type. */
bool hf_book_keeps_first_due(const struct hf_book *book, uint16_t type, uint64_t now_ms);

/* --- rights (core/policy/rights.h) --- */
/* True when a pack in force has a right over this type of record and a field that the change names. */
bool hf_book_has_rights(const struct hf_book *book, const struct hf_data_body *body, uint64_t now_ms);
struct hf_book_question {
    struct hf_id person; /* who makes the change */
    struct hf_id record; /* among the records of the case, as it would be after the change */
    const struct hf_right_touch *fields;
    size_t field_count; /* that the change touches */
};
/* Calls each for every right of the packs in force over that record, with what it says of this person and change, until
 * it returns false: a case that follows two procedures asks for the rights of both. A pack whose calendar was not
 * released is passed over. */
HF_CHECKED enum hf_status hf_book_rights(struct hf_book *book, const struct hf_book_case *input,
                                         const struct hf_book_question *question, hf_policy_right_fn *each, void *ctx,
                                         struct hf_error *err);
/* Every right of the packs in force that the case follows, to show people: who has it here. Without records: whoever
 * holds the posts. */
struct hf_book_right {
    const struct hf_book_file *pack;
    const struct hf_policy_right *right;
    bool may; /* the person has one of the roles here, or needs none */
    size_t role_count;
    const char *const *roles;            /* what the right's roles come to in this case */
    const struct hf_book_person *people; /* who has each of them; zero: nobody is named */
};
typedef bool hf_book_right_fn(void *ctx, const struct hf_book_right *right);
HF_CHECKED enum hf_status hf_book_rights_list(struct hf_book *book, const struct hf_book_case *input,
                                              const struct hf_id *person, hf_book_right_fn *each, void *ctx,
                                              struct hf_error *err);
/* The one id that a field of the record holds; zero when there is none. */
struct hf_id hf_book_reference(const struct hf_record_state *record, const char *field);
/* Appends the one text or code that a field of the record holds; nothing when there is none. */
void hf_book_text(const struct hf_record_state *record, const char *field, struct hf_buf *out);
/* True when the one value of a field of the record is this id. */
bool hf_book_names(const struct hf_record_state *record, const char *field, const struct hf_id *id);

/* See HF_DUTY_ID_TEXT_BYTES. */
void hf_book_duty_id(const struct hf_book_file *pack, const struct hf_duty *duty, char out[HF_DUTY_ID_TEXT_BYTES]);

/* How large an attachment of a case may be, in bytes: the smallest value of the setting "attachment_limit_mb" (MiB, 1
 * to 1024) among the packs in force that the case follows; HF_ATTACH_DEFAULT_MAX when none has it, or its value is
 * null. case_record may be NULL. */
#define HF_BOOK_ATTACH_SETTING "attachment_limit_mb"
HF_CHECKED enum hf_status hf_book_attach_limit(const struct hf_book *book, const struct hf_record_state *case_record,
                                               uint64_t now_ms, uint64_t *out);

#endif
