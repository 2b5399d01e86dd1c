#include "server/officers_told.h"

#include "core/base/text.h"
#include "protocol/limits.h"
#include "server/enrol.h"
#include "server/store.h"

#include <string.h>

enum hf_status hf_officers_let_in(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                  struct hf_let_in *out)
{
    struct hf_device_row row;
    struct hf_invitation_row invitation;
    struct hf_let_in let_in = {.known = false};
    enum hf_status status = office->store->ops->device(office->store, device, NULL, &row);
    if (status != HF_OK)
        return status;
    let_in.person = row.person;
    status = office->store->ops->invitation(office->store, &row.invitation, &invitation);
    if (status == HF_OK) {
        let_in.known = true;
        let_in.by = invitation.made_by;
        let_in.at_ms = invitation.expiry_ms - HF_LIMIT_INVITATION_MS;
    }
    hf_wipe(&row, sizeof row);
    hf_wipe(&invitation, sizeof invitation);
    if (status != HF_OK && status != HF_ERR_NOT_FOUND)
        return status;
    *out = let_in;
    return HF_OK;
}

void hf_officers_tell_let_in(struct hf_office *office, const struct hf_let_in *let_in, struct hf_buf *out)
{
    char time[HF_TIME_TEXT_BYTES];
    if (!let_in->known) {
        hf_buf_append_str(out, "let in: the office does not know by whom any more");
        return;
    }
    hf_text_time(let_in->at_ms, time);
    hf_buf_append_fmt(out, "let in on %.10s ", time);
    if (hf_id_is_zero(&let_in->by)) {
        hf_buf_append_str(out, "at the office's own machine");
        return;
    }
    hf_buf_append_str(out, "by ");
    const size_t before = out->len;
    hf_enrol_person_name(office, &let_in->by, out);
    if (out->len == before)
        hf_buf_append_str(out, "somebody who is not in the staff list any more");
}

void hf_officers_tell_doubt(const struct hf_let_in *first, const struct hf_let_in *second, struct hf_buf *out)
{
    const enum hf_officers_doubt doubt = hf_officers_doubt(first, second);
    if (doubt != HF_OFFICERS_NO_DOUBT)
        hf_buf_append_fmt(out, "  Make sure that these are two people: %s.\n", hf_officers_doubt_text(doubt));
}

enum hf_status hf_officers_need_two(struct hf_office *office, const uint8_t first[HF_SIGN_PUBLIC_BYTES],
                                    const uint8_t second[HF_SIGN_PUBLIC_BYTES], struct hf_error *err)
{
    struct hf_device_row one, other;
    enum hf_status status = office->store->ops->device(office->store, first, NULL, &one);
    if (status != HF_OK)
        return status;
    status = office->store->ops->device(office->store, second, NULL, &other);
    if (status == HF_OK && hf_id_equal(&one.invitation, &other.invitation))
        status = hf_error_set(err, HF_ERR_DENIED,
                              "Both officers' devices were let in by one invitation, so they count as one. Somebody "
                              "else has to confirm it.");
    hf_wipe(&one, sizeof one);
    hf_wipe(&other, sizeof other);
    return status;
}

/* --- all of them --- */

struct devices {
    struct hf_buf found; /* person, device; each */
};

static bool collect(void *ctx, const struct hf_device_row *row)
{
    struct devices *devices = ctx;
    if (row->state == HF_DEVICE_ACTIVE && hf_officer_may_be(row->role)) {
        hf_buf_append(&devices->found, row->person.bytes, HF_ID_BYTES);
        hf_buf_append(&devices->found, row->device, HF_SIGN_PUBLIC_BYTES);
    }
    return hf_buf_status(&devices->found) == HF_OK;
}

struct telling {
    struct hf_office *office;
    const struct devices *devices;
    struct hf_buf *out;
    enum hf_status status;
};

static bool tell(void *ctx, const struct hf_person_row *row)
{
    struct telling *telling = ctx;
    const struct hf_buf *found = &telling->devices->found;
    for (size_t at = 0; row->officer && telling->status == HF_OK && at < found->len;
         at += HF_ID_BYTES + HF_SIGN_PUBLIC_BYTES) {
        struct hf_let_in let_in;
        if (memcmp(found->data + at, row->person.bytes, HF_ID_BYTES) != 0)
            continue;
        telling->status = hf_officers_let_in(telling->office, found->data + at + HF_ID_BYTES, &let_in);
        if (telling->status != HF_OK)
            break;
        hf_buf_append_str(telling->out, "  ");
        hf_buf_append_slice(telling->out, row->name);
        hf_buf_append_str(telling->out, ", device ");
        hf_text_hex(telling->out, hf_slice_of(found->data + at + HF_ID_BYTES, 8));
        hf_buf_append_str(telling->out, ", ");
        hf_officers_tell_let_in(telling->office, &let_in, telling->out);
        hf_buf_append_str(telling->out, "\n");
    }
    return telling->status == HF_OK;
}

enum hf_status hf_officers_tell_all(struct hf_office *office, struct hf_buf *out)
{
    struct devices devices = {.found = {0}};
    struct telling telling = {.office = office, .devices = &devices, .out = out};
    enum hf_status status = office->store->ops->devices(office->store, collect, &devices);
    if (status == HF_OK)
        status = hf_buf_status(&devices.found);
    if (status == HF_OK)
        status = hf_enrol_people(office, tell, &telling);
    hf_buf_clear(&devices.found);
    return status == HF_OK ? telling.status : status;
}
