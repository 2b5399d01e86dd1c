#include "tests/protocol/support_message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void fill_from(uint8_t first, uint8_t *out, size_t len)
{
    for (size_t i = 0; i < len; i++)
        out[i] = (uint8_t)(first + i);
}

static struct hf_id id_from(uint8_t first)
{
    struct hf_id id;
    fill_from(first, id.bytes, sizeof id.bytes);
    return id;
}

static void fill_store(struct sample_store *store)
{
    memset(store, 0, sizeof *store);
    for (size_t i = 0; i < 2; i++) {
        fill_from((uint8_t)(i + 1), store->leaf[i], HF_LEAF_BYTES);
        fill_from((uint8_t)(0x80 + i), store->body[i], sizeof store->body[i]);
        store->items[i] = (struct hf_item){
            .index = 300 + i,
            .leaf = hf_slice_of(store->leaf[i], HF_LEAF_BYTES),
            .case_id = id_from(0x10),
            .key_id = id_from(0x20),
            .body = hf_slice_of(store->body[i], sizeof store->body[i]),
            .hold = i == 0 ? HF_HOLD_NONE : HF_HOLD_RIGHT,
        };
        store->results[i] = (struct hf_msg_pushed){.seq = 41 + i, .index = 70000 + i, .hold = store->items[i].hold};
        store->ranges[i] = (struct hf_msg_range){.first = 128 + 10 * i, .count = 1 + i};
    }
    fill_from(0x30, store->payload, sizeof store->payload);
    fill_from(0x40, store->r, sizeof store->r);
    fill_from(0x50, store->certificate, sizeof store->certificate);
    store->keys[0] = (struct hf_class_key){.case_id = id_from(0x10), .key_id = id_from(0x20), .epoch = 7};
    fill_from(0x60, store->keys[0].key, HF_KEY_BYTES);
    store->entries[0] = (struct hf_msg_entry){.leaf = hf_slice_of(store->leaf[0], HF_LEAF_BYTES),
                                              .payload = hf_slice_of(store->payload, sizeof store->payload),
                                              .r = store->r,
                                              .body = hf_slice_of(store->body[0], sizeof store->body[0])};
    store->entries[1] = (struct hf_msg_entry){.leaf = hf_slice_of(store->leaf[1], HF_LEAF_BYTES)};
    store->args[0] = hf_slice_str("device");
    store->args[1] = hf_slice_str("list");
}

/* --- from the device --- */

static void sample_of_device(struct sample_store *store, struct hf_message *out)
{
    switch (out->type) {
    case HF_MSG_HELLO:
        out->as.hello.version = HF_PROTOCOL_VERSION;
        fill_from(0x70, out->as.hello.device, HF_DEVICE_MARK_BYTES);
        out->as.hello.incarnation = 2;
        out->as.hello.next_seq = 43;
        out->as.hello.cursor = 65536;
        out->as.hello.checkpoint_size = 4294967296;
        out->as.hello.clock_ms = 1763762315000;
        out->as.hello.known = 0x123456789abcdef0;
        break;
    case HF_MSG_PUSH:
    case HF_MSG_HAND_ON:
        out->as.push.items = store->items;
        out->as.push.count = 2;
        break;
    case HF_MSG_PULL:
        out->as.pull.cursor = 255;
        break;
    case HF_MSG_HEAD:
        out->as.head.old_size = 256;
        out->as.head.ranges = store->ranges;
        out->as.head.range_count = 2;
        out->as.head.with_pushed = true;
        break;
    case HF_MSG_ENROL:
        fill_from(0x70, out->as.enrol.device, HF_SIGN_PUBLIC_BYTES);
        fill_from(0x90, out->as.enrol.signature, HF_SIGN_BYTES);
        break;
    case HF_MSG_ENTRIES:
        out->as.entries.from = 1000;
        out->as.entries.count = HF_LIMIT_ENTRIES;
        out->as.entries.contents = true;
        break;
    case HF_MSG_PURGED:
        out->as.purged.case_id = id_from(0x10);
        out->as.purged.changes = 300;
        break;
    case HF_MSG_RESTART:
        out->as.restart.incarnation = 2;
        fill_from(0x80, out->as.restart.head, HF_HASH_BYTES);
        out->as.restart.more = true;
        out->as.restart.leaves = hf_slice_of(store->leaf[0], HF_LEAF_BYTES);
        break;
    case HF_MSG_ADMIN:
        out->as.admin.args = store->args;
        out->as.admin.count = 2;
        break;
    default:
        break;
    }
}

