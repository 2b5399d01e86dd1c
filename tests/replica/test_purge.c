/* A case that is taken away goes when nothing of it waits to be handed in: not a change that was saved between the push
 * and the news, not a draft, not a chunk of an attachment. Its own leaves stay. */
#include "tests/replica/support_device.h"

#include "core/replica/attachments.h"
#include "core/replica/draft_sync.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct world {
    struct server *server;
    struct device *ann;
    struct hf_id case_id, record_id;
};

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->server = server_new();
    world->ann = device_new(world->server, "Ann Sample", HF_ROLE_WORKER);
    world->case_id = device_case(world->ann, "INV-1");
    world->record_id = device_id(world->ann);
    device_save(world->ann, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring"));
    device_sync(world->ann);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    device_free(world->ann);
    server_free(world->server);
    free(world);
    return 0;
}

static void take_away(struct world *world)
{
    server_assign(world->server, &world->case_id, &world->ann->identity.person, false);
    device_pull_general(world->ann);
}

static size_t purged(struct world *world)
{
    size_t count = 99;
    assert_int_equal(hf_replica_purge_ready(world->ann->replica, &count, &world->ann->err), HF_OK);
    return count;
}

static void assert_still_here(struct world *world)
{
    assert_int_equal(purged(world), 0);
    assert_string_equal(device_text(world->ann, &world->record_id, ACTION_TEXT), "Ring");
}

static void assert_gone(struct world *world)
{
    struct hf_id case_id;
    uint64_t leaves = 0;
    bool found = false;
    assert_int_equal(purged(world), 1);
    assert_string_equal(device_text(world->ann, &world->record_id, ACTION_TEXT), "");
    assert_int_equal(hf_replica_purge_receipt(world->ann->replica, &case_id, &leaves, &found), HF_OK);
    assert_true(found);
    assert_true(hf_id_equal(&case_id, &world->case_id));
    assert_int_equal(purged(world), 0);
}

static void case_with_nothing_to_hand_in__goes_and_its_own_leaves_stay(void **state)
{
    struct world *world = *state;
    const uint64_t leaves = device_counts(world->ann).received + device_counts(world->ann).sent;
    take_away(world);
    assert_gone(world);
    assert_int_equal(device_number(world->ann, "SELECT count(*) FROM changes WHERE own = 1"), leaves);
}

static void change_saved_between_push_and_pull__keeps_it_until_it_is_sent(void **state)
{
    struct world *world = *state;
    device_push(world->ann); /* nothing to send */
    struct hf_id other = device_id(world->ann);
    device_save(world->ann, &world->case_id, &other, TYPE_ACTION, ACTION_TEXT, text_value("Saved meanwhile"));
    take_away(world);
    assert_still_here(world);
    device_reopen(world->ann);
    assert_still_here(world);
    device_push(world->ann);
    assert_gone(world);
    /* What it says is at the office. */
    const struct server_entry *last = &world->server->entries[world->server->size - 1];
    bool said = false;
    for (size_t i = 0; i + 15 <= last->body.len; i++)
        said = said || memcmp(last->body.data + i, "Saved meanwhile", 15) == 0;
    assert_true(said);
}

