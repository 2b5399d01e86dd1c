/* Rows of changes are folded: whatever happens to a change, its leaf and body come back as they were signed, and what
 * is damaged is told. `test_replica_fold SEED` repeats a run. All words are invented. */
#include "core/replica/fold.h"
#include "tests/replica/support_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS    220
#define LEAVES    400
#define RECORDS   6
#define CASES     3
#define TEXTS_MAX 1200

static uint64_t seed;

/* SplitMix64. */
static uint64_t draw(uint64_t *random)
{
    uint64_t z = (*random += 0x9E3779B97F4A7C15ull);
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ z >> 27) * 0x94D049BB133111EBull;
    return z ^ z >> 31;
}

/* --- histories --- */

struct history {
    uint64_t random;
    struct server *server;
    struct device *devices[2];
    struct hf_id cases[CASES];
    struct hf_id records[RECORDS]; /* record i belongs to case i % CASES */
    struct hf_buf bytes;
    size_t unfolded, gone;
};

static uint64_t below(struct history *history, uint64_t bound)
{
    return draw(&history->random) % bound;
}

static struct hf_slice words(struct history *history)
{
    static const char *const list[] = {"we ",    "asked ",    "the ", "school ", "What was agreed ",
                                       "Robin ", "\xc3\xa9 ", "x"};
    char text[TEXTS_MAX + 32];
    size_t len = 0;
    const size_t wanted = 1 + below(history, 4) * below(history, TEXTS_MAX / 4);
    while (len < wanted)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s", list[below(history, 8)]);
    return text_value(text);
}

/* The office has the bytes as they were pushed; what it has not is shown by hashes and signature. */
static void check_row(struct history *history, struct device *device, const struct hf_stored *stored)
{
    struct hf_leaf leaf;
    struct hf_class_key key = {0};
    assert_true(stored->whole);
    assert_int_equal(stored->leaf.len, HF_LEAF_BYTES);
    const struct hf_id id = hf_leaf_change_id(stored->leaf.data);
    assert_true(hf_id_equal(&id, &stored->change_id));
    assert_true(hf_leaf_verify(stored->leaf.data));
    assert_int_equal(hf_leaf_decode(stored->leaf, &leaf), HF_OK);
    if (stored->index != HF_INDEX_NONE) {
        const struct server_entry *entry = &history->server->entries[stored->index];
        assert_memory_equal(stored->leaf.data, entry->leaf, HF_LEAF_BYTES);
        assert_true(stored->body.len == 0 || hf_slice_equal(stored->body, hf_buf_slice(&entry->body)));
    }
    if (stored->body.len == 0) {
        history->gone++;
    } else if (hf_replica_key_find(device->replica, &stored->key_id, &key, NULL) == HF_OK) {
        assert_int_equal(hf_payload_check_opened(&key, stored->body, &leaf, NULL), HF_OK);
        history->unfolded++;
    }
}

static void check_all(struct history *history, struct device *device)
{
    const size_t last = device_number(device, "SELECT coalesce(max(seq), 0) FROM changes");
    for (uint64_t row = 1; row <= last; row++) {
        struct hf_stored stored;
        enum hf_status status = hf_replica_stored_by_row(device->replica, row, &stored, &history->bytes, &device->err);
        if (status == HF_OK)
            check_row(history, device, &stored);
        else
            assert_int_equal(status, HF_ERR_NOT_FOUND); /* it went with its case */
    }
}

static void save(struct history *history, struct device *device)
{
    static const uint16_t fields[] = {CHILD_NAME, CHILD_KNOWN_AS};
    struct hf_id ignored;
    const size_t record = below(history, RECORDS);
    /* Refused when the case is not here, or the field is in a clash. */
    (void)device_try_save(device, &history->cases[record % CASES], &history->records[record], TYPE_CHILD,
                          fields[below(history, 2)], words(history), below(history, 4) == 0, &ignored);
}

static void change_caseload(struct history *history)
{
    server_assign(history->server, &history->cases[below(history, CASES)],
                  &history->devices[below(history, 2)]->identity.person, below(history, 2) == 0);
}

static void purge(struct device *device)
{
    size_t count = 0;
    assert_int_equal(hf_replica_purge_ready(device->replica, &count, &device->err), HF_OK);
}

static void release(struct history *history)
{
    const struct server_entry *entry = &history->server->entries[below(history, history->server->size)];
    if (entry->hold != HF_HOLD_NONE)
        server_release(history->server, &entry->change_id, below(history, 2) == 0);
}

