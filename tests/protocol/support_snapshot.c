#include "tests/protocol/support_stores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct hf_id case_of(unsigned number)
{
    return (struct hf_id){.bytes = {0xCA, (uint8_t)number}};
}

static struct hf_id record_of(uint64_t index)
{
    return (struct hf_id){.bytes = {0x4E, (uint8_t)(index >> 8), (uint8_t)index}};
}

static uint64_t index_of(const struct hf_id *record)
{
    return (uint64_t)record->bytes[1] << 8 | record->bytes[2];
}

/* --- the office --- */

static bool is_record(const struct fake_entry *entry, unsigned number)
{
    return !entry->own && entry->body[1] == 0 && entry->body[0] == number;
}

/* The log size behind the newest record of the case; 0: it has none. */
static uint64_t size_of(const struct fake_office *office, unsigned number)
{
    uint64_t size = 0;
    for (uint64_t i = 0; i < office->size; i++)
        if (is_record(&office->log[i], number))
            size = i + 1;
    return size;
}

static size_t count_of(const struct fake_office *office, const struct hf_msg_snapshot *asked)
{
    size_t count = 0;
    for (unsigned number = 1; number < FAKE_CASES; number++)
        for (uint64_t i = 0; i < office->size; i++)
            if (office->assigned[number] && (!asked->one_case || asked->case_id.bytes[1] == number))
                count += is_record(&office->log[i], number);
    return count;
}

static void add_record(struct hf_snapshot_part *said, struct fake_part *part, unsigned number, uint64_t index)
{
    const size_t at = said->record_count++;
    part->packed[at][0] = (uint8_t)number;
    part->packed[at][1] = (uint8_t)index;
    part->changes[at] = (struct hf_snapshot_change){.index = index};
    part->records[at] = (struct hf_snapshot_record){
        .packed = hf_slice_of(part->packed[at], 2), .changes = &part->changes[at], .change_count = 1};
}

/* Fills the part from this case; false when it is full. */
static bool add_case(const struct fake_office *office, const struct hf_msg_snapshot *asked, unsigned number,
                     struct hf_snapshot_part *said, struct fake_part *part)
{
    const struct hf_id id = case_of(number);
    const uint64_t size = size_of(office, number);
    const bool midst = hf_id_equal(&asked->at.case_id, &id) && asked->at.size == size;
    const uint64_t from = midst ? index_of(&asked->at.record_id) + 1 : 0;
    struct hf_snapshot_case *run = NULL;
    for (uint64_t i = from; i < size; i++) {
        if (!is_record(&office->log[i], number))
            continue;
        if (said->record_count == FAKE_PART) {
            said->more = true;
            return false;
        }
        if (!run) {
            run = &part->cases[said->case_count++];
            *run = (struct hf_snapshot_case){.case_id = id, .size = size, .begins = !midst};
        }
        add_record(said, part, number, i);
        run->record_count++;
        said->next = (struct hf_snapshot_at){.case_id = id, .size = size, .record_id = record_of(i)};
    }
    if (run)
        run->ends = true;
    said->next = (struct hf_snapshot_at){.case_id = id};
    return true;
}

void fake_snapshot_answer(const struct fake_office *office, const struct hf_message *request, struct hf_message *out,
                          struct fake_part *part)
{
    const struct hf_msg_snapshot *asked = &request->as.snapshot;
    struct hf_snapshot_part *said = &out->as.snapshot_is;
    *part = (struct fake_part){.none = {.count = 0}};
    out->type = HF_MSG_SNAPSHOT_IS;
    said->log_size = office->size;
    if (hf_id_is_zero(&asked->at.case_id) && count_of(office, asked) < asked->least) {
        said->few = true;
        return;
    }
    said->devices = &part->device;
    said->device_count = 1;
    said->cases = part->cases;
    said->records = part->records;
    said->next = asked->at;
    for (unsigned number = 1; number < FAKE_CASES; number++) {
        const struct hf_id id = case_of(number);
        const int order = hf_id_compare(&id, &asked->at.case_id);
        if (!office->assigned[number] || (asked->one_case && !hf_id_equal(&id, &asked->case_id)) || order < 0 ||
            (order == 0 && asked->at.size == 0))
            continue;
        if (!add_case(office, asked, number, said, part))
            break;
    }
    said->has_note = asked->noted != office->size && said->record_count > 0;
    if (said->has_note)
        said->note = (struct hf_snapshot_note){.index = office->size - 1,
                                               .leaf = hf_slice_of(part->leaf, sizeof part->leaf),
                                               .body = hf_slice_str("note"),
                                               .checkpoint = hf_slice_str("checkpoint"),
                                               .checkpoint_size = office->size,
                                               .consistency = &part->none,
                                               .inclusion = &part->none};
}

