/* The replica: everything one device holds, inside its vault – changes, state (one row per record), outbox, cursors,
 * receipts, people and devices. Every function that writes does so in one transaction: after an error nothing has
 * changed. Wall clock time is an argument (Unix ms); random bytes come from core/crypto.
 *
 * One replica, one thread. The replica borrows the vault, which must outlive it. Callbacks must not write to the
 * replica; return false from one to stop. Slices in callbacks live until the callback returns. */
#ifndef HF_CORE_REPLICA_REPLICA_H
#define HF_CORE_REPLICA_REPLICA_H

#include "core/log/note.h"
#include "core/merge/merge.h"
#include "core/model/item.h"
#include "core/vault/vault.h"

#define HF_ADDRESS_BYTES_MAX        256
#define HF_OLD_LOG_KEYS_MAX         16
#define HF_PERSON_NAME_BYTES_MAX    200
#define HF_AUTHORITY_NAME_BYTES_MAX 200

enum hf_identity_state {
    HF_IDENTITY_NEW = 0, /* keys made, enrolment not confirmed */
    HF_IDENTITY_PENDING, /* the server waits for an administrator's confirmation */
    HF_IDENTITY_ENROLLED,
    HF_IDENTITY_REVOKED /* may only hand in what is unsent */
};

/* Who this device is and whom it trusts. Holds secrets: wipe after use (hf_wipe). */
struct hf_identity {
    enum hf_identity_state state;
    char origin[HF_NOTE_NAME_BYTES_MAX + 1];
    char address[HF_ADDRESS_BYTES_MAX + 1];
    uint8_t log_id[HF_HASH_BYTES];
    uint8_t server_channel_key[HF_DH_BYTES];
    uint8_t authority_hash[HF_HASH_BYTES]; /* SHA-256(authority key), from the invitation */
    struct hf_id invitation;
    uint8_t token[HF_KEY_BYTES]; /* until enrolled; then zero */
    struct hf_sign_key sign;
    struct hf_dh_key channel;
    uint8_t psk[HF_KEY_BYTES];
    uint32_t incarnation;
    /* from here on filled when enrolled */
    struct hf_id person;
    enum hf_role role;
    char person_name[HF_PERSON_NAME_BYTES_MAX + 1];
    char authority_name[HF_AUTHORITY_NAME_BYTES_MAX + 1];
    uint8_t authority_key[HF_SIGN_PUBLIC_BYTES];
    uint8_t server_device[HF_SIGN_PUBLIC_BYTES];
    uint8_t log_key[HF_SIGN_PUBLIC_BYTES];
    uint8_t key_store_key[HF_DH_BYTES];
    uint64_t serial; /* of the server's certificate: how often its keys were changed (docs/keys.md) */
    size_t old_log_count;
    uint8_t old_log_keys[HF_OLD_LOG_KEYS_MAX][HF_SIGN_PUBLIC_BYTES]; /* that this device knew, the oldest first … */
    uint8_t old_log_names[HF_OLD_LOG_KEYS_MAX];                      /* … and under which of the names */
    uint64_t shard;                                                  /* of the log (core/model/shard.h); 0: the first */
    struct hf_log_names names; /* of the log that this device knows; none: only `origin` */
    size_t name_now;           /* the one in use */
};
/* Name of the log as it is now: the origin line of its checkpoints; and the log id that leaves are signed for. */
const char *hf_identity_log_name(const struct hf_identity *identity);
const uint8_t *hf_identity_leaf_log(const struct hf_identity *identity);
/* True for a log id of this log, as it is or as it was. */
bool hf_identity_knows_log(const struct hf_identity *identity, const uint8_t log_id[HF_HASH_BYTES]);
/* The key of the log, and those before it: `number` 0 is the one in use, then the newest first. HF_ERR_NOT_FOUND: there
 * are no more. */
HF_CHECKED enum hf_status hf_identity_log_key(const struct hf_identity *identity, size_t number,
                                              struct hf_note_key *out);

struct hf_replica;

/* Makes the tables in an empty vault and stores the identity. HF_ERR_EXISTS: it holds a replica. */
HF_CHECKED enum hf_status hf_replica_create(struct hf_vault *vault, const struct hf_identity *identity,
                                            struct hf_replica **out, struct hf_error *err);
