#include "server/exchange.h"

#include "core/base/assert.h"
#include "protocol/carry.h"
#include "server/attach_internal.h"

#include <stdlib.h>
#include <string.h>

#define OWN_REQUESTS   (1u << 30) /* numbers of what is asked here on behalf of the device */
#define CATCHUPS_MAX   256        /* cases given to the device's person in one answer; the others come with the next */
#define PULLS_MAX      4096
#define ATTACH_MAX     1024               /* attachments put, and fetched, in one file */
#define ROOM_BYTES     (2u * 1024 * 1024) /* of an answer: no more attachments go into what is left */
#define NEVER_HAPPENED 1                  /* ms; time stands still in this session */

#define CHECK_BYTES (1u << 20) /* of the file, looked through in one portion */

/* What comes next. Each step of a stage is a portion: one message at most. */
enum stage {
    CHECK, /* the whole file holds */
    TAKE,  /* its parts */
    PULL,  /* others' changes */
    CATCHUP,
    HEAD,
    SAY,  /* how much is there of the attachments that came */
    GIVE, /* chunks */
    LAST,
    OVER
};

/* One exchange on its way. */
struct hf_exchange {
    struct hf_office *office;
    struct hf_session_server *session;
    struct hf_peer peer;
    struct hf_exchange_io io;
    struct hf_carry_reader reader;
    struct hf_carry_writer writer;
    struct hf_buf sealed, part; /* of the file, the one at hand */
    struct hf_buf out;          /* of the answer, what is not written yet */
    uint64_t out_bytes;         /* written */
    struct hf_exchange_report report;
    struct hf_error *err; /* of the call at hand */
    enum stage stage;
    uint64_t standing; /* the office's count when the peer was looked at */
    uint32_t next_request;
    bool closed;

    /* of the last answer */
    bool refused;
    uint64_t next_cursor;
    bool more;

    uint64_t pull_from;
    bool pulls;
    bool pulling; /* the feed of this stage has begun */
    int pull_count;
    size_t place; /* in the list of this stage: catchups, puts, gets */
    uint64_t give_next;
    struct hf_message head; /* the device's, with what was pushed added */
    struct hf_msg_range ranges[HF_LIMIT_HEAD_RANGES];
    bool asks_head;
    struct {
        struct hf_id case_id;
        uint64_t until;
    } catchups[CATCHUPS_MAX];
    size_t catchup_count;

    /* Chunks that come are not repeated in the answer: at its end each attachment is asked about once. */
    bool quiet;
    struct hf_id puts[ATTACH_MAX];
    size_t put_count;
    struct {
        struct hf_id record_id;
        uint64_t first, end; /* chunks */
    } gets[ATTACH_MAX];
    size_t get_count;
};

static enum hf_status put(struct hf_exchange *at, struct hf_slice part, bool last)
{
    enum hf_status status = hf_carry_put(&at->writer, part, last);
    if (status == HF_OK && at->out_bytes + at->out.len > HF_LIMIT_CARRY_BYTES)
        status = HF_ERR_LIMIT;
    if (status == HF_ERR_LIMIT)
        return hf_error_set(at->err, status,
                            "The answer would be longer than a file may be. What the device handed in is logged; the "
                            "rest has to go over a network.");
    if (status != HF_OK)
        return hf_error_set(at->err, status, "%s", hf_status_text(status));
    status = at->io.write(at->io.ctx, hf_buf_slice(&at->out), at->err);
    at->out_bytes += at->out.len;
    hf_buf_reset(&at->out);
    return status;
}

/* --- what an answer says --- */

static void add_range(struct hf_exchange *at, uint64_t index)
{
    struct hf_msg_range *last = at->head.as.head.range_count > 0 ? &at->ranges[at->head.as.head.range_count - 1] : NULL;
    if (last && last->first + last->count == index)
        last->count++;
    else if (at->head.as.head.range_count < HF_LIMIT_HEAD_RANGES)
        at->ranges[at->head.as.head.range_count++] = (struct hf_msg_range){.first = index, .count = 1};
}

