#include "core/policy/rights.h"

#include "core/merge/merge.h"
#include "core/policy/build.h"
#include "core/policy/eval.h"

#include <stdlib.h>
#include <string.h>

/* --- reading ------------------------------------------------------------------------------------------------------ */

static bool read_fields(struct hf_build *build, const json_t *list, struct hf_policy_right *right)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        const bool is_final = name && strcmp(name, "final") == 0; /* no field of its own has this name */
        const struct hf_field_spec *field = !name      ? NULL
                                            : is_final ? hf_model_field(right->type, HF_FIELD_FINAL)
                                                       : hf_model_field_named(right->type, hf_slice_str(name));
        if (!field)
            return hf_build_fail(build, "\"%s\" is no field of %s", name ? name : "?", right->type->name);
        if (right->field_count == HF_RIGHT_FIELDS_MAX)
            return hf_build_fail(build, "\"fields\" names at most %d", HF_RIGHT_FIELDS_MAX);
        right->fields[right->field_count++] = field->code;
    }
    return true;
}

static bool is_anybody(const json_t *list)
{
    const char *word = json_string_value(json_array_get(list, 0));
    return json_array_size(list) == 1 && word && strcmp(word, "anybody") == 0;
}

static bool read_roles(struct hf_build *build, const json_t *list, struct hf_policy_right *right)
{
    right->silent = json_is_null(list);
    right->anybody = is_anybody(list);
    if (right->silent || right->anybody)
        return true;
    if (!json_is_array(list) || json_array_size(list) == 0 || json_array_size(list) > HF_RIGHT_ROLES_MAX)
        return hf_build_fail(build, "\"by\" is a list of 1 to %d roles, [\"anybody\"], or null", HF_RIGHT_ROLES_MAX);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *role = json_string_value(json_array_get(list, i));
        if (!role || (!hf_pack_is_role(role) && hf_pack_chooser(build->pack, role) == HF_NODE_NONE))
            return hf_build_fail(build, "\"%s\" is no role, and none of \"roles\"", role ? role : "?");
        right->roles[right->role_count++] = role;
    }
    return true;
}

/* Who may beside the roles, and what is needed: here conditions know the author and people's roles. */
static bool read_decided(struct hf_build *build, struct hf_scope *scope, const json_t *json,
                         struct hf_policy_right *right)
{
    build->in_right = true;
    const bool fine = hf_build_condition(build, scope, json_object_get(json, "also"), &right->also) &&
                      hf_build_condition(build, scope, json_object_get(json, "needs"), &right->needs);
    build->in_right = false;
    if (fine && right->needs != HF_NODE_NONE && right->asks[0] == '\0')
        return hf_build_fail(build, "\"asks\" says to people, in one sentence, what \"needs\" asks for");
    return fine;
}

static bool read_right(struct hf_build *build, const json_t *json)
{
    static const char *const keys[] = {"id",   "for",   "fields", "changes", "when", "by",
                                       "also", "needs", "asks",   "about",   "req",  NULL};
    struct hf_policy_right *right = &build->pack->rights[build->pack->right_count];
    const char *type = NULL;
    struct hf_scope scope;
    *right = (struct hf_policy_right){.when = HF_NODE_NONE, .also = HF_NODE_NONE, .needs = HF_NODE_NONE};
    if (!hf_build_only(build, json, keys) ||
        !hf_build_text(build, json, "id", HF_PACK_NAME_BYTES_MAX, true, &right->id) ||
        !hf_build_text(build, json, "about", HF_PACK_TEXT_BYTES_MAX, false, &right->about) ||
        !hf_build_text(build, json, "asks", HF_PACK_TEXT_BYTES_MAX, false, &right->asks) ||
        !hf_build_bool(build, json, "changes", &right->changes) ||
        !hf_build_text(build, json, "for", HF_PACK_NAME_BYTES_MAX, true, &type))
        return false;
    right->type = hf_model_type_named(hf_slice_str(type));
    if (!right->type)
        return hf_build_fail(build, "\"%s\" is no type of record", type);
    hf_build_outer_scope(build, &scope);
    if (!hf_scope_push(build, &scope, type, strlen(type), right->type, &right->slot) ||
        !hf_build_condition(build, &scope, json_object_get(json, "when"), &right->when) ||
        !read_decided(build, &scope, json, right) || !read_fields(build, json_object_get(json, "fields"), right) ||
        !read_roles(build, json_object_get(json, "by"), right))
        return false;
    build->pack->right_count++;
    return true;
}

