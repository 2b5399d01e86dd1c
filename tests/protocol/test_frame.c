/* Frames and messages of an open channel: sizes, pieces, tampering, limits. */
#include "protocol/frame.h"

#include "protocol/limits.h"
#include "tests/protocol/support_channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define PART_BYTES_MAX (HF_CHANNEL_FRAME_PLAIN_MAX - 1)
#define SEED           20261121u

static const struct hf_slice nothing = {NULL, 0};

static const size_t sizes[] = {0,
                               1,
                               PART_BYTES_MAX - 1,
                               65518, /* one full frame */
                               65519,
                               65520,
                               2 * PART_BYTES_MAX,
                               2 * PART_BYTES_MAX + 1,
                               HF_CHANNEL_MESSAGE_BYTES_MAX - 1,
                               HF_CHANNEL_MESSAGE_BYTES_MAX};
#define SIZE_COUNT (sizeof sizes / sizeof *sizes)

/* An open server channel and a client that can say anything. */
struct victim {
    struct raw_client raw;
    struct hf_channel *server;
    struct hf_buf bytes;
};

static void victim_open(struct victim *victim)
{
    struct channel_setup setup;
    channel_setup_init(&setup);
    *victim = (struct victim){.server = server_of(&setup)};
    raw_client_open(&victim->raw, victim->server, &setup);
}

/* Adds one frame: `more`, then len bytes of part. */
static void victim_frame(struct victim *victim, uint8_t more, size_t len)
{
    struct hf_buf plain = {0};
    hf_buf_append_u8(&plain, more);
    fill_pattern(&plain, len);
    raw_client_frame(&victim->raw, hf_buf_slice(&plain), &victim->bytes);
    hf_buf_clear(&plain);
}

static void victim_free(struct victim *victim)
{
    hf_channel_free(victim->server);
    hf_buf_clear(&victim->bytes);
}

/* Feeds what was added and expects the channel to die of it. */
static void victim_dies(struct victim *victim, enum hf_status expected)
{
    assert_int_equal(feed_buf(victim->server, &victim->bytes), expected);
    assert_int_equal(hf_channel_state(victim->server), HF_CHANNEL_DEAD);
    expect_no_message(victim->server);
    assert_int_equal(hf_channel_feed(victim->server, nothing), expected);
    assert_int_equal(hf_channel_send(victim->server, nothing), HF_ERR_STATE);
    victim_free(victim);
}

/* --- sizes and pieces --- */

static void messages_of_every_size__arrive_as_sent(void **state)
{
    (void)state;
    struct channel_pair pair;
    channel_pair_open(&pair);
    for (size_t i = 0; i < SIZE_COUNT; i++) {
        struct hf_buf message = {0};
        fill_pattern(&message, sizes[i]);
        assert_int_equal(hf_channel_send(pair.client, hf_buf_slice(&message)), HF_OK);
        size_t frames = sizes[i] == 0 ? 1 : (sizes[i] + PART_BYTES_MAX - 1) / PART_BYTES_MAX;
        assert_int_equal(hf_channel_output(pair.client).len, sizes[i] + 19 * frames);
        assert_int_equal(carry(pair.client, pair.server), HF_OK);
        expect_message(pair.server, hf_buf_slice(&message));
        assert_int_equal(hf_channel_send(pair.server, hf_buf_slice(&message)), HF_OK);
        assert_int_equal(carry(pair.server, pair.client), HF_OK);
        expect_message(pair.client, hf_buf_slice(&message));
        hf_buf_clear(&message);
    }
    channel_pair_free(&pair);
}

static void message_over_the_limit__is_refused_and_the_channel_lives(void **state)
{
    (void)state;
    struct channel_pair pair;
    struct hf_buf message = {0};
    channel_pair_open(&pair);
    fill_pattern(&message, HF_CHANNEL_MESSAGE_BYTES_MAX + 1);
    assert_int_equal(hf_channel_send(pair.client, hf_buf_slice(&message)), HF_ERR_LIMIT);
    assert_int_equal(hf_channel_output(pair.client).len, 0);
    assert_int_equal(hf_channel_send(pair.client, hf_slice_str("short")), HF_OK);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    expect_message(pair.server, hf_slice_str("short"));
    hf_buf_clear(&message);
    channel_pair_free(&pair);
}

