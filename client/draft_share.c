/* Whether a draft may be shown to the others who hold the case: the authority decides it for each procedure. */
#include "client/drafts.h"

#include "core/policy/pack.h"
#include "core/replica/policies.h"

#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 8 /* from a record up to its meeting */

/* The setting of a procedure, and its value that holds drafts back. */
static const char setting_name[] = "draft_sharing";
static const char not_shared[] = "not_shared";

/* What a field of a record says; "" when it is empty or in conflict. */
static const char *text_of(struct hf_texts *texts, const struct hf_record_state *state, const char *name)
{
    const struct hf_record_spec *type = hf_model_type(state->type);
    const struct hf_field_spec *spec = type ? hf_model_field_named(type, hf_slice_str(name)) : NULL;
    const struct hf_field_state *field = spec ? hf_record_state_field(state, spec->code) : NULL;
    const struct hf_slice value = field ? hf_merge_plain_value(type, field) : hf_slice_of(NULL, 0);
    return value.len > 0 ? hf_texts_value(texts, spec, value) : "";
}

/* The meeting that a draft is of: itself, or what it belongs to, however far up. The state of one that was not saved
 * yet stays empty. */
static enum hf_status find_meeting(struct hf_replica *replica, const struct hf_draft *draft, struct hf_texts *texts,
                                   struct hf_record_state *out, bool *out_found)
{
    struct hf_id id = hf_id_is_zero(&draft->parent) || draft->type == HF_RECORD_MEETING ? draft->record_id //
                                                                                        : draft->parent;
    enum hf_status status = HF_OK;
    *out_found = draft->type == HF_RECORD_MEETING;
    for (size_t i = 0; status == HF_OK && i < DEPTH_MAX && !hf_id_is_zero(&id); i++) {
        hf_record_state_clear(out);
        status = hf_replica_record(replica, &id, out);
        *out_found = *out_found || (status == HF_OK && out->type == HF_RECORD_MEETING);
        if (*out_found)
            break;
        if (status == HF_OK && hf_id_parse(hf_slice_str(text_of(texts, out, "parent")), &id) != HF_OK)
            id = hf_id_zero();
    }
    return status == HF_ERR_NOT_FOUND ? HF_OK : status;
}

/* Which kind of meeting; "" when nobody wrote it down yet. */
static const char *kind_of(struct hf_texts *texts, const struct hf_record_state *meeting, const struct hf_draft *draft)
{
    const struct hf_field_spec *spec = hf_model_field_named(hf_model_type(HF_RECORD_MEETING), hf_slice_str("type"));
    if (meeting->type == HF_RECORD_MEETING && text_of(texts, meeting, "type")[0] != '\0')
        return text_of(texts, meeting, "type");
    for (size_t i = 0; draft->type == HF_RECORD_MEETING && i < draft->field_count; i++)
        if (draft->fields[i].field == spec->code)
            return hf_texts_copy(texts, draft->fields[i].text);
    return "";
}

/* Procedures for another kind of meeting say nothing about this one. */
static bool is_about(const json_t *document, const char *kind)
{
    const char *meant = json_string_value(json_object_get(document, "meeting_type"));
    return !meant || kind[0] == '\0' || strcmp(meant, kind) == 0;
}

static bool holds_back(const struct hf_book *book, const struct hf_book_file *pack, struct hf_texts *texts)
{
    const json_t *settings = json_object_get(hf_policy_pack_document(pack->pack), "settings");
    const json_t *spec = json_object_get(settings, setting_name);
    if (!spec)
        return false;
    const struct hf_record_state *decision = hf_book_decision(book, pack->name, setting_name, hf_wall_ms());
    const char *value =
        decision ? text_of(texts, decision, "value") : json_string_value(json_object_get(spec, "default"));
    return value && strcmp(value, not_shared) == 0;
}

/* Some procedure in force that the case follows and that is about this kind of meeting. */
static bool any_holds_back(const struct hf_book *book, const struct hf_record_state *case_record, const char *kind,
                           struct hf_texts *texts)
{
    bool held_back = false;
    for (size_t i = 0; i < hf_book_count(book) && !held_back; i++) {
        const struct hf_book_file *pack = hf_book_file(book, i);
        held_back = pack->is_pack && hf_book_pack(book, pack->name, hf_wall_ms()) == pack &&
                    hf_book_follows(book, case_record, pack) && is_about(hf_policy_pack_document(pack->pack), kind) &&
                    holds_back(book, pack, texts);
    }
    return held_back;
}

