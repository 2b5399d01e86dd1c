/* Messages: msgpack arrays [type, request id, body …] (formats.md 4). Encode into a buffer, decode into a struct whose
 * slices borrow from the message. Decoding is strict and checks every limit of protocol/limits.h. Pure. The rules of
 * each form stand in message_form.c and in docs/protocol.md.
 *
 *  1 HELLO    version, device u32, incarnation, next seq, cursor, checkpoint size        client -> server, first
 *  2 WELCOME  version, server ms, mode, next seq, head u64, log size, certificate bin, lease days,
 *             incarnation, drafts bool, attach mark
 *  3 PUSH     batch bin, signatures bin                    (protocol/changes.h)
 *  4 PUSHED   [[seq, index, hold] …]
 *  5 PULL     cursor, case bin16 or nil, until   (until, for the general feed: entries of cases below are not wanted)
 *  6 FEED     [[case, key id, epoch, key bin32] …], batch bin, signatures bin, next cursor, more bool
 *  7 HEAD     old size, [[first, count] …], and what was pushed before it bool
 *  8 HEAD_IS  note bin, [hash …], [[first, count, [hash …]] …]
 *  9 ENROL    device bin32, signature bin64 over "holdfast enrol v1\0" ‖ handshake hash
 * 10 ENROLLED pending bool, person bin16, role, person name, incarnation, authority key bin32, certificate bin
 * 11 ENTRIES  from, count, contents bool                (contents: everything that the office can open stands open)
 * 12 ENTRIES_ARE size, [[leaf bin312, payload bin or nil, r bin32 or nil, body bin or nil] …]
 * 13 ADMIN    [arg text …]
 * 14 ADMIN_DONE exit code, output text, errors text
 * 15 PING / 16 PONG
 * 17 ERROR    status, text                                   (request id of what failed, or 0)
 * 18 NEWS     log size                                       server push, request id 0
 * 19 SNAPSHOT / 20 SNAPSHOT_IS  the state of cases instead of their history: protocol/message_snapshot.h
 * 23 LIVE     from, and then as FEED without more      server push, request id 0: the entries of [from, next cursor)
 * 21 PURGED   case bin16, own leaves that stay
 * 22 PURGE_NOTED
 * 35 RESTART  incarnation, head bin32, more bool, leaves bin      (own leaves that may not be in the log)
 * 36 RESTARTED incarnation, [[seq, index, hold] …],               (of those, the ones that are)
 *              place, leaf bin                                    (the newest change of this device in the log)
 * 53 HAND_ON  batch bin, signatures bin                   (whole changes of the log before, of any device:
 * docs/protocol.md) 54 HANDED_ON [[seq, index, hold] …]                       (in their order; index 0: could not be
 * taken) Numbers between them are nobody's yet. 47 WITNESSED / 48 WITNESSED_IS  note bin (empty: none), policy text
 * (the newest checkpoint with its quorum of witnesses) 25 ATTACH_PUT attachment bin16, first, [chunk bin …], [hash
 * bin32 …]   (no chunk: how many are there?) 26 ATTACH_HAS result, have 27 ATTACH_GET attachment bin16, first, most 28
 * ATTACH_IS  result, [chunk bin …], [hash bin32 …] 31 DRAFTS   [[record bin16, case, key id, version, shared bool, blob
 * bin] …] own ones, [[record, device bin32, version] …] that have ended, [[record, device, version] …] of others that
 * are here 32 DRAFTS_ARE [result …] of the own ones, [[record, device, person, case, key id, version, shared, blob] …]
 * new ones of others, [index …] of those here that have ended, [[record, version] …] own ones that ended elsewhere,
 * more bool */
#ifndef HF_PROTOCOL_MESSAGE_H
#define HF_PROTOCOL_MESSAGE_H

#include "core/log/tree.h"
#include "core/model/attachment.h"
#include "core/model/body.h"
#include "core/model/draft_item.h"
#include "core/model/item.h"
#include "core/model/snapshot.h"
#include "protocol/limits.h"

