/* What needs a person's attention on this device, in one list: everything is read from the replica when it is asked
 * for, so nothing leaves the list but by being settled. */
#include "client/attention.h"

#include "client/attach.h"
#include "client/decided.h"
#include "client/handle.h"
#include "client/texts.h"
#include "core/base/text.h"
#include "core/replica/attachments.h"
#include "core/replica/carried.h"
#include "core/replica/distrust.h"
#include "core/replica/lease.h"
#include "core/replica/part.h"

#include <stdio.h>
#include <string.h>

#define MINUTE_MS UINT64_C(60000)
#define HOUR_MS   (60 * MINUTE_MS)
#define DAY_MS    (24 * HOUR_MS)

#define OVERDUE_MS    DAY_MS       /* something saved here that the office has not confirmed for so long */
#define LEASE_SOON_MS (3 * DAY_MS) /* before the records close */
#define TEXT_BYTES    400
#define TITLE_BYTES   160 /* of a title in a sentence */

/* --- the clock --- */

void hf_clock_text(int64_t offset_ms, char out[HF_CLOCK_TEXT_BYTES])
{
    char off[HF_CLOCK_OFF_BYTES];
    out[0] = '\0';
    hf_clock_off_text(offset_ms, off);
    if (off[0] != '\0')
        (void)snprintf(out, HF_CLOCK_TEXT_BYTES,
                       "This device's clock is %s. Your work is safe and nothing is lost or put in the wrong order by "
                       "it; please set the clock.",
                       off);
}

enum holdfast_status holdfast_get_clock(struct holdfast *hf, struct holdfast_clock *out)
{
    struct hf_clock_seen seen = {0};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_clock_get(hf->replica, &seen);
    if (status == HF_OK) {
        *out = (struct holdfast_clock){.offset_ms = seen.offset_ms, .measured_ms = seen.at_ms};
        _Static_assert(sizeof out->text >= HF_CLOCK_TEXT_BYTES, "the text fits");
        if (seen.at_ms > 0)
            hf_clock_text(seen.offset_ms, out->text);
    }
    return hf_handle_leave(hf, status);
}

/* --- the list --- */

struct list {
    struct holdfast *hf;
    holdfast_notice_fn *each;
    void *ctx;
    uint64_t now_ms;
    bool stopped;
    enum hf_status status;
};

static void tell(struct list *list, struct holdfast_notice notice)
{
    if (!list->stopped && list->status == HF_OK)
        list->stopped = !list->each(list->ctx, &notice);
}

static uint64_t age_of(const struct list *list, uint64_t since_ms)
{
    return list->now_ms > since_ms ? list->now_ms - since_ms : 0;
}

static void tell_standing(struct list *list)
{
    struct hf_distrust distrust;
    const struct hf_identity *own = hf_replica_identity(list->hf->replica);
    if (own->state == HF_IDENTITY_REVOKED)
        tell(list,
             (struct holdfast_notice){
                 .kind = "revoked",
                 .text = "This device was revoked: it can hand in its work and reads nothing more. Ask the office "
                         "for a new invitation."});
    if (hf_replica_damage(list->hf->replica)[0] != '\0')
        tell(list, (struct holdfast_notice){.kind = "damage", .text = hf_replica_damage(list->hf->replica)});
    list->status = hf_replica_distrust(list->hf->replica, &distrust, &list->hf->err);
    if (list->status == HF_OK && distrust.found)
        tell(list, (struct holdfast_notice){.kind = "distrust", .text = distrust.text, .since_ms = distrust.found_ms});
}

static void tell_unsent(struct list *list, const struct hf_replica_counts *counts)
{
    char text[TEXT_BYTES], age[64];
    const uint64_t count = counts->saved_here + counts->sent;
    if (count == 0)
        return;
    hf_text_span(age_of(list, counts->oldest_unsent_ms), age, sizeof age);
    (void)snprintf(text, sizeof text,
                   "%llu of your changes %s saved here and not yet received by the office (%llu of them sent); the "
                   "oldest is %s old.",
                   (unsigned long long)count, count == 1 ? "is" : "are", (unsigned long long)counts->sent, age);
    tell(list, (struct holdfast_notice){
                   .kind = "unsent", .text = text, .count = count, .since_ms = counts->oldest_unsent_ms});
    if (age_of(list, counts->oldest_unsent_ms) < OVERDUE_MS)
        return;
    (void)snprintf(text, sizeof text,
                   "The office has not confirmed work of %s ago. Sync, or hand it in with `holdfast bundle export`.",
                   age);
    tell(list, (struct holdfast_notice){
                   .kind = "overdue", .text = text, .count = count, .since_ms = counts->oldest_unsent_ms});
}

