/* A batch in the making: entries, states and rows that will be committed together. States are read once and merged in
 * memory; the server's own leaves are made here. One office, one batch at a time.
 *
 * begin -> add … -> commit, then clear in any case. Functions remember nothing after an error: clear and give up. */
#ifndef HF_SERVER_BATCH_H
#define HF_SERVER_BATCH_H

#include "server/batch_index.h"
#include "server/office.h"

#define HF_BATCH_ENTRIES_MAX 2048

struct hf_batch_entry {
    struct hf_entry_row row; /* slices point into bytes */
    uint8_t *bytes;
};
struct hf_batch_state {
    struct hf_record_state state;
    bool changed;
    struct hf_buf packed;
};
struct hf_batch {
    struct hf_office *office;
    uint64_t first_index;
    uint64_t now_ms;
    struct hf_batch_entry *entries;
    size_t entry_count, entry_cap;
    struct hf_batch_index entry_index; /* by change id */
    size_t waited;                     /* entries of this batch that were added as waiting */
    struct hf_batch_state *states;
    size_t state_count, state_cap;
    struct hf_batch_index state_index; /* by record id */
    struct hf_effect_write *effects;
    size_t effect_count, effect_cap;
    struct hf_device_row *devices;
    size_t device_count, device_cap;
    struct hf_assignment_row *assignments;
    size_t assignment_count, assignment_cap;
    /* The cases that one person holds in the store, read once: a push is mostly about them. */
    struct hf_batch_caseload {
        bool known;
        struct hf_id person;
        struct hf_id *cases;
        size_t count, cap;
        bool failed;  /* no memory */
        size_t asked; /* so far: for a few questions nobody's whole caseload is read */
    } caseload;
    struct hf_invitation_row *invitations;
    size_t invitation_count, invitation_cap;
    struct hf_id erased_case; /* zero: none; see server/erase.h */
    /* The body that server/effect.c decoded last, and of which bytes: what was decided over is applied next. */
    struct hf_data_body *body;
    const uint8_t *body_from;
};

void hf_batch_begin(struct hf_batch *batch, struct hf_office *office);
/* Commits what there is; nothing to do is fine. While the office acts for somebody (hf_acting) what changes something
 * ends with an "office" note (core/model/body_caseload.h). */
HF_CHECKED enum hf_status hf_batch_commit(struct hf_batch *batch);
void hf_batch_clear(struct hf_batch *batch);

/* Index the next entry will have. */
uint64_t hf_batch_next_index(const struct hf_batch *batch);
/* Copies the row's leaf and payload; index and change id are filled here. */
HF_CHECKED enum hf_status hf_batch_add_entry(struct hf_batch *batch, const struct hf_entry_row *row);
/* The entry of this batch with that change id, or NULL. Borrowed until the next entry is added. */
struct hf_entry_row *hf_batch_entry_of(const struct hf_batch *batch, const struct hf_id *change_id);
/* A change of this batch or of the store: its record, hold and waiting. HF_ERR_NOT_FOUND. */
struct hf_change_standing {
    struct hf_id record_id;
    enum hf_hold hold;
    bool waiting;
    uint64_t index;
};
HF_CHECKED enum hf_status hf_batch_standing(struct hf_batch *batch, const struct hf_id *change_id,
                                            struct hf_change_standing *out);
/* State of a record as this batch leaves it; empty when there is none. Borrowed until the next call. */
HF_CHECKED enum hf_status hf_batch_state(struct hf_batch *batch, const struct hf_id *record_id,
                                         struct hf_batch_state **out);

/* Where a part of this case and type is, or begins: `first`, or the first id after it (hf_model_part_next) under which
 * no record of another case or type stands. HF_ERR_LIMIT: one stands under HF_PART_IDS_MAX of them. */
HF_CHECKED enum hf_status hf_batch_part_id(struct hf_batch *batch, const struct hf_id *case_id, uint16_t type,
                                           const struct hf_id *first, struct hf_id *out);

/* As hf_batch_state, without loading it: NULL when nothing asked for it. */
const struct hf_record_state *hf_batch_state_known(const struct hf_batch *batch, const struct hf_id *record_id);

/* Row of a device as this batch leaves it, to be changed in place; loaded from the store when new to the batch.
 * HF_ERR_NOT_FOUND. Borrowed until the next call that adds a device. */
HF_CHECKED enum hf_status hf_batch_device(struct hf_batch *batch, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                          struct hf_device_row **out);
HF_CHECKED enum hf_status hf_batch_add_device(struct hf_batch *batch, const struct hf_device_row *row);
/* Adds the "office" note that says who asked for the entries [first, first + count), and by which command. */
HF_CHECKED enum hf_status hf_batch_say_asked(struct hf_batch *batch, const struct hf_acting *acting, uint64_t first,
                                             uint64_t count);
/* A new standing of an entry logged before. */
HF_CHECKED enum hf_status hf_batch_effect(struct hf_batch *batch, const struct hf_effect_write *effect);
HF_CHECKED enum hf_status hf_batch_assign(struct hf_batch *batch, const struct hf_assignment_row *row);
HF_CHECKED enum hf_status hf_batch_invitation(struct hf_batch *batch, const struct hf_invitation_row *row);
/* True when the person holds the case, as this batch leaves it. */
HF_CHECKED enum hf_status hf_batch_holds(struct hf_batch *batch, const struct hf_id *person,
                                         const struct hf_id *case_id, bool *out);

/* True when the log, as this batch leaves it, has an entry that opens the case and is not held. */
HF_CHECKED enum hf_status hf_batch_case_opened(struct hf_batch *batch, const struct hf_id *case_id, bool *out);

/* Signs and adds a leaf of the server's own chain, sealed under `key`. record_id zero unless kind is data; a data body
 * is merged into its record. */
HF_CHECKED enum hf_status hf_batch_server_leaf(struct hf_batch *batch, enum hf_leaf_kind kind,
                                               const struct hf_class_key *key, struct hf_slice body);
/* The same, signed with this device key of the server: one that was not in the log before begins its chain. */
HF_CHECKED enum hf_status hf_batch_server_leaf_by(struct hf_batch *batch, const struct hf_sign_key *device,
                                                  enum hf_leaf_kind kind, const struct hf_class_key *key,
                                                  struct hf_slice body);
/* The key of the office case. */
HF_CHECKED enum hf_status hf_batch_office_key(struct hf_batch *batch, struct hf_class_key *out);
/* A note of the server (kind 7) under the office case's key, into this batch. */
struct hf_caseload_note;
HF_CHECKED enum hf_status hf_batch_note(struct hf_batch *batch, const struct hf_caseload_note *note);

#endif
