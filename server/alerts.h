/* Alerts that the server raises without anyone watching: what the packs in force say of each case, kept as `alert`
 * records that the server signs, one for each rule and record: raised, and cleared when its cause is gone. They travel
 * to the caseload like every record. Devices work out the same alerts for themselves, also without network.
 *
 * Work is done in steps, so that a server with many cases stays awake: a case is looked at after it changed, after the
 * office's decisions or packs changed, and when an answer changes by time alone. After a start every case that has a
 * key is looked at once. */
#ifndef HF_SERVER_ALERTS_H
#define HF_SERVER_ALERTS_H

#include "server/batch.h"

#define HF_ALERTS_CASES_MAX 1000000
#define HF_ALERTS_STEP      32 /* cases looked at in one step */

/* A batch was committed: its cases are to be looked at. Never fails: what there is no memory for is found again when
 * every case is looked at. */
void hf_alerts_touched(struct hf_office *office, const struct hf_batch *batch);
/* Looks at up to HF_ALERTS_STEP cases and commits what has changed. A case that cannot be worked out (a calendar is
 * missing) has no alerts and is left until it changes. */
HF_CHECKED enum hf_status hf_alerts_step(struct hf_office *office);
/* When the next step has work (Unix ms); 0: now; UINT64_MAX: not until something changes. */
uint64_t hf_alerts_wake_ms(const struct hf_office *office);
void hf_alerts_forget(struct hf_office *office);

#endif
