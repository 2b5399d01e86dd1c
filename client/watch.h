/* A sync that stays: dials again after a loss, with growing pauses of random length, and at once when the network of
 * the machine changes. Inside client/; the public functions are in watch.c. */
#ifndef HF_CLIENT_WATCH_H
#define HF_CLIENT_WATCH_H

#include "client/handle.h"

struct hf_watch;

void hf_watch_free(struct hf_watch *watch); /* NULL is fine; the sync under way is the handle's, and ended before */
/* Something may have been saved: whoever waits on holdfast_watch_fd is woken when it was. */
void hf_watch_look(struct holdfast *hf);

#define HF_WATCH_RETRY_MIN_MS 500u
#define HF_WATCH_RETRY_MAX_MS 300000u
/* How long to wait before try number `tries` + 1 after a loss: between half and the whole of a pause that doubles from
 * HF_WATCH_RETRY_MIN_MS to HF_WATCH_RETRY_MAX_MS. Pure. */
uint64_t hf_watch_pause_ms(unsigned tries, uint32_t random);
/* A try failed at now_ms: counts it in *tries (which a line that came about sets to 0), and says when the next is due.
 * Pure. */
uint64_t hf_watch_after(unsigned *tries, uint64_t now_ms, uint32_t random);
/* Whether the same sync may succeed later without anybody doing anything. Pure. */
bool hf_watch_may_retry(enum hf_status status);

#endif
