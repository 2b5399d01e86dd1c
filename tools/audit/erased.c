/* Erasures: two officers, both of them enrolled, signed that certain entries go; which of the contents that are missing
 * from the bundle that explains. And legal holds. */
#include "core/model/body_erase.h"
#include "core/model/officer.h"
#include "tools/audit/internal.h"

#include <string.h>

#define SPAN_BYTES 16

static struct hf_audit_device *officer(struct hf_audit *audit, const uint8_t *key, const struct hf_id *person)
{
    struct hf_audit_device *device = hf_audit_devices_find(&audit->devices, key);
    bool good = device && !device->revoked && device->role != HF_ROLE_SERVER && hf_id_equal(&device->person, person);
    return good ? device : NULL;
}

static size_t find_officer(const struct hf_audit *audit, const struct hf_id *person)
{
    const struct hf_buf *officers = &audit->officers;
    size_t at = 0;
    while (at < officers->len && memcmp(officers->data + at, person->bytes, HF_ID_BYTES) != 0)
        at += HF_ID_BYTES;
    return at;
}

enum hf_status hf_audit_apply_officer(struct hf_audit *audit, const struct hf_id *person, bool given)
{
    struct hf_buf *officers = &audit->officers;
    const size_t at = find_officer(audit, person);
    const bool known = at < officers->len;
    if (given && !known)
        hf_buf_append(officers, person->bytes, HF_ID_BYTES);
    if (!given && known) {
        officers->len -= HF_ID_BYTES;
        memmove(officers->data + at, officers->data + officers->len, HF_ID_BYTES);
    }
    return hf_buf_status(officers) == HF_OK
               ? HF_OK
               : hf_audit_give_up(audit, HF_ERR_NOMEM, "There is not enough memory to check this bundle.");
}

bool hf_audit_is_officer(const struct hf_audit *audit, const struct hf_audit_device *device)
{
    return hf_officer_may_be(device->role) && find_officer(audit, &device->person) < audit->officers.len;
}

static enum hf_status refuse(struct hf_audit *audit, uint64_t index, const char *why)
{
    return hf_audit_refuse_entry(audit, HF_AUDIT_CONTENT, index, "Entry %llu, an erasure, %s.",
                                 (unsigned long long)index, why);
}

enum hf_status hf_audit_note_missing(struct hf_audit *audit, uint64_t index)
{
    struct hf_buf *spans = &audit->missing;
    if (spans->len > 0) {
        uint8_t *last = spans->data + spans->len - SPAN_BYTES;
        if (hf_get_u64(last) + hf_get_u64(last + 8) == index) {
            hf_put_u64(last + 8, hf_get_u64(last + 8) + 1);
            return HF_OK;
        }
    }
    hf_buf_append_u64(spans, index);
    hf_buf_append_u64(spans, 1);
    return hf_buf_status(spans) == HF_OK
               ? HF_OK
               : hf_audit_give_up(audit, HF_ERR_NOMEM, "There is not enough memory to check this bundle.");
}

/* How many entries of [first, first + count) have no payload: spans ascend. */
static uint64_t missing_in(const struct hf_buf *spans, uint64_t first, uint64_t count)
{
    size_t low = 0, high = spans->len / SPAN_BYTES;
    uint64_t found = 0, end = first + count;
    while (low < high) { /* the first span that ends after `first` */
        size_t middle = low + (high - low) / 2;
        const uint8_t *at = spans->data + middle * SPAN_BYTES;
        if (hf_get_u64(at) + hf_get_u64(at + 8) <= first)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < spans->len / SPAN_BYTES; low++) {
        const uint8_t *at = spans->data + low * SPAN_BYTES;
        uint64_t from = hf_get_u64(at), to = from + hf_get_u64(at + 8);
        if (from >= end)
            break;
        found += (to < end ? to : end) - (from > first ? from : first);
    }
    return found;
}

/* *out_entries: that the ranges name; *out_missing: and of those, whose contents are not in the bundle. */
static void count_gone(const struct hf_audit *audit, struct hf_slice ranges, uint64_t *out_entries,
                       uint64_t *out_missing)
{
    *out_entries = *out_missing = 0;
    for (size_t i = 0; i < hf_erase_range_count(ranges); i++) {
        uint64_t first, count;
        hf_erase_range_at(ranges, i, &first, &count);
        *out_entries += count;
        *out_missing += missing_in(&audit->missing, first, count);
    }
}