static void step(struct history *history)
{
    struct device *device = history->devices[below(history, 2)];
    switch (below(history, 16)) {
    case 0:
        device_push(device);
        break;
    case 1:
        device_pull(device);
        break;
    case 2:
        device_head(device);
        break;
    case 3:
        device_sync(device);
        purge(device);
        break;
    case 4:
        change_caseload(history);
        break;
    case 5:
        device_reopen(device);
        break;
    case 6:
        release(history);
        break;
    default:
        save(history, device);
    }
    history->server->hold = below(history, 8) == 0 ? HF_HOLD_RIGHT : HF_HOLD_NONE;
    history->server->hold_seq = below(history, 60);
}

static void random_histories__keep_every_leaf_and_body(void **unused)
{
    (void)unused;
    struct history history = {.random = seed, .server = server_new()};
    history.devices[0] = device_new(history.server, "Amara Field", HF_ROLE_WORKER);
    history.devices[1] = device_new(history.server, "Ben Marsh", HF_ROLE_MANAGER);
    for (size_t i = 0; i < CASES; i++) {
        history.cases[i] = device_case(history.devices[0], "INV-1");
        device_push(history.devices[0]);
        server_assign(history.server, &history.cases[i], &history.devices[1]->identity.person, true);
    }
    for (size_t i = 0; i < RECORDS; i++)
        history.records[i] = device_id(history.devices[0]);
    device_sync(history.devices[1]);
    for (size_t round = 0; round < ROUNDS; round++) {
        step(&history);
        if (round % 8 == 0)
            check_all(&history, history.devices[round / 8 % 2]);
    }
    for (size_t i = 0; i < 2; i++) {
        device_sync(history.devices[i]);
        check_all(&history, history.devices[i]);
    }
    assert_true(history.unfolded > ROUNDS); /* it did look at something */
    hf_buf_clear(&history.bytes);
    device_free(history.devices[0]);
    device_free(history.devices[1]);
    server_free(history.server);
}

/* --- leaves and bodies that no device writes --- */

static void draw_leaf(uint64_t *random, const struct device *device, uint8_t leaf[HF_LEAF_BYTES])
{
    for (size_t at = 0; at < HF_LEAF_BYTES; at += 8)
        hf_put_u64(leaf + at, draw(random));
    memcpy(leaf, "HFC1", 4);
    memset(leaf + 4, 0, 4);
    memcpy(leaf + 16, device->identity.log_id, HF_HASH_BYTES);
    memcpy(leaf + 48, device->identity.sign.public_key, HF_SIGN_PUBLIC_BYTES);
    hf_put_u32(leaf + 80, device->identity.incarnation);
    hf_put_u64(leaf + 84, 1000 + draw(random) % 3 * 100000);
    hf_put_u64(leaf + 124, draw(random) >> draw(random) % 64);
    if (draw(random) % 4 == 0)
        hf_put_u64(leaf + 124, draw(random) % 3); /* sizes that others name with another root */
    if (draw(random) % 3 == 0)                    /* one place is not as the row says */
        leaf[draw(random) % HF_LEAF_BYTES] ^= (uint8_t)(1 + draw(random) % 255);
}

static void draw_body(uint64_t *random, const struct hf_stored *stored, struct hf_buf *out)
{
    const uint64_t form = draw(random) % 4;
    hf_buf_reset(out);
    if (form == 0)
        return;
    hf_buf_append_u8(out, (uint8_t)draw(random));
    if (form >= 2) {
        hf_buf_append(out, "\x01\xc4\x10", 3);
        hf_buf_append(out, stored->case_id.bytes, HF_ID_BYTES);
        hf_buf_append(out, "\x02\xc4\x10", 3);
        hf_buf_append(out, stored->record_id.bytes, form == 3 ? HF_ID_BYTES : draw(random) % HF_ID_BYTES);
    }
    for (uint64_t i = draw(random) % 60; i > 0; i--)
        hf_buf_append_str(out, draw(random) % 2 ? "the child wants to stay " : "a");
}

static void leaf_and_body_of_any_form__come_back(void **state)
{
    struct world *world = *state;
    uint64_t random = seed;
    struct hf_replica *replica = world->device->replica;
    struct hf_buf body = {0}, bytes = {0};
    uint8_t leaf[HF_LEAF_BYTES];
    for (uint64_t i = 0; i < LEAVES; i++) {
        draw_leaf(&random, world->device, leaf);
        struct hf_stored stored = {.change_id = hf_leaf_change_id(leaf),
                                   .record_id = device_id(world->device),
                                   .case_id = world->case_id,
                                   .kind = (enum hf_leaf_kind)(draw(&random) % 8 == 0 ? 9 : 0),
                                   .device = draw(&random) % 8 == 0 ? 77 : 1,
                                   .leaf_seq = hf_get_u64(leaf + 84) % 2 ? i + 10 : hf_get_u64(leaf + 84) % INT64_MAX,
                                   .index = HF_INDEX_NONE,
                                   .effect = HF_EFFECT_NONE,
                                   .leaf = hf_slice_of(leaf, sizeof leaf)};
        struct hf_stored again;
        draw_body(&random, &stored, &body);
        stored.body = hf_buf_slice(&body);
        device_sql(world->device, "DELETE FROM changes WHERE leaf_seq > 5");
        assert_int_equal(hf_replica_stored_add(replica, &stored, &world->device->err), HF_OK);
        assert_int_equal(hf_replica_stored_find(replica, &stored.change_id, &again, &bytes, NULL), HF_OK);
        assert_true(again.whole);
        assert_true(hf_slice_equal(again.leaf, stored.leaf));
        assert_true(hf_slice_equal(again.body, stored.body));
    }
    hf_buf_clear(&body);
    hf_buf_clear(&bytes);
}

