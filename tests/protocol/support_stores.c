#include "tests/protocol/support_stores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t own_body[2] = {1, 0};

static struct hf_id case_id(unsigned number)
{
    return (struct hf_id){.bytes = {0xCA, (uint8_t)number}};
}

void fake_leaf(const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint32_t incarnation, uint64_t seq, uint64_t wall,
               const uint8_t *last, uint8_t out[HF_LEAF_BYTES])
{
    struct hf_leaf leaf = {.kind = HF_LEAF_DATA, .incarnation = incarnation, .seq = seq};
    leaf.clock = hf_clock_make(wall, 0);
    memcpy(leaf.device, device, sizeof leaf.device);
    if (last)
        hf_leaf_hash(last, leaf.prev);
    hf_leaf_encode(&leaf, out);
}

static void make_leaf(const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint64_t seq, const uint8_t *last,
                      uint8_t out[HF_LEAF_BYTES])
{
    fake_leaf(device, 0, seq, FAKE_WALL_MS + seq, last, out);
}

/* --- the office --- */

void fake_office_init(struct fake_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES], size_t feed_batch)
{
    *office = (struct fake_office){.feed_batch = feed_batch};
    memcpy(office->device, device, sizeof office->device);
    office->assigned[1] = true;
    fake_office_hear(office, 4, 0);
}

void fake_office_hear(struct fake_office *office, unsigned case_number, unsigned assigns)
{
    static const uint8_t somebody[HF_SIGN_PUBLIC_BYTES] = {0x50};
    assert_true(office->size < FAKE_LOG_MAX && case_number < FAKE_CASES && assigns < FAKE_CASES);
    struct fake_entry *entry = &office->log[office->size];
    *entry = (struct fake_entry){.body = {(uint8_t)case_number, (uint8_t)assigns}};
    uint8_t other_chain[HF_LEAF_BYTES] = {0};
    make_leaf(somebody, office->size, office->size ? other_chain : NULL, entry->leaf);
    if (assigns) {
        office->assigned[assigns] = true;
        office->assigned_at[assigns] = office->size;
    }
    office->size++;
}

static bool entry_is_fed(const struct fake_office *office, uint64_t index)
{
    const struct fake_entry *entry = &office->log[index];
    const unsigned number = entry->body[0];
    return !entry->own && office->assigned[number] && (number == 1 || index > office->assigned_at[number]);
}

static bool entry_is_caught_up(const struct fake_office *office, uint64_t index, const struct hf_id *one_case)
{
    const struct fake_entry *entry = &office->log[index];
    const struct hf_id id = case_id(entry->body[0]);
    return office->assigned[entry->body[0]] && hf_id_equal(&id, one_case);
}

static void refuse(struct fake_reply *out, enum hf_status status, const char *text)
{
    out->message.type = HF_MSG_ERROR;
    out->message.as.error.status = status;
    out->message.as.error.text = hf_slice_str(text);
}

static void answer_hello(struct fake_office *office, struct fake_reply *out)
{
    memset(office->pushed, 0, sizeof office->pushed);
    out->message.type = HF_MSG_WELCOME;
    out->message.as.welcome.server_ms = 1795298315123;
    out->message.as.welcome.next_seq = office->next_seq;
    out->message.as.welcome.incarnation = office->rest.incarnation;
    memcpy(out->message.as.welcome.head, office->head, HF_HEAD_MARK_BYTES);
    out->message.as.welcome.log_size = office->size;
    out->message.as.welcome.lease_days = 14;
}

/* Where an own change of this seq of the present chain lies; the log must not hold it twice. */
static uint64_t index_of_own(const struct fake_office *office, uint64_t seq)
{
    uint64_t found = HF_INDEX_NONE;
    for (uint64_t i = 0; i < office->size; i++) {
        struct hf_leaf leaf;
        assert_int_equal(hf_leaf_decode(hf_slice_of(office->log[i].leaf, HF_LEAF_BYTES), &leaf), HF_OK);
        if (office->log[i].own && leaf.incarnation == office->rest.incarnation && leaf.seq == seq) {
            assert_int_equal(found, HF_INDEX_NONE);
            found = i;
        }
    }
    return found;
}