/* --- the device --- */

static bool has_entries(const struct fake_device *device, unsigned number)
{
    return device->case_taken[number] > 0;
}

void fake_snapshot_facts(const struct fake_device *device, struct hf_client_facts *out)
{
    const struct fake_snapshots *snapshots = &device->snapshots;
    const unsigned number = device->catchup_count > 0 ? device->catchups[0].case_number : 0;
    out->past = snapshots->past;
    out->snapshot_least = snapshots->least;
    out->snapshot_noted = snapshots->noted;
    out->snapshot_at = snapshots->at;
    if (snapshots->on && !snapshots->done && device->cursor == 0) {
        out->snapshot_due = true;
    } else if (snapshots->on && number > 0 && device->catchups[0].from == 0 && !has_entries(device, number) &&
               !snapshots->one_declined[number]) {
        out->snapshot_due = out->snapshot_one = true;
        out->snapshot_case = case_of(number);
    }
}

static bool comes_before(const struct hf_snapshot_at *a, const struct hf_snapshot_at *b)
{
    const int order = hf_id_compare(&a->case_id, &b->case_id);
    if (order != 0)
        return order < 0;
    if (a->size == 0 || b->size == 0)
        return a->size != 0 && b->size == 0;
    return a->size == b->size && hf_id_compare(&a->record_id, &b->record_id) < 0;
}

void fake_snapshot_asked(const struct fake_device *device, const struct hf_msg_snapshot *asked)
{
    assert_true(device->snapshots.on);
    assert_false(comes_before(&asked->at, &device->snapshots.at));
}

static void store_run(struct fake_device *device, const struct hf_snapshot_case *run,
                      const struct hf_snapshot_record *records)
{
    struct fake_snapshots *snapshots = &device->snapshots;
    const unsigned number = run->case_id.bytes[1];
    if (run->begins)
        snapshots->staged_count = 0;
    for (size_t i = 0; i < run->record_count; i++) {
        assert_int_equal(records[i].packed.data[0], number);
        assert_true(snapshots->staged_count < 64);
        snapshots->staged[snapshots->staged_count++] = records[i].changes[0].index;
    }
    snapshots->records += run->record_count;
    if (!run->ends)
        return;
    for (size_t i = 0; i < snapshots->staged_count; i++)
        assert_int_equal(++device->taken[snapshots->staged[i]], 1);
    device->case_taken[number] += snapshots->staged_count;
    snapshots->size[number] = run->size;
    snapshots->staged_count = 0;
}

void fake_snapshot_store(struct fake_device *device, const struct hf_message *message, bool one_case)
{
    const struct hf_snapshot_part *part = &message->as.snapshot_is;
    struct fake_snapshots *snapshots = &device->snapshots;
    const unsigned number = one_case ? device->catchups[0].case_number : 0;
    size_t at = 0;
    if (part->few && one_case)
        snapshots->one_declined[number] = true;
    else if (part->few)
        snapshots->done = true;
    if (part->few)
        return;
    if (hf_id_is_zero(&snapshots->at.case_id) && !one_case)
        snapshots->past = part->log_size;
    for (size_t i = 0; i < part->case_count; i++) {
        store_run(device, &part->cases[i], &part->records[at]);
        at += part->cases[i].record_count;
    }
    snapshots->parts++;
    if (part->has_note) {
        snapshots->noted = part->note.index + 1;
        device->checkpoint_size = part->note.checkpoint_size;
    }
    snapshots->at = part->next;
    if (part->more)
        return;
    snapshots->at = (struct hf_snapshot_at){.size = 0};
    if (one_case)
        fake_end_catchup(device);
    else
        snapshots->done = true;
}
