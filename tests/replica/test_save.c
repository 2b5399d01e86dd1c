#include "tests/replica/support_world.h"

#include "core/pack/writer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct hf_id action(struct world *world, const char *text)
{
    struct hf_id record_id = device_id(world->device);
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value(text));
    return record_id;
}

static enum hf_status try_save(struct world *world, const struct hf_id *record_id, uint16_t type, uint16_t field,
                               struct hf_slice value)
{
    struct hf_id ignored;
    return device_try_save(world->device, &world->case_id, record_id, type, field, value, false, &ignored);
}

/* --- what is saved shows --- */

static bool keep_row(void *ctx, const struct hf_record_row *row)
{
    *(struct hf_record_row *)ctx = *row;
    return true;
}

struct seen_change {
    size_t count;
    struct hf_leaf leaf;
    struct hf_data_body body; /* borrows from bytes */
    uint8_t bytes[4096];
    struct hf_id change_id;
    struct hf_id author;
    char author_name[64];
    char reason[64];
    bool own;
    enum hf_sent_state sent;
};

static void keep_text(struct hf_slice text, char out[64])
{
    (void)snprintf(out, 64, "%.*s", (int)text.len, text.len ? (const char *)text.data : "");
}

static bool keep_change(void *ctx, const struct hf_change_row *row)
{
    struct seen_change *seen = ctx;
    seen->count++;
    seen->leaf = row->leaf;
    seen->change_id = row->change_id;
    seen->author = row->author;
    seen->own = row->own;
    seen->sent = row->sent;
    keep_text(row->author_name, seen->author_name);
    assert_true(row->item.body.len <= sizeof seen->bytes);
    memcpy(seen->bytes, row->item.body.data, row->item.body.len);
    assert_int_equal(hf_data_body_decode(hf_slice_of(seen->bytes, row->item.body.len), &seen->body, NULL), HF_OK);
    keep_text(seen->body.reason, seen->reason);
    return true;
}

static void save_of_a_new_record__shows_in_record_list_and_history(void **state)
{
    struct world *world = *state;
    struct hf_record_row row = {0};
    struct seen_change seen = {0};
    const struct hf_record_filter filter = {.case_id = world->case_id, .type = TYPE_ACTION};
    struct hf_id record_id = action(world, "Book a visit");

    assert_string_equal(device_text(world->device, &record_id, ACTION_TEXT), "Book a visit");
    assert_int_equal(hf_replica_list(world->device->replica, &filter, keep_row, &row), HF_OK);
    assert_true(hf_id_equal(&row.record_id, &record_id));
    assert_int_equal(row.sent, HF_SAVED_HERE);
    assert_int_equal(hf_replica_history(world->device->replica, &record_id, keep_change, &seen), HF_OK);
    assert_int_equal(seen.count, 1);
    assert_true(seen.own);
    assert_int_equal(seen.sent, HF_SAVED_HERE);
    assert_true(hf_id_equal(&seen.author, &world->device->identity.person));
    assert_string_equal(seen.author_name, "Amara Field");
    assert_int_equal(hf_clock_ms(seen.leaf.clock), world->device->now_ms - 1);
}

static void save_of_several_fields__is_one_change_with_group_and_reason(void **state)
{
    struct world *world = *state;
    struct seen_change seen = {0};
    struct hf_id record_id = device_id(world->device);
    struct hf_id change_id;
    const struct hf_save_edit edits[] = {{.field = ACTION_STATUS, .value = text_value("open")},
                                         {.field = ACTION_TEXT, .value = text_value("Ask the school")},
                                         {.field = ACTION_DUE, .value = text_value("2026-12-01")}};
    const struct hf_save save = {.case_id = world->case_id,
                                 .record_id = record_id,
                                 .type = TYPE_ACTION,
                                 .edits = edits,
                                 .edit_count = 3,
                                 .group_id = record_id,
                                 .reason = hf_slice_str("agreed in the meeting")};
    assert_int_equal(hf_replica_save(world->device->replica, &save, world->device->now_ms, &change_id, NULL), HF_OK);
    assert_int_equal(hf_replica_change(world->device->replica, &change_id, keep_change, &seen), HF_OK);
    assert_int_equal(seen.body.edit_count, 3);
    assert_true(hf_id_equal(&seen.body.group_id, &record_id));
    assert_string_equal(seen.reason, "agreed in the meeting");
    assert_string_equal(device_text(world->device, &record_id, ACTION_DUE), "2026-12-01");
    assert_string_equal(device_text(world->device, &record_id, ACTION_STATUS), "open");
}