/* A case that is given to the person: its history belongs to the answer. */
static void look_for_cases(struct hf_exchange *at, const struct hf_item *item)
{
    struct hf_leaf leaf;
    struct hf_note_body note;
    if (hf_leaf_decode(item->leaf, &leaf) != HF_OK || leaf.kind != HF_LEAF_NOTE ||
        hf_note_body_decode(item->body, &note) != HF_OK || note.what != HF_NOTE_ASSIGN || !note.held ||
        !hf_id_equal(&note.person, &at->peer.person) || item->index == 0 || at->catchup_count == CATCHUPS_MAX)
        return;
    at->catchups[at->catchup_count].case_id = note.case_id;
    at->catchups[at->catchup_count++].until = item->index;
}

/* A small attachment of somebody else: a device fetches it without being asked, so it belongs to the answer. */
static void look_for_attachment(struct hf_exchange *at, const struct hf_item *item)
{
    struct hf_leaf leaf;
    struct hf_data_body body;
    struct hf_attach_content content;
    const struct hf_entry_row row = {.case_id = item->case_id};
    if (at->get_count == ATTACH_MAX || hf_leaf_decode(item->leaf, &leaf) != HF_OK || leaf.kind != HF_LEAF_DATA ||
        memcmp(leaf.device, at->peer.device, sizeof leaf.device) == 0 ||
        !hf_attach_content_in(item->body, &row, &content) || content.size > HF_ATTACH_SMALL_BYTES ||
        hf_data_body_decode(item->body, &body, NULL) != HF_OK)
        return;
    at->gets[at->get_count].record_id = body.record_id;
    at->gets[at->get_count].first = 0;
    at->gets[at->get_count++].end = hf_attach_chunk_count(content.size);
}

static void read_answer(struct hf_exchange *at, const struct hf_message *request, const struct hf_message *answer)
{
    const bool one_case = request->type == HF_MSG_PULL && request->as.pull.one_case;
    at->refused = answer->type == HF_MSG_ERROR;
    if (at->refused && !one_case && at->report.error.status == HF_OK)
        (void)hf_error_set(&at->report.error, answer->as.error.status, "%.*s", (int)answer->as.error.text.len,
                           (const char *)answer->as.error.text.data);
    if (answer->type == HF_MSG_PUSHED) {
        for (size_t i = 0; i < answer->as.pushed.count; i++) {
            add_range(at, answer->as.pushed.results[i].index);
            at->report.held += answer->as.pushed.results[i].hold != HF_HOLD_NONE;
        }
        at->report.changes += answer->as.pushed.count;
    } else if (answer->type == HF_MSG_FEED) {
        at->next_cursor = answer->as.feed.next_cursor;
        at->more = answer->as.feed.more;
        at->report.entries += answer->as.feed.item_count;
        for (size_t i = 0; i < answer->as.feed.item_count && !request->as.pull.one_case; i++)
            look_for_cases(at, &answer->as.feed.items[i]);
        for (size_t i = 0; i < answer->as.feed.item_count; i++)
            look_for_attachment(at, &answer->as.feed.items[i]);
    }
}

/* --- asking --- */

static enum hf_status step(struct hf_exchange *at, const struct hf_server_event *event);

static enum hf_status answer(struct hf_exchange *at, const struct hf_message *request)
{
    struct hf_reply reply = {0};
    enum hf_status status = hf_office_answer(at->office, &at->peer, request, &reply);
    if (status != HF_OK) {
        hf_reply_clear(&reply);
        return hf_error_set(at->err, status,
                            "The office could not store or read its records. What was logged before stays; take the "
                            "file in again when the disk is well.");
    }
    read_answer(at, request, &reply.message);
    status =
        step(at, &(struct hf_server_event){.type = HF_SE_REPLY, .now_ms = NEVER_HAPPENED, .reply = &reply.message});
    hf_reply_clear(&reply);
    return status;
}

