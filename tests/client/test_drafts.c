/* Drafts: what is typed is kept as it is, opens only where it belongs, and becomes one honest change. */
#include "tests/client/support_town.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORM "action/1"

static struct holdfast_form new_form(struct client *client, const struct holdfast_id *case_id, const char *type)
{
    struct holdfast_form form;
    ok(client, holdfast_form_new(client->hf, case_id, type, NULL, NULL, &form));
    return form;
}

static struct holdfast_form form_of(struct client *client, const struct holdfast_id *record)
{
    struct holdfast_form form;
    ok(client, holdfast_form_record(client->hf, record, &form));
    return form;
}

static enum holdfast_status try_put(struct client *client, const struct holdfast_form *about, const char *field,
                                    const char *value)
{
    const struct holdfast_draft_field one = {field, value};
    const struct holdfast_draft_save draft = {
        .about = *about, .type = "action", .form = FORM, .fields = &one, .field_count = 1};
    return holdfast_draft_put(client->hf, &draft, NULL);
}

static void put(struct client *client, const struct holdfast_form *about, const char *field, const char *value)
{
    ok(client, try_put(client, about, field, value));
}

static struct holdfast_draft_place place_of(const struct holdfast_form *about)
{
    return (struct holdfast_draft_place){.record = about->record, .case_id = about->case_id, .form = FORM};
}

static enum holdfast_status try_commit(struct client *client, const struct holdfast_form *about,
                                       struct holdfast_id *out_change)
{
    const struct holdfast_draft_place place = place_of(about);
    return holdfast_draft_commit(client->hf, &place, out_change);
}

static struct holdfast_id commit(struct client *client, const struct holdfast_form *about)
{
    struct holdfast_id change;
    ok(client, try_commit(client, about, &change));
    return change;
}

struct seen_rows {
    size_t count;
    struct holdfast_id record;
    char reference[64], preview[160], cursor[64], person[64];
    bool own, is_new, changed_since;
    size_t field_count;
    uint64_t done_ms;
    size_t done_count;
};

static bool keep_row(void *ctx, const struct holdfast_draft_row *row)
{
    struct seen_rows *seen = ctx;
    seen->count++;
    seen->record = row->record;
    (void)snprintf(seen->reference, sizeof seen->reference, "%s", row->reference);
    (void)snprintf(seen->preview, sizeof seen->preview, "%s", row->preview);
    (void)snprintf(seen->cursor, sizeof seen->cursor, "%s", row->cursor);
    (void)snprintf(seen->person, sizeof seen->person, "%s", row->person);
    seen->own = row->own;
    seen->is_new = row->is_new;
    seen->changed_since = row->changed_since;
    seen->field_count = row->field_count;
    seen->done_ms = row->done_ms;
    seen->done_count += row->done_ms > 0;
    return true;
}

static struct seen_rows rows(struct client *client)
{
    struct seen_rows seen = {0};
    ok(client, holdfast_draft_list(client->hf, NULL, keep_row, &seen));
    return seen;
}

static bool keep_values(void *ctx, const struct holdfast_draft_value *value)
{
    char *text = ctx;
    const size_t len = strlen(text);
    (void)snprintf(text + len, 400 - len, "%s%s=%s%s", len > 0 ? "|" : "", value->name, value->value,
                   value->changed_since ? "!" : "");
    return true;
}

static const char *values(struct client *client, const struct holdfast_form *about)
{
    static char text[400];
    const struct holdfast_draft_place place = place_of(about);
    text[0] = '\0';
    ok(client, holdfast_draft_read(client->hf, &place, NULL, NULL, keep_values, text));
    return text;
}

/* --- one draft, one record --- */

static void two_autosaves_before_an_answer__are_one_draft_and_one_record(void **state)
{
    struct two *two = *state;
    const uint64_t records = counts(&two->ada).records;
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    put(&two->ada, &form, "text", "Book the");
    put(&two->ada, &form, "text", "Book the dentist");
    put(&two->ada, &form, "due", "2027-0");
    const struct seen_rows seen = rows(&two->ada);
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.field_count, 2);
    assert_true(seen.own && seen.is_new && !seen.changed_since);
    assert_string_equal(seen.reference, "C-17");
    assert_string_equal(seen.preview, "Book the dentist");
    assert_string_equal(seen.person, "Ada Invented");
    assert_int_equal(counts(&two->ada).records, records);
    put(&two->ada, &form, "due", "2027-01-04");
    commit(&two->ada, &form);
    assert_int_equal(counts(&two->ada).records, records + 1);
    assert_string_equal(field_text(&two->ada, &form.record, "text"), "Book the dentist");
    assert_int_equal(rows(&two->ada).count, 0);
}

