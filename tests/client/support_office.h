/* An office to talk to: the log and keys of tests/replica's small office behind the real session machine of the server.
 * Spoken to in memory, or over TCP on loopback with the real channel (one thread per connection, plain sockets, so that
 * sanitizers see all of it). It can be told to misbehave. All names are invented. */
#ifndef HF_TESTS_CLIENT_SUPPORT_OFFICE_H
#define HF_TESTS_CLIENT_SUPPORT_OFFICE_H

#include "core/model/draft_list.h"
#include "protocol/invitation.h"
#include "protocol/session_server.h"
#include "tests/replica/support_server.h"

#include <pthread.h>

#define OFFICE_DEVICES_MAX     16
#define OFFICE_CONNECTIONS_MAX 256

struct office_device {
    struct hf_identity identity; /* public keys, person, role; what the office knows */
    uint8_t psk[HF_KEY_BYTES];
    uint8_t handshake_hash[HF_HASH_BYTES];
    bool pending, revoked;
};

/* Switched by a test before it connects. */
struct office_faults {
    bool pending;               /* enrolment waits for an administrator */
    bool other_authority;       /* ENROLLED shows another authority's key */
    bool other_certificate;     /* ENROLLED shows a certificate that the authority did not sign */
    enum hf_status refuse;      /* ENROL is refused with this */
    enum hf_status refuse_push; /* PUSH is refused with this; nothing of it is logged */
    bool drop_enrolled;         /* the device is enrolled, and the connection ends before the answer */
    bool drip;                  /* writes go out byte by byte */
    bool silent;                /* nothing is answered after the handshake */
    int cut_after;              /* the connection ends after this many messages; 0: never */
    bool other_entries;         /* ENTRIES_ARE shows another leaf than the one that is signed */
    bool other_payload;         /* … another payload … */
    bool other_opening;         /* … another body in an opening */
    bool certificate_left_out;  /* WELCOME shows none, as to a device that knows it */
    bool certificate_gone;      /* WELCOME shows a certificate of another authority */
    uint64_t server_ahead_ms;   /* of the device's clock */
    uint32_t lease_days;        /* WELCOME tells this many; 0: 14 */
};

struct office {
    pthread_mutex_t lock; /* everything below, while it listens */
    struct server *server;
    struct hf_dh_key recovery; /* the organisation's: its public half is in the certificate */
    struct hf_buf certificate;
    struct office_device devices[OFFICE_DEVICES_MAX];
    size_t device_count;
    struct hf_invitation invitation; /* the newest */
    enum hf_role invited_role;
    uint8_t used_by[HF_SIGN_PUBLIC_BYTES];
    bool used;
    struct hf_draft_list drafts;
    struct office_faults faults;
    uint64_t messages; /* taken from devices, ever */

    int listener; /* -1: does not listen */
    char address[64];
    pthread_t acceptor;
    struct office_connection *connections[OFFICE_CONNECTIONS_MAX];
    size_t connection_count;
    uint64_t connections_ever;
};

struct office *office_new(void);
void office_free(struct office *office); /* stops listening */
/* On a free port of 127.0.0.1. */
void office_listen(struct office *office);
/* Ends the listening and every connection. */
void office_stop(struct office *office);

/* Waits until every connection has ended (the devices have let go of theirs), so that a test may look at the office and
 * change it while it listens. */
struct office *office_at_rest(struct office *office);

/* A new invitation; the line is good until the next. */
const char *office_invite(struct office *office, enum hf_role role);
/* A device that was enrolled without a conversation. */
void office_add_device(struct office *office, const struct hf_identity *identity);
struct office_device *office_device_of(struct office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES]);

/* --- one conversation, without a network --- */
struct office_peer;
typedef void office_send_fn(void *ctx, struct hf_slice message);
struct office_peer *office_peer_new(struct office *office, const struct hf_peer *peer);
void office_peer_free(struct office_peer *peer);
/* False when the office ends the connection. */
bool office_peer_take(struct office_peer *peer, struct hf_slice message, office_send_fn *send, void *ctx);
/* Who a known device is to the session. */
struct hf_peer office_peer_of(const struct office_device *device);

#endif