static void messages_in_one_piece__are_handed_out_in_order(void **state)
{
    (void)state;
    struct channel_pair pair;
    channel_pair_open(&pair);
    const char *const words[] = {"one", "", "two", "", "", "three"};
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(hf_channel_send(pair.client, hf_slice_str(words[i])), HF_OK);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    for (size_t i = 0; i < 6; i++)
        expect_message(pair.server, hf_slice_str(words[i]));
    expect_no_message(pair.server);
    channel_pair_free(&pair);
}

static void single_bytes__add_up_to_messages(void **state)
{
    (void)state;
    struct channel_pair pair;
    struct hf_buf message = {0};
    channel_pair_open(&pair);
    fill_pattern(&message, 65520);
    assert_int_equal(hf_channel_send(pair.client, hf_slice_str("first")), HF_OK);
    assert_int_equal(hf_channel_send(pair.client, hf_buf_slice(&message)), HF_OK);
    struct hf_buf bytes = take_output(pair.client);
    for (size_t i = 0; i < bytes.len; i++) {
        assert_int_equal(hf_channel_feed(pair.server, hf_slice_of(bytes.data + i, 1)), HF_OK);
        if (i + 1 == 5 + HF_FRAME_OVERHEAD_BYTES)
            expect_message(pair.server, hf_slice_str("first"));
        else if (i + 1 < bytes.len)
            expect_no_message(pair.server);
    }
    expect_message(pair.server, hf_buf_slice(&message));
    hf_buf_clear(&bytes);
    hf_buf_clear(&message);
    channel_pair_free(&pair);
}

/* Moves a random piece of the output, which is also how output is taken in pieces. */
static void carry_piece(struct hf_channel *from, struct hf_channel *to, uint64_t *random)
{
    struct hf_slice output = hf_channel_output(from);
    size_t most = next_random(random) % 8 == 0 ? 100000 : 200;
    size_t len = (size_t)(next_random(random) % most);
    len = len < output.len ? len : output.len;
    assert_int_equal(hf_channel_feed(to, hf_slice_of(output.data, len)), HF_OK);
    hf_channel_output_taken(from, len);
}

static void random_pieces__add_up_to_messages(void **state)
{
    (void)state;
    enum { MESSAGES = 400 };
    struct channel_pair pair;
    struct hf_buf pattern = {0};
    struct hf_buf message = {0};
    size_t lens[MESSAGES];
    size_t sent = 0, received = 0;
    uint64_t random = SEED;
    print_message("seed %u\n", SEED);
    channel_pair_open(&pair);
    fill_pattern(&pattern, 200000);
    while (received < MESSAGES) {
        if (sent < MESSAGES && next_random(&random) % 4 == 0) {
            lens[sent] = (size_t)(next_random(&random) % (sent % 40 == 0 ? pattern.len : 500));
            assert_int_equal(hf_channel_send(pair.client, hf_slice_of(pattern.data, lens[sent])), HF_OK);
            sent++;
        }
        carry_piece(pair.client, pair.server, &random);
        while (hf_channel_next(pair.server, &message)) {
            assert_true(received < sent);
            assert_int_equal(message.len, lens[received]);
            assert_true(hf_slice_equal(hf_buf_slice(&message), hf_slice_of(pattern.data, lens[received])));
            received++;
        }
    }
    hf_buf_clear(&pattern);
    hf_buf_clear(&message);
    channel_pair_free(&pair);
}