static void a_half_typed_value__is_kept_and_refused_only_when_saved(void **state)
{
    struct two *two = *state;
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    put(&two->ada, &form, "text", "Ring the school");
    put(&two->ada, &form, "due", "next Tues");
    refused(&two->ada, try_commit(&two->ada, &form, NULL), HOLDFAST_INVALID, "due");
    assert_string_equal(values(&two->ada, &form), "text=Ring the school|due=next Tues");
    put(&two->ada, &form, "due", NULL);
    commit(&two->ada, &form);
    assert_string_equal(field_text(&two->ada, &form.record, "due"), "");
}

static void a_draft__survives_a_lock_with_its_cursor(void **state)
{
    struct two *two = *state;
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    const struct holdfast_draft_field one = {"text", "Half a senten"};
    const struct holdfast_draft_save draft = {
        .about = form, .type = "action", .form = FORM, .fields = &one, .field_count = 1, .cursor = "text:13"};
    ok(&two->ada, holdfast_draft_put(two->ada.hf, &draft, NULL));
    holdfast_lock(two->ada.hf);
    refused(&two->ada, holdfast_draft_put(two->ada.hf, &draft, NULL), HOLDFAST_LOCKED, "");
    ok(&two->ada, holdfast_unlock(two->ada.hf, PASSPHRASE));
    const struct seen_rows seen = rows(&two->ada);
    assert_string_equal(seen.preview, "Half a senten");
    assert_string_equal(seen.cursor, "text:13");
}

/* --- a draft opens only where it belongs --- */

static void a_draft__never_opens_in_another_childs_record(void **state)
{
    struct two *two = *state;
    const struct holdfast_id other = new_case(&two->ada, "C-18");
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    struct holdfast_form wrong = form;
    put(&two->ada, &form, "text", "About the first child");
    wrong.case_id = other;
    const struct holdfast_draft_place place = place_of(&wrong);
    char text[400] = "";
    refused(&two->ada, holdfast_draft_read(two->ada.hf, &place, NULL, NULL, keep_values, text), HOLDFAST_STATE,
            "another case");
    assert_string_equal(text, "");
    refused(&two->ada, try_commit(&two->ada, &wrong, NULL), HOLDFAST_STATE, "another case");
    refused(&two->ada, try_put(&two->ada, &wrong, "text", "no"), HOLDFAST_STATE, "another case");
    assert_string_equal(values(&two->ada, &form), "text=About the first child");
}

static void a_draft_of_another_form_version__is_refused_and_kept(void **state)
{
    struct two *two = *state;
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    put(&two->ada, &form, "text", "Kept");
    struct holdfast_draft_place place = place_of(&form);
    place.form = "action/2";
    refused(&two->ada, holdfast_draft_read(two->ada.hf, &place, NULL, NULL, NULL, NULL), HOLDFAST_STATE, FORM);
    refused(&two->ada, holdfast_draft_commit(two->ada.hf, &place, NULL), HOLDFAST_STATE, FORM);
    const struct holdfast_draft_field one = {"text", "no"};
    const struct holdfast_draft_save draft = {
        .about = form, .type = "action", .form = "action/2", .fields = &one, .field_count = 1};
    refused(&two->ada, holdfast_draft_put(two->ada.hf, &draft, NULL), HOLDFAST_STATE, "another form");
    assert_string_equal(values(&two->ada, &form), "text=Kept");
}

static void an_existing_record_of_another_case__takes_no_draft(void **state)
{
    struct two *two = *state;
    const struct holdfast_id other = new_case(&two->ada, "C-18");
    const struct holdfast_id record = new_record(&two->ada, &other, "action", "text", "Of C-18");
    struct holdfast_form form = form_of(&two->ada, &record);
    form.case_id = two->case_id;
    refused(&two->ada, try_put(&two->ada, &form, "text", "no"), HOLDFAST_STATE, "another case");
    assert_int_equal(rows(&two->ada).count, 0);
}

