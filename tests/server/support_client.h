/* The client's end of a connection, over a link in memory or over a real socket: channel, messages, and a whole sync
 * with protocol/session_client. */
#ifndef HF_TESTS_SERVER_SUPPORT_CLIENT_H
#define HF_TESTS_SERVER_SUPPORT_CLIENT_H

#include "protocol/session_client.h"
#include "server/link.h"
#include "tests/server/support_office.h"

#define CLIENT_START_MS 500000u
#define CLIENT_WAIT_S   20 /* a socket that says nothing for so long fails the test */

struct client {
    struct hf_channel *channel;
    struct hf_link *link; /* either */
    int fd;               /* or */
    uint64_t now_ms;      /* of the link */
    struct hf_buf message;
    uint64_t moved; /* bytes, both ways, handshake included */
    bool ended;     /* the office closed */
};

/* Who comes, and how: an enrolled device, an invited one, or the administrator of this machine. */
struct caller {
    const struct hf_dh_key *key;
    struct hf_id enrolment_id;
    const uint8_t *psk;
};
struct caller caller_device(const struct device *device);
struct caller caller_invited(const struct device *device, const struct hf_invitation *invitation);

/* The client's channel alone. */
struct hf_channel *client_channel(const struct office *office, const struct caller *caller);
/* With the handshake done; `client` must be ended by client_free. */
void client_open_link(struct client *client, struct office *office, const struct caller *caller);
void client_open_socket(struct client *client, int fd, const struct office *office, const struct caller *caller);
void client_free(struct client *client);

/* Sends all output of the channel; false when the other end does not take it. */
bool client_flush(struct client *client);
/* The next message; false when the office closed. Over a link also when it has nothing to say. */
bool client_hear(struct client *client);
void client_say_bytes(struct client *client, struct hf_slice bytes);
void client_say(struct client *client, const struct hf_message *message);
/* Says and hears; the answer must be of this type and is the caller's to clear. */
struct hf_message client_ask(struct client *client, const struct hf_message *message, enum hf_message_type expected);
/* An ERROR with this status comes. */
void client_hear_error(struct client *client, enum hf_status status);
struct hf_message hello_of(const struct device *device);
/* HELLO and WELCOME. */
void client_greet(struct client *client, const struct device *device);
/* PING and PONG. */
void client_ping(struct client *client);
bool client_link_closed(const struct client *client);

/* What a device keeps between two syncs. */
#define SYNCED_ITEMS_MAX 256
struct synced {
    struct device *device;
    struct hf_item items[SYNCED_ITEMS_MAX]; /* own changes by seq */
    size_t item_count;
    uint64_t unsent_seq, cursor, checkpoint_size;
    struct hf_hash checkpoint_root;
    size_t range_count;
    struct {
        uint64_t first, count;
    } ranges[HF_LIMIT_HEAD_RANGES];
    size_t fed, held, proved;
    uint64_t clock_ms, known; /* said in the HELLO */
    enum hf_mode mode;
};
/* One sync to its end; HF_OK or the status of HF_CA_FAIL. Signatures and proofs of HEAD_IS are checked. */
enum hf_status client_sync(struct client *client, struct synced *synced);

#endif