/* --- from the office --- */

static void sample_head_is(struct sample_store *store, struct hf_message *out)
{
    out->as.head_is.note = hf_slice_str("office.example/log\n301\n");
    out->as.head_is.consistency.count = 1;
    fill_from(0xA0, out->as.head_is.consistency.hash[0].bytes, HF_HASH_BYTES);
    store->ranges[1].proof.count = 2;
    fill_from(0xB0, store->ranges[1].proof.hash[0].bytes, HF_HASH_BYTES);
    fill_from(0xC0, store->ranges[1].proof.hash[1].bytes, HF_HASH_BYTES);
    out->as.head_is.ranges = store->ranges;
    out->as.head_is.range_count = 2;
}

static void sample_enrolled(struct sample_store *store, struct hf_message *out)
{
    out->as.enrolled.pending = true;
    out->as.enrolled.person = id_from(0xD0);
    out->as.enrolled.role = HF_ROLE_WORKER;
    out->as.enrolled.person_name = hf_slice_str("Noor van Dijk (made up)");
    out->as.enrolled.incarnation = 1;
    fill_from(0xE0, out->as.enrolled.authority_key, HF_SIGN_PUBLIC_BYTES);
    out->as.enrolled.certificate = hf_slice_of(store->certificate, sizeof store->certificate);
}

static void sample_log_of_office(struct sample_store *store, struct hf_message *out)
{
    switch (out->type) {
    case HF_MSG_PUSHED:
    case HF_MSG_HANDED_ON:
        out->as.pushed.results = store->results;
        out->as.pushed.count = 2;
        break;
    case HF_MSG_RESTARTED:
        out->as.restarted.incarnation = 4;
        out->as.restarted.results = store->results;
        out->as.restarted.count = 2;
        out->as.restarted.place = 302;
        out->as.restarted.leaf = hf_slice_of(store->leaf[0], HF_LEAF_BYTES);
        break;
    case HF_MSG_FEED:
        out->as.feed.keys = store->keys;
        out->as.feed.key_count = 1;
        out->as.feed.items = store->items;
        out->as.feed.item_count = 2;
        out->as.feed.next_cursor = 302;
        out->as.feed.more = true;
        break;
    case HF_MSG_LIVE:
        out->as.feed.from = 299;
        out->as.feed.items = store->items;
        out->as.feed.item_count = 2;
        out->as.feed.next_cursor = 302;
        break;
    case HF_MSG_HEAD_IS:
        sample_head_is(store, out);
        break;
    case HF_MSG_WITNESSED_IS:
        out->as.witnessed_is.note = hf_slice_of(store->certificate, sizeof store->certificate);
        out->as.witnessed_is.policy = hf_slice_str("quorum none\n");
        break;
    case HF_MSG_ENTRIES_ARE:
        out->as.entries_are.size = 1002;
        out->as.entries_are.entries = store->entries;
        out->as.entries_are.count = 2;
        break;
    case HF_MSG_NEWS:
        out->as.news.log_size = 303;
        out->as.news.whole = true;
        fill_from(0xa0, out->as.news.attachment.bytes, sizeof out->as.news.attachment.bytes);
        break;
    default:
        break;
    }
}

