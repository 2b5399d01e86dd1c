/* Holdfast: the embeddable client core. An encrypted replica of the cases a person works with, that records offline,
 * merges without losing a word, syncs with the office and keeps proof of it.
 *
 * Threads: a handle and everything that came from it belong to one thread at a time; different handles are independent.
 * Errors: functions return enum holdfast_status; holdfast_error_text gives a plain sentence for the last failure of
 * that handle, valid until its next call. On failure nothing has changed and out parameters are untouched unless said.
 * Ownership: what a function gives through an `out_` parameter of a handle type is the caller's, to be freed by the
 * function named; pointers inside callback rows live until the callback returns. Callbacks run on the calling thread,
 * must not call back into the handle except where said, and return false to stop.
 * Text is UTF-8, NUL-terminated. Times are Unix milliseconds UTC. Values are passed as text: true/false, integers,
 * YYYY-MM-DD, 2026-11-21T10:00:00Z, codes, ids as 8-4-4-4-12 hex; an empty string clears a value. */
#ifndef HOLDFAST_H
#define HOLDFAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define HOLDFAST_API __attribute__((visibility("default")))

#define HOLDFAST_ID_BYTES               16
#define HOLDFAST_ID_TEXT_BYTES          37
#define HOLDFAST_DIGEST_BYTES           32
#define HOLDFAST_SAFETY_CODE_TEXT_BYTES 36

enum holdfast_status {
    HOLDFAST_OK = 0,
    HOLDFAST_INVALID,
    HOLDFAST_LIMIT,
    HOLDFAST_NOT_FOUND,
    HOLDFAST_EXISTS,
    HOLDFAST_DENIED,
    HOLDFAST_AUTH,
    HOLDFAST_CORRUPT,
    HOLDFAST_LOCKED,
    HOLDFAST_BUSY,
    HOLDFAST_STATE,
    HOLDFAST_CONFLICT,
    HOLDFAST_IO,
    HOLDFAST_FULL,
    HOLDFAST_NETWORK,
    HOLDFAST_CLOSED,
    HOLDFAST_TIMEOUT,
    HOLDFAST_PROTOCOL,
    HOLDFAST_UNSUPPORTED,
    HOLDFAST_EXPIRED,
    HOLDFAST_USED,
    HOLDFAST_REVOKED,
    HOLDFAST_WAITING,
    HOLDFAST_NOMEM
};

struct holdfast; /* one replica folder */
struct holdfast_id {
    uint8_t bytes[HOLDFAST_ID_BYTES];
};

/* "0.1.0". Static storage. */
HOLDFAST_API const char *holdfast_version(void);
/* Stable lower-case name such as "not_found". Static storage. */
HOLDFAST_API const char *holdfast_status_name(enum holdfast_status status);
HOLDFAST_API void holdfast_id_format(const struct holdfast_id *id, char out[HOLDFAST_ID_TEXT_BYTES]);
/* HOLDFAST_INVALID. */
HOLDFAST_API enum holdfast_status holdfast_id_parse(const char *text, struct holdfast_id *out_id);

/* --- life of a handle --------------------------------------------------------------------------------------------- */

enum holdfast_state {
    HOLDFAST_EMPTY, /* no replica in the folder yet: enrol */
    HOLDFAST_IS_LOCKED,
    HOLDFAST_UNLOCKED
};
/* Opens a handle on a folder (which need not exist). Does not touch the disk beyond looking. HOLDFAST_NOMEM. */
HOLDFAST_API enum holdfast_status holdfast_open(const char *folder, struct holdfast **out);
/* Locks and frees. NULL is fine. */
HOLDFAST_API void holdfast_close(struct holdfast *hf);
HOLDFAST_API enum holdfast_state holdfast_get_state(const struct holdfast *hf);
/* Never NULL. */
HOLDFAST_API const char *holdfast_error_text(const struct holdfast *hf);

struct holdfast_options {
    uint64_t kdf_memory_bytes; /* 0: default 256 MiB; less than 64 MiB is refused unless weak_kdf_for_tests */
    bool weak_kdf_for_tests;   /* fast and unsafe: only for tests */
    uint32_t timeout_ms;       /* for network steps; 0: 30 000 */
};

/* Makes the replica in the folder (if it is not there), with a new passphrase, and joins the authority by the
 * invitation line; asking again after a cut is safe. out_code: six groups of five digits to compare with the office.
 * HOLDFAST_WAITING: an administrator has to confirm; the next sync shows. HOLDFAST_USED, HOLDFAST_EXPIRED,
 * HOLDFAST_AUTH (forged or mistyped), HOLDFAST_EXISTS (already enrolled), HOLDFAST_NETWORK. Leaves the handle unlocked.
 */
HOLDFAST_API enum holdfast_status holdfast_enrol(struct holdfast *hf, const char *invitation, const char *passphrase,
                                                 const struct holdfast_options *options,
                                                 char out_code[HOLDFAST_SAFETY_CODE_TEXT_BYTES]);
