/* The server's store: one seam, about twelve functions at the level of the domain, and one that writes (design.md, seam
 * 3). Nothing can change without a log entry: the only writer of the log and of state is hf_store_commit, which takes a
 * whole batch and the log size it expects; hf_store_publish stores the signed checkpoint afterwards. One suite runs
 * against every driver.
 *
 * A store belongs to one thread at a time. Callbacks must not call the store; slices in them live until they return;
 * returning false stops. */
#ifndef HF_SERVER_STORE_H
#define HF_SERVER_STORE_H

#include "core/log/tree.h"
#include "core/merge/merge.h"
#include "core/model/item.h"
#include "server/store_attach.h"
#include "server/store_drafts.h"
#include "server/store_texts.h"

enum hf_device_state {
    HF_DEVICE_PENDING = 0, /* waits for an administrator's confirmation */
    HF_DEVICE_ACTIVE = 1,
    HF_DEVICE_REVOKED = 2
};
struct hf_device_row {
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint8_t channel_key[HF_DH_BYTES];
    uint8_t psk[HF_KEY_BYTES];
    enum hf_device_state state;
    struct hf_id person;
    enum hf_role role;
    struct hf_id invitation;
    uint8_t handshake_hash[HF_HASH_BYTES]; /* of the enrolling handshake, for the safety code */
    uint64_t enrolled_ms;
    uint64_t last_seen_ms;
    /* chain head */
    uint32_t incarnation;
    uint64_t next_seq;
    uint8_t head[HF_HASH_BYTES];      /* SHA-256 of the newest leaf; zero when next_seq is 0 */
    hf_clock clock;                   /* of the newest leaf */
    uint8_t left_head[HF_HASH_BYTES]; /* of the chain that the present one took over from, as the device had it */
    uint64_t clock_office_ms, clock_device_ms; /* as the newest "clock" note says (server/clocks.h); 0: none */
};

enum hf_invitation_state { HF_INVITATION_OPEN = 0, HF_INVITATION_USED = 1 };
#define HF_INVITATION_CASES_MAX 32
struct hf_invitation_row {
    struct hf_id id;
    uint8_t token[HF_KEY_BYTES];
    struct hf_id person;
    enum hf_role role;
    uint64_t expiry_ms;
    enum hf_invitation_state state;
    uint8_t used_by[HF_SIGN_PUBLIC_BYTES];
    struct hf_id made_by;                    /* who asked for it; zero: the administrator at the office's own machine */
    uint8_t made_from[HF_SIGN_PUBLIC_BYTES]; /* on which device; zero as above */
    size_t case_count;
    struct hf_id cases[HF_INVITATION_CASES_MAX];
};

struct hf_assignment_row {
    struct hf_id case_id;
    struct hf_id person;
    bool held;
    uint64_t index; /* of the log entry that says so */
};

/* One log entry as stored. */
struct hf_entry_row {
    uint64_t index;
    struct hf_id change_id;
    enum hf_leaf_kind kind;
    struct hf_id case_id;
    struct hf_id key_id;
    struct hf_id record_id; /* zero unless kind is data */
    enum hf_hold hold;
    bool waiting;            /* a base has not arrived: no effect yet */
    struct hf_slice leaf;    /* HF_LEAF_BYTES */
    struct hf_slice payload; /* sealed; empty when erased */
};
typedef bool hf_entry_row_fn(void *ctx, const struct hf_entry_row *row);

struct hf_record_write {
    struct hf_id record_id;
    struct hf_id case_id;
    uint16_t type;
    uint32_t conflict_count;
    struct hf_slice packed; /* hf_record_state_encode */
};
/* An entry logged earlier whose effect changes now. */
struct hf_effect_write {
    struct hf_id change_id;
    enum hf_hold hold;
    bool waiting;
};

struct hf_store_batch {
    uint64_t expected_size; /* HF_ERR_CONFLICT when the log has another size */
    uint64_t now_ms;
    const struct hf_entry_row *entries; /* indices expected_size, expected_size + 1, … */
    size_t entry_count;
    const struct hf_record_write *records; /* whole rows, insert or replace */
    size_t record_count;
    const struct hf_effect_write *effects;
    size_t effect_count;
    const struct hf_device_row *devices; /* insert or replace by device key */
    size_t device_count;
    const struct hf_assignment_row *assignments; /* insert or replace by (case, person) */
    size_t assignment_count;
    const struct hf_invitation_row *invitations; /* insert or replace by id */
    size_t invitation_count;
    /* erasure: payloads of all entries of the case become empty, its records and drafts go; needs an entry */
    const struct hf_id *erased_case; /* NULL: none */
};