/* HF_ERR_NOT_FOUND: the vault holds no replica; HF_ERR_UNSUPPORTED: made by a later program; HF_ERR_CORRUPT. Checks on
 * the way that the own chain head fits the state (an older page shows there): if it does not, everything can be read
 * and synced, and nothing saved until the office has granted a new chain (hf_replica_restart). */
HF_CHECKED enum hf_status hf_replica_open(struct hf_vault *vault, struct hf_replica **out, struct hf_error *err);
/* What the check found, for a person; "" when it found nothing. Valid until close. */
const char *hf_replica_damage(const struct hf_replica *replica);
/* Grows with every row that is written. */
uint64_t hf_replica_writes(const struct hf_replica *replica);
void hf_replica_close(struct hf_replica *replica); /* NULL is fine; wipes what it cached */

/* Borrowed, valid until close; hf_replica_identity_put and a revocation in hf_replica_store_feed change it. */
const struct hf_identity *hf_replica_identity(const struct hf_replica *replica);
/* A new signing key or incarnation begins a new chain: HF_ERR_STATE while own changes are unsent, or when they had a
 * chain here before, or when the store holds changes of another log. */
HF_CHECKED enum hf_status hf_replica_identity_put(struct hf_replica *replica, const struct hf_identity *identity,
                                                  struct hf_error *err);

/* A newer certificate of the server: its keys take the place of those known so far; the log's key joins the old ones,
 * which sign nothing any more. The caller has checked the authority's signature. HF_ERR_LIMIT: too many. */
HF_CHECKED enum hf_status hf_identity_take_certificate(struct hf_identity *identity,
                                                       const struct hf_note_body *certificate);

/* --- writing ----------------------------------------------------------------------------------------------------- */

/* A new case, opened offline: case id, class key, a kind 1 leaf and the case record's first change. `reference` is the
 * pseudonymous reference shown in lists. HF_ERR_STATE before the device is enrolled (the key store key is unknown). */
HF_CHECKED enum hf_status hf_replica_case_new(struct hf_replica *replica, struct hf_slice reference, uint64_t now_ms,
                                              struct hf_id *out_case_id, struct hf_error *err);

struct hf_save_edit {
    uint16_t field;
    struct hf_slice value;     /* encoded msgpack; for a set: [[added …], [removed …]] */
    const struct hf_id *bases; /* what the author saw (with count 0: nothing); NULL: the heads of this moment */
    size_t base_count;
};
struct hf_save {
    struct hf_id case_id;
    struct hf_id record_id; /* a new id makes a new record */
    uint16_t type;
    const struct hf_save_edit *edits;
    size_t edit_count;
    bool settle;  /* may edit fields in conflict; otherwise HF_ERR_CONFLICT; in a final record it amends */
    bool propose; /* may edit a final record, as a proposed amendment; otherwise HF_ERR_STATE, but for its status */
    struct hf_id group_id;
    struct hf_slice reason;
    bool end_draft; /* this device's draft of the record ends with it, also when nothing changes (drafts.h) */
};
/* One save = one signed change: checks shape, stamps, signs, and writes change + state + outbox in one transaction.
 * Values that stand there already, or that the author left as they saw them, are left out; a save whose edits change
 * nothing writes nothing and gives a zero id.
 * HF_ERR_INVALID/HF_ERR_LIMIT name the field; HF_ERR_NOT_FOUND unknown case; HF_ERR_CONFLICT a field in conflict, or a
 * base that has no effect any more; HF_ERR_STATE not enrolled or revoked, or a person's own words (verbatim) would be
 * overwritten: an edit that names none of them puts the new words beside them instead, and a settling may pick one of
 * those that clash (core/merge/verbatim.h). A save that takes people off the list of a restricted record says nothing
 * else: HF_ERR_INVALID (restricted.c). */
HF_CHECKED enum hf_status hf_replica_save(struct hf_replica *replica, const struct hf_save *save, uint64_t now_ms,
                                          struct hf_id *out_change_id, struct hf_error *err);

/* The body of the change that hf_replica_save would sign, appended; nothing when nothing would change. Nothing is
 * written and the device's standing is not asked. Otherwise as hf_replica_save. */