enum hf_status hf_drafts_held_back(struct hf_replica *replica, const struct hf_draft *draft, bool *out_held_back,
                                   struct hf_error *err)
{
    struct hf_texts texts = {0};
    struct hf_book *book = NULL;
    struct hf_record_state meeting = {0};
    struct hf_record_state case_record = {0};
    bool found = false, held_back = false;
    enum hf_status status = find_meeting(replica, draft, &texts, &meeting, &found);
    if (status == HF_OK && found)
        status = hf_replica_book(replica, &book, err);
    if (status == HF_OK && found)
        status = hf_replica_record(replica, &draft->case_id, &case_record);
    const struct hf_record_state *known = status == HF_OK && found ? &case_record : NULL;
    if (status == HF_ERR_NOT_FOUND)
        status = HF_OK;
    if (status == HF_OK && found)
        held_back = any_holds_back(book, known, kind_of(&texts, &meeting, draft), &texts);
    if (status == HF_OK)
        status = hf_texts_status(&texts);
    hf_texts_clear(&texts);
    hf_record_state_clear(&meeting);
    hf_record_state_clear(&case_record);
    if (status == HF_OK)
        *out_held_back = held_back;
    return status;
}

static enum hf_status look_at(struct hf_replica *replica, const struct hf_id *record_id, bool *out_held_back,
                              struct hf_error *err)
{
    struct hf_draft_at *at = calloc(1, sizeof *at);
    if (!at)
        return HF_ERR_NOMEM;
    *out_held_back = false;
    enum hf_status status = hf_replica_draft(replica, record_id, NULL, &at->bytes, &at->draft, err);
    if (status == HF_OK)
        status = hf_drafts_held_back(replica, &at->draft, out_held_back, err);
    else if (status == HF_ERR_NOT_FOUND || status == HF_ERR_UNSUPPORTED)
        status = HF_OK; /* sharing it says so itself */
    hf_buf_wipe(&at->bytes);
    free(at);
    return status;
}

enum hf_status hf_drafts_may_share(struct holdfast *hf, const struct hf_id *record_id)
{
    bool held_back = false;
    const enum hf_status status = look_at(hf->replica, record_id, &held_back, &hf->err);
    if (status == HF_OK && held_back)
        return hf_handle_fail(hf, HF_ERR_DENIED,
                              "The office decided that drafts of these meetings are shown to nobody before they are "
                              "saved. Its settings say who decided it and why. The draft stays yours.");
    return status;
}

enum hf_status hf_drafts_hold_back(struct hf_replica *replica, struct hf_error *err)
{
    size_t count = 0;
    struct hf_id *ids = calloc(HF_DRAFTS_MAX, sizeof *ids);
    if (!ids)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_replica_drafts_shared(replica, ids, &count, err);
    for (size_t i = 0; status == HF_OK && i < count; i++) {
        bool held_back = false;
        status = look_at(replica, &ids[i], &held_back, err);
        if (status == HF_OK && held_back)
            status = hf_replica_draft_hold_back(replica, &ids[i], err);
    }
    free(ids);
    return status;
}

static enum hf_status look_at_case(struct holdfast *hf, const struct hf_id *case_id, bool *out)
{
    struct hf_texts texts = {0};
    struct hf_book *book = NULL;
    struct hf_record_state case_record = {0};
    enum hf_status status = hf_replica_book(hf->replica, &book, &hf->err);
    if (status == HF_OK)
        status = hf_replica_record(hf->replica, case_id, &case_record);
    const bool held_back = status == HF_OK && any_holds_back(book, &case_record, "", &texts);
    if (status == HF_OK)
        status = hf_texts_status(&texts);
    hf_texts_clear(&texts);
    hf_record_state_clear(&case_record);
    if (status == HF_OK)
        *out = held_back;
    return status;
}

enum holdfast_status holdfast_drafts_held_back(struct holdfast *hf, const struct holdfast_id *case_id, bool *out)
{
    const struct hf_id id = hf_id_in(case_id);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = look_at_case(hf, &id, out);
    return hf_handle_leave(hf, status);
}