static void output__is_the_same_however_it_is_taken(void **state)
{
    (void)state;
    struct channel_pair whole, pieces;
    struct hf_buf expected = {0};
    struct hf_buf taken = {0};
    uint64_t random = SEED;
    print_message("seed %u\n", SEED);
    channel_pair_open(&whole);
    channel_pair_open(&pieces);
    for (int i = 0; i < 200; i++) {
        assert_int_equal(hf_channel_send(whole.client, hf_slice_str("some words")), HF_OK);
        assert_int_equal(hf_channel_send(pieces.client, hf_slice_str("some words")), HF_OK);
        struct hf_slice output = hf_channel_output(pieces.client);
        size_t len = (size_t)(next_random(&random) % (output.len + 1));
        hf_buf_append(&taken, output.data, len);
        hf_channel_output_taken(pieces.client, len);
    }
    hf_buf_append_slice(&taken, hf_channel_output(pieces.client));
    hf_buf_append_slice(&expected, hf_channel_output(whole.client));
    assert_true(hf_slice_equal(hf_buf_slice(&taken), hf_buf_slice(&expected)));
    hf_buf_clear(&expected);
    hf_buf_clear(&taken);
    channel_pair_free(&whole);
    channel_pair_free(&pieces);
}

/* --- tampering --- */

/* Three one-letter messages as three frames of 20 bytes. */
#define THREE_FRAME_BYTES 20
static struct hf_buf three_frames(struct channel_pair *pair)
{
    channel_pair_open(pair);
    assert_int_equal(hf_channel_send(pair->client, hf_slice_str("a")), HF_OK);
    assert_int_equal(hf_channel_send(pair->client, hf_slice_str("b")), HF_OK);
    assert_int_equal(hf_channel_send(pair->client, hf_slice_str("c")), HF_OK);
    struct hf_buf bytes = take_output(pair->client);
    assert_int_equal(bytes.len, 3 * THREE_FRAME_BYTES);
    return bytes;
}

/* Feeds frames in this order; the last must kill the channel, those before must arrive. */
static void expect_death_at_end(const char *order)
{
    struct channel_pair pair;
    struct hf_buf bytes = three_frames(&pair);
    for (const char *frame = order; *frame; frame++) {
        size_t at = (size_t)(*frame - 'a') * THREE_FRAME_BYTES;
        enum hf_status status = hf_channel_feed(pair.server, hf_slice_of(bytes.data + at, THREE_FRAME_BYTES));
        assert_int_equal(status, frame[1] ? HF_OK : HF_ERR_AUTH);
        if (frame[1])
            expect_message(pair.server, hf_slice_of(frame, 1));
    }
    assert_int_equal(hf_channel_state(pair.server), HF_CHANNEL_DEAD);
    expect_no_message(pair.server);
    hf_buf_clear(&bytes);
    channel_pair_free(&pair);
}

static void replayed_frames__kill_the_channel(void **state)
{
    (void)state;
    expect_death_at_end("aa");
    expect_death_at_end("aba");
    expect_death_at_end("abb");
    expect_death_at_end("abca");
}

static void dropped_or_reordered_frames__kill_the_channel(void **state)
{
    (void)state;
    expect_death_at_end("b");
    expect_death_at_end("c");
    expect_death_at_end("ac");
}

static void truncated_frames__kill_the_channel_and_deliver_nothing(void **state)
{
    (void)state;
    for (size_t kept = 0; kept < THREE_FRAME_BYTES; kept++) {
        struct channel_pair pair;
        struct hf_buf bytes = three_frames(&pair);
        assert_int_equal(hf_channel_feed(pair.server, hf_slice_of(bytes.data, kept)), HF_OK);
        expect_no_message(pair.server);
        /* What follows is taken for the rest of the frame. */
        enum hf_status status =
            hf_channel_feed(pair.server, hf_slice_of(bytes.data + THREE_FRAME_BYTES, 2 * THREE_FRAME_BYTES));
        assert_int_not_equal(status, HF_OK);
        expect_no_message(pair.server);
        hf_buf_clear(&bytes);
        channel_pair_free(&pair);
    }
}

