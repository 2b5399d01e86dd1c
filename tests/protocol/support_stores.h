/* Two made-up stores for tests of the session machines: an office that keeps a log, and a device that keeps a chain,
 * an outbox and what it was fed. They check by seq and index that nothing is lost and nothing taken twice. No proofs,
 * no signatures: the machines look at neither. What must hold at any time is asserted by cmocka. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_STORES_H
#define HF_TESTS_PROTOCOL_SUPPORT_STORES_H

#include "protocol/session_client.h"
#include "protocol/session_server.h"
#include "tests/protocol/support_ask.h"
#include "tests/protocol/support_attach.h"
#include "tests/protocol/support_rest.h"
#include "tests/protocol/support_snapshot.h"

#define FAKE_LOG_MAX      256
#define FAKE_OWN_MAX      128
#define FAKE_CATCHUPS_MAX 4
#define FAKE_DRAFTS       7
#define FAKE_DRAFTS_BATCH 3
#define FAKE_CASES        5 /* 1 is the device's from the beginning, 2 and 3 may be assigned, 4 is never its */

/* `wall`: by which a change is known in whatever chain it goes. */
void fake_leaf(const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint32_t incarnation, uint64_t seq, uint64_t wall,
               const uint8_t *last, uint8_t out[HF_LEAF_BYTES]);
#define FAKE_WALL_MS 1795298315123

/* --- the office --- */

struct fake_entry {
    uint8_t leaf[HF_LEAF_BYTES];
    uint8_t body[2]; /* case number, case assigned to the device by this entry or 0 */
    bool own;        /* by the device under test */
    enum hf_hold hold;
};
struct fake_office {
    struct fake_entry log[FAKE_LOG_MAX];
    uint64_t size;
    uint64_t unpublished; /* newest entries that are not in the signed checkpoint */
    bool assigned[FAKE_CASES];
    uint64_t assigned_at[FAKE_CASES];
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint64_t next_seq;
    uint8_t head[HF_HASH_BYTES];
    size_t feed_batch;
    bool hold_all;
    bool pushed[FAKE_LOG_MAX];           /* answered in this session, and no HEAD since */
    uint64_t drafts[FAKE_DRAFTS];        /* version of each of the device's drafts that came in; 0: none */
    uint64_t others_drafts[FAKE_DRAFTS]; /* of somebody else; 0: ended */
    struct fake_attachments attachments;
    struct fake_rest_office rest;
    struct fake_ask_office ask;
};
/* What a reply borrows from. */
struct fake_reply {
    struct hf_message message;
    struct hf_item items[HF_LIMIT_FEED_ITEMS];
    struct hf_class_key keys[1];
    struct hf_msg_pushed results[HF_LIMIT_PUSH_ITEMS];
    struct hf_msg_range ranges[HF_LIMIT_HEAD_RANGES];
    char note[32];
    enum hf_draft_result draft_results[FAKE_DRAFTS];
    struct hf_draft_item drafts[FAKE_DRAFTS];
    uint32_t gone[FAKE_DRAFTS];
    struct fake_attach attach;
    struct fake_part part;
    struct hf_msg_entry entries[HF_LIMIT_ENTRIES];
};
void fake_office_init(struct fake_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES], size_t feed_batch);
/* A change by somebody else; assigns: 0, or the case that the device may read from then on. */
void fake_office_hear(struct fake_office *office, unsigned case_number, unsigned assigns);
void fake_office_answer(struct fake_office *office, const struct hf_message *request, struct fake_reply *out);

/* --- the device --- */

struct fake_catchup {
    unsigned case_number;
    uint64_t from, until;
};
struct fake_device {
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    uint8_t leaf[FAKE_OWN_MAX][HF_LEAF_BYTES];
    uint64_t next_seq, unsent_seq;
    uint64_t saved;               /* in all its chains */
    uint64_t index[FAKE_OWN_MAX]; /* where it was logged */
    bool proved[FAKE_OWN_MAX];
    size_t held;
    uint64_t cursor;
    struct fake_catchup catchups[FAKE_CATCHUPS_MAX];
    size_t catchup_count;
    unsigned taken[FAKE_LOG_MAX]; /* how often each entry came in by a feed */
    uint64_t checkpoint_size;
    size_t outbox_batch, range_max;
    size_t feeds, heads;                                    /* how many were stored */
    bool has_drafts;                                        /* takes part in the exchange */
    bool drafts_asked;                                      /* in this session */
    uint64_t drafts[FAKE_DRAFTS], drafts_sent[FAKE_DRAFTS]; /* own versions, and what the office has */
    uint64_t others_drafts[FAKE_DRAFTS];
    struct fake_attachments attachments;
    struct fake_snapshots snapshots;
    size_t case_taken[FAKE_CASES]; /* entries of each case that are here */
    struct fake_rest_device rest;
    struct fake_ask_device ask;
};
/* The first catch-up is over. */
void fake_end_catchup(struct fake_device *device);
/* What a DRAFTS borrows from. */
struct fake_drafts {
    struct hf_msg_drafts message;
    struct hf_draft_item items[FAKE_DRAFTS];
    struct hf_draft_ref held[FAKE_DRAFTS];
};
void fake_device_drafts(const struct fake_device *device, struct fake_drafts *out);
void assert_drafts_in_sync(const struct fake_office *office, const struct fake_device *device);
void fake_device_init(struct fake_device *device, size_t outbox_batch);
void fake_device_save(struct fake_device *device, size_t count);
void fake_device_facts(const struct fake_device *device, struct hf_client_facts *out);
size_t fake_device_outbox(const struct fake_device *device, uint64_t from_seq, struct hf_item *out);
/* HF_CA_STORE_… */
void fake_device_store(struct fake_device *device, const struct hf_client_action *action);

/* Everything the device made is in the log once and proved, everything it may read came in once, and nothing else. */
void assert_in_sync(const struct fake_office *office, const struct fake_device *device);
/* The same for a revoked device: handed in, held and proved; whatever it had read before. */
void assert_handed_in(const struct fake_office *office, const struct fake_device *device);

#endif
