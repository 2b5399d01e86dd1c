#include "tests/protocol/support_rest.h"

#include "tests/protocol/support_stores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define NOBODYS_CASE 4 /* which the device may not read */

static const uint8_t handed_body[2] = {NOBODYS_CASE, 0};

static struct hf_id purge_id(size_t number)
{
    return (struct hf_id){.bytes = {0xB7, (uint8_t)number}};
}

/* --- the office --- */

static uint64_t place_of(const struct fake_office *office, const uint8_t *leaf)
{
    for (uint64_t i = 0; i < office->size; i++)
        if (memcmp(office->log[i].leaf, leaf, HF_LEAF_BYTES) == 0)
            return i;
    return HF_INDEX_NONE;
}

static void answer_purged(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    const size_t number = request->as.purged.case_id.bytes[1];
    assert_true(number < FAKE_PURGES);
    assert_int_equal(request->as.purged.changes, number);
    office->rest.purged[number]++;
    out->message.type = HF_MSG_PURGE_NOTED;
}

static void answer_hand_on(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    for (size_t i = 0; i < request->as.push.count; i++) {
        const struct hf_item *item = &request->as.push.items[i];
        uint64_t place = place_of(office, item->leaf.data);
        if (place == HF_INDEX_NONE) {
            assert_true(office->size < FAKE_LOG_MAX);
            place = office->size++;
            office->log[place] = (struct fake_entry){.body = {NOBODYS_CASE, 0}};
            memcpy(office->log[place].leaf, item->leaf.data, HF_LEAF_BYTES);
        }
        out->results[i] = (struct hf_msg_pushed){.seq = i, .index = place};
    }
    out->message.type = HF_MSG_HANDED_ON;
    out->message.as.pushed.results = out->results;
    out->message.as.pushed.count = request->as.push.count;
}

static void grant(struct fake_office *office, uint32_t leaving)
{
    if (office->rest.incarnation > leaving && office->next_seq == 0)
        return; /* once more what was granted, whose answer was lost */
    office->rest.incarnation++;
    office->rest.granted++;
    office->next_seq = 0;
    memset(office->head, 0, sizeof office->head);
}

/* The newest own change shows why the chain cannot go on. */
static void show_newest(const struct fake_office *office, struct fake_reply *out)
{
    for (uint64_t i = 0; i < office->size && office->next_seq > 0; i++)
        if (office->log[i].own) {
            out->message.as.restarted.place = i;
            out->message.as.restarted.leaf = hf_slice_of(office->log[i].leaf, HF_LEAF_BYTES);
        }
}

static void answer_restart(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    const size_t count = request->as.restart.leaves.len / HF_LEAF_BYTES;
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        struct hf_leaf leaf;
        const uint8_t *bytes = request->as.restart.leaves.data + i * HF_LEAF_BYTES;
        const uint64_t place = place_of(office, bytes);
        assert_int_equal(hf_leaf_decode(hf_slice_of(bytes, HF_LEAF_BYTES), &leaf), HF_OK);
        if (place != HF_INDEX_NONE)
            out->results[found++] = (struct hf_msg_pushed){.seq = leaf.seq, .index = place};
    }
    show_newest(office, out);
    if (!request->as.restart.more)
        grant(office, request->as.restart.incarnation);
    out->message.type = HF_MSG_RESTARTED;
    out->message.as.restarted.results = out->results;
    out->message.as.restarted.count = found;
    out->message.as.restarted.incarnation =
        request->as.restart.more ? request->as.restart.incarnation : office->rest.incarnation;
}

bool fake_rest_answer(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    if (request->type == HF_MSG_PURGED)
        answer_purged(office, request, out);
    else if (request->type == HF_MSG_HAND_ON)
        answer_hand_on(office, request, out);
    else if (request->type == HF_MSG_RESTART && office->rest.grants)
        answer_restart(office, request, out);
    else
        return false;
    return true;
}

/* --- the device --- */

void fake_rest_hold(struct fake_device *device)
{
    static const uint8_t somebody[HF_SIGN_PUBLIC_BYTES] = {0x51};
    struct fake_rest_device *rest = &device->rest;
    for (size_t i = 0; i < FAKE_HAND_ONS; i++)
        fake_leaf(somebody, 0, i, FAKE_WALL_MS + i, i ? rest->hand_on[i - 1] : NULL, rest->hand_on[i]);
    rest->to_hand_on = FAKE_HAND_ONS;
}

void fake_rest_facts(const struct fake_device *device, struct hf_client_facts *out)
{
    const struct fake_rest_device *rest = &device->rest;
    out->incarnation = rest->incarnation;
    out->hand_on_due = rest->handed_on < rest->to_hand_on;
    for (size_t i = FAKE_PURGES; i-- > 0;) {
        if (!rest->purge[i])
            continue;
        out->has_purge = true;
        out->purge_case = purge_id(i);
        out->purge_changes = i;
    }
}

void fake_rest_ranges(const struct fake_device *device, struct hf_client_facts *out)
{
    const struct fake_rest_device *rest = &device->rest;
    for (size_t i = 0; i < rest->left_count && out->range_count < HF_LIMIT_HEAD_RANGES; i++) {
        if (rest->left[i].proved)
            continue;
        out->ranges[out->range_count].first = rest->left[i].index;
        out->ranges[out->range_count++].count = 1;
    }
}