/* HOLDFAST_AUTH wrong passphrase; HOLDFAST_CORRUPT damaged; HOLDFAST_BUSY open in another process. */
HOLDFAST_API enum holdfast_status holdfast_unlock(struct holdfast *hf, const char *passphrase);
/* Wipes the keys from memory. What is saved stays saved. */
HOLDFAST_API void holdfast_lock(struct holdfast *hf);
HOLDFAST_API enum holdfast_status holdfast_change_passphrase(struct holdfast *hf, const char *old_passphrase,
                                                             const char *new_passphrase);

struct holdfast_identity {
    struct holdfast_id person;
    char person_name[201];
    char role[16];
    char authority[201];
    char origin[201];
    char address[257];
    char device[65]; /* hex of the device's public key */
    bool enrolled, revoked;
};
HOLDFAST_API enum holdfast_status holdfast_get_identity(struct holdfast *hf, struct holdfast_identity *out);

/* --- what records there can be ---------------------------------------------------------------------------------- */
struct holdfast_field_info {
    const char *name, *label;
    const char *kind;         /* value, text, status, verbatim, set, append */
    const char *type;         /* text, int, bool, date, time, code, ref */
    size_t bytes_max;         /* text; 0: fixed */
    const char *const *codes; /* NULL-terminated; NULL unless type is code */
    const char *duty;
};
/* Calls each for every record type; each field of one type. Static data. */
HOLDFAST_API void holdfast_types(bool (*each)(void *ctx, const char *name, const char *label), void *ctx);
HOLDFAST_API enum holdfast_status
holdfast_fields(const char *type, bool (*each)(void *ctx, const struct holdfast_field_info *field), void *ctx);

/* --- cases and records ------------------------------------------------------------------------------------------- */
HOLDFAST_API enum holdfast_status holdfast_case_new(struct holdfast *hf, const char *reference,
                                                    struct holdfast_id *out_case);
struct holdfast_case_row {
    struct holdfast_id id;
    const char *reference;
    uint64_t records, conflicts, unsent;
};
HOLDFAST_API enum holdfast_status
holdfast_cases(struct holdfast *hf, bool (*each)(void *ctx, const struct holdfast_case_row *row), void *ctx);

struct holdfast_record_row {
    struct holdfast_id id, case_id, parent; /* parent zero: none */
    const char *type, *label;
    const char *title, *due, *status; /* "" when there is none */
    uint64_t conflicts;
    const char *sent; /* "saved_here", "sent" or "received" */
};
struct holdfast_filter {
    const struct holdfast_id *case_id; /* NULL: all */
    const struct holdfast_id *parent;  /* NULL: any */
    const char *type;                  /* NULL: any */
    bool conflicts_only;
};
HOLDFAST_API enum holdfast_status holdfast_list(struct holdfast *hf, const struct holdfast_filter *filter,
                                                bool (*each)(void *ctx, const struct holdfast_record_row *row),
                                                void *ctx);

struct holdfast_field_row {
    const char *name, *label, *kind;
    size_t value_count; /* one for a plain value; the elements of a set; the entries of an append field, oldest first;
                           the values that clash when in_conflict */
    const char *const *values;
    bool in_conflict;
};
/* Calls each for every field that holds something, in the order of the table. HOLDFAST_NOT_FOUND. */
HOLDFAST_API enum holdfast_status holdfast_read(struct holdfast *hf, const struct holdfast_id *record,
                                                struct holdfast_record_row *out_row /* may be NULL; texts empty */,
                                                bool (*each)(void *ctx, const struct holdfast_field_row *field),
                                                void *ctx);

struct holdfast_change_row {
    struct holdfast_id id;
    uint64_t time_ms; /* device time of the author */
    const char *author, *device;
    bool own;
    const char *sent;  /* saved_here, sent, received */
    int64_t log_index; /* -1: not in the log yet */
    const char *held;  /* why it has no effect, as a sentence; "" when it has */
    bool waiting;
    const char *reason;
    size_t edit_count; /* what it changed */
    const struct holdfast_change_edit {
        const char *field, *label, *value; /* value as text; of a set: "+added −removed" */
    } * edits;
};
HOLDFAST_API enum holdfast_status holdfast_history(struct holdfast *hf, const struct holdfast_id *record,
                                                   bool (*each)(void *ctx, const struct holdfast_change_row *row),
                                                   void *ctx);

/* --- editing: one edit = one save = one signed change ------------------------------------------------------------- */
struct holdfast_edit;
/* A new record of `type` in a case. parent NULL: none. slot: for parts that exist once per parent (an agenda section,
 * the child's attendance decision), such as "2a" or ""; NULL otherwise. If that part is there already it is edited. */
HOLDFAST_API enum holdfast_status holdfast_edit_new(struct holdfast *hf, const struct holdfast_id *case_id,
                                                    const char *type, const struct holdfast_id *parent,
                                                    const char *slot, struct holdfast_edit **out);
/* An existing record; remembers what the person sees now, so that a sync in between shows as a clash and never as an
 * overwrite. */
HOLDFAST_API enum holdfast_status holdfast_edit_record(struct holdfast *hf, const struct holdfast_id *record,
                                                       struct holdfast_edit **out);