/* What a transaction noted goes with it. */
static void root_noted_in_vain__is_noted_again(void **state)
{
    struct world *world = *state;
    struct hf_replica *replica = world->device->replica;
    uint64_t random = seed;
    uint8_t leaf[HF_LEAF_BYTES];
    struct hf_buf bytes = {0};
    do
        draw_leaf(&random, world->device, leaf);
    while (memcmp(leaf + 48, world->device->identity.sign.public_key, HF_SIGN_PUBLIC_BYTES) != 0);
    hf_put_u64(leaf + 124, 12345);
    struct hf_stored again, stored = {.change_id = hf_leaf_change_id(leaf),
                                      .case_id = world->case_id,
                                      .device = 1,
                                      .leaf_seq = hf_get_u64(leaf + 84),
                                      .index = HF_INDEX_NONE,
                                      .effect = HF_EFFECT_NONE,
                                      .leaf = hf_slice_of(leaf, sizeof leaf)};
    assert_int_equal(hf_rows_transaction(replica, NULL), HF_OK);
    assert_int_equal(hf_replica_stored_add(replica, &stored, NULL), HF_OK);
    assert_int_equal(hf_rows_finish(replica, HF_ERR_FULL, NULL), HF_ERR_FULL);
    assert_int_equal(hf_replica_stored_add(replica, &stored, NULL), HF_OK);
    hf_replica_fold_forget(replica);
    assert_int_equal(hf_replica_stored_find(replica, &stored.change_id, &again, &bytes, NULL), HF_OK);
    assert_true(again.whole);
    hf_buf_clear(&bytes);
}

static void leaf_of_this_device__lies_without_what_the_row_says(void **state)
{
    struct world *world = *state;
    assert_int_equal(device_number(world->device, "SELECT max(length(leaf)) FROM changes WHERE leaf_seq > 0"), 189);
    assert_int_equal(device_number(world->device, "SELECT count(*) FROM changes WHERE instr(body, case_id) > 0"
                                                  " AND kind = 0"),
                     0);
    assert_int_equal(device_number(world->device, "SELECT count(*) FROM records WHERE instr(packed, record_id) > 0"),
                     0);
}

/* --- damage --- */

static bool count_change(void *ctx, const struct hf_change_row *row)
{
    (void)row;
    ++*(size_t *)ctx;
    return true;
}

static bool count_item(void *ctx, const struct hf_item *item)
{
    (void)item;
    ++*(size_t *)ctx;
    return true;
}

static enum hf_status history_of(struct world *world)
{
    size_t count = 0;
    return hf_replica_history(world->device->replica, &world->record_id, count_change, &count);
}

static void body_that_was_damaged__is_told_and_not_used(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < 12; i++)
        device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT,
                    text_value(i % 2 ? "Ring the school about the plan for the week and ask what was agreed there"
                                     : "Ring the carer about the plan for the week and ask what was agreed there"));
    assert_int_equal(history_of(world), HF_OK);
    device_sql(world->device, "UPDATE changes SET body = substr(body, 1, 40) || x'00' || substr(body, 42)"
                              " WHERE seq = (SELECT max(seq) FROM changes)");
    assert_int_equal(history_of(world), HF_ERR_CORRUPT);
    device_sql(world->device, "UPDATE changes SET body = x'07' WHERE seq = (SELECT max(seq) FROM changes)");
    assert_int_equal(history_of(world), HF_ERR_CORRUPT);
    assert_string_equal(device_text(world->device, &world->record_id, ACTION_TEXT),
                        "Ring the school about the plan for the week and ask what was agreed there");
}

