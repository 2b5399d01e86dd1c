/* An attachment that others wait for: its record came, the office did not have all of its chunks, and then it has. The
 * office's session machine and log as in test_syncer; its lane of attachments is answered here, so that the test says
 * when the last chunk came. Time stands still. */
#include "tests/client/support_town.h"

#include "client/syncer.h"
#include "core/replica/attachments.h"

#include <stdlib.h>
#include <string.h>

#define WALL_MS     1800000000000ull
#define LETTERS_MAX 16
#define FILE_BYTES  30000 /* one chunk: what a first question asks for */

struct queue {
    struct hf_buf letters[LETTERS_MAX];
    size_t count;
};

struct line {
    struct two *two;
    struct hf_syncer *syncer;
    struct office_peer *peer;
    struct queue to_office, to_client;
    bool whole;   /* at the office */
    size_t asked; /* ATTACH_GETs that came */
};

static void put(struct queue *queue, struct hf_slice message)
{
    assert_true(queue->count < LETTERS_MAX);
    queue->letters[queue->count] = (struct hf_buf){0};
    hf_buf_append_slice(&queue->letters[queue->count++], message);
}

static struct hf_buf take(struct queue *queue)
{
    struct hf_buf first = queue->letters[0];
    memmove(queue->letters, queue->letters + 1, --queue->count * sizeof first);
    return first;
}

static enum hf_status send_to_office(void *ctx, struct hf_slice message)
{
    put(&((struct line *)ctx)->to_office, message);
    return HF_OK;
}

static void send_to_client(void *ctx, struct hf_slice message)
{
    put(&((struct line *)ctx)->to_client, message);
}

