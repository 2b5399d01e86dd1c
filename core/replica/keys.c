#include "core/replica/replica_internal.h"
#include "core/replica/snapshot.h"

#include "core/base/mutant.h"

#include <string.h>

/* --- class keys --- */

static enum hf_status read_key(struct hf_rows *rows, struct hf_class_key *out, struct hf_error *err)
{
    struct hf_class_key key = {0};
    bool found = hf_rows_next(rows);
    if (found) {
        key.case_id = hf_rows_id(rows, 0);
        key.key_id = hf_rows_id(rows, 1);
        key.epoch = (uint32_t)hf_rows_u64(rows, 2);
        hf_rows_copy(rows, 3, key.key, sizeof key.key);
    }
    enum hf_status status = hf_rows_end(rows, err);
    if (status == HF_OK && !found)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_OK)
        *out = key;
    hf_wipe(&key, sizeof key);
    return status;
}

enum hf_status hf_replica_key_find(struct hf_replica *replica, const struct hf_id *key_id, struct hf_class_key *out,
                                   struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_KEY_FIND);
    hf_rows_bind_id(&rows, key_id);
    return read_key(&rows, out, err);
}

enum hf_status hf_replica_key_newest(struct hf_replica *replica, const struct hf_id *case_id, struct hf_class_key *out,
                                     struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_KEY_NEWEST);
    hf_rows_bind_id(&rows, case_id);
    return read_key(&rows, out, err);
}

static bool same_key(const struct hf_class_key *a, const struct hf_class_key *b)
{
    return hf_id_equal(&a->case_id, &b->case_id) && a->epoch == b->epoch &&
           hf_secret_equal(a->key, b->key, sizeof a->key);
}

static enum hf_status add_case(struct hf_replica *replica, const struct hf_id *case_id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CASE_ADD);
    hf_rows_bind_id(&rows, case_id);
    return hf_rows_run(&rows, err);
}

static enum hf_status add_key(struct hf_replica *replica, const struct hf_class_key *key, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_KEY_ADD);
    hf_rows_bind_id(&rows, &key->case_id);
    hf_rows_bind_id(&rows, &key->key_id);
    hf_rows_bind_u64(&rows, key->epoch);
    hf_rows_bind_bytes(&rows, hf_slice_of(key->key, sizeof key->key));
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_key_store(struct hf_replica *replica, const struct hf_class_key *key, struct hf_error *err)
{
    struct hf_class_key known = {0};
    if (hf_id_is_zero(&key->case_id) || hf_id_is_zero(&key->key_id))
        return hf_error_set(err, HF_ERR_INVALID, "The office sent a key without a name. Nothing was stored.");
    enum hf_status status = hf_replica_key_find(replica, &key->key_id, &known, err);
    if (status == HF_OK && !same_key(&known, key))
        status = hf_error_set(err, HF_ERR_AUTH,
                              "The office sent another key under a name that is in use. Nothing was stored; tell the "
                              "office.");
    else if (status == HF_ERR_NOT_FOUND) {
        bool erased = false;
        status = hf_replica_erased(replica, &key->case_id, &erased, err);
        if (status != HF_OK || erased)
            return status; /* destroyed for good: what needs it is refused */
        status = add_case(replica, &key->case_id, err);
        if (status == HF_OK)
            status = add_key(replica, key, err);
    }
    hf_wipe(&known, sizeof known);
    return status;
}

/* --- caseload --- */

static enum hf_status opened_here(struct hf_replica *replica, const struct hf_id *case_id, bool *out,
                                  struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CASE_OPENED_HERE);
    hf_rows_bind_id(&rows, case_id);
    *out = hf_rows_next(&rows) && hf_rows_u64(&rows, 0) != 0;
    return hf_rows_end(&rows, err);
}

static enum hf_status set_assigned(struct hf_replica *replica, const struct hf_id *case_id, bool held,
                                   struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CASE_ASSIGNED);
    hf_rows_bind_id(&rows, case_id);
    hf_rows_bind_u64(&rows, held || HF_MUTANT(OPENED_HERE_STAYS) ? 1 : 0);
    return hf_rows_run(&rows, err);
}

/* At least to where the general feed begins to bring entries of cases (snapshot.h): an assignment before that place is
 * no end of what is missing. */
static enum hf_status add_catchup(struct hf_replica *replica, const struct hf_id *case_id, uint64_t until,
                                  struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CATCHUP_ADD);
    hf_rows_bind_id(&rows, case_id);
    hf_rows_bind_u64(&rows, until);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_catchup_again(struct hf_replica *replica, const struct hf_id *case_id, uint64_t until,
                                        struct hf_error *err)
{
    struct hf_rows rows;
    enum hf_status status = add_catchup(replica, case_id, until, err);
    if (status != HF_OK)
        return status;
    hf_rows_begin_text(&rows, replica, "UPDATE catchups SET start = 0 WHERE case_id = ?");
    hf_rows_bind_id(&rows, case_id);
    return hf_rows_run(&rows, err);
}

static enum hf_status drop_catchup(struct hf_replica *replica, const struct hf_id *case_id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_CATCHUP_DROP);
    hf_rows_bind_id(&rows, case_id);
    hf_rows_bind_u64(&rows, 1);
    return hf_rows_run(&rows, err);
}

enum hf_status hf_replica_case_assign(struct hf_replica *replica, const struct hf_id *case_id, bool held,
                                      enum hf_role role, uint64_t index, struct hf_error *err)
{
    const enum hf_scope reads = hf_replica_scope_of(role);
    bool here = false;
    uint64_t came_at = 0;
    enum hf_status status = hf_replica_own_case(replica, case_id, held, err);
    if (status != HF_OK || (reads == HF_SCOPE_ALL && !HF_MUTANT(TAKEN_FROM_ALL))) /* which goes on when it is taken */
        return status;
    status = set_assigned(replica, case_id, held && reads == HF_SCOPE_HELD, err);
    if (status == HF_OK && (!held || reads == HF_SCOPE_NONE))
        return drop_catchup(replica, case_id, err); /* the office would not answer it any more */
    if (status == HF_OK)
        status = opened_here(replica, case_id, &here, err);
    if (status == HF_OK)
        status = hf_replica_snapshot_size(replica, case_id, &came_at, err);
    if (status == HF_OK && came_at > index)
        return HF_OK; /* what there was then is in the state that came */
    if (status != HF_OK || here || HF_MUTANT(DROP_CATCHUP) || index == 0)
        return status;
    return add_catchup(replica, case_id, index, err);
}

/* --- what the office does not give --- */

enum hf_status hf_replica_catchup_refused(struct hf_replica *replica, const struct hf_id *case_id, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "UPDATE catchups SET refused = 1 WHERE case_id = ?");
    hf_rows_bind_id(&rows, case_id);
    return hf_rows_run(&rows, err);
}

/* Looked for first: most of the time there is none, and nothing is written. */
enum hf_status hf_replica_catchups_anew(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin_text(&rows, replica, "SELECT 1 FROM catchups WHERE refused <> 0 LIMIT 1");
    const bool any = hf_rows_next(&rows);
    enum hf_status status = hf_rows_end(&rows, err);
    if (status != HF_OK || !any)
        return status;
    hf_rows_begin_text(&rows, replica, "UPDATE catchups SET refused = 0");
    return hf_rows_run(&rows, err);
}
