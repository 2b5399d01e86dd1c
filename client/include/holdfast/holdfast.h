/* Holdfast: the embeddable client core. An encrypted replica of the cases a person works with, that records offline,
 * merges without losing a word, syncs with the office and keeps proof of it.
 *
 * Threads: a handle and everything that came from it belong to one thread at a time; different handles are independent,
 * and may work in different threads at the same time. The library's network threads never call your code.
 * Errors: functions return enum holdfast_status; holdfast_error_text gives a plain sentence for the last failure of
 * that handle, valid until its next call. On failure nothing has changed and out parameters are untouched unless said.
 * Any function may also give HOLDFAST_NOMEM, HOLDFAST_IO, HOLDFAST_FULL or HOLDFAST_CORRUPT; those that need an
 * unlocked handle give HOLDFAST_LOCKED, and HOLDFAST_EXPIRED when the lease is over (below); those called from inside a
 * callback that must not give HOLDFAST_STATE. Ownership: what a function gives through an `out_` parameter of a handle
 * type is the caller's, to be freed by the function named; pointers inside callback rows live until the callback
 * returns. Callbacks run on the calling thread, must not call back into the handle except where said (never
 * holdfast_lock or holdfast_close), and return false to stop, which is no failure. Text is UTF-8, NUL-terminated. Times
 * are Unix milliseconds UTC. Values are passed as text: true/false, integers, YYYY-MM-DD, 2026-11-21T10:00:00Z, codes,
 * ids as 8-4-4-4-12 hex; an empty string clears a value.
 */
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
/* Opens a handle on a folder (which need not exist). Does not touch the disk beyond looking. Switches core dumps off
 * for the whole process, so that keys never land in one. HOLDFAST_INVALID without a folder, HOLDFAST_STATE when the
 * cryptographic library cannot start. */
HOLDFAST_API enum holdfast_status holdfast_open(const char *folder, struct holdfast **out);
/* Locks and frees. Cancel or commit its edits first. NULL is fine. */
HOLDFAST_API void holdfast_close(struct holdfast *hf);
HOLDFAST_API enum holdfast_state holdfast_get_state(const struct holdfast *hf);
/* Never NULL. */
HOLDFAST_API const char *holdfast_error_text(const struct holdfast *hf);

struct holdfast_options {
    uint64_t kdf_memory_bytes; /* 0: default 256 MiB; less than 64 MiB is refused unless weak_kdf_for_tests */
    bool weak_kdf_for_tests;   /* fast and unsafe: only for tests */
    uint32_t timeout_ms;       /* for network steps; 0: 30 000 */
    bool audit_contents;       /* holdfast_audit_export: with what was written, opened; the log says who asked for it */
    const char *audit_reason;  /* … and why, in the read log; NULL: no reason */
};

/* Makes the replica in the folder (if it is not there), with a new passphrase, and joins the authority by the
 * invitation line. Blocks until the office has answered. out_code: six groups of five digits to compare with the
 * office.
 *
 * Asking again with the same line and passphrase after a cut is safe and continues with the same keys; so is a new line
 * after a refusal. HOLDFAST_WAITING (out_code is given): an administrator has to confirm; the next sync shows.
 * HOLDFAST_INVALID: the line cannot be read, or the passphrase or the options are not allowed: nothing was made. Then
 * the handle stays as it was; after every other failure but a wrong passphrase it is unlocked, with a replica that is
 * not enrolled yet: HOLDFAST_USED, HOLDFAST_EXPIRED, HOLDFAST_AUTH (forged, mistyped or of another server; also: wrong
 * passphrase for the replica that is there), HOLDFAST_NETWORK, HOLDFAST_TIMEOUT, HOLDFAST_PROTOCOL. HOLDFAST_EXISTS
 * (already enrolled), HOLDFAST_STATE (a sync is under way), HOLDFAST_BUSY. */
HOLDFAST_API enum holdfast_status holdfast_enrol(struct holdfast *hf, const char *invitation, const char *passphrase,
                                                 const struct holdfast_options *options,
                                                 char out_code[HOLDFAST_SAFETY_CODE_TEXT_BYTES]);
/* HOLDFAST_AUTH wrong passphrase; HOLDFAST_CORRUPT damaged; HOLDFAST_BUSY open in another handle or process;
 * HOLDFAST_STATE unlocked already; HOLDFAST_NOT_FOUND no replica yet: enrol; HOLDFAST_UNSUPPORTED made by a later
 * Holdfast; HOLDFAST_LIMIT after more than three wrong passphrases in a row: none is tried for a while, and the text
 * says how long. */
HOLDFAST_API enum holdfast_status holdfast_unlock(struct holdfast *hf, const char *passphrase);
/* Wipes keys and records from memory and ends a sync. What is saved stays saved; edits stay, sealed under a key that
 * only unlocking gives, to be gone on with and committed then. */
HOLDFAST_API void holdfast_lock(struct holdfast *hf);
/* --- nobody at work: the library has no thread of its own, so the host asks ---
 * Locks after idle_ms without a person at work; 0 (the default): never. A call that reads, edits or saves is a sign of
 * a person, also one from a timer of the host; a sync, holdfast_get_state, holdfast_get_identity, holdfast_get_counts,
 * holdfast_get_lease and reading inside the callback of holdfast_on_change are not. */
HOLDFAST_API void holdfast_set_idle_lock(struct holdfast *hf, uint64_t idle_ms);
/* Somebody typed or tapped without a call of the library. */
HOLDFAST_API void holdfast_idle_touch(struct holdfast *hf);
/* To be called from a timer, and when the machine wakes. Locks (holdfast_lock) when it is time to, and is true then.
 * now_ms: 0, or milliseconds since the machine started, sleep included. out_left_ms (may be NULL): when to ask again at
 * the latest; UINT64_MAX: never. Inside a callback it never locks. */
HOLDFAST_API bool holdfast_idle_check(struct holdfast *hf, uint64_t now_ms, uint64_t *out_left_ms);

/* The lease: a device that had no finished sync for some days (as the office's policy says; 14 otherwise) keeps its
 * records closed until the next: what reads, edits or saves gives HOLDFAST_EXPIRED; unlocking, syncing, identity,
 * counts and this do not. Setting the clock back does not lengthen it: by more than an hour it costs half a day.
 * Nothing is lost: what is unsent goes with that sync. A device that was revoked gets no new lease. */
struct holdfast_lease {
    uint32_t days;
    uint64_t ends_ms; /* Unix ms, by the clock of now; in the past or now when it is over */
    bool is_over;
};
HOLDFAST_API enum holdfast_status holdfast_get_lease(struct holdfast *hf, struct holdfast_lease *out);

/* Locked or not. HOLDFAST_AUTH: the old one does not fit. */
HOLDFAST_API enum holdfast_status holdfast_change_passphrase(struct holdfast *hf, const char *old_passphrase,
                                                             const char *new_passphrase);
#define HOLDFAST_RECOVERY_KEY_BYTES 32
/* Lets the office open this device's folder with its recovery key, whose public half this is, when the passphrase is
 * lost (`holdfastd recover`). Locked or not. HOLDFAST_AUTH: the passphrase does not fit; HOLDFAST_EXISTS: the key is
 * there already; HOLDFAST_INVALID: not a public key; HOLDFAST_LIMIT: too many wrong passphrases, or too many keys;
 * HOLDFAST_NOT_FOUND: no replica yet. */
HOLDFAST_API enum holdfast_status holdfast_add_recovery_key(struct holdfast *hf, const char *passphrase,
                                                            const uint8_t public_key[HOLDFAST_RECOVERY_KEY_BYTES]);
/* --- a key store of the host: Keystore, Keychain, a TPM, the keyring of a desktop ---
 * It opens the folder without the passphrase, which goes on working. Whoever gets at the store gets at the records: the
 * host sees to it that the store asks for a person (screen lock, fingerprint, login). Callbacks run on the calling
 * thread and must not call back into the handle; what they return other than HOLDFAST_OK is passed on. */
#define HOLDFAST_HOST_SECRET_BYTES  32
#define HOLDFAST_HOST_WRAPPED_BYTES 440
struct holdfast_host_key {
    void *ctx;
    /* Writes 1 to HOLDFAST_HOST_WRAPPED_BYTES bytes from which unwrap gives the secret back: the secret sealed by a key
     * that never leaves the store, or a new name under which the store keeps it. They are kept in the folder. */
    enum holdfast_status (*wrap)(void *ctx, const uint8_t secret[HOLDFAST_HOST_SECRET_BYTES],
                                 uint8_t out[HOLDFAST_HOST_WRAPPED_BYTES], size_t *out_len);
    /* HOLDFAST_AUTH when the store does not know these bytes, or the person did not agree. */
    enum holdfast_status (*unwrap)(void *ctx, const uint8_t *wrapped, size_t wrapped_len,
                                   uint8_t out_secret[HOLDFAST_HOST_SECRET_BYTES]);
    /* The bytes are of no use any more. May be NULL. */
    void (*forget)(void *ctx, const uint8_t *wrapped, size_t wrapped_len);
    /* A sentence about what failed last; may be NULL. */
    const char *(*error_text)(void *ctx);
};
/* In place of one added before. Locked or not. Statuses as holdfast_unlock; HOLDFAST_LIMIT also for too many bytes. */
HOLDFAST_API enum holdfast_status holdfast_add_host_key(struct holdfast *hf, const char *passphrase,
                                                        const struct holdfast_host_key *host);
/* host (may be NULL) is told to forget. HOLDFAST_NOT_FOUND: there is none. */
HOLDFAST_API enum holdfast_status holdfast_remove_host_key(struct holdfast *hf, const char *passphrase,
                                                           const struct holdfast_host_key *host);
HOLDFAST_API bool holdfast_has_host_key(const struct holdfast *hf);
/* As holdfast_unlock, by the host's key store. HOLDFAST_NOT_FOUND: no host key was added. */
HOLDFAST_API enum holdfast_status holdfast_unlock_host(struct holdfast *hf, const struct holdfast_host_key *host);
/* The keyring of a Linux desktop (the Secret Service, by libsecret, which is loaded now). HOLDFAST_UNSUPPORTED: built
 * without, or libsecret is not installed. Whether a keyring can be reached shows when it is used. Static; no thread
 * beside the caller's may use it at the same time. */
HOLDFAST_API enum holdfast_status holdfast_desktop_keyring(struct holdfast_host_key *out);

/* Locked only: seals everything in the folder under a new key, reads it back, and puts it in place; HOLDFAST_BUSY while
 * it is open, here or elsewhere. Passphrase and recovery keys stay; a host key too when `host` is given, which is asked
 * to wrap once more; with NULL it goes. Needs twice the room meanwhile. Cut short at any moment, either the old key or
 * the new one is in force, whole; asking again is fine. Statuses as holdfast_unlock. */
HOLDFAST_API enum holdfast_status holdfast_rotate_key(struct holdfast *hf, const char *passphrase,
                                                      const struct holdfast_host_key *host);

