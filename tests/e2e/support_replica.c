#include "tests/e2e/support_replica.h"

#include "tests/e2e/support_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct walk {
    struct holdfast_id *records;
    size_t count;
};

static void need(struct holdfast *hf, enum holdfast_status status)
{
    if (status != HOLDFAST_OK)
        fail_msg("%s: %s", holdfast_status_name(status), holdfast_error_text(hf));
}

struct holdfast *replica_open(const char *folder)
{
    struct holdfast *hf = NULL;
    assert_int_equal(holdfast_open(folder, &hf), HOLDFAST_OK);
    need(hf, holdfast_unlock(hf, WORLD_PASSPHRASE));
    return hf;
}

static bool keep_record(void *ctx, const struct holdfast_record_row *row)
{
    struct walk *walk = ctx;
    assert_true(walk->count < REPLICA_CHANGES_MAX);
    walk->records[walk->count++] = row->id;
    return true;
}

static bool keep_change(void *ctx, const struct holdfast_change_row *row)
{
    struct replica_view *view = ctx;
    assert_true(view->count < REPLICA_CHANGES_MAX);
    view->changes[view->count].change = row->id;
    view->changes[view->count].log_index = row->log_index;
    view->count++;
    return true;
}

static int by_id(const void *one, const void *other)
{
    return memcmp(one, other, sizeof(struct holdfast_id));
}

struct replica_view *replica_view(const char *folder)
{
    struct replica_view *view = calloc(1, sizeof *view);
    struct walk walk = {.records = calloc(REPLICA_CHANGES_MAX, sizeof *walk.records)};
    struct holdfast_filter all = {0};
    struct holdfast *hf = replica_open(folder);
    assert_true(view && walk.records);
    need(hf, holdfast_digest(hf, NULL, view->digest));
    need(hf, holdfast_get_counts(hf, &view->counts));
    need(hf, holdfast_list(hf, &all, keep_record, &walk));
    for (size_t i = 0; i < walk.count; i++)
        need(hf, holdfast_history(hf, &walk.records[i], keep_change, view));
    holdfast_close(hf);
    free(walk.records);
    qsort(view->changes, view->count, sizeof view->changes[0], by_id);
    return view;
}

static int by_number(const void *one, const void *other)
{
    const int64_t a = *(const int64_t *)one, b = *(const int64_t *)other;
    return (a > b) - (a < b);
}

void replica_assert_once(struct replica_view *view)
{
    int64_t *places = calloc(view->count + 1, sizeof *places);
    assert_non_null(places);
    for (size_t i = 0; i < view->count; i++)
        places[i] = view->changes[i].log_index;
    qsort(places, view->count, sizeof *places, by_number);
    for (size_t i = 0; i < view->count; i++) {
        assert_true(places[i] >= 0); /* in the log */
        if (i > 0) {
            assert_int_not_equal(places[i], places[i - 1]);
            assert_memory_not_equal(&view->changes[i].change, &view->changes[i - 1].change, sizeof(struct holdfast_id));
        }
    }
    free(places);
}

void replica_assert_same(const struct replica_view *one, const struct replica_view *other)
{
    assert_int_equal(one->count, other->count);
    for (size_t i = 0; i < one->count; i++) {
        assert_memory_equal(&one->changes[i].change, &other->changes[i].change, sizeof(struct holdfast_id));
        assert_int_equal(one->changes[i].log_index, other->changes[i].log_index);
    }
    assert_memory_equal(one->digest, other->digest, sizeof one->digest);
}

struct holdfast_id replica_record(struct holdfast *hf, const struct holdfast_id *case_id, const char *type,
                                  const char *field, const char *value, const char *other_field,
                                  const char *other_value)
{
    struct holdfast_edit *edit = NULL;
    need(hf, holdfast_edit_new(hf, case_id, type, NULL, NULL, &edit));
    struct holdfast_id record = holdfast_edit_id(edit);
    need(hf, holdfast_edit_set(edit, field, value));
    need(hf, holdfast_edit_set(edit, other_field, other_value));
    need(hf, holdfast_edit_commit(edit, NULL));
    return record;
}

void replica_set(struct holdfast *hf, const struct holdfast_id *record, const char *field, const char *value)
{
    struct holdfast_edit *edit = NULL;
    need(hf, holdfast_edit_record(hf, record, &edit));
    need(hf, holdfast_edit_set(edit, field, value));
    need(hf, holdfast_edit_commit(edit, NULL));
}

struct search {
    const char *name;
    char text[512];
};

static bool take_field(void *ctx, const struct holdfast_field_row *field)
{
    struct search *search = ctx;
    if (strcmp(field->name, search->name) != 0)
        return true;
    (void)snprintf(search->text, sizeof search->text, "%s", field->value_count > 0 ? field->values[0] : "");
    return false;
}

const char *replica_text(struct holdfast *hf, const struct holdfast_id *record, const char *field)
{
    static struct search search;
    search.name = field;
    search.text[0] = '\0';
    enum holdfast_status status = holdfast_read(hf, record, NULL, take_field, &search);
    if (status != HOLDFAST_NOT_FOUND)
        need(hf, status);
    return search.text;
}
