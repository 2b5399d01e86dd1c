#include "server/journal.h"

#include "core/model/body_read.h"
#include "server/keystore.h"
#include "server/officers.h"

#include <stdlib.h>

/* Where a page belongs. */
static struct hf_id place_of(const struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                             const struct hf_read_body *body)
{
    struct hf_id case_id;
    return hf_read_body_is_about(body, &case_id)
               ? case_id
               : hf_journal_id(office->log_id, device, hf_journal_year(body->began_ms));
}

static enum hf_status open_key(const struct hf_office *office, const struct hf_read_body *body,
                               const uint8_t device[HF_SIGN_PUBLIC_BYTES], const struct hf_id *key_id,
                               struct hf_class_key *out)
{
    *out = (struct hf_class_key){.case_id = place_of(office, device, body), .key_id = *key_id};
    if (!body->has_key || hf_id_is_zero(key_id) ||
        !hf_keystore_open_box(office->keystore, body->sealed_key, sizeof body->sealed_key, out->key))
        return HF_ERR_NOT_FOUND;
    return HF_OK;
}

enum hf_status hf_journal_key(const struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                              const struct hf_item *item, struct hf_class_key *out)
{
    struct hf_read_body *body = malloc(sizeof *body);
    if (!body)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_read_body_decode(item->body, body) == HF_OK
                                ? open_key(office, body, device, &item->key_id, out)
                                : HF_ERR_NOT_FOUND;
    free(body);
    return status;
}

enum hf_status hf_journal_decide(struct hf_batch *batch, const struct hf_id *reader, const struct hf_leaf *leaf,
                                 const struct hf_class_key *key, struct hf_slice bytes, enum hf_hold *out)
{
    struct hf_read_body *body = malloc(sizeof *body);
    enum hf_status status = HF_OK;
    bool officer = false;
    if (!body)
        return HF_ERR_NOMEM;
    *out = HF_HOLD_NONE;
    if (hf_read_body_decode(bytes, body) != HF_OK || !hf_read_body_stands_alone(body)) {
        *out = HF_HOLD_FORM;
    } else {
        const struct hf_id place = place_of(batch->office, leaf->device, body);
        if (!hf_id_equal(&key->case_id, &place))
            *out = HF_HOLD_RIGHT;
    }
    if (*out == HF_HOLD_NONE && hf_read_body_needs_officer(body)) {
        status = hf_officers_is(batch, reader, &officer);
        if (!officer)
            *out = HF_HOLD_OFFICER;
    }
    free(body);
    return status;
}

enum hf_status hf_journal_keep_key(const struct hf_office *office, const struct hf_class_key *key)
{
    struct hf_class_key known;
    enum hf_status status = hf_keystore_get(office->keystore, &key->key_id, &known);
    hf_wipe(&known, sizeof known);
    return status == HF_ERR_NOT_FOUND ? hf_keystore_put_held(office->keystore, key) : status;
}