static void what_no_form_has__is_refused(void **state)
{
    struct two *two = *state;
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    struct holdfast_form nowhere = form;
    memset(nowhere.case_id.bytes, 7, sizeof nowhere.case_id.bytes);
    refused(&two->ada, try_put(&two->ada, &form, "colour", "red"), HOLDFAST_INVALID, "colour");
    refused(&two->ada, try_put(&two->ada, &form, "text", "\xff"), HOLDFAST_INVALID, "UTF-8");
    refused(&two->ada, try_put(&two->ada, &nowhere, "text", "x"), HOLDFAST_NOT_FOUND, "not on this device");
    char *much = malloc(HOLDFAST_DRAFT_BYTES_MAX + 2);
    memset(much, 'x', HOLDFAST_DRAFT_BYTES_MAX + 1);
    much[HOLDFAST_DRAFT_BYTES_MAX + 1] = '\0';
    refused(&two->ada, try_put(&two->ada, &form, "text", much), HOLDFAST_LIMIT, "");
    much[HOLDFAST_DRAFT_BYTES_MAX] = '\0';
    put(&two->ada, &form, "text", much);
    free(much);
}

/* --- bases --- */

static void a_draft_begun_before_a_sync__clashes_and_overwrites_nothing(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "As agreed");
    sync_both(two);
    const struct holdfast_form form = form_of(&two->ada, &record);
    put(&two->ada, &form, "text", "Ada's words");
    save(&two->ben, &record, "text", "Ben's words");
    sync_both(two);
    assert_string_equal(values(&two->ada, &form), "text=Ada's words!");
    assert_true(rows(&two->ada).changed_since);
    commit(&two->ada, &form);
    assert_int_equal(conflict_count(&two->ada), 1);
    const char *both = field_text(&two->ada, &record, "text");
    assert_non_null(strstr(both, "Ada's words"));
    assert_non_null(strstr(both, "Ben's words"));
}

static void a_form_drawn_before_a_sync__clashes_too(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "As agreed");
    sync_both(two);
    const struct holdfast_form form = form_of(&two->ada, &record);
    save(&two->ben, &record, "text", "Ben's first words");
    save(&two->ben, &record, "text", "Ben's words");
    sync_both(two);
    put(&two->ada, &form, "text", "Ada's words");
    assert_string_equal(values(&two->ada, &form), "text=Ada's words!");
    commit(&two->ada, &form);
    assert_int_equal(conflict_count(&two->ada), 1);
    assert_non_null(strstr(field_text(&two->ada, &record, "text"), "Ben's words"));
}

static void a_clash_at_commit__keeps_the_draft(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "As agreed");
    sync_both(two);
    save(&two->ada, &record, "text", "Ada's words");
    save(&two->ben, &record, "text", "Ben's words");
    sync_both(two);
    assert_int_equal(conflict_count(&two->ada), 1);
    const struct holdfast_form form = form_of(&two->ada, &record);
    put(&two->ada, &form, "text", "A third view");
    refused(&two->ada, try_commit(&two->ada, &form, NULL), HOLDFAST_CONFLICT, "text");
    assert_string_equal(values(&two->ada, &form), "text=A third view");
}

static void a_field_nobody_else_touched__is_saved_without_a_clash(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "As agreed");
    sync_both(two);
    const struct holdfast_form form = form_of(&two->ada, &record);
    put(&two->ada, &form, "due", "2027-01-04");
    save(&two->ben, &record, "text", "Ben's words");
    sync_both(two);
    assert_false(rows(&two->ada).changed_since);
    commit(&two->ada, &form);
    assert_int_equal(conflict_count(&two->ada), 0);
    assert_string_equal(field_text(&two->ada, &record, "text"), "Ben's words");
}

/* --- its end --- */

static void an_autosave_that_comes_after_saving__begins_no_new_draft(void **state)
{
    struct two *two = *state;
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    put(&two->ada, &form, "text", "Ring the school");
    commit(&two->ada, &form);
    put(&two->ada, &form, "text", "Ring the school");
    assert_int_equal(rows(&two->ada).count, 0);
    put(&two->ada, &form, "text", "Ring the school on Monday");
    assert_int_equal(rows(&two->ada).count, 1);
}

