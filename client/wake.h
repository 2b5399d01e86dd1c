/* One descriptor that becomes readable when there is something to do, for a program that waits in poll() or an event
 * loop: whoever has news writes to it from any thread, and other descriptors can be watched along. Inside client/. */
#ifndef HF_CLIENT_WAKE_H
#define HF_CLIENT_WAKE_H

#include "core/base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct hf_wake {
    int fd;      /* the one to wait for; -1: not open */
    int pipe[2]; /* read, write */
};

/* HF_ERR_IO: the system gives no more descriptors. */
HF_CHECKED enum hf_status hf_wake_open(struct hf_wake *wake);
/* Nobody may signal any more. Also one that is not open. */
void hf_wake_close(struct hf_wake *wake);
/* Readable also while `fd` is, which stays the caller's and outlives this. Elsewhere than on Linux nothing is watched
 * along. HF_ERR_IO. */
HF_CHECKED enum hf_status hf_wake_add(struct hf_wake *wake, int fd);
/* From any thread. */
void hf_wake_signal(const struct hf_wake *wake);
/* Not readable any more, until the next signal. To be called before looking at what the signals were about. */
void hf_wake_clear(const struct hf_wake *wake);
/* Waits until it is readable, at most wait_ms (0: looks only); a signal of the system ends the wait. */
bool hf_wake_wait(const struct hf_wake *wake, uint32_t wait_ms);

#endif
