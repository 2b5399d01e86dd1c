/* Somebody leaves: their cases, actions and posts, listed or moved to somebody else. */
#include "client/decisions.h"
#include "client/texts.h"
#include "core/policy/day.h"
#include "core/replica/policies.h"

#include <stdlib.h>
#include <string.h>

#define CASES_AT_FIRST 64

struct leaving {
    struct holdfast *hf;
    const struct holdfast_leaver *leaver;
    struct hf_id person, to;
    bool moves;
    bool may_give_posts;
    bool (*each)(void *ctx, const struct holdfast_leaver_row *row);
    void *ctx;
    bool stopped;
    char to_text[HF_ID_TEXT_BYTES], own_text[HF_ID_TEXT_BYTES];
    char today[HF_DATE_TEXT_BYTES], yesterday[HF_DATE_TEXT_BYTES];
    uint64_t now_ms;
};

/* --- the cases here ----------------------------------------------------------------------------------------------- */

/* What is moved writes to the replica, so the list of cases is read beforehand. */
struct case_ids {
    struct hf_id *ids;
    size_t count, cap;
    enum hf_status status;
};

static bool keep_case(void *ctx, const struct hf_case_row *row)
{
    struct case_ids *cases = ctx;
    if (cases->count == cases->cap) {
        const size_t cap = cases->cap ? cases->cap * 2 : CASES_AT_FIRST;
        struct hf_id *grown = realloc(cases->ids, cap * sizeof *grown);
        if (!grown) {
            cases->status = HF_ERR_NOMEM;
            return false;
        }
        cases->ids = grown;
        cases->cap = cap;
    }
    cases->ids[cases->count++] = row->case_id;
    return true;
}

/* --- one thing that carries the name ------------------------------------------------------------------------------ */

static enum hf_status hand_over(struct leaving *leaving, const struct hf_id *case_id, const char *role)
{
    struct hf_id ignored;
    const struct holdfast_handover handover = {.case_id = hf_id_out(case_id),
                                               .to = leaving->leaver->to,
                                               .role = role,
                                               .cause = leaving->leaver->cause ? leaving->leaver->cause : "left",
                                               .reason = leaving->leaver->reason};
    return hf_decisions_hand_over(leaving->hf, &handover, &ignored);
}

static enum hf_status put_one(struct leaving *leaving, const struct hf_id *case_id, const struct hf_id *record,
                              uint16_t type, const char *field, const char *text)
{
    struct hf_id ignored;
    const struct hf_put_value value = {field, text};
    const struct hf_put put = {.case_id = *case_id,
                               .record_id = *record,
                               .type = type,
                               .values = &value,
                               .count = 1,
                               .reason = hf_slice_str(leaving->leaver->reason)};
    return hf_replica_put(leaving->hf->replica, &put, leaving->now_ms, &ignored, &leaving->hf->err);
}

/* The old post ends the day before the new one begins: on no day do two hold it. */
static enum hf_status pass_post_on(struct leaving *leaving, const struct hf_record_state *post, const char *role,
                                   const char *team)
{
    struct hf_id ignored;
    enum hf_status status =
        put_one(leaving, &post->case_id, &post->record_id, HF_RECORD_POST, "until", leaving->yesterday);
    const struct hf_put_value values[] = {{"person", leaving->to_text},
                                          {"role", role},
                                          {"team", team},
                                          {"from", leaving->today},
                                          {"decided_by", leaving->own_text},
                                          {"reason", leaving->leaver->reason}};
    const struct hf_put put = {.case_id = post->case_id,
                               .record_id = hf_replica_new_id(leaving->now_ms),
                               .type = HF_RECORD_POST,
                               .values = values,
                               .count = sizeof values / sizeof values[0]};
    if (status == HF_OK)
        status = hf_replica_put(leaving->hf->replica, &put, leaving->now_ms, &ignored, &leaving->hf->err);
    return status;
}

static void text_of(struct hf_texts *texts, const struct hf_record_state *record, const char *field, const char **out)
{
    struct hf_buf text = {0};
    hf_book_text(record, field, &text);
    *out = hf_texts_copy(texts, hf_buf_slice(&text));
    hf_buf_clear(&text);
}

static void tell(struct leaving *leaving, const struct holdfast_leaver_row *row)
{
    if (!leaving->stopped)
        leaving->stopped = !leaving->each(leaving->ctx, row);
}

static enum hf_status look_at_roles(struct leaving *leaving, const struct hf_record_state *case_record)
{
    const char *roles[HF_BOOK_ROLES_MAX], *reference = "";
    struct hf_texts texts = {0};
    enum hf_status status = HF_OK;
    const size_t count = hf_book_case_roles(case_record, &leaving->person, roles);
    text_of(&texts, case_record, "reference", &reference);
    for (size_t i = 0; i < count && status == HF_OK; i++) {
        if (leaving->moves)
            status = hand_over(leaving, &case_record->record_id, roles[i]);
        if (status == HF_OK)
            tell(leaving, &(struct holdfast_leaver_row){.what = "case",
                                                        .case_id = hf_id_out(&case_record->case_id),
                                                        .reference = reference,
                                                        .role = roles[i],
                                                        .record = hf_id_out(&case_record->record_id),
                                                        .title = "",
                                                        .moved = leaving->moves});
    }
    hf_texts_clear(&texts);
    return status;
}

