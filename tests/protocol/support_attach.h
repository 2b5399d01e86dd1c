/* Made-up attachments for tests of the session machines: two of the device for the office and two of somebody else for
 * the device. A chunk says which one it is, so that whoever stores it can check that it is the next. */
#ifndef HF_TESTS_PROTOCOL_SUPPORT_ATTACH_H
#define HF_TESTS_PROTOCOL_SUPPORT_ATTACH_H

#include "protocol/message.h"

#define FAKE_ATTACHMENTS     4 /* 0 and 1 are the device's own */
#define FAKE_ATTACH_OWN      2
#define FAKE_ATTACH_NOT_HERE 3 /* the office has not all of it yet, unless the test says so */
#define FAKE_CHUNK_BYTES     (HF_TAG_BYTES + 3)

struct fake_attachments {
    bool on;                          /* otherwise nothing is due */
    uint32_t count[FAKE_ATTACHMENTS]; /* chunks that there are */
    uint32_t have[FAKE_ATTACHMENTS];  /* that are here: office or device */
    /* the device */
    uint32_t sent[FAKE_ATTACHMENTS]; /* that the office has acknowledged */
    bool asked[FAKE_ATTACHMENTS];    /* the office said how much it has, in this session */
    bool put_off[FAKE_ATTACHMENTS];
};
/* What a message borrows from. */
struct fake_attach {
    bool any, put;
    struct hf_msg_attach message;
    struct hf_slice chunks[HF_LIMIT_ATTACH_CHUNKS];
    uint8_t bytes[HF_LIMIT_ATTACH_CHUNKS][FAKE_CHUNK_BYTES];
};

struct hf_id fake_attach_id(size_t number);
/* The office says that it has all of it. */
void fake_attach_told(struct fake_attachments *device, const struct hf_id *id);
bool fake_attach_due(const struct fake_attachments *device, bool hand_in);
void fake_attach_next(const struct fake_attachments *device, size_t most, bool hand_in, struct fake_attach *out);
void fake_attach_store(struct fake_attachments *device, const struct fake_attach *asked,
                       const struct hf_message *message);
void fake_attach_answer(struct fake_attachments *office, const struct hf_message *request, struct hf_message *reply,
                        struct fake_attach *lent);

#endif
