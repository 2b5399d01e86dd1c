/* Who only asks, between a made-up device and a made-up office (support_stores.h): somebody who joins with an
 * invitation, an auditor who reads the log out, and somebody of the office who has a command carried out. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_ASK_H
#define HF_TESTS_PROTOCOL_SUPPORT_ASK_H

#include "protocol/session_ask.h"

#define FAKE_READ_MAX 256

enum fake_asking { ASKS_NOTHING, ASKS_TO_JOIN, ASKS_TO_READ, ASKS_A_COMMAND };

/* Of the office. */
struct fake_ask_office {
    uint8_t handshake; /* of the connection that there is; 1, 2 … */
    bool joined;       /* the device is known here … */
    uint8_t key;       /* … and its later sessions are expected with the key of this handshake */
    size_t joinings;   /* leaves in the log about it */
    size_t commands;   /* carried out */
};
/* Of the device. */
struct fake_ask_device {
    enum fake_asking what;
    uint8_t sessions;
    /* joining */
    uint8_t key, key_before; /* of the handshake whose key is durable here; 0: none */
    bool key_is_kept, joined;
    /* reading */
    bool greeted, policy, whole;
    uint64_t to_read, read;
    uint8_t leaf[FAKE_READ_MAX][HF_LEAF_BYTES];
    /* a command */
    size_t asked, answered; /* by the person; ADMIN_DONE that came */
};

struct fake_office;
struct fake_device;
struct fake_reply;
/* A new connection. What was read on the one before is thrown away, as a bundle that was not finished is. */
void fake_ask_begin(struct fake_office *office, struct fake_device *device);
/* What is to be made durable before the next question; true: fake_ask_keep does it. */
bool fake_ask_keeps(const struct fake_device *device);
void fake_ask_keep(struct fake_device *device);
/* The next question; false: there is none, it is done. */
bool fake_ask_next(const struct fake_device *device, struct hf_message *out);
/* The answer is stored. */
void fake_ask_store(struct fake_device *device, const struct hf_message *answer);
void fake_ask_refused(struct fake_device *device);
/* ENROL, WITNESSED, ENTRIES, ADMIN; false for any other. */
bool fake_ask_answer(struct fake_office *office, const struct hf_message *request, struct fake_reply *out);
/* Joined once and with one key; read whole, each entry once, as it stands in the log; the command carried out. */
void assert_ask_done(const struct fake_office *office, const struct fake_device *device);
/* What must hold after every session, however it ended. */
void assert_ask_holds(const struct fake_office *office, const struct fake_device *device);

#endif