/* As holdfast_unlock, and nothing in the folder is changed, not even by a sync: for an export while the app is closed,
 * also from a folder without permission to write. What would write gives HOLDFAST_DENIED. Several programs may read at
 * once; HOLDFAST_BUSY while one has it open for writing, and for one that wants to. */
HOLDFAST_API enum holdfast_status holdfast_unlock_read_only(struct holdfast *hf, const char *passphrase);

/* Destroys the device secret and the key file, then everything else of the replica in the folder, and locks. Nothing of
 * it can be opened afterwards, by nobody. HOLDFAST_STATE when something was not sent or not even saved yet, and
 * HOLDFAST_LOCKED when that cannot be seen because the handle is locked: both go away with even_unsent. host (may be
 * NULL) is told to forget. Cut short it may be asked again. */
HOLDFAST_API enum holdfast_status holdfast_wipe(struct holdfast *hf, bool even_unsent,
                                                const struct holdfast_host_key *host);

struct holdfast_identity {
    struct holdfast_id person;
    char person_name[201];
    char role[16];
    char authority[201];
    char origin[201];
    char address[257];
    char device[65];        /* hex of the device's public key */
    bool enrolled, revoked; /* both for a device that was enrolled and then revoked */
};
HOLDFAST_API enum holdfast_status holdfast_get_identity(struct holdfast *hf, struct holdfast_identity *out);

/* Whether a person (NULL: who this device is for) is a records officer, as far as this device knows: officers ask for
 * erasures and confirm them, place legal holds, restrict the use of contested entries and release copies of cases. */
HOLDFAST_API enum holdfast_status holdfast_is_officer(struct holdfast *hf, const struct holdfast_id *person, bool *out);

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
/* HOLDFAST_NOT_FOUND: no such type. */
HOLDFAST_API enum holdfast_status
holdfast_fields(const char *type, bool (*each)(void *ctx, const struct holdfast_field_info *field), void *ctx);

/* --- cases and records ------------------------------------------------------------------------------------------- */
/* Opens a case, also offline. HOLDFAST_INVALID without a reference, HOLDFAST_LIMIT; HOLDFAST_STATE when this device is
 * not enrolled, or was revoked. */
HOLDFAST_API enum holdfast_status holdfast_case_new(struct holdfast *hf, const char *reference,
                                                    struct holdfast_id *out_case);
struct holdfast_case_row {
    struct holdfast_id id;
    const char *reference;
    uint64_t records, conflicts, unsent;
};
/* By reference. */
HOLDFAST_API enum holdfast_status
holdfast_cases(struct holdfast *hf, bool (*each)(void *ctx, const struct holdfast_case_row *row), void *ctx);

struct holdfast_record_row {
    struct holdfast_id id, case_id, parent; /* parent zero: none */
    const char *type, *label;
    const char *title, *due, *status; /* "" when there is none */
    uint64_t conflicts;
    const char *sent; /* "saved_here", "sent" or "received" */
    bool is_final;
    uint64_t amendments; /* open ones; a record that is not final has none */
    const char *deleted; /* "", "deleted", "edited since" (deleted, and edited by someone who did not know), "disputed"
                            (deleted by one, restored by another) */
    bool unverified; /* came as the office's word for the state, not yet verified back to its signatures; only given by
                        holdfast_read */
};
struct holdfast_filter {
    const struct holdfast_id *case_id; /* NULL: all */
    const struct holdfast_id *parent;  /* NULL: any */
    const struct holdfast_id *record;  /* that one only, in whatever case; NULL: any */
    const char *type;                  /* NULL: any */
    bool conflicts_only;
    bool with_deleted; /* also those that are out of view */
};
/* In the order in which they came to this device. filter NULL: all. HOLDFAST_NOT_FOUND: no such type. */
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
/* Calls each (may be NULL) for every field that holds something, in the order of the table. A clash with a cleared
 * value shows "" among the values. HOLDFAST_NOT_FOUND. */
HOLDFAST_API enum holdfast_status holdfast_read(struct holdfast *hf, const struct holdfast_id *record,
                                                struct holdfast_record_row *out_row /* may be NULL; texts empty */,
                                                bool (*each)(void *ctx, const struct holdfast_field_row *field),
                                                void *ctx);

struct holdfast_change_row {
    struct holdfast_id id;
    uint64_t time_ms; /* device time of the author */
    /* The office's clock less the author's, as the office measured it when that device handed this in (for own changes
     * not handed in: at its last contact). 0: less than five minutes, or never measured. clock_text: "3 years fast", or
     * "". */
    int64_t clock_offset_ms;
    const char *clock_text;
    const char *author, *device;
    bool own;
    const char *sent;  /* saved_here, sent, received */
    int64_t log_index; /* -1: not in the log yet */
    const char *held;  /* why it has no effect, as a sentence; "" when it has */
    bool waiting;
    const char *reason;
    size_t edit_count; /* what it changed */
    const struct holdfast_change_edit {
        const char *field, *label, *value; /* value as text; of a set: "+added, −removed" */
        /* Of a decision about a clash: the values it names and did not choose. 0 of any other edit. */
        size_t passed_over_count;
        const struct holdfast_passed_over {
            struct holdfast_id change;
            const char *author, *value;
            bool own; /* of the person of this device: to be told, with the change's author and reason */
        } * passed_over;
    } * edits;
    /* Own changes whose place in the signed log this device has checked: in a checkpoint of so many entries, at this
     * time. 0: it keeps no proof (not received yet, or somebody else's). */
    uint64_t proof_size, proof_ms;
};
/* Every change of a record: by place in the log, those not logged yet last. A change of a later Holdfast has no edits
 * here. HOLDFAST_WAITING: the record is not verified yet (holdfast_record_row.unverified); the next sync fetches the
 * history of its case and checks every signature. */
HOLDFAST_API enum holdfast_status holdfast_history(struct holdfast *hf, const struct holdfast_id *record,
                                                   bool (*each)(void *ctx, const struct holdfast_change_row *row),
                                                   void *ctx);
/* The next sync fetches the history of this case (NULL: of every case) that is not verified yet. *out_asked: false when
 * there is none. What comes must lead to the state that came before it; otherwise the device keeps both as evidence and
 * trusts the log no more. */
HOLDFAST_API enum holdfast_status holdfast_fetch_history(struct holdfast *hf, const struct holdfast_id *case_id,
                                                         bool *out_asked);

/* --- editing: one edit = one save = one signed change ------------------------------------------------------------- */
/* An edit belongs to its handle and is freed by a commit that succeeds, or by cancel; before holdfast_close. */
struct holdfast_edit;
/* A new record of `type` in a case. parent NULL: none. slot: for parts that exist once per parent (an agenda section,
 * the child's attendance decision), such as "2a"; NULL is the same as ""; must be NULL for all other types. Without a
 * parent the case stands for it. If that part is there already it is edited. HOLDFAST_NOT_FOUND: no such type or
 * parent; HOLDFAST_INVALID: a slot where there is none, a parent in another case. */
HOLDFAST_API enum holdfast_status holdfast_edit_new(struct holdfast *hf, const struct holdfast_id *case_id,
                                                    const char *type, const struct holdfast_id *parent,
                                                    const char *slot, struct holdfast_edit **out);
/* An existing record; remembers what the person sees now, so that a sync in between shows as a clash and never as an
 * overwrite. HOLDFAST_NOT_FOUND. */
HOLDFAST_API enum holdfast_status holdfast_edit_record(struct holdfast *hf, const struct holdfast_id *record,
                                                       struct holdfast_edit **out);
HOLDFAST_API struct holdfast_id holdfast_edit_id(const struct holdfast_edit *edit);
/* HOLDFAST_INVALID/HOLDFAST_LIMIT: the text (holdfast_error_text of the handle) names the field and what is allowed;
 * the edit stays as it was. On an append field adds an entry, one in each save (HOLDFAST_LIMIT for a second); on a set
 * replaces the elements that the person saw by the comma-separated ones, spaces around them aside. */
HOLDFAST_API enum holdfast_status holdfast_edit_set(struct holdfast_edit *edit, const char *field, const char *value);
/* One element of a set; may hold commas. Adding what is there is fine. HOLDFAST_NOT_FOUND: to be removed, and not
 * there.
 */
HOLDFAST_API enum holdfast_status holdfast_edit_add(struct holdfast_edit *edit, const char *field, const char *element);
HOLDFAST_API enum holdfast_status holdfast_edit_remove(struct holdfast_edit *edit, const char *field,
                                                       const char *element);
HOLDFAST_API enum holdfast_status holdfast_edit_reason(struct holdfast_edit *edit, const char *reason);
/* Signs and stores; frees the edit when it succeeds, and keeps it otherwise. out_change (may be NULL) is zero when
 * nothing was different: then nothing was written. HOLDFAST_CONFLICT: a field has two values, settle it first.
 * HOLDFAST_STATE: a person's own words cannot be overwritten; a status that cannot follow the one that was seen; the
 * record was seen final (propose instead) or deleted (restore it first); or this device is not enrolled, or was
 * revoked. HOLDFAST_NOT_FOUND: the case is not on this device. HOLDFAST_LIMIT. */
HOLDFAST_API enum holdfast_status holdfast_edit_commit(struct holdfast_edit *edit, struct holdfast_id *out_change);
HOLDFAST_API void holdfast_edit_cancel(struct holdfast_edit *edit); /* NULL is fine */

/* --- forms and drafts --------------------------------------------------------------------------------------------- */
/* A draft keeps what a person is typing, as text and as it is: half a date is fine. It is not a change: it is not
 * signed and not in the log. There is one for each record on a device, also for a record that is not saved yet. A put
 * that returned survives a lock, a killed program and a power cut. Drafts of the same person's other devices, and those
 * that others share about cases held here, come and go with a sync. */
#define HOLDFAST_DRAFTS_MAX             500     /* on one device, without those of others */
#define HOLDFAST_DRAFT_FIELDS_MAX       64      /* in one draft */
#define HOLDFAST_DRAFT_BYTES_MAX        250000u /* of all texts of one draft together */
#define HOLDFAST_DRAFT_FORM_BYTES_MAX   64
#define HOLDFAST_DRAFT_CURSOR_BYTES_MAX 200
#define HOLDFAST_DRAFT_SLOT_BYTES_MAX   64

/* A form as it is shown: which record it is about, and what the person sees of it. Ask for one when the form is drawn,
 * and give both back with each draft. */
struct holdfast_form {
    struct holdfast_id record, case_id;
    uint64_t seen; /* what this device knew when the form was drawn; a number below 2^53 */
};
/* For a new record: gives it its id before anything is saved. Arguments and failures as holdfast_edit_new. For a part
 * that exists once per parent the id is always the same, unless somebody else begins another record under it first:
 * then it is the next one, and this device's draft of the part goes there with all its words, unless there is one. It
 * stays where it was as long as nothing may be written (opened for reading only, inside a callback). Nothing else is
 * written. */