static void sample_words_of_office(struct sample_store *store, struct hf_message *out)
{
    switch (out->type) {
    case HF_MSG_WELCOME:
        out->as.welcome.version = HF_PROTOCOL_VERSION;
        out->as.welcome.server_ms = 1795298315123;
        out->as.welcome.mode = HF_MODE_HAND_IN;
        out->as.welcome.next_seq = 42;
        fill_from(0xF0, out->as.welcome.head, HF_HEAD_MARK_BYTES);
        out->as.welcome.log_size = 302;
        out->as.welcome.certificate = hf_slice_of(store->certificate, sizeof store->certificate);
        out->as.welcome.incarnation = 3;
        out->as.welcome.lease_days = 21;
        out->as.welcome.drafts = true;
        out->as.welcome.attach_mark = 0xA77AC4ED;
        break;
    case HF_MSG_ENROLLED:
        sample_enrolled(store, out);
        break;
    case HF_MSG_ADMIN_DONE:
        out->as.admin_done.exit_code = 1;
        out->as.admin_done.output = hf_slice_str("two devices\n");
        out->as.admin_done.errors = hf_slice_str("");
        break;
    case HF_MSG_ERROR:
        out->as.error.status = HF_ERR_REVOKED;
        out->as.error.text = hf_slice_str("This device was revoked – é.");
        break;
    default:
        break;
    }
}

bool sample_exists(size_t number)
{
    return number >= SAMPLE_FURTHER ? number <= SAMPLE_COUNT : hf_message_is_type((unsigned)number);
}

static void sample_drafts(struct sample_store *store, struct hf_message *out)
{
    const bool of_others = out->type == HF_MSG_DRAFTS_ARE;
    for (size_t i = 0; i < 2; i++) {
        store->drafts[i] = (struct hf_draft_item){.record_id = id_from(0x11),
                                                  .case_id = id_from(0x12),
                                                  .key_id = id_from(0x13),
                                                  .version = 1795298315123 + i,
                                                  .shared = i == 1,
                                                  .blob = hf_slice_of(store->payload, sizeof store->payload - i)};
        if (of_others) {
            store->drafts[i].person = id_from(0x14);
            fill_from(0x15, store->drafts[i].device, HF_SIGN_PUBLIC_BYTES);
        }
        store->draft_refs[i] = (struct hf_draft_ref){.record_id = id_from(0x16), .version = 7 + i};
        if (!of_others)
            fill_from(0x17, store->draft_refs[i].device, HF_SIGN_PUBLIC_BYTES);
        store->draft_results[i] = i == 0 ? HF_DRAFT_KEPT : HF_DRAFT_NOT_HERE;
        store->gone[i] = 3 + (uint32_t)i;
    }
    out->as.drafts =
        (struct hf_msg_drafts){.items = store->drafts, .item_count = 2, .ended = store->draft_refs, .ended_count = 1};
    if (!of_others) {
        out->as.drafts.held = store->draft_refs;
        out->as.drafts.held_count = 2;
    } else {
        out->as.drafts.results = store->draft_results;
        out->as.drafts.result_count = 2;
        out->as.drafts.gone = store->gone;
        out->as.drafts.gone_count = 2;
        out->as.drafts.more = true;
    }
}

static void sample_attach(struct sample_store *store, struct hf_message *out)
{
    struct hf_msg_attach *attach = &out->as.attach;
    if (out->type == HF_MSG_ATTACH_PUT || out->type == HF_MSG_ATTACH_GET) {
        attach->record_id = id_from(0x11);
        attach->first = 300;
    }
    if (out->type == HF_MSG_ATTACH_GET)
        attach->most = 20;
    if (out->type == HF_MSG_ATTACH_HAS) {
        attach->result = HF_ATTACH_TOO_LARGE;
        attach->have = 301;
    }
    if (out->type == HF_MSG_ATTACH_PUT || out->type == HF_MSG_ATTACH_IS) {
        store->chunks[0] = hf_slice_of(store->payload, sizeof store->payload);
        store->chunks[1] = hf_slice_of(store->payload, 17);
        attach->chunks = store->chunks;
        attach->count = 2;
        attach->proof.count = 1;
        fill_from(0x40, attach->proof.hash[0].bytes, HF_HASH_BYTES);
    }
}

static bool is_snapshot(const struct hf_message *message)
{
    return message->type == HF_MSG_SNAPSHOT || message->type == HF_MSG_SNAPSHOT_IS;
}

static bool is_attach(const struct hf_message *message)
{
    return message->type >= HF_MSG_ATTACH_PUT && message->type <= HF_MSG_ATTACH_IS;
}