static void frame_with_any_bit_flipped__kills_the_channel(void **state)
{
    (void)state;
    struct hf_buf filler = {0};
    fill_pattern(&filler, HF_FRAME_BYTES_MAX);
    for (size_t bit = 0; bit < 8 * THREE_FRAME_BYTES; bit++) {
        struct channel_pair pair;
        struct hf_buf bytes = three_frames(&pair);
        bytes.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        hf_buf_append_slice(&bytes, hf_buf_slice(&filler)); /* a longer length gets the bytes it asks for */
        enum hf_status status = feed_buf(pair.server, &bytes);
        assert_true(status == HF_ERR_AUTH || (bit < 16 && status == HF_ERR_PROTOCOL));
        expect_no_message(pair.server);
        hf_buf_clear(&bytes);
        channel_pair_free(&pair);
    }
    hf_buf_clear(&filler);
}

static void frame_sent_back_to_its_sender__kills_the_channel(void **state)
{
    (void)state;
    struct channel_pair pair;
    struct hf_buf bytes = three_frames(&pair);
    assert_int_equal(feed_buf(pair.client, &bytes), HF_ERR_AUTH);
    hf_buf_clear(&bytes);
    channel_pair_free(&pair);
}

static void dead_channel__hands_out_nothing_that_waited(void **state)
{
    (void)state;
    struct channel_pair pair;
    struct hf_buf bytes = three_frames(&pair);
    assert_int_equal(hf_channel_send(pair.server, hf_slice_str("reply")), HF_OK);
    bytes.data[bytes.len - 1] ^= 1;
    assert_int_equal(feed_buf(pair.server, &bytes), HF_ERR_AUTH);
    expect_no_message(pair.server);
    assert_int_equal(hf_channel_output(pair.server).len, 0);
    hf_buf_clear(&bytes);
    channel_pair_free(&pair);
}

/* --- malformed, though it authenticates --- */

static void frame_shorter_than_more_and_tag__is_refused_at_its_length(void **state)
{
    (void)state;
    for (uint16_t len = 0; len < HF_FRAME_SEALED_BYTES_MIN; len++) {
        struct victim victim;
        victim_open(&victim);
        hf_buf_append_u16(&victim.bytes, len);
        victim_dies(&victim, HF_ERR_PROTOCOL);
    }
    struct victim victim;
    victim_open(&victim);
    raw_client_frame(&victim.raw, nothing, &victim.bytes);
    victim_dies(&victim, HF_ERR_PROTOCOL);
}

static void more_other_than_0_or_1__is_refused(void **state)
{
    (void)state;
    for (unsigned more = 2; more <= 255; more++) {
        struct victim victim;
        victim_open(&victim);
        victim_frame(&victim, (uint8_t)more, 5);
        victim_dies(&victim, HF_ERR_PROTOCOL);
    }
}

static void empty_frame_of_a_longer_message__is_refused(void **state)
{
    (void)state;
    struct victim victim;
    victim_open(&victim);
    victim_frame(&victim, 1, 0);
    victim_dies(&victim, HF_ERR_PROTOCOL);

    for (uint8_t more = 0; more < 2; more++) {
        victim_open(&victim);
        victim_frame(&victim, 1, 5);
        victim_frame(&victim, more, 0);
        victim_dies(&victim, HF_ERR_PROTOCOL);
    }
}

static void parts_of_any_size__join_to_one_message(void **state)
{
    (void)state;
    struct victim victim;
    struct hf_buf expected = {0};
    victim_open(&victim);
    for (size_t len = 1; len < 30; len++) {
        victim_frame(&victim, len < 29, len);
        fill_pattern(&expected, len);
    }
    assert_int_equal(feed_buf(victim.server, &victim.bytes), HF_OK);
    expect_message(victim.server, hf_buf_slice(&expected));
    expect_no_message(victim.server);
    hf_buf_clear(&expected);
    victim_free(&victim);
}

