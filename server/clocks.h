/* What the office measures of a device's clock. Clocks decide nothing; who reads the log later has to know by how much
 * the times of a device were off when it handed its changes in. */
#ifndef HF_SERVER_CLOCKS_H
#define HF_SERVER_CLOCKS_H

#include "server/office.h"

/* A chain that once ran ahead stands still until its clock has caught up, for years perhaps, so its lead shrinks with
 * every sync; and chains hear of each other's times, so one clock that is ahead takes others along. */
#define HF_CLOCKS_LEAD_PART 16 /* of a lead, that moves before it is noted anew */

/* device_ms: the time that a change of this device would bear now (HELLO); 0: not said. Writes a "clock" note into the
 * log when the difference to the office's clock is HF_CLOCK_TOLERATE_MS or more from what the last note says, or from
 * none – of a device that is ahead now and was then, also one HF_CLOCKS_LEAD_PART-th of the smaller lead. So the newest
 * note tells by how much a device is behind to five minutes, and by how much it is ahead to a sixteenth or five
 * minutes. Never worth refusing a device: what fails here is tried again with its next connection. */
void hf_clocks_note(struct hf_office *office, const struct hf_device_row *device, uint64_t device_ms);

/* The same at a HELLO, when the device comes with changes. Otherwise what was measured is kept for the first PUSH of
 * its connection: a clock of which nothing comes tells the log's readers nothing. No more than HF_CLOCKS_KEPT are kept;
 * whose place is taken by another is noted at once. */
void hf_clocks_hello(struct hf_office *office, const struct hf_device_row *device, uint64_t device_ms, bool has_more);

/* Before anything that a device pushes is taken in: what its HELLO measured and was kept. */
void hf_clocks_push(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES]);

#endif
