/* What the office measures of a device's clock. Clocks decide nothing; who reads the log later has to know by how much
 * the times of a device were off when it handed its changes in. */
#ifndef HF_SERVER_CLOCKS_H
#define HF_SERVER_CLOCKS_H

#include "server/office.h"

/* device_ms: the time that a change of this device would bear now (HELLO); 0: not said. Writes a "clock" note into the
 * log when the difference to the office's clock is HF_CLOCK_TOLERATE_MS or more from what the last note says, or from
 * none. Never worth refusing a device: what fails here is tried again with its next connection. */
void hf_clocks_note(struct hf_office *office, const struct hf_device_row *device, uint64_t device_ms);

#endif
