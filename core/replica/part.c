#include "core/replica/part.h"
#include "core/replica/indexed.h"

#include "core/replica/replica_internal.h"

/* The office said of an own change that it is of another record than the one that stands there. */
static enum hf_status was_refused(struct hf_replica *replica, const struct hf_id *id, bool *out)
{
    struct hf_rows rows;
    hf_rows_begin_text(
        &rows, replica,
        "SELECT 1 FROM changes WHERE " HF_CHANGES_OF_RECORD("?1") " AND own = 1 AND effect = 2 AND hold = ?2 LIMIT 1");
    hf_rows_bind_id(&rows, id);
    hf_rows_bind_u64(&rows, HF_HOLD_FORM);
    *out = hf_rows_next(&rows);
    return hf_rows_end(&rows, NULL);
}

enum hf_status hf_replica_id_taken(struct hf_replica *replica, const struct hf_id *case_id, uint16_t type,
                                   const struct hf_id *id, bool *out)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_record(replica, id, &state);
    if (status == HF_ERR_NOT_FOUND)
        return was_refused(replica, id, out);
    if (status == HF_OK)
        *out = state.type != type || !hf_id_equal(&state.case_id, case_id);
    hf_record_state_clear(&state);
    return status;
}

enum hf_status hf_replica_part_id(struct hf_replica *replica, const struct hf_id *case_id, uint16_t type,
                                  const struct hf_id *first, uint64_t now_ms, struct hf_id *out)
{
    uint8_t random[HF_ID_RANDOM_BYTES];
    struct hf_id id = *first;
    for (size_t i = 0; i < HF_PART_IDS_MAX; i++) {
        bool taken = false;
        enum hf_status status = hf_replica_id_taken(replica, case_id, type, &id, &taken);
        if (status != HF_OK)
            return status;
        if (!taken) {
            *out = id;
            return HF_OK;
        }
        id = hf_model_part_next(&id, type);
    }
    hf_random(random, sizeof random);
    *out = hf_id_v7(now_ms, random);
    return HF_OK;
}