HOLDFAST_API enum holdfast_status holdfast_form_new(struct holdfast *hf, const struct holdfast_id *case_id,
                                                    const char *type, const struct holdfast_id *parent,
                                                    const char *slot, struct holdfast_form *out);
/* HOLDFAST_NOT_FOUND. */
HOLDFAST_API enum holdfast_status holdfast_form_record(struct holdfast *hf, const struct holdfast_id *record,
                                                       struct holdfast_form *out);

struct holdfast_draft_field {
    const char *field;
    const char
        *value; /* as typed; elements of a set one per line; "": to be cleared; NULL: takes it out of the draft */
};
struct holdfast_draft_save {
    struct holdfast_form about;
    const char *type;
    const struct holdfast_id *parent; /* as for holdfast_form_new; NULL for a record that is there */
    const char *slot;
    const char *form; /* which form of the program, and its version, such as "action/1"; not "" */
    const struct holdfast_draft_field *fields; /* those that were typed in; the others stay as the draft has them */
    size_t field_count;
    const char *reason; /* NULL: as it was */
    const char *cursor; /* where the person was, such as "notes:142", for the program; NULL: as it was */
};
/* Autosave. Makes the draft, or puts these fields into the one that is there; a field keeps what the person saw when
 * it first came into the draft. No rule of a field is checked. A draft that would say nothing but what was saved from
 * this form meanwhile is not begun. out_saved_ms may be NULL. HOLDFAST_INVALID: a field that this type does not have,
 * text that is not UTF-8, no form; HOLDFAST_LIMIT; HOLDFAST_NOT_FOUND: no such type, or the case is not on this device;
 * HOLDFAST_STATE: the record or its draft belongs to another case, type, parent or form: the draft stays as it is. */
HOLDFAST_API enum holdfast_status holdfast_draft_put(struct holdfast *hf, const struct holdfast_draft_save *save,
                                                     uint64_t *out_saved_ms);

struct holdfast_draft_row {
    struct holdfast_id record, case_id, parent; /* parent zero: none */
    const char *reference;                      /* of the case; "" when it is not on this device */
    const char *type, *label, *slot, *form, *cursor, *reason;
    const char *preview; /* how its longest text begins */
    size_t field_count;
    uint64_t created_ms, updated_ms; /* by the clock of its device */
    bool own;                        /* of this device */
    bool same_person;                /* of this person: this device or another one */
    bool shared;                     /* with those who hold the case */
    bool held_back;                  /* was, until the office decided that such drafts are shown to nobody */
    bool is_new;                     /* nothing of its record has been saved on this device */
    bool changed_since;              /* the record has changed since, in a field of the draft */
    const char *person, *device;     /* name ("" when unknown), and the public key in hex */
    uint64_t device_number;          /* as in holdfast_conflict_value */
    /* Of a copy (another device's draft, or one that was taken over and not typed in since): when its words were saved
     * on the device that they came from, by that one's clock. Nothing in it waits to be saved. 0: not that is known. */
    uint64_t done_ms;
};
/* Newest first, own ones before those of others. record NULL: all. */
HOLDFAST_API enum holdfast_status holdfast_draft_list(struct holdfast *hf, const struct holdfast_id *record,
                                                      bool (*each)(void *ctx, const struct holdfast_draft_row *row),
                                                      void *ctx);

/* What a draft is opened into. A draft opens only in its own record, case and form. */
struct holdfast_draft_place {
    struct holdfast_id record, case_id;
    const char *form;
};
struct holdfast_draft_value {
    const char *name, *label, *kind;
    const char *value;
    bool changed_since; /* the record holds something else now than what the person saw */
};
/* To put a draft back into its form: the row, then every field in the order of the table (either may be NULL). device
 * NULL: this device's draft, otherwise hex as in the row. HOLDFAST_NOT_FOUND: no draft of this record; HOLDFAST_STATE:
 * it belongs to another case or form, and stays. */
HOLDFAST_API enum holdfast_status holdfast_draft_read(struct holdfast *hf, const struct holdfast_draft_place *place,
                                                      const char *device,
                                                      bool (*row)(void *ctx, const struct holdfast_draft_row *row),
                                                      bool (*each)(void *ctx, const struct holdfast_draft_value *value),
                                                      void *ctx);
/* Makes one signed change of it, with what the person saw as its bases, and ends the draft, in one step. out_change may
 * be NULL, and is zero when nothing was different. Failures as holdfast_edit_set and holdfast_edit_commit, and
 * HOLDFAST_STATE, HOLDFAST_NOT_FOUND as holdfast_draft_read; HOLDFAST_WAITING: what the draft was begun from, on
 * another device, has not come here yet: sync first. The draft stays after each. The id of a part that another record
 * took since its form was opened is followed to where the part goes on; HOLDFAST_STATE when a draft is there already.
 */
HOLDFAST_API enum holdfast_status holdfast_draft_commit(struct holdfast *hf, const struct holdfast_draft_place *place,
                                                        struct holdfast_id *out_change);
/* HOLDFAST_NOT_FOUND. */
HOLDFAST_API enum holdfast_status holdfast_draft_discard(struct holdfast *hf, const struct holdfast_id *record);
/* Makes another device's draft this device's own. It ends there when it is committed or discarded here, unless it was
 * changed there meanwhile. HOLDFAST_EXISTS: this device has a draft of this record itself; HOLDFAST_NOT_FOUND;
 * HOLDFAST_STATE as holdfast_draft_read; HOLDFAST_LIMIT. */
HOLDFAST_API enum holdfast_status holdfast_draft_take(struct holdfast *hf, const struct holdfast_draft_place *place,
                                                      const char *device);
/* Shows the draft to the others who hold the case (someone who takes the minutes together, say), or no longer.
 * HOLDFAST_DENIED: of a meeting whose procedure is read so that nobody sees them (its setting draft_sharing); one that
 * was shared when the office decided so is shared no more from the next sync on (held_back) and stays the author's. Not
 * shared unless asked. HOLDFAST_NOT_FOUND; HOLDFAST_DENIED: a kind of record that is for named people only. */
HOLDFAST_API enum holdfast_status holdfast_draft_share(struct holdfast *hf, const struct holdfast_id *record,
                                                       bool shared);
/* Whether a procedure that the case follows is read so that drafts of some of its meetings are shown to nobody: why one
 * that somebody showed may be gone. HOLDFAST_NOT_FOUND: the case is not on this device. */
HOLDFAST_API enum holdfast_status holdfast_drafts_held_back(struct holdfast *hf, const struct holdfast_id *case_id,
                                                            bool *out);

/* --- contested entries --------------------------------------------------------------------------------------------
 * A person may dispute what stands in an entry: a record of type "statement" with the entry as its parent keeps their
 * words beside it for ever. A record of type "restriction", placed and lifted by managers and the office, limits who
 * uses the entry meanwhile: for other roles it leaves lists and search, and holdfast_read and holdfast_history give
 * HOLDFAST_DENIED. It is a limit on use and erases nothing: the entry stays in the log, on the devices that hold the
 * case, in the duties that are worked out, and in every export. */
struct holdfast_statement_row {
    struct holdfast_id id;
    const char *kind;                   /* disputes, adds, explains */
    const char *said_by, *words;        /* in their own words */
    const char *made_on;                /* "" where it is not recorded, here and below */
    const char *answer, *answer_reason; /* open, entry_amended, entry_stands, in_part */
};
/* The statements about one entry. HOLDFAST_NOT_FOUND; HOLDFAST_DENIED: its use is restricted. */
HOLDFAST_API enum holdfast_status holdfast_statements(struct holdfast *hf, const struct holdfast_id *record,
                                                      bool (*each)(void *ctx, const struct holdfast_statement_row *row),
                                                      void *ctx);
struct holdfast_restriction {
    bool in_force;
    struct holdfast_id id;
    char who[24];    /* office_only, managers_and_office */
    char ground[24]; /* accuracy_contested, unlawful_but_kept, needed_for_a_claim, objection; "" */
    char since[16];  /* "" */
};
HOLDFAST_API enum holdfast_status holdfast_get_restriction(struct holdfast *hf, const struct holdfast_id *record,
                                                           struct holdfast_restriction *out);

/* --- the copy for the person ---------------------------------------------------------------------------------------
 * Subject access: a readable chronology of one case in a new folder: your-story.html (one page, prints, needs nothing
 * else), your-story.txt, your-story.json, manifest.json (each entry with its number in the log), checkpoint, and proofs
 * of the entries that this device wrote. Names of other people are marked, as far as this device knows them, and the
 * copy says that a person has to read it before it is given out; `final` leaves marks and warning out once that was
 * done. What concerns the work of carers and staff is left out and counted. Nobody's own words are changed. The read
 * log says first who made it and why. */
struct holdfast_sar {
    const char *reason; /* the request, and its legal basis */
    bool final;
    const char *const *also; /* names to mark besides those that the program knows; NULL: none */
    size_t also_count;
};
/* HOLDFAST_DENIED: for managers and the office, and `final` for records officers; HOLDFAST_INVALID: no reason;
 * HOLDFAST_NOT_FOUND; HOLDFAST_EXISTS and others about the folder as holdfast_audit_export. */
HOLDFAST_API enum holdfast_status holdfast_sar_export(struct holdfast *hf, const struct holdfast_id *case_id,
                                                      const char *folder, const struct holdfast_sar *sar);

/* --- the read log -------------------------------------------------------------------------------------------------
 * Who reads what is noted on this device, before it is shown, and goes to the office with the next sync as one signed
 * entry for each visit: holdfast_read, holdfast_history, holdfast_draft_read, holdfast_conflicts and
 * holdfast_amendments of one record, holdfast_list of one case, and the cases that a search shows. Lists over all cases
 * are not noted, nor is anything of a handle that was unlocked to read only. A note that cannot be written keeps nobody
 * from reading. */
#define HOLDFAST_READING_REASON_BYTES_MAX 500
/* Why this person reads a case (NULL: whatever is read), from now on until it is locked. Asked of those who read cases
 * that are not theirs; never needed. HOLDFAST_INVALID: no reason; HOLDFAST_LIMIT. */
HOLDFAST_API enum holdfast_status holdfast_reading_because(struct holdfast *hf, const struct holdfast_id *case_id,
                                                           const char *reason);
struct holdfast_case_reading {
    bool is_own;        /* the office gave the case to this person, or they opened it on this device */
    const char *reason; /* given in this session; "" when none was; valid until the next call */
};
HOLDFAST_API enum holdfast_status holdfast_get_case_reading(struct holdfast *hf, const struct holdfast_id *case_id,
                                                            struct holdfast_case_reading *out);
/* For a program that shows a whole case at once: one note instead of one for each record (read quietly then). */
HOLDFAST_API enum holdfast_status holdfast_note_chronology(struct holdfast *hf, const struct holdfast_id *case_id);
enum holdfast_taken {
    HOLDFAST_TAKEN_PAPER, /* to be printed or read by somebody else */
    HOLDFAST_TAKEN_FILE   /* to be put into another program */
};
/* For a program that takes something out of the case: says so beside what it read for it. record NULL: the case as a
 * whole. Call before it is handed over. */
