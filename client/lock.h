/* When a handle locks by itself, and when the office has to be spoken to first. Inside client/. */
#ifndef HF_CLIENT_LOCK_H
#define HF_CLIENT_LOCK_H

#include "client/handle.h"

/* Whether records may be read and written here: HF_ERR_REVOKED with text once this device has heard that the office
 * revoked it (domain UX-32), HF_ERR_EXPIRED with text when the lease is over. The handle is unlocked. */
HF_CHECKED enum hf_status hf_records_check(struct holdfast *hf);
/* Stores what was counted of the lease; before the replica closes. */
void hf_lease_keep(struct holdfast *hf);

#endif
