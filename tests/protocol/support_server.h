/* A server session played by hand, for tests: peers that say what they may and what they may not. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_SERVER_H
#define HF_TESTS_PROTOCOL_SUPPORT_SERVER_H

#include "protocol/session_server.h"

#define SERVER_START_MS 555000

struct server_rig {
    struct hf_session_server *session;
    struct hf_server_update update;
    struct hf_peer peer;
    struct hf_buf bytes; /* of the message that arrived last */
    uint64_t now_ms;
};

/* The handshake is still to come. */
void connect_rig(struct server_rig *rig);
void open_as(struct server_rig *rig, enum hf_peer_kind kind, enum hf_mode mode);
/* A device that has said HELLO (request 1) and heard WELCOME of a log of 30. */
void welcomed_as(struct server_rig *rig, enum hf_mode mode);
void close_server_rig(struct server_rig *rig);

void server_hears_bytes(struct server_rig *rig, struct hf_slice bytes);
void server_hears(struct server_rig *rig, const struct hf_message *message);
/* A well-formed message of this type, as a device of ours would send it. */
void server_hears_type(struct server_rig *rig, enum hf_message_type type, uint32_t request);
void reply(struct server_rig *rig, const struct hf_message *message);
void server_tick_at(struct server_rig *rig, uint64_t now_ms);
void server_moves(struct server_rig *rig);
void news(struct server_rig *rig, uint64_t log_size);
void set_mode(struct server_rig *rig, enum hf_mode mode);

struct hf_message hello_of(uint32_t request);
struct hf_message welcome_of(uint32_t request);
/* What a client may ask; the first is HELLO. */
#define QUESTION_COUNT 16
extern const enum hf_message_type questions[QUESTION_COUNT];
bool is_question(enum hf_message_type type);

/* What the last step did, and nothing else. */
void assert_asked(const struct server_rig *rig, enum hf_message_type type, uint32_t request);
void assert_said(const struct server_rig *rig, enum hf_message_type type, uint32_t request);
void assert_error(const struct server_rig *rig, enum hf_status status, uint32_t request, bool closes);
void assert_closed(const struct server_rig *rig);
/* Decodes the first action, which must send; the caller clears. */
void said(const struct server_rig *rig, struct hf_message *out);

#endif
