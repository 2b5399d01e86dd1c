#include "tools/audit/reads.h"

#include <stdlib.h>

/* --- who held what --- */

/* Ids are random or hashes in their last bytes. */
static uint32_t bucket_of(const struct hf_id *case_id)
{
    return ((uint32_t)case_id->bytes[14] << 8 | case_id->bytes[15]) % HF_AUDIT_HELD_BUCKETS;
}

static struct hf_audit_holding *first_of(const struct hf_audit_holders *holders, const struct hf_id *case_id)
{
    const uint32_t place = holders->buckets ? holders->buckets[bucket_of(case_id)] : 0;
    return place ? &holders->at[place - 1] : NULL;
}

static struct hf_audit_holding *next_of(const struct hf_audit_holders *holders, const struct hf_audit_holding *held)
{
    return held->next ? &holders->at[held->next - 1] : NULL;
}

size_t hf_audit_holders_at(const struct hf_audit_holders *holders, const struct hf_id *case_id,
                           const struct hf_id *person, uint64_t at_ms)
{
    size_t count = 0;
    for (const struct hf_audit_holding *held = first_of(holders, case_id); held; held = next_of(holders, held)) {
        if (held->from_ms <= at_ms && at_ms < held->until_ms && hf_id_equal(&held->case_id, case_id) &&
            (hf_id_is_zero(person) || hf_id_equal(&held->person, person)))
            count++;
    }
    return count;
}

static struct hf_audit_holding *open_span(struct hf_audit_holders *holders, const struct hf_id *case_id,
                                          const struct hf_id *person)
{
    for (struct hf_audit_holding *held = first_of(holders, case_id); held; held = next_of(holders, held)) {
        if (held->until_ms == UINT64_MAX && hf_id_equal(&held->case_id, case_id) && hf_id_equal(&held->person, person))
            return held;
    }
    return NULL;
}

static enum hf_status give(struct hf_audit_holders *holders, const struct hf_id *case_id, const struct hf_id *person,
                           uint64_t from_ms)
{
    if (open_span(holders, case_id, person))
        return HF_OK;
    if (holders->count == HF_AUDIT_HELD_MAX)
        return HF_ERR_LIMIT;
    if (holders->count == holders->cap) {
        const size_t cap = holders->cap ? holders->cap * 2 : 64;
        struct hf_audit_holding *at = realloc(holders->at, cap * sizeof *at);
        if (!at)
            return HF_ERR_NOMEM;
        holders->at = at;
        holders->cap = cap;
    }
    if (!holders->buckets)
        holders->buckets = calloc(HF_AUDIT_HELD_BUCKETS, sizeof *holders->buckets);
    if (!holders->buckets)
        return HF_ERR_NOMEM;
    uint32_t *bucket = &holders->buckets[bucket_of(case_id)];
    holders->at[holders->count++] = (struct hf_audit_holding){
        .case_id = *case_id, .person = *person, .from_ms = from_ms, .until_ms = UINT64_MAX, .next = *bucket};
    *bucket = (uint32_t)holders->count;
    return HF_OK;
}

static enum hf_status take_note(struct hf_audit_reads *reads, const struct hf_audit_entry *entry)
{
    struct hf_note_body note;
    if (!entry->opened || hf_note_body_decode(entry->body, &note) != HF_OK || note.what != HF_NOTE_ASSIGN)
        return HF_OK;
    const uint64_t at_ms = hf_clock_ms(entry->leaf->clock);
    if (note.held)
        return give(&reads->holders, &note.case_id, &note.person, at_ms);
    struct hf_audit_holding *held = open_span(&reads->holders, &note.case_id, &note.person);
    if (held)
        held->until_ms = at_ms;
    return HF_OK;
}

/* Who opens a case offline has it before the office knows. */
static enum hf_status take_case(struct hf_audit_reads *reads, const struct hf_audit_entry *entry)
{
    struct hf_case_body body;
    if (!entry->opened || entry->handed_in || entry->device->role != HF_ROLE_WORKER ||
        hf_case_body_decode(entry->body, &body) != HF_OK)
        return HF_OK;
    return give(&reads->holders, &body.case_id, &entry->device->person, hf_clock_ms(entry->leaf->clock));
}

/* --- pages --- */

static enum hf_status tell(struct hf_audit_reads *reads, const struct hf_audit_entry *entry,
                           const struct hf_read_body *body)
{
    const struct hf_id anybody = hf_id_zero();
    enum hf_status status = HF_OK;
    for (uint32_t i = 0; status == HF_OK && reads->each && i < body->line_count; i++) {
        const struct hf_read_line *line = &body->lines[i];
        struct hf_audit_read read = {.entry = entry,
                                     .case_id = body->cases[line->case_at],
                                     .record_id = line->record_id,
                                     .what = line->what,
                                     .from_ms = body->began_ms + line->at_s * 1000,
                                     .times = line->times,
                                     .officer = hf_audit_is_officer(reads->audit, entry->device)};
        read.until_ms = read.from_ms + line->lasted_s * 1000;
        if (line->reason_at != HF_READ_NO_REASON)
            read.reason = body->reasons[line->reason_at];
        read.own = hf_audit_holders_at(&reads->holders, &read.case_id, &entry->device->person, read.from_ms) > 0;
        read.holders = hf_audit_holders_at(&reads->holders, &read.case_id, &anybody, read.from_ms);
        status = reads->each(reads->ctx, &read);
    }
    return status;
}

static enum hf_status take_page(struct hf_audit_reads *reads, const struct hf_audit_entry *entry)
{
    if (!entry->opened) {
        reads->sealed++;
        return HF_OK;
    }
    if (!reads->body)
        reads->body = malloc(sizeof *reads->body);
    if (!reads->body)
        return HF_ERR_NOMEM;
    if (hf_read_body_decode(entry->body, reads->body) != HF_OK)
        return HF_OK; /* held by the office as well: only a changed program writes such a page */
    reads->lost += reads->body->lost;
    return tell(reads, entry, reads->body);
}

enum hf_status hf_audit_reads_take(struct hf_audit_reads *reads, const struct hf_audit_entry *entry)
{
    enum hf_status status = hf_audit_names_take(&reads->names, entry);
    if (status != HF_OK || entry->without_effect)
        return status;
    if (entry->leaf->kind == HF_LEAF_NOTE)
        return take_note(reads, entry);
    if (entry->leaf->kind == HF_LEAF_CASE)
        return take_case(reads, entry);
    return entry->leaf->kind == HF_LEAF_READ ? take_page(reads, entry) : HF_OK;
}

void hf_audit_reads_clear(struct hf_audit_reads *reads)
{
    hf_audit_names_clear(&reads->names);
    free(reads->holders.at);
    free(reads->holders.buckets);
    free(reads->body);
    *reads = (struct hf_audit_reads){0};
}
