/* The office: the server's whole state behind the listener, without any network – store, key store, guard, clock – and
 * the requests of a session answered from it. One office, one thread: the listener's worker, or a test.
 *
 *   enrol.h   invitations, enrolment, devices, revocation, assignments (server leaves)
 *   ingest.h  pushed changes: checks, decides with core/merge, one commit
 *   feed.h    what a device's caseload lets it read
 *   snapshot.h  the state of cases instead of their history
 *   audit.h   publish: signing guard, signed checkpoint; proofs; entries for auditors
 *   admin.h   the commands of holdfastd that work on an office */
#ifndef HF_SERVER_OFFICE_H
#define HF_SERVER_OFFICE_H

#include "protocol/session_server.h"
#include "server/crew.h"
#include "server/group.h"
#include "server/guard.h"
#include "server/keystore.h"
#include "server/store.h"

#define HF_OFFICE_ADDRESS_BYTES 257
#define HF_OFFICE_LEASE_DAYS    14 /* unless the caller sets others after opening, 1 to HF_LIMIT_LEASE_DAYS */

/* Who is asking for what the office writes at the moment: a device that runs an administrator's command. */
struct hf_acting {
    struct hf_id person;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    const char *command; /* its words, such as "case assign" */
};

/* Attachments that became whole, for whoever tells of them. What does not fit is not told: devices that lack one ask
 * again after a while. */
#define HF_OFFICE_WHOLE_MAX 64
struct hf_whole {
    size_t count;
    struct hf_whole_item {
        struct hf_id record_id, case_id;
        uint8_t device[HF_SIGN_PUBLIC_BYTES]; /* that sent it */
    } items[HF_OFFICE_WHOLE_MAX];
};

/* What the office measured of devices' clocks at HELLOs without changes; see clocks.h. */
#define HF_CLOCKS_KEPT 64
struct hf_clocks_kept {
    struct hf_clock_kept {
        uint8_t device[HF_SIGN_PUBLIC_BYTES];
        uint64_t office_ms, device_ms; /* Unix ms; 0: a free place */
    } at[HF_CLOCKS_KEPT];
    size_t next;
};

struct hf_office {
    struct hf_store *store;
    struct hf_keystore *keystore;
    struct hf_guard *guard;
    uint64_t (*wall_ms)(void *ctx); /* Unix ms */
    void *clock_ctx;
    uint8_t log_id[HF_HASH_BYTES];      /* of the first log: what the authority signs for, and the office case */
    uint8_t leaf_log_id[HF_HASH_BYTES]; /* of the log as it is now: what leaves are signed for */
    struct hf_id office_case;
    struct hf_buf certificate;             /* body of the "server" note, entry 0 */
    uint64_t keys_mark;                    /* of it: hf_server_keys_mark */
    struct hf_guard_mark mark;             /* newest signed checkpoint */
    bool mark_checked;                     /* the mark was found to be a beginning of this log */
    char address[HF_OFFICE_ADDRESS_BYTES]; /* where devices reach it, for invitations; may be empty */
    uint64_t standing; /* counts confirmations and revocations, so that connections are looked at again */
    uint8_t reader[HF_SIGN_PUBLIC_BYTES]; /* the auditor's device that the last "audit contents" note names … */
    uint64_t reader_until_ms;             /* … and until when that note speaks for its requests (Unix ms) */
    const struct hf_acting *acting;       /* NULL: the administrator of this machine, or nobody; see hf_batch_commit */
    struct hf_alerts *alerts;             /* NULL until the first step; see alerts.h */
    struct hf_crew *crew;                 /* NULL: none; borrowed from the listener */
    struct hf_urgent *urgent;             /* NULL until the first step; see urgent.h */
    struct hf_snapshots *snapshots;       /* NULL until somebody asks; see snapshot.h */
    struct hf_policies *policies;         /* NULL until they are asked for; see policies.h */
    struct hf_present *present;           /* the devices whose lines are open; see present.h */
    struct hf_clocks_kept clocks;         /* measured, and not noted yet */
    struct hf_group group;                /* pushes that are committed together; see group.h */
    struct hf_whole whole;                /* since somebody emptied it (the listener, at each turn) */
    uint32_t per_address;                 /* connections from one address; 0: HF_LIMIT_CONNECTIONS_ADDRESS */
    const char *attach_folder;            /* borrowed; set after opening; NULL: no attachments are kept */
    uint32_t attach_mark;                 /* see attach_mark.h; 0: none */
    struct hf_suffix *mirror;             /* borrowed; set after opening; NULL: there is none */
    uint32_t lease_days;                  /* told to devices: how long they may go without the office */
    bool is_erasing; /* an erasure was begun and not finished: that comes before anything else is answered */
    bool has_admin_key;
    uint8_t admin_key[HF_KEY_BYTES]; /* psk of the local administrator's commands */
};

/* Parts are borrowed and outlive the office. On an empty log it appends entry 0 (the "server" note) and the office
 * case; refuses (HF_ERR_CONFLICT, with text) when what the guard has signed is not a beginning of the log. */
HF_CHECKED enum hf_status hf_office_open(struct hf_office *office, struct hf_store *store, struct hf_keystore *keystore,
                                         struct hf_guard *guard, uint64_t (*wall_ms)(void *ctx), void *clock_ctx,
                                         struct hf_error *err);
void hf_office_close(struct hf_office *office);

/* The enrolment id with which the local administrator's commands connect: SHA-256("holdfast admin v1\0")[0..16). */
struct hf_id hf_office_admin_id(void);

/* Finds who is at the other end of a channel that wants its psk. HF_ERR_NOT_FOUND: a stranger, drop it. For a used or
 * expired invitation whose token is still known the handshake completes, so that ENROL can be refused with the reason.
 */
HF_CHECKED enum hf_status hf_office_peer(struct hf_office *office, const uint8_t channel_key[HF_DH_BYTES],
                                         const struct hf_id *enrolment_id, struct hf_peer *out_peer,
                                         uint8_t out_psk[HF_KEY_BYTES]);

/* Answers one request of a session. The reply borrows from `reply_owner`, which the caller clears after encoding. A
 * refusal is a reply of type ERROR with HF_OK here; other statuses mean the office itself failed (disk). */
struct hf_reply {
    struct hf_message message;
    struct hf_buf bytes;
    void *arrays;      /* may hold class keys: wiped by clear */
    size_t arrays_len; /* in bytes */
    /* A command of an administrator that goes on: no message yet, hf_office_go_on until it is NULL. Others may be
     * answered in between. */
    struct hf_admin_result *more;
};
HF_CHECKED enum hf_status hf_office_answer(struct hf_office *office, const struct hf_peer *peer,
                                           const struct hf_message *request, struct hf_reply *reply);
/* The next portion of such a command; `reply` is what the one before left. */
HF_CHECKED enum hf_status hf_office_go_on(struct hf_office *office, struct hf_reply *reply);
void hf_reply_clear(struct hf_reply *reply);
/* Makes reply an ERROR with this text (copied, cut at HF_LIMIT_ERROR_TEXT_BYTES). HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_reply_error(struct hf_reply *reply, enum hf_status status, const char *text);

/* Makes the certificate anew from the key store: the "server" note that devices are shown. */
HF_CHECKED enum hf_status hf_office_certificate(struct hf_office *office);
/* Makes the newest log size signed and public, when it is not yet; cheap when it is. */
HF_CHECKED enum hf_status hf_office_publish(struct hf_office *office, struct hf_error *err);

#endif
