/* The listener: accepts connections over nng's TCP streams and runs their links on one worker thread, which is the
 * office's only thread. nng's threads do nothing but note what has finished. Limits per address and in total, a time
 * limit on everything (protocol/limits.h). */
#ifndef HF_SERVER_LISTENER_H
#define HF_SERVER_LISTENER_H

#include "server/office.h"

struct hf_listener;

/* Tells what happens, a line at a time, for the journal; called on the worker thread. May be NULL. */
typedef void hf_listener_journal_fn(void *ctx, const char *line);

/* Binds url ("tcp://127.0.0.1:7450"; port 0 takes a free one) and starts to serve. From then until hf_listener_stop the
 * office belongs to the worker thread. HF_ERR_INVALID the url, HF_ERR_BUSY the address is taken, HF_ERR_NETWORK,
 * HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_listener_start(struct hf_office *office, const char *url, hf_listener_journal_fn *journal,
                                            void *journal_ctx, struct hf_listener **out, struct hf_error *err);
/* The address with its real port. Borrowed until stop. */
const char *hf_listener_address(const struct hf_listener *listener);
/* Stops accepting, drops every connection, publishes, gives the office back and frees. Safe from any thread but the
 * worker and nng's. */
void hf_listener_stop(struct hf_listener *listener);

/* Ends what nng keeps for the process; the last thing a program does. */
void hf_listener_end_process(void);

/* For journals and tests: how many connections there are now and were ever, and messages that were answered. */
struct hf_listener_counts {
    uint64_t open, accepted, refused;
    uint64_t answered;
};
void hf_listener_get_counts(struct hf_listener *listener, struct hf_listener_counts *out);

#endif