static bool tell_held(void *ctx, const struct hf_change_row *row)
{
    struct list *list = ctx;
    struct hf_data_body body;
    bool taken = false;
    struct holdfast_notice notice = {.kind = "held",
                                     .text = hf_hold_text(row->item.hold),
                                     .count = 1,
                                     .since_ms = hf_clock_ms(row->leaf.clock),
                                     .case_id = hf_id_out(&row->item.case_id),
                                     .change = hf_id_out(&row->change_id)};
    if (!row->own && hf_replica_identity(list->hf->replica)->role != HF_ROLE_OFFICE)
        return true; /* somebody else's to settle */
    if (row->leaf.kind == HF_LEAF_DATA && hf_data_body_decode(row->item.body, &body, NULL) == HF_OK) {
        notice.record = hf_id_out(&body.record_id);
        if (row->own && row->item.hold == HF_HOLD_FORM &&
            hf_replica_id_taken(list->hf->replica, &body.case_id, body.type, &body.record_id, &taken) == HF_OK && taken)
            notice.text =
                "Another record was begun in the place of this one, so what you wrote has no effect there. It "
                "is kept whole: save it again with `holdfast held again`.";
    }
    tell(list, notice);
    return !list->stopped;
}

/* Mine when a meeting names me, or when nobody is named and the office decides. */
static bool tell_clash(void *ctx, const struct hf_conflict_row *row)
{
    struct list *list = ctx;
    const struct hf_identity *own = hf_replica_identity(list->hf->replica);
    char text[TEXT_BYTES];
    bool mine = row->decider_count == 0 && own->role == HF_ROLE_OFFICE;
    for (size_t i = 0; i < row->decider_count; i++)
        mine = mine || hf_id_equal(&row->deciders[i].person, &own->person);
    for (size_t i = 0; i < row->head_count; i++) /* and those who wrote one of the values */
        mine = mine || hf_id_equal(&row->heads[i].author, &own->person);
    if (!mine)
        return true;
    const struct hf_record_spec *type = hf_model_type(row->type);
    const struct hf_field_spec *field = type ? hf_model_field(type, row->field) : NULL;
    (void)snprintf(text, sizeof text, "%s: %zu values for %s. Both are kept; say which stands.",
                   type ? type->label : "A record", row->head_count, field ? field->label : "one field");
    tell(list, (struct holdfast_notice){.kind = "clash",
                                        .text = text,
                                        .count = 1,
                                        .case_id = hf_id_out(&row->case_id),
                                        .record = hf_id_out(&row->record_id)});
    return !list->stopped;
}

static void say_decided(const struct holdfast_decided *decided, char text[TEXT_BYTES])
{
    const char *author = decided->author[0] ? decided->author : "Somebody";
    if (strcmp(decided->about, "amendment") == 0)
        (void)snprintf(text, TEXT_BYTES, "%s: %s has answered your amendment of %s. %s", decided->type_label, author,
                       decided->label, decided->chosen ? "It was accepted." : "It was declined; it is kept.");
    else if (strcmp(decided->about, "deletion") == 0)
        (void)snprintf(text, TEXT_BYTES, "%s: %s has decided that this record is %s. %s", decided->type_label, author,
                       decided->taken, decided->chosen ? "So had you." : "What you wrote in it is kept.");
    else
        (void)snprintf(text, TEXT_BYTES, "%s: %s has decided between values for %s. %s", decided->type_label, author,
                       decided->label,
                       decided->chosen ? "What you wrote stands." : "What you wrote was not chosen; it is kept.");
}

