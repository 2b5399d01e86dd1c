#include "core/replica/ends.h"
#include "core/replica/fold.h"
#include "core/replica/snapshot.h"

#include <stdlib.h>

static struct hf_replica *replica_new(struct hf_vault *vault, struct hf_error *err)
{
    struct hf_replica *replica = calloc(1, sizeof *replica);
    struct hf_identity *identity = hf_secret_alloc(sizeof *identity);
    if (!replica || !identity) {
        free(replica);
        hf_secret_free(identity);
        (void)hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
        return NULL;
    }
    hf_wipe(identity, sizeof *identity);
    replica->vault = vault;
    replica->db = hf_vault_db(vault);
    replica->identity = identity;
    replica->snapshot_least = HF_SNAPSHOT_LEAST;
    return replica;
}

void hf_replica_close(struct hf_replica *replica)
{
    if (!replica)
        return;
    hf_rows_forget(replica);
    hf_book_free(replica->book);
    hf_replica_fold_close(replica);
    hf_secret_free(replica->identity);
    free(replica->attach_folder);
    free(replica);
}

static enum hf_status make(struct hf_replica *replica, const struct hf_identity *identity, struct hf_error *err)
{
    bool found = false;
    enum hf_status status = hf_replica_schema_find(replica, &found, err);
    if (status == HF_OK && found)
        status = hf_error_set(err, HF_ERR_EXISTS, "This store holds records already. Open it instead.");
    if (status == HF_OK)
        status = hf_replica_schema_make(replica, err);
    if (status == HF_OK)
        status = hf_replica_ends_begin(replica, err);
    if (status == HF_OK)
        status = hf_replica_chain_start(replica, identity, err);
    if (status == HF_OK)
        status = hf_replica_identity_write(replica, identity, err);
    return status;
}

enum hf_status hf_replica_create(struct hf_vault *vault, const struct hf_identity *identity, struct hf_replica **out,
                                 struct hf_error *err)
{
    struct hf_replica *replica = replica_new(vault, err);
    if (!replica)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_rows_transaction(replica, err);
    if (status == HF_OK)
        status = hf_rows_finish(replica, make(replica, identity, err), err);
    if (status != HF_OK) {
        hf_replica_close(replica);
        return status;
    }
    *replica->identity = *identity;
    replica->office_case = hf_office_case_id(identity->log_id);
    *out = replica;
    return HF_OK;
}

/* A store that does not fit itself can still be read, and synced. */
static enum hf_status check_chain(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_error found = {0};
    enum hf_status status = hf_replica_chain_check(replica, &found);
    if (status == HF_ERR_STATE) {
        replica->damage = found;
        return HF_OK;
    }
    if (status != HF_OK && err)
        *err = found;
    return status;
}

const char *hf_replica_damage(const struct hf_replica *replica)
{
    return replica->damage.text;
}

uint64_t hf_replica_writes(const struct hf_replica *replica)
{
    return (uint64_t)sqlite3_total_changes64(replica->db);
}

static enum hf_status check_and_read(struct hf_replica *replica, struct hf_error *err)
{
    bool found = false;
    enum hf_status status = hf_replica_schema_find(replica, &found, err);
    if (status == HF_OK && !found)
        status = hf_error_set(err, HF_ERR_NOT_FOUND, "This store holds no records. Set this device up first.");
    if (status == HF_OK)
        status = hf_replica_identity_read(replica, err);
    if (status == HF_OK)
        status = hf_replica_ends_begin(replica, err);
    if (status == HF_OK)
        status = check_chain(replica, err);
    if (status == HF_OK) {
        replica->office_case = hf_office_case_id(replica->identity->log_id);
        status = hf_replica_state_understand(replica, err);
    }
    return status;
}

enum hf_status hf_replica_open(struct hf_vault *vault, struct hf_replica **out, struct hf_error *err)
{
    struct hf_replica *replica = replica_new(vault, err);
    if (!replica)
        return HF_ERR_NOMEM;
    enum hf_status status = check_and_read(replica, err);
    if (status != HF_OK) {
        hf_replica_close(replica);
        return status;
    }
    *out = replica;
    return HF_OK;
}
