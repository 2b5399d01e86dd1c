/* A real office and real replicas, joined in memory by the two session machines, for tests of the first sync as a
 * snapshot. What the office answers can be tampered with on its way. All names are invented. */
#ifndef HF_TESTS_SNAPSHOT_SUPPORT_RIG_H
#define HF_TESTS_SNAPSHOT_SUPPORT_RIG_H

#include "client/syncer.h"
#include "core/replica/distrust.h"
#include "core/replica/replica.h"
#include "core/replica/snapshot.h"
#include "server/snapshot.h"
#include "tests/server/support_office.h"

struct rig_device {
    struct office *office;
    struct device device; /* its keys, as the office's tests know them */
    char folder[128];
    struct hf_vault *vault;
    struct hf_replica *replica;
    struct hf_error err;     /* of the last sync */
    uint64_t stays_ms;       /* the line stays, and is looked at once more so much later; 0: it does not */
    size_t cut_after;        /* messages of the office that still arrive; 0: all */
    size_t snapshots, feeds; /* answers of the office in the last sync */
    size_t feed_items;
};
/* A person with a device of their own; asks for a snapshot of one record or more. */
struct rig_device *rig_device_new(struct office *office, const char *name, enum hf_role role);
/* Another device of the same keys' person does not exist: this is the same device opened again. */
void rig_device_reopen(struct rig_device *device);
void rig_device_free(struct rig_device *device);

/* Alters an answer before it is sent; NULL: none. */
typedef void rig_tamper_fn(void *ctx, struct hf_message *reply);
/* A whole sync; HF_OK, or what ended it. HF_ERR_CLOSED: the line was cut. */
enum hf_status rig_sync(struct rig_device *device, rig_tamper_fn *tamper, void *ctx);
void rig_must_sync(struct rig_device *device);

/* A case with so many child records, saved and synced. */
struct hf_id rig_case(struct rig_device *device, size_t records, struct hf_id *out_records);
/* The name of a child record; must work. bases NULL: what stands there. */
struct hf_id rig_save(struct rig_device *device, const struct hf_id *case_id, const struct hf_id *record,
                      const char *text, const struct hf_id *base);
/* Single text of a field: "" none, "!" in conflict; good for 4 calls. */
const char *rig_text(struct rig_device *device, const struct hf_id *record);
bool rig_is_unproved(struct rig_device *device, const struct hf_id *record);
struct hf_unproved rig_unproved(struct rig_device *device);
void rig_assert_same(struct rig_device *a, struct rig_device *b);
/* Fetches all histories; they must hold. */
void rig_prove(struct rig_device *device);

#endif
