/* Who is here: the devices whose lines are open, so that "last here" does not stand still while one stays connected.
 * One thread (the office's). */
#ifndef HF_SERVER_PRESENT_H
#define HF_SERVER_PRESENT_H

#include "core/crypto/crypto.h"

struct hf_office;

/* One line of a device; part of it. All zero: not here. */
struct hf_present {
    struct hf_present *next, **place; /* place NULL: not here */
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
};

/* The device of this line has spoken. Once is enough; again is fine. */
void hf_present_here(struct hf_office *office, struct hf_present *present, const uint8_t device[HF_SIGN_PUBLIC_BYTES]);
/* The line has ended. Not here: fine. */
void hf_present_gone(struct hf_present *present);
bool hf_present_is_here(const struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES]);
/* Notes that the device was here now, when that is more than `every_ms` after it was noted last. A note that cannot be
 * written changes nothing else. */
void hf_present_note(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint64_t every_ms);

#endif
