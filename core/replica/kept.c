#include "core/replica/kept.h"
#include "core/base/mutant.h"

void hf_replica_kept_begin(struct hf_replica *replica, struct hf_kept *kept)
{
    kept->count = 0;
    replica->kept = kept;
}

static void forget(struct hf_kept *kept)
{
    while (kept->count > 0)
        hf_record_state_clear(&kept->at[--kept->count].state);
}

void hf_replica_kept_end(struct hf_replica *replica)
{
    if (replica->kept)
        forget(replica->kept);
    replica->kept = NULL;
}

bool hf_replica_kept_take(struct hf_replica *replica, const struct hf_id *record_id, struct hf_kept_record *out)
{
    struct hf_kept *kept = replica->kept;
    for (size_t i = 0; kept && i < kept->count; i++) {
        if (!hf_id_equal(&kept->at[i].record_id, record_id))
            continue;
        *out = kept->at[i];
        kept->at[i] = kept->at[--kept->count];
        return true;
    }
    return false;
}

enum hf_status hf_replica_kept_put(struct hf_replica *replica, struct hf_kept_record *record, struct hf_error *err)
{
    struct hf_kept *kept = replica->kept;
    enum hf_status status = HF_OK;
    if (kept->count == HF_KEPT_RECORDS)
        status = hf_replica_kept_write(replica, err);
    if (status != HF_OK)
        hf_record_state_clear(&record->state);
    else
        kept->at[kept->count++] = *record;
    record->state = (struct hf_record_state){0};
    return status;
}

enum hf_status hf_replica_kept_write(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_kept *kept = replica->kept;
    enum hf_status status = HF_OK;
    for (size_t i = 0; kept && status == HF_OK && i < kept->count; i++) {
        const struct hf_record_place place = {.changed = kept->at[i].changed};
        if (kept->at[i].dirty && !HF_MUTANT(KEPT_UNWRITTEN))
            status = hf_replica_record_store(replica, &kept->at[i].state, &place, err);
    }
    if (kept)
        forget(kept);
    return status;
}

enum hf_status hf_replica_kept_write_of(struct hf_replica *replica, const struct hf_id *record_id, struct hf_error *err)
{
    const struct hf_kept *kept = replica->kept;
    for (size_t i = 0; kept && i < kept->count; i++)
        if (kept->at[i].dirty && hf_id_equal(&kept->at[i].record_id, record_id))
            return hf_replica_kept_write(replica, err);
    return HF_OK;
}
