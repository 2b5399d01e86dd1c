/* What the client's session machine holds against an answer before it believes it: is it the answer to what was asked,
 * and does it fit what this device knows? Inside protocol/. Pure: each returns HF_OK or fills err, with text for the
 * person at the device. */
#ifndef HF_PROTOCOL_SESSION_CLIENT_CHECKS_H
#define HF_PROTOCOL_SESSION_CLIENT_CHECKS_H

#include "protocol/session_client.h"

/* Places in the log, from the first to the last; empty: none. */
struct hf_client_span {
    bool any;
    uint64_t first, last;
};

/* What was asked; only the part of its request is meaningful. */
struct hf_client_asked {
    struct {
        size_t item_count, held_count;
    } drafts;
    struct {
        uint64_t from_seq;
        size_t count;
    } push;
    struct {
        uint64_t cursor;
        bool one_case;
        struct hf_id case_id;
        uint64_t until;
    } pull;
    struct hf_msg_snapshot snapshot;
    struct {
        uint64_t first, count;
    } ranges[HF_LIMIT_HEAD_RANGES];
    size_t range_count;
    bool with_pushed;             /* the HEAD asked for what was pushed before it, too … */
    struct hf_client_span pushed; /* … which lies there */
    size_t attach_count;          /* chunks sent, or asked for at most */
    struct hf_id purge_case;
    struct {
        uint64_t next_seq; /* behind the last leaf that was shown */
        bool more;
        size_t count;
    } restart;
};

/* *out_restart: the device's chain cannot go on – its store was put back, copied or damaged – and needs a new one.
 * HF_ERR_UNSUPPORTED: another protocol. HF_ERR_WAITING: not confirmed yet. HF_ERR_STATE: the office's log
 * lacks what this device knows to be in it: it was restored from a backup, and going on would lose something. */
HF_CHECKED enum hf_status hf_client_check_welcome(const struct hf_client_facts *facts, const struct hf_message *message,
                                                  bool *out_restart, struct hf_error *err);
/* One result for each change of the push, in its order. HF_ERR_PROTOCOL. */
HF_CHECKED enum hf_status hf_client_check_pushed(const struct hf_client_asked *asked, const struct hf_message *message,
                                                 struct hf_error *err);
/* A number that was not granted before, or the same while more is to follow. HF_ERR_PROTOCOL. HF_ERR_AUTH: the office
 * has the same chain (`office_incarnation`) and shows no change that would stand in its way. Whether this device signed
 * what it shows is the caller's to check. */
HF_CHECKED enum hf_status hf_client_check_restarted(const struct hf_client_facts *facts, uint32_t office_incarnation,
                                                    const struct hf_client_asked *asked,
                                                    const struct hf_message *message, struct hf_error *err);
/* Entries from the cursor on, and a next cursor that gets somewhere: `more` always steps forward, a catch-up ends
 * exactly where it was to end. HF_ERR_PROTOCOL. */
HF_CHECKED enum hf_status hf_client_check_feed(const struct hf_client_asked *asked, const struct hf_message *message,
                                               struct hf_error *err);
/* Cases behind what is here already, or the one that was begun; a step forward when there is more. *out_again: the case
 * in the midst of which the device stood begins anew, because it has changed. HF_ERR_PROTOCOL. */
HF_CHECKED enum hf_status hf_client_check_snapshot(const struct hf_client_asked *asked,
                                                   const struct hf_message *message, bool *out_again,
                                                   struct hf_error *err);
/* Ranges that were asked for, in their order, then some of what was pushed when that was asked for; some may be missing
 * (not in the signed log yet). HF_ERR_PROTOCOL. Proofs are checked where the leaves are. */
HF_CHECKED enum hf_status hf_client_check_head(const struct hf_client_asked *asked, const struct hf_message *message,
                                               struct hf_error *err);

#endif
