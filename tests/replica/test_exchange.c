/* Devices that meet through an office. */
#include "tests/replica/support_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
    struct server *server;
    struct device *amara; /* opened the case */
    struct device *chidi; /* holds it too */
    struct device *office;
    struct hf_id case_id;
    struct hf_id record_id; /* an action "Ring", known to all three */
    struct hf_id first;     /* its change */
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->amara = device_new(world->server, "Amara Field", HF_ROLE_WORKER);
    world->chidi = device_new(world->server, "Chidi Road", HF_ROLE_WORKER);
    world->office = device_new(world->server, "Ben Office", HF_ROLE_OFFICE);
    world->case_id = device_case(world->amara, "INV-4821");
    world->record_id = device_id(world->amara);
    world->first =
        device_save(world->amara, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    device_push(world->amara);
    server_assign(world->server, &world->case_id, &world->amara->identity.person, true);
    server_assign(world->server, &world->case_id, &world->chidi->identity.person, true);
    device_sync(world->amara);
    device_sync(world->chidi);
    device_sync(world->office);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->amara);
    device_free(world->chidi);
    device_free(world->office);
    server_free(world->server);
    free(world);
    return 0;
}

static struct hf_id save_as(struct world *world, struct device *device, uint16_t field, const char *text)
{
    return device_save(device, &world->case_id, &world->record_id, TYPE_ACTION, field, text_value(text));
}

/* Twice each, so that everybody has everything. */
static void sync_all(struct world *world)
{
    for (int i = 0; i < 2; i++) {
        device_sync(world->amara);
        device_sync(world->chidi);
        device_sync(world->office);
    }
}

static void assert_all_same(struct world *world)
{
    assert_same_state(world->amara, world->chidi);
    assert_same_state(world->amara, world->office);
}

static void assert_all_say(struct world *world, uint16_t field, const char *text)
{
    assert_string_equal(device_text(world->amara, &world->record_id, field), text);
    assert_string_equal(device_text(world->chidi, &world->record_id, field), text);
    assert_string_equal(device_text(world->office, &world->record_id, field), text);
}

/* --- merging --- */

static void edits_of_different_fields__merge(void **state)
{
    struct world *world = *state;
    save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    save_as(world, world->chidi, ACTION_DUE, "2026-12-01");
    sync_all(world);
    assert_all_say(world, ACTION_TEXT, "Ring twice");
    assert_all_say(world, ACTION_DUE, "2026-12-01");
    assert_all_same(world);
    assert_int_equal(device_counts(world->office).conflicts, 0);
}

struct clash {
    size_t count;
    struct hf_conflict_row row;
    char base[64];
    char values[2][64];
};

/* Of a short text: msgpack writes its length in one byte. */
static void keep_text(struct hf_slice encoded, char out[64])
{
    size_t len = encoded.len ? encoded.len - 1 : 0;
    assert_true(len < 32);
    (void)snprintf(out, 64, "%.*s", (int)len, len ? (const char *)encoded.data + 1 : "");
}

static bool keep_clash(void *ctx, const struct hf_conflict_row *row)
{
    struct clash *clash = ctx;
    clash->count++;
    clash->row = *row;
    keep_text(row->base, clash->base);
    for (size_t i = 0; i < row->head_count && i < 2; i++)
        keep_text(row->heads[i].value, clash->values[i]);
    return true;
}

static void make_clash(struct world *world)
{
    world->amara->now_ms += 1000;
    save_as(world, world->amara, ACTION_TEXT, "Ring on Monday");
    world->chidi->now_ms += 5000;
    save_as(world, world->chidi, ACTION_TEXT, "Ring on Friday");
    sync_all(world);
}