/* 16 full parts are 1,048,288 bytes: 288 are left. */
static void victim_almost_full(struct victim *victim)
{
    victim_open(victim);
    for (int i = 0; i < 16; i++)
        victim_frame(victim, 1, PART_BYTES_MAX);
    assert_int_equal(feed_buf(victim->server, &victim->bytes), HF_OK);
    expect_no_message(victim->server);
    hf_buf_reset(&victim->bytes);
}

static void message_that_grows_over_1_mib__is_refused_at_its_length(void **state)
{
    (void)state;
    struct victim victim;
    victim_almost_full(&victim);
    victim_frame(&victim, 0, 289);
    victim.bytes.len = HF_FRAME_HEADER_BYTES; /* not a byte more is asked for */
    victim_dies(&victim, HF_ERR_LIMIT);

    victim_almost_full(&victim);
    victim_frame(&victim, 1, 288);
    victim_frame(&victim, 0, 1);
    victim_dies(&victim, HF_ERR_LIMIT);

    victim_almost_full(&victim);
    victim_frame(&victim, 0, 288);
    assert_int_equal(feed_buf(victim.server, &victim.bytes), HF_OK);
    struct hf_buf message = {0};
    assert_true(hf_channel_next(victim.server, &message));
    assert_int_equal(message.len, HF_CHANNEL_MESSAGE_BYTES_MAX);
    hf_buf_clear(&message);
    victim_free(&victim);
}

/* --- limits on our side --- */

static void feed_while_messages_wait__reads_nothing_and_loses_nothing(void **state)
{
    (void)state;
    struct channel_pair pair;
    struct hf_buf bytes = three_frames(&pair);
    struct hf_slice last = hf_slice_of(bytes.data + 2 * THREE_FRAME_BYTES, THREE_FRAME_BYTES);
    assert_int_equal(hf_channel_feed(pair.server, hf_slice_of(bytes.data, 2 * THREE_FRAME_BYTES)), HF_OK);
    assert_int_equal(hf_channel_feed(pair.server, last), HF_ERR_STATE);
    expect_message(pair.server, hf_slice_str("a"));
    assert_int_equal(hf_channel_feed(pair.server, last), HF_ERR_STATE);
    expect_message(pair.server, hf_slice_str("b"));
    assert_int_equal(hf_channel_feed(pair.server, last), HF_OK);
    expect_message(pair.server, hf_slice_str("c"));
    hf_buf_clear(&bytes);
    channel_pair_free(&pair);
}

static void output_that_nobody_takes__is_bounded(void **state)
{
    (void)state;
    struct channel_pair pair;
    struct hf_buf message = {0};
    channel_pair_open(&pair);
    fill_pattern(&message, HF_CHANNEL_MESSAGE_BYTES_MAX);
    enum hf_status status = HF_OK;
    unsigned sent = 0;
    while ((status = hf_channel_send(pair.client, hf_buf_slice(&message))) == HF_OK)
        sent++;
    assert_int_equal(status, HF_ERR_BUSY);
    assert_int_equal(sent, HF_LIMIT_OUTPUT_BYTES / HF_CHANNEL_MESSAGE_BYTES_MAX - 1);
    assert_true(hf_channel_output(pair.client).len <= HF_LIMIT_OUTPUT_BYTES);

    /* It goes on where it stopped. */
    hf_buf_reset(&message);
    fill_pattern(&message, HF_CHANNEL_MESSAGE_BYTES_MAX);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    for (unsigned i = 0; i < sent; i++)
        expect_message(pair.server, hf_buf_slice(&message));
    assert_int_equal(hf_channel_send(pair.client, hf_buf_slice(&message)), HF_OK);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    expect_message(pair.server, hf_buf_slice(&message));
    hf_buf_clear(&message);
    channel_pair_free(&pair);
}

static void out_message_with_too_small_a_limit__kills_the_channel(void **state)
{
    (void)state;
    struct channel_pair pair;
    struct hf_buf message;
    channel_pair_open(&pair);
    hf_buf_init(&message, 4);
    assert_int_equal(hf_channel_send(pair.client, hf_slice_str("12345")), HF_OK);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    assert_false(hf_channel_next(pair.server, &message));
    assert_int_equal(hf_channel_state(pair.server), HF_CHANNEL_DEAD);
    assert_int_equal(hf_channel_feed(pair.server, nothing), HF_ERR_LIMIT);
    hf_buf_clear(&message);
    channel_pair_free(&pair);
}

