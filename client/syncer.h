/* The glue of a sync: the replica's facts and stores on one side, the session machine on the other. No network:
 * messages come in by hf_syncer_message and go out through a hook, so that tests run it against any pipe. Inside
 * client/.
 *
 * Also where the client decides what to believe of a server's standing: certificate, mode, clock. One thread at a time.
 */
#ifndef HF_CLIENT_SYNCER_H
#define HF_CLIENT_SYNCER_H

#include "core/replica/replica.h"
#include "protocol/session_client.h"

struct hf_syncer;

struct hf_syncer_hooks {
    void *ctx;
    /* Sends one message; what it answers ends the sync unless it is HF_OK. The bytes live until it returns. */
    enum hf_status (*send)(void *ctx, struct hf_slice message);
    /* A record changed here; may be NULL. May read the replica. */
    void (*changed)(void *ctx, const struct hf_id *case_id, const struct hf_id *record);
};
struct hf_syncer_now {
    uint64_t wall_ms; /* Unix ms */
    uint64_t mono_ms;
};
enum hf_syncer_state {
    HF_SYNCER_NEW,
    HF_SYNCER_RUNNING,
    HF_SYNCER_DONE,  /* in sync; messages may go on */
    HF_SYNCER_FAILED /* see hf_syncer_error; every further event is ignored */
};
struct hf_syncer_progress {
    uint64_t pushed, pulled;
    uint64_t erased; /* of what was sent: about a case that was erased */
    uint64_t log_size, cursor;
    uint64_t attach_sent, attach_received; /* bytes of chunks that are safe at the other end, or here */
    int64_t clock_offset_ms;               /* server minus device; 0 before the WELCOME */
    bool hand_in;
};

/* The replica is borrowed and outlives the syncer. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_syncer_new(struct hf_replica *replica, const struct hf_syncer_hooks *hooks,
                                        struct hf_syncer **out);
void hf_syncer_free(struct hf_syncer *syncer); /* wipes; NULL is fine */

/* Before the start: the connection is kept after the first round. What is saved here goes out at the next poke, what
 * the office tells is fetched at once; the state is RUNNING during such a round and DONE after it. */
void hf_syncer_stay(struct hf_syncer *syncer);
/* Looks for new changes in the outbox, also while attachments are on their way; cheap. */
void hf_syncer_poke(struct hf_syncer *syncer, struct hf_syncer_now now);
/* Part of a message went or came. */
void hf_syncer_moving(struct hf_syncer *syncer, struct hf_syncer_now now);
/* The network changed: asks whether the other side is still there, when nothing else is being asked. */
void hf_syncer_check(struct hf_syncer *syncer, struct hf_syncer_now now);

/* The channel is open. Once. */
void hf_syncer_start(struct hf_syncer *syncer, struct hf_syncer_now now);
/* One whole message arrived. */
void hf_syncer_message(struct hf_syncer *syncer, struct hf_slice message, struct hf_syncer_now now);
/* To be called at hf_syncer_wake_ms (monotonic; UINT64_MAX: never) at the latest. */
void hf_syncer_tick(struct hf_syncer *syncer, struct hf_syncer_now now);
uint64_t hf_syncer_wake_ms(const struct hf_syncer *syncer);
/* When a poke that nothing else calls for has something to do at the latest, or hf_syncer_wake_ms if that is sooner. */
uint64_t hf_syncer_rest_until_ms(const struct hf_syncer *syncer);

enum hf_syncer_state hf_syncer_state(const struct hf_syncer *syncer);
/* Status and text of the failure. Borrowed. */
const struct hf_error *hf_syncer_error(const struct hf_syncer *syncer);
void hf_syncer_progress(const struct hf_syncer *syncer, struct hf_syncer_progress *out);

/* Reads a server's certificate (body of a "server" note) and checks that the authority signed it for this log.
 * HF_ERR_AUTH with text otherwise. *out borrows from certificate. */
HF_CHECKED enum hf_status hf_certificate_check(struct hf_slice certificate,
                                               const uint8_t authority_key[HF_SIGN_PUBLIC_BYTES],
                                               const uint8_t log_id[HF_HASH_BYTES], struct hf_note_body *out,
                                               struct hf_error *err);
/* The certificate of a WELCOME: the one that this device knows, or a newer one, whose keys it takes; a new shard of the
 * log is left for the next function. HF_ERR_AUTH with text. */
HF_CHECKED enum hf_status hf_certificate_take(struct hf_replica *replica, struct hf_slice certificate,
                                              struct hf_error *err);
/* The keys that this device knows, as a HELLO says them. */
uint64_t hf_certificate_known(const struct hf_identity *identity);
/* Follows the new shard in it, which the authority must have signed. */
HF_CHECKED enum hf_status hf_certificate_take_shard(struct hf_replica *replica, struct hf_slice certificate,
                                                    uint64_t now_ms, struct hf_error *err);

#endif
