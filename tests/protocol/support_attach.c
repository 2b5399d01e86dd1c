#include "tests/protocol/support_attach.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

struct hf_id fake_attach_id(size_t number)
{
    return (struct hf_id){.bytes = {0xA7, (uint8_t)number}};
}

static size_t number_of(const struct hf_id *id)
{
    assert_int_equal(id->bytes[0], 0xA7);
    assert_true(id->bytes[1] < FAKE_ATTACHMENTS);
    return id->bytes[1];
}

static void fill(struct fake_attach *out, size_t number, uint64_t first, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        memset(out->bytes[i], 0, FAKE_CHUNK_BYTES);
        out->bytes[i][0] = (uint8_t)number;
        out->bytes[i][1] = (uint8_t)(first + i);
        out->chunks[i] = hf_slice_of(out->bytes[i], FAKE_CHUNK_BYTES);
    }
    out->message.chunks = out->chunks;
    out->message.count = count;
}

static void check(const struct hf_msg_attach *said, size_t number, uint64_t first)
{
    for (size_t i = 0; i < said->count; i++) {
        assert_int_equal(said->chunks[i].len, FAKE_CHUNK_BYTES);
        assert_int_equal(said->chunks[i].data[0], number);
        assert_int_equal(said->chunks[i].data[1], first + i);
    }
}

static size_t find(const struct fake_attachments *device, bool hand_in)
{
    for (size_t i = 0; device->on && i < FAKE_ATTACHMENTS; i++) {
        const bool out = i < FAKE_ATTACH_OWN && device->sent[i] < device->count[i];
        const bool in = i >= FAKE_ATTACH_OWN && device->have[i] < device->count[i] && !hand_in;
        if (!device->put_off[i] && (out || in))
            return i;
    }
    return FAKE_ATTACHMENTS;
}

void fake_attach_told(struct fake_attachments *device, const struct hf_id *id)
{
    device->put_off[number_of(id)] = false;
}

bool fake_attach_due(const struct fake_attachments *device, bool hand_in)
{
    return find(device, hand_in) < FAKE_ATTACHMENTS;
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

void fake_attach_next(const struct fake_attachments *device, size_t most, bool hand_in, struct fake_attach *out)
{
    const size_t number = find(device, hand_in);
    assert_true(most >= 1 && most <= HF_LIMIT_ATTACH_CHUNKS);
    *out = (struct fake_attach){.any = number < FAKE_ATTACHMENTS, .put = number < FAKE_ATTACH_OWN};
    if (!out->any)
        return;
    out->message.record_id = fake_attach_id(number);
    if (!out->put) {
        out->message.first = device->have[number];
        out->message.most = (uint32_t)most;
        return;
    }
    out->message.first = device->sent[number];
    if (device->asked[number])
        fill(out, number, device->sent[number], least(most, device->count[number] - device->sent[number]));
}

void fake_attach_store(struct fake_attachments *device, const struct fake_attach *asked,
                       const struct hf_message *message)
{
    const struct hf_msg_attach *said = &message->as.attach;
    const size_t number = number_of(&asked->message.record_id);
    assert_int_equal(message->type, asked->put ? HF_MSG_ATTACH_HAS : HF_MSG_ATTACH_IS);
    if (said->result != HF_ATTACH_KEPT) {
        device->put_off[number] = true;
    } else if (asked->put) {
        assert_true(said->have >= device->sent[number] && said->have <= device->count[number]);
        device->sent[number] = (uint32_t)said->have;
        device->asked[number] = true;
    } else {
        check(said, number, device->have[number]);
        device->have[number] += (uint32_t)said->count;
    }
}

void fake_attach_answer(struct fake_attachments *office, const struct hf_message *request, struct hf_message *reply,
                        struct fake_attach *lent)
{
    const struct hf_msg_attach *asked = &request->as.attach;
    const size_t number = number_of(&asked->record_id);
    *lent = (struct fake_attach){0};
    if (request->type == HF_MSG_ATTACH_PUT) {
        assert_true(number < FAKE_ATTACH_OWN);
        check(asked, number, asked->first);
        if (asked->first == office->have[number])
            office->have[number] += (uint32_t)asked->count;
        reply->type = HF_MSG_ATTACH_HAS;
        reply->as.attach = (struct hf_msg_attach){.have = office->have[number]};
        return;
    }
    reply->type = HF_MSG_ATTACH_IS;
    lent->message.result = office->have[number] < office->count[number] ? HF_ATTACH_NOT_YET : HF_ATTACH_KEPT;
    if (lent->message.result == HF_ATTACH_KEPT)
        fill(lent, number, asked->first, least(asked->most, office->have[number] - (size_t)asked->first));
    reply->as.attach = lent->message;
}