void sample_message(size_t number, struct sample_store *store, struct hf_message *out)
{
    static const enum hf_message_type further[] = {HF_MSG_PULL, HF_MSG_FEED, HF_MSG_HEAD, HF_MSG_ERROR,
                                                   HF_MSG_SNAPSHOT_IS};
    assert_true(sample_exists(number));
    const bool plain = number < SAMPLE_FURTHER;
    fill_store(store);
    memset(out, 0, sizeof *out);
    out->type = plain ? (enum hf_message_type)number : further[number - SAMPLE_FURTHER];
    out->request = out->type == HF_MSG_NEWS || out->type == HF_MSG_LIVE
                       ? 0
                       : 1000 + (uint32_t)(plain ? number : number - SAMPLE_FURTHER + 19);
    if (plain) {
        sample_of_device(store, out);
        sample_log_of_office(store, out);
        sample_words_of_office(store, out);
        if (out->type == HF_MSG_DRAFTS || out->type == HF_MSG_DRAFTS_ARE)
            sample_drafts(store, out);
        if (is_attach(out))
            sample_attach(store, out);
        if (is_snapshot(out))
            sample_snapshot(store, out);
    } else if (out->type == HF_MSG_PULL) {
        out->as.pull.one_case = true;
        out->as.pull.case_id = id_from(0x10);
        out->as.pull.cursor = 5;
        out->as.pull.until = 300;
    } else if (out->type == HF_MSG_FEED) {
        out->as.feed.next_cursor = 302;
    } else if (out->type == HF_MSG_SNAPSHOT_IS) {
        out->as.snapshot_is = (struct hf_snapshot_part){.few = true, .log_size = 5};
    } else if (out->type == HF_MSG_ERROR) {
        out->request = 0;
        out->as.error.status = HF_ERR_PROTOCOL;
    }
}

/* --- comparing --- */

static void assert_slices_equal(struct hf_slice a, struct hf_slice b)
{
    assert_true(hf_slice_equal(a, b));
}

static void assert_items_equal(const struct hf_item *a, const struct hf_item *b, bool pushed)
{
    assert_slices_equal(a->leaf, b->leaf);
    assert_true(hf_id_equal(&a->case_id, &b->case_id) && hf_id_equal(&a->key_id, &b->key_id));
    assert_slices_equal(a->body, b->body);
    if (!pushed) {
        assert_int_equal(a->index, b->index);
        assert_int_equal(a->hold, b->hold);
    }
}

static void assert_proofs_equal(const struct hf_proof *a, const struct hf_proof *b)
{
    assert_int_equal(a->count, b->count);
    if (a->count > 0)
        assert_memory_equal(a->hash, b->hash, a->count * sizeof a->hash[0]);
}

static void assert_ranges_equal(const struct hf_msg_range *a, const struct hf_msg_range *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].first, b[i].first);
        assert_int_equal(a[i].count, b[i].count);
        assert_proofs_equal(&a[i].proof, &b[i].proof);
    }
}

static void assert_feeds_equal(const struct hf_message *a, const struct hf_message *b)
{
    assert_int_equal(a->as.feed.key_count, b->as.feed.key_count);
    for (size_t i = 0; i < a->as.feed.key_count; i++) {
        const struct hf_class_key *x = &a->as.feed.keys[i], *y = &b->as.feed.keys[i];
        assert_true(hf_id_equal(&x->case_id, &y->case_id) && hf_id_equal(&x->key_id, &y->key_id));
        assert_int_equal(x->epoch, y->epoch);
        assert_memory_equal(x->key, y->key, HF_KEY_BYTES);
    }
    assert_int_equal(a->as.feed.item_count, b->as.feed.item_count);
    for (size_t i = 0; i < a->as.feed.item_count; i++)
        assert_items_equal(&a->as.feed.items[i], &b->as.feed.items[i], false);
    assert_int_equal(a->as.feed.next_cursor, b->as.feed.next_cursor);
    assert_int_equal(a->as.feed.more, b->as.feed.more);
}