bool hf_build_rights(struct hf_build *build, const json_t *document)
{
    const json_t *list = json_object_get(document, "rights");
    bool fine = true;
    if (!list || json_is_null(list))
        return true;
    hf_build_enter(build, "rights");
    if (!json_is_array(list) || json_array_size(list) > HF_RIGHTS_MAX)
        fine = hf_build_fail(build, "is a list of at most %d rights", HF_RIGHTS_MAX);
    for (size_t i = 0; fine && i < json_array_size(list); i++) {
        hf_build_enter_index(build, i);
        fine = read_right(build, json_array_get(list, i));
        hf_build_leave(build);
    }
    hf_build_leave(build);
    return fine;
}

/* --- what a change touches ---------------------------------------------------------------------------------------- */

static bool stands_in(const struct hf_field_state *field, struct hf_slice value)
{
    for (size_t i = 0; field && i < field->count; i++)
        if (!field->entries[i].is_aside && hf_slice_equal(field->entries[i].value, value))
            return true;
    return false;
}

/* Every value of `some` that is no proposal stands in `others` too. */
static bool all_stand_in(const struct hf_field_state *some, const struct hf_field_state *others)
{
    for (size_t i = 0; some && i < some->count; i++)
        if (!some->entries[i].is_aside && !stands_in(others, some->entries[i].value))
            return false;
    return true;
}

size_t hf_right_touched(const struct hf_record_state *before, const struct hf_record_state *after,
                        const struct hf_data_body *body, struct hf_right_touch out[HF_EDITS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < body->edit_count; i++) {
        const uint16_t field = body->edits[i].field;
        const struct hf_field_state *was = hf_record_state_field(before, field);
        const struct hf_field_state *is = hf_record_state_field(after, field);
        const bool same = all_stand_in(was, is) && all_stand_in(is, was);
        if (field == HF_FIELD_FINAL ? after->is_final && !before->is_final : !same)
            out[count++] = (struct hf_right_touch){.field = field, .replaces = was && was->count > 0};
    }
    return count;
}

/* The record that the change is about; a new one stands empty at the end. NULL: no memory. */
static struct hf_record_state *find_or_add(struct hf_record_state **records, size_t *count, size_t *cap,
                                           const struct hf_id *id)
{
    for (size_t i = 0; i < *count; i++)
        if (hf_id_equal(&(*records)[i].record_id, id))
            return &(*records)[i];
    if (*count == *cap) {
        struct hf_record_state *grown = realloc(*records, (*cap + 1) * sizeof *grown);
        if (!grown)
            return NULL;
        *records = grown;
        (*cap)++;
    }
    (*records)[*count] = (struct hf_record_state){0};
    return &(*records)[(*count)++];
}

enum hf_status hf_right_rehearse(struct hf_record_state **records, size_t *count, size_t *cap,
                                 const struct hf_data_body *body, struct hf_right_touch out[HF_EDITS_MAX],
                                 size_t *out_count)
{
    const struct hf_id change = {.bytes = {1}}; /* any: only the values count here */
    struct hf_record_state before = {0};
    struct hf_buf packed = {0};
    struct hf_record_state *record = find_or_add(records, count, cap, &body->record_id);
    enum hf_status status = record ? HF_OK : HF_ERR_NOMEM;
    if (status == HF_OK && record->type != 0) {
        hf_record_state_encode(record, &packed);
        status = hf_record_state_decode(hf_buf_slice(&packed), &before);
    }
    if (status == HF_OK)
        status = hf_merge_apply(record, body, &change, 0);
    if (status == HF_OK)
        *out_count = hf_right_touched(&before, record, body, out);
    hf_record_state_clear(&before);
    hf_buf_wipe(&packed);
    return status;
}

/* --- asking ------------------------------------------------------------------------------------------------------- */

static bool names_field(const struct hf_policy_right *right, const struct hf_data_body *body)
{
    for (size_t i = 0; i < right->field_count; i++)
        for (size_t j = 0; j < body->edit_count; j++)
            if (right->fields[i] == body->edits[j].field)
                return true;
    return right->field_count == 0;
}

bool hf_policy_has_rights(const struct hf_policy_pack *pack, const struct hf_data_body *body)
{
    for (size_t i = 0; i < pack->right_count; i++) {
        const struct hf_policy_right *right = &pack->rights[i];
        if (right->type->code == body->type && (right->role_count > 0 || right->needs != HF_NODE_NONE) &&
            names_field(right, body))
            return true;
    }
    return false;
}

static bool touches(const struct hf_policy_right *right, const struct hf_right_question *question)
{
    for (size_t j = 0; j < question->field_count; j++) {
        bool named = right->field_count == 0;
        for (size_t i = 0; i < right->field_count; i++)
            named = named || right->fields[i] == question->fields[j].field;
        if (named && (question->fields[j].replaces || !right->changes))
            return true;
    }
    return false;
}

