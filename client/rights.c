/* Who may record and decide what, for programs: rights of the procedures, and those of the roles in the program. */
#include "client/drafts.h"
#include "client/edit.h"
#include "client/handle.h"
#include "client/texts.h"
#include "core/replica/policies.h"

#include <stdlib.h>
#include <string.h>

/* --- over one record, or one change ------------------------------------------------------------------------------- */

struct right_rows {
    bool (*each)(void *ctx, const struct holdfast_right_row *row);
    void *ctx;
};

static bool show_right(void *ctx, const struct hf_policy_right *right, const struct hf_right_roles *by,
                       enum hf_right_answer answer)
{
    const struct right_rows *rows = ctx;
    const struct holdfast_right_row row = {.id = right->id,
                                           .about = right->about,
                                           .asks = right->asks,
                                           .may = answer == HF_RIGHT_MAY,
                                           .lacks = answer == HF_RIGHT_LACKS,
                                           .role_count = by->count,
                                           .roles = by->names};
    return rows->each(rows->ctx, &row);
}

enum holdfast_status holdfast_rights(struct holdfast *hf, const struct holdfast_id *record,
                                     bool (*each)(void *ctx, const struct holdfast_right_row *row), void *ctx)
{
    struct right_rows rows = {.each = each, .ctx = ctx};
    const struct hf_id id = hf_id_in(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_rights(hf->replica, &id, NULL, 0, hf_wall_ms(), show_right, &rows, &hf->err);
    return hf_handle_leave(hf, status);
}

struct touched {
    struct hf_id record;
    size_t count;
    struct hf_right_touch fields[HF_EDITS_MAX];
    enum hf_status status;
};

/* Finalising says everything again: what it does is to make the record final. */
static bool makes_final(const struct hf_data_body *body)
{
    for (uint32_t i = 0; i < body->edit_count; i++)
        if (body->edits[i].field == HF_FIELD_FINAL)
            return true;
    return false;
}

static bool take_fields(void *ctx, const struct hf_change_row *row)
{
    struct touched *touched = ctx;
    struct hf_data_body *body = malloc(sizeof *body);
    touched->status = body ? HF_OK : HF_ERR_NOMEM;
    if (body && row->leaf.kind == HF_LEAF_DATA && hf_data_body_decode(row->item.body, body, NULL) == HF_OK) {
        touched->record = body->record_id;
        for (uint32_t i = 0; i < body->edit_count; i++)
            if (!makes_final(body) || body->edits[i].field == HF_FIELD_FINAL)
                touched->fields[touched->count++] =
                    (struct hf_right_touch){.field = body->edits[i].field, .replaces = body->edits[i].base_count > 0};
    }
    free(body);
    return false;
}

enum holdfast_status holdfast_change_rights(struct holdfast *hf, const struct holdfast_id *change,
                                            bool (*each)(void *ctx, const struct holdfast_right_row *row), void *ctx)
{
    struct right_rows rows = {.each = each, .ctx = ctx};
    const struct hf_id id = hf_id_in(change);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    struct touched *touched = calloc(1, sizeof *touched);
    status = touched ? hf_replica_change(hf->replica, &id, take_fields, touched) : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = touched->status;
    if (status == HF_OK && touched->count > 0)
        status = hf_replica_rights(hf->replica, &touched->record, touched->fields, touched->count, hf_wall_ms(),
                                   show_right, &rows, &hf->err);
    free(touched);
    return hf_handle_leave(hf, status);
}

/* --- over a change that was not made yet -------------------------------------------------------------------------- */

static enum holdfast_status ask_ahead(struct holdfast *hf, enum hf_status made, struct hf_buf *body,
                                      struct right_rows *rows)
{
    enum hf_status status = made;
    if (status == HF_OK && body->len > 0)
        status = hf_replica_rights_ahead(hf->replica, hf_buf_slice(body), hf_wall_ms(), show_right, rows, &hf->err);
    hf_buf_wipe(body);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_edit_rights(struct holdfast_edit *edit,
                                          bool (*each)(void *ctx, const struct holdfast_right_row *row), void *ctx)
{
    struct right_rows rows = {.each = each, .ctx = ctx};
    struct hf_buf body = {0};
    const enum hf_status status = hf_handle_enter(edit->hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return ask_ahead(edit->hf, hf_edit_body(edit, false, &body), &body, &rows);
}

enum holdfast_status holdfast_draft_rights(struct holdfast *hf, const struct holdfast_draft_place *place,
                                           bool (*each)(void *ctx, const struct holdfast_right_row *row), void *ctx)
{
    struct right_rows rows = {.each = each, .ctx = ctx};
    struct hf_buf body = {0};
    const enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return ask_ahead(hf, hf_draft_body(hf, place, &body), &body, &rows);
}

enum holdfast_status holdfast_finalise_rights(struct holdfast *hf, const struct holdfast_id *record,
                                              bool (*each)(void *ctx, const struct holdfast_right_row *row), void *ctx)
{
    struct right_rows rows = {.each = each, .ctx = ctx};
    struct hf_buf body = {0};
    const struct hf_id id = hf_id_in(record);
    const enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return ask_ahead(hf, hf_replica_finalise_body(hf->replica, &id, hf_wall_ms(), &body, &hf->err), &body, &rows);
}

/* --- all of them -------------------------------------------------------------------------------------------------- */

/* What the program itself asks a role for, whatever the procedures say: the server holds what others write. */
#define OFFICER "records_officer" /* a right of a person, beside their role */
static const struct own_right {
    const char *id, *about;
    const char *roles[4];
    size_t count;
} own_rights[] = {
    {"release", "Release procedures and calendars.", {"office", "admin"}, 2},
    {"settings", "Decide how a procedure is read.", {"office", "admin"}, 2},
    {"posts", "Say who holds a post.", {"office", "admin"}, 2},
    {"cover", "Arrange cover for somebody else.", {"manager", "office", "admin"}, 3},
    {"handover", "Hand a case over, so that access to it goes along.", {"manager", "office"}, 2},
    {"held", "Let a held change count, or refuse it.", {"office"}, 1},
    {"erase", "Ask for an erasure, or confirm one.", {OFFICER}, 1},
    {"hold", "Place or lift a legal hold.", {OFFICER}, 1},
    {"restrict", "Restrict the use of a contested entry of somebody else.", {OFFICER}, 1},
    {"copy", "Release a copy of a case for the person that it is about.", {OFFICER}, 1},
};

struct entry_rows {
    struct holdfast *hf;
    bool (*each)(void *ctx, const struct holdfast_right_entry *entry);
    void *ctx;
    enum hf_status status;
    bool stopped;
};

static void show_own(struct entry_rows *rows, const char *role, bool officer)
{
    static const char *const nobody[4] = {"", "", "", ""};
    for (size_t i = 0; i < sizeof own_rights / sizeof own_rights[0] && !rows->stopped; i++) {
        const struct own_right *own = &own_rights[i];
        struct holdfast_right_entry entry = {.policy = "",
                                             .version = "",
                                             .id = own->id,
                                             .about = own->about,
                                             .type = "",
                                             .role_count = own->count,
                                             .roles = own->roles,
                                             .people = nobody};
        for (size_t j = 0; j < own->count; j++)
            entry.may =
                entry.may || strcmp(role, own->roles[j]) == 0 || (officer && strcmp(own->roles[j], OFFICER) == 0);
        rows->stopped = !rows->each(rows->ctx, &entry);
    }
}

static bool show_entry(void *ctx, const struct hf_book_right *right)
{
    struct entry_rows *rows = ctx;
    char names[HF_RIGHT_ROLES_MAX][HF_PERSON_NAME_BYTES_MAX + 1];
    const char *people[HF_RIGHT_ROLES_MAX];
    for (size_t i = 0; i < right->role_count && rows->status == HF_OK; i++) {
        names[i][0] = '\0';
        people[i] = names[i];
        if (hf_id_is_zero(&right->people[i].person))
            continue;
        const enum hf_status status = hf_replica_person_name(rows->hf->replica, &right->people[i].person, names[i]);
        rows->status = status == HF_ERR_NOT_FOUND ? HF_OK : status;
    }
    const struct holdfast_right_entry entry = {.policy = right->pack->name,
                                               .version = right->pack->version,
                                               .id = right->right->id,
                                               .about = right->right->about,
                                               .type = right->right->type->name,
                                               .may = right->may,
                                               .silent = right->right->silent,
                                               .anybody = right->right->anybody,
                                               .role_count = right->role_count,
                                               .roles = right->roles,
                                               .people = people};
    rows->stopped = rows->status != HF_OK || !rows->each(rows->ctx, &entry);
    return !rows->stopped;
}

/* The role in the program: of this device, or what the office's list says of somebody else; "" when it is not here. */
static enum hf_status role_of(struct holdfast *hf, const struct hf_id *person, struct hf_buf *out)
{
    const struct hf_identity *own = hf_replica_identity(hf->replica);
    struct hf_record_state record = {0};
    if (hf_id_equal(person, &own->person)) {
        hf_buf_append_str(out, hf_role_name(own->role));
    } else {
        enum hf_status status = hf_replica_record(hf->replica, person, &record);
        if (status == HF_ERR_NOT_FOUND || (status == HF_OK && record.type != HF_RECORD_PERSON)) {
            hf_record_state_clear(&record);
            return hf_handle_fail(hf, HF_ERR_NOT_FOUND, "Nobody with this id is on this device's list of people.");
        }
        if (status != HF_OK)
            return status;
        hf_book_text(&record, "role", out);
        hf_record_state_clear(&record);
    }
    hf_buf_append_u8(out, '\0');
    return hf_buf_status(out);
}

enum holdfast_status holdfast_rights_list(struct holdfast *hf, const struct holdfast_id *case_id,
                                          const struct holdfast_id *person,
                                          bool (*each)(void *ctx, const struct holdfast_right_entry *entry), void *ctx)
{
    struct entry_rows rows = {.hf = hf, .each = each, .ctx = ctx};
    struct hf_buf role = {0};
    const struct hf_id id = hf_id_in_or_zero(case_id);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct hf_id who = person ? hf_id_in(person) : hf_replica_identity(hf->replica)->person;
    status = role_of(hf, &who, &role);
    bool officer = false;
    if (status == HF_OK)
        status = hf_replica_is_officer(hf->replica, &who, &officer, &hf->err);
    if (status == HF_OK)
        show_own(&rows, (const char *)role.data, officer);
    if (status == HF_OK && !rows.stopped)
        status = hf_replica_rights_list(hf->replica, &id, &who, hf_wall_ms(), show_entry, &rows, &hf->err);
    if (status == HF_OK)
        status = rows.status;
    hf_buf_clear(&role);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_is_officer(struct holdfast *hf, const struct holdfast_id *person, bool *out)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct hf_id who = person ? hf_id_in(person) : hf_replica_identity(hf->replica)->person;
    return hf_handle_leave(hf, hf_replica_is_officer(hf->replica, &who, out, &hf->err));
}