static void say(struct line *line, const struct hf_message *message)
{
    struct hf_buf bytes = {0};
    assert_int_equal(hf_message_encode(message, &bytes), HF_OK);
    put(&line->to_client, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
}

struct giving {
    struct line *line;
    uint32_t request;
};

/* What the office has from the author's device: all of it, in one message. */
static bool give(void *ctx, const struct hf_attach_step *step)
{
    const struct giving *giving = ctx;
    struct hf_slice chunks[HF_CHUNKS_RUN_MAX];
    struct hf_message message = {.type = HF_MSG_ATTACH_IS, .request = giving->request};
    memcpy(chunks, step->chunks, sizeof chunks);
    message.as.attach =
        (struct hf_msg_attach){.result = HF_ATTACH_KEPT, .chunks = chunks, .count = step->count, .proof = step->proof};
    say(giving->line, &message);
    return false;
}

static void answer_attach(struct line *line, const struct hf_message *asked)
{
    struct hf_message message = {.type = HF_MSG_ATTACH_HAS, .request = asked->request};
    message.as.attach.result = HF_ATTACH_FULL; /* the author's own device is put off */
    if (asked->type == HF_MSG_ATTACH_PUT) {
        say(line, &message);
        return;
    }
    struct giving giving = {.line = line, .request = asked->request};
    line->asked++;
    if (line->whole) {
        struct hf_replica *author = line->two->ada.hf->replica;
        assert_int_equal(hf_replica_attach_carry_out(author, give, &giving, NULL), HF_OK);
        return;
    }
    message.type = HF_MSG_ATTACH_IS;
    message.as.attach.result = HF_ATTACH_NOT_YET;
    say(line, &message);
}

static struct hf_syncer_now now(void)
{
    return (struct hf_syncer_now){.wall_ms = WALL_MS, .mono_ms = 50000};
}

/* Carries one message; false when there is none. */
static bool carry(struct line *line)
{
    struct hf_message message = {0};
    struct hf_buf bytes;
    if (line->to_office.count > 0) {
        bytes = take(&line->to_office);
        assert_int_equal(hf_message_decode(hf_buf_slice(&bytes), &message), HF_OK);
        if (message.type == HF_MSG_ATTACH_PUT || message.type == HF_MSG_ATTACH_GET)
            answer_attach(line, &message);
        else
            (void)office_peer_take(line->peer, hf_buf_slice(&bytes), send_to_client, line);
        hf_message_clear(&message);
    } else if (line->to_client.count > 0) {
        bytes = take(&line->to_client);
        hf_syncer_message(line->syncer, hf_buf_slice(&bytes), now());
    } else {
        return false;
    }
    hf_buf_clear(&bytes);
    return true;
}

static void carry_all(struct line *line)
{
    while (carry(line))
        ;
    if (hf_syncer_state(line->syncer) != HF_SYNCER_DONE)
        fail_msg("%s", hf_syncer_error(line->syncer)->text);
}

static void begin(struct line *line, struct two *two, struct client *client, bool stay)
{
    const struct hf_identity *identity = hf_replica_identity(client->hf->replica);
    const struct hf_peer who = office_peer_of(office_device_of(two->office, identity->sign.public_key));
    const struct hf_syncer_hooks hooks = {.ctx = line, .send = send_to_office};
    *line = (struct line){.two = two};
    line->peer = office_peer_new(two->office, &who);
    assert_int_equal(hf_syncer_new(client->hf->replica, &hooks, &line->syncer), HF_OK);
    if (stay)
        hf_syncer_stay(line->syncer);
    hf_syncer_start(line->syncer, now());
}

static void end(struct line *line)
{
    while (carry(line))
        ;
    hf_syncer_free(line->syncer);
    office_peer_free(line->peer);
}

static struct holdfast_id attach(struct client *client, const struct holdfast_id *case_id)
{
    static uint8_t content[FILE_BYTES];
    struct holdfast_id record = new_record(client, case_id, "action", "text", "See the paper"), id;
    const struct holdfast_attach_spec spec = {
        .case_id = *case_id, .parent = record, .name = "paper.bin", .size = FILE_BYTES};
    struct holdfast_attach *add = NULL;
    memset(content, 7, sizeof content);
    ok(client, holdfast_attach_begin(client->hf, &spec, &add));
    ok(client, holdfast_attach_write(add, content, sizeof content));
    ok(client, holdfast_attach_finish(add, &id));
    return id;
}

static void say_whole(struct line *line, const struct holdfast_id *id)
{
    struct hf_message news = {.type = HF_MSG_NEWS};
    news.as.news.log_size = 1; /* nothing new of the log */
    news.as.news.whole = true;
    memcpy(news.as.news.attachment.bytes, id->bytes, HF_ID_BYTES);
    say(line, &news);
}

static bool note_here(void *ctx, const struct holdfast_attachment *attachment)
{
    *(bool *)ctx = attachment->here;
    return true;
}

static bool is_here(struct client *client, const struct holdfast_id *id)
{
    bool here = false;
    ok(client, holdfast_attachment_show(client->hf, id, note_here, &here));
    return here;
}

static struct holdfast_id waiting_for_one(struct two *two, struct line *line)
{
    struct holdfast_id id = attach(&two->ada, &two->case_id);
    begin(line, two, &two->ada, false);
    carry_all(line);
    end(line);
    begin(line, two, &two->ben, true);
    carry_all(line);
    assert_false(is_here(&two->ben, &id));
    assert_int_equal(line->asked, 1);
    hf_syncer_poke(line->syncer, now()); /* what was put off is not asked for again without a reason */
    carry_all(line);
    assert_int_equal(line->asked, 1);
    return id;
}

static void told_that_it_is_whole__fetches_it_at_once(void **state)
{
    struct two *two = *state;
    struct line line;
    const struct holdfast_id id = waiting_for_one(two, &line);
    line.whole = true;
    say_whole(&line, &id);
    carry_all(&line);
    assert_true(is_here(&two->ben, &id));
    assert_int_equal(line.asked, 2);
    say_whole(&line, &id); /* again: nothing is left to ask for */
    carry_all(&line);
    assert_int_equal(line.asked, 2);
    end(&line);
}

/* The news crosses the answer "not yet", and comes before or behind it, whole rounds of others in between. */
static void told_while_it_asks__asks_again(void **state)
{
    struct two *two = *state;
    struct line line;
    const struct holdfast_id id = attach(&two->ada, &two->case_id);
    begin(&line, two, &two->ada, false);
    carry_all(&line);
    end(&line);
    begin(&line, two, &two->ben, true);
    while (line.asked == 0)
        assert_true(carry(&line));
    line.whole = true;
    say_whole(&line, &id); /* behind "not yet", which has not arrived */
    (void)new_record(&two->ben, &two->case_id, "action", "text", "Meanwhile");
    carry_all(&line);
    assert_true(is_here(&two->ben, &id));
    end(&line);
}

/* What this device does not know, has, or does not want is no reason to ask, nor to fail. */
static void told_of_others__asks_for_nothing(void **state)
{
    struct two *two = *state;
    struct line line;
    struct holdfast_id id = waiting_for_one(two, &line);
    const struct holdfast_id unknown = {{9, 9, 9}};
    say_whole(&line, &unknown);
    carry_all(&line);
    assert_int_equal(line.asked, 1);
    assert_false(is_here(&two->ben, &id));
    end(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(told_that_it_is_whole__fetches_it_at_once, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(told_while_it_asks__asks_again, two_setup, two_teardown),
        cmocka_unit_test_setup_teardown(told_of_others__asks_for_nothing, two_setup, two_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