static void edit_of_a_field__names_the_value_before_as_its_base(void **state)
{
    struct world *world = *state;
    struct seen_change seen = {0};
    struct hf_id record_id = device_id(world->device);
    struct hf_id first =
        device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    struct hf_id second =
        device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    assert_int_equal(hf_replica_change(world->device->replica, &second, keep_change, &seen), HF_OK);
    assert_int_equal(seen.body.edits[0].base_count, 1);
    struct hf_id base = hf_edit_base(&seen.body.edits[0], 0);
    assert_true(hf_id_equal(&base, &first));
    assert_string_equal(device_text(world->device, &record_id, ACTION_TEXT), "Ring twice");
    assert_int_equal(device_entries(world->device, &record_id, ACTION_TEXT), 1);
}

static void clearing_a_field__is_a_change_and_again_is_none(void **state)
{
    struct world *world = *state;
    const uint8_t nil = 0xc0;
    struct hf_id change_id;
    struct hf_id record_id = action(world, "Book a visit");
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, hf_slice_of(&nil, 1));
    assert_string_equal(device_text(world->device, &record_id, ACTION_TEXT), "");
    assert_int_equal(device_try_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT,
                                     hf_slice_of(&nil, 1), false, &change_id),
                     HF_OK);
    assert_true(hf_id_is_zero(&change_id));
    assert_int_equal(device_try_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_DUE,
                                     hf_slice_of(&nil, 1), false, &change_id),
                     HF_OK);
    assert_true(hf_id_is_zero(&change_id));
}

static void save_that_changes_nothing__writes_nothing(void **state)
{
    struct world *world = *state;
    struct hf_id change_id;
    struct hf_id record_id = action(world, "Book a visit");
    struct snapshot before = snapshot_of(world->device);
    assert_int_equal(device_try_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT,
                                     text_value("Book a visit"), false, &change_id),
                     HF_OK);
    assert_true(hf_id_is_zero(&change_id));
    assert_unchanged(world->device, &before);
}

static void field_left_as_it_was_seen__does_not_undo_a_later_value(void **state)
{
    struct world *world = *state;
    struct hf_id change_id;
    struct hf_id record_id = device_id(world->device);
    struct hf_id first =
        device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring twice"));
    const struct hf_save_edit edit = {
        .field = ACTION_TEXT, .value = text_value("Ring"), .bases = &first, .base_count = 1};
    const struct hf_save save = {
        .case_id = world->case_id, .record_id = record_id, .type = TYPE_ACTION, .edits = &edit, .edit_count = 1};
    assert_int_equal(hf_replica_save(world->device->replica, &save, world->device->now_ms, &change_id, NULL), HF_OK);
    assert_true(hf_id_is_zero(&change_id));
    assert_string_equal(device_text(world->device, &record_id, ACTION_TEXT), "Ring twice");
}

/* --- sets, appends, a person's own words --- */