static bool take_item(struct fake_office *office, const struct hf_item *item, struct hf_msg_pushed *out)
{
    struct hf_leaf leaf;
    assert_int_equal(hf_leaf_decode(item->leaf, &leaf), HF_OK);
    if (leaf.incarnation != office->rest.incarnation || leaf.seq > office->next_seq)
        return false;
    if (leaf.seq == office->next_seq) {
        if (leaf.seq > 0 && memcmp(leaf.prev, office->head, HF_HASH_BYTES) != 0)
            return false;
        assert_true(office->size < FAKE_LOG_MAX);
        struct fake_entry *entry = &office->log[office->size++];
        *entry = (struct fake_entry){.own = true, .hold = office->hold_all ? HF_HOLD_REVOKED : HF_HOLD_NONE};
        memcpy(entry->leaf, item->leaf.data, HF_LEAF_BYTES);
        memcpy(entry->body, item->body.data, sizeof entry->body);
        hf_leaf_hash(entry->leaf, office->head);
        office->next_seq++;
    }
    const uint64_t index = index_of_own(office, leaf.seq);
    if (memcmp(office->log[index].leaf, item->leaf.data, HF_LEAF_BYTES) != 0)
        return false;
    *out = (struct hf_msg_pushed){.seq = leaf.seq, .index = index, .hold = office->log[index].hold};
    return true;
}

/* All or nothing, as a store's commit is. */
static void answer_push(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    struct fake_office *before = malloc(sizeof *before);
    assert_non_null(before);
    *before = *office;
    out->message.type = HF_MSG_PUSHED;
    out->message.as.pushed.results = out->results;
    out->message.as.pushed.count = request->as.push.count;
    for (size_t i = 0; i < request->as.push.count; i++) {
        if (!take_item(office, &request->as.push.items[i], &out->results[i])) {
            *office = *before;
            refuse(out, office->rest.grants ? HF_ERR_CONFLICT : HF_ERR_STATE,
                   "These changes do not follow the ones that are here.");
            free(before);
            return;
        }
    }
    for (size_t i = 0; i < request->as.push.count; i++)
        office->pushed[out->results[i].index] = true;
    free(before);
}

static void put_item(const struct fake_office *office, uint64_t index, struct hf_item *out)
{
    const struct fake_entry *entry = &office->log[index];
    *out = (struct hf_item){.index = index,
                            .leaf = hf_slice_of(entry->leaf, HF_LEAF_BYTES),
                            .case_id = case_id(entry->body[0]),
                            .body = hf_slice_of(entry->body, sizeof entry->body),
                            .hold = entry->hold};
}

static void answer_pull(const struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    const bool one_case = request->as.pull.one_case;
    const uint64_t end = one_case ? request->as.pull.until : office->size;
    const uint64_t past = one_case ? 0 : request->as.pull.until;
    size_t count = 0;
    uint64_t next = request->as.pull.cursor;
    bool more = false;
    for (uint64_t i = next; !more && i < end && i < office->size; i++) {
        bool fits = one_case ? entry_is_caught_up(office, i, &request->as.pull.case_id) : entry_is_fed(office, i);
        fits = fits && (i >= past || office->log[i].body[1] != 0);
        more = fits && count == office->feed_batch;
        if (fits && !more)
            put_item(office, i, &out->items[count++]);
        if (!more)
            next = i + 1;
    }
    out->message.type = HF_MSG_FEED;
    out->keys[0] = (struct hf_class_key){.case_id = case_id(1), .epoch = 1};
    out->message.as.feed.keys = out->keys;
    out->message.as.feed.key_count = 1;
    out->message.as.feed.items = out->items;
    out->message.as.feed.item_count = count;
    out->message.as.feed.next_cursor = more ? next : end;
    out->message.as.feed.more = more;
}

static size_t put_pushed(struct fake_office *office, uint64_t published, size_t count, struct fake_reply *out)
{
    for (uint64_t i = 0; i < published; i++) {
        struct hf_msg_range *last = count > 0 ? &out->ranges[count - 1] : NULL;
        if (!office->pushed[i])
            continue;
        if (last && last->first + last->count == i && office->pushed[i - 1])
            last->count++;
        else if (count < HF_LIMIT_HEAD_RANGES)
            out->ranges[count++] = (struct hf_msg_range){.first = i, .count = 1};
    }
    return count;
}

static void answer_head(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    const uint64_t published = office->size - office->unpublished;
    size_t count = 0;
    for (size_t i = 0; i < request->as.head.range_count; i++) {
        const struct hf_msg_range *range = &request->as.head.ranges[i];
        for (uint64_t j = range->first; j < range->first + range->count && j < office->size; j++)
            office->pushed[j] = false;
        if (range->first + range->count <= published)
            out->ranges[count++] = *range;
    }
    if (request->as.head.with_pushed)
        count = put_pushed(office, published, count, out);
    memset(office->pushed, 0, sizeof office->pushed);
    int len = snprintf(out->note, sizeof out->note, "%llu", (unsigned long long)published);
    out->message.type = HF_MSG_HEAD_IS;
    out->message.as.head_is.note = hf_slice_of(out->note, (size_t)len);
    out->message.as.head_is.ranges = out->ranges;
    out->message.as.head_is.range_count = count;
}