HOLDFAST_API enum holdfast_status holdfast_note_taken(struct holdfast *hf, const struct holdfast_id *case_id,
                                                      const struct holdfast_id *record, enum holdfast_taken what);
/* While quiet nothing is noted: for a program that looks at records without showing them (a sort order, a badge), or
 * has noted what it shows. Returns how it was, to be put back. */
HOLDFAST_API bool holdfast_read_quietly(struct holdfast *hf, bool quiet);

/* --- search ------------------------------------------------------------------------------------------------------- */
#define HOLDFAST_SEARCH_BYTES_MAX 500 /* of a query */
struct holdfast_search_row {
    struct holdfast_id record, case_id;
    const char *reference;           /* of the case */
    const char *type, *label;        /* of the record */
    const char *title;               /* "" when it has none */
    const char *field, *field_label; /* where the first of the words stands */
    const char *snippet;             /* the text around it; [ and ] stand around what was found */
};
struct holdfast_search_found {
    uint64_t cases;   /* searched: those on this device */
    uint64_t records; /* shown */
    bool more;        /* there were more than the limit */
};
/* Every record that holds all the words, or words that begin so; capitals and accents do not matter. Cases by their
 * reference come first, then records by their title, then all others, each newest first; at most limit (1 to 1000).
 * Works without a network, and looks at what is on this device only. Any text is a valid query; one without a word
 * finds nothing, and of more than 16 words the first 16 count. out may be NULL. HOLDFAST_LIMIT: longer than
 * HOLDFAST_SEARCH_BYTES_MAX; HOLDFAST_INVALID: not UTF-8. */
HOLDFAST_API enum holdfast_status holdfast_search(struct holdfast *hf, const char *query, uint32_t limit,
                                                  bool (*each)(void *ctx, const struct holdfast_search_row *row),
                                                  void *ctx, struct holdfast_search_found *out);

/* --- staff -------------------------------------------------------------------------------------------------------- */
struct holdfast_person_row {
    struct holdfast_id id; /* what a field of type ref names, and a duty's person */
    const char *name;
};
/* The authority's staff as far as this device knows them, this device's own person among them; in the order
 * in which they came here. */
HOLDFAST_API enum holdfast_status
holdfast_people(struct holdfast *hf, bool (*each)(void *ctx, const struct holdfast_person_row *row), void *ctx);

/* --- duties -------------------------------------------------------------------------------------------------------
 * What the cases here owe by the procedures that the office released, worked out on this device from what it holds.
 * Duties are told, and hold nothing back but finalising (holdfast_finalise_missing). */
struct holdfast_duty_row {
    const char *id;   /* stays while rule and record do: "FSM-55.3fa2c1d09b12" */
    const char *duty; /* the rule: "FSM-55" */
    struct holdfast_id case_id;
    const char *reference;             /* of the case */
    struct holdfast_id record;         /* what it is about; the case itself when it is about no record */
    const char *type, *label;          /* of that record */
    const char *title, *help, *clears; /* the duty, why it is asked, what to do */
    const char *status;                /* not_yet_due, due, overdue, done, not_recorded, not_set, help */
    const char *kind;                  /* of rule */
    const char *strength;              /* required, expected, considered, definition */
    const char *gate;                  /* "finalise" when it holds that back while it is open; "" */
    bool late, by_reason;              /* done, after its limit; or done because a reason stands instead */
    bool information;                  /* late or missing is told, and is no breach */
    bool beyond_calendar;              /* due_ms lies beyond the days that the calendar knows */
    uint64_t due_ms;                   /* 0: no limit */
    uint64_t first_due_ms;             /* the limit that was set first; 0: none on record */
    unsigned limit;                    /* "2 working days from the request": 2; 0: the limit is not counted so */
    const char *limit_unit;            /* hour, calendar_day, working_day, month; "" */
    const char *limit_from;            /* type of the record that it is counted from: "request"; "" */
    const char *role;                  /* who sees to it: "ssw"; "" where the procedure names nobody */
    struct holdfast_id person;         /* who that is in this case; zero: nobody is named */
    struct holdfast_id instead_of;     /* who is away, while that person covers; zero otherwise */
    const char *person_name;           /* "" when unknown here */
    const char *policy, *version, *calendar, *calendar_version; /* by which it was worked out */
    const char *alert;                                          /* code of an alert that is raised; "" */
    uint64_t alert_raised_ms;                                   /* 0: no time */
    bool alert_acknowledged;
    size_t alert_role_count;
    const char *const *alert_roles; /* whom it tells */
};
struct holdfast_duty_filter {
    const struct holdfast_id *case_id; /* NULL: all */
    const struct holdfast_id *person;  /* NULL: anybody's */
    bool mine;                         /* those of this device's person */
    bool overdue;      /* overdue, not recorded, and due without a limit while an alert is raised, only */
    bool all;          /* also what is done, what the procedure does not set, and help */
    bool readings;     /* last, of no case (id zero) and without a limit: versions that the person has still to read */
    uint64_t as_of_ms; /* 0: now */
};
/* Case by case, by reference, in the order of the procedure. filter NULL: all that is open. Nothing where no procedure
 * was released. HOLDFAST_NOT_FOUND: no such case here, or the office has not released the calendar that a procedure
 * counts by. */
HOLDFAST_API enum holdfast_status holdfast_duties(struct holdfast *hf, const struct holdfast_duty_filter *filter,
                                                  bool (*each)(void *ctx, const struct holdfast_duty_row *row),
                                                  void *ctx);

/* Why a duty has its limit. */
struct holdfast_duty_day {
    const char *date; /* 2026-12-25 */
    unsigned number;  /* 1, 2, … of those that count; 0: it does not */
    const char *why;  /* why not: "Saturday", "Christmas Day"; "" */
};
struct holdfast_duty_setting {
    const char *name, *value; /* value "null": the procedure does not say */
    const char *amb;          /* which ambiguity of the procedure it answers: "AMB-01"; "" */
    bool local;               /* the authority's own; otherwise the default of the pack */
};
struct holdfast_duty_explanation {
    const struct holdfast_duty_row *duty;
    const char *rule;     /* the rule as it stands in the pack: JSON */
    const char *deadline; /* name of its limit there; "" */
    bool is_before;       /* it must come before `from`; otherwise the limit is counted from there */
    const char *from;     /* 2026-12-24, or 2026-12-24T10:00:00.000Z; "": not on record */
    bool is_counted;      /* n and unit hold */
    int n;
    const char *unit;        /* hour, calendar_day, working_day, month; "" */
    const char *unit_source; /* where the unit comes from; "" */
    bool first_day_counts;
    bool next_day; /* so late in its day that it counts as of the next */
    size_t day_count;
    const struct holdfast_duty_day *days; /* of limits in days: every day looked at, in order */
    const char *done;                     /* when it was done, as `from`; "" */
    size_t setting_count;
    const struct holdfast_duty_setting *settings; /* by which rule and limit were read */
};
/* Explains one duty by its id ("FSM-55.3fa2c1d09b12"), or every duty of a rule by the rule's ("FSM-55"), of one case or
 * (case_id NULL) of all; as_of_ms 0: now. HOLDFAST_NOT_FOUND: no case here has such a duty; as holdfast_duties. */
HOLDFAST_API enum holdfast_status
holdfast_duty_explain(struct holdfast *hf, const char *id, const struct holdfast_id *case_id, uint64_t as_of_ms,
                      bool (*each)(void *ctx, const struct holdfast_duty_explanation *explanation), void *ctx);

/* --- procedures, calendars and how they are read -------------------------------------------------------------------
 */
struct holdfast_policy_row {
    const char *what; /* pack, calendar */
    const char *name, *version;
    const char *effective_from, *supersedes; /* "" where it does not say */
    uint8_t sha256[32];                      /* of the file that was released */
    struct holdfast_id change;               /* what released it: signed, in the log */
    const char *released_by;                 /* whose device signed it; "" unknown here */
    uint64_t released_ms;                    /* device time of the release */
    bool in_force;                           /* the version that counts today */
    bool reread_required;                    /* everybody is to read it and say so */
    bool acknowledged;                       /* this device's person did */
};
/* In the order of release. */
HOLDFAST_API enum holdfast_status
holdfast_policies(struct holdfast *hf, bool (*each)(void *ctx, const struct holdfast_policy_row *row), void *ctx);
/* The file of a release, byte for byte, to a callback. HOLDFAST_NOT_FOUND. version NULL: the one in force. */
HOLDFAST_API enum holdfast_status holdfast_policy_file(struct holdfast *hf, const char *name, const char *version,
                                                       void (*take)(void *ctx, const void *bytes, size_t len),
                                                       void *ctx);
/* Releases a pack or a calendar: signed by this device, sent with the next sync, in force here at once. It never
 * changes afterwards. out_change (may be NULL) is zero when that very file was released before. HOLDFAST_DENIED: only
 * the office and administrators release; HOLDFAST_EXISTS: that version was released with another content;
 * HOLDFAST_INVALID, HOLDFAST_LIMIT: the text names line and key; HOLDFAST_NOT_FOUND: release the calendar first. */
HOLDFAST_API enum holdfast_status holdfast_policy_release(struct holdfast *hf, const void *file, size_t len,
                                                          struct holdfast_id *out_change);
/* This device's person has read the version in force. HOLDFAST_NOT_FOUND: no such procedure. */
HOLDFAST_API enum holdfast_status holdfast_policy_acknowledge(struct holdfast *hf, const char *name,
                                                              struct holdfast_id *out_record);

/* --- what holds finalising back, and who may record what
 * --------------------------------------------------------------
 */
/* Calls each for every open duty that holds back finalising this record: only duties that are required can. A record
 * inside a meeting is asked about as the meeting that it belongs to. None: it can be finalised. HOLDFAST_NOT_FOUND: no
 * such record; otherwise as holdfast_duties. */
HOLDFAST_API enum holdfast_status
holdfast_finalise_missing(struct holdfast *hf, const struct holdfast_id *record,
                          bool (*each)(void *ctx, const struct holdfast_duty_row *row), void *ctx);
/* A right of a procedure over a record as it is now. For help before work is done: nothing is refused here. A change
 * without the right is logged, and has no effect until the office looks at it. */
struct holdfast_right_row {
    const char *id, *about;
    const char *asks; /* what a decision needs beside the role, in one sentence; "" */
    bool may;         /* this device's person has one of the roles, in this case and today, and nothing is missing */
    bool lacks;       /* has one of the roles; what is asked for is not on record */
    size_t role_count;
    const char *const *roles; /* that have it */
};
HOLDFAST_API enum holdfast_status holdfast_rights(struct holdfast *hf, const struct holdfast_id *record,
                                                  bool (*each)(void *ctx, const struct holdfast_right_row *row),
                                                  void *ctx);