static void set__keeps_what_is_added_and_loses_what_is_removed(void **state)
{
    struct world *world = *state;
    struct hf_id record_id = device_id(world->device);
    struct hf_id change_id;
    static const char *const both[] = {"NHS 000", "UPN 111"};
    device_save(world->device, &world->case_id, &record_id, TYPE_CHILD, CHILD_IDENTIFIERS, set_value(both, 2, NULL, 0));
    assert_int_equal(device_entries(world->device, &record_id, CHILD_IDENTIFIERS), 2);
    device_save(world->device, &world->case_id, &record_id, TYPE_CHILD, CHILD_IDENTIFIERS, set_value(NULL, 0, both, 1));
    assert_int_equal(device_entries(world->device, &record_id, CHILD_IDENTIFIERS), 1);
    assert_int_equal(device_try_save(world->device, &world->case_id, &record_id, TYPE_CHILD, CHILD_IDENTIFIERS,
                                     set_value(both + 1, 1, both, 1), false, &change_id),
                     HF_OK); /* in already, and gone already */
    assert_true(hf_id_is_zero(&change_id));
    device_save(world->device, &world->case_id, &record_id, TYPE_CHILD, CHILD_IDENTIFIERS,
                set_value(both, 1, both + 1, 1));
    assert_int_equal(device_entries(world->device, &record_id, CHILD_IDENTIFIERS), 1);
}

static void emptied_record__is_still_a_record(void **state)
{
    struct world *world = *state;
    struct hf_record_state record = {0};
    struct hf_id record_id = device_id(world->device);
    static const char *const one[] = {"NHS 000"};
    device_save(world->device, &world->case_id, &record_id, TYPE_CHILD, CHILD_IDENTIFIERS, set_value(one, 1, NULL, 0));
    device_save(world->device, &world->case_id, &record_id, TYPE_CHILD, CHILD_IDENTIFIERS, set_value(NULL, 0, one, 1));
    assert_int_equal(hf_replica_record(world->device->replica, &record_id, &record), HF_OK);
    assert_int_equal(record.type, TYPE_CHILD);
    assert_int_equal(record.field_count, 1); /* what was taken out */
    assert_int_equal(record.fields[0].field, HF_FIELD_TAKEN_OUT);
    hf_record_state_clear(&record);
    device_reopen(world->device);
    assert_int_equal(hf_replica_record(world->device->replica, &record_id, &record), HF_OK);
    hf_record_state_clear(&record);
}

static void append__keeps_every_entry(void **state)
{
    struct world *world = *state;
    struct hf_id record_id = device_id(world->device);
    for (int i = 0; i < 3; i++)
        device_save(world->device, &world->case_id, &record_id, TYPE_ACTION_UPDATE, UPDATE_TEXT,
                    text_value("No answer"));
    assert_int_equal(device_entries(world->device, &record_id, UPDATE_TEXT), 3);
}

static void words_of_a_child__are_not_overwritten(void **state)
{
    struct world *world = *state;
    struct hf_id change_id;
    struct hf_id record_id = device_id(world->device);
    device_save(world->device, &world->case_id, &record_id, TYPE_VIEWS, VIEWS_WORDS, text_value("I like it here"));
    struct snapshot before = snapshot_of(world->device);
    assert_int_equal(try_save(world, &record_id, TYPE_VIEWS, VIEWS_WORDS, text_value("I do not")), HF_ERR_STATE);
    assert_non_null(strstr(world->device->err.text, "never overwritten"));
    assert_unchanged(world->device, &before);
    assert_int_equal(device_try_save(world->device, &world->case_id, &record_id, TYPE_VIEWS, VIEWS_WORDS,
                                     text_value("I like it here"), false, &change_id),
                     HF_OK); /* the same words again are no change */
    assert_true(hf_id_is_zero(&change_id));
}

static void words_of_a_child_written_without_having_seen_others__stand_beside_them(void **state)
{
    struct world *world = *state;
    struct hf_id change_id;
    struct hf_id none = hf_id_zero();
    struct hf_id record_id = device_id(world->device);
    device_save(world->device, &world->case_id, &record_id, TYPE_VIEWS, VIEWS_WORDS, text_value("I like it here"));
    const struct hf_save_edit edit = {
        .field = VIEWS_WORDS, .value = text_value("I miss my dog"), .bases = &none, .base_count = 0};
    const struct hf_save save = {
        .case_id = world->case_id, .record_id = record_id, .type = TYPE_VIEWS, .edits = &edit, .edit_count = 1};
    assert_int_equal(hf_replica_save(world->device->replica, &save, world->device->now_ms, &change_id, NULL), HF_OK);
    assert_int_equal(device_entries(world->device, &record_id, VIEWS_WORDS), 2);
    assert_int_equal(device_counts(world->device).conflicts, 1);
}