static struct hf_id draft_id(size_t number)
{
    return (struct hf_id){.bytes = {0xD7, (uint8_t)number}};
}

static size_t number_of(const struct hf_id *record_id)
{
    assert_int_equal(record_id->bytes[0], 0xD7);
    assert_true(record_id->bytes[1] < FAKE_DRAFTS);
    return record_id->bytes[1];
}

static struct hf_draft_item draft_item(size_t number, uint64_t version)
{
    static const uint8_t sealed[HF_XNONCE_BYTES + HF_TAG_BYTES + 1];
    return (struct hf_draft_item){.record_id = draft_id(number),
                                  .person = draft_id(0),
                                  .case_id = case_id(1),
                                  .key_id = case_id(1),
                                  .version = version,
                                  .blob = hf_slice_of(sealed, sizeof sealed)};
}

static void give_drafts(const struct fake_office *office, const struct hf_msg_drafts *asked, struct fake_reply *out)
{
    uint64_t held[FAKE_DRAFTS] = {0};
    struct hf_msg_drafts *said = &out->message.as.drafts;
    for (size_t i = 0; i < asked->held_count; i++) {
        const size_t number = number_of(&asked->held[i].record_id);
        held[number] = asked->held[i].version;
        if (office->others_drafts[number] == 0)
            out->gone[said->gone_count++] = (uint32_t)i;
    }
    for (size_t i = 0; i < FAKE_DRAFTS; i++) {
        if (office->others_drafts[i] == held[i] || office->others_drafts[i] == 0)
            continue;
        if (said->item_count == FAKE_DRAFTS_BATCH)
            said->more = true;
        else
            out->drafts[said->item_count++] = draft_item(i, office->others_drafts[i]);
    }
}

static void answer_drafts(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    const struct hf_msg_drafts *asked = &request->as.drafts;
    out->message.type = HF_MSG_DRAFTS_ARE;
    out->message.as.drafts = (struct hf_msg_drafts){
        .results = out->draft_results, .result_count = asked->item_count, .items = out->drafts, .gone = out->gone};
    for (size_t i = 0; i < asked->item_count; i++) {
        uint64_t *kept = &office->drafts[number_of(&asked->items[i].record_id)];
        *kept = asked->items[i].version > *kept ? asked->items[i].version : *kept;
        out->draft_results[i] = HF_DRAFT_KEPT;
    }
    give_drafts(office, asked, out);
}

void fake_office_answer(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    memset(&out->message, 0, sizeof out->message);
    out->message.request = request->request;
    if (request->type == HF_MSG_HELLO)
        answer_hello(office, out);
    else if (request->type == HF_MSG_PUSH)
        answer_push(office, request, out);
    else if (request->type == HF_MSG_ATTACH_PUT || request->type == HF_MSG_ATTACH_GET)
        fake_attach_answer(&office->attachments, request, &out->message, &out->attach);
    else if (request->type == HF_MSG_SNAPSHOT)
        fake_snapshot_answer(office, request, &out->message, &out->part);
    else if (request->type == HF_MSG_PULL)
        answer_pull(office, request, out);
    else if (request->type == HF_MSG_HEAD)
        answer_head(office, request, out);
    else if (request->type == HF_MSG_DRAFTS)
        answer_drafts(office, request, out);
    else if (fake_rest_answer(office, request, out) || fake_ask_answer(office, request, out))
        return;
    else if (request->type == HF_MSG_RESTART) /* what comes of it is for the simulator and tests/e2e/test_chains.sh */
        refuse(out, HF_ERR_STATE, "A new chain was asked for.");
    else
        refuse(out, HF_ERR_UNSUPPORTED, "This office does not do that.");
}

/* --- the device --- */

void fake_device_init(struct fake_device *device, size_t outbox_batch)
{
    *device =
        (struct fake_device){.key = {0xDE, 1, 2, 3}, .outbox_batch = outbox_batch, .range_max = HF_LIMIT_HEAD_RANGES};
}

void fake_device_save(struct fake_device *device, size_t count)
{
    for (; count > 0; count--) {
        const uint64_t seq = device->next_seq;
        assert_true(seq < FAKE_OWN_MAX);
        fake_leaf(device->key, device->rest.incarnation, seq, FAKE_WALL_MS + device->saved++,
                  seq ? device->leaf[seq - 1] : NULL, device->leaf[seq]);
        device->next_seq++;
    }
}