HF_CHECKED enum hf_status hf_replica_save_body(struct hf_replica *replica, const struct hf_save *save, uint64_t now_ms,
                                               struct hf_buf *out_body, struct hf_error *err);

/* Acts on a record as a whole (docs/merge.md), each one signed change; statuses as hf_replica_save, and
 * HF_ERR_NOT_FOUND for an unknown record. Finalising takes the parts of the record with it, in one transaction and one
 * group; *out_change_id is the change of the record itself. HF_ERR_CONFLICT: a clash in it; HF_ERR_STATE: final or
 * deleted already, or its status cannot become final. reason may be empty. */
HF_CHECKED enum hf_status hf_replica_finalise(struct hf_replica *replica, const struct hf_id *record_id,
                                              struct hf_slice reason, uint64_t now_ms, struct hf_id *out_change_id,
                                              struct hf_error *err);
/* The body of the change that finalising would sign for the record itself, appended; nothing is written. */
HF_CHECKED enum hf_status hf_replica_finalise_body(struct hf_replica *replica, const struct hf_id *record_id,
                                                   uint64_t now_ms, struct hf_buf *out_body, struct hf_error *err);
/* A reason is needed (HF_ERR_INVALID), here and below. HF_ERR_STATE: final, a case, or deleted with nothing come since.
 */