static void assert_entries_equal(const struct hf_message *a, const struct hf_message *b)
{
    assert_int_equal(a->as.entries_are.size, b->as.entries_are.size);
    assert_int_equal(a->as.entries_are.count, b->as.entries_are.count);
    for (size_t i = 0; i < a->as.entries_are.count; i++) {
        const struct hf_msg_entry *x = &a->as.entries_are.entries[i], *y = &b->as.entries_are.entries[i];
        assert_slices_equal(x->leaf, y->leaf);
        assert_slices_equal(x->payload, y->payload);
        assert_slices_equal(x->body, y->body);
        assert_int_equal(x->r != NULL, y->r != NULL);
        if (x->r)
            assert_memory_equal(x->r, y->r, HF_OPENING_BYTES);
    }
}

static void assert_words_equal(const struct hf_message *a, const struct hf_message *b)
{
    switch (a->type) {
    case HF_MSG_WELCOME:
        assert_int_equal(a->as.welcome.version, b->as.welcome.version);
        assert_int_equal(a->as.welcome.server_ms, b->as.welcome.server_ms);
        assert_int_equal(a->as.welcome.mode, b->as.welcome.mode);
        assert_int_equal(a->as.welcome.next_seq, b->as.welcome.next_seq);
        assert_memory_equal(a->as.welcome.head, b->as.welcome.head, HF_HEAD_MARK_BYTES);
        assert_int_equal(a->as.welcome.log_size, b->as.welcome.log_size);
        assert_slices_equal(a->as.welcome.certificate, b->as.welcome.certificate);
        assert_int_equal(a->as.welcome.incarnation, b->as.welcome.incarnation);
        assert_int_equal(a->as.welcome.lease_days, b->as.welcome.lease_days);
        assert_int_equal(a->as.welcome.drafts, b->as.welcome.drafts);
        assert_int_equal(a->as.welcome.attach_mark, b->as.welcome.attach_mark);
        break;
    case HF_MSG_ENROLLED:
        assert_int_equal(a->as.enrolled.pending, b->as.enrolled.pending);
        assert_true(hf_id_equal(&a->as.enrolled.person, &b->as.enrolled.person));
        assert_int_equal(a->as.enrolled.role, b->as.enrolled.role);
        assert_slices_equal(a->as.enrolled.person_name, b->as.enrolled.person_name);
        assert_int_equal(a->as.enrolled.incarnation, b->as.enrolled.incarnation);
        assert_memory_equal(a->as.enrolled.authority_key, b->as.enrolled.authority_key, HF_SIGN_PUBLIC_BYTES);
        assert_slices_equal(a->as.enrolled.certificate, b->as.enrolled.certificate);
        break;
    case HF_MSG_ADMIN_DONE:
        assert_int_equal(a->as.admin_done.exit_code, b->as.admin_done.exit_code);
        assert_slices_equal(a->as.admin_done.output, b->as.admin_done.output);
        assert_slices_equal(a->as.admin_done.errors, b->as.admin_done.errors);
        break;
    case HF_MSG_ERROR:
        assert_int_equal(a->as.error.status, b->as.error.status);
        assert_slices_equal(a->as.error.text, b->as.error.text);
        break;
    default:
        break;
    }
}