/* The same about one change of this device: rights over the fields that it touches. None for what is no record. */
HOLDFAST_API enum holdfast_status holdfast_change_rights(struct holdfast *hf, const struct holdfast_id *change,
                                                         bool (*each)(void *ctx, const struct holdfast_right_row *row),
                                                         void *ctx);
/* The same ahead of the change, so that a form says it before it is saved: about what committing the edit, or this
 * device's draft, or finalising the record, would change. None: nothing would, or no right is about it.
 * HOLDFAST_NOT_FOUND: no such draft or record; otherwise as the act itself, and then the act would be refused, too. */
struct holdfast_edit;
struct holdfast_draft_place;
HOLDFAST_API enum holdfast_status holdfast_edit_rights(struct holdfast_edit *edit,
                                                       bool (*each)(void *ctx, const struct holdfast_right_row *row),
                                                       void *ctx);
HOLDFAST_API enum holdfast_status holdfast_draft_rights(struct holdfast *hf, const struct holdfast_draft_place *place,
                                                        bool (*each)(void *ctx, const struct holdfast_right_row *row),
                                                        void *ctx);
HOLDFAST_API enum holdfast_status
holdfast_finalise_rights(struct holdfast *hf, const struct holdfast_id *record,
                         bool (*each)(void *ctx, const struct holdfast_right_row *row), void *ctx);
/* Every right there is, for people to read: first what the program asks a role for (policy ""), then what the
 * procedures in force say, in a case (NULL: of no case; roles that a case names are then nobody's) and for a person
 * (NULL: this device's). HOLDFAST_NOT_FOUND: no such case or person on this device. */
struct holdfast_right_entry {
    const char *policy, *version, *id, *about;
    const char *type; /* of record */
    bool may;
    bool silent, anybody; /* the procedure does not say who; it says that it is open: nobody is held back */
    size_t role_count;
    const char *const *roles;  /* as they are in this case: "ssw" */
    const char *const *people; /* the name of who has each of them here; "" when nobody is named */
};
HOLDFAST_API enum holdfast_status
holdfast_rights_list(struct holdfast *hf, const struct holdfast_id *case_id, const struct holdfast_id *person,
                     bool (*each)(void *ctx, const struct holdfast_right_entry *entry), void *ctx);

/* --- decisions of the authority: how a procedure is read, who holds a post, who stands in --------------------------
 */
struct holdfast_setting_row {
    const char *policy, *version, *name, *about;
    const char *amb;                         /* the ambiguity that it answers, "AMB-01"; "" */
    const char *value;                       /* in force today; "null" where the procedure stays silent */
    bool is_default;                         /* nobody decided it: the pack's own reading */
    struct holdfast_id decision, decided_by; /* zero when nobody did */
    const char *decided_by_name;             /* "" when nobody did, or they are unknown here */
    const char *decided_on, *from, *reason;  /* "" when nobody did, or it was not written down */
};
/* policy NULL: all in force. */
HOLDFAST_API enum holdfast_status holdfast_settings(struct holdfast *hf, const char *policy,
                                                    bool (*each)(void *ctx, const struct holdfast_setting_row *row),
                                                    void *ctx);
struct holdfast_setting_decision {
    const char *policy, *name;
    const char *value; /* a number, a word, or "null" */
    const char *from;  /* YYYY-MM-DD; NULL: today */
    const char *reason;
};
/* A signed record in the office case: who decided, when, and from when; it never changes what was so before its day.
 * HOLDFAST_DENIED: only the office and administrators decide; HOLDFAST_INVALID: the text says what is allowed;
 * HOLDFAST_NOT_FOUND: no such procedure or setting. */
HOLDFAST_API enum holdfast_status holdfast_setting_decide(struct holdfast *hf,
                                                          const struct holdfast_setting_decision *decision,
                                                          struct holdfast_id *out_record);
/* Somebody holds a role of the procedures, where a case names nobody for it. Texts may be NULL. HOLDFAST_DENIED as for
 * settings. */
struct holdfast_post {
    struct holdfast_id person;
    const char *role; /* "fostering_manager" */
    const char *team, *from, *until, *reason;
};
HOLDFAST_API enum holdfast_status holdfast_post_give(struct holdfast *hf, const struct holdfast_post *post,
                                                     struct holdfast_id *out_record);
/* Somebody is away: their duties show with the person who covers, from the one day to the other. HOLDFAST_DENIED unless
 * for the office, an administrator, a manager, or the person who is away. */
struct holdfast_cover {
    struct holdfast_id person, by;
    const char *from, *until; /* YYYY-MM-DD; until NULL: open */
    const char *cause;        /* leave, sick, left, reallocated, other */
    const char *reason;
};
HOLDFAST_API enum holdfast_status holdfast_cover_set(struct holdfast *hf, const struct holdfast_cover *cover,
                                                     struct holdfast_id *out_record);
/* A case goes from one person to another, in one role that the case names (child_sw, ssw, iro, team_manager,
 * fostering_manager): a handover record with the reason, and the case record with the new name, joined as one group.
 * The office gives the new person the case. HOLDFAST_INVALID: no such role; without a reason. */
struct holdfast_handover {
    struct holdfast_id case_id, to;
    const char *role, *cause, *reason;
    const char *passed_on; /* what to know, and what is open; may be NULL */
};
HOLDFAST_API enum holdfast_status holdfast_handover(struct holdfast *hf, const struct holdfast_handover *handover,
                                                    struct holdfast_id *out_record);

/* Somebody leaves: everything that carries their name, and what becomes of it. With `to` every role in a case is handed
 * over, every open action goes to them, and the posts end yesterday and begin today for them: each a signed change with
 * the reason. Without `to` nothing changes: a list. */
struct holdfast_leaver {
    struct holdfast_id person, to; /* to zero: list only */
    const char *cause;             /* NULL: left */
    const char *reason;
};
struct holdfast_leaver_row {
    const char *what; /* case, action, post */
    struct holdfast_id case_id;
    const char *reference; /* of the case; "" for a post */
    const char *role;      /* in the case, or the post; "" for an action */
    struct holdfast_id record;
    const char *title; /* of an action, or the team of a post */
    bool moved;        /* false in a list, and for a post when this device's role may not give posts */
};
/* Of the cases on this device: the office and managers have all of them. HOLDFAST_DENIED with `to` for anybody else;
 * HOLDFAST_INVALID: no reason, or the same person; HOLDFAST_CONFLICT: two values clash in what is to be moved: settle
 * that first, and ask again; what was moved before stays moved. */
HOLDFAST_API enum holdfast_status holdfast_leaver(struct holdfast *hf, const struct holdfast_leaver *leaver,
                                                  bool (*each)(void *ctx, const struct holdfast_leaver_row *row),
                                                  void *ctx);

/* --- escalation ------------------------------------------------------------------------------------------------------
 * The engine alerts and proposes; a person escalates, with a reason, and who is told replies. */
struct holdfast_escalation {
    struct holdfast_id action; /* what is outstanding */
    int level;                 /* 1, 2 or 3 */
    struct holdfast_id to;     /* zero: whoever has the role below in this case */
    const char *to_role;       /* NULL: as the procedure's ladder says for the level */
    const char *reason;
    const char *delay_effect; /* what the delay does to the home: needed at level 3 */
};
/* HOLDFAST_INVALID: no reason, no such level, or level 3 without the delay's effect; HOLDFAST_NOT_FOUND: no such
 * action.
 */
HOLDFAST_API enum holdfast_status holdfast_escalate(struct holdfast *hf, const struct holdfast_escalation *escalation,
                                                    struct holdfast_id *out_record);
/* What comes next for an action: the level after the highest that it was escalated to, and whom the ladder of the
 * procedure names for it. A proposal: a person escalates. HOLDFAST_NOT_FOUND: no such action. */
struct holdfast_escalation_step {
    int level;             /* 0: the ladder has no further step, or the procedure has no ladder */
    const char *role;      /* "fostering_manager"; until the next call with this handle */
    struct holdfast_id to; /* who that is in this case; zero: nobody is named */
    char name[256];        /* "" when unknown here */
    bool needs_delay_effect;
};
HOLDFAST_API enum holdfast_status holdfast_escalation_next(struct holdfast *hf, const struct holdfast_id *action,
                                                           struct holdfast_escalation_step *out);
/* The same for a level (1 to 3), whatever was escalated before. HOLDFAST_INVALID: no such level; HOLDFAST_NOT_FOUND. */
HOLDFAST_API enum holdfast_status holdfast_escalation_step(struct holdfast *hf, const struct holdfast_id *action,
                                                           int level, struct holdfast_escalation_step *out);
/* HOLDFAST_INVALID without text; HOLDFAST_NOT_FOUND: no such escalation. */
HOLDFAST_API enum holdfast_status holdfast_escalation_reply(struct holdfast *hf, const struct holdfast_id *escalation,
                                                            const char *text);

/* --- conflicts ------------------------------------------------------------------------------------------------------
 */
struct holdfast_conflict_value {
    struct holdfast_id change;
    const char *value, *author, *device;
    uint64_t device_number; /* "device 2" of its author, in the order in which they joined; 0: not known here yet */
    bool this_device;
    uint64_t time_ms; /* device time of the author */
    /* As in holdfast_change_row. */
    int64_t clock_offset_ms;
    const char *clock_text;
};
/* One paragraph of a suggestion, as a reader comes by it. */
enum holdfast_suggestion_by {
    HOLDFAST_BY_NOBODY, /* as both started from */
    HOLDFAST_BY_FIRST,  /* put in or taken out by the author of values[0] */
    HOLDFAST_BY_SECOND, /* … of values[1] */
    HOLDFAST_BY_BOTH
};
struct holdfast_suggestion_part {
    const char *text;
    enum holdfast_suggestion_by by;
    bool removed; /* stood in the base, and does not stand in the suggestion */
};
#define HOLDFAST_CLASH_CODE_TEXT_BYTES 13
#define HOLDFAST_DECIDERS_MAX          3
struct holdfast_conflict_row {
    struct holdfast_id case_id, record;
    const char *type, *field, *label;
    const char *code; /* twelve hex digits that name this clash with exactly these values */
    const char *base; /* what both started from; "" when there was nothing */
    size_t value_count;
    const struct holdfast_conflict_value *values;
    /* For a field of kind text with two values that touch different paragraphs of one base: both changes woven
     * together, for a person to look at and to settle with as a value. "" when there is none. */
    const char *suggestion;
    size_t suggestion_part_count;
    const struct holdfast_suggestion_part *suggestion_parts;
    /* Who should settle it: people of the meeting that the record belongs to who hold a device, then the office.
     * Anybody who may write may settle. */
    const char *decider; /* "Amira Sample (chair), or else the office" */
    size_t decider_count;
    struct holdfast_id deciders[HOLDFAST_DECIDERS_MAX]; /* people, first asked first; the office is not among them */
};
HOLDFAST_API enum holdfast_status holdfast_conflicts(struct holdfast *hf,
                                                     const struct holdfast_id *record /* or NULL */,
                                                     bool (*each)(void *ctx, const struct holdfast_conflict_row *row),
                                                     void *ctx);