static void edits_of_one_field__clash_with_base_authors_and_times_on_every_device(void **state)
{
    struct world *world = *state;
    struct device *all[] = {world->amara, world->chidi, world->office};
    make_clash(world);
    assert_all_same(world);
    for (size_t d = 0; d < 3; d++) {
        struct clash clash = {0};
        assert_int_equal(hf_replica_conflicts(all[d]->replica, NULL, keep_clash, &clash), HF_OK);
        assert_int_equal(clash.count, 1);
        assert_int_equal(clash.row.field, ACTION_TEXT);
        assert_int_equal(clash.row.type, TYPE_ACTION);
        assert_true(hf_id_equal(&clash.row.record_id, &world->record_id));
        assert_true(hf_id_equal(&clash.row.case_id, &world->case_id));
        assert_string_equal(clash.base, "Ring");
        assert_int_equal(clash.row.head_count, 2);
        assert_true(hf_id_compare(&clash.row.heads[0].change_id, &clash.row.heads[1].change_id) < 0);
        size_t amara = strcmp(clash.row.heads[0].author_name, "Amara Field") == 0 ? 0 : 1;
        const struct hf_conflict_head *hers = &clash.row.heads[amara];
        const struct hf_conflict_head *his = &clash.row.heads[1 - amara];
        assert_string_equal(hers->author_name, "Amara Field");
        assert_string_equal(his->author_name, "Chidi Road");
        assert_true(hf_id_equal(&hers->author, &world->amara->identity.person));
        assert_memory_equal(his->device, world->chidi->identity.sign.public_key, HF_SIGN_PUBLIC_BYTES);
        assert_true(hf_clock_ms(his->clock) > hf_clock_ms(hers->clock));
        assert_string_equal(clash.values[amara], "Ring on Monday");
        assert_string_equal(clash.values[1 - amara], "Ring on Friday");
    }
}

static void clash_of_two_first_values__has_no_base(void **state)
{
    struct world *world = *state;
    struct clash clash = {0};
    save_as(world, world->amara, ACTION_DUE, "2026-12-01");
    save_as(world, world->chidi, ACTION_DUE, "2026-12-02");
    sync_all(world);
    assert_int_equal(hf_replica_conflicts(world->office->replica, &world->record_id, keep_clash, &clash), HF_OK);
    assert_int_equal(clash.count, 1);
    assert_int_equal(clash.row.base.len, 0);
}

static void clash_with_an_edit_of_an_older_value__has_no_common_base(void **state)
{
    struct world *world = *state;
    struct clash clash = {0};
    save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    save_as(world, world->amara, ACTION_TEXT, "Ring on Monday");
    save_as(world, world->chidi, ACTION_TEXT, "Ring on Friday");
    sync_all(world);
    assert_int_equal(hf_replica_conflicts(world->office->replica, NULL, keep_clash, &clash), HF_OK);
    assert_int_equal(clash.count, 1);
    assert_int_equal(clash.row.base.len, 0);
}

static void clash_with_somebody_who_saw_nothing__has_no_base(void **state)
{
    struct world *world = *state;
    struct clash clash = {0};
    struct hf_id none = hf_id_zero();
    struct hf_id ignored;
    const struct hf_save_edit edit = {
        .field = ACTION_TEXT, .value = text_value("Write"), .bases = &none, .base_count = 0};
    const struct hf_save save = {
        .case_id = world->case_id, .record_id = world->record_id, .type = TYPE_ACTION, .edits = &edit, .edit_count = 1};
    assert_int_equal(hf_replica_save(world->chidi->replica, &save, world->chidi->now_ms, &ignored, NULL), HF_OK);
    save_as(world, world->amara, ACTION_TEXT, "Ring on Monday");
    sync_all(world);
    assert_int_equal(hf_replica_conflicts(world->office->replica, NULL, keep_clash, &clash), HF_OK);
    assert_int_equal(clash.row.head_count, 2);
    assert_int_equal(clash.row.base.len, 0);
    assert_all_same(world);
}

static void equal_values__do_not_clash(void **state)
{
    struct world *world = *state;
    save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    save_as(world, world->chidi, ACTION_TEXT, "Ring twice");
    sync_all(world);
    assert_all_say(world, ACTION_TEXT, "Ring twice");
    assert_int_equal(device_counts(world->amara).conflicts, 0);
    assert_all_same(world);
}