static void a_draft_that_changes_nothing__ends_without_a_change(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "action", "text", "As agreed");
    const struct holdfast_form form = form_of(&two->ada, &record);
    const struct holdfast_id zero = {{0}};
    put(&two->ada, &form, "text", "As agreed");
    const struct holdfast_id change = commit(&two->ada, &form);
    assert_memory_equal(&change, &zero, sizeof zero);
    assert_int_equal(rows(&two->ada).count, 0);
}

static void a_discarded_draft__is_gone(void **state)
{
    struct two *two = *state;
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    put(&two->ada, &form, "text", "Never mind");
    ok(&two->ada, holdfast_draft_discard(two->ada.hf, &form.record));
    refused(&two->ada, holdfast_draft_discard(two->ada.hf, &form.record), HOLDFAST_NOT_FOUND, "no draft");
    refused(&two->ada, try_commit(&two->ada, &form, NULL), HOLDFAST_NOT_FOUND, "no such draft");
}

static void a_set__is_written_one_element_a_line(void **state)
{
    struct two *two = *state;
    const struct holdfast_id record = new_record(&two->ada, &two->case_id, "child", "name", "Sam Sample");
    struct holdfast_edit *edit = NULL;
    ok(&two->ada, holdfast_edit_record(two->ada.hf, &record, &edit));
    ok(&two->ada, holdfast_edit_add(edit, "identifiers", "NHS 1, old"));
    ok(&two->ada, holdfast_edit_add(edit, "identifiers", "UPN 2"));
    ok(&two->ada, holdfast_edit_commit(edit, NULL));
    const struct holdfast_form form = form_of(&two->ada, &record);
    const struct holdfast_draft_field one = {"identifiers", "NHS 1, old\r\nUPN 3\n"};
    const struct holdfast_draft_save draft = {
        .about = form, .type = "child", .form = FORM, .fields = &one, .field_count = 1};
    ok(&two->ada, holdfast_draft_put(two->ada.hf, &draft, NULL));
    commit(&two->ada, &form);
    const char *left = field_text(&two->ada, &record, "identifiers");
    assert_non_null(strstr(left, "NHS 1, old"));
    assert_non_null(strstr(left, "UPN 3"));
    assert_null(strstr(left, "UPN 2"));
}

static void a_part_that_exists_once__has_one_draft(void **state)
{
    struct two *two = *state;
    const struct holdfast_id meeting = new_record(&two->ada, &two->case_id, "meeting", "place", "School");
    struct holdfast_form first;
    struct holdfast_form second;
    ok(&two->ada, holdfast_form_new(two->ada.hf, &two->case_id, "attendance_decision", &meeting, "", &first));
    ok(&two->ada, holdfast_form_new(two->ada.hf, &two->case_id, "attendance_decision", &meeting, "", &second));
    assert_memory_equal(&first.record, &second.record, sizeof first.record);
}

/* --- other devices --- */

/* A second device of Ada's. */
static struct client second_device(struct two *two)
{
    struct client other = client_enrolled(two->office, "Ada Invented", HF_ROLE_OFFICE);
    struct office_device *first =
        office_device_of(two->office, hf_replica_identity(two->ada.hf->replica)->sign.public_key);
    struct office_device *second =
        office_device_of(two->office, hf_replica_identity(other.hf->replica)->sign.public_key);
    struct hf_identity identity = *hf_replica_identity(other.hf->replica);
    second->identity.person = first->identity.person;
    identity.person = first->identity.person;
    assert_int_equal(hf_replica_identity_put(other.hf->replica, &identity, NULL), HF_OK);
    hf_wipe(&identity, sizeof identity);
    return other;
}

static bool keep_device(void *ctx, const struct holdfast_draft_row *row)
{
    char *device = ctx;
    if (!row->own)
        (void)snprintf(device, 65, "%s", row->device);
    return true;
}

static void a_draft__comes_to_the_same_persons_other_device_and_nobody_elses(void **state)
{
    struct two *two = *state;
    struct client other = second_device(two);
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    put(&two->ada, &form, "text", "Half a sentence");
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&other, two->office);
    sync_in_memory(&two->ben, two->office);
    assert_int_equal(rows(&two->ben).count, 0);
    assert_int_equal(rows(&other).count, 1);
    assert_false(rows(&other).own);
    assert_string_equal(rows(&other).preview, "Half a sentence");
    put(&two->ada, &form, "text", "Half a sentence more");
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&other, two->office);
    assert_string_equal(rows(&other).preview, "Half a sentence more");
    ok(&two->ada, holdfast_draft_discard(two->ada.hf, &form.record));
    sync_in_memory(&two->ada, two->office);
    assert_int_equal(two->office->drafts.count, 0);
    sync_in_memory(&other, two->office);
    assert_int_equal(rows(&other).count, 0);
    client_free(&other);
}