/* What a person decided, having seen a clash. It names exactly the values they saw: one that arrived since stays, and
 * the field is then in conflict between the decision and that value. */
struct holdfast_decision {
    const struct holdfast_id *seen; /* the changes of all values of the row that was shown, 2 or more */
    size_t seen_count;
    const struct holdfast_id *pick; /* one of them; NULL: value */
    const char *value;              /* NULL: pick */
    const char *reason;
};
/* Settles by a signed change. Either pick or value is given; a person's own words (verbatim) are only picked. A reason
 * is needed. out_change may be NULL. HOLDFAST_INVALID, HOLDFAST_LIMIT; HOLDFAST_NOT_FOUND: no such record;
 * HOLDFAST_STATE: nothing clashes there (any more), or the words of a person would be overwritten; HOLDFAST_CONFLICT:
 * something that was seen does not stand there any more: show the clash again. */
HOLDFAST_API enum holdfast_status holdfast_settle(struct holdfast *hf, const struct holdfast_id *record,
                                                  const char *field, const struct holdfast_decision *decision,
                                                  struct holdfast_id *out_change);

/* --- final, amended, deleted (docs/merge.md) ------------------------------------------------------------------------
 */
/* Final: what a record says is signed once more as a whole, and nothing takes it out any more. Who edits it afterwards,
 * knowing or not, proposes an amendment: it stands beside the original until a person accepts or declines it. With a
 * meeting its parts become final too (notes, agenda items, attendance and the decisions about it, views, discussion,
 * issues, needs, risks, support tried, options), as far as they are on this device; actions, circulation and filing go
 * on. The status moves on as before: final, circulated, filed.
 *
 * reason may be NULL. out_change may be NULL. HOLDFAST_NOT_FOUND; HOLDFAST_CONFLICT: it or a part of it has a clash:
 * settle that first; HOLDFAST_STATE: it is final, or deleted, or the case itself, or its status cannot become final
 * from where it is; HOLDFAST_LIMIT: it holds more than one change can. Statuses of saving as holdfast_edit_commit. */
HOLDFAST_API enum holdfast_status holdfast_finalise(struct holdfast *hf, const struct holdfast_id *record,
                                                    const char *reason, struct holdfast_id *out_change);

/* holdfast_edit_commit gives HOLDFAST_STATE for a record that was final when the edit began (its status aside): propose
 * instead. What became final in between is proposed by the commit itself. A reason is needed (holdfast_edit_reason).
 * Otherwise as holdfast_edit_commit, also for a record that is not final. */
HOLDFAST_API enum holdfast_status holdfast_edit_propose(struct holdfast_edit *edit, struct holdfast_id *out_change);

struct holdfast_amendment_field {
    const char *field, *label;
    const char *original; /* what is official without it; elements of a set, and entries, joined by ", " */
    const char *proposed; /* of a set: "+added, -removed" */
};
struct holdfast_amendment_row {
    struct holdfast_id id; /* of the change that proposes it */
    struct holdfast_id case_id, record;
    const char *type;
    const char *state; /* "open", "accepted", "declined" */
    const char *author, *device, *reason;
    uint64_t time_ms;
    size_t field_count; /* of an open one only what still differs from what is official */
    const struct holdfast_amendment_field *fields;
    /* of accepted and declined ones */
    struct holdfast_id decision;
    const char *decided_by, *decision_reason;
    uint64_t decided_ms;
};
/* By record, then oldest first. record NULL: of all records. open_only leaves out those that were decided. */
HOLDFAST_API enum holdfast_status holdfast_amendments(struct holdfast *hf, const struct holdfast_id *record,
                                                      bool open_only,
                                                      bool (*each)(void *ctx, const struct holdfast_amendment_row *row),
                                                      void *ctx);
/* A signed amendment: what is proposed becomes official; the original stays in the history and in the list. A reason is
 * needed. HOLDFAST_NOT_FOUND: no such record, or nothing open of that name; HOLDFAST_CONFLICT: the official values
 * clash: settle them first; HOLDFAST_INVALID; otherwise as holdfast_edit_commit. */
HOLDFAST_API enum holdfast_status holdfast_amendment_accept(struct holdfast *hf, const struct holdfast_id *record,
                                                            const struct holdfast_id *amendment, const char *reason,
                                                            struct holdfast_id *out_change);
HOLDFAST_API enum holdfast_status holdfast_amendment_decline(struct holdfast *hf, const struct holdfast_id *record,
                                                             const struct holdfast_id *amendment, const char *reason,
                                                             struct holdfast_id *out_change);

/* Takes a record out of view, with a reason. It stays deleted however long another device was away; an edit made
 * without knowing keeps its words and shows as a clash of the field "deleted" (holdfast_conflicts), to be settled by
 * deleting again or by restoring. Parts and records that belong to it stay. HOLDFAST_NOT_FOUND; HOLDFAST_INVALID: no
 * reason; HOLDFAST_STATE: it is final, a case or a member of staff; or it is deleted, and nothing came since. */
HOLDFAST_API enum holdfast_status holdfast_delete(struct holdfast *hf, const struct holdfast_id *record,
                                                  const char *reason, struct holdfast_id *out_change);
/* HOLDFAST_STATE: it is not deleted. */
HOLDFAST_API enum holdfast_status holdfast_restore(struct holdfast *hf, const struct holdfast_id *record,
                                                   const char *reason, struct holdfast_id *out_change);

/* --- sync and status ---------------------------------------------------------------------------------------------- */
enum holdfast_sync_phase { HOLDFAST_SYNC_CONNECTING, HOLDFAST_SYNC_RUNNING, HOLDFAST_SYNC_DONE };
struct holdfast_sync_progress {
    enum holdfast_sync_phase phase;
    uint64_t pushed, pulled;             /* changes in this sync */
    uint64_t erased;                     /* of those sent: about a case that was erased; what they say is not kept */
    int64_t clock_offset_ms;             /* server time minus device time, as measured */
    bool hand_in;                        /* this device was revoked and only handed its work in */
    uint64_t bytes_sent, bytes_received; /* of this sync, handshake included */
    uint64_t log_size;                   /* as last heard; 0 before the office answered */
    uint64_t cursor;                     /* how far into that log this device has read */
    /* attachments: bytes that are safe at the office, and that came, in this sync; the lane behind everything else */
    uint64_t attach_sent_bytes, attach_fetched_bytes;
};
/* Starts a sync; HOLDFAST_STATE when one is under way, or the device never joined. Then call step until the phase is
 * DONE or it fails; each step waits at most wait_ms for the network (0: looks only). out may be NULL. Between steps the
 * handle works as always. When it is DONE or has failed the sync has ended; what was acknowledged stays so.
 * HOLDFAST_NETWORK the office cannot be reached or does not let this device in; HOLDFAST_CLOSED the connection broke
 * off; HOLDFAST_TIMEOUT; HOLDFAST_WAITING an administrator has to confirm this device first; HOLDFAST_AUTH what the
 * other side is, or what it sent, does not hold, and was not stored; HOLDFAST_PROTOCOL, HOLDFAST_UNSUPPORTED;
 * HOLDFAST_STATE the office's view of this device and its own cannot be squared. In each case the work is safe here. */
HOLDFAST_API enum holdfast_status holdfast_sync_begin(struct holdfast *hf, const struct holdfast_options *options);
HOLDFAST_API enum holdfast_status holdfast_sync_step(struct holdfast *hf, uint32_t wait_ms,
                                                     struct holdfast_sync_progress *out);
/* Gives a sync up; fine when there is none. */
HOLDFAST_API void holdfast_sync_end(struct holdfast *hf);

/* --- staying connected ---
 * What is saved here goes out at the next step, what others save comes as the office tells it; nothing is asked for
 * again and again, and a quiet line costs one small message in two minutes. A lost line is dialled again by itself:
 * soon at first, then less and less often (up to five minutes apart, never two devices in step), and at once when the
 * machine's network changes. */
enum holdfast_watch_phase {
    HOLDFAST_WATCH_WAITING, /* no line; the next try is retry_ms away */
    HOLDFAST_WATCH_CONNECTING,
    HOLDFAST_WATCH_SYNCING,
    HOLDFAST_WATCH_IN_SYNC /* connected, nothing to do */
};
struct holdfast_watch_progress {
    enum holdfast_watch_phase phase;
    uint64_t pushed, pulled; /* changes since it began */
    uint64_t bytes;          /* both ways, since it began */
    uint64_t connections;    /* lines that came up so far */
    uint64_t retry_ms;       /* WAITING */
    uint64_t rest_ms;        /* no step is needed for so long, unless holdfast_watch_fd says so; UINT64_MAX: ever */
    int64_t clock_offset_ms;
    const char *text; /* WAITING: why, for a person; valid until the next step. Otherwise "" */
};
/* Begins; HOLDFAST_STATE as holdfast_sync_begin, and when it stays connected already. Then call step again and again;
 * each waits at most wait_ms. A network that fails is no failure of a step. What a person has to settle ends it:
 * HOLDFAST_AUTH, HOLDFAST_STATE, HOLDFAST_UNSUPPORTED as with a sync, HOLDFAST_REVOKED after this device has handed its
 * work in, and what the disk says. */
HOLDFAST_API enum holdfast_status holdfast_watch_begin(struct holdfast *hf, const struct holdfast_options *options);
HOLDFAST_API enum holdfast_status holdfast_watch_step(struct holdfast *hf, uint32_t wait_ms,
                                                      struct holdfast_watch_progress *out);
/* For a program with an event loop of its own (poll, epoll, kqueue, GLib, Qt, an Android Looper, a dispatch source): a
 * descriptor that becomes readable when a step has something to do: the line moved, the machine's network changed, or
 * something was saved through this handle. Wait until it is readable, at most rest_ms of the last step (0 after begin),
 * then call step with wait_ms 0, and so on; nothing else needs a timer, and a quiet line wakes the program for its
 * keep-alive only. After the machine slept, step at once.
 *
 * It is the library's: only ever wait for it, neither read from it nor close it. It stays the same from begin until the
 * watch ends (holdfast_watch_end, a step that fails, holdfast_lock, holdfast_close): take it out of the loop before, or
 * when a step has failed. Waiting for it is the one thing that any thread may do while another one uses the handle;
 * stepping belongs to the thread of the handle. -1: nothing stays connected. */
HOLDFAST_API int holdfast_watch_fd(const struct holdfast *hf);
/* Fine when there is none. */
HOLDFAST_API void holdfast_watch_end(struct holdfast *hf);