/* Runs of log indices that wait for proof. */
static void put_ranges(const struct fake_device *device, struct hf_client_facts *out)
{
    for (uint64_t seq = 0; seq < device->unsent_seq; seq++) {
        size_t last = out->range_count;
        if (device->proved[seq])
            continue;
        if (last > 0 && out->ranges[last - 1].first + out->ranges[last - 1].count == device->index[seq]) {
            out->ranges[last - 1].count++;
        } else if (last < device->range_max) {
            out->ranges[last].first = device->index[seq];
            out->ranges[last].count = 1;
            out->range_count++;
        } else {
            return;
        }
    }
}

void fake_device_facts(const struct fake_device *device, struct hf_client_facts *out)
{
    memset(out, 0, sizeof *out);
    memcpy(out->device, device->key, sizeof out->device);
    out->next_seq = device->next_seq;
    if (device->next_seq > 0)
        hf_leaf_hash(device->leaf[device->next_seq - 1], out->head);
    out->unsent_seq = device->unsent_seq;
    out->cursor = device->cursor;
    out->checkpoint_size = device->checkpoint_size;
    out->has_catchup = device->catchup_count > 0;
    if (out->has_catchup) {
        out->catchup_case = case_id(device->catchups[0].case_number);
        out->catchup_from = device->catchups[0].from;
        out->catchup_until = device->catchups[0].until;
    }
    fake_rest_facts(device, out);
    fake_rest_ranges(device, out);
    put_ranges(device, out);
    fake_snapshot_facts(device, out);
    out->drafts_due = device->has_drafts && !device->drafts_asked;
    out->attach_due = fake_attach_due(&device->attachments, false);
    for (size_t i = 0; device->has_drafts && i < FAKE_DRAFTS; i++)
        out->drafts_due |= device->drafts[i] != device->drafts_sent[i];
}

void fake_device_drafts(const struct fake_device *device, struct fake_drafts *out)
{
    *out = (struct fake_drafts){.message = {.items = out->items, .held = out->held}};
    for (size_t i = 0; i < FAKE_DRAFTS; i++) {
        if (device->drafts[i] != device->drafts_sent[i] && out->message.item_count < FAKE_DRAFTS_BATCH)
            out->items[out->message.item_count++] = draft_item(i, device->drafts[i]);
        if (device->others_drafts[i] != 0)
            out->held[out->message.held_count++] =
                (struct hf_draft_ref){.record_id = draft_id(i), .version = device->others_drafts[i]};
    }
}

/* Nothing has changed here since it was asked: what was sent then would be sent again now. */
static void store_drafts(struct fake_device *device, const struct hf_message *message)
{
    struct fake_drafts asked;
    const struct hf_msg_drafts *said = &message->as.drafts;
    fake_device_drafts(device, &asked);
    assert_int_equal(said->result_count, asked.message.item_count);
    for (size_t i = 0; i < said->gone_count; i++)
        device->others_drafts[number_of(&asked.held[said->gone[i]].record_id)] = 0;
    for (size_t i = 0; i < asked.message.item_count; i++)
        device->drafts_sent[number_of(&asked.items[i].record_id)] = asked.items[i].version;
    for (size_t i = 0; i < said->item_count; i++)
        device->others_drafts[number_of(&said->items[i].record_id)] = said->items[i].version;
    device->drafts_asked = true;
}

void assert_drafts_in_sync(const struct fake_office *office, const struct fake_device *device)
{
    for (size_t i = 0; i < FAKE_DRAFTS; i++) {
        assert_int_equal(office->drafts[i], device->drafts[i]);
        assert_int_equal(device->drafts_sent[i], device->drafts[i]);
        assert_int_equal(device->others_drafts[i], office->others_drafts[i]);
    }
}

size_t fake_device_outbox(const struct fake_device *device, uint64_t from_seq, struct hf_item *out)
{
    size_t count = 0;
    assert_true(from_seq >= device->unsent_seq);
    for (uint64_t seq = from_seq; seq < device->next_seq && count < device->outbox_batch; seq++, count++) {
        out[count] = (struct hf_item){.index = HF_INDEX_NONE,
                                      .leaf = hf_slice_of(device->leaf[seq], HF_LEAF_BYTES),
                                      .case_id = case_id(1),
                                      .body = hf_slice_of(own_body, sizeof own_body)};
    }
    return count;
}