static void out_message__is_reset_before_each(void **state)
{
    (void)state;
    struct channel_pair pair;
    struct hf_buf message = {0};
    channel_pair_open(&pair);
    hf_buf_append_str(&message, "something from before");
    assert_int_equal(hf_channel_send(pair.client, hf_slice_str("long enough to need more storage")), HF_OK);
    assert_int_equal(hf_channel_send(pair.client, hf_slice_str("x")), HF_OK);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    assert_true(hf_channel_next(pair.server, &message));
    assert_true(hf_slice_equal(hf_buf_slice(&message), hf_slice_str("long enough to need more storage")));
    assert_true(hf_channel_next(pair.server, &message));
    assert_true(hf_slice_equal(hf_buf_slice(&message), hf_slice_str("x")));
    assert_false(hf_channel_next(pair.server, &message));
    hf_buf_clear(&message);
    channel_pair_free(&pair);
}

/* --- memory --- */

#define READ_BYTES 4096u

/* Feeds in reads of READ_BYTES, takes messages after each, and looks at the storage in between. */
static enum hf_status feed_and_watch(struct hf_frame_inbox *inbox, struct hf_noise_cipher *receive,
                                     struct hf_slice bytes, size_t *in_out_messages)
{
    struct hf_buf message = {0};
    enum hf_status status = HF_OK;
    while (status == HF_OK && bytes.len > 0) {
        size_t len = bytes.len < READ_BYTES ? bytes.len : READ_BYTES;
        status = hf_frame_feed(inbox, receive, hf_slice_of(bytes.data, len));
        assert_true(inbox->joined.cap <= HF_CHANNEL_MESSAGE_BYTES_MAX + READ_BYTES);
        assert_true(inbox->partial.cap <= HF_FRAME_BYTES_MAX);
        while (status == HF_OK && hf_frame_waiting(inbox)) {
            assert_int_equal(hf_frame_take(inbox, &message), HF_OK);
            ++*in_out_messages;
        }
        assert_true(inbox->joined.len + inbox->partial.len < (size_t)HF_CHANNEL_MESSAGE_BYTES_MAX + HF_FRAME_BYTES_MAX);
        bytes = hf_slice_of(bytes.data + len, bytes.len - len);
    }
    hf_buf_clear(&message);
    return status;
}

static void add_frame(struct hf_noise_cipher *send, uint8_t more, size_t len, struct hf_buf *out)
{
    struct hf_buf plain = {0};
    hf_buf_append_u8(&plain, more);
    hf_buf_append_zeros(&plain, len);
    hf_buf_append_u16(out, (uint16_t)(plain.len + HF_TAG_BYTES));
    assert_int_equal(hf_noise_encrypt(send, hf_buf_slice(&plain), out), HF_OK);
    hf_buf_clear(&plain);
}