struct holdfast_counts {
    uint64_t cases, records, changes;
    uint64_t saved_here, sent, received; /* own changes: Saved here, Sent, Received by office */
    uint64_t held, waiting, conflicts;
    uint64_t oldest_unsent_ms; /* 0: none */
    uint64_t last_sync_ms;     /* 0: never */
    uint64_t checkpoint_size, checkpoint_ms;
    uint64_t unverified_cases, unverified; /* cases, and records, not yet verified back to their signatures: a first
                                              sync brought what they say, and their history comes on demand */
};
HOLDFAST_API enum holdfast_status holdfast_get_counts(struct holdfast *hf, struct holdfast_counts *out);
/* What unlocking found wrong with the store, for a person: "" for nothing, and while it is locked. Then it can be read
 * and synced, and nothing saved until the office has granted a new chain, which the next sync asks for
 * (docs/vault.md). Valid until the store is locked or synced. */
HOLDFAST_API const char *holdfast_damage(struct holdfast *hf);

/* --- decisions that this person is to be told of ---------------------------------------------------------------------
 * Somebody else decided between values of which this person wrote one ("value"), answered an amendment that they
 * proposed ("amendment"), or decided whether a record is in view that they had deleted, restored, or written in since
 * it was deleted ("deletion"; own and taken are then "in view" and "out of view"). It is told, chosen or not, until the
 * person has seen it on this device; what comes later (the clash opened again, another decision) does not take it
 * away. */
struct holdfast_decided {
    const char *about;         /* value, amendment, deletion */
    struct holdfast_id change; /* the decision; the same for each field that it settled */
    struct holdfast_id case_id, record;
    const char *type, *type_label; /* of the record */
    const char *field, *label;
    const char *author; /* who decided; "" unknown here */
    uint64_t time_ms;   /* device time of the decision */
    const char *reason;
    bool chosen;       /* the value of this person stands */
    const char *own;   /* what this person had written; "" cleared */
    const char *taken; /* what was decided; "" cleared */
};
typedef bool holdfast_decided_fn(void *ctx, const struct holdfast_decided *decided);
/* Those not seen yet, oldest first; record NULL: of every record. HOLDFAST_LEASE as any reading. */
HOLDFAST_API enum holdfast_status holdfast_decisions_told(struct holdfast *hf, const struct holdfast_id *record,
                                                          holdfast_decided_fn *each, void *ctx);
/* The person has seen this decision: it is told no more. Stays on this device, is no change and is not signed. Again:
 * nothing happens. HOLDFAST_NOT_FOUND: no decision that this person is told of. */
HOLDFAST_API enum holdfast_status holdfast_decision_seen(struct holdfast *hf, const struct holdfast_id *change);

/* --- what needs attention --------------------------------------------------------------------------------------- */
struct holdfast_notice {
    /* revoked, damage, distrust, unsent, overdue (nothing confirmed for a day), held, clash (this person is named to
     * settle it, or wrote one of the values), decided (somebody else settled a clash of this person's), attachment_lost
     * (added on this device, and neither here nor at the office any more), lease, clock */
    const char *kind;
    const char *text;                           /* a sentence */
    uint64_t count;                             /* changes, 0 where nothing is counted */
    uint64_t since_ms;                          /* device time of the oldest; 0: none */
    struct holdfast_id case_id, record, change; /* zero: not about one */
    const struct holdfast_decided *decided;     /* of a decided one; NULL otherwise */
};
typedef bool holdfast_notice_fn(void *ctx, const struct holdfast_notice *notice);
/* Everything that waits for a person, read anew each time: it leaves the list by being settled, a decision by being
 * seen, and by nothing else. Also when the lease is over, then without what the records say. */
HOLDFAST_API enum holdfast_status holdfast_attention(struct holdfast *hf, holdfast_notice_fn *each, void *ctx);

/* The device's clock beside the office's, as they were when they last spoke. Clocks decide nothing; times that people
 * read come from the device. */
struct holdfast_clock {
    int64_t offset_ms;    /* office less device: positive when the device is slow */
    uint64_t measured_ms; /* by this device's clock; 0: never */
    char text[200];       /* for a person; "" while it is within five minutes */
};
HOLDFAST_API enum holdfast_status holdfast_get_clock(struct holdfast *hf, struct holdfast_clock *out);

/* --- attachments: photographs, papers, a film ------------------------------------------------------------------------
 * A record of the type "attachment" that belongs to another record, signed like any, and its content beside it: sealed
 * in chunks under a key of the case, on this device, on the way and at the office. The content goes when nothing else
 * waits to go, so a film never delays a note, and goes on after a cut where it stopped. Small ones come by themselves
 * with a sync, others when they are asked for. Removing one is deleting its record (holdfast_delete). */
struct holdfast_attach; /* a file that is being added */
struct holdfast_attach_spec {
    struct holdfast_id case_id;
    struct holdfast_id parent; /* the record that it belongs to: a meeting, a plan, views, a document … */
    const char *title;         /* what it is; NULL or "": its name */
    const char *name;          /* of the file; of a path the last part counts */
    uint64_t size;             /* in bytes; all of them have to follow */
    /* The caller has scaled a picture and taken out of it what a camera writes (position, time, device). Otherwise
     * JPEG and PNG are scaled to 1600 pixels on the long side, turned upright and cleaned before they are sealed, which
     * needs the program holdfast-photo; other pictures that can name a place are refused. Other files stay as they are.
     */
    bool prepared;
};
/* Until finish or abandon; at most four at once. HOLDFAST_LIMIT: the procedure does not allow this size, the text says
 * what it does; HOLDFAST_INVALID: empty, or the record is of another case; HOLDFAST_NOT_FOUND: no such case or record;
 * HOLDFAST_UNSUPPORTED: a kind of picture that cannot be cleaned here, or no holdfast-photo; HOLDFAST_FULL: the disk.
 * Each of the three calls may answer these: what a file is shows in its first bytes. */
HOLDFAST_API enum holdfast_status holdfast_attach_begin(struct holdfast *hf, const struct holdfast_attach_spec *spec,
                                                        struct holdfast_attach **out);
/* The next bytes. HOLDFAST_LOCKED: the handle was locked meanwhile; then abandon. */
HOLDFAST_API enum holdfast_status holdfast_attach_write(struct holdfast_attach *attach, const void *bytes, size_t len);
/* Seals and signs. Frees attach, whatever the answer. */
HOLDFAST_API enum holdfast_status holdfast_attach_finish(struct holdfast_attach *attach,
                                                         struct holdfast_id *out_record);
/* Nothing of it is kept. NULL is fine. */
HOLDFAST_API void holdfast_attach_abandon(struct holdfast_attach *attach);

struct holdfast_attachment {
    struct holdfast_id record, case_id, parent;
    const char *title, *name, *media_type;
    uint64_t size;         /* of the content as it is kept: a photograph is smaller than the file was */
    uint64_t here_bytes;   /* of those on this device */
    uint64_t office_bytes; /* of those at the office, as far as this device knows */
    bool own;              /* added on this device */
    bool here;             /* all of it: it can be read */
    bool wanted;           /* asked for: it comes with the next sync */
    bool clashes;          /* two contents stand side by side; its record shows both */
    /* "saved_here", "sent" or "received": of the record and all of its content; "lost": added on this device, and
     * neither here nor at the office any more, to be added again */
    const char *sent;
    const char *why; /* what the office said when it last did not take or give it; "" */
};
/* Of a case, or of one record (parent, may be NULL), in order of creation. Removed ones are left out. */
HOLDFAST_API enum holdfast_status
holdfast_attachments(struct holdfast *hf, const struct holdfast_id *case_id, const struct holdfast_id *parent,
                     bool (*each)(void *ctx, const struct holdfast_attachment *attachment), void *ctx);
/* One. HOLDFAST_NOT_FOUND. */
HOLDFAST_API enum holdfast_status
holdfast_attachment_show(struct holdfast *hf, const struct holdfast_id *record,
                         bool (*each)(void *ctx, const struct holdfast_attachment *attachment), void *ctx);
/* Its content in plain, piece by piece from byte `from` (a multiple of 32768) on, until the callback answers false.
 * Nothing is written anywhere. HOLDFAST_WAITING: not all of it is here yet; HOLDFAST_CONFLICT: it clashes;
 * HOLDFAST_CORRUPT: this disk has damaged it; HOLDFAST_NOT_FOUND. */
HOLDFAST_API enum holdfast_status holdfast_attachment_read(struct holdfast *hf, const struct holdfast_id *record,
                                                           uint64_t from,
                                                           bool (*each)(void *ctx, const void *bytes, size_t len),
                                                           void *ctx);
/* To be fetched with the next sync although it is large. HOLDFAST_NOT_FOUND. */
HOLDFAST_API enum holdfast_status holdfast_attachment_want(struct holdfast *hf, const struct holdfast_id *record);
struct holdfast_attachment_counts {
    uint64_t to_send, to_send_bytes;   /* own ones of which the office has not all, and what is missing */
    uint64_t to_fetch, to_fetch_bytes; /* small ones and those asked for that are not all here */
    uint64_t refused;                  /* of those to send: the office would not take them so far */
};
HOLDFAST_API enum holdfast_status holdfast_get_attachment_counts(struct holdfast *hf,
                                                                 struct holdfast_attachment_counts *out);

/* --- the signed log ----------------------------------------------------------------------------------------------- */
/* The newest checkpoint that this device has checked. size 0: none yet. Not secret: two people who compare origin, size
 * and root know whether they are shown the same log. */
struct holdfast_log_head {
    char origin[201];
    uint64_t size;    /* entries */
    uint8_t root[32]; /* hash over all of them */
    uint64_t checked_ms;
};
HOLDFAST_API enum holdfast_status holdfast_get_log_head(struct holdfast *hf, struct holdfast_log_head *out);
/* The proof that a change of this device is in the signed log, to a callback: a C2SP tlog-proof with the signed entry
 * in it, which anybody can check without this device, the office or a network. HOLDFAST_NOT_FOUND: no such change;
 * HOLDFAST_STATE: no proof of it is kept here; the text says why. */
HOLDFAST_API enum holdfast_status holdfast_log_proof(struct holdfast *hf, const struct holdfast_id *change,
                                                     void (*take)(void *ctx, const void *bytes, size_t len), void *ctx);
/* Whether this device has stopped trusting the office's log, because it was shown one that cannot be what it saw
 * before. It syncs no more then (HOLDFAST_AUTH) and works on offline. */
struct holdfast_distrust {
    bool found;
    uint64_t found_ms;
    char text[512]; /* what was wrong */
};
HOLDFAST_API enum holdfast_status holdfast_get_distrust(struct holdfast *hf, struct holdfast_distrust *out);
/* What it was shown, signed by the log, to a callback: a file that `holdfast-audit fork` checks.
 * HOLDFAST_NOT_FOUND: it trusts the log. */
HOLDFAST_API enum holdfast_status holdfast_evidence(struct holdfast *hf,
                                                    void (*take)(void *ctx, const void *bytes, size_t len), void *ctx);
/* The next sync looks again, as hard as before, and the evidence is forgotten: write it to a file first. */
HOLDFAST_API enum holdfast_status holdfast_trust_again(struct holdfast *hf);
/* The office lost the end of its log and began a new one, with the authority's consent; what this device had that the
 * new one lacked was handed on, or is with the next sync. HOLDFAST_NOT_FOUND: it never did. */