/* --- clashes --- */

/* Two heads of one field: the second author had not seen the first edit. */
static struct hf_id clash(struct world *world)
{
    struct hf_id change_id;
    struct hf_id record_id = device_id(world->device);
    struct hf_id first =
        device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring on Monday"));
    const struct hf_save_edit edit = {
        .field = ACTION_TEXT, .value = text_value("Ring on Friday"), .bases = &first, .base_count = 1};
    const struct hf_save save = {
        .case_id = world->case_id, .record_id = record_id, .type = TYPE_ACTION, .edits = &edit, .edit_count = 1};
    assert_int_equal(hf_replica_save(world->device->replica, &save, world->device->now_ms, &change_id, NULL), HF_OK);
    assert_false(hf_id_is_zero(&change_id));
    return record_id;
}

static void edit_on_an_older_value__clashes_and_keeps_both(void **state)
{
    struct world *world = *state;
    struct hf_id record_id = clash(world);
    assert_string_equal(device_text(world->device, &record_id, ACTION_TEXT), "!");
    assert_int_equal(device_entries(world->device, &record_id, ACTION_TEXT), 2);
    assert_int_equal(device_counts(world->device).conflicts, 1);
}

static void field_in_a_clash__is_only_edited_to_settle_it(void **state)
{
    struct world *world = *state;
    struct hf_id change_id;
    struct hf_id record_id = clash(world);
    struct snapshot before = snapshot_of(world->device);
    assert_int_equal(try_save(world, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring")), HF_ERR_CONFLICT);
    assert_unchanged(world->device, &before);
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_DUE, text_value("2026-12-01"));
    assert_int_equal(device_try_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT,
                                     text_value("Ring on Friday"), true, &change_id),
                     HF_OK); /* one of the two is chosen: still a change, which closes both */
    assert_false(hf_id_is_zero(&change_id));
    assert_string_equal(device_text(world->device, &record_id, ACTION_TEXT), "Ring on Friday");
    assert_int_equal(device_entries(world->device, &record_id, ACTION_TEXT), 1);
    assert_int_equal(device_counts(world->device).conflicts, 0);
}

/* --- what is refused --- */

static void unknown_type_or_field__is_refused_and_nothing_changes(void **state)
{
    struct world *world = *state;
    struct hf_id record_id = action(world, "Book a visit");
    struct hf_id other = device_id(world->device);
    struct snapshot before = snapshot_of(world->device);
    assert_int_equal(try_save(world, &other, 998, 2, text_value("x")), HF_ERR_INVALID);
    assert_int_equal(try_save(world, &record_id, TYPE_ACTION, 998, text_value("x")), HF_ERR_INVALID);
    assert_non_null(strstr(world->device->err.text, "998"));
    assert_unchanged(world->device, &before);
}

static void value_that_does_not_fit__is_refused_and_nothing_changes(void **state)
{
    struct world *world = *state;
    static char long_text[20002];
    const uint8_t bad_utf8[] = {0xa2, 0xc3, 0x28};
    const uint8_t two_elements[] = {0xa1, 'a', 0xa1, 'b'};
    struct hf_id record_id = action(world, "Book a visit");
    struct snapshot before = snapshot_of(world->device);
    memset(long_text, 'x', sizeof long_text - 1);
    assert_int_equal(try_save(world, &record_id, TYPE_ACTION, ACTION_TEXT, text_value(long_text)), HF_ERR_LIMIT);
    assert_int_equal(try_save(world, &record_id, TYPE_ACTION, ACTION_TEXT, hf_slice_of(bad_utf8, sizeof bad_utf8)),
                     HF_ERR_INVALID);
    assert_int_equal(
        try_save(world, &record_id, TYPE_ACTION, ACTION_TEXT, hf_slice_of(two_elements, sizeof two_elements)),
        HF_ERR_INVALID);
    assert_int_equal(try_save(world, &record_id, TYPE_ACTION, ACTION_DUE, text_value("2026-02-30")), HF_ERR_INVALID);
    assert_int_equal(try_save(world, &record_id, TYPE_ACTION, ACTION_STATUS, text_value("nearly")), HF_ERR_INVALID);
    assert_int_equal(try_save(world, &record_id, TYPE_CHILD, CHILD_IDENTIFIERS, text_value("no list")), HF_ERR_INVALID);
    assert_unchanged(world->device, &before);
}