static void leaf_that_is_not_the_one_signed__is_neither_shown_nor_sent(void **state)
{
    struct world *world = *state;
    const char *const damages[] = {
        "UPDATE changes SET leaf = substr(leaf, 1, 60) || x'0000' || substr(leaf, 63) WHERE record_id IS NOT NULL",
        "UPDATE changes SET leaf = x'0102' WHERE record_id IS NOT NULL",
    };
    for (size_t i = 0; i < 2; i++) {
        device_sql(world->device, damages[i]);
        const enum hf_status status = history_of(world);
        assert_true(status == HF_ERR_STATE || status == HF_ERR_CORRUPT);
        size_t count = 0;
        assert_int_not_equal(hf_replica_outbox(world->device->replica, 0, count_item, &count), HF_OK);
        assert_int_equal(count, 1); /* the case's own leaf stands before them */
    }
}

/* An older copy of the table of roots was put back: the changes of others come once more from the office. */
static void root_that_is_gone__comes_back_with_the_next_delivery(void **state)
{
    struct world *world = *state;
    struct hf_buf bytes = {0};
    struct hf_stored stored;
    device_sync(world->device); /* from here on there is a checkpoint to have seen */
    device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value("Ring again"));
    device_sync(world->device);
    const uint64_t row = device_number(world->device, "SELECT max(seq) FROM changes WHERE record_id IS NOT NULL");
    assert_int_equal(hf_replica_stored_by_row(world->device->replica, row, &stored, &bytes, NULL), HF_OK);
    assert_true(stored.whole);
    const struct hf_item item = server_item(world->server, stored.index);
    device_sql(world->device, "DELETE FROM roots_seen");
    device_reopen(world->device);
    assert_int_equal(hf_replica_stored_by_row(world->device->replica, row, &stored, &bytes, NULL), HF_OK);
    assert_false(stored.whole);
    assert_int_equal(history_of(world), HF_ERR_STATE);
    assert_true(hf_replica_damage(world->device->replica)[0] != '\0');
    assert_int_equal(device_feed(world->device, &item, 1, world->server->size), HF_OK);
    assert_int_equal(hf_replica_stored_by_row(world->device->replica, row, &stored, &bytes, NULL), HF_OK);
    assert_true(stored.whole);
    assert_memory_equal(stored.leaf.data, item.leaf.data, HF_LEAF_BYTES);
    hf_buf_clear(&bytes);
}

/* A title stands once in its row, whatever it is; texts that begin like it, and clashes, included. */
static void state_without_its_title__comes_back(void **state)
{
    struct world *world = *state;
    const char *const texts[] = {"Ask the school for a meeting about the plan", "Ask the school",
                                 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                                 "\xc3\xa9\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9 \xc3\xa9\xc3\xa9\xc3\xa9"};
    for (size_t i = 0; i < 4; i++) {
        struct hf_record_state record = {0};
        device_save(world->device, &world->case_id, &world->record_id, TYPE_ACTION, ACTION_TEXT, text_value(texts[i]));
        assert_string_equal(device_text(world->device, &world->record_id, ACTION_TEXT), texts[i]);
        assert_int_equal(device_number(world->device, "SELECT sum(instr(packed, CAST(title AS BLOB)) > 0) FROM records"
                                                      " WHERE length(CAST(title AS BLOB)) >= 16"),
                         0);
        assert_int_equal(hf_replica_record(world->device->replica, &world->record_id, &record), HF_OK);
        hf_record_state_clear(&record);
    }
    device_sql(world->device, "UPDATE records SET title = title || 'x'");
    struct hf_record_state record = {0};
    assert_int_not_equal(hf_replica_record(world->device->replica, &world->record_id, &record), HF_OK);
}

static void state_that_was_damaged__is_told(void **state)
{
    struct world *world = *state;
    struct hf_record_state record = {0};
    device_sql(world->device, "UPDATE records SET packed = substr(packed, 1, length(packed) - 3)");
    assert_int_not_equal(hf_replica_record(world->device->replica, &world->record_id, &record), HF_OK);
    assert_int_equal(record.field_count, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, world_setup_action, world_teardown)

int main(int argc, char **argv)
{
    if (argc > 1)
        seed = strtoull(argv[1], NULL, 10);
    else
        hf_random((uint8_t *)&seed, sizeof seed);
    (void)printf("seed %" PRIu64 "\n", seed);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_histories__keep_every_leaf_and_body),
        TEST(leaf_and_body_of_any_form__come_back),
        TEST(root_noted_in_vain__is_noted_again),
        TEST(leaf_of_this_device__lies_without_what_the_row_says),
        TEST(body_that_was_damaged__is_told_and_not_used),
        TEST(leaf_that_is_not_the_one_signed__is_neither_shown_nor_sent),
        TEST(root_that_is_gone__comes_back_with_the_next_delivery),
        TEST(state_without_its_title__comes_back),
        TEST(state_that_was_damaged__is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