static void assert_questions_equal(const struct hf_message *a, const struct hf_message *b)
{
    switch (a->type) {
    case HF_MSG_HELLO:
        assert_int_equal(a->as.hello.version, b->as.hello.version);
        assert_memory_equal(a->as.hello.device, b->as.hello.device, HF_DEVICE_MARK_BYTES);
        assert_int_equal(a->as.hello.incarnation, b->as.hello.incarnation);
        assert_int_equal(a->as.hello.next_seq, b->as.hello.next_seq);
        assert_int_equal(a->as.hello.cursor, b->as.hello.cursor);
        assert_int_equal(a->as.hello.checkpoint_size, b->as.hello.checkpoint_size);
        assert_int_equal(a->as.hello.clock_ms, b->as.hello.clock_ms);
        assert_int_equal(a->as.hello.known, b->as.hello.known);
        break;
    case HF_MSG_PULL:
        assert_int_equal(a->as.pull.cursor, b->as.pull.cursor);
        assert_int_equal(a->as.pull.one_case, b->as.pull.one_case);
        assert_true(hf_id_equal(&a->as.pull.case_id, &b->as.pull.case_id));
        assert_int_equal(a->as.pull.until, b->as.pull.until);
        break;
    case HF_MSG_ENROL:
        assert_memory_equal(a->as.enrol.device, b->as.enrol.device, HF_SIGN_PUBLIC_BYTES);
        assert_memory_equal(a->as.enrol.signature, b->as.enrol.signature, HF_SIGN_BYTES);
        break;
    case HF_MSG_ENTRIES:
        assert_int_equal(a->as.entries.from, b->as.entries.from);
        assert_int_equal(a->as.entries.count, b->as.entries.count);
        assert_int_equal(a->as.entries.contents, b->as.entries.contents);
        break;
    case HF_MSG_PURGED:
        assert_true(hf_id_equal(&a->as.purged.case_id, &b->as.purged.case_id));
        assert_int_equal(a->as.purged.changes, b->as.purged.changes);
        break;
    case HF_MSG_RESTART:
        assert_int_equal(a->as.restart.incarnation, b->as.restart.incarnation);
        assert_memory_equal(a->as.restart.head, b->as.restart.head, HF_HASH_BYTES);
        assert_int_equal(a->as.restart.more, b->as.restart.more);
        assert_slices_equal(a->as.restart.leaves, b->as.restart.leaves);
        break;
    case HF_MSG_ADMIN:
        assert_int_equal(a->as.admin.count, b->as.admin.count);
        for (size_t i = 0; i < a->as.admin.count; i++)
            assert_slices_equal(a->as.admin.args[i], b->as.admin.args[i]);
        break;
    default:
        break;
    }
}

static void assert_drafts_equal(const struct hf_msg_drafts *a, const struct hf_msg_drafts *b)
{
    assert_int_equal(a->item_count, b->item_count);
    for (size_t i = 0; i < a->item_count; i++) {
        const struct hf_draft_item *left = &a->items[i];
        const struct hf_draft_item *right = &b->items[i];
        assert_true(hf_id_equal(&left->record_id, &right->record_id) && hf_id_equal(&left->case_id, &right->case_id) &&
                    hf_id_equal(&left->key_id, &right->key_id) && hf_id_equal(&left->person, &right->person));
        assert_memory_equal(left->device, right->device, sizeof left->device);
        assert_int_equal(left->version, right->version);
        assert_int_equal(left->shared, right->shared);
        assert_slices_equal(left->blob, right->blob);
    }
    assert_int_equal(a->ended_count, b->ended_count);
    assert_memory_equal(a->ended, b->ended, a->ended_count * sizeof a->ended[0]);
    assert_int_equal(a->held_count, b->held_count);
    if (a->held_count > 0)
        assert_memory_equal(a->held, b->held, a->held_count * sizeof a->held[0]);
    assert_int_equal(a->result_count, b->result_count);
    for (size_t i = 0; i < a->result_count; i++)
        assert_int_equal(a->results[i], b->results[i]);
    assert_int_equal(a->gone_count, b->gone_count);
    for (size_t i = 0; i < a->gone_count; i++)
        assert_int_equal(a->gone[i], b->gone[i]);
    assert_int_equal(a->more, b->more);
}

static void assert_results_equal(const struct hf_msg_pushed *a, const struct hf_msg_pushed *b, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(a[i].seq, b[i].seq);
        assert_int_equal(a[i].index, b[i].index);
        assert_int_equal(a[i].hold, b[i].hold);
    }
}