static void save_in_the_wrong_place__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_id ignored;
    struct hf_id nowhere = device_id(world->device);
    struct hf_id other_case = device_case(world->device, "INV-4822");
    struct hf_id record_id = action(world, "Book a visit");
    struct hf_id fresh = device_id(world->device);
    struct hf_id zero = hf_id_zero();
    struct snapshot before = snapshot_of(world->device);
    assert_int_equal(
        device_try_save(world->device, &nowhere, &fresh, TYPE_ACTION, ACTION_TEXT, text_value("x"), false, &ignored),
        HF_ERR_NOT_FOUND);
    assert_int_equal(device_try_save(world->device, &other_case, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("x"),
                                     false, &ignored),
                     HF_ERR_INVALID);
    assert_int_equal(try_save(world, &record_id, TYPE_VIEWS, VIEWS_WORDS, text_value("x")), HF_ERR_INVALID);
    assert_int_equal(try_save(world, &zero, TYPE_ACTION, ACTION_TEXT, text_value("x")), HF_ERR_INVALID);
    assert_unchanged(world->device, &before);
}

static void base_that_the_record_never_had__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_id ignored;
    struct hf_id record_id = action(world, "Book a visit");
    struct hf_id other = device_id(world->device);
    struct hf_id elsewhere =
        device_save(world->device, &world->case_id, &other, TYPE_ACTION, ACTION_TEXT, text_value("Other"));
    const struct hf_save_edit edit = {
        .field = ACTION_TEXT, .value = text_value("x"), .bases = &elsewhere, .base_count = 1};
    const struct hf_save save = {
        .case_id = world->case_id, .record_id = record_id, .type = TYPE_ACTION, .edits = &edit, .edit_count = 1};
    struct snapshot before = snapshot_of(world->device);
    assert_int_equal(hf_replica_save(world->device->replica, &save, world->device->now_ms, &ignored, NULL),
                     HF_ERR_INVALID);
    assert_unchanged(world->device, &before);
}

/* Its case was taken and given back while the form was open, and its history is still on its way: no error of the
 * person's. */
static void base_that_went_with_its_case__says_to_sync_and_look_again(void **state)
{
    struct world *world = *state;
    struct hf_id ignored, record_id = device_id(world->device);
    struct hf_id first =
        device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Book a visit"));
    const struct hf_save_edit edit = {
        .field = ACTION_TEXT, .value = text_value("Book it today"), .bases = &first, .base_count = 1};
    const struct hf_save save = {
        .case_id = world->case_id, .record_id = record_id, .type = TYPE_ACTION, .edits = &edit, .edit_count = 1};
    device_sync(world->device);
    /* as core/replica/purge.c leaves an own change */
    device_sql(world->device, "UPDATE changes SET body = x'', record_id = NULL WHERE own = 1 AND kind = 0");
    assert_int_equal(
        hf_replica_save(world->device->replica, &save, world->device->now_ms, &ignored, &world->device->err),
        HF_ERR_CONFLICT);
    assert_non_null(strstr(world->device->err.text, "Sync, open the record again"));
}