static enum hf_status step(struct hf_exchange *at, const struct hf_server_event *event)
{
    struct hf_server_update update;
    enum hf_status status = HF_OK;
    hf_session_server_step(at->session, event, &update);
    for (size_t i = 0; status == HF_OK && i < update.count; i++) {
        const struct hf_server_action *action = &update.actions[i];
        if (action->type == HF_SA_REQUEST)
            status = answer(at, action->request);
        else if (action->type == HF_SA_SEND)
            status = at->quiet ? HF_OK : put(at, action->bytes, false);
        else
            at->closed = true;
    }
    if (status == HF_OK && at->closed)
        status = hf_error_set(at->err, HF_ERR_PROTOCOL,
                              "This file does not hold what a device may send. What came before that is logged.");
    return status;
}

/* A question and its answer stand beside each other in the file. */
static enum hf_status ask_bytes(struct hf_exchange *at, struct hf_slice bytes)
{
    enum hf_status status = put(at, bytes, false);
    if (status != HF_OK)
        return status;
    at->refused = false;
    return step(at, &(struct hf_server_event){.type = HF_SE_MESSAGE, .now_ms = NEVER_HAPPENED, .bytes = bytes});
}

static enum hf_status ask(struct hf_exchange *at, struct hf_message *message)
{
    struct hf_buf bytes = {0};
    message->request = at->next_request++;
    enum hf_status status = hf_message_encode(message, &bytes);
    if (status == HF_OK)
        status = ask_bytes(at, hf_buf_slice(&bytes));
    else
        status = hf_error_set(at->err, status, "%s", hf_status_text(status));
    hf_buf_wipe(&bytes);
    return status;
}

/* One answer of a feed; *out_more: there is more of it. */
static enum hf_status pull(struct hf_exchange *at, uint64_t from, const struct hf_id *case_id, uint64_t until,
                           bool *out_more)
{
    struct hf_message message = {.type = HF_MSG_PULL};
    if (!at->pulling) {
        at->pulling = true;
        at->pull_count = 0;
        at->next_cursor = from;
    }
    at->more = false;
    message.as.pull.cursor = at->next_cursor;
    message.as.pull.one_case = case_id != NULL;
    message.as.pull.case_id = case_id ? *case_id : hf_id_zero();
    message.as.pull.until = until;
    enum hf_status status = ask(at, &message);
    if (case_id)
        at->more = at->next_cursor < until;
    *out_more = status == HF_OK && at->more && !at->refused && ++at->pull_count < PULLS_MAX;
    at->pulling = *out_more;
    return status;
}

/* --- the whole --- */

static enum hf_status begin(struct hf_exchange *at, const uint8_t psk[HF_KEY_BYTES])
{
    const struct hf_server_keys *keys = hf_keystore_server(at->office->keystore);
    struct hf_carry_header header = {.kind = HF_CARRY_TO_DEVICE};
    struct hf_dh_key once;
    uint8_t seed[HF_DH_BYTES], key[HF_KEY_BYTES];
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &once);
    memcpy(header.log_id, at->office->log_id, sizeof header.log_id);
    memcpy(header.party, at->peer.channel_key, sizeof header.party);
    memcpy(header.once, once.public_key, sizeof header.once);
    enum hf_status status = hf_carry_channel_key(&header, psk, &keys->channel, at->peer.channel_key, &once, key);
    if (status == HF_OK)
        hf_carry_begin(&at->writer, &header, key, &at->out);
    hf_wipe(seed, sizeof seed);
    hf_wipe(&once, sizeof once);
    hf_wipe(key, sizeof key);
    if (status == HF_OK)
        status = hf_session_server_new(NEVER_HAPPENED, &at->session);
    if (status != HF_OK)
        return hf_error_set(at->err, status, "%s", hf_status_text(status));
    memcpy(at->report.device, at->peer.device, sizeof at->report.device);
    at->report.hand_in = at->peer.mode == HF_MODE_HAND_IN;
    at->next_request = OWN_REQUESTS;
    at->head.type = HF_MSG_HEAD;
    at->head.as.head.ranges = at->ranges;
    return step(at, &(struct hf_server_event){.type = HF_SE_OPEN, .now_ms = NEVER_HAPPENED, .peer = &at->peer});
}