static void assert_log_equal(const struct hf_message *a, const struct hf_message *b)
{
    switch (a->type) {
    case HF_MSG_PUSH:
    case HF_MSG_HAND_ON:
        assert_int_equal(a->as.push.count, b->as.push.count);
        for (size_t i = 0; i < a->as.push.count; i++)
            assert_items_equal(&a->as.push.items[i], &b->as.push.items[i], true);
        break;
    case HF_MSG_PUSHED:
    case HF_MSG_HANDED_ON:
        assert_int_equal(a->as.pushed.count, b->as.pushed.count);
        assert_results_equal(a->as.pushed.results, b->as.pushed.results, a->as.pushed.count);
        break;
    case HF_MSG_RESTARTED:
        assert_int_equal(a->as.restarted.incarnation, b->as.restarted.incarnation);
        assert_int_equal(a->as.restarted.count, b->as.restarted.count);
        assert_results_equal(a->as.restarted.results, b->as.restarted.results, a->as.restarted.count);
        assert_int_equal(a->as.restarted.place, b->as.restarted.place);
        assert_slices_equal(a->as.restarted.leaf, b->as.restarted.leaf);
        break;
    case HF_MSG_LIVE:
        assert_int_equal(a->as.feed.from, b->as.feed.from);
        assert_feeds_equal(a, b);
        break;
    case HF_MSG_FEED:
        assert_feeds_equal(a, b);
        break;
    case HF_MSG_HEAD:
        assert_int_equal(a->as.head.old_size, b->as.head.old_size);
        assert_int_equal(a->as.head.range_count, b->as.head.range_count);
        assert_int_equal(a->as.head.with_pushed, b->as.head.with_pushed);
        assert_ranges_equal(a->as.head.ranges, b->as.head.ranges, a->as.head.range_count);
        break;
    case HF_MSG_HEAD_IS:
        assert_slices_equal(a->as.head_is.note, b->as.head_is.note);
        assert_proofs_equal(&a->as.head_is.consistency, &b->as.head_is.consistency);
        assert_int_equal(a->as.head_is.range_count, b->as.head_is.range_count);
        assert_ranges_equal(a->as.head_is.ranges, b->as.head_is.ranges, a->as.head_is.range_count);
        break;
    case HF_MSG_WITNESSED_IS:
        assert_true(hf_slice_equal(a->as.witnessed_is.note, b->as.witnessed_is.note));
        assert_true(hf_slice_equal(a->as.witnessed_is.policy, b->as.witnessed_is.policy));
        break;
    case HF_MSG_ENTRIES_ARE:
        assert_entries_equal(a, b);
        break;
    case HF_MSG_NEWS:
        assert_int_equal(a->as.news.log_size, b->as.news.log_size);
        assert_int_equal(a->as.news.whole, b->as.news.whole);
        assert_true(hf_id_equal(&a->as.news.attachment, &b->as.news.attachment));
        break;
    default:
        break;
    }
}

static void assert_attach_equal(const struct hf_msg_attach *a, const struct hf_msg_attach *b)
{
    assert_true(hf_id_equal(&a->record_id, &b->record_id));
    assert_int_equal(a->result, b->result);
    assert_int_equal(a->first, b->first);
    assert_int_equal(a->have, b->have);
    assert_int_equal(a->most, b->most);
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++)
        assert_slices_equal(a->chunks[i], b->chunks[i]);
    assert_proofs_equal(&a->proof, &b->proof);
}

void assert_messages_equal(const struct hf_message *a, const struct hf_message *b)
{
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->request, b->request);
    assert_questions_equal(a, b);
    assert_words_equal(a, b);
    assert_log_equal(a, b);
    if (a->type == HF_MSG_DRAFTS || a->type == HF_MSG_DRAFTS_ARE)
        assert_drafts_equal(&a->as.drafts, &b->as.drafts);
    if (is_snapshot(a))
        assert_snapshots_equal(a, b);
    if (is_attach(a))
        assert_attach_equal(&a->as.attach, &b->as.attach);
}

/* --- encoding and decoding --- */

struct hf_buf encoded(const struct hf_message *message)
{
    struct hf_buf out = {0};
    assert_int_equal(hf_message_encode(message, &out), HF_OK);
    return out;
}

enum hf_status decode_exact(struct hf_slice bytes, struct hf_message *out, uint8_t **out_copy)
{
    uint8_t *copy = malloc(bytes.len ? bytes.len : 1);
    assert_non_null(copy);
    if (bytes.len > 0)
        memcpy(copy, bytes.data, bytes.len);
    *out_copy = copy;
    return hf_message_decode(hf_slice_of(copy, bytes.len), out);
}

enum hf_status try_decode(struct hf_slice bytes)
{
    struct hf_message message;
    uint8_t *copy;
    enum hf_status status = decode_exact(bytes, &message, &copy);
    if (status == HF_OK)
        hf_message_clear(&message);
    free(copy);
    return status;
}