enum hf_message_type {
    HF_MSG_HELLO = 1,
    HF_MSG_WELCOME,
    HF_MSG_PUSH,
    HF_MSG_PUSHED,
    HF_MSG_PULL,
    HF_MSG_FEED,
    HF_MSG_HEAD,
    HF_MSG_HEAD_IS,
    HF_MSG_ENROL,
    HF_MSG_ENROLLED,
    HF_MSG_ENTRIES,
    HF_MSG_ENTRIES_ARE,
    HF_MSG_ADMIN,
    HF_MSG_ADMIN_DONE,
    HF_MSG_PING,
    HF_MSG_PONG,
    HF_MSG_ERROR,
    HF_MSG_NEWS,
    HF_MSG_SNAPSHOT = 19,
    HF_MSG_SNAPSHOT_IS = 20,
    HF_MSG_PURGED = 21,
    HF_MSG_PURGE_NOTED = 22,
    HF_MSG_LIVE = 23,
    HF_MSG_ATTACH_PUT = 25,
    HF_MSG_ATTACH_HAS = 26,
    HF_MSG_ATTACH_GET = 27,
    HF_MSG_ATTACH_IS = 28,
    HF_MSG_DRAFTS = 31,
    HF_MSG_DRAFTS_ARE = 32,
    HF_MSG_RESTART = 35,
    HF_MSG_RESTARTED = 36,
    HF_MSG_WITNESSED = 47,
    HF_MSG_WITNESSED_IS = 48,
    HF_MSG_HAND_ON = 53,
    HF_MSG_HANDED_ON = 54,
    HF_MSG_TYPE_COUNT
};

enum hf_mode {
    HF_MODE_NORMAL = 0,
    HF_MODE_HAND_IN = 1, /* revoked: may push, gets receipts and its own head, reads nothing else */
    HF_MODE_PENDING = 2  /* enrolled, but an administrator has not confirmed yet: nothing is answered */
};

/* Of a key or a hash, the beginning: for telling apart what differs by accident, never for believing anything. */
#define HF_DEVICE_MARK_BYTES 4
#define HF_HEAD_MARK_BYTES   8

struct hf_msg_pushed {
    uint64_t seq, index;
    enum hf_hold hold;
};
struct hf_msg_range {
    uint64_t first, count;
    struct hf_proof proof; /* HEAD_IS only */
};
struct hf_msg_entry {
    struct hf_slice leaf;
    struct hf_slice payload; /* empty: none (erased) */
    const uint8_t *r;        /* HF_OPENING_BYTES; NULL: not opened */
    struct hf_slice body;
};

/* What a device tells of drafts, and what the office tells it. */
struct hf_msg_drafts {
    struct hf_draft_item *items;
    size_t item_count;
    struct hf_draft_ref *ended;
    size_t ended_count;
    struct hf_draft_ref *held; /* DRAFTS only */
    size_t held_count;
    enum hf_draft_result *results; /* DRAFTS_ARE only, as the two below */
    size_t result_count;
    uint32_t *gone; /* places in `held`, ascending */
    size_t gone_count;
    bool more;
};

struct hf_msg_snapshot {
    bool one_case;
    struct hf_id case_id; /* zero: every case that the device may read */
    uint64_t least;       /* with fewer records the history comes instead */
    uint64_t checkpoint_size;
    uint64_t noted; /* index + 1 of the "digests" note that the device has; 0: none */
    struct hf_snapshot_at at;
};

/* Chunks of an attachment: ATTACH_PUT, ATTACH_HAS, ATTACH_GET, ATTACH_IS. */
struct hf_msg_attach {
    struct hf_id record_id;       /* PUT, GET */
    enum hf_attach_result result; /* HAS, IS */
    uint64_t first;               /* PUT, GET: number of the first chunk */
    uint64_t have;                /* HAS: chunks that the office has, from the first on */
    uint32_t most;                /* GET: chunks */
    struct hf_slice *chunks;      /* PUT, IS: sealed, one after the other */
    size_t count;
    struct hf_proof proof; /* PUT, IS: that they stand there in the tree of the signed root; empty without chunks */
};

