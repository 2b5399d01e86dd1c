#include "core/policy/rights.h"

#include "core/policy/build.h"
#include "core/policy/eval.h"

#include <string.h>

/* --- reading ------------------------------------------------------------------------------------------------------ */

static bool read_fields(struct hf_build *build, const json_t *list, struct hf_policy_right *right)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *name = json_string_value(json_array_get(list, i));
        const struct hf_field_spec *field = name ? hf_model_field_named(right->type, hf_slice_str(name)) : NULL;
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

static bool read_right(struct hf_build *build, const json_t *json)
{
    static const char *const keys[] = {"id", "for", "fields", "when", "by", "about", "req", NULL};
    struct hf_policy_right *right = &build->pack->rights[build->pack->right_count];
    const char *type = NULL;
    struct hf_scope scope;
    *right = (struct hf_policy_right){.when = HF_NODE_NONE};
    if (!hf_build_only(build, json, keys) ||
        !hf_build_text(build, json, "id", HF_PACK_NAME_BYTES_MAX, true, &right->id) ||
        !hf_build_text(build, json, "about", HF_PACK_TEXT_BYTES_MAX, false, &right->about) ||
        !hf_build_text(build, json, "for", HF_PACK_NAME_BYTES_MAX, true, &type))
        return false;
    right->type = hf_model_type_named(hf_slice_str(type));
    if (!right->type)
        return hf_build_fail(build, "\"%s\" is no type of record", type);
    hf_build_outer_scope(build, &scope);
    if (!hf_scope_push(build, &scope, type, strlen(type), right->type, &right->slot) ||
        !hf_build_condition(build, &scope, json_object_get(json, "when"), &right->when) ||
        !read_fields(build, json_object_get(json, "fields"), right) ||
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

/* --- asking ------------------------------------------------------------------------------------------------------- */

bool hf_policy_has_rights(const struct hf_policy_pack *pack, uint16_t type)
{
    for (size_t i = 0; i < pack->right_count; i++)
        if (pack->rights[i].type->code == type && pack->rights[i].role_count > 0)
            return true;
    return false;
}

static bool touches(const struct hf_policy_right *right, const struct hf_right_question *question)
{
    for (size_t i = 0; i < right->field_count; i++)
        for (size_t j = 0; j < question->field_count; j++)
            if (right->fields[i] == question->fields[j])
                return true;
    return right->field_count == 0;
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
    for (size_t i = 0; record && i < eval->pack->right_count; i++) {
        const struct hf_policy_right *right = &eval->pack->rights[i];
        if (right->type->code != record->type || !touches(right, question))
            continue;
        eval->frame[right->slot] = record;
        const bool asked = hf_eval_test(eval, right->when, true);
        const struct hf_right_roles by = asked ? roles_here(eval, right) : (struct hf_right_roles){0};
        const bool may = !asked || covers(right, &by, question);
        eval->frame[right->slot] = NULL;
        if (eval->status != HF_OK || (asked && !asking->each(asking->ctx, right, &by, may)))
            return;
    }
}

enum hf_status hf_policy_rights_over(const struct hf_right_question *question, hf_policy_right_fn *each, void *ctx,
                                     struct hf_error *err)
{
    struct asking asking = {.question = question, .each = each, .ctx = ctx};
    return hf_engine_with(question->input, ask, &asking, err);
}

static bool keep_broken(void *ctx, const struct hf_policy_right *right, const struct hf_right_roles *by, bool may)
{
    (void)by;
    const struct hf_policy_right **broken = ctx;
    if (!may)
        *broken = right;
    return may;
}

enum hf_status hf_policy_may(const struct hf_right_question *question, const struct hf_policy_right **out_broken,
                             struct hf_error *err)
{
    const struct hf_policy_right *broken = NULL;
    enum hf_status status = hf_policy_rights_over(question, keep_broken, &broken, err);
    if (status == HF_OK)
        *out_broken = broken;
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
