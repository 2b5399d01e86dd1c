/* What the files of core/replica share. Not for other rooms.
 *
 * Rows of `changes` are the truth; rows of `records` are computed from them: state = f(changes - held). Everything that
 * writes runs inside a transaction of a public function and keeps nothing in memory but the identity, which is set
 * after the commit: a rollback leaves nothing behind. */
#ifndef HF_CORE_REPLICA_REPLICA_INTERNAL_H
#define HF_CORE_REPLICA_REPLICA_INTERNAL_H

#include "core/pack/press.h"
#include "core/policy/book.h"
#include "core/replica/rows.h"

#define HF_REPLICA_SCHEMA      3
#define HF_REPLICA_ATTACH_ADDS 4         /* HF_ATTACH_ADDS_MAX */
#define HF_LOG_INDEX_MAX       INT64_MAX /* SQLite's integers are signed */

/* lease.c: the row, and what was counted since. */
struct hf_lease_row {
    bool loaded, running;
    uint32_t days;
    uint64_t spent_ms;
    uint64_t wall_ms, machine_ms;             /* of the last look */
    uint64_t stored_spent_ms, stored_wall_ms; /* what the row says */
};

/* reads.c: what was noted since the store was opened. */
#define HF_READS_RECENT 64
struct hf_reads_now {
    bool loaded, older; /* rows of earlier visits wait to be signed */
    bool forgot;        /* a page was emptied, and is to go from the files */
    uint64_t visit;
    uint64_t began_ms, last_ms, lines; /* of this piece */
    uint64_t lost;                     /* openings that could not be noted */
    struct hf_reads_recent {
        struct hf_id name;
        uint64_t ms;
    } recent[HF_READS_RECENT];
    size_t next;
};

/* fold.c: what it read lately, each number and size in its place, and its working memory. */
#define HF_FOLD_DEVICES 16
#define HF_FOLD_ROOTS   64
struct hf_fold_device {
    bool is_known;
    uint64_t number; /* in the table of devices */
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint32_t incarnation;
};
struct hf_fold_root {
    bool is_known;
    uint64_t size;
    uint8_t root[HF_HASH_BYTES];
};
struct hf_fold_now {
    struct hf_fold_device devices[HF_FOLD_DEVICES];
    struct hf_fold_root roots[HF_FOLD_ROOTS];
    struct hf_press *press;
    struct hf_buf bytes;
};

struct hf_chain {
    uint64_t device; /* number in the table of devices */
    uint64_t next_seq;
    uint8_t head[HF_HASH_BYTES];
    hf_clock clock;
    uint64_t change_count; /* rows of changes, own and others' */
    uint64_t changes_end;  /* indexed.h; 0: none waits. Read only: not stored with the rest */
};
struct hf_seen {
    uint64_t size;
    struct hf_hash root; /* SHA-256 of nothing at size 0 */
    uint64_t verified_ms;
};

/* What a save reads before it writes, as it was read last. It holds while sqlite3_total_changes64 stands: nobody else
 * writes beside this connection. */
struct hf_memo {
    int64_t writes; /* -1: nothing holds */
    bool has_chain, has_seen;
    struct hf_chain chain;
    struct hf_seen seen;
};

struct hf_kept;
struct hf_replica {
    struct hf_memo memo;
    struct hf_fold_now fold;
    struct hf_kept *kept; /* kept.h; NULL: nothing is */
    struct hf_lease_row lease;
    struct hf_reads_now reads;
    struct hf_vault *vault;
    sqlite3 *db;
    struct hf_identity *identity; /* hf_secret_alloc */
    struct hf_id office_case;
    struct hf_error damage; /* found when it was opened; a text: only reading and syncing until a new chain */
    bool records_checked;   /* hf_replica_chain_check_records, once while it is open */
    bool has_signs_as;      /* while changes are signed again, the incarnation that they are signed in */
    uint32_t signs_as;
    sqlite3_stmt *statements[HF_STATEMENT_COUNT];
    struct hf_rows_text texts[HF_ROWS_TEXTS];
    uint64_t texts_used;
    uint64_t snapshot_least; /* snapshot.h */
    struct hf_book *book;    /* NULL until it is asked for; see policies.c */
    uint64_t book_mark;      /* the newest change that it holds */
    int64_t book_writes;     /* sqlite3_total_changes64 when that was looked at; -1: look again */
    /* attachments */
    char *attach_folder; /* NULL: none are kept */
    struct hf_id attach_adding[HF_REPLICA_ATTACH_ADDS];
};

