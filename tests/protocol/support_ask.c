#include "tests/protocol/support_ask.h"

#include "tests/protocol/support_stores.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define READ_BATCH 3

/* --- the office --- */

static void refuse(struct fake_reply *out, enum hf_status status, const char *text)
{
    out->message.type = HF_MSG_ERROR;
    out->message.as.error.status = status;
    out->message.as.error.text = hf_slice_str(text);
}

/* Asking again with the same device is safe: one leaf, and the newest handshake counts. */
static void answer_enrol(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    static const uint8_t certificate[1] = {1};
    struct fake_ask_office *ask = &office->ask;
    if (request->as.enrol.signature[0] != ask->handshake) {
        refuse(out, HF_ERR_AUTH, "This is not signed for this connection.");
        return;
    }
    ask->joinings += !ask->joined;
    ask->joined = true;
    ask->key = ask->handshake;
    out->message.type = HF_MSG_ENROLLED;
    out->message.as.enrolled.person = (struct hf_id){.bytes = {0x9E}};
    out->message.as.enrolled.role = HF_ROLE_WORKER;
    out->message.as.enrolled.person_name = hf_slice_str("Ada Invented");
    out->message.as.enrolled.certificate = hf_slice_of(certificate, sizeof certificate);
}

static void answer_entries(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    size_t count = 0;
    for (uint64_t i = request->as.entries.from; i < office->size && count < request->as.entries.count; i++) {
        if (count == READ_BATCH)
            break;
        out->entries[count++] = (struct hf_msg_entry){.leaf = hf_slice_of(office->log[i].leaf, HF_LEAF_BYTES)};
    }
    out->message.type = HF_MSG_ENTRIES_ARE;
    out->message.as.entries_are.size = office->size;
    out->message.as.entries_are.entries = out->entries;
    out->message.as.entries_are.count = count;
}

static void answer_admin(struct fake_office *office, struct fake_reply *out)
{
    office->ask.commands++;
    out->message.type = HF_MSG_ADMIN_DONE;
    out->message.as.admin_done.output = hf_slice_str("Done.");
}

bool fake_ask_answer(struct fake_office *office, const struct hf_message *request, struct fake_reply *out)
{
    if (request->type == HF_MSG_ENROL)
        answer_enrol(office, request, out);
    else if (request->type == HF_MSG_WITNESSED)
        out->message.type = HF_MSG_WITNESSED_IS;
    else if (request->type == HF_MSG_ENTRIES)
        answer_entries(office, request, out);
    else if (request->type == HF_MSG_ADMIN)
        answer_admin(office, out);
    else
        return false;
    return true;
}

/* --- the device --- */

void fake_ask_begin(struct fake_office *office, struct fake_device *device)
{
    struct fake_ask_device *ask = &device->ask;
    office->ask.handshake = ++ask->sessions;
    ask->key_is_kept = ask->greeted = ask->policy = ask->whole = false;
    ask->to_read = ask->read = 0;
    ask->asked += ask->what == ASKS_A_COMMAND;
}

bool fake_ask_keeps(const struct fake_device *device)
{
    return device->ask.what == ASKS_TO_JOIN && !device->ask.key_is_kept;
}

void fake_ask_keep(struct fake_device *device)
{
    struct fake_ask_device *ask = &device->ask;
    ask->key_before = ask->key;
    ask->key = ask->sessions;
    ask->key_is_kept = true;
}

static void put_hello(const struct fake_device *device, struct hf_message *out)
{
    struct hf_client_facts facts;
    fake_device_facts(device, &facts);
    out->type = HF_MSG_HELLO;
    out->as.hello.version = HF_PROTOCOL_VERSION;
    memcpy(out->as.hello.device, facts.device, sizeof out->as.hello.device);
    out->as.hello.next_seq = facts.next_seq;
}

bool fake_ask_next(const struct fake_device *device, struct hf_message *out)
{
    static struct hf_slice words[] = {{(const uint8_t *)"invite", 6}};
    const struct fake_ask_device *ask = &device->ask;
    *out = (struct hf_message){.type = HF_MSG_ENROL};
    if (ask->what == ASKS_TO_JOIN) {
        memcpy(out->as.enrol.device, device->key, sizeof out->as.enrol.device);
        out->as.enrol.signature[0] = ask->key;
        return !ask->joined;
    }
    if (!ask->greeted) {
        put_hello(device, out);
        return true;
    }
    if (ask->what == ASKS_A_COMMAND) {
        out->type = HF_MSG_ADMIN;
        out->as.admin.args = words;
        out->as.admin.count = 1;
        return !ask->whole;
    }
    out->type = ask->policy ? HF_MSG_ENTRIES : HF_MSG_WITNESSED;
    if (ask->policy) {
        out->as.entries.from = ask->read;
        out->as.entries.count = ask->to_read - ask->read;
    }
    return !ask->whole;
}

static void store_entries(struct fake_ask_device *ask, const struct hf_message *answer)
{
    const size_t count = answer->as.entries_are.count;
    assert_true(count > 0 && count <= ask->to_read - ask->read);
    for (size_t i = 0; i < count; i++)
        memcpy(ask->leaf[ask->read++], answer->as.entries_are.entries[i].leaf.data, HF_LEAF_BYTES);
    ask->whole = ask->read == ask->to_read;
}

void fake_ask_store(struct fake_device *device, const struct hf_message *answer)
{
    struct fake_ask_device *ask = &device->ask;
    switch (answer->type) {
    case HF_MSG_ENROLLED:
        ask->joined = true;
        break;
    case HF_MSG_WELCOME:
        ask->greeted = true;
        ask->to_read = answer->as.welcome.log_size;
        break;
    case HF_MSG_WITNESSED_IS:
        ask->policy = true;
        break;
    case HF_MSG_ENTRIES_ARE:
        store_entries(ask, answer);
        break;
    case HF_MSG_ADMIN_DONE:
        ask->answered++;
        ask->whole = true;
        break;
    default:
        fail_msg("type %d is no answer", (int)answer->type);
    }
}

void fake_ask_refused(struct fake_device *device)
{
    if (device->ask.what == ASKS_TO_JOIN)
        device->ask.key = device->ask.key_before;
}

/* --- both --- */

void assert_ask_holds(const struct fake_office *office, const struct fake_device *device)
{
    const struct fake_ask_device *ask = &device->ask;
    assert_true(office->ask.joinings <= 1);
    if (ask->joined)
        assert_int_equal(ask->key, office->ask.key);
    assert_true(office->ask.commands <= ask->asked);
    assert_true(ask->answered <= office->ask.commands);
    for (uint64_t i = 0; i < ask->read; i++)
        assert_memory_equal(ask->leaf[i], office->log[i].leaf, HF_LEAF_BYTES);
}

void assert_ask_done(const struct fake_office *office, const struct fake_device *device)
{
    const struct fake_ask_device *ask = &device->ask;
    assert_ask_holds(office, device);
    if (ask->what == ASKS_TO_JOIN)
        assert_true(ask->joined && office->ask.joinings == 1);
    else
        assert_true(ask->whole && ask->greeted);
    if (ask->what == ASKS_TO_READ)
        assert_true(ask->policy && ask->read == ask->to_read && ask->read > READ_BATCH);
}