void fake_rest_proved(struct fake_device *device, const struct hf_msg_range *range)
{
    struct fake_rest_device *rest = &device->rest;
    for (size_t i = 0; i < rest->left_count; i++)
        if (rest->left[i].index >= range->first && rest->left[i].index - range->first < range->count)
            rest->left[i].proved = true;
}

size_t fake_rest_hand_on(const struct fake_device *device, struct hf_item *out)
{
    const struct fake_rest_device *rest = &device->rest;
    size_t count = 0;
    for (size_t i = rest->handed_on; i < rest->to_hand_on && count < FAKE_HAND_ON_BATCH; i++, count++)
        out[count] = (struct hf_item){.index = HF_INDEX_NONE,
                                      .leaf = hf_slice_of(rest->hand_on[i], HF_LEAF_BYTES),
                                      .case_id = {.bytes = {0xCA, NOBODYS_CASE}},
                                      .body = hf_slice_of(handed_body, sizeof handed_body)};
    return count;
}

static uint64_t wall_of(const uint8_t *bytes)
{
    struct hf_leaf leaf;
    assert_int_equal(hf_leaf_decode(hf_slice_of(bytes, HF_LEAF_BYTES), &leaf), HF_OK);
    return hf_clock_ms(leaf.clock);
}

/* What was acknowledged stays in the chain that is left, and what was not goes on in the new one, in its order. */
static void begin_chain(struct fake_device *device, uint32_t incarnation)
{
    struct fake_rest_device *rest = &device->rest;
    uint64_t walls[FAKE_OWN_MAX];
    const uint64_t unsent = device->next_seq - device->unsent_seq;
    for (uint64_t seq = 0; seq < device->unsent_seq; seq++) {
        assert_true(rest->left_count < FAKE_CHAIN_MAX);
        rest->left[rest->left_count].wall = wall_of(device->leaf[seq]);
        rest->left[rest->left_count].proved = device->proved[seq];
        rest->left[rest->left_count++].index = device->index[seq];
    }
    for (uint64_t i = 0; i < unsent; i++)
        walls[i] = wall_of(device->leaf[device->unsent_seq + i]);
    memset(device->proved, 0, sizeof device->proved);
    for (uint64_t i = 0; i < unsent; i++)
        fake_leaf(device->key, incarnation, i, walls[i], i ? device->leaf[i - 1] : NULL, device->leaf[i]);
    rest->incarnation = incarnation;
    device->next_seq = unsent;
    device->unsent_seq = 0;
}

static void store_restarted(struct fake_device *device, const struct hf_message *message)
{
    for (size_t i = 0; i < message->as.restarted.count; i++) {
        const struct hf_msg_pushed *result = &message->as.restarted.results[i];
        assert_int_equal(result->seq, device->unsent_seq);
        device->index[device->unsent_seq++] = result->index;
    }
    if (message->as.restarted.incarnation != device->rest.incarnation)
        begin_chain(device, message->as.restarted.incarnation);
}

bool fake_rest_store(struct fake_device *device, const struct hf_client_action *action)
{
    struct fake_rest_device *rest = &device->rest;
    size_t first = 0;
    switch (action->type) {
    case HF_CA_STORE_PURGED:
        while (!rest->purge[first])
            first++;
        rest->purge[first] = false;
        return true;
    case HF_CA_STORE_HANDED_ON:
        rest->handed_on += action->message->as.pushed.count;
        assert_true(rest->handed_on <= rest->to_hand_on);
        return true;
    case HF_CA_STORE_RESTARTED:
        store_restarted(device, action->message);
        return true;
    default:
        return false;
    }
}

/* --- both --- */

static size_t times_logged(const struct fake_office *office, uint64_t wall)
{
    size_t times = 0;
    for (uint64_t i = 0; i < office->size; i++)
        times += office->log[i].own && wall_of(office->log[i].leaf) == wall;
    return times;
}

void assert_rest_in_sync(const struct fake_office *office, const struct fake_device *device)
{
    const struct fake_rest_device *rest = &device->rest;
    for (size_t i = 0; i < FAKE_PURGES; i++)
        assert_false(rest->purge[i]);
    assert_int_equal(rest->handed_on, rest->to_hand_on);
    for (size_t i = 0; i < rest->to_hand_on; i++) {
        const uint64_t place = place_of(office, rest->hand_on[i]);
        assert_int_not_equal(place, HF_INDEX_NONE);
        for (uint64_t j = place + 1; j < office->size; j++)
            assert_memory_not_equal(office->log[j].leaf, rest->hand_on[i], HF_LEAF_BYTES);
    }
    for (size_t i = 0; i < rest->left_count; i++) {
        assert_true(rest->left[i].proved);
        assert_int_equal(times_logged(office, rest->left[i].wall), 1);
    }
    for (uint64_t seq = 0; seq < device->next_seq; seq++)
        assert_int_equal(times_logged(office, wall_of(device->leaf[seq])), 1);
}