static void settling_a_clash__closes_it_everywhere(void **state)
{
    struct world *world = *state;
    struct hf_id change_id;
    make_clash(world);
    assert_int_equal(device_try_save(world->office, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT,
                                     text_value("Ring on Monday and on Friday"), true, &change_id),
                     HF_OK);
    sync_all(world);
    assert_all_say(world, ACTION_TEXT, "Ring on Monday and on Friday");
    assert_all_same(world);
    assert_int_equal(device_counts(world->amara).conflicts, 0);
    assert_int_equal(device_counts(world->chidi).conflicts, 0);
}

static void clash_settled_twice__is_a_clash_again(void **state)
{
    struct world *world = *state;
    struct hf_id change_id;
    make_clash(world);
    assert_int_equal(device_try_save(world->office, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT,
                                     text_value("Ring on Monday"), true, &change_id),
                     HF_OK);
    assert_int_equal(device_try_save(world->amara, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT,
                                     text_value("Ring on Friday"), true, &change_id),
                     HF_OK);
    sync_all(world);
    assert_all_say(world, ACTION_TEXT, "!");
    assert_all_same(world);
}

struct reopened {
    bool decision, late;
    size_t reasons;
};

static bool keep_reopened(void *ctx, const struct hf_change_row *row)
{
    struct reopened *reopened = ctx;
    struct hf_data_body body;
    assert_int_equal(hf_data_body_decode(row->item.body, &body, NULL), HF_OK);
    reopened->reasons += hf_slice_equal(body.reason, hf_slice_str("asked the family"));
    reopened->decision = reopened->decision || hf_slice_equal(row->author_name, hf_slice_str("Ben Office"));
    reopened->late =
        reopened->late || (reopened->decision && hf_slice_equal(row->author_name, hf_slice_str("Chidi Road")));
    return true;
}

static void change_made_without_knowing_the_decision__opens_the_clash_again_everywhere(void **state)
{
    struct world *world = *state;
    struct device *all[] = {world->amara, world->chidi, world->office};
    struct hf_id heads[2], ignored;
    struct clash clash = {0};
    make_clash(world);
    save_as(world, world->chidi, ACTION_DUE, "2026-12-05"); /* nobody minds another field */
    assert_int_equal(hf_replica_conflicts(world->office->replica, NULL, keep_clash, &clash), HF_OK);
    heads[0] = clash.row.heads[0].change_id;
    heads[1] = clash.row.heads[1].change_id;
    /* Chidi, offline, writes a third text on what he saw; the office decides meanwhile about the two. */
    struct hf_id his = hf_id_equal(&clash.row.heads[0].author, &world->chidi->identity.person) ? heads[0] : heads[1];
    const struct hf_save_edit late = {
        .field = ACTION_TEXT, .value = text_value("Ring at once"), .bases = &his, .base_count = 1};
    const struct hf_save late_save = {.case_id = world->case_id,
                                      .record_id = world->record_id,
                                      .type = TYPE_ACTION,
                                      .edits = &late,
                                      .edit_count = 1,
                                      .settle = true};
    assert_int_equal(hf_replica_save(world->chidi->replica, &late_save, world->chidi->now_ms, &ignored, NULL), HF_OK);
    const struct hf_save_edit decision = {
        .field = ACTION_TEXT, .value = text_value("Ring on Monday"), .bases = heads, .base_count = 2};
    const struct hf_save decide = {.case_id = world->case_id,
                                   .record_id = world->record_id,
                                   .type = TYPE_ACTION,
                                   .edits = &decision,
                                   .edit_count = 1,
                                   .settle = true,
                                   .reason = hf_slice_str("asked the family")};
    assert_int_equal(hf_replica_save(world->office->replica, &decide, world->office->now_ms, &ignored, NULL), HF_OK);
    device_sync(world->office);
    device_sync(world->amara);
    assert_string_equal(device_text(world->amara, &world->record_id, ACTION_TEXT), "Ring on Monday");
    sync_all(world);
    assert_all_same(world);
    for (size_t i = 0; i < 3; i++) {
        struct reopened reopened = {0};
        assert_string_equal(device_text(all[i], &world->record_id, ACTION_TEXT), "!");
        assert_int_equal(device_entries(all[i], &world->record_id, ACTION_TEXT), 2);
        assert_int_equal(hf_replica_history(all[i]->replica, &world->record_id, keep_reopened, &reopened), HF_OK);
        assert_int_equal(reopened.reasons, 1);
        assert_true(reopened.decision && reopened.late);
    }
}