HOLDFAST_API struct holdfast_id holdfast_edit_id(const struct holdfast_edit *edit);
/* HOLDFAST_INVALID/HOLDFAST_LIMIT: the text (holdfast_error_text of the handle) names the field and what is allowed;
 * the edit stays as it was. On an append field adds an entry; on a set replaces the elements by the comma-separated
 * ones. */
HOLDFAST_API enum holdfast_status holdfast_edit_set(struct holdfast_edit *edit, const char *field, const char *value);
HOLDFAST_API enum holdfast_status holdfast_edit_add(struct holdfast_edit *edit, const char *field, const char *element);
HOLDFAST_API enum holdfast_status holdfast_edit_remove(struct holdfast_edit *edit, const char *field,
                                                       const char *element);
HOLDFAST_API enum holdfast_status holdfast_edit_reason(struct holdfast_edit *edit, const char *reason);
/* Signs and stores; frees the edit when it succeeds. HOLDFAST_CONFLICT: a field has two values, settle it first. */
HOLDFAST_API enum holdfast_status holdfast_edit_commit(struct holdfast_edit *edit, struct holdfast_id *out_change);
HOLDFAST_API void holdfast_edit_cancel(struct holdfast_edit *edit); /* NULL is fine */

/* --- conflicts ------------------------------------------------------------------------------------------------------
 */
struct holdfast_conflict_value {
    struct holdfast_id change;
    const char *value, *author, *device;
    uint64_t time_ms;
};
struct holdfast_conflict_row {
    struct holdfast_id case_id, record;
    const char *type, *field, *label;
    const char *base; /* what both started from; "" when there was nothing */
    size_t value_count;
    const struct holdfast_conflict_value *values;
};
HOLDFAST_API enum holdfast_status holdfast_conflicts(struct holdfast *hf,
                                                     const struct holdfast_id *record /* or NULL */,
                                                     bool (*each)(void *ctx, const struct holdfast_conflict_row *row),
                                                     void *ctx);
/* Settles by a signed change that names every value. Either pick (id of one change) or value is given. A reason is
 * needed. */
HOLDFAST_API enum holdfast_status holdfast_settle(struct holdfast *hf, const struct holdfast_id *record,
                                                  const char *field, const struct holdfast_id *pick, const char *value,
                                                  const char *reason, struct holdfast_id *out_change);

/* --- sync and status ---------------------------------------------------------------------------------------------- */
enum holdfast_sync_phase { HOLDFAST_SYNC_CONNECTING, HOLDFAST_SYNC_RUNNING, HOLDFAST_SYNC_DONE };
struct holdfast_sync_progress {
    enum holdfast_sync_phase phase;
    uint64_t pushed, pulled; /* changes in this sync */
    int64_t clock_offset_ms; /* server time minus device time, as measured */
    bool hand_in;            /* this device was revoked and only handed its work in */
};
/* Starts a sync; HOLDFAST_STATE when one is under way. Then call step until the phase is DONE or it fails; each step
 * waits at most wait_ms for the network. On a failure the sync has ended; what was acknowledged stays so. */
HOLDFAST_API enum holdfast_status holdfast_sync_begin(struct holdfast *hf, const struct holdfast_options *options);
HOLDFAST_API enum holdfast_status holdfast_sync_step(struct holdfast *hf, uint32_t wait_ms,
                                                     struct holdfast_sync_progress *out);
HOLDFAST_API void holdfast_sync_end(struct holdfast *hf);

struct holdfast_counts {
    uint64_t cases, records, changes;
    uint64_t saved_here, sent, received; /* own changes: Saved here, Sent, Received by office */
    uint64_t held, waiting, conflicts;
    uint64_t oldest_unsent_ms; /* 0: none */
    uint64_t last_sync_ms;     /* 0: never */
    uint64_t checkpoint_size, checkpoint_ms;
};
HOLDFAST_API enum holdfast_status holdfast_get_counts(struct holdfast *hf, struct holdfast_counts *out);
/* State digest of one case, or of all (NULL): equal on every replica that holds the same. */
HOLDFAST_API enum holdfast_status holdfast_digest(struct holdfast *hf, const struct holdfast_id *case_id,
                                                  uint8_t out[HOLDFAST_DIGEST_BYTES]);

/* Called after a commit or a sync step has changed records; may call the reading functions. One per handle; NULL ends
 * it. */
HOLDFAST_API void holdfast_on_change(struct holdfast *hf,
                                     void (*changed)(void *ctx, const struct holdfast_id *case_id,
                                                     const struct holdfast_id *record),
                                     void *ctx);

/* --- auditors ----------------------------------------------------------------------------------------------------- */
/* Fetches the whole log from the office into a bundle folder (must not exist or be empty) that holdfast-audit verifies.
 * progress may be NULL. HOLDFAST_DENIED unless the role is auditor. */
HOLDFAST_API enum holdfast_status holdfast_audit_export(struct holdfast *hf, const char *folder,
                                                        const struct holdfast_options *options,
                                                        bool (*progress)(void *ctx, uint64_t done, uint64_t total),
                                                        void *ctx);

#ifdef __cplusplus
}
#endif

#endif