static void what_travels__is_sealed(void **state)
{
    struct two *two = *state;
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    put(&two->ada, &form, "text", "Rumpelstiltskin");
    sync_in_memory(&two->ada, two->office);
    assert_int_equal(two->office->drafts.count, 1);
    const struct hf_slice blob = two->office->drafts.rows[0].item.blob;
    for (size_t i = 0; i + 15 <= blob.len; i++)
        assert_memory_not_equal(blob.data + i, "Rumpelstiltskin", 15);
}

static void a_blob_that_was_changed__is_left_out(void **state)
{
    struct two *two = *state;
    struct client other = second_device(two);
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    put(&two->ada, &form, "text", "As typed");
    sync_in_memory(&two->ada, two->office);
    two->office->drafts.rows[0].item.record_id.bytes[15] ^= 1; /* would open in another record */
    sync_in_memory(&other, two->office);
    assert_int_equal(rows(&other).count, 0);
    client_free(&other);
}

static void a_draft_taken_over_and_saved__ends_on_both_devices(void **state)
{
    struct two *two = *state;
    struct client other = second_device(two);
    char device[65] = "";
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    const struct holdfast_draft_place place = place_of(&form);
    put(&two->ada, &form, "text", "Half a sentence");
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&other, two->office);
    ok(&other, holdfast_draft_list(other.hf, NULL, keep_device, device));
    ok(&other, holdfast_draft_take(other.hf, &place, device));
    refused(&other, holdfast_draft_take(other.hf, &place, device), HOLDFAST_EXISTS, "itself");
    put(&other, &form, "text", "A whole sentence");
    commit(&other, &form);
    sync_in_memory(&other, two->office);
    assert_int_equal(rows(&other).count, 0);
    sync_in_memory(&two->ada, two->office);
    assert_int_equal(rows(&two->ada).count, 0);
    assert_int_equal(two->office->drafts.count, 0);
    assert_string_equal(field_text(&two->ada, &form.record, "text"), "A whole sentence");
    client_free(&other);
}

/* The end of a draft travels after the change: a copy says that it was finished as soon as the change is here. */
static void a_draft_finished_on_another_device__says_so_and_goes(void **state)
{
    struct two *two = *state;
    struct client other = second_device(two);
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    put(&two->ada, &form, "text", "Half a sentence");
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&other, two->office);
    assert_int_equal(rows(&other).done_ms, 0);
    put(&two->ada, &form, "text", "A whole sentence");
    commit(&two->ada, &form);
    struct hf_draft_list kept = {0};
    assert_int_equal(hf_draft_list_put(&kept, &two->office->drafts.rows[0].item), HF_OK);
    sync_in_memory(&two->ada, two->office);
    assert_int_equal(hf_draft_list_put(&two->office->drafts, &kept.rows[0].item), HF_OK);
    sync_in_memory(&other, two->office);
    assert_int_equal(rows(&other).count, 1);
    assert_true(rows(&other).done_ms > 0);
    assert_int_equal(rows(&two->ada).count, 0);
    hf_draft_list_purge(&two->office->drafts, &kept.rows[0].item.case_id);
    hf_draft_list_clear(&kept);
    sync_in_memory(&other, two->office);
    assert_int_equal(rows(&other).count, 0);
    client_free(&other);
}

/* What was begun after the save, and what was typed on this device after it was taken over, is not finished. */
static void a_draft_with_words_that_nobody_saved__is_never_called_finished(void **state)
{
    struct two *two = *state;
    struct client other = second_device(two);
    char device[65] = "";
    struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    const struct holdfast_draft_place place = place_of(&form);
    put(&two->ada, &form, "text", "Half a sentence");
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&other, two->office);
    ok(&other, holdfast_draft_list(other.hf, NULL, keep_device, device));
    ok(&other, holdfast_draft_take(other.hf, &place, device));
    commit(&two->ada, &form);
    form = form_of(&two->ada, &form.record);
    put(&two->ada, &form, "text", "A further thought");
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&other, two->office);
    assert_int_equal(rows(&other).count, 2);
    assert_int_equal(rows(&other).done_count, 1); /* the copy that was taken over, and not the further thought */
    const struct holdfast_form mine = form_of(&other, &form.record);
    put(&other, &mine, "text", "Half a sentence of mine");
    assert_int_equal(rows(&other).done_count, 0);
    client_free(&other);
}

