/* What is rare between a made-up device and a made-up office (support_stores.h): cases that were taken away, changes of
 * the log before that are handed on, and a device that was put back and goes on in a new chain. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_REST_H
#define HF_TESTS_PROTOCOL_SUPPORT_REST_H

#include "protocol/session_client.h"

#define FAKE_HAND_ONS      7
#define FAKE_HAND_ON_BATCH 3
#define FAKE_PURGES        3
#define FAKE_CHAIN_MAX     128

/* Of the office. */
struct fake_rest_office {
    size_t purged[FAKE_PURGES]; /* how often it was told */
    bool grants;                /* new chains */
    uint32_t incarnation;
    size_t granted;
};
/* Of the device. */
struct fake_rest_device {
    bool purge[FAKE_PURGES]; /* taken off the device, and the office has not noted it */
    size_t to_hand_on, handed_on;
    uint8_t hand_on[FAKE_HAND_ONS][HF_LEAF_BYTES]; /* of somebody else */
    uint32_t incarnation;
    size_t left_count; /* changes of chains that it has left, which are in the log */
    struct {
        uint64_t wall, index;
        bool proved;
    } left[FAKE_CHAIN_MAX];
};

struct fake_office;
struct fake_device;
struct fake_reply;
/* FAKE_HAND_ONS changes of somebody else are here, and the office does not have them. */
void fake_rest_hold(struct fake_device *device);
void fake_rest_facts(const struct fake_device *device, struct hf_client_facts *out);
/* Waiting for proof, before what is in the present chain. */
void fake_rest_ranges(const struct fake_device *device, struct hf_client_facts *out);
void fake_rest_proved(struct fake_device *device, const struct hf_msg_range *range);
size_t fake_rest_hand_on(const struct fake_device *device, struct hf_item *out);
/* PURGED, HAND_ON, RESTART; false for any other. */
bool fake_rest_answer(struct fake_office *office, const struct hf_message *request, struct fake_reply *out);
/* HF_CA_STORE_PURGED, _HANDED_ON, _RESTARTED; false for any other. */
bool fake_rest_store(struct fake_device *device, const struct hf_client_action *action);
/* The office noted what was taken off, holds once what was handed on, and each change of this device once, whatever
 * chain it went in. */
void assert_rest_in_sync(const struct fake_office *office, const struct fake_device *device);

#endif
