/* UX-04: saving asks for nothing. Every kind of record is saved with any one of its fields, and all others empty.
 * Sample data is invented. */
#include "tests/client/support_client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define FIELDS_MAX 64

struct kind {
    struct client *client;
    struct holdfast_id case_id;
    const char *type;
    size_t count, saved;
    char fields[FIELDS_MAX][2][64]; /* name and a value that it may hold */
};

static const char *some_value(const struct holdfast_field_info *field, const char *case_text)
{
    if (field->codes)
        return field->codes[0];
    if (strcmp(field->type, "int") == 0)
        return "1";
    if (strcmp(field->type, "bool") == 0)
        return "true";
    if (strcmp(field->type, "date") == 0)
        return "2026-11-20";
    if (strcmp(field->type, "time") == 0)
        return "2026-11-20T10:00:00Z";
    return strcmp(field->type, "ref") == 0 ? case_text : "A few words";
}

static bool each_field(void *ctx, const struct holdfast_field_info *field)
{
    struct kind *kind = ctx;
    char case_text[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&kind->case_id, case_text);
    if (strcmp(field->name, "parent") == 0 || kind->count == FIELDS_MAX)
        return true;
    (void)snprintf(kind->fields[kind->count][0], sizeof kind->fields[0][0], "%s", field->name);
    (void)snprintf(kind->fields[kind->count++][1], sizeof kind->fields[0][1], "%s", some_value(field, case_text));
    return true;
}

/* Those that the library writes by calls of their own, in the office's case or by the server. */
static bool has_a_form(const char *type)
{
    static const char *const without[] = {"case",    "person", "policy_ack", "alert",    "held_decision",
                                          "setting", "post",   "cover",      "handover", "urgent_access"};
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++)
        if (strcmp(type, without[i]) == 0)
            return false;
    return true;
}

static bool each_type(void *ctx, const char *name, const char *label)
{
    struct kind *kind = ctx;
    (void)label;
    if (!has_a_form(name))
        return true;
    kind->type = name;
    kind->count = 0;
    assert_int_equal(holdfast_fields(name, each_field, kind), HOLDFAST_OK);
    for (size_t i = 0; i < kind->count; i++) {
        char slot[32];
        struct holdfast_edit *edit = NULL;
        (void)snprintf(slot, sizeof slot, "s%zu", i); /* a part that exists once: a new one for each field */
        enum holdfast_status status = holdfast_edit_new(kind->client->hf, &kind->case_id, name, NULL, slot, &edit);
        if (status == HOLDFAST_INVALID)
            status = holdfast_edit_new(kind->client->hf, &kind->case_id, name, NULL, NULL, &edit);
        ok(kind->client, status);
        ok(kind->client, holdfast_edit_set(edit, kind->fields[i][0], kind->fields[i][1]));
        ok(kind->client, holdfast_edit_commit(edit, NULL));
        kind->saved++;
    }
    return true;
}

static void every_kind_of_record__is_saved_with_any_one_field(void **state)
{
    struct office *office = office_new();
    struct client client = client_enrolled(office, "Ada Invented", HF_ROLE_OFFICE);
    struct kind *kind = calloc(1, sizeof *kind);
    (void)state;
    kind->client = &client;
    kind->case_id = new_case(&client, "CH-1");
    holdfast_types(each_type, kind);
    print_message("%zu fields\n", kind->saved);
    assert_true(kind->saved > 300);
    free(kind);
    client_free(&client);
    office_free(office);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_kind_of_record__is_saved_with_any_one_field)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