static void a_draft_changed_after_it_was_taken_over__stays(void **state)
{
    struct two *two = *state;
    struct client other = second_device(two);
    char device[65] = "";
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    const struct holdfast_draft_place place = place_of(&form);
    put(&two->ada, &form, "text", "Half a sentence");
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&other, two->office);
    ok(&other, holdfast_draft_list(other.hf, NULL, keep_device, device));
    ok(&other, holdfast_draft_take(other.hf, &place, device));
    put(&two->ada, &form, "text", "Half a sentence, and another thought");
    commit(&other, &form);
    sync_in_memory(&other, two->office);
    sync_in_memory(&two->ada, two->office);
    assert_int_equal(rows(&two->ada).count, 1);
    assert_string_equal(rows(&two->ada).preview, "Half a sentence, and another thought");
    client_free(&other);
}

static void a_shared_draft__comes_to_others_until_it_is_shared_no_more(void **state)
{
    struct two *two = *state;
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "action");
    put(&two->ada, &form, "text", "Minutes we write together");
    ok(&two->ada, holdfast_draft_share(two->ada.hf, &form.record, true));
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&two->ben, two->office);
    assert_int_equal(rows(&two->ben).count, 1);
    ok(&two->ada, holdfast_draft_share(two->ada.hf, &form.record, false));
    sync_in_memory(&two->ada, two->office);
    sync_in_memory(&two->ben, two->office);
    assert_int_equal(rows(&two->ben).count, 0);
}

static void a_restricted_draft__is_never_shared(void **state)
{
    struct two *two = *state;
    const struct holdfast_form form = new_form(&two->ada, &two->case_id, "practice_concern");
    const struct holdfast_draft_field one = {"concern", "Not for everybody"};
    const struct holdfast_draft_save draft = {
        .about = form, .type = "practice_concern", .form = FORM, .fields = &one, .field_count = 1};
    ok(&two->ada, holdfast_draft_put(two->ada.hf, &draft, NULL));
    refused(&two->ada, holdfast_draft_share(two->ada.hf, &form.record, true), HOLDFAST_DENIED, "named people");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, two_setup, two_teardown)
    const struct CMUnitTest tests[] = {
        TEST(two_autosaves_before_an_answer__are_one_draft_and_one_record),
        TEST(a_half_typed_value__is_kept_and_refused_only_when_saved),
        TEST(a_draft__survives_a_lock_with_its_cursor),
        TEST(a_draft__never_opens_in_another_childs_record),
        TEST(a_draft_of_another_form_version__is_refused_and_kept),
        TEST(an_existing_record_of_another_case__takes_no_draft),
        TEST(what_no_form_has__is_refused),
        TEST(a_draft_begun_before_a_sync__clashes_and_overwrites_nothing),
        TEST(a_form_drawn_before_a_sync__clashes_too),
        TEST(a_clash_at_commit__keeps_the_draft),
        TEST(a_field_nobody_else_touched__is_saved_without_a_clash),
        TEST(an_autosave_that_comes_after_saving__begins_no_new_draft),
        TEST(a_draft_that_changes_nothing__ends_without_a_change),
        TEST(a_discarded_draft__is_gone),
        TEST(a_set__is_written_one_element_a_line),
        TEST(a_part_that_exists_once__has_one_draft),
        TEST(a_draft__comes_to_the_same_persons_other_device_and_nobody_elses),
        TEST(what_travels__is_sealed),
        TEST(a_blob_that_was_changed__is_left_out),
        TEST(a_draft_taken_over_and_saved__ends_on_both_devices),
        TEST(a_draft_finished_on_another_device__says_so_and_goes),
        TEST(a_draft_with_words_that_nobody_saved__is_never_called_finished),
        TEST(a_draft_changed_after_it_was_taken_over__stays),
        TEST(a_shared_draft__comes_to_others_until_it_is_shared_no_more),
        TEST(a_restricted_draft__is_never_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