/* --- attachments --- */

static enum hf_status take_chunks(struct hf_exchange *at, struct hf_slice part, const struct hf_id *record_id)
{
    at->refused = false;
    at->quiet = true;
    enum hf_status status =
        step(at, &(struct hf_server_event){.type = HF_SE_MESSAGE, .now_ms = NEVER_HAPPENED, .bytes = part});
    at->quiet = false;
    const bool known = at->put_count > 0 && hf_id_equal(&at->puts[at->put_count - 1], record_id);
    if (!known && at->put_count < ATTACH_MAX)
        at->puts[at->put_count++] = *record_id;
    return status;
}

static void keep_wanted(struct hf_exchange *at, const struct hf_msg_attach *asked)
{
    if (at->get_count == ATTACH_MAX)
        return;
    at->gets[at->get_count].record_id = asked->record_id;
    at->gets[at->get_count].first = asked->first;
    at->gets[at->get_count++].end = asked->first + asked->most;
}

static enum hf_status say_what_is_there(struct hf_exchange *at)
{
    struct hf_message message = {.type = HF_MSG_ATTACH_PUT, .as.attach = {.record_id = at->puts[at->place++]}};
    return ask(at, &message);
}

/* As many as fit; the others are fetched another time. */
static enum hf_status give_chunks(struct hf_exchange *at)
{
    struct hf_message message = {.type = HF_MSG_ATTACH_GET, .as.attach = {.record_id = at->gets[at->place].record_id}};
    if (at->give_next < at->gets[at->place].first)
        at->give_next = at->gets[at->place].first;
    const uint64_t left = at->gets[at->place].end - at->give_next;
    message.as.attach.first = at->give_next;
    message.as.attach.most = (uint32_t)(left < HF_LIMIT_ATTACH_CHUNKS ? left : HF_LIMIT_ATTACH_CHUNKS);
    at->give_next += HF_LIMIT_ATTACH_CHUNKS;
    if (at->give_next >= at->gets[at->place].end) {
        at->place++;
        at->give_next = 0;
    }
    return ask(at, &message);
}

/* --- the parts of a file --- */

static void keep_head(struct hf_exchange *at, const struct hf_message *message)
{
    const size_t pushed = at->head.as.head.range_count;
    at->asks_head = true;
    at->head.as.head.old_size = message->as.head.old_size;
    for (size_t i = 0; i < message->as.head.range_count && at->head.as.head.range_count < HF_LIMIT_HEAD_RANGES; i++)
        at->ranges[at->head.as.head.range_count++] =
            (struct hf_msg_range){.first = message->as.head.ranges[i].first, .count = message->as.head.ranges[i].count};
    /* Ranges ascend: what was acknowledged before lies before what was pushed just now. */
    for (size_t i = 0; i < pushed; i++) {
        const struct hf_msg_range first = at->ranges[0];
        memmove(at->ranges, at->ranges + 1, (at->head.as.head.range_count - 1) * sizeof *at->ranges);
        at->ranges[at->head.as.head.range_count - 1] = first;
    }
}