static void sets_and_appends__keep_what_everybody_added(void **state)
{
    struct world *world = *state;
    struct hf_id child = device_id(world->amara);
    struct hf_id update = device_id(world->amara);
    static const char *const one[] = {"NHS 000"};
    static const char *const two[] = {"UPN 111"};
    device_save(world->amara, &world->case_id, &child, TYPE_CHILD, CHILD_IDENTIFIERS, set_value(one, 1, NULL, 0));
    device_save(world->chidi, &world->case_id, &child, TYPE_CHILD, CHILD_IDENTIFIERS, set_value(two, 1, NULL, 0));
    device_save(world->amara, &world->case_id, &update, TYPE_ACTION_UPDATE, UPDATE_TEXT, text_value("No answer"));
    device_save(world->chidi, &world->case_id, &update, TYPE_ACTION_UPDATE, UPDATE_TEXT, text_value("Spoke to her"));
    sync_all(world);
    assert_all_same(world);
    assert_int_equal(device_entries(world->office, &child, CHILD_IDENTIFIERS), 2);
    assert_int_equal(device_entries(world->office, &update, UPDATE_TEXT), 2);
    assert_int_equal(device_counts(world->office).conflicts, 0);
}

static void words_of_a_child_written_down_twice__are_both_kept(void **state)
{
    struct world *world = *state;
    struct hf_id views = device_id(world->amara);
    struct hf_id change_id;
    device_save(world->amara, &world->case_id, &views, TYPE_VIEWS, VIEWS_WORDS, text_value("I like it here"));
    device_save(world->chidi, &world->case_id, &views, TYPE_VIEWS, VIEWS_WORDS, text_value("I want to stay"));
    sync_all(world);
    assert_int_equal(device_entries(world->office, &views, VIEWS_WORDS), 2);
    assert_int_equal(device_try_save(world->office, &world->case_id, &views, TYPE_VIEWS, VIEWS_WORDS,
                                     text_value("I like it here and want to stay"), true, &change_id),
                     HF_ERR_STATE); /* picked, never rewritten */
    assert_int_equal(device_entries(world->office, &views, VIEWS_WORDS), 2);
    assert_int_equal(device_try_save(world->office, &world->case_id, &views, TYPE_VIEWS, VIEWS_WORDS,
                                     text_value("I like it here"), true, &change_id),
                     HF_OK);
    sync_all(world);
    assert_all_same(world);
    assert_string_equal(device_text(world->chidi, &views, VIEWS_WORDS), "I like it here");
}

/* --- order of arrival --- */

static void changes_in_reversed_order__wait_and_then_give_the_same_state(void **state)
{
    struct world *world = *state;
    const uint64_t from = world->server->size;
    static const char *const texts[] = {"Ring twice", "Ring at nine", "Ring at ten", "Write"};
    for (size_t i = 0; i < 4; i++)
        save_as(world, world->amara, ACTION_TEXT, texts[i]);
    device_push(world->amara);
    for (uint64_t i = world->server->size; i-- > from;) {
        struct hf_item item = server_item(world->server, i);
        assert_int_equal(device_feed(world->chidi, &item, 1, i + 1), HF_OK);
        assert_int_equal(device_counts(world->chidi).waiting, i > from ? world->server->size - i : 0);
        if (i > from)
            assert_string_equal(device_text(world->chidi, &world->record_id, ACTION_TEXT), "Ring");
    }
    assert_string_equal(device_text(world->chidi, &world->record_id, ACTION_TEXT), "Write");
    assert_same_state(world->amara, world->chidi);
}

