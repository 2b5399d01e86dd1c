#include "server/concern.h"

#include "server/feed.h"
#include "server/snapshot.h"

#include <stdlib.h>
#include <string.h>

struct cases {
    const struct hf_office *office;
    bool everybody;
    size_t count;
    struct hf_id ids[HF_CONCERN_CASES_MAX];
};

static bool note_case(void *ctx, const struct hf_entry_row *row)
{
    struct cases *cases = ctx;
    if (row->kind == HF_LEAF_READ || hf_snapshot_wrote(cases->office, row->index)) /* no news for anybody */
        return true;
    if (row->kind != HF_LEAF_DATA || hf_id_equal(&row->case_id, &cases->office->office_case)) {
        cases->everybody = true;
        return false;
    }
    for (size_t i = 0; i < cases->count; i++) {
        if (hf_id_equal(&cases->ids[i], &row->case_id))
            return true;
    }
    if (cases->count == HF_CONCERN_CASES_MAX) {
        cases->everybody = true;
        return false;
    }
    cases->ids[cases->count++] = row->case_id;
    return true;
}

static bool note_holder(void *ctx, const struct hf_assignment_row *row)
{
    struct hf_concern *concern = ctx;
    if (!row->held)
        return true;
    if (concern->count == HF_CONCERN_PERSONS_MAX) {
        concern->everybody = true;
        return false;
    }
    concern->persons[concern->count++] = row->person;
    return true;
}

static int by_id(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct hf_id));
}

static void sort(struct hf_concern *concern)
{
    size_t left = 0;
    qsort(concern->persons, concern->count, sizeof concern->persons[0], by_id);
    for (size_t i = 0; i < concern->count; i++) {
        if (left == 0 || !hf_id_equal(&concern->persons[left - 1], &concern->persons[i]))
            concern->persons[left++] = concern->persons[i];
    }
    concern->count = left;
}

void hf_concern_find(struct hf_office *office, uint64_t from, uint64_t to, struct hf_concern *out)
{
    struct cases cases = {.office = office};
    struct hf_store *store = office->store;
    out->count = 0;
    out->everybody = to < from || to - from > HF_CONCERN_ENTRIES_MAX ||
                     store->ops->entries(store, from, to - from, note_case, &cases) != HF_OK || cases.everybody;
    for (size_t i = 0; !out->everybody && i < cases.count; i++) {
        if (hf_store_holders(store, &cases.ids[i], note_holder, out) != HF_OK)
            out->everybody = true;
    }
    if (!out->everybody)
        sort(out);
}

void hf_concern_case(struct hf_office *office, const struct hf_id *case_id, struct hf_concern *out)
{
    out->count = 0;
    out->everybody = false;
    if (hf_store_holders(office->store, case_id, note_holder, out) != HF_OK)
        out->everybody = true;
    if (!out->everybody)
        sort(out);
}

bool hf_concern_has(const struct hf_concern *concern, const struct hf_peer *peer)
{
    return concern->everybody || hf_feed_reads_all(peer->role) ||
           bsearch(&peer->person, concern->persons, concern->count, sizeof concern->persons[0], by_id) != NULL;
}