struct hf_store_head {
    struct hf_tree tree;     /* size and right edge */
    uint64_t published_size; /* size of the newest signed checkpoint; 0: none */
};

struct hf_feed_filter {
    struct hf_id person; /* entries of cases this person holds … */
    bool all_cases;      /* … or of all cases */
    bool one_case;       /* only this case (a catch-up); the caller has checked the right */
    struct hf_id case_id;
    struct hf_id office_case; /* always included unless one_case */
    uint64_t until;           /* entries below; 0: the end */
};

/* A node of the tree that a batch completes. */
struct hf_node_write {
    unsigned level;
    uint64_t index;
    struct hf_hash hash;
};

/* For the administrator: entries of the whole log. */
struct hf_store_counts {
    uint64_t held, waiting;
};

struct hf_store;
struct hf_store_ops {
    void (*close)(struct hf_store *store);
    /* The batch is checked and its nodes are computed; all or nothing, durable when it returns. */
    enum hf_status (*commit)(struct hf_store *store, const struct hf_store_batch *batch,
                             const struct hf_node_write *nodes, size_t node_count);
    /* Opens a transaction that commits then go into, and ends it: all of them durable, or none there. NULL: commits
     * stay alone. */
    enum hf_status (*group_begin)(struct hf_store *store);
    enum hf_status (*group_end)(struct hf_store *store, bool keep);
    enum hf_status (*publish)(struct hf_store *store, uint64_t size, struct hf_slice note);
    enum hf_status (*checkpoint)(struct hf_store *store, struct hf_buf *out_note); /* newest signed note; empty: none */
    bool (*node)(struct hf_store *store, unsigned level, uint64_t index, struct hf_hash *out);
    enum hf_status (*entries)(struct hf_store *store, uint64_t from, uint64_t count, hf_entry_row_fn *each, void *ctx);
    enum hf_status (*feed)(struct hf_store *store, const struct hf_feed_filter *filter, uint64_t from,
                           hf_entry_row_fn *each, void *ctx);
    enum hf_status (*change)(struct hf_store *store, const struct hf_id *change_id, hf_entry_row_fn *each, void *ctx);
    enum hf_status (*changes_of)(struct hf_store *store, const struct hf_id *record_id, hf_entry_row_fn *each,
                                 void *ctx); /* ascending index */
    /* Entries of one record that wait for a base, ascending index. */
    enum hf_status (*waiting)(struct hf_store *store, const struct hf_id *record_id, hf_entry_row_fn *each, void *ctx);
    /* Entries that a person has to settle: held, and not refused. Ascending index. */
    enum hf_status (*held)(struct hf_store *store, hf_entry_row_fn *each, void *ctx);
    enum hf_status (*record)(struct hf_store *store, const struct hf_id *record_id, struct hf_buf *out_packed);
    enum hf_status (*records)(struct hf_store *store, const struct hf_id *case_id,
                              bool (*each)(void *ctx, const struct hf_record_write *row), void *ctx); /* ascending id */
    enum hf_status (*device)(struct hf_store *store, const uint8_t *device /* or NULL */,
                             const uint8_t *channel_key /* or NULL */, struct hf_device_row *out);
    enum hf_status (*devices)(struct hf_store *store, bool (*each)(void *ctx, const struct hf_device_row *row),
                              void *ctx); /* by time of enrolment */
    enum hf_status (*invitation)(struct hf_store *store, const struct hf_id *id, struct hf_invitation_row *out);
    enum hf_status (*counts)(struct hf_store *store, struct hf_store_counts *out);
    enum hf_status (*assignments)(struct hf_store *store, const struct hf_id *person /* or NULL: all */,
                                  bool (*each)(void *ctx, const struct hf_assignment_row *row),
                                  void *ctx); /* in the order of the log */
    /* Drafts, outside the log, each call on its own and durable when it returns. Insert, or replace an older version.
     */
    enum hf_status (*draft_put)(struct hf_store *store, const struct hf_draft_item *item);
    /* Of this version or an older one: removed by its owner; otherwise emptied and marked, until the owner hears. */
    enum hf_status (*draft_end)(struct hf_store *store, const struct hf_draft_ref *ref, bool by_owner);
    /* Those of a person's devices and all that are shared, ascending record and device. */
    enum hf_status (*drafts)(struct hf_store *store, const struct hf_id *person, hf_kept_draft_fn *each, void *ctx);
    enum hf_status (*drafts_purge)(struct hf_store *store, const struct hf_id *case_id);
    /* Attachments: insert or replace; durable when it returns. They go with their case (erased_case, destroy). */
    enum hf_status (*attach_put)(struct hf_store *store, const struct hf_attach_kept *row);
    enum hf_status (*attach)(struct hf_store *store, const struct hf_id *record_id, struct hf_attach_kept *out);
    enum hf_status (*attach_bytes)(struct hf_store *store, uint64_t *out); /* of all, as they are to be */
    /* Every one; false stops. Nothing may be written meanwhile. */
    enum hf_status (*attach_each)(struct hf_store *store, hf_attach_kept_fn *each, void *ctx);
    /* Entries of kind erase or legal hold, ascending index. */
    enum hf_status (*of_kind)(struct hf_store *store, enum hf_leaf_kind kind, hf_entry_row_fn *each, void *ctx);
    /* What erased_case does, without an entry: a restored backup forgets what was erased after it was made. */
    enum hf_status (*destroy)(struct hf_store *store, const struct hf_id *case_id);
    /* Nothing deleted is left in the files: what waits in a write-ahead log goes into the database. */
    enum hf_status (*scrub)(struct hf_store *store);
    enum hf_status (*holders)(struct hf_store *store, const struct hf_id *case_id,
                              bool (*each)(void *ctx, const struct hf_assignment_row *row),
                              void *ctx); /* may be NULL: hf_store_holders */
    /* Whether an entry of the case is held or waits; may be NULL: a walk over the case. */
    enum hf_status (*unsettled)(struct hf_store *store, const struct hf_id *case_id, bool *out);
    /* Named texts (store_texts.h), durable when put returns; get appends, HF_ERR_NOT_FOUND. */
    enum hf_status (*text_put)(struct hf_store *store, const char *name, struct hf_slice bytes);
    enum hf_status (*text_get)(struct hf_store *store, const char *name, struct hf_buf *out);
};
/* Every driver's struct begins with this. A driver fills ops, tree and published_size when it opens. */
struct hf_store {
    const struct hf_store_ops *ops;
    struct hf_tree tree;
    uint64_t published_size;
    struct hf_store_text_list *texts; /* of the driver in memory */
    bool is_grouped;
    enum hf_status group_status; /* of the first commit of the group that failed; HF_OK outside of one */
    struct hf_tree group_tree;   /* before it */
    /* Told of every batch that was checked, before it is committed; NULL: nobody (suffix.h). What it refuses is not
     * committed. */
    enum hf_status (*journal)(void *ctx, const struct hf_store_batch *batch);
    void *journal_ctx;
};