/* A name of the pack's "roles" stands for the role that it comes to in this case. */
static const char *role_here(struct hf_eval *eval, const char *name)
{
    const int32_t chooser = hf_pack_chooser(eval->pack, name);
    return chooser == HF_NODE_NONE ? name : hf_eval_choose(eval, chooser);
}

static struct hf_right_roles roles_here(struct hf_eval *eval, const struct hf_policy_right *right)
{
    struct hf_right_roles by = {0};
    for (size_t i = 0; i < right->role_count; i++) {
        by.names[by.count] = role_here(eval, right->roles[i]);
        by.count += by.names[by.count][0] != '\0';
    }
    return by;
}

/* Several people who decide together are counted by their roles too: the names of the pack's "roles" are resolved. */
bool hf_right_counts(struct hf_eval *eval, const struct hf_id *person, const char *name)
{
    const struct hf_right_question *question = eval->asking;
    const char *role = role_here(eval, name);
    return question && question->has_role && role[0] != '\0' &&
           question->has_role(question->has_role_ctx, person, role);
}

static bool covers(const struct hf_policy_right *right, const struct hf_right_roles *by,
                   const struct hf_right_question *question)
{
    for (size_t i = 0; i < by->count; i++)
        for (size_t j = 0; j < question->role_count; j++)
            if (strcmp(by->names[i], question->roles[j]) == 0)
                return true;
    return right->role_count == 0;
}

struct asking {
    const struct hf_right_question *question;
    hf_policy_right_fn *each;
    void *ctx;
};

static void ask(struct hf_eval *eval, void *ctx)
{
    const struct asking *asking = ctx;
    const struct hf_right_question *question = asking->question;
    const struct hf_record_state *record = NULL;
    for (size_t i = 0; i < question->input->record_count; i++)
        if (hf_id_equal(&question->input->records[i].record_id, &question->record))
            record = &question->input->records[i];
    eval->asking = question;
    for (size_t i = 0; record && i < eval->pack->right_count; i++) {
        const struct hf_policy_right *right = &eval->pack->rights[i];
        if (right->type->code != record->type || !touches(right, question))
            continue;
        eval->frame[right->slot] = record;
        const bool asked = hf_eval_test(eval, right->when, true);
        const struct hf_right_roles by = asked ? roles_here(eval, right) : (struct hf_right_roles){0};
        enum hf_right_answer answer = HF_RIGHT_MAY;
        if (asked && !covers(right, &by, question) && !hf_eval_test(eval, right->also, false))
            answer = HF_RIGHT_OTHERS;
        else if (asked && !hf_eval_test(eval, right->needs, true))
            answer = HF_RIGHT_LACKS;
        eval->frame[right->slot] = NULL;
        if (eval->status != HF_OK || (asked && !asking->each(asking->ctx, right, &by, answer)))
            return;
    }
}

enum hf_status hf_policy_rights_over(const struct hf_right_question *question, hf_policy_right_fn *each, void *ctx,
                                     struct hf_error *err)
{
    struct asking asking = {.question = question, .each = each, .ctx = ctx};
    return hf_engine_with(question->input, ask, &asking, err);
}

struct broken {
    const struct hf_policy_right *right;
    enum hf_right_answer answer;
};

static bool keep_broken(void *ctx, const struct hf_policy_right *right, const struct hf_right_roles *by,
                        enum hf_right_answer answer)
{
    (void)by;
    struct broken *broken = ctx;
    if (answer != HF_RIGHT_MAY)
        *broken = (struct broken){.right = right, .answer = answer};
    return answer == HF_RIGHT_MAY;
}

enum hf_status hf_policy_may(const struct hf_right_question *question, const struct hf_policy_right **out_broken,
                             enum hf_right_answer *out_answer, struct hf_error *err)
{
    struct broken broken = {.answer = HF_RIGHT_MAY};
    enum hf_status status = hf_policy_rights_over(question, keep_broken, &broken, err);
    if (status == HF_OK) {
        *out_broken = broken.right;
        *out_answer = broken.answer;
    }
    return status;
}

/* --- listing ------------------------------------------------------------------------------------------------------ */

struct listing {
    hf_policy_right_roles_fn *each;
    void *ctx;
};

static void list_rights(struct hf_eval *eval, void *ctx)
{
    const struct listing *listing = ctx;
    for (size_t i = 0; i < eval->pack->right_count && eval->status == HF_OK; i++) {
        const struct hf_policy_right *right = &eval->pack->rights[i];
        const struct hf_right_roles by = roles_here(eval, right);
        if (!listing->each(listing->ctx, right, &by))
            return;
    }
}

enum hf_status hf_policy_rights_list(const struct hf_policy_input *input, hf_policy_right_roles_fn *each, void *ctx,
                                     struct hf_error *err)
{
    struct listing listing = {.each = each, .ctx = ctx};
    return hf_engine_with(input, list_rights, &listing, err);
}