struct holdfast_shard {
    char name[201];            /* of the log as it is now */
    char reason[501];          /* the office's words */
    uint64_t began_ms;         /* when this device followed */
    uint64_t size, known_size; /* the new log begins with so many entries of the one before, of which this device knew
                                  known_size */
    uint64_t handed_on, left;  /* changes that went back to the office, and that wait to */
    uint64_t not_taken;        /* that the office could not take: they stay here */
    uint64_t not_here;         /* own changes of cases that are not on this device any more: it cannot hand them on */
};
HOLDFAST_API enum holdfast_status holdfast_get_shard(struct holdfast *hf, struct holdfast_shard *out);
/* The newest checkpoint of the log before that this device had checked: a signed note, evidence of what was lost. */
HOLDFAST_API enum holdfast_status
holdfast_shard_evidence(struct holdfast *hf, void (*take)(void *ctx, const void *bytes, size_t len), void *ctx);
/* The office's keys, as `holdfastd key show` prints them: for a device that was away until its key for the office was
 * not answered any more. HOLDFAST_AUTH: the authority did not sign them; HOLDFAST_INVALID, HOLDFAST_STATE. The next
 * sync does the rest. */
HOLDFAST_API enum holdfast_status holdfast_follow_keys(struct holdfast *hf, const void *text, size_t len);
/* State digest of one case, or of all (NULL): equal on every replica that holds the same. */
HOLDFAST_API enum holdfast_status holdfast_digest(struct holdfast *hf, const struct holdfast_id *case_id,
                                                  uint8_t out[HOLDFAST_DIGEST_BYTES]);

/* Called after a commit or a sync step has changed records; may call the reading functions. One per handle; NULL ends
 * it. */
HOLDFAST_API void holdfast_on_change(struct holdfast *hf,
                                     void (*changed)(void *ctx, const struct holdfast_id *case_id,
                                                     const struct holdfast_id *record),
                                     void *ctx);

/* --- held changes ------------------------------------------------------------------------------------------------- */
/* A change that is in the log but does not count, until a person in the office has settled it. */
struct holdfast_held_row {
    struct holdfast_id change, case_id, record; /* record zero: not about one */
    uint64_t time_ms;                           /* device time of the author */
    const char *author;                         /* "" when unknown here */
    const char *type;                           /* label of the kind of record; "" when there is none */
    const char *why;                            /* a sentence */
    bool own;
    bool releasable; /* the office may let it count; the others can only be refused */
};
/* What is held and not settled, of the cases on this device. */
HOLDFAST_API enum holdfast_status
holdfast_held(struct holdfast *hf, bool (*each)(void *ctx, const struct holdfast_held_row *row), void *ctx);
/* The decision of somebody with the role office, as a signed change: it counts from now on, or never will. Takes effect
 * with the next sync, for everybody. HOLDFAST_DENIED: another role; HOLDFAST_NOT_FOUND; HOLDFAST_STATE: it is not held,
 * or cannot be made to count; HOLDFAST_INVALID: no reason. */
HOLDFAST_API enum holdfast_status holdfast_settle_held(struct holdfast *hf, const struct holdfast_id *change,
                                                       bool release, const char *reason);
/* An own change that is held because another record stands under the id of its own (somebody began one under an id that
 * could be known before): everything it said is saved once more, as a new change, under the id that follows. The held
 * change stays in the log. HOLDFAST_STATE: no such change; HOLDFAST_NOT_FOUND. */
HOLDFAST_API enum holdfast_status holdfast_say_again(struct holdfast *hf, const struct holdfast_id *change,
                                                     struct holdfast_id *out_record);

/* --- the office --------------------------------------------------------------------------------------------------- */
/* Runs one of the office's commands (`holdfast office --help`) on the server, over this device's own channel, for the
 * person whose device this is. Blocks. words: "case", "assign", "--case", … ; with "--json" among them the text is
 * JSON. *out_text (never NULL on HOLDFAST_OK; may hold an invitation) is the caller's, to be given to
 * holdfast_text_free. HOLDFAST_DENIED: the person's role may not run it; HOLDFAST_INVALID: wrong usage; HOLDFAST_STATE:
 * the office refused, or a sync is under way; otherwise as a sync. What it changed comes here with the next sync. */
HOLDFAST_API enum holdfast_status holdfast_office(struct holdfast *hf, size_t word_count, const char *const *words,
                                                  const struct holdfast_options *options, char **out_text);
/* Wipes and frees. NULL is fine. */
HOLDFAST_API void holdfast_text_free(char *text);

/* --- erasing -------------------------------------------------------------------------------------------------------
 */
/* Asks for a case to be erased, as the first of two officers (office, admin): fetches the request from the office,
 * checks that it is about this case and basis, signs it on this device and hands it in. basis: "retention",
 * "never_recorded", "court_order", "duplicate", "other". *out_text is the erasure's id, to be given to
 * holdfast_text_free. Preview, list and cancel are office commands. Errors as holdfast_office; HOLDFAST_AUTH: the
 * office asked for another signature. */
HOLDFAST_API enum holdfast_status holdfast_erase_request(struct holdfast *hf, const struct holdfast_id *case_id,
                                                         const char *basis, const struct holdfast_options *options,
                                                         char **out_text);
/* Confirms it as the second officer: another person with another device. The case is then gone for good, on the server
 * at once and on every device at its next sync. HOLDFAST_AUTH: the erasure is about another case than this. */
HOLDFAST_API enum holdfast_status holdfast_erase_confirm(struct holdfast *hf, const struct holdfast_id *erasure,
                                                         const struct holdfast_id *case_id,
                                                         const struct holdfast_options *options, char **out_text);

/* --- without any network --------------------------------------------------------------------------------------------
 */
/* What a carried file held, or what taking it in did. */
struct holdfast_bundle {
    bool office;             /* to or from the office; otherwise between holders of cases */
    uint64_t changes;        /* in the file; taken in: new here */
    uint64_t known;          /* of holders: they were here before */
    uint64_t cases;          /* of holders: that this device holds */
    uint64_t cases_left_out; /* of holders: that it does not, or has an older key of */
    uint64_t strangers;      /* left out: of devices that this one has not heard of yet */
    uint64_t left_out;       /* left out: restricted, or of a revoked device; these come from the office only */
    uint64_t sent, received; /* own changes that the office says it has logged, and those it has proved */
    bool receipts_follow;    /* its proofs do not fit what this device has seen since: at the next exchange */
    bool hand_in;            /* this device was revoked */
    uint64_t attachments;    /* of which there are chunks in the file; taken in: that came with it */
    uint64_t drafts;         /* for the office */
    bool follows;            /* not all chunks fitted: they go with the next file */
};
/* Writes a new file for the office: unsent changes, and what this device would ask it over a network. `holdfastd bundle
 * import` takes it in and writes the answer. Nothing changes here: the changes stay unsent until the answer is here.
 * Also when the lease is over. HOLDFAST_EXISTS: the file is there; HOLDFAST_LIMIT: more than fits; HOLDFAST_STATE. */
HOLDFAST_API enum holdfast_status holdfast_bundle_export(struct holdfast *hf, const char *path,
                                                         struct holdfast_bundle *out);
/* Writes a new file for others who hold a case (NULL: every case that this person holds): changes that the office does
 * not have as far as this device knows, or all. Restricted records are left out. HOLDFAST_NOT_FOUND: there are none. */
HOLDFAST_API enum holdfast_status holdfast_bundle_export_cases(struct holdfast *hf, const char *path,
                                                               const struct holdfast_id *case_id, bool all,
                                                               struct holdfast_bundle *out);
/* Takes either kind in. HOLDFAST_CORRUPT: cut off or altered; HOLDFAST_DENIED: for another device, or about cases that
 * this person does not hold; HOLDFAST_INVALID: no such file, or another office's; HOLDFAST_STATE: an earlier one is
 * missing; HOLDFAST_AUTH: it does not hold. Taking it in again is harmless. */
HOLDFAST_API enum holdfast_status holdfast_bundle_import(struct holdfast *hf, const char *path,
                                                         struct holdfast_bundle *out);

/* A records officer says what became of an erased case on a device that was revoked: what is "destroyed", "returned",
 * "lost", "unreachable" or "other"; the reason, how that is known. Saved as a signed change of the office case; the
 * list of erasures then names the device apart. Destroys nothing. HOLDFAST_DENIED, HOLDFAST_INVALID. */
HOLDFAST_API enum holdfast_status holdfast_erase_close(struct holdfast *hf, const struct holdfast_id *case_id,
                                                       const char *device, const char *what, const char *reason);

/* How long the cases on this device are kept, by the procedures in force and the dates on record: the latest of the
 * clocks counts (a child's birth or death, the end of a carer's approval in a record "carer_approval"). Erases nothing.
 */
struct holdfast_retention_row {
    struct holdfast_id case_id;
    const char *reference;
    const char *until;    /* the last day on which it is kept at least; "": nothing says until when, so it is kept */
    const char *from;     /* "birth", "death", "approval_ended"; "" */
    unsigned years;       /* since then */
    const char *from_day; /* the date on record that it is counted from; "" */
    long days;            /* from that day to `until` */
    long days_left;       /* to `until`, from the day asked for; negative: so long over */
    const char *source;   /* the rule's own; "" */
    const char *policy;   /* the procedure whose rule counts, and its version; "" */
    const char *version;
    const char *missing; /* a date that a rule asks for and that is not on record, or twice: the case is kept; "" */
    bool is_over;        /* as of the day asked for */
    bool on_hold;        /* a legal hold keeps it all the same */
};
/* By reference. as_of_ms 0: now. HOLDFAST_INVALID: a procedure's "retention" cannot be read. */
HOLDFAST_API enum holdfast_status holdfast_retention(struct holdfast *hf, uint64_t as_of_ms,
                                                     bool (*each)(void *ctx, const struct holdfast_retention_row *row),
                                                     void *ctx);

/* --- auditors ----------------------------------------------------------------------------------------------------- */
/* Syncs, then fetches the whole log from the office into a bundle folder (must not exist or be empty) that
 * holdfast-audit verifies. Blocks. The folder appears only when every entry was checked against the signed checkpoint;
 * until then it is FOLDER.part, which is removed on failure. progress may be NULL; when it returns false the export
 * stops with HOLDFAST_STATE. HOLDFAST_DENIED unless the role is auditor; HOLDFAST_EXISTS, HOLDFAST_NOT_FOUND,
 * HOLDFAST_INVALID about the folder; HOLDFAST_AUTH: what the office sent does not hold; otherwise as a sync. */
HOLDFAST_API enum holdfast_status holdfast_audit_export(struct holdfast *hf, const char *folder,
                                                        const struct holdfast_options *options,
                                                        bool (*progress)(void *ctx, uint64_t done, uint64_t total),
                                                        void *ctx);

#ifdef __cplusplus
}
#endif

#endif