static bool count_waiting(void *ctx, const struct hf_change_row *row)
{
    *(size_t *)ctx += row->waiting;
    return true;
}

static void waiting_change__is_told_apart_in_the_history(void **state)
{
    struct world *world = *state;
    size_t waiting = 0;
    save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    save_as(world, world->amara, ACTION_TEXT, "Ring at nine");
    device_push(world->amara);
    struct hf_item item = server_item(world->server, world->server->size - 1);
    assert_int_equal(device_feed(world->chidi, &item, 1, item.index + 1), HF_OK);
    assert_int_equal(hf_replica_history(world->chidi->replica, &world->record_id, count_waiting, &waiting), HF_OK);
    assert_int_equal(waiting, 1);
}

static void random_work_on_three_devices__ends_in_one_state(void **state)
{
    struct world *world = *state;
    struct device *all[] = {world->amara, world->chidi, world->office};
    uint8_t seed[4];
    const char *wanted = getenv("HF_TEST_SEED");
    hf_random(seed, sizeof seed);
    unsigned rng = wanted ? (unsigned)strtoul(wanted, NULL, 10) : hf_get_u32(seed);
    print_message("HF_TEST_SEED=%u\n", rng);
    for (int round = 0; round < 120; round++) {
        rng = rng * 1664525u + 1013904223u;
        struct device *device = all[(rng >> 8) % 3];
        char text[16];
        struct hf_id ignored;
        uint16_t field = (rng >> 16) % 2 ? ACTION_TEXT : ACTION_DUE;
        (void)snprintf(text, sizeof text, field == ACTION_DUE ? "2026-12-%02u" : "text %u", 1 + (rng >> 20) % 9);
        device->batch = 1 + (rng >> 24) % 5;
        if ((rng >> 12) % 4 == 0)
            device_sync(device);
        else
            assert_int_equal(device_try_save(device, &world->case_id, &world->record_id, TYPE_ACTION, field,
                                             text_value(text), true, &ignored),
                             HF_OK);
    }
    sync_all(world);
    assert_all_same(world);
    for (size_t i = 0; i < 3; i++)
        device_reopen(all[i]);
    assert_all_same(world);
}

/* --- own changes coming back --- */

static void own_changes_in_the_feed__are_only_marked_as_sent(void **state)
{
    struct world *world = *state;
    save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    assert_int_equal(device_counts(world->amara).saved_here, 1);
    struct snapshot before = snapshot_of(world->amara);
    device_push(world->amara);
    assert_int_equal(device_counts(world->amara).sent, 1);
    device_pull(world->amara);
    struct snapshot after = snapshot_of(world->amara);
    assert_memory_equal(before.digest, after.digest, sizeof before.digest);
    assert_int_equal(after.counts.changes, before.counts.changes);
    device_head(world->amara);
    assert_int_equal(device_counts(world->amara).sent, 0);
}

static bool take_it(void *ctx, const struct hf_item *item)
{
    (void)server_take(ctx, item);
    return true;
}

static void push_whose_answer_was_lost__is_learned_from_the_feed(void **state)
{
    struct world *world = *state;
    struct hf_sync_facts facts;
    save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    save_as(world, world->amara, ACTION_DUE, "2026-12-01");
    assert_int_equal(hf_replica_facts(world->amara->replica, &facts), HF_OK);
    world->server->hold = HF_HOLD_RIGHT;
    world->server->hold_seq = facts.next_seq - 1;
    assert_int_equal(hf_replica_outbox(world->amara->replica, facts.unsent_seq, take_it, world->server), HF_OK);
    device_pull(world->amara);
    assert_int_equal(device_counts(world->amara).saved_here, 0);
    assert_int_equal(device_counts(world->amara).sent, 2);
    assert_int_equal(device_counts(world->amara).held, 1);
    assert_string_equal(device_text(world->amara, &world->record_id, ACTION_DUE), "");
    device_sync(world->amara);
    device_sync(world->office);
    assert_same_state(world->amara, world->office);
}

