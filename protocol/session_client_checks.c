#include "protocol/session_client_checks.h"

#include <string.h>

static const char old_office[] = "The office's server no longer has everything it confirmed to this device. It was "
                                 "probably restored from an old backup. Nothing was sent, and everything is still "
                                 "saved here. Tell an administrator.";
static const char not_confirmed[] = "This device is waiting for an administrator to confirm it. Everything is saved "
                                    "here until then. Try again when it has been confirmed.";
static const char other_version[] = "The office's server speaks another version of the Holdfast protocol. Update "
                                    "Holdfast on this device, or tell an administrator.";
static const char not_what_was_asked[] =
    "The office's answer does not fit what was asked. Nothing of it was stored. Try "
    "again, and tell an administrator if it happens again.";

static const char nothing_shown[] =
    "The office says that its log has other changes of this device than this device made, and shows none. Nothing was "
    "changed, and everything is saved here. Tell an administrator, who has to find out why.";

static enum hf_status refuse_answer(struct hf_error *err)
{
    return hf_error_set(err, HF_ERR_PROTOCOL, "%s", not_what_was_asked);
}

/* --- welcome --- */

/* The server lacks what it once acknowledged, signed or handed out. */
static bool went_back(const struct hf_client_facts *facts, const struct hf_message *message)
{
    const uint64_t log_size = message->as.welcome.log_size;
    const uint32_t incarnation = message->as.welcome.incarnation;
    return incarnation < facts->incarnation ||
           (incarnation == facts->incarnation && !facts->damaged && message->as.welcome.next_seq < facts->unsent_seq) ||
           log_size < facts->checkpoint_size || log_size < facts->cursor;
}

/* The office has had more from this device, or something else. What differs further back shows at the push. */
static bool chain_differs(const struct hf_client_facts *facts, const struct hf_message *message)
{
    const uint64_t theirs = message->as.welcome.next_seq;
    return facts->damaged || message->as.welcome.incarnation > facts->incarnation || theirs > facts->next_seq ||
           (theirs == facts->next_seq && memcmp(message->as.welcome.head, facts->head, HF_HEAD_MARK_BYTES) != 0);
}

enum hf_status hf_client_check_welcome(const struct hf_client_facts *facts, const struct hf_message *message,
                                       bool *out_restart, struct hf_error *err)
{
    if (message->as.welcome.version != HF_PROTOCOL_VERSION)
        return hf_error_set(err, HF_ERR_UNSUPPORTED, "%s", other_version);
    if (message->as.welcome.mode == HF_MODE_PENDING)
        return hf_error_set(err, HF_ERR_WAITING, "%s", not_confirmed);
    if (went_back(facts, message))
        return hf_error_set(err, HF_ERR_STATE, "%s", old_office);
    *out_restart = chain_differs(facts, message);
    return HF_OK;
}

enum hf_status hf_client_check_restarted(const struct hf_client_facts *facts, uint32_t office_incarnation,
                                         const struct hf_client_asked *asked, const struct hf_message *message,
                                         struct hf_error *err)
{
    const uint32_t granted = message->as.restarted.incarnation;
    const bool fits = asked->restart.more ? granted == facts->incarnation : granted > facts->incarnation;
    if (!fits || message->as.restarted.count > asked->restart.count)
        return refuse_answer(err);
    if (message->as.restarted.leaf.len == 0 && office_incarnation <= facts->incarnation && !facts->damaged)
        return hf_error_set(err, HF_ERR_AUTH, "%s", nothing_shown);
    return HF_OK;
}

/* --- the other answers --- */

enum hf_status hf_client_check_pushed(const struct hf_client_asked *asked, const struct hf_message *message,
                                      struct hf_error *err)
{
    const struct hf_msg_pushed *results = message->as.pushed.results;
    if (message->as.pushed.count != asked->push.count)
        return refuse_answer(err);
    for (size_t i = 0; i < message->as.pushed.count; i++) {
        if (results[i].seq != asked->push.from_seq + i)
            return refuse_answer(err);
    }
    return HF_OK;
}

