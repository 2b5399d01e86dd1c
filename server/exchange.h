/* What a device has sent by a carried file (protocol/carry.h), and the answer that goes back to it the same way. The
 * file's messages go through the same session machine and the same office as those of a connection: the same limits,
 * standing, caseload and holds, and every change is logged once however often and by whichever way it comes.
 *
 * It goes in portions of one message at most, so that an office that serves answers others in between. The file is read
 * twice, from wherever it lies: once to see that all of it holds, then part by part; no more than one part of it, and
 * of the answer, is in memory. Whoever stops in the middle has logged what came before; the same file again does the
 * rest.
 */
#ifndef HF_SERVER_EXCHANGE_H
#define HF_SERVER_EXCHANGE_H

#include "protocol/carry.h"
#include "server/office.h"

struct hf_exchange;

struct hf_exchange_io {
    void *ctx;
    uint64_t size;          /* of the file */
    hf_carry_read_fn *read; /* of the file */
    /* The next bytes of the answer. */
    enum hf_status (*write)(void *ctx, struct hf_slice bytes, struct hf_error *err);
};
struct hf_exchange_report {
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    uint64_t changes;      /* in the file */
    uint64_t held;         /* of them, logged without effect */
    uint64_t entries;      /* of others, in the answer */
    bool hand_in;          /* the device was revoked: it gets receipts and nothing else */
    struct hf_error error; /* HF_OK, or what was refused; what came before it is logged */
};

/* A file of kind 1 is to be taken in, and answered by one of kind 2 for the same device. HF_ERR_INVALID,
 * HF_ERR_CORRUPT, HF_ERR_NOT_FOUND: not of a device of this office; HF_ERR_WAITING: of one that nobody confirmed yet.
 * With text. io is copied. */
HF_CHECKED enum hf_status hf_exchange_begin(struct hf_office *office, const struct hf_exchange_io *io,
                                            struct hf_exchange **out, struct hf_error *err);
/* A file of kind 2 that nobody asked for: what the device may read from an entry of the log on; only written. No
 * receipts: these follow when it has asked. HF_ERR_NOT_FOUND, HF_ERR_DENIED: the device was revoked or waits for its
 * confirmation. */
HF_CHECKED enum hf_status hf_exchange_begin_unasked(struct hf_office *office,
                                                    const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint64_t from,
                                                    const struct hf_exchange_io *io, struct hf_exchange **out,
                                                    struct hf_error *err);
/* The next portion; not after *out_done. After a failure (HF_ERR_CORRUPT: nothing of the file was taken in; HF_ERR_IO
 * …: the office's own disk; with text) only hf_exchange_free: what was logged before stays. */
HF_CHECKED enum hf_status hf_exchange_step(struct hf_exchange *exchange, bool *out_done, struct hf_error *err);
/* So far. Borrowed. */
const struct hf_exchange_report *hf_exchange_report(const struct hf_exchange *exchange);
void hf_exchange_free(struct hf_exchange *exchange); /* wipes; NULL is fine */

#endif
