/* holdfast-audit report officers: who signed each erasure, who let them in, and when. One human under two names is
 * found by somebody who looks; this says where to look. */
#include "core/base/text.h"
#include "core/model/body_erase.h"
#include "core/model/officer.h"
#include "tools/audit/access.h"
#include "tools/audit/report.h"
#include "tools/audit/show.h"

static struct hf_let_in let_in(const struct hf_audit_device *device)
{
    return (struct hf_let_in){
        .known = device->says_inviter, .person = device->person, .by = device->invited_by, .at_ms = device->invited_ms};
}

static enum hf_officers_doubt doubt(const struct hf_audit_devices *devices, const struct hf_erase_body *body)
{
    const struct hf_audit_device *first = hf_audit_devices_find(devices, body->asked.device);
    const struct hf_audit_device *second = hf_audit_devices_find(devices, body->device);
    if (!first || !second)
        return HF_OFFICERS_NO_DOUBT;
    const struct hf_let_in one = let_in(first), other = let_in(second);
    return hf_officers_doubt(&one, &other);
}

const char *hf_audit_officers_doubt(const struct hf_audit_devices *devices, struct hf_slice erase_body)
{
    struct hf_erase_body body;
    const bool good = hf_erase_body_decode(erase_body, &body) == HF_OK;
    return hf_officers_doubt_text(good ? doubt(devices, &body) : HF_OFFICERS_NO_DOUBT);
}

static void tell_let_in(const struct hf_audit_device *device, const struct hf_audit_names *names, struct hf_buf *out)
{
    char time[HF_TIME_TEXT_BYTES];
    hf_buf_append_fmt(out, " (let in by entry %llu", (unsigned long long)device->enrolled_at);
    if (!device->says_inviter) {
        hf_buf_append_str(out, "; the log does not say who made the invitation)");
        return;
    }
    hf_text_time(device->invited_ms, time);
    hf_buf_append_fmt(out, "; invited on %.10s ", time);
    if (hf_id_is_zero(&device->invited_by)) {
        hf_buf_append_str(out, "at the office's own machine)");
        return;
    }
    hf_buf_append_str(out, "by ");
    hf_audit_name_append(names, &device->invited_by, out);
    hf_buf_append_str(out, ")");
}

static enum hf_status add_row(struct hf_audit_access *access, const struct hf_audit_entry *entry,
                              const struct hf_erase_body *body, const struct hf_audit_device *device, const char *what,
                              const struct hf_buf *text)
{
    struct hf_buf key = {0};
    hf_text_hex(&key, hf_slice_of(device->key, HF_AUDIT_DEVICE_DIGITS / 2));
    hf_buf_append_u8(&key, 0);
    const struct hf_audit_access_row row = {.time_ms = hf_clock_ms(entry->leaf->clock),
                                            .person = device->person,
                                            .case_id = body->asked.case_id,
                                            .device = (const char *)key.data,
                                            .what = what,
                                            .text = (const char *)text->data};
    enum hf_status status = hf_buf_status(&key);
    if (status == HF_OK)
        status = hf_buf_status(text);
    if (status == HF_OK)
        status = hf_audit_access_row(access, &row);
    hf_buf_clear(&key);
    return status;
}

static enum hf_status add_officer(struct hf_audit_access *access, const struct hf_audit_entry *entry,
                                  const struct hf_erase_body *body, const struct hf_audit_device *device,
                                  const char *what)
{
    struct hf_buf text = {0};
    hf_buf_append_fmt(&text, "%s the erasure in entry %llu", what, (unsigned long long)entry->index);
    tell_let_in(device, &access->reads.names, &text);
    hf_buf_append_u8(&text, 0);
    enum hf_status status = add_row(access, entry, body, device, "officer", &text);
    hf_buf_clear(&text);
    return status;
}

static enum hf_status add_doubt(struct hf_audit_access *access, const struct hf_audit_entry *entry,
                                const struct hf_erase_body *body, const struct hf_audit_device *device)
{
    struct hf_buf text = {0};
    const enum hf_officers_doubt found = doubt(&access->audit->devices, body);
    if (found == HF_OFFICERS_NO_DOUBT)
        return HF_OK;
    hf_buf_append_fmt(&text, "ask whether the officers of entry %llu are two people: %s",
                      (unsigned long long)entry->index, hf_officers_doubt_text(found));
    hf_buf_append_u8(&text, 0);
    enum hf_status status = add_row(access, entry, body, device, "doubt", &text);
    hf_buf_clear(&text);
    return status;
}

enum hf_status hf_audit_officers_take(struct hf_audit_access *access, const struct hf_audit_entry *entry)
{
    struct hf_erase_body body;
    const struct hf_audit_devices *devices = &access->audit->devices;
    if (!entry->opened || entry->without_effect || entry->leaf->kind != HF_LEAF_ERASE ||
        hf_erase_body_decode(entry->body, &body) != HF_OK)
        return HF_OK;
    const struct hf_audit_device *first = hf_audit_devices_find(devices, body.asked.device);
    const struct hf_audit_device *second = hf_audit_devices_find(devices, body.device);
    if (!first || !second)
        return HF_OK; /* the run refuses it right after this */
    enum hf_status status = add_officer(access, entry, &body, first, "asked for");
    if (status == HF_OK)
        status = add_officer(access, entry, &body, second, "confirmed");
    return status == HF_OK ? add_doubt(access, entry, &body, second) : status;
}
