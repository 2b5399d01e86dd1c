/* A large invented log written straight to a folder as a bundle, without holding it in memory. */
#ifndef HF_TESTS_AUDIT_SUPPORT_STREAM_H
#define HF_TESTS_AUDIT_SUPPORT_STREAM_H

#include "core/crypto/crypto.h"

struct support_stream {
    const char *folder; /* exists, empty */
    uint64_t entries;
    unsigned devices;     /* each of another person; they take turns */
    unsigned seen_every;  /* so many entries between two checkpoints that devices are shown */
    size_t payload_bytes; /* of each change, a file each; 0: none in the bundle */
};
/* False when the disk says no. */
bool support_stream_write(const struct support_stream *stream, uint8_t out_authority_key[HF_SIGN_PUBLIC_BYTES]);

#endif