/* Two officers have signed in this log for what was said of a part that is lost: that counts from here on. */
static void sign_again(struct hf_audit *audit, const struct hf_id *case_id)
{
    struct hf_audit_carried *carried = (struct hf_audit_carried *)(void *)audit->carried.data;
    for (size_t i = 0; i < audit->carried.len / sizeof *carried; i++) {
        struct hf_audit_carried *one = &carried[i];
        if (one->again || !hf_id_equal(&one->case_id, case_id))
            continue;
        one->again = true;
        audit->summary.erased -= one->proved ? one->entries : 0;
        audit->summary.payloads_erased -= one->proved ? one->missing : 0;
        audit->summary.payloads_unproved -= one->proved ? 0 : one->missing;
    }
}

static enum hf_status apply_carried(struct hf_audit *audit, uint64_t index, const struct hf_erase_body *body,
                                    bool proved)
{
    struct hf_audit_carried carried = {
        .index = index, .erasure = body->asked.erasure, .case_id = body->asked.case_id, .proved = proved};
    count_gone(audit, body->here, &carried.entries, &carried.missing);
    sign_again(audit, &carried.case_id);
    hf_buf_append(&audit->carried, &carried, sizeof carried);
    if (hf_buf_status(&audit->carried) != HF_OK)
        return hf_audit_give_up(audit, HF_ERR_NOMEM, "There is not enough memory to check this bundle.");
    audit->summary.erasures += proved;
    audit->summary.erased += proved ? carried.entries : 0;
    audit->summary.payloads_erased += proved ? carried.missing : 0;
    audit->summary.payloads_unproved += proved ? 0 : carried.missing;
    return HF_OK;
}

/* What of the log it speaks of came before it. */
static bool has_form(const struct hf_audit *audit, uint64_t index, const struct hf_erase_body *body)
{
    uint64_t first = 0, count = 0;
    const size_t ranges = hf_erase_range_count(body->here);
    if (!body->is_carried)
        return body->asked.log_size <= index;
    if (ranges > 0)
        hf_erase_range_at(body->here, ranges - 1, &first, &count);
    return audit->shard_count > 0 && first + count <= index;
}

enum hf_status hf_audit_apply_erase(struct hf_audit *audit, uint64_t index, struct hf_slice bytes)
{
    struct hf_erase_body body;
    uint64_t entries = 0, missing = 0;
    if (hf_erase_body_decode(bytes, &body) != HF_OK || !has_form(audit, index, &body))
        return refuse(audit, index, "does not have the form of one");
    if (!hf_erase_asked(audit->log_id, &body))
        return refuse(audit, index, "was not signed by the officer who is said to have asked for it");
    if (!hf_erase_confirmed(audit->log_id, &body))
        return refuse(audit, index, "was not signed by a second person");
    const struct hf_audit_device *asker = officer(audit, body.asked.device, &body.asked.person);
    const struct hf_audit_device *confirmer = officer(audit, body.device, &body.person);
    const bool in_use = asker && confirmer;
    const bool officers = in_use && hf_audit_is_officer(audit, asker) && hf_audit_is_officer(audit, confirmer);
    const bool one_hand =
        in_use && !hf_id_is_zero(&asker->invitation) && hf_id_equal(&asker->invitation, &confirmer->invitation);
    if (body.is_carried)
        return apply_carried(audit, index, &body, officers && !one_hand);
    if (!in_use)
        return refuse(audit, index, "was signed by somebody who had no device in use at that time");
    if (!officers)
        return refuse(audit, index, "was signed by somebody who was no records officer at that time");
    if (one_hand)
        return refuse(audit, index, "was signed on two devices that were let in by one invitation");
    count_gone(audit, body.ranges, &entries, &missing);
    sign_again(audit, &body.asked.case_id);
    audit->summary.erasures++;
    audit->summary.erased += entries;
    audit->summary.payloads_erased += missing;
    return HF_OK;
}

enum hf_status hf_audit_check_hold(struct hf_audit *audit, uint64_t index, struct hf_slice bytes)
{
    struct hf_hold_body body;
    if (hf_hold_body_decode(bytes, &body) == HF_OK)
        return HF_OK;
    return hf_audit_refuse_entry(audit, HF_AUDIT_CONTENT, index,
                                 "Entry %llu, a legal hold, does not have the form of one.", (unsigned long long)index);
}