/* --- held, revoked --- */

static void held_change_of_another_device__has_no_effect_here(void **state)
{
    struct world *world = *state;
    struct hf_sync_facts facts;
    assert_int_equal(hf_replica_facts(world->amara->replica, &facts), HF_OK);
    world->server->hold = HF_HOLD_RIGHT;
    world->server->hold_seq = facts.next_seq;
    struct hf_id held = save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    save_as(world, world->amara, ACTION_TEXT, "Ring at nine"); /* builds on it */
    save_as(world, world->amara, ACTION_DUE, "2026-12-01");
    sync_all(world);
    world->server->hold = HF_HOLD_NONE;
    assert_all_say(world, ACTION_TEXT, "Ring");
    assert_all_say(world, ACTION_DUE, "2026-12-01");
    assert_all_same(world);
    assert_int_equal(device_counts(world->chidi).held, 2);
    server_release(world->server, &held, true);
    sync_all(world);
    assert_all_say(world, ACTION_TEXT, "Ring at nine");
    assert_all_same(world);
}

static void device_that_was_revoked__knows_and_still_hands_in(void **state)
{
    struct world *world = *state;
    save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    server_revoke(world->server, world->amara->identity.sign.public_key);
    device_pull(world->amara);
    assert_int_equal(hf_replica_identity(world->amara->replica)->state, HF_IDENTITY_REVOKED);
    device_reopen(world->amara);
    assert_int_equal(hf_replica_identity(world->amara->replica)->state, HF_IDENTITY_REVOKED);
    struct hf_id ignored;
    assert_int_equal(device_try_save(world->amara, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT,
                                     text_value("x"), false, &ignored),
                     HF_ERR_STATE);
    world->server->hold = HF_HOLD_REVOKED;
    struct hf_sync_facts facts;
    assert_int_equal(hf_replica_facts(world->amara->replica, &facts), HF_OK);
    world->server->hold_seq = facts.unsent_seq;
    device_push(world->amara);
    assert_int_equal(device_counts(world->amara).held, 1);
    device_sync(world->chidi);
    assert_string_equal(device_text(world->chidi, &world->record_id, ACTION_TEXT), "Ring");
}

static void change_logged_after_the_revocation__is_held_whatever_the_server_says(void **state)
{
    struct world *world = *state;
    save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    server_revoke(world->server, world->amara->identity.sign.public_key);
    device_push(world->amara); /* this server forgets to hold it */
    device_sync(world->chidi);
    assert_string_equal(device_text(world->chidi, &world->record_id, ACTION_TEXT), "Ring");
    assert_int_equal(device_counts(world->chidi).held, 1);
}

/* --- caseload --- */

static void case_that_is_assigned_later__brings_its_history(void **state)
{
    struct world *world = *state;
    struct hf_sync_facts facts;
    struct device *dora = device_new(world->server, "Dora New", HF_ROLE_WORKER);
    save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    sync_all(world);
    device_sync(dora);
    assert_int_equal(device_counts(dora).cases, 0);
    uint64_t index = server_assign(world->server, &world->case_id, &dora->identity.person, true);
    save_as(world, world->amara, ACTION_TEXT, "Ring at nine"); /* builds on what only the history has */
    device_sync(world->amara);

    dora->batch = 3;
    assert_int_equal(hf_replica_facts(dora->replica, &facts), HF_OK);
    assert_false(facts.has_catchup);
    struct hf_item item = server_item(world->server, index);
    assert_int_equal(device_feed(dora, &item, 1, index + 1), HF_OK);
    assert_int_equal(hf_replica_facts(dora->replica, &facts), HF_OK);
    assert_true(facts.has_catchup);
    assert_true(hf_id_equal(&facts.catchup_case, &world->case_id));
    assert_int_equal(facts.catchup_from, 0);
    assert_int_equal(facts.catchup_until, index);
    item = server_item(world->server, index + 1);
    assert_int_equal(device_feed(dora, &item, 1, index + 2), HF_OK);
    assert_int_equal(device_counts(dora).waiting, 1);
    device_reopen(dora);
    device_pull(dora);
    assert_int_equal(hf_replica_facts(dora->replica, &facts), HF_OK);
    assert_false(facts.has_catchup);
    assert_int_equal(device_counts(dora).waiting, 0);
    assert_string_equal(device_text(dora, &world->record_id, ACTION_TEXT), "Ring at nine");
    assert_same_state(dora, world->amara);
    device_free(dora);
}