/* HEAD and PULL are kept for the end, when everything of the file is in the log. */
static enum hf_status take_part(struct hf_exchange *at, struct hf_slice part)
{
    struct hf_message message;
    enum hf_status status = hf_message_decode(part, &message);
    if (status != HF_OK)
        return hf_error_set(at->err, HF_ERR_INVALID, "This file does not hold what a device may send.");
    if (message.type == HF_MSG_ADMIN) { /* commands are for a connection: somebody waits for what they say */
        hf_message_clear(&message);
        return hf_error_set(at->err, HF_ERR_INVALID, "This file does not hold what a device may send.");
    }
    const bool general = message.type == HF_MSG_PULL && !message.as.pull.one_case;
    if (message.type == HF_MSG_ATTACH_PUT && message.as.attach.count > 0) {
        status = take_chunks(at, part, &message.as.attach.record_id);
    } else if (message.type == HF_MSG_ATTACH_GET) {
        keep_wanted(at, &message.as.attach);
    } else if (message.type == HF_MSG_HEAD) {
        keep_head(at, &message);
    } else if (general) {
        at->pulls = true;
        at->pull_from = message.as.pull.cursor;
    } else if (message.type == HF_MSG_PULL && at->catchup_count < CATCHUPS_MAX) {
        at->catchups[at->catchup_count].case_id = message.as.pull.case_id;
        at->catchups[at->catchup_count++].until = message.as.pull.until;
    } else {
        status = ask_bytes(at, part);
    }
    hf_message_clear(&message);
    return status;
}

/* --- portions --- */

static void go_to(struct hf_exchange *at, enum stage stage)
{
    at->stage = stage;
    at->place = 0;
}

static enum hf_status check(struct hf_exchange *at)
{
    enum hf_status status = HF_OK;
    const uint64_t from = at->reader.at;
    while (status == HF_OK && !at->reader.ended && at->reader.at - from < CHECK_BYTES)
        status = hf_carry_reader_next(&at->reader, &at->sealed, &at->part, at->err);
    if (status == HF_OK && at->reader.ended) {
        hf_carry_reader_rewind(&at->reader);
        go_to(at, TAKE);
    }
    return status;
}

static enum hf_status take(struct hf_exchange *at)
{
    enum hf_status status = hf_carry_reader_next(&at->reader, &at->sealed, &at->part, at->err);
    if (status == HF_OK && at->part.len > 0)
        status = take_part(at, hf_buf_slice(&at->part));
    hf_buf_wipe(&at->part);
    if (at->reader.ended || at->report.error.status != HF_OK)
        go_to(at, PULL);
    return status;
}

static enum hf_status catch_up(struct hf_exchange *at)
{
    bool more = false;
    const size_t place = at->place;
    enum hf_status status = pull(at, 0, &at->catchups[place].case_id, at->catchups[place].until, &more);
    at->refused = false;
    at->place += !more;
    return status;
}

/* The stage has nothing left to do. */
static bool is_through(const struct hf_exchange *at)
{
    const bool reads = !at->report.hand_in;
    switch (at->stage) {
    case PULL:
        return !reads || !at->pulls;
    case CATCHUP:
        return !reads || at->place >= at->catchup_count;
    case HEAD:
        return !at->asks_head;
    case SAY:
        return at->place >= at->put_count;
    case GIVE:
        return !reads || at->place >= at->get_count || at->out_bytes + ROOM_BYTES >= HF_LIMIT_CARRY_BYTES;
    default:
        return false;
    }
}

static enum hf_status do_stage(struct hf_exchange *at)
{
    enum hf_status status = HF_OK;
    switch (at->stage) {
    case CHECK:
        return check(at);
    case TAKE:
        return take(at);
    case PULL:
        return pull(at, at->pull_from, NULL, 0, &at->pulls);
    case CATCHUP:
        return catch_up(at);
    case HEAD:
        at->asks_head = false;
        return ask(at, &at->head);
    case SAY:
        return say_what_is_there(at);
    case GIVE:
        return give_chunks(at);
    case LAST:
        status = put(at, hf_slice_of(NULL, 0), true);
        go_to(at, OVER);
        return status;
    case OVER:
        break;
    }
    return HF_OK;
}