struct hf_message {
    enum hf_message_type type;
    uint32_t request;
    union {
        struct {
            uint64_t version;
            uint8_t device[HF_DEVICE_MARK_BYTES]; /* the beginning: which device it is, the channel has proved */
            uint32_t incarnation;
            uint64_t next_seq, cursor, checkpoint_size;
            uint64_t clock_ms; /* Unix ms that a change signed now would bear; 0: not said, in a carried file. Whole
                                  seconds travel */
            uint64_t known;    /* hf_server_keys_mark of the office's keys as this device knows them; 0: not said */
        } hello;
        struct {
            uint64_t version, server_ms;
            enum hf_mode mode;
            uint64_t next_seq;
            uint8_t head[HF_HEAD_MARK_BYTES]; /* the beginning: tells a copy of the device; the chain itself is held
                                             together by its leaves */
            uint64_t log_size;
            struct hf_slice certificate; /* empty: of the keys that the device knows */
            bool drafts;                 /* there are drafts, or ends of drafts, that may be news for this device */
            uint32_t lease_days;         /* how long the device may go without the office; 1 to HF_LIMIT_LEASE_DAYS */
            uint32_t incarnation;        /* which next_seq and head belong to */
            uint32_t attach_mark;        /* another one than before: the office may have lost attachments */
        } welcome;
        struct {
            const struct hf_item *items;
            size_t count;
        } push; /* PUSH, HAND_ON */
        struct {
            struct hf_msg_pushed *results;
            size_t count;
        } pushed; /* PUSHED, HANDED_ON */
        struct {
            uint64_t cursor;
            bool one_case;
            struct hf_id case_id;
            uint64_t until;
        } pull;
        struct {
            struct hf_class_key *keys;
            size_t key_count;
            struct hf_item *items;
            size_t item_count;
            uint64_t next_cursor;
            bool more;
            uint64_t from; /* LIVE only, which never has more */
        } feed;            /* FEED and LIVE */
        struct {
            uint64_t old_size;
            struct hf_msg_range *ranges;
            size_t range_count;
            bool with_pushed; /* and of what this connection pushed since its last HEAD */
        } head;
        struct {
            struct hf_slice note;
            struct hf_proof consistency;
            struct hf_msg_range *ranges;
            size_t range_count;
        } head_is;
        struct {
            uint8_t device[HF_SIGN_PUBLIC_BYTES];
            uint8_t signature[HF_SIGN_BYTES];
        } enrol;
        struct {
            bool pending;
            struct hf_id person;
            enum hf_role role;
            struct hf_slice person_name;
            uint32_t incarnation;
            uint8_t authority_key[HF_SIGN_PUBLIC_BYTES];
            struct hf_slice certificate;
        } enrolled;
        struct {
            uint64_t from, count;
            bool contents;
        } entries;
        struct {
            uint64_t size;
            struct hf_msg_entry *entries;
            size_t count;
        } entries_are;
        struct {
            struct hf_slice *args;
            size_t count;
        } admin;
        struct {
            uint32_t exit_code;
            struct hf_slice output, errors;
        } admin_done;
        struct {
            enum hf_status status;
            struct hf_slice text;
        } error;
        struct {
            uint64_t log_size;
            bool whole;              /* this attachment became whole at the office */
            struct hf_id attachment; /* then */
        } news;
        struct hf_msg_snapshot snapshot;
        struct hf_snapshot_part snapshot_is;
        struct hf_msg_drafts drafts; /* DRAFTS and DRAFTS_ARE */
        struct hf_msg_attach attach; /* ATTACH_… */
        struct {
            struct hf_id case_id;
            uint64_t changes;
        } purged;
        struct {
            uint32_t incarnation;        /* of the chain that the device leaves */
            uint8_t head[HF_HASH_BYTES]; /* as the device has it */
            bool more;                   /* further leaves follow: nothing is granted yet */
            struct hf_slice leaves;      /* one after the other */
        } restart;
        struct {
            uint32_t incarnation; /* granted; the same as before while more is to follow */
            struct hf_msg_pushed *results;
            size_t count;
            uint64_t place;       /* in the log, of the newest change that the office has of this device … */
            struct hf_slice leaf; /* … and its leaf: why the chain cannot go on. Empty: there is none; place 0 then */
        } restarted;
        struct {
            struct hf_slice note;   /* empty: none */
            struct hf_slice policy; /* tlog-policy text; empty: no witness is asked */
        } witnessed_is;
    } as;
    void *owned; /* arrays made by hf_message_decode */
};

/* Whether there is a message of this number. */
bool hf_message_is_type(unsigned type);

/* Appends one message. HF_ERR_LIMIT when it would pass 1 MiB or a named limit, HF_ERR_INVALID when hf_message_decode
 * would refuse it for another reason, HF_ERR_NOMEM; out may then hold a part: reset it. A FEED carries class keys: wipe
 * out after use. */
HF_CHECKED enum hf_status hf_message_encode(const struct hf_message *message, struct hf_buf *out);
/* HF_ERR_PROTOCOL for anything not of this form, HF_ERR_LIMIT past a limit, HF_ERR_NOMEM. Call hf_message_clear after
 * success. Class keys in a FEED are copied: clear wipes them. An ERROR with a status that this program does not know is
 * given as HF_ERR_PROTOCOL. */
HF_CHECKED enum hf_status hf_message_decode(struct hf_slice bytes, struct hf_message *out);
/* Frees what decoding allocated and leaves all zero; fine on a zero message. */
void hf_message_clear(struct hf_message *message);

/* What one item counts against HF_LIMIT_PUSH_BYTES and HF_LIMIT_FEED_BYTES: leaf and body. */
size_t hf_message_item_bytes(const struct hf_item *item);
/* What one entry counts against HF_LIMIT_ENTRIES_BYTES: leaf, payload and body. */
size_t hf_message_entry_bytes(const struct hf_msg_entry *entry);

#endif