static enum hf_status look_at_action(struct leaving *leaving, const struct hf_record_state *case_record,
                                     const struct hf_record_state *action)
{
    const char *state = "", *title = "", *reference = "";
    struct hf_texts texts = {0};
    enum hf_status status = HF_OK;
    text_of(&texts, action, "status", &state);
    text_of(&texts, action, "text", &title);
    if (case_record)
        text_of(&texts, case_record, "reference", &reference);
    const bool open = state[0] == '\0' || strcmp(state, "open") == 0 || strcmp(state, "started") == 0;
    if (open && leaving->moves)
        status = put_one(leaving, &action->case_id, &action->record_id, HF_RECORD_ACTION, "owner", leaving->to_text);
    if (open && status == HF_OK)
        tell(leaving, &(struct holdfast_leaver_row){.what = "action",
                                                    .case_id = hf_id_out(&action->case_id),
                                                    .reference = reference,
                                                    .role = "",
                                                    .record = hf_id_out(&action->record_id),
                                                    .title = title,
                                                    .moved = leaving->moves});
    hf_texts_clear(&texts);
    return status;
}

static enum hf_status look_at_case(struct leaving *leaving, const struct hf_id *case_id)
{
    struct hf_case_records records = {0};
    enum hf_status status = hf_replica_case_records(leaving->hf->replica, case_id, &records, &leaving->hf->err);
    const struct hf_record_state *case_record = hf_case_records_case(&records);
    if (status == HF_OK && case_record)
        status = look_at_roles(leaving, case_record);
    for (size_t i = 0; status == HF_OK && i < records.count; i++)
        if (records.records[i].type == HF_RECORD_ACTION &&
            hf_book_names(&records.records[i], "owner", &leaving->person))
            status = look_at_action(leaving, case_record, &records.records[i]);
    hf_case_records_clear(&records);
    return status;
}

static enum hf_status look_at_post(struct leaving *leaving, const struct hf_record_state *post)
{
    const char *role = "", *team = "";
    struct hf_texts texts = {0};
    enum hf_status status = HF_OK;
    const bool moves = leaving->moves && leaving->may_give_posts;
    text_of(&texts, post, "role", &role);
    text_of(&texts, post, "team", &team);
    if (moves)
        status = pass_post_on(leaving, post, role, team);
    if (status == HF_OK)
        tell(leaving, &(struct holdfast_leaver_row){.what = "post",
                                                    .reference = "",
                                                    .role = role,
                                                    .record = hf_id_out(&post->record_id),
                                                    .title = team,
                                                    .moved = moves});
    hf_texts_clear(&texts);
    return status;
}

static enum hf_status look_at_posts(struct leaving *leaving)
{
    struct hf_case_records records = {0};
    const struct hf_id office = hf_office_case_id(hf_replica_identity(leaving->hf->replica)->log_id);
    enum hf_status status = hf_replica_case_records(leaving->hf->replica, &office, &records, &leaving->hf->err);
    for (size_t i = 0; status == HF_OK && i < records.count; i++)
        if (records.records[i].type == HF_RECORD_POST &&
            hf_book_names(&records.records[i], "person", &leaving->person) &&
            !hf_book_over(&records.records[i], "until", leaving->now_ms))
            status = look_at_post(leaving, &records.records[i]);
    hf_case_records_clear(&records);
    return status;
}

/* --- all of it ---------------------------------------------------------------------------------------------------- */

static enum hf_status check(struct leaving *leaving)
{
    struct holdfast *hf = leaving->hf;
    const enum hf_role role = hf_replica_identity(hf->replica)->role;
    if (hf_id_is_zero(&leaving->person))
        return hf_handle_fail(hf, HF_ERR_INVALID, "Say who leaves.");
    if (!leaving->moves)
        return HF_OK;
    if (role != HF_ROLE_OFFICE && role != HF_ROLE_MANAGER)
        return hf_handle_fail(hf, HF_ERR_DENIED,
                              "What somebody leaves behind is moved by the office or a manager: they have every case.");
    if (hf_id_equal(&leaving->person, &leaving->to))
        return hf_handle_fail(hf, HF_ERR_INVALID, "Say somebody else who takes over.");
    if (!leaving->leaver->reason || leaving->leaver->reason[0] == '\0')
        return hf_handle_fail(hf, HF_ERR_INVALID, "Moving what somebody leaves behind needs a reason.");
    return HF_OK;
}

static void fill_texts(struct leaving *leaving)
{
    const hf_day today = hf_london_day(leaving->now_ms);
    hf_day_format(today, leaving->today);
    hf_day_format(today - 1, leaving->yesterday);
    hf_id_format(&leaving->to, leaving->to_text);
    hf_id_format(&hf_replica_identity(leaving->hf->replica)->person, leaving->own_text);
}

enum holdfast_status holdfast_leaver(struct holdfast *hf, const struct holdfast_leaver *leaver,
                                     bool (*each)(void *ctx, const struct holdfast_leaver_row *row), void *ctx)
{
    struct case_ids cases = {0};
    struct leaving leaving = {.hf = hf, .leaver = leaver, .each = each, .ctx = ctx, .now_ms = hf_wall_ms()};
    leaving.person = hf_id_in(&leaver->person);
    leaving.to = hf_id_in(&leaver->to);
    leaving.moves = !hf_id_is_zero(&leaving.to);
    enum hf_status status = hf_handle_enter(hf, leaving.moves ? HF_ENTER_WRITE : HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    leaving.may_give_posts = hf_book_may_release(hf_replica_identity(hf->replica)->role);
    fill_texts(&leaving);
    status = check(&leaving);
    if (status == HF_OK)
        status = hf_replica_cases(hf->replica, keep_case, &cases);
    if (status == HF_OK)
        status = cases.status;
    for (size_t i = 0; i < cases.count && status == HF_OK && !leaving.stopped; i++)
        status = look_at_case(&leaving, &cases.ids[i]);
    if (status == HF_OK && !leaving.stopped)
        status = look_at_posts(&leaving);
    free(cases.ids);
    return hf_handle_leave(hf, status);
}
