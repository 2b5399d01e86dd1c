/* Class keys turn when somebody loses a case (formats.md, Keys): what is written from then on is sealed under a new
 * key, which they do not have, should they have kept the old one and come by the log. Changes that are still made under
 * an older key, by a device that has not heard, are taken as ever. */
#ifndef HF_SERVER_EPOCH_H
#define HF_SERVER_EPOCH_H

#include "server/batch.h"

#define HF_EPOCH_CASES_MAX 512 /* turned when a device is revoked; a worker holds far fewer */

/* The leaf that gives a case this key, sealed under it and to the key store. */
HF_CHECKED enum hf_status hf_epoch_say_in(struct hf_batch *batch, const struct hf_class_key *key,
                                          const char *retention_class);
/* A new key of the next epoch, kept, and the leaf (kind case) that says so. A case without a key in use (erased) is
 * left as it is. */
HF_CHECKED enum hf_status hf_epoch_turn_in(struct hf_batch *batch, const struct hf_id *case_id);
/* The same for every case that the person holds, up to HF_EPOCH_CASES_MAX: one of their devices is in other hands. The
 * office and managers read every case; for their devices nothing turns (docs/keys.md). */
HF_CHECKED enum hf_status hf_epoch_turn_held_in(struct hf_batch *batch, const struct hf_id *person);

#endif