HF_CHECKED enum hf_status hf_replica_delete(struct hf_replica *replica, const struct hf_id *record_id,
                                            struct hf_slice reason, uint64_t now_ms, struct hf_id *out_change_id,
                                            struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_restore(struct hf_replica *replica, const struct hf_id *record_id,
                                             struct hf_slice reason, uint64_t now_ms, struct hf_id *out_change_id,
                                             struct hf_error *err);
/* Accepts or declines an open proposal. HF_ERR_NOT_FOUND: there is none of that name; HF_ERR_CONFLICT: what is official
 * clashes in a field that it would change. */
HF_CHECKED enum hf_status hf_replica_answer(struct hf_replica *replica, const struct hf_id *record_id,
                                            const struct hf_id *proposal, bool accept, struct hf_slice reason,
                                            uint64_t now_ms, struct hf_id *out_change_id, struct hf_error *err);

/* --- reading -------------------------------------------------------------------------------------------------------
 */
enum hf_sent_state {                    /* derived from receipts, never from the link; held is apart */
                     HF_SAVED_HERE = 0, /* not acknowledged */
                     HF_SENT = 1,       /* the server has it in its log */
                     HF_RECEIVED = 2    /* proved to be in the signed log: "Received by office" */
};
struct hf_case_row {
    struct hf_id case_id;
    struct hf_slice reference;
    uint64_t record_count;
    uint64_t conflict_count;
    uint64_t unsent_count;
};
typedef bool hf_case_fn(void *ctx, const struct hf_case_row *row);
/* Without the office case. By reference. */
HF_CHECKED enum hf_status hf_replica_cases(struct hf_replica *replica, hf_case_fn *each, void *ctx);

/* HF_ERR_NOT_FOUND. The caller clears *out. */
HF_CHECKED enum hf_status hf_replica_record(struct hf_replica *replica, const struct hf_id *record_id,
                                            struct hf_record_state *out);
struct hf_record_row {
    struct hf_id case_id;
    struct hf_id record_id;
    struct hf_id parent;
    uint16_t type;
    struct hf_slice title;  /* text of the type's title field; empty: none */
    struct hf_slice due;    /* text; empty: none */
    struct hf_slice status; /* code; empty: none */
    uint64_t conflict_count;
    bool is_final;
    uint64_t amendment_count; /* open ones */
    enum hf_deleted deleted;
    enum hf_sent_state sent; /* of its newest own change; HF_RECEIVED when it has none */
};
struct hf_record_filter {
    struct hf_id case_id; /* zero: all but the office case */
    struct hf_id parent;  /* zero: any */
    struct hf_id record;  /* that one only, whatever its case; zero: any */
    uint16_t type;        /* 0: any */
    bool conflicts_only;
    bool final_only;
    bool hide_limited; /* without entries whose use is restricted for this device's role (limits.c) */
    bool with_deleted; /* also those that are out of view (HF_DELETED_YES) */
};
typedef bool hf_record_fn(void *ctx, const struct hf_record_row *row);
/* In order of creation on this device. */
HF_CHECKED enum hf_status hf_replica_list(struct hf_replica *replica, const struct hf_record_filter *filter,
                                          hf_record_fn *each, void *ctx);
/* The records of staff, which live in the office case. */
HF_CHECKED enum hf_status hf_replica_staff(struct hf_replica *replica, hf_record_fn *each, void *ctx);

/* Whether the use of an entry is restricted (a record of type HF_RECORD_RESTRICTION that is in force) for the role of
 * this device: the office sees it, managers when it says so. A limit on use, not a lock: the entry stays on the device.
 */
HF_CHECKED enum hf_status hf_replica_is_limited(struct hf_replica *replica, const struct hf_id *record_id, bool *out);

/* Whether a legal hold is placed on the case, as far as the log is here. */
/* Whether a person is a records officer (core/model/officer.h), as far as this device knows. */
HF_CHECKED enum hf_status hf_replica_is_officer(struct hf_replica *replica, const struct hf_id *person, bool *out,
                                                struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_on_hold(struct hf_replica *replica, const struct hf_id *case_id, bool *out);

struct hf_change_row {
    struct hf_id change_id;
    struct hf_item item; /* index HF_INDEX_NONE before it is logged */
    struct hf_leaf leaf;
    struct hf_id author;         /* person; zero when unknown */
    struct hf_slice author_name; /* empty when unknown */
    enum hf_sent_state sent;     /* own changes; HF_RECEIVED for those of others */
    bool own;
    bool waiting; /* a base has not arrived */
};
typedef bool hf_change_fn(void *ctx, const struct hf_change_row *row);
/* Changes of one record, oldest first by log index, unlogged last. */
HF_CHECKED enum hf_status hf_replica_history(struct hf_replica *replica, const struct hf_id *record_id,
                                             hf_change_fn *each, void *ctx);
HF_CHECKED enum hf_status hf_replica_change(struct hf_replica *replica, const struct hf_id *change_id,
                                            hf_change_fn *each, void *ctx);
/* Changes without effect that a person has to settle (held), newest last. */
HF_CHECKED enum hf_status hf_replica_held(struct hf_replica *replica, hf_change_fn *each, void *ctx);

#define HF_CONFLICT_HEADS_MAX 64 /* as many as one decision can name (HF_EDIT_BASES_MAX) */
struct hf_conflict_head {
    struct hf_id change_id;
    struct hf_id author;
    char author_name[HF_PERSON_NAME_BYTES_MAX + 1];
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint64_t log_index; /* HF_INDEX_NONE: not in the log yet */
    bool own;           /* of this device */
    hf_clock clock;
    struct hf_slice value; /* encoded */
};
/* Who should settle it, in this order; after them, or when there is nobody, the office. Derived from the records of the
 * case, the devices in use and who holds it: the same on every device that holds the same. A suggestion, not a right.
 */
#define HF_DECIDERS_MAX 3
enum hf_decider_role { HF_DECIDER_CHAIR, HF_DECIDER_MINUTER, HF_DECIDER_ARRANGER };
struct hf_decider {
    struct hf_id person;
    enum hf_decider_role role;
    char name[HF_PERSON_NAME_BYTES_MAX + 1]; /* "" when unknown here */
};
/* The people that a meeting names: chair, note taker, arranger; each once, in that order. A field that is empty or in
 * conflict names nobody. Names are not filled. Pure. */
size_t hf_replica_deciders_named(const struct hf_record_state *meeting, struct hf_decider out[HF_DECIDERS_MAX]);
/* Of those, for the meeting that a record is or belongs to, who has a device in use that may record and sees the case:
 * managers and the office every case, a field worker what they hold. Reads the office's notes once for each worker. */
HF_CHECKED enum hf_status hf_replica_deciders(struct hf_replica *replica, const struct hf_record_state *record,
                                              struct hf_decider out[HF_DECIDERS_MAX], size_t *out_count);

struct hf_conflict_row {
    struct hf_id case_id;
    struct hf_id record_id;
    uint16_t type;
    uint16_t field; /* HF_FIELD_DELETED: deleted, and edited since or restored; its values are the acts and the edits */
    size_t decider_count;
    struct hf_decider deciders[HF_DECIDERS_MAX];
    struct hf_slice base; /* encoded value that the heads were made from; empty: there was none */
    size_t head_count;
    struct hf_conflict_head heads[HF_CONFLICT_HEADS_MAX]; /* ascending change id */
};
typedef bool hf_conflict_fn(void *ctx, const struct hf_conflict_row *row);
HF_CHECKED enum hf_status hf_replica_conflicts(struct hf_replica *replica,
                                               const struct hf_id *record_id /* NULL: all */, hf_conflict_fn *each,
                                               void *ctx);

/* Name of a person from the staff records; HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_replica_person_name(struct hf_replica *replica, const struct hf_id *person,
                                                 char out[HF_PERSON_NAME_BYTES_MAX + 1]);

struct hf_replica_counts {
    uint64_t cases, records, changes;
    uint64_t saved_here, sent, received; /* own changes by state */
    uint64_t held, waiting, conflicts;   /* conflicts: fields in conflict */
    uint64_t oldest_unsent_ms;           /* Unix ms of the oldest own change not received; 0: none */
    uint64_t last_sync_ms;               /* 0: never */
    uint64_t checkpoint_size;
    uint64_t checkpoint_ms; /* when it was verified here */
};
HF_CHECKED enum hf_status hf_replica_counts(struct hf_replica *replica, struct hf_replica_counts *out);
/* Digest of the state of one case, or of all cases but the office case (NULL). */
HF_CHECKED enum hf_status hf_replica_digest(struct hf_replica *replica, const struct hf_id *case_id,
                                            uint8_t out[HF_HASH_BYTES]);

/* --- sync ----------------------------------------------------------------------------------------------------------
 */
#define HF_FACT_RANGES_MAX 64
struct hf_range {
    uint64_t first, count;
};
/* What the session machine needs to know; a copy. */
struct hf_sync_facts {
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint32_t incarnation;
    uint64_t next_seq;           /* of the next own change */
    uint8_t head[HF_HASH_BYTES]; /* SHA-256 of the newest own leaf; zero without one */
    uint64_t unsent_seq;         /* lowest seq not acknowledged; next_seq: none */
    uint64_t cursor;             /* general feed: entries below were taken in */
    bool has_catchup;            /* a case was assigned: fetch its history [from, until) */
    struct hf_id catchup_case;
    uint64_t catchup_from, catchup_until;
    bool catchup_refused; /* nothing is left to fetch but what was refused */
    bool has_purge;       /* a case was taken off this device, and the office is to note it */
    struct hf_id purge_case;
    uint64_t purge_changes;
    bool damaged;   /* hf_replica_damage */
    hf_clock clock; /* of the newest change signed or heard here: the next one bears a greater */
    uint64_t checkpoint_size;
    struct hf_hash checkpoint_root;
    size_t range_count; /* acknowledged but not yet proved, contiguous log ranges */
    struct hf_range ranges[HF_FACT_RANGES_MAX];
};
HF_CHECKED enum hf_status hf_replica_facts(struct hf_replica *replica, struct hf_sync_facts *out);
/* The office's answer about own leaves that may not be in its log: `results` for those that are. With another
 * incarnation than before it grants a new chain: what is not in the log is signed again there, in its order and with
 * its times, whoever built on it builds on its new name, and the general feed begins anew. HF_ERR_PROTOCOL, HF_ERR_AUTH
 * as hf_replica_store_pushed; HF_ERR_AUTH also when this device's key did not sign the leaf that is shown: the device
 * stops trusting the office then (core/replica/distrust.h). */
struct hf_pushed;
struct hf_restart_answer {
    uint32_t incarnation; /* granted; the present one: nothing is granted yet */
    const struct hf_pushed *results;
    size_t count;
    struct hf_slice shown; /* the newest leaf that the office has of this device; empty: none */
    uint64_t place;        /* of it in the log, as the office says */
};
HF_CHECKED enum hf_status hf_replica_restart(struct hf_replica *replica, const struct hf_restart_answer *answer,
                                             uint64_t now_ms, struct hf_error *err);

/* Takes every case off this device that was taken from its person and of which nothing waits to be handed in; each in a
 * transaction of its own, its receipt with it (facts: has_purge). Own leaves stay, without what they say. */
HF_CHECKED enum hf_status hf_replica_purge_ready(struct hf_replica *replica, size_t *out_count, struct hf_error *err);
/* A receipt that the office has not noted yet: the case, and how many own leaves of it stay. */
HF_CHECKED enum hf_status hf_replica_purge_receipt(struct hf_replica *replica, struct hf_id *out_case,
                                                   uint64_t *out_changes, bool *out_found);
HF_CHECKED enum hf_status hf_replica_purge_noted(struct hf_replica *replica, const struct hf_id *case_id,
                                                 struct hf_error *err);

/* Own changes from seq on, in order, until the callback stops. */
typedef bool hf_item_fn(void *ctx, const struct hf_item *item);
HF_CHECKED enum hf_status hf_replica_outbox(struct hf_replica *replica, uint64_t from_seq, hf_item_fn *each, void *ctx);

/* The office does not give this case: it is no catch-up any more until hf_replica_catchups_anew, or until the log has
 * something new about it. */
HF_CHECKED enum hf_status hf_replica_catchup_refused(struct hf_replica *replica, const struct hf_id *case_id,
                                                     struct hf_error *err);
/* What was refused is asked for again. */
HF_CHECKED enum hf_status hf_replica_catchups_anew(struct hf_replica *replica, struct hf_error *err);

struct hf_pushed {
    uint64_t seq;
    uint64_t index;
    enum hf_hold hold;
};
/* The server's answer to a push: states become HF_SENT; held ones lose their effect here too (their records are
 * computed again), and with them what builds on them. The same answer again changes nothing. HF_ERR_PROTOCOL: no such
 * own change; HF_ERR_AUTH: it, or another change, stood elsewhere in the log before. */
HF_CHECKED enum hf_status hf_replica_store_pushed(struct hf_replica *replica, const struct hf_pushed *results,
                                                  size_t count, struct hf_error *err);

struct hf_feed {
    const struct hf_class_key *keys;
    size_t key_count;
    const struct hf_item *items;
    size_t item_count;
    bool catchup;         /* for catchup_case, otherwise the general feed */
    uint64_t next_cursor; /* general: new cursor; catch-up: new catchup_from (done at catchup_until) */
};
/* Checks every item (log id, signature of a known device enrolled earlier in the log, sealed form, place in the log, no
 * second change with its number) and applies it with core/merge, all in one transaction. Items ascend by index, below
 * next_cursor. Changes already here are taken once, a cursor never goes back. HF_ERR_AUTH: an item does not hold;
 * nothing was stored, the text names the entry. HF_ERR_STATE: not enrolled, or a catch-up that nobody asked for.
 * Server leaves take effect here: enrol, revoke (this device: the identity too), assign (own person: a catch-up is
 * noted), release. Without effect, but kept: what is held; what builds on it (HF_HOLD_BASE is always worked out from
 * the bases); what a later program wrote, until this one understands it (looked at again by hf_replica_open); changes
 * that are logged after their device was revoked, unless released. */
HF_CHECKED enum hf_status hf_replica_store_feed(struct hf_replica *replica, const struct hf_feed *feed, uint64_t now_ms,
                                                struct hf_error *err);

struct hf_range_proof {
    struct hf_range range;
    struct hf_proof proof;
};
/* Checks the signed checkpoint, its consistency with the last one and the range proofs of own leaves, then stores the
 * checkpoint and the receipts: states become HF_RECEIVED. HF_ERR_AUTH when something does not hold: nothing is stored
 * but what was found, and this device trusts the log no more (distrust.h). */
HF_CHECKED enum hf_status hf_replica_store_head(struct hf_replica *replica, struct hf_slice note,
                                                const struct hf_proof *consistency, const struct hf_range_proof *ranges,
                                                size_t range_count, uint64_t now_ms, struct hf_error *err);
/* The newest verified checkpoint as a signed note, appended to out; and the one before it. Empty when there is none. */
HF_CHECKED enum hf_status hf_replica_checkpoint(struct hf_replica *replica, struct hf_buf *out_note,
                                                struct hf_buf *out_prev);

#endif