/* Drivers. The SQLite one lies in an encrypted vault `folder/name.db` opened by raw key. */
struct hf_vault;
HF_CHECKED enum hf_status hf_store_memory_open(struct hf_store **out);
HF_CHECKED enum hf_status hf_store_sqlite_open(struct hf_vault *vault /* borrowed */, struct hf_store **out,
                                               struct hf_error *err);

/* HF_OK, HF_ERR_CONFLICT (another log size), HF_ERR_INVALID (indices not contiguous, leaf of another length, state
 * changed without an entry), HF_ERR_EXISTS (a change logged before, a channel key of another device), HF_ERR_NOT_FOUND
 * (effect on an unknown change), HF_ERR_FULL, HF_ERR_IO; all or nothing, durable when it returns. Computes the nodes.
 * A batch without entries may only write devices (last seen) and invitations. */
HF_CHECKED enum hf_status hf_store_commit(struct hf_store *store, const struct hf_store_batch *batch);
/* Commits until group_end are durable together, when it returns HF_OK; otherwise the store is as it was at group_begin.
 * In between they are seen by whoever reads, and nothing may be published. When one of them fails, all do. begin:
 * HF_ERR_UNSUPPORTED, HF_ERR_FULL, HF_ERR_IO. */
HF_CHECKED enum hf_status hf_store_group_begin(struct hf_store *store);
HF_CHECKED enum hf_status hf_store_group_end(struct hf_store *store);
void hf_store_head(const struct hf_store *store, struct hf_store_head *out);
HF_CHECKED enum hf_status hf_store_publish(struct hf_store *store, uint64_t size, struct hf_slice note);
HF_CHECKED enum hf_status hf_store_checkpoint(struct hf_store *store, struct hf_buf *out_note);
/* Fits hf_tree_get_fn with ctx = the store. */
bool hf_store_node(void *store, unsigned level, uint64_t index, struct hf_hash *out);
/* Who holds the case now; any order. */
HF_CHECKED enum hf_status hf_store_holders(struct hf_store *store, const struct hf_id *case_id,
                                           bool (*each)(void *ctx, const struct hf_assignment_row *row), void *ctx);
void hf_store_close(struct hf_store *store);
/* The remaining operations are called through store->ops. HF_ERR_NOT_FOUND when a single thing asked for is not there.
 */

#endif