static void case_taken_away_again__asks_for_no_history(void **state)
{
    struct world *world = *state;
    struct hf_sync_facts facts;
    struct device *dora = device_new(world->server, "Dora New", HF_ROLE_WORKER);
    server_assign(world->server, &world->case_id, &dora->identity.person, true);
    device_pull_general(dora);
    assert_int_equal(hf_replica_facts(dora->replica, &facts), HF_OK);
    assert_true(facts.has_catchup);
    server_assign(world->server, &world->case_id, &dora->identity.person, false);
    device_pull_general(dora);
    assert_int_equal(hf_replica_facts(dora->replica, &facts), HF_OK);
    assert_false(facts.has_catchup); /* the office would not answer */
    device_free(dora);
}

static void own_case_or_every_case__needs_no_history(void **state)
{
    struct world *world = *state;
    struct hf_sync_facts facts;
    server_assign(world->server, &world->case_id, &world->amara->identity.person, true);
    server_assign(world->server, &world->case_id, &world->office->identity.person, true);
    uint64_t size = world->server->size;
    struct hf_item items[] = {server_item(world->server, size - 2), server_item(world->server, size - 1)};
    struct device *both[] = {world->amara, world->office};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(device_feed(both[i], items, 2, size), HF_OK);
        assert_int_equal(hf_replica_facts(both[i]->replica, &facts), HF_OK);
        assert_false(facts.has_catchup);
    }
}

static void second_device_of_the_same_person__fetches_the_history_of_their_cases(void **state)
{
    struct world *world = *state;
    struct device *second = device_of_same_person(world->amara);
    save_as(world, world->amara, ACTION_TEXT, "Ring twice");
    device_sync(world->amara);
    device_sync(second);
    assert_same_state(second, world->amara);
    device_save(second, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring thrice"));
    device_sync(second);
    sync_all(world);
    assert_all_say(world, ACTION_TEXT, "Ring thrice");
    device_free(second);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(edits_of_different_fields__merge),
        TEST(edits_of_one_field__clash_with_base_authors_and_times_on_every_device),
        TEST(clash_of_two_first_values__has_no_base),
        TEST(clash_with_an_edit_of_an_older_value__has_no_common_base),
        TEST(clash_with_somebody_who_saw_nothing__has_no_base),
        TEST(equal_values__do_not_clash),
        TEST(settling_a_clash__closes_it_everywhere),
        TEST(clash_settled_twice__is_a_clash_again),
        TEST(change_made_without_knowing_the_decision__opens_the_clash_again_everywhere),
        TEST(sets_and_appends__keep_what_everybody_added),
        TEST(words_of_a_child_written_down_twice__are_both_kept),
        TEST(changes_in_reversed_order__wait_and_then_give_the_same_state),
        TEST(waiting_change__is_told_apart_in_the_history),
        TEST(random_work_on_three_devices__ends_in_one_state),
        TEST(own_changes_in_the_feed__are_only_marked_as_sent),
        TEST(push_whose_answer_was_lost__is_learned_from_the_feed),
        TEST(held_change_of_another_device__has_no_effect_here),
        TEST(device_that_was_revoked__knows_and_still_hands_in),
        TEST(change_logged_after_the_revocation__is_held_whatever_the_server_says),
        TEST(case_that_is_assigned_later__brings_its_history),
        TEST(case_taken_away_again__asks_for_no_history),
        TEST(own_case_or_every_case__needs_no_history),
        TEST(second_device_of_the_same_person__fetches_the_history_of_their_cases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