/* Whoever was revoked between two portions gets receipts and nothing else from there on. */
static enum hf_status look_again(struct hf_exchange *at)
{
    const struct hf_id none = hf_id_zero();
    struct hf_peer peer = {0};
    uint8_t psk[HF_KEY_BYTES] = {0};
    if (at->standing == at->office->standing)
        return HF_OK;
    at->standing = at->office->standing;
    enum hf_status status = hf_office_peer(at->office, at->peer.channel_key, &none, &peer, psk);
    hf_wipe(psk, sizeof psk);
    if (status != HF_OK)
        return hf_error_set(at->err, status, "%s", hf_status_text(status));
    memcpy(peer.handshake_hash, at->peer.handshake_hash, sizeof peer.handshake_hash);
    at->peer = peer;
    at->report.hand_in = peer.mode == HF_MODE_HAND_IN;
    return step(at, &(struct hf_server_event){.type = HF_SE_MODE, .now_ms = NEVER_HAPPENED, .peer = &at->peer});
}

enum hf_status hf_exchange_step(struct hf_exchange *at, bool *out_done, struct hf_error *err)
{
    HF_ASSERT(at->stage != OVER);
    at->err = err;
    enum hf_status status = look_again(at);
    if (status == HF_OK)
        status = do_stage(at);
    while (status == HF_OK && is_through(at))
        go_to(at, at->stage + 1);
    if (status == HF_OK)
        *out_done = at->stage == OVER;
    return status;
}

const struct hf_exchange_report *hf_exchange_report(const struct hf_exchange *exchange)
{
    return &exchange->report;
}

void hf_exchange_free(struct hf_exchange *at)
{
    if (!at)
        return;
    hf_session_server_free(at->session);
    hf_carry_reader_end(&at->reader);
    hf_carry_end(&at->writer);
    hf_buf_wipe(&at->sealed);
    hf_buf_wipe(&at->part);
    hf_buf_wipe(&at->out);
    hf_wipe(at, sizeof *at);
    free(at);
}

/* --- beginnings --- */

static enum hf_status find_device(struct hf_exchange *at, const uint8_t channel_key[HF_DH_BYTES],
                                  uint8_t psk[HF_KEY_BYTES])
{
    const struct hf_id none = hf_id_zero();
    enum hf_status status = hf_office_peer(at->office, channel_key, &none, &at->peer, psk);
    if (status == HF_OK && at->peer.kind != HF_PEER_DEVICE)
        status = HF_ERR_NOT_FOUND;
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(at->err, status, "This file comes from a device that this office does not know.");
    if (status == HF_OK && at->peer.mode == HF_MODE_PENDING)
        return hf_error_set(at->err, HF_ERR_WAITING,
                            "The device that this file comes from has not been confirmed yet: `holdfastd enrol list`. "
                            "Take the file in again afterwards.");
    return status == HF_OK ? HF_OK : hf_error_set(at->err, status, "%s", hf_status_text(status));
}