static bool tell_decided(void *ctx, const struct holdfast_decided *decided)
{
    struct list *list = ctx;
    char text[TEXT_BYTES];
    say_decided(decided, text);
    tell(list, (struct holdfast_notice){.kind = "decided",
                                        .text = text,
                                        .count = 1,
                                        .since_ms = decided->time_ms,
                                        .case_id = decided->case_id,
                                        .record = decided->record,
                                        .change = decided->change,
                                        .decided = decided});
    return !list->stopped;
}

static bool tell_title(void *ctx, const struct hf_attachment *attachment)
{
    char *text = ctx;
    (void)snprintf(text, TEXT_BYTES, "\u201c%.*s\u201d: %s",
                   (int)(attachment->title.len < TITLE_BYTES ? attachment->title.len : TITLE_BYTES),
                   (const char *)attachment->title.data, HF_ATTACH_LOST_TEXT);
    return false;
}

/* Only on the device that added it: on others an attachment that the office does not have is not there yet. */
static bool tell_lost(void *ctx, const struct hf_id *record_id, const struct hf_id *case_id)
{
    struct list *list = ctx;
    char text[TEXT_BYTES] = HF_ATTACH_LOST_TEXT;
    list->status = hf_replica_attachment(list->hf->replica, record_id, tell_title, text, &list->hf->err);
    tell(list, (struct holdfast_notice){.kind = "attachment_lost",
                                        .text = text,
                                        .count = 1,
                                        .case_id = hf_id_out(case_id),
                                        .record = hf_id_out(record_id)});
    return !list->stopped && list->status == HF_OK;
}

static void tell_lease(struct list *list, const struct hf_lease *lease)
{
    char text[TEXT_BYTES], left[64];
    if (lease->left_ms > LEASE_SOON_MS)
        return;
    hf_text_span(lease->left_ms, left, sizeof left);
    if (lease->left_ms == 0)
        (void)snprintf(text, sizeof text,
                       "Too long without the office: the records stay closed until the next sync. Nothing is lost.");
    else
        (void)snprintf(text, sizeof text, "Without a sync the records close in %s. Nothing is lost then.", left);
    tell(list, (struct holdfast_notice){.kind = "lease", .text = text});
}

static void tell_clock(struct list *list)
{
    struct hf_clock_seen seen = {0};
    char text[HF_CLOCK_TEXT_BYTES];
    list->status = hf_replica_clock_get(list->hf->replica, &seen);
    if (list->status != HF_OK || seen.at_ms == 0)
        return;
    hf_clock_text(seen.offset_ms, text);
    if (text[0] != '\0')
        tell(list, (struct holdfast_notice){.kind = "clock", .text = text, .since_ms = seen.at_ms});
}

/* What the records say is told only while they are open. */
static enum hf_status tell_all(struct list *list)
{
    struct hf_replica_counts counts;
    struct hf_lease lease = {.left_ms = UINT64_MAX};
    struct hf_replica *replica = list->hf->replica;
    enum hf_status status = hf_replica_counts(replica, &counts);
    if (status == HF_OK)
        status =
            hf_replica_lease(replica, (struct hf_lease_now){.wall_ms = list->now_ms, .machine_ms = hf_machine_ms()},
                             &lease, &list->hf->err);
    if (status != HF_OK)
        return status;
    tell_standing(list);
    tell_unsent(list, &counts);
    if (list->status == HF_OK && lease.left_ms > 0 && counts.held > 0)
        status = hf_replica_held(replica, tell_held, list);
    if (status == HF_OK && list->status == HF_OK && lease.left_ms > 0 && counts.conflicts > 0)
        status = hf_replica_conflicts(replica, NULL, tell_clash, list);
    if (status == HF_OK && list->status == HF_OK && lease.left_ms > 0)
        status = hf_decided_each(list->hf, NULL, tell_decided, list);
    if (status == HF_OK && list->status == HF_OK && lease.left_ms > 0)
        status = hf_replica_attach_lost(replica, tell_lost, list);
    tell_lease(list, &lease);
    tell_clock(list);
    return status == HF_OK ? list->status : status;
}

enum holdfast_status holdfast_attention(struct holdfast *hf, holdfast_notice_fn *each, void *ctx)
{
    struct list list = {.hf = hf, .each = each, .ctx = ctx, .now_ms = hf_wall_ms()};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return hf_handle_leave(hf, tell_all(&list));
}