static void one_field_twice_in_a_save__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_id ignored;
    struct hf_id record_id = device_id(world->device);
    const struct hf_save_edit edits[] = {{.field = ACTION_TEXT, .value = text_value("a")},
                                         {.field = ACTION_TEXT, .value = text_value("b")}};
    struct hf_save save = {
        .case_id = world->case_id, .record_id = record_id, .type = TYPE_ACTION, .edits = edits, .edit_count = 2};
    struct snapshot before = snapshot_of(world->device);
    assert_int_equal(hf_replica_save(world->device->replica, &save, world->device->now_ms, &ignored, NULL),
                     HF_ERR_INVALID);
    save.edit_count = HF_EDITS_MAX + 1;
    assert_int_equal(hf_replica_save(world->device->replica, &save, world->device->now_ms, &ignored, NULL),
                     HF_ERR_LIMIT);
    assert_unchanged(world->device, &before);
}

static void device_that_is_not_enrolled__saves_nothing(void **state)
{
    struct world *world = *state;
    static const enum hf_identity_state states[] = {HF_IDENTITY_NEW, HF_IDENTITY_PENDING, HF_IDENTITY_REVOKED};
    struct hf_id ignored;
    struct hf_id record_id = device_id(world->device);
    struct hf_identity identity = world->device->identity;
    struct snapshot before = snapshot_of(world->device);
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        identity.state = states[i];
        assert_int_equal(hf_replica_identity_put(world->device->replica, &identity, NULL), HF_OK);
        assert_int_equal(try_save(world, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("x")), HF_ERR_STATE);
        assert_int_equal(hf_replica_case_new(world->device->replica, hf_slice_str("INV-1"), 1, &ignored, NULL),
                         HF_ERR_STATE);
    }
    assert_unchanged(world->device, &before);
}

/* --- the chain --- */

struct chain_walk {
    size_t count;
    uint8_t last[HF_LEAF_BYTES];
};

static bool walk(void *ctx, const struct hf_item *item)
{
    struct chain_walk *walk = ctx;
    assert_true(hf_leaf_verify(item->leaf.data));
    assert_true(hf_leaf_follows(walk->count ? walk->last : NULL, item->leaf.data));
    memcpy(walk->last, item->leaf.data, sizeof walk->last);
    walk->count++;
    return true;
}

static void own_changes__are_one_signed_chain_also_when_the_clock_goes_back(void **state)
{
    struct world *world = *state;
    struct chain_walk chain = {0};
    for (int i = 0; i < 5; i++) {
        world->device->now_ms -= 100000;
        action(world, "Book a visit");
    }
    assert_int_equal(hf_replica_outbox(world->device->replica, 0, walk, &chain), HF_OK);
    assert_int_equal(chain.count, 7);
}

static void case_opened_here__has_its_key_sealed_to_the_office(void **state)
{
    struct world *world = *state;
    device_push(world->device); /* the server opens the key and seals every body again */
    assert_int_equal(world->server->key_count, 2);
    assert_true(hf_id_equal(&server_key_of(world->server, &world->case_id)->case_id, &world->case_id));
    assert_string_equal(device_text(world->device, &world->case_id, HF_FIELD_CASE_REFERENCE), "INV-4821");
}

static void case_without_a_reference__is_refused(void **state)
{
    struct world *world = *state;
    struct hf_id ignored;
    struct snapshot before = snapshot_of(world->device);
    assert_int_equal(hf_replica_case_new(world->device->replica, hf_slice_str(""), 1, &ignored, NULL), HF_ERR_INVALID);
    assert_unchanged(world->device, &before);
}

/* A set edit that adds 256 new elements, none like another: they take room also when they are pressed. */
static struct hf_slice many_elements(unsigned round, struct hf_buf *out)
{
    hf_buf_reset(out);
    hf_pack_array(out, 2);
    hf_pack_array(out, 256);
    for (unsigned i = 0; i < 256; i++) {
        char text[64];
        uint64_t noise[2];
        hf_random((uint8_t *)noise, sizeof noise);
        (void)snprintf(text, sizeof text, "%u-%u %016" PRIx64 "%016" PRIx64, round, i, noise[0], noise[1]);
        hf_pack_text(out, hf_slice_str(text));
    }
    hf_pack_array(out, 0);
    return hf_buf_slice(out);
}