static void own_draft__keeps_it_until_the_office_has_it(void **state)
{
    struct world *world = *state;
    struct hf_drafts_out out = {0};
    const struct hf_draft_put_field field = {.field = ACTION_TEXT, .text = hf_slice_str("Half a sentence")};
    const struct hf_draft_put put = {.case_id = world->case_id,
                                     .record_id = world->record_id,
                                     .type = TYPE_ACTION,
                                     .form = hf_slice_str("action/1"),
                                     .fields = &field,
                                     .field_count = 1};
    assert_int_equal(hf_replica_draft_put(world->ann->replica, &put, ++world->ann->now_ms, &world->ann->err), HF_OK);
    take_away(world);
    assert_still_here(world);
    assert_int_equal(hf_replica_drafts_out(world->ann->replica, 8, 65536, &out, &world->ann->err), HF_OK);
    assert_int_equal(out.item_count, 1);
    /* The office does not take it: it stays, and is not thrown away after so many tries. */
    enum hf_draft_result result = HF_DRAFT_TOO_MANY;
    struct hf_drafts_in in = {.results = &result, .result_count = 1};
    assert_int_equal(hf_replica_drafts_in(world->ann->replica, &out, &in, &world->ann->err), HF_OK);
    assert_still_here(world);
    result = HF_DRAFT_KEPT;
    assert_int_equal(hf_replica_drafts_in(world->ann->replica, &out, &in, &world->ann->err), HF_OK);
    assert_gone(world);
    assert_int_equal(device_number(world->ann, "SELECT count(*) FROM drafts"), 0);
    hf_drafts_out_clear(&out);
}

static void attachment_not_handed_in__keeps_it_until_the_office_has_every_chunk(void **state)
{
    struct world *world = *state;
    struct device *ann = world->ann;
    char folder[160];
    struct hf_attach_add *add = NULL;
    struct hf_attach_step step = {0};
    struct hf_id photo;
    uint8_t content[3 * 32768];
    bool due = false;
    memset(content, 7, sizeof content);
    (void)snprintf(folder, sizeof folder, "%s/attachments", ann->folder);
    assert_int_equal(hf_replica_attach_folder(ann->replica, folder, true, &ann->err), HF_OK);
    const struct hf_attach_spec spec = {.case_id = world->case_id,
                                        .parent = world->record_id,
                                        .size = sizeof content,
                                        .title = hf_slice_str("Invented"),
                                        .name = hf_slice_str("invented.pdf"),
                                        .media_type = hf_slice_str("application/pdf")};
    assert_int_equal(hf_replica_attach_begin(ann->replica, &spec, ann->now_ms++, &add, &ann->err), HF_OK);
    assert_int_equal(hf_attach_add_write(add, hf_slice_of(content, sizeof content), &ann->err), HF_OK);
    assert_int_equal(hf_attach_add_finish(add, ann->now_ms++, &photo, &ann->err), HF_OK);
    device_push(ann);
    take_away(world);
    assert_still_here(world);
    for (uint64_t have = 0; have < 3; have++) {
        assert_int_equal(hf_replica_attach_due(ann->replica, 5, true, &due, &ann->err), HF_OK);
        assert_true(due);
        assert_int_equal(hf_replica_attach_next(ann->replica, 5, true, 1, &step, &ann->err), HF_OK);
        assert_true(step.any && step.put);
        if (step.count == 0) { /* how many are there? */
            assert_int_equal(hf_replica_attach_has(ann->replica, 5, &step, HF_ATTACH_KEPT, 0, &ann->err), HF_OK);
            hf_attach_step_clear(&step);
            assert_int_equal(hf_replica_attach_next(ann->replica, 5, true, 1, &step, &ann->err), HF_OK);
        }
        assert_int_equal(step.first, have);
        assert_still_here(world);
        assert_int_equal(hf_replica_attach_has(ann->replica, 5, &step, HF_ATTACH_KEPT, have + 1, &ann->err), HF_OK);
        hf_attach_step_clear(&step);
    }
    assert_gone(world);
    char file[200];
    char hex[2 * HF_ID_BYTES + 1];
    for (size_t i = 0; i < HF_ID_BYTES; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", photo.bytes[i]);
    (void)snprintf(file, sizeof file, "%s/%s", folder, hex);
    assert_null(fopen(file, "rb"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(case_with_nothing_to_hand_in__goes_and_its_own_leaves_stay),
        TEST(change_saved_between_push_and_pull__keeps_it_until_it_is_sent),
        TEST(own_draft__keeps_it_until_the_office_has_it),
        TEST(attachment_not_handed_in__keeps_it_until_the_office_has_every_chunk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
