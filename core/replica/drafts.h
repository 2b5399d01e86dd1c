/* Drafts on a device: what a person is typing, kept in the vault until it is saved (domain.md UX-01..03). One row per
 * record and device: this device's own, and those of others that came with a sync. Not changes: unsigned, outside the
 * log, no part of any state or digest. Every function that writes does so in one transaction. */
#ifndef HF_CORE_REPLICA_DRAFTS_H
#define HF_CORE_REPLICA_DRAFTS_H

#include "core/replica/draft.h"
#include "core/replica/replica.h"

#define HF_DRAFTS_MAX        500 /* own ones */
#define HF_DRAFTS_OTHERS_MAX 256 /* of other devices, kept here */

/* A number for what this device knows at the moment: a form that is drawn now shows no change that comes later. */
HF_CHECKED enum hf_status hf_replica_seen_now(struct hf_replica *replica, uint64_t *out, struct hf_error *err);

struct hf_draft_put_field {
    uint16_t field;
    bool drop; /* out of the draft */
    struct hf_slice text;
};
struct hf_draft_put {
    struct hf_id case_id;
    struct hf_id record_id;
    uint16_t type;
    struct hf_id parent; /* zero: none */
    struct hf_slice slot;
    struct hf_slice form;
    uint64_t seen; /* hf_replica_seen_now when the form was drawn */
    const struct hf_draft_put_field *fields;
    size_t field_count;
    const struct hf_slice *reason; /* NULL: as it was */
    const struct hf_slice *cursor; /* NULL: as it was */
};
/* Makes or changes this device's draft of the record. A field keeps what was seen when it first came in. A draft that
 * would only say what was saved from the same form meanwhile is not begun. HF_ERR_NOT_FOUND: the case is not here;
 * HF_ERR_STATE: the record or its draft belongs to another case, type, parent, slot or form; HF_ERR_INVALID,
 * HF_ERR_LIMIT, with text. */
HF_CHECKED enum hf_status hf_replica_draft_put(struct hf_replica *replica, const struct hf_draft_put *put,
                                               uint64_t now_ms, struct hf_error *err);

struct hf_draft_row {
    const struct hf_draft *draft;
    bool own;
    bool same_person;
    bool shared;
    bool held_back;     /* was shared, and is not any more: hf_replica_draft_hold_back */
    bool is_new;        /* its record has no state here */
    bool changed_since; /* one of its fields holds something else here than what was seen */
    uint64_t done_ms; /* another device's: when it was saved there (core/replica/draft_done.h); 0: not that is known */
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    struct hf_id person; /* zero: unknown */
};
typedef bool hf_draft_fn(void *ctx, const struct hf_draft_row *row);
/* Own ones first, then newest first. Those that only a later program can read are left out. */
HF_CHECKED enum hf_status hf_replica_drafts(struct hf_replica *replica, const struct hf_id *record_id /* NULL: all */,
                                            hf_draft_fn *each, void *ctx, struct hf_error *err);

/* device NULL: this device's. *out borrows from *bytes, which the caller wipes. HF_ERR_NOT_FOUND. */
HF_CHECKED enum hf_status hf_replica_draft(struct hf_replica *replica, const struct hf_id *record_id,
                                           const uint8_t *device, struct hf_buf *bytes, struct hf_draft *out,
                                           struct hf_error *err);
/* True when the record holds something else in this field than what was seen. Pure. */
bool hf_draft_field_changed(const struct hf_draft_field *field, const struct hf_record_state *state);
/* HF_ERR_WAITING: a change that the draft's author saw has not come to this device yet. */
HF_CHECKED enum hf_status hf_replica_draft_ready(struct hf_replica *replica, const struct hf_draft *draft,
                                                 struct hf_error *err);

/* All HF_ERR_NOT_FOUND without such a draft. Sharing one of a restricted type is HF_ERR_DENIED. */
HF_CHECKED enum hf_status hf_replica_draft_discard(struct hf_replica *replica, const struct hf_id *record_id,
                                                   struct hf_error *err);
HF_CHECKED enum hf_status hf_replica_draft_share(struct hf_replica *replica, const struct hf_id *record_id, bool shared,
                                                 struct hf_error *err);
/* The records of this device's own drafts that are shared; out has room for HF_DRAFTS_MAX. */
HF_CHECKED enum hf_status hf_replica_drafts_shared(struct hf_replica *replica, struct hf_id *out, size_t *out_count,
                                                   struct hf_error *err);
/* A draft of this device is shared no more, and its row says that it was (held_back) until its author shares or
 * unshares it: the office decided so. With the next exchange it goes from whoever it was shown to; here it stays whole.
 * HF_OK also when it is not shared. */
HF_CHECKED enum hf_status hf_replica_draft_hold_back(struct hf_replica *replica, const struct hf_id *record_id,
                                                     struct hf_error *err);
/* Copies another device's draft to this device's own. HF_ERR_EXISTS: there is one; HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_replica_draft_take(struct hf_replica *replica, const struct hf_id *record_id,
                                                const uint8_t device[HF_SIGN_PUBLIC_BYTES], struct hf_error *err);

/* A part that exists once goes on under another id, because other records took `first` and those that follow it up to
 * `to` (core/replica/part.h). */
struct hf_draft_move {
    struct hf_id case_id;
    uint16_t type;
    struct hf_id parent; /* zero: none */
    struct hf_slice slot;
    struct hf_id first, to;
};
/* This device's draft of the part follows it to `to`, having seen nothing of what stands there: there it is begun and
 * under its old id it ends, both or neither. It stays where it is when there is a draft under `to` already, and when
 * only a later program can read it. HF_OK also when there is none. */
HF_CHECKED enum hf_status hf_replica_draft_follow(struct hf_replica *replica, const struct hf_draft_move *move,
                                                  uint64_t now_ms, struct hf_error *err);

#endif
