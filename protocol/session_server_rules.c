#include "protocol/session_server_rules.h"

#include <string.h>

static const struct hf_ruling granted = {.status = HF_OK};
static const struct hf_ruling out_of_place = {
    .status = HF_ERR_PROTOCOL, .text = "This message does not belong here.", .close = true};
static const struct hf_ruling only_enrol = {
    .status = HF_ERR_DENIED, .text = "This connection can only enrol a device.", .close = true};
static const struct hf_ruling only_admin = {
    .status = HF_ERR_DENIED, .text = "This connection can only run administrator commands.", .close = true};
static const struct hf_ruling not_confirmed = {
    .status = HF_ERR_WAITING,
    .text = "An administrator has not confirmed this device yet. Ask them to confirm it, then sync again."};
static const struct hf_ruling revoked = {
    .status = HF_ERR_REVOKED, .text = "This device was revoked. It can hand in unsent work but read nothing."};
static const struct hf_ruling auditors_only = {.status = HF_ERR_DENIED,
                                               .text = "Only an auditor's device may read the log itself."};
static const struct hf_ruling office_only = {
    .status = HF_ERR_DENIED, .text = "Only the devices of an administrator and of the office may ask for this."};
static const struct hf_ruling other_device = {
    .status = HF_ERR_DENIED, .text = "This connection belongs to another device.", .close = true};
static const struct hf_ruling other_chain = {
    .status = HF_ERR_PROTOCOL,
    .text = "These changes are not this device's own, one after the other. Nothing of them was taken.",
    .close = true};

enum hf_message_type hf_session_reply_type(enum hf_message_type request)
{
    static const enum hf_message_type replies[HF_MSG_TYPE_COUNT] = {
        [HF_MSG_HELLO] = HF_MSG_WELCOME,          [HF_MSG_PUSH] = HF_MSG_PUSHED,
        [HF_MSG_HAND_ON] = HF_MSG_HANDED_ON,      [HF_MSG_PULL] = HF_MSG_FEED,
        [HF_MSG_HEAD] = HF_MSG_HEAD_IS,           [HF_MSG_ENROL] = HF_MSG_ENROLLED,
        [HF_MSG_ENTRIES] = HF_MSG_ENTRIES_ARE,    [HF_MSG_DRAFTS] = HF_MSG_DRAFTS_ARE,
        [HF_MSG_ADMIN] = HF_MSG_ADMIN_DONE,       [HF_MSG_SNAPSHOT] = HF_MSG_SNAPSHOT_IS,
        [HF_MSG_PURGED] = HF_MSG_PURGE_NOTED,     [HF_MSG_RESTART] = HF_MSG_RESTARTED,
        [HF_MSG_WITNESSED] = HF_MSG_WITNESSED_IS, [HF_MSG_ATTACH_PUT] = HF_MSG_ATTACH_HAS,
        [HF_MSG_ATTACH_GET] = HF_MSG_ATTACH_IS,
    };
    return replies[request];
}

/* A device says HELLO in any standing, so that it learns which. */
static struct hf_ruling device_may_ask(const struct hf_peer *peer, enum hf_message_type type)
{
    if (type == HF_MSG_HELLO)
        return granted;
    if (peer->mode == HF_MODE_PENDING)
        return not_confirmed;
    if (peer->mode == HF_MODE_HAND_IN)
        return type == HF_MSG_PUSH || type == HF_MSG_HAND_ON || type == HF_MSG_HEAD || type == HF_MSG_DRAFTS ||
                       type == HF_MSG_RESTART || type == HF_MSG_ATTACH_PUT || type == HF_MSG_PING
                   ? granted
                   : revoked;
    if (type == HF_MSG_ENTRIES || type == HF_MSG_WITNESSED)
        return peer->role == HF_ROLE_AUDITOR ? granted : auditors_only;
    if (type == HF_MSG_ADMIN) /* which commands, the host says */
        return peer->role == HF_ROLE_ADMIN || peer->role == HF_ROLE_OFFICE || peer->role == HF_ROLE_WORKER
                   ? granted
                   : office_only;
    return type == HF_MSG_ENROL ? out_of_place : granted;
}

struct hf_ruling hf_session_may_ask(const struct hf_peer *peer, enum hf_message_type type)
{
    if (type != HF_MSG_PING && hf_session_reply_type(type) == 0)
        return out_of_place;
    if (peer->kind == HF_PEER_INVITED)
        return type == HF_MSG_ENROL || type == HF_MSG_PING ? granted : only_enrol;
    if (peer->kind == HF_PEER_ADMIN)
        return type == HF_MSG_ADMIN || type == HF_MSG_PING ? granted : only_admin;
    return device_may_ask(peer, type);
}

static bool pushes_own_chain(const struct hf_peer *peer, const struct hf_message *message)
{
    struct hf_leaf last = {0};
    for (size_t i = 0; i < message->as.push.count; i++) {
        struct hf_leaf leaf;
        const struct hf_item *item = &message->as.push.items[i];
        if (hf_leaf_decode(item->leaf, &leaf) != HF_OK)
            return false;
        if (item->form != HF_ITEM_OUTLINE && memcmp(leaf.device, peer->device, sizeof leaf.device) != 0)
            return false;
        if (i > 0 && (leaf.incarnation != last.incarnation || last.seq == UINT64_MAX || leaf.seq != last.seq + 1))
            return false;
        last = leaf;
    }
    return true;
}

struct hf_ruling hf_session_is_own(const struct hf_peer *peer, const struct hf_message *message)
{
    if (message->type == HF_MSG_HELLO &&
        memcmp(message->as.hello.device, peer->device, sizeof message->as.hello.device) != 0)
        return other_device;
    if (message->type == HF_MSG_PUSH && !pushes_own_chain(peer, message))
        return other_chain;
    return granted;
}