/* --- schema.c, identity.c ------------------------------------------------------------------------------------------
 */
HF_CHECKED enum hf_status hf_replica_schema_make(struct hf_replica *replica, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_schema_find(struct hf_replica *replica, bool *out_found, struct hf_error *err);
/* Writes the row; the cached identity is not touched. */
HF_CHECKED enum hf_status hf_replica_identity_write(struct hf_replica *replica, const struct hf_identity *identity,
                                                    struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_identity_read(struct hf_replica *replica, struct hf_error *err);

/* --- chain.c: this device's chain of signed leaves ---------------------------------------------------------------- */
/* Empty when something was written since. */
struct hf_memo *hf_replica_memo(struct hf_replica *replica);
/* What was written since writes_before is one more change of this device, its record and the chain's row as it was
 * stored last; of the office case or not. So what held before goes on to hold. */
void hf_replica_memo_kept(struct hf_replica *replica, int64_t writes_before, bool office_case);
/* After a rollback. */
void hf_replica_memo_forget(struct hf_replica *replica);
HF_CHECKED enum hf_status hf_replica_chain_load(struct hf_replica *replica, struct hf_chain *out, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_chain_store(struct hf_replica *replica, const struct hf_chain *chain,
                                                 struct hf_error *err);
/* A fresh chain for the device and incarnation of this identity. HF_ERR_STATE: they had a chain before. */
HF_CHECKED enum hf_status hf_replica_chain_start(struct hf_replica *replica, const struct hf_identity *identity,
                                                 struct hf_error *err);
/* HF_ERR_STATE when the newest own change, its record and the chain's head do not fit each other. */
HF_CHECKED enum hf_status hf_replica_chain_check(struct hf_replica *replica, struct hf_error *err);
/* A record whose state says that `changed` was the newest change in it; 0: there is none. HF_ERR_STATE, and the replica
 * is damaged from now on, when a newer one took effect: the state is an older copy. */
HF_CHECKED enum hf_status hf_replica_chain_check_record(struct hf_replica *replica, const struct hf_id *record_id,
                                                        uint64_t changed, struct hf_error *err);
/* HF_ERR_STATE with text, and the replica is damaged from now on. */
enum hf_status hf_replica_chain_older_copy(struct hf_replica *replica, struct hf_error *err);
/* The same for all records, once while the replica is open; what it finds is hf_replica_damage. */
HF_CHECKED enum hf_status hf_replica_chain_check_records(struct hf_replica *replica, struct hf_error *err);
/* Makes, signs and stores the next own change and its effect; *chain moves on, and the caller stores it. */
HF_CHECKED enum hf_status hf_replica_chain_write(struct hf_replica *replica, struct hf_chain *chain,
                                                 enum hf_leaf_kind kind, const struct hf_class_key *key,
                                                 struct hf_slice body, uint64_t now_ms, struct hf_id *out_change_id,
                                                 struct hf_error *err);

/* The same for a change that was signed before. */
struct hf_chain_change {
    enum hf_leaf_kind kind;
    const struct hf_class_key *key;
    struct hf_slice body;
    hf_clock clock;                /* the time it had; 0: now */
    bool again;                    /* stored also when it has no effect */
    const struct hf_leaf *sealed;  /* what it says was erased: its seal is this leaf's; the key has ids only */
    struct hf_record_known *known; /* NULL: the record has not been looked at */
};
HF_CHECKED enum hf_status hf_replica_chain_write_change(struct hf_replica *replica, struct hf_chain *chain,
                                                        const struct hf_chain_change *change, uint64_t now_ms,
                                                        struct hf_id *out_change_id, struct hf_error *err);
/* outbox.c: the answers to a push, inside the caller's transaction. */
HF_CHECKED enum hf_status hf_replica_take_answers(struct hf_replica *replica, const struct hf_pushed *results,
                                                  size_t count, struct hf_error *err);

/* --- changes.c: rows of the table of changes ---------------------------------------------------------------------- */
enum hf_effect { /* stored, and named by indices in schema.c */
                 HF_EFFECT_APPLIED = 0,
                 HF_EFFECT_WAITING = 1,        /* a base is not here or waits itself */
                 HF_EFFECT_HELD = 2,           /* held, or builds on what is held */
                 HF_EFFECT_NOT_UNDERSTOOD = 3, /* a later program's type or field, or builds on such a change */
                 HF_EFFECT_NONE = 4,           /* not about a record, or of a form that has no effect */
                 HF_EFFECT_BEHIND = 5          /* history of a record whose state came as a snapshot; see snapshot.h */
};
struct hf_stored {
    uint64_t row; /* 0: not stored yet */
    struct hf_id change_id;
    struct hf_id record_id; /* zero: not about a record */
    struct hf_id case_id;
    struct hf_id key_id;
    enum hf_leaf_kind kind;
    uint64_t device;
    uint64_t leaf_seq;
    uint64_t index;
    bool own;
    enum hf_sent_state sent;
    enum hf_hold hold; /* as the server says; HF_HOLD_BASE follows from the bases and is worked out again here */
    bool refused;      /* a person decided that it never takes effect */
    enum hf_effect effect;
    struct hf_slice leaf;
    struct hf_slice body;
    bool
        at_end; /* to be added: stays out of its indices for now (indexed.h), and its record too when it is a new one */
    bool whole; /* read: the leaf is the one that was signed; not when a part of it that lies elsewhere is an older copy
                 */
};
/* Columns that hf_replica_stored_read reads, in order. */
#define HF_STORED_COLUMNS                                                                                              \
    "seq, change_id, record_id, case_id, key_id, kind, device, leaf_seq, log_index, own, sent, hold, refused, effect," \
    " leaf, body"
/* Leaf and body point into *bytes (cleared by the caller), until it is used again. */
void hf_replica_stored_read(struct hf_rows *rows, struct hf_stored *out, struct hf_buf *bytes);
/* Without the body. */
void hf_replica_stored_read_leaf(struct hf_rows *rows, struct hf_stored *out, struct hf_buf *bytes);
/* HF_ERR_STATE, and the replica is damaged from now on, unless the leaf is whole: so it is neither sent nor shown, and
 * the next sync puts it right. */
HF_CHECKED enum hf_status hf_replica_stored_check(struct hf_replica *replica, const struct hf_stored *stored,
                                                  struct hf_error *err);
/* The office sent it once more: its leaf, where the one here is not whole. */
HF_CHECKED enum hf_status hf_replica_stored_mend(struct hf_replica *replica, const struct hf_stored *stored,
                                                 struct hf_slice leaf, struct hf_error *err);
/* Fills row. */
HF_CHECKED enum hf_status hf_replica_stored_add(struct hf_replica *replica, struct hf_stored *stored,
                                                struct hf_error *err);
/* A copy whose leaf and body live in *bytes (cleared by the caller). HF_ERR_NOT_FOUND leaves err alone. bytes NULL:
 * without leaf and body. */
HF_CHECKED enum hf_status hf_replica_stored_find(struct hf_replica *replica, const struct hf_id *change_id,
                                                 struct hf_stored *out, struct hf_buf *bytes, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_stored_by_row(struct hf_replica *replica, uint64_t row, struct hf_stored *out,
                                                   struct hf_buf *bytes, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_stored_of_chain(struct hf_replica *replica, uint64_t device, uint64_t leaf_seq,
                                                     struct hf_stored *out, struct hf_buf *bytes, struct hf_error *err);
/* The server said where it stands in the log, and with which hold: notes both, computes the record again when the
 * effect changes. HF_ERR_AUTH when it stood elsewhere before. */
HF_CHECKED enum hf_status hf_replica_stored_logged(struct hf_replica *replica, const struct hf_stored *stored,
                                                   uint64_t index, enum hf_hold hold, struct hf_error *err);
/* What a release leaf said about a change, if one did. */
enum hf_release { HF_RELEASE_NONE, HF_RELEASE_REFUSED, HF_RELEASE_RELEASED };
HF_CHECKED enum hf_status hf_replica_release_of(struct hf_replica *replica, const struct hf_id *change_id,
                                                enum hf_release *out, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_release_take(struct hf_replica *replica, const struct hf_id *change_id,
                                                  bool released, struct hf_error *err);
/* The server says later that a logged change is held; a person's decision stands above it. */
HF_CHECKED enum hf_status hf_replica_hold_take(struct hf_replica *replica, const struct hf_id *change_id,
                                               enum hf_hold hold, struct hf_error *err);
/* The encoded value that a change gave a field, copied to out; empty when it gave none. */
HF_CHECKED enum hf_status hf_replica_stored_value(struct hf_replica *replica, const struct hf_id *change_id,
                                                  uint16_t field, struct hf_buf *out, struct hf_error *err);

/* The same of a record's change, also of one that came with a snapshot (snapshot.h). */
HF_CHECKED enum hf_status hf_replica_given_value(struct hf_replica *replica, const struct hf_id *record_id,
                                                 const struct hf_id *change_id, uint16_t field, struct hf_buf *out,
                                                 struct hf_error *err);

/* --- state.c: from changes to records ----------------------------------------------------------------------------- */
/* Stores a new change with the effect it has now, and what waited for it. *stored gets row and effect. */
/* The record as it was read inside this transaction, before anything was written to it. */
struct hf_record_known {
    bool is_new;
    uint64_t changed;             /* row of the change applied last */
    struct hf_record_state state; /* moved away by who uses it; the owner clears what is left */
};
/* known: of the same record, or NULL. */
HF_CHECKED enum hf_status hf_replica_state_take(struct hf_replica *replica, struct hf_stored *stored,
                                                struct hf_record_known *known, struct hf_error *err);
/* Computes a record again from its changes, in log order. */
HF_CHECKED enum hf_status hf_replica_state_again(struct hf_replica *replica, const struct hf_id *record_id,
                                                 struct hf_error *err);
/* The state that the history behind a snapshot leads to, which is empty when it leads nowhere; notes the effect of each
 * of its changes. The caller clears *out. */
HF_CHECKED enum hf_status hf_replica_state_behind(struct hf_replica *replica, const struct hf_id *record_id,
                                                  struct hf_record_state *out, struct hf_error *err);
/* What an older program did not understand and this one does. Its own transaction. */
HF_CHECKED enum hf_status hf_replica_state_understand(struct hf_replica *replica, struct hf_error *err);
/* Case and record that a data body is about, without a look at the rest; false when it has no such form. */
bool hf_replica_body_subject(struct hf_slice body, struct hf_id *out_case, struct hf_id *out_record);

/* --- records.c: rows of the table of records ---------------------------------------------------------------------- */
/* Fills *out, also when there is none. The caller clears out->state. */
struct hf_record_known;
HF_CHECKED enum hf_status hf_replica_record_known(struct hf_replica *replica, const struct hf_id *record_id,
                                                  struct hf_record_known *out, struct hf_error *err);
/* HF_ERR_NOT_FOUND leaves *out and err alone. The caller clears *out. */
HF_CHECKED enum hf_status hf_replica_record_load(struct hf_replica *replica, const struct hf_id *record_id,
                                                 struct hf_record_state *out, struct hf_error *err);
struct hf_record_place {
    uint64_t changed; /* the newest row of changes applied to it */
    bool at_end;      /* as of struct hf_stored */
    bool is_new;      /* it is known that there is no row of it */
};
HF_CHECKED enum hf_status hf_replica_record_store(struct hf_replica *replica, const struct hf_record_state *state,
                                                  const struct hf_record_place *place, struct hf_error *err);
/* A record that came as a snapshot; stubs: place and device of each change of hf_standing_named. HF_ERR_IO: it is here.
 */
HF_CHECKED enum hf_status hf_replica_record_add_snapshot(struct hf_replica *replica,
                                                         const struct hf_record_state *state, struct hf_slice stubs,
                                                         struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_record_drop(struct hf_replica *replica, const struct hf_id *record_id,
                                                 struct hf_error *err);

/* --- keys.c: cases and their class keys --------------------------------------------------------------------------- */
/* HF_ERR_NOT_FOUND leaves err alone. Wipe *out after use. */
HF_CHECKED enum hf_status hf_replica_key_find(struct hf_replica *replica, const struct hf_id *key_id,
                                              struct hf_class_key *out, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_key_newest(struct hf_replica *replica, const struct hf_id *case_id,
                                                struct hf_class_key *out, struct hf_error *err);
/* HF_ERR_AUTH when the id stands for another key already. */
HF_CHECKED enum hf_status hf_replica_key_store(struct hf_replica *replica, const struct hf_class_key *key,
                                               struct hf_error *err);
/* What a role reads (caseload.c). */
enum hf_scope { HF_SCOPE_NONE, HF_SCOPE_HELD, HF_SCOPE_ALL };
enum hf_scope hf_replica_scope_of(enum hf_role role);
/* An assign leaf at `index` for this device's person, who has that role then. */
HF_CHECKED enum hf_status hf_replica_case_assign(struct hf_replica *replica, const struct hf_id *case_id, bool held,
                                                 enum hf_role role, uint64_t index, struct hf_error *err);

/* The history of a case once more, from its beginning up to `until`. */
HF_CHECKED enum hf_status hf_replica_catchup_again(struct hf_replica *replica, const struct hf_id *case_id,
                                                   uint64_t until, struct hf_error *err);

/* --- restricted.c ------------------------------------------------------------------------------------------------- */
/* A change was taken in; when it names this person in a restricted record, what was said before is fetched. */
HF_CHECKED enum hf_status hf_replica_restricted_take(struct hf_replica *replica, const struct hf_stored *stored,
                                                     bool in_catchup, struct hf_error *err);
/* Before a save is written: nothing but a decision about a held change or an alert refers to a restricted record, and a
 * restricted record is no part of a meeting. HF_ERR_INVALID with text. */
HF_CHECKED enum hf_status hf_replica_restricted_check(struct hf_replica *replica, const struct hf_data_body *body,
                                                      struct hf_error *err);
/* Restricted records from whose list this person was taken leave the device; those with own changes that wait to be
 * sent stay until then. Transactions of its own. */
HF_CHECKED enum hf_status hf_replica_restricted_drop(struct hf_replica *replica, struct hf_error *err);

/* --- limits.c: "NOT EXISTS(…) AND " over `records`, or "" for a role that sees every entry ---------------------------
 */
const char *hf_replica_limit_sql(enum hf_role role);

/* --- certificates.c ----------------------------------------------------------------------------------------------- */
struct hf_cursor;
extern const char hf_replica_certificate_tables[];
void hf_identity_pack_certificates(const struct hf_identity *identity, struct hf_buf *out);
void hf_identity_read_certificates(struct hf_cursor *cursor, struct hf_identity *out);
/* Whether the server signed with this device key at this place of the log. */
HF_CHECKED enum hf_status hf_replica_server_known(struct hf_replica *replica,
                                                  const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint64_t index, bool *out,
                                                  struct hf_error *err);

/* --- reads.c: the office gave this device's person a case, or took it -----------------------------------------------
 */
HF_CHECKED enum hf_status hf_replica_own_case(struct hf_replica *replica, const struct hf_id *case_id, bool held,
                                              struct hf_error *err);

/* --- purge.c ------------------------------------------------------------------------------------------------------ */
extern const char hf_replica_purge_tables[];
/* Takes a case off this device, with its receipt, inside the caller's transaction. */
HF_CHECKED enum hf_status hf_replica_purge_case(struct hf_replica *replica, const struct hf_id *case_id,
                                                struct hf_error *err);
/* erase.c */
extern const char hf_replica_erase_tables[];
/* Two officers erased it: its keys never come back. */
HF_CHECKED enum hf_status hf_replica_erased(struct hf_replica *replica, const struct hf_id *case_id, bool *out,
                                            struct hf_error *err);
/* An own change whose body went with its case comes back with it: `item` has passed the checks of a delivery. */
HF_CHECKED enum hf_status hf_replica_purge_undo(struct hf_replica *replica, const struct hf_stored *stored,
                                                const struct hf_item *item, struct hf_error *err);

/* --- attachments.c ------------------------------------------------------------------------------------------------ */
extern const char hf_replica_attach_tables[];
/* After rows went: their files go, and whatever else no row names. */
enum hf_status hf_replica_attach_sweep(struct hf_replica *replica, struct hf_error *err);

/* --- people.c: devices and who holds them ------------------------------------------------------------------------- */
struct hf_device {
    uint64_t number;
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    uint32_t incarnation;
    struct hf_id person;  /* zero: unknown */
    uint64_t enrolled_at; /* HF_INDEX_NONE: not seen */
    uint64_t revoked_at;  /* HF_INDEX_NONE: not revoked */
};
/* HF_ERR_NOT_FOUND leaves err alone. */
HF_CHECKED enum hf_status hf_replica_device_find(struct hf_replica *replica, const uint8_t key[HF_SIGN_PUBLIC_BYTES],
                                                 uint32_t incarnation, struct hf_device *out, struct hf_error *err);
/* As find, but makes the row when it is missing. */
HF_CHECKED enum hf_status hf_replica_device_need(struct hf_replica *replica, const uint8_t key[HF_SIGN_PUBLIC_BYTES],
                                                 uint32_t incarnation, struct hf_device *out, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_device_enrol(struct hf_replica *replica, const struct hf_enrol_body *body,
                                                  uint64_t index, struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_device_revoke(struct hf_replica *replica, const struct hf_revoke_body *body,
                                                   uint64_t index, struct hf_error *err);
/* Who wrote with this device; zero id and empty name when unknown. */
struct hf_author {
    struct hf_id person;
    char name[HF_PERSON_NAME_BYTES_MAX + 1];
};
HF_CHECKED enum hf_status hf_replica_author_of(struct hf_replica *replica, uint64_t device, struct hf_author *out);

/* --- save.c ------------------------------------------------------------------------------------------------------- */
/* HF_ERR_STATE with text unless the device is enrolled. */
HF_CHECKED enum hf_status hf_replica_may_save(const struct hf_replica *replica, struct hf_error *err);
/* Appends the versions of the procedures that a change of this moment names. */
HF_CHECKED enum hf_status hf_replica_policy_named(struct hf_replica *replica, const struct hf_id *case_id,
                                                  uint64_t now_ms, struct hf_buf *out, struct hf_error *err);

/* --- receipts.c --------------------------------------------------------------------------------------------------- */
HF_CHECKED enum hf_status hf_replica_seen(struct hf_replica *replica, struct hf_seen *out, struct hf_error *err);

#endif