static void record_that_is_full__refuses_the_save(void **state)
{
    struct world *world = *state;
    struct hf_buf value = {0};
    struct hf_id record_id = device_id(world->device);
    for (unsigned round = 0; round < HF_FIELD_ENTRIES_MAX / 256; round++)
        device_save(world->device, &world->case_id, &record_id, TYPE_CHILD, CHILD_IDENTIFIERS,
                    many_elements(round, &value));
    struct snapshot before = snapshot_of(world->device);
    assert_int_equal(try_save(world, &record_id, TYPE_CHILD, CHILD_IDENTIFIERS, many_elements(99, &value)),
                     HF_ERR_LIMIT);
    assert_unchanged(world->device, &before);
    assert_int_equal(device_entries(world->device, &record_id, CHILD_IDENTIFIERS), HF_FIELD_ENTRIES_MAX);
    hf_buf_clear(&value);
}

/* --- a full disk --- */

static void disk_that_is_full__leaves_everything_as_it_was(void **state)
{
    struct world *world = *state;
    struct hf_id ignored;
    struct hf_id other_case;
    struct hf_buf value = {0};
    struct hf_id record_id = action(world, "Book a visit");
    struct hf_id child = device_id(world->device);
    struct snapshot before = snapshot_of(world->device);
    device_sql(world->device, "PRAGMA max_page_count = 1"); /* no page more than there are */
    assert_int_equal(device_try_save(world->device, &world->case_id, &child, TYPE_CHILD, CHILD_IDENTIFIERS,
                                     many_elements(1, &value), false, &ignored),
                     HF_ERR_FULL);
    assert_true(strlen(world->device->err.text) > 20);
    assert_unchanged(world->device, &before);
    enum hf_status status = HF_OK;
    for (int i = 0; i < 100 && status == HF_OK; i++) /* until the free room in the last pages is used up */
        status = hf_replica_case_new(world->device->replica, hf_slice_str("INV-4823"), 1, &other_case, NULL);
    assert_int_equal(status, HF_ERR_FULL);
    before = snapshot_of(world->device);
    device_sql(world->device, "PRAGMA max_page_count = 100000");
    device_reopen(world->device);
    assert_unchanged(world->device, &before);
    device_save(world->device, &world->case_id, &record_id, TYPE_ACTION, ACTION_TEXT, text_value("Book two visits"));
    device_push(world->device); /* the chain has no gap */
    hf_buf_clear(&value);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(save_of_a_new_record__shows_in_record_list_and_history),
        TEST(save_of_several_fields__is_one_change_with_group_and_reason),
        TEST(edit_of_a_field__names_the_value_before_as_its_base),
        TEST(clearing_a_field__is_a_change_and_again_is_none),
        TEST(save_that_changes_nothing__writes_nothing),
        TEST(field_left_as_it_was_seen__does_not_undo_a_later_value),
        TEST(set__keeps_what_is_added_and_loses_what_is_removed),
        TEST(emptied_record__is_still_a_record),
        TEST(append__keeps_every_entry),
        TEST(words_of_a_child__are_not_overwritten),
        TEST(words_of_a_child_written_without_having_seen_others__stand_beside_them),
        TEST(edit_on_an_older_value__clashes_and_keeps_both),
        TEST(field_in_a_clash__is_only_edited_to_settle_it),
        TEST(unknown_type_or_field__is_refused_and_nothing_changes),
        TEST(value_that_does_not_fit__is_refused_and_nothing_changes),
        TEST(save_in_the_wrong_place__is_refused),
        TEST(base_that_the_record_never_had__is_refused),
        TEST(base_that_went_with_its_case__says_to_sync_and_look_again),
        TEST(one_field_twice_in_a_save__is_refused),
        TEST(device_that_is_not_enrolled__saves_nothing),
        TEST(own_changes__are_one_signed_chain_also_when_the_clock_goes_back),
        TEST(case_opened_here__has_its_key_sealed_to_the_office),
        TEST(case_without_a_reference__is_refused),
        TEST(record_that_is_full__refuses_the_save),
        TEST(disk_that_is_full__leaves_everything_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