static enum hf_status new_exchange(struct hf_office *office, const struct hf_exchange_io *io, struct hf_error *err,
                                   struct hf_exchange **out)
{
    struct hf_exchange *at = calloc(1, sizeof *at);
    if (!at)
        return hf_error_set(err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
    *at = (struct hf_exchange){.office = office, .io = *io, .err = err, .standing = office->standing};
    *out = at;
    return HF_OK;
}

static enum hf_status read_header(const struct hf_office *office, const struct hf_exchange_io *io,
                                  uint8_t bytes[HF_CARRY_HEADER_BYTES], struct hf_carry_header *out,
                                  struct hf_error *err)
{
    const size_t len = io->size < HF_CARRY_HEADER_BYTES ? (size_t)io->size : HF_CARRY_HEADER_BYTES;
    enum hf_status status = len > 0 ? io->read(io->ctx, 0, bytes, len, err) : HF_OK;
    if (status == HF_OK)
        status = hf_carry_header_decode(hf_slice_of(bytes, len), out, err);
    if (status == HF_OK && out->kind != HF_CARRY_TO_OFFICE)
        return hf_error_set(err, HF_ERR_INVALID,
                            "This file is not for an office: it goes to a device, with `holdfast bundle import`.");
    if (status == HF_OK && memcmp(out->log_id, office->log_id, sizeof out->log_id) != 0)
        return hf_error_set(err, HF_ERR_INVALID, "This file is for another office. Nothing of it was taken in.");
    return status;
}

static enum hf_status open_file(struct hf_exchange *at, const struct hf_carry_header *header,
                                const uint8_t psk[HF_KEY_BYTES])
{
    const struct hf_server_keys *keys = hf_keystore_server(at->office->keystore);
    uint8_t key[HF_KEY_BYTES];
    enum hf_status status = hf_carry_channel_key(header, psk, &keys->channel, at->peer.channel_key, NULL, key);
    if (status == HF_OK)
        hf_carry_reader_begin(&at->reader, header, key, at->io.read, at->io.ctx, at->io.size);
    else
        status = hf_error_set(at->err, HF_ERR_CORRUPT, "This file was altered or damaged on its way.");
    hf_wipe(key, sizeof key);
    return status;
}

enum hf_status hf_exchange_begin(struct hf_office *office, const struct hf_exchange_io *io, struct hf_exchange **out,
                                 struct hf_error *err)
{
    struct hf_carry_header header;
    struct hf_exchange *at = NULL;
    uint8_t psk[HF_KEY_BYTES] = {0}, bytes[HF_CARRY_HEADER_BYTES], request[HF_HASH_BYTES];
    enum hf_status status = read_header(office, io, bytes, &header, err);
    if (status == HF_OK)
        status = new_exchange(office, io, err, &at);
    if (status == HF_OK)
        status = find_device(at, header.party, psk);
    if (status == HF_OK)
        status = open_file(at, &header, psk);
    if (status == HF_OK)
        status = begin(at, psk);
    if (status == HF_OK) {
        hf_sha256_of(bytes, sizeof bytes, request);
        status = put(at, hf_slice_of(request, sizeof request), false);
    }
    hf_wipe(psk, sizeof psk);
    if (status != HF_OK)
        hf_exchange_free(at);
    else
        *out = at;
    return status;
}

static enum hf_status hello(struct hf_exchange *at, const struct hf_device_row *row, uint64_t from)
{
    struct hf_message message = {.type = HF_MSG_HELLO};
    message.as.hello.version = HF_PROTOCOL_VERSION;
    memcpy(message.as.hello.device, row->device, sizeof message.as.hello.device);
    message.as.hello.incarnation = row->incarnation;
    message.as.hello.next_seq = row->next_seq;
    message.as.hello.cursor = from;
    return ask(at, &message);
}

enum hf_status hf_exchange_begin_unasked(struct hf_office *office, const uint8_t device[HF_SIGN_PUBLIC_BYTES],
                                         uint64_t from, const struct hf_exchange_io *io, struct hf_exchange **out,
                                         struct hf_error *err)
{
    struct hf_device_row row;
    struct hf_exchange *at = NULL;
    uint8_t psk[HF_KEY_BYTES] = {0};
    static const uint8_t unasked[HF_HASH_BYTES];
    enum hf_status status = office->store->ops->device(office->store, device, NULL, &row);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(err, status, "There is no such device. `holdfastd device list` shows those there are.");
    if (status != HF_OK)
        return hf_error_set(err, status, "%s", hf_status_text(status));
    status = new_exchange(office, io, err, &at);
    if (status == HF_OK)
        status = find_device(at, row.channel_key, psk);
    if (status == HF_OK && at->peer.mode != HF_MODE_NORMAL)
        status = hf_error_set(err, HF_ERR_DENIED, "This device was revoked: it reads nothing more.");
    if (status == HF_OK)
        status = begin(at, psk);
    if (status == HF_OK)
        status = put(at, hf_slice_of(unasked, sizeof unasked), false);
    if (status == HF_OK)
        status = hello(at, &row, from);
    hf_wipe(&row, sizeof row);
    hf_wipe(psk, sizeof psk);
    if (status != HF_OK) {
        hf_exchange_free(at);
        return status;
    }
    at->stage = PULL;
    at->pulls = true;
    at->pull_from = from;
    *out = at;
    return HF_OK;
}
