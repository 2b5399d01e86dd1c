/* One connection to the office: nng's byte stream over TCP and the encrypted channel on it (formats.md 4). Inside
 * client/.
 *
 * Threads: nng works in threads of its own. They touch nothing here but three flags, under a lock, and wake whoever
 * waits; bytes, channel and state belong to the thread that calls. At most one receive and one send are under way, each
 * with a time limit, and both are stopped before anything is freed (never from inside a callback of nng).
 *
 * Use: new; then wait, and take messages by next until it is false, again and again. What came before the end of a
 * connection is handed out before the end is told. With a `wake` nobody has to wait in here: it is to be cleared before
 * hf_transport_wait, and signalled when that has something to take. */
#ifndef HF_CLIENT_TRANSPORT_H
#define HF_CLIENT_TRANSPORT_H

#include "client/wake.h"
#include "protocol/channel.h"

struct hf_transport;

enum hf_transport_stage {
    HF_TRANSPORT_DIALLING,  /* no connection yet */
    HF_TRANSPORT_HANDSHAKE, /* connected; who is there is not proved yet */
    HF_TRANSPORT_OPEN
};

struct hf_transport_config {
    const char *address;       /* tcp://host:port */
    const char *origin;        /* of the log */
    struct hf_id enrolment_id; /* zero for an enrolled device */
    const struct hf_dh_key *static_key;
    const uint8_t *server_key;  /* HF_DH_BYTES */
    const uint8_t *psk;         /* HF_KEY_BYTES */
    uint32_t timeout_ms;        /* of the dial, of a write, and of silence while something is awaited */
    bool stays;                 /* silence on an open channel is no failure: the session keeps its own time */
    const struct hf_wake *wake; /* told when something has happened, and waited for; NULL: none. Outlives this */
};

/* Begins to dial; does not wait. Copies what it needs. HF_ERR_INVALID: the address is not one. HF_ERR_AUTH,
 * HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_transport_new(const struct hf_transport_config *config, struct hf_transport **out);
/* Ends the connection; waits for nng to let go of it. NULL is fine. */
void hf_transport_free(struct hf_transport *transport);

/* Waits until something has happened, at most wait_ms (0: looks only), and sends and receives what there is. HF_OK,
 * also when nothing happened. HF_ERR_NETWORK no connection, HF_ERR_TIMEOUT, HF_ERR_CLOSED the other side ended it,
 * HF_ERR_AUTH or HF_ERR_PROTOCOL the channel is dead, HF_ERR_NOMEM: from then on it says the same again. */
HF_CHECKED enum hf_status hf_transport_wait(struct hf_transport *transport, uint32_t wait_ms);
/* How far it came; after a failure, where it failed. */
enum hf_transport_stage hf_transport_stage(const struct hf_transport *transport);
/* Bytes that went and came so far, handshake included. Their sum grows whenever the line moves. */
void hf_transport_bytes(const struct hf_transport *transport, uint64_t *out_sent, uint64_t *out_received);
/* The next whole message; false when there is none. To be called until false before the next wait. */
bool hf_transport_next(struct hf_transport *transport, struct hf_buf *out_message);
/* Queues one message and begins to send it. As hf_channel_send. */
HF_CHECKED enum hf_status hf_transport_send(struct hf_transport *transport, struct hf_slice message);
/* HF_HASH_BYTES, borrowed; NULL before the channel is open. */
const uint8_t *hf_transport_handshake_hash(const struct hf_transport *transport);

#endif