static void storage__is_bounded_whatever_the_peer_sends(void **state)
{
    (void)state;
    const size_t parts[] = {1, 7, 1000, 40000, PART_BYTES_MAX};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        struct hf_frame_inbox inbox = {0};
        struct hf_noise_cipher send = {.key = {1}, .has_key = true};
        struct hf_noise_cipher receive = send;
        struct hf_buf bytes = {0};
        size_t messages = 0;
        /* Whole messages first, the largest among them; then one that never ends. */
        add_frame(&send, 0, 0, &bytes);
        for (size_t sent = 0; sent + PART_BYTES_MAX < HF_CHANNEL_MESSAGE_BYTES_MAX; sent += PART_BYTES_MAX)
            add_frame(&send, 1, PART_BYTES_MAX, &bytes);
        add_frame(&send, 0, HF_CHANNEL_MESSAGE_BYTES_MAX % PART_BYTES_MAX, &bytes);
        for (size_t sent = 0; sent < 200000; sent += parts[i])
            add_frame(&send, 0, parts[i], &bytes);
        assert_int_equal(feed_and_watch(&inbox, &receive, hf_buf_slice(&bytes), &messages), HF_OK);
        assert_int_equal(messages, 2 + (200000 + parts[i] - 1) / parts[i]);
        assert_int_equal(inbox.joined.cap + inbox.partial.cap, 0);

        enum hf_status status = HF_OK;
        for (size_t sent = 0; status == HF_OK && sent <= HF_CHANNEL_MESSAGE_BYTES_MAX; sent += parts[i]) {
            hf_buf_reset(&bytes);
            add_frame(&send, 1, parts[i], &bytes);
            status = feed_and_watch(&inbox, &receive, hf_buf_slice(&bytes), &messages);
        }
        assert_int_equal(status, HF_ERR_LIMIT);
        hf_frame_wipe(&inbox);
        hf_buf_clear(&bytes);
    }
}

static void idle_inbox__keeps_no_storage(void **state)
{
    (void)state;
    struct hf_frame_inbox inbox = {0};
    struct hf_noise_cipher send = {.key = {1}, .has_key = true};
    struct hf_noise_cipher receive = send;
    struct hf_buf bytes = {0};
    struct hf_buf message = {0};
    add_frame(&send, 0, 1000, &bytes);
    assert_int_equal(hf_frame_feed(&inbox, &receive, hf_slice_of(bytes.data, 500)), HF_OK);
    assert_int_equal(inbox.joined.cap, 0);
    assert_int_equal(hf_frame_feed(&inbox, &receive, hf_slice_of(bytes.data + 500, bytes.len - 500)), HF_OK);
    assert_int_equal(inbox.partial.cap, 0);
    assert_int_equal(hf_frame_take(&inbox, &message), HF_OK);
    assert_int_equal(inbox.joined.cap, 0);
    hf_buf_clear(&bytes);
    hf_buf_clear(&message);
}

static int start_crypto(void **state)
{
    (void)state;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(messages_of_every_size__arrive_as_sent),
        cmocka_unit_test(message_over_the_limit__is_refused_and_the_channel_lives),
        cmocka_unit_test(messages_in_one_piece__are_handed_out_in_order),
        cmocka_unit_test(single_bytes__add_up_to_messages),
        cmocka_unit_test(random_pieces__add_up_to_messages),
        cmocka_unit_test(output__is_the_same_however_it_is_taken),
        cmocka_unit_test(replayed_frames__kill_the_channel),
        cmocka_unit_test(dropped_or_reordered_frames__kill_the_channel),
        cmocka_unit_test(truncated_frames__kill_the_channel_and_deliver_nothing),
        cmocka_unit_test(frame_with_any_bit_flipped__kills_the_channel),
        cmocka_unit_test(frame_sent_back_to_its_sender__kills_the_channel),
        cmocka_unit_test(dead_channel__hands_out_nothing_that_waited),
        cmocka_unit_test(frame_shorter_than_more_and_tag__is_refused_at_its_length),
        cmocka_unit_test(more_other_than_0_or_1__is_refused),
        cmocka_unit_test(empty_frame_of_a_longer_message__is_refused),
        cmocka_unit_test(parts_of_any_size__join_to_one_message),
        cmocka_unit_test(message_that_grows_over_1_mib__is_refused_at_its_length),
        cmocka_unit_test(feed_while_messages_wait__reads_nothing_and_loses_nothing),
        cmocka_unit_test(output_that_nobody_takes__is_bounded),
        cmocka_unit_test(out_message_with_too_small_a_limit__kills_the_channel),
        cmocka_unit_test(out_message__is_reset_before_each),
        cmocka_unit_test(storage__is_bounded_whatever_the_peer_sends),
        cmocka_unit_test(idle_inbox__keeps_no_storage),
    };
    return cmocka_run_group_tests_name("frame", tests, start_crypto, NULL);
}
