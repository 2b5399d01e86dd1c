/* A client session played by hand, for tests: one step after the other, up to the stage that a test is about. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_CLIENT_H
#define HF_TESTS_PROTOCOL_SUPPORT_CLIENT_H

#include "protocol/session_client.h"

#define CLIENT_START_MS 777000

/* A device with two changes to push (seq 5 and 6), a feed to pull and an acknowledged range without proof. */
struct client_rig {
    struct hf_session_client *session;
    struct hf_client_update update;
    struct hf_client_facts facts;
    struct hf_buf bytes; /* of the message that arrived last */
    uint64_t now_ms;
    uint32_t request; /* of the message whose answer is awaited next, or of the one sent last */
    enum hf_message_type sent;
    struct {
        enum hf_message_type type;
        uint32_t request;
    } open[HF_LIMIT_IN_FLIGHT];
    size_t open_count;
    size_t sends; /* in the last step */
};

extern const struct hf_client_facts start_facts;
extern const struct hf_msg_range both_ranges[2]; /* those of start_facts */

/* How far a session has come. */
enum stage { AT_HELLO, AT_OUTBOX, AT_PUSH, AT_PUSH_STORE, AT_PULL, AT_PULL_STORE, AT_HEAD, AT_HEAD_STORE, AT_IDLE };

/* Starts a session and takes it there. */
void go_to(struct client_rig *rig, enum stage stage);
/* After the general feed, with a catch-up of [3, 9) asked for. */
void go_to_catchup(struct client_rig *rig);
void close_client_rig(struct client_rig *rig);
bool waits_for_reply(enum stage stage);

/* The steps themselves; each asserts what it leads to when all is well, unless an answer may be a wrong one. */
void start_with(struct client_rig *rig, const struct hf_client_facts *facts);
struct hf_message fitting_welcome(const struct client_rig *rig);
void be_welcomed(struct client_rig *rig, enum hf_mode mode);
void answer_push(struct client_rig *rig, size_t count, uint64_t first_seq);
void push_all(struct client_rig *rig);
struct feed_answer {
    uint64_t next_cursor, index;
    size_t count;
    bool more;
};

void answer_pull(struct client_rig *rig, struct feed_answer answer);
void pull_all(struct client_rig *rig);
void answer_head(struct client_rig *rig, const struct hf_msg_range *ranges, size_t count);
void finish(struct client_rig *rig);

void client_step(struct client_rig *rig, struct hf_client_event event);
void client_hears_bytes(struct client_rig *rig, struct hf_slice bytes);
void client_hears(struct client_rig *rig, const struct hf_message *message);
void stored(struct client_rig *rig); /* with rig->facts */
void client_tick_at(struct client_rig *rig, uint64_t now_ms);

/* The last step gave exactly one action, and it is of this type. */
const struct hf_client_action *only_action(const struct client_rig *rig, enum hf_client_action_type type);
/* The last step only sent, and what is awaited next is the answer to this. */
void only_sent(const struct client_rig *rig, size_t count, enum hf_message_type awaited);
/* The last step gave the channel up, and did nothing else but tell of the welcome. */
void assert_failed(const struct client_rig *rig, enum hf_status status);

#endif