static void store_pushed(struct fake_device *device, const struct hf_message *message)
{
    for (size_t i = 0; i < message->as.pushed.count; i++) {
        const struct hf_msg_pushed *result = &message->as.pushed.results[i];
        assert_int_equal(result->seq, device->unsent_seq);
        assert_true(result->seq < device->next_seq);
        device->index[result->seq] = result->index;
        device->held += result->hold != HF_HOLD_NONE;
        device->unsent_seq++;
    }
}

void fake_end_catchup(struct fake_device *device)
{
    device->catchup_count--;
    for (size_t i = 0; i < device->catchup_count; i++)
        device->catchups[i] = device->catchups[i + 1];
}

static void store_feed(struct fake_device *device, const struct hf_message *message, bool catchup)
{
    for (size_t i = 0; i < message->as.feed.item_count; i++) {
        const struct hf_item *item = &message->as.feed.items[i];
        assert_true(item->index < FAKE_LOG_MAX);
        const unsigned assigns = item->body.data[1];
        if (item->index < device->snapshots.size[item->body.data[0]] && !assigns)
            continue; /* the snapshot was gathered a little later than the feed began */
        assert_int_equal(++device->taken[item->index], 1);
        device->case_taken[item->body.data[0]]++;
        if (assigns && device->snapshots.size[assigns] <= item->index) {
            assert_true(device->catchup_count < FAKE_CATCHUPS_MAX);
            device->catchups[device->catchup_count++] =
                (struct fake_catchup){.case_number = assigns, .until = item->index};
        }
    }
    if (!catchup) {
        assert_true(message->as.feed.next_cursor >= device->cursor);
        device->cursor = message->as.feed.next_cursor;
    } else {
        assert_true(device->catchup_count > 0);
        device->catchups[0].from = message->as.feed.next_cursor;
        if (device->catchups[0].from == device->catchups[0].until)
            fake_end_catchup(device);
    }
    device->feeds++;
}

static void store_head(struct fake_device *device, const struct hf_message *message)
{
    char note[32] = {0};
    assert_true(message->as.head_is.note.len < sizeof note);
    memcpy(note, message->as.head_is.note.data, message->as.head_is.note.len);
    const uint64_t size = strtoull(note, NULL, 10);
    assert_true(size >= device->checkpoint_size);
    device->checkpoint_size = size;
    for (size_t i = 0; i < message->as.head_is.range_count; i++) {
        const struct hf_msg_range *range = &message->as.head_is.ranges[i];
        for (uint64_t seq = 0; seq < device->unsent_seq; seq++) {
            if (device->index[seq] >= range->first && device->index[seq] - range->first < range->count)
                device->proved[seq] = true;
        }
        fake_rest_proved(device, range);
    }
    device->heads++;
}

void fake_device_store(struct fake_device *device, const struct hf_client_action *action)
{
    if (action->type == HF_CA_STORE_PUSHED)
        store_pushed(device, action->message);
    else if (action->type == HF_CA_STORE_FEED)
        store_feed(device, action->message, action->catchup);
    else if (action->type == HF_CA_STORE_DRAFTS)
        store_drafts(device, action->message);
    else if (action->type == HF_CA_STORE_SNAPSHOT)
        fake_snapshot_store(device, action->message, action->catchup);
    else if (!fake_rest_store(device, action))
        store_head(device, action->message);
}

/* --- both --- */

static void assert_own_chain_arrived(const struct fake_office *office, const struct fake_device *device)
{
    assert_int_equal(office->next_seq, device->next_seq);
    assert_int_equal(device->unsent_seq, device->next_seq);
    uint64_t own = 0;
    for (uint64_t i = 0; i < office->size; i++)
        own += office->log[i].own;
    if (office->rest.incarnation == 0)
        assert_int_equal(own, device->next_seq);
    for (uint64_t seq = 0; seq < device->next_seq; seq++) {
        assert_true(device->proved[seq]);
        assert_int_equal(device->index[seq], index_of_own(office, seq));
        assert_memory_equal(office->log[device->index[seq]].leaf, device->leaf[seq], HF_LEAF_BYTES);
    }
}

void assert_in_sync(const struct fake_office *office, const struct fake_device *device)
{
    assert_own_chain_arrived(office, device);
    for (uint64_t i = 0; i < office->size; i++) {
        bool may_read = !office->log[i].own && office->assigned[office->log[i].body[0]];
        assert_int_equal(device->taken[i], may_read);
    }
    assert_int_equal(device->cursor, office->size);
    assert_int_equal(device->checkpoint_size, office->size);
    assert_int_equal(device->catchup_count, 0);
}

void assert_handed_in(const struct fake_office *office, const struct fake_device *device)
{
    assert_own_chain_arrived(office, device);
    assert_int_equal(device->checkpoint_size, office->size);
}
