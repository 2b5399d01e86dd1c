/* What people call a device. Nobody names one: it is counted among the devices of its person, in the order in which the
 * log let them in. Every device sees every enrolment, so that all of them call it the same. */
#ifndef HF_CORE_REPLICA_DEVICE_NAMES_H
#define HF_CORE_REPLICA_DEVICE_NAMES_H

#include "core/replica/replica.h"

/* 1: the first device of its person, revoked ones counted; 0: its enrolment has not come to this device. */
HF_CHECKED enum hf_status hf_replica_device_number(struct hf_replica *replica,
                                                   const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint64_t *out_number);

#endif