enum hf_status hf_client_check_feed(const struct hf_client_asked *asked, const struct hf_message *message,
                                    struct hf_error *err)
{
    const uint64_t from = asked->pull.cursor;
    const uint64_t next = message->as.feed.next_cursor;
    if (next < from || (message->as.feed.more && next == from))
        return refuse_answer(err);
    if (asked->pull.one_case && (next > asked->pull.until || (next == asked->pull.until) == message->as.feed.more))
        return refuse_answer(err);
    /* They rise and lie below the next cursor: hf_message_check. */
    if (message->as.feed.item_count > 0 && message->as.feed.items[0].index < from)
        return refuse_answer(err);
    return HF_OK;
}

/* The first case may be the one that the device is in the midst of. */
static bool begins_behind(const struct hf_snapshot_at *at, const struct hf_id *case_id, bool first)
{
    if (hf_id_is_zero(&at->case_id))
        return true;
    const int order = hf_id_compare(case_id, &at->case_id);
    return order > 0 || (order == 0 && first && at->size > 0);
}

static bool runs_fit(const struct hf_msg_snapshot *asked, const struct hf_snapshot_part *part)
{
    for (size_t i = 0; i < part->case_count; i++) {
        const struct hf_snapshot_case *run = &part->cases[i];
        const bool here = hf_id_equal(&run->case_id, &asked->at.case_id);
        if (!begins_behind(&asked->at, &run->case_id, i == 0) ||
            (asked->one_case && !hf_id_equal(&run->case_id, &asked->case_id)))
            return false;
        if (!run->begins && (!here || run->size != asked->at.size))
            return false;
    }
    for (size_t i = 0; i < part->left_count; i++)
        if (!begins_behind(&asked->at, &part->left[i], i == 0) ||
            (asked->one_case && !hf_id_equal(&part->left[i], &asked->case_id)))
            return false;
    return true;
}

static bool steps_forward(const struct hf_snapshot_at *from, const struct hf_snapshot_at *to)
{
    const int order = hf_id_compare(&to->case_id, &from->case_id);
    if (order != 0 || hf_id_is_zero(&to->case_id))
        return order > 0;
    if (from->size == 0)
        return false;
    return to->size == 0 || to->size != from->size || hf_id_compare(&to->record_id, &from->record_id) > 0;
}

/* A case that goes on in the next part is the last of this one, and that is where the next begins. */
static bool goes_on_there(const struct hf_snapshot_part *part)
{
    const struct hf_snapshot_case *last = part->case_count > 0 ? &part->cases[part->case_count - 1] : NULL;
    const bool midst = last && !last->ends;
    if (!midst)
        return part->next.size == 0;
    return part->more && part->next.size == last->size && hf_id_equal(&part->next.case_id, &last->case_id);
}

enum hf_status hf_client_check_snapshot(const struct hf_client_asked *asked, const struct hf_message *message,
                                        bool *out_again, struct hf_error *err)
{
    const struct hf_msg_snapshot *from = &asked->snapshot;
    const struct hf_snapshot_part *part = &message->as.snapshot_is;
    if (part->few)
        return hf_id_is_zero(&from->at.case_id) ? HF_OK : refuse_answer(err);
    if (!runs_fit(from, part) || !goes_on_there(part) || (part->more && !steps_forward(&from->at, &part->next)))
        return refuse_answer(err);
    *out_again = from->at.size > 0 && (part->case_count == 0 || part->cases[0].begins);
    return HF_OK;
}

static bool was_pushed(const struct hf_client_asked *asked, const struct hf_msg_range *range)
{
    return asked->with_pushed && asked->pushed.any && range->first >= asked->pushed.first &&
           range->count - 1 <= asked->pushed.last - range->first && range->first <= asked->pushed.last;
}

enum hf_status hf_client_check_head(const struct hf_client_asked *asked, const struct hf_message *message,
                                    struct hf_error *err)
{
    size_t next = 0;
    for (size_t i = 0; i < message->as.head_is.range_count; i++) {
        const struct hf_msg_range *range = &message->as.head_is.ranges[i];
        while (next < asked->range_count &&
               (asked->ranges[next].first != range->first || asked->ranges[next].count != range->count))
            next++;
        if (next < asked->range_count)
            next++;
        else if (!was_pushed(asked, range))
            return refuse_answer(err);
    }
    return HF_OK;
}
