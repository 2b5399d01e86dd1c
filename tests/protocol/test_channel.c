/* The handshake of the channel and what the channel says about itself; test_frame.c has what follows. */
#include "core/base/text.h"
#include "tests/protocol/support_channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Places in the hello. */
#define ENROLMENT_AT 6
#define MAC1_AT      22
#define MESSAGE1_AT  38

static const struct hf_slice question = {(const uint8_t *)"question", 8};

static int begin(void **state)
{
    static struct channel_setup setup;
    channel_setup_init(&setup);
    *state = &setup;
    return 0;
}

/* --- handshake --- */

static void handshake__opens_both_sides(void **state)
{
    const struct channel_setup *setup = *state;
    struct channel_pair pair;
    channel_pair_new(&pair, setup);
    assert_int_equal(hf_channel_state(pair.client), HF_CHANNEL_HANDSHAKE);
    assert_int_equal(hf_channel_state(pair.server), HF_CHANNEL_HANDSHAKE);
    assert_int_equal(hf_channel_output(pair.client).len, HF_CHANNEL_HELLO_BYTES);
    assert_int_equal(hf_channel_output(pair.server).len, 0);

    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    assert_int_equal(hf_channel_state(pair.server), HF_CHANNEL_WANTS_PSK);
    assert_int_equal(hf_channel_output(pair.server).len, 0);
    assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_OK);
    assert_int_equal(hf_channel_state(pair.server), HF_CHANNEL_OPEN);
    assert_int_equal(hf_channel_output(pair.server).len, HF_NOISE_MESSAGE2_BYTES);
    assert_int_equal(carry(pair.server, pair.client), HF_OK);
    assert_int_equal(hf_channel_state(pair.client), HF_CHANNEL_OPEN);
    channel_pair_free(&pair);
}

static void open_channel__carries_messages_both_ways(void **state)
{
    (void)state;
    struct channel_pair pair;
    channel_pair_open(&pair);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(hf_channel_send(pair.client, question), HF_OK);
        assert_int_equal(carry(pair.client, pair.server), HF_OK);
        expect_message(pair.server, question);
        expect_no_message(pair.server);
        assert_int_equal(hf_channel_send(pair.server, hf_slice_str("answer")), HF_OK);
        assert_int_equal(carry(pair.server, pair.client), HF_OK);
        expect_message(pair.client, hf_slice_str("answer"));
    }
    channel_pair_free(&pair);
}

static void each_side__knows_the_other(void **state)
{
    const struct channel_setup *setup = *state;
    struct channel_pair pair;
    channel_pair_new(&pair, setup);
    assert_memory_equal(hf_channel_remote_key(pair.client), setup->server_static.public_key, HF_DH_BYTES);
    assert_true(hf_id_equal(hf_channel_enrolment_id(pair.client), &setup->enrolment_id));
    assert_null(hf_channel_remote_key(pair.server));
    assert_null(hf_channel_enrolment_id(pair.server));

    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    assert_memory_equal(hf_channel_remote_key(pair.server), setup->client_static.public_key, HF_DH_BYTES);
    assert_true(hf_id_equal(hf_channel_enrolment_id(pair.server), &setup->enrolment_id));
    assert_null(hf_channel_handshake_hash(pair.server));

    assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_OK);
    assert_null(hf_channel_handshake_hash(pair.client));
    assert_int_equal(carry(pair.server, pair.client), HF_OK);
    assert_memory_equal(hf_channel_handshake_hash(pair.client), hf_channel_handshake_hash(pair.server), HF_HASH_BYTES);
    channel_pair_free(&pair);
}

static void zero_enrolment_id__is_that_of_an_enrolled_device(void **state)
{
    struct channel_setup *setup = *state;
    struct channel_pair pair;
    setup->enrolment_id = hf_id_zero();
    channel_pair_new(&pair, setup);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    assert_true(hf_id_is_zero(hf_channel_enrolment_id(pair.server)));
    channel_pair_free(&pair);
}

static void hello__may_arrive_in_single_bytes(void **state)
{
    const struct channel_setup *setup = *state;
    struct channel_pair pair;
    channel_pair_new(&pair, setup);
    struct hf_buf hello = take_output(pair.client);
    for (size_t i = 0; i < hello.len; i++) {
        assert_int_equal(hf_channel_state(pair.server), HF_CHANNEL_HANDSHAKE);
        assert_int_equal(hf_channel_feed(pair.server, hf_slice_of(hello.data + i, 1)), HF_OK);
    }
    assert_int_equal(hf_channel_state(pair.server), HF_CHANNEL_WANTS_PSK);
    hf_buf_clear(&hello);
    channel_pair_free(&pair);
}

static void answer_and_first_frame__may_arrive_in_one_piece(void **state)
{
    const struct channel_setup *setup = *state;
    struct channel_pair pair;
    channel_pair_new(&pair, setup);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_OK);
    assert_int_equal(hf_channel_send(pair.server, question), HF_OK);
    assert_int_equal(carry(pair.server, pair.client), HF_OK);
    expect_message(pair.client, question);
    channel_pair_free(&pair);
}

/* --- refused --- */

/* Feeds the client's hello, changed by a mask at one place, to a fresh server. */
static enum hf_status feed_changed_hello(const struct channel_setup *setup, size_t at, uint8_t mask)
{
    struct channel_pair pair;
    channel_pair_new(&pair, setup);
    struct hf_buf hello = take_output(pair.client);
    hello.data[at] ^= mask;
    enum hf_status status = feed_buf(pair.server, &hello);
    if (status != HF_OK) {
        assert_int_equal(hf_channel_state(pair.server), HF_CHANNEL_DEAD);
        assert_int_equal(hf_channel_output(pair.server).len, 0);
        assert_null(hf_channel_remote_key(pair.server));
        assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_ERR_STATE);
        assert_int_equal(feed_buf(pair.server, &hello), status);
    }
    hf_buf_clear(&hello);
    channel_pair_free(&pair);
    return status;
}

static void hello_with_any_bit_flipped__is_refused(void **state)
{
    const struct channel_setup *setup = *state;
    for (size_t bit = 0; bit < 8 * HF_CHANNEL_HELLO_BYTES; bit++) {
        enum hf_status expected = bit / 8 < ENROLMENT_AT ? HF_ERR_PROTOCOL : HF_ERR_AUTH;
        assert_int_equal(feed_changed_hello(setup, bit / 8, (uint8_t)(1u << bit % 8)), expected);
    }
    assert_int_equal(feed_changed_hello(setup, 0, 0), HF_OK);
}

static void answer_with_any_bit_flipped__is_refused(void **state)
{
    const struct channel_setup *setup = *state;
    struct channel_pair pair;
    channel_pair_new(&pair, setup);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_OK);
    struct hf_buf answer = take_output(pair.server);
    for (size_t bit = 0; bit < 8 * answer.len; bit++) {
        struct hf_channel *client = client_of(setup);
        answer.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(feed_buf(client, &answer), HF_ERR_AUTH);
        answer.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        assert_int_equal(hf_channel_state(client), HF_CHANNEL_DEAD);
        assert_null(hf_channel_handshake_hash(client));
        assert_int_equal(hf_channel_send(client, question), HF_ERR_STATE);
        hf_channel_free(client);
    }
    assert_int_equal(feed_buf(pair.client, &answer), HF_OK);
    hf_buf_clear(&answer);
    channel_pair_free(&pair);
}

static enum hf_status client_speaks_first(const struct channel_setup *setup)
{
    struct channel_pair pair;
    channel_pair_new(&pair, setup);
    enum hf_status status = carry(pair.client, pair.server);
    channel_pair_free(&pair);
    return status;
}

static void wrong_origin__is_refused(void **state)
{
    struct channel_setup *setup = *state;
    setup->client_origin = "log.example.org/holdfasu";
    assert_int_equal(client_speaks_first(setup), HF_ERR_AUTH);
    setup->client_origin = "log.example.org/holdfas";
    assert_int_equal(client_speaks_first(setup), HF_ERR_AUTH);
    setup->client_origin = setup->server_origin;
    assert_int_equal(client_speaks_first(setup), HF_OK);
}

static void wrong_server_key__is_refused(void **state)
{
    struct channel_setup *setup = *state;
    memcpy(setup->server_key_at_client, setup->client_ephemeral.public_key, HF_DH_BYTES);
    assert_int_equal(client_speaks_first(setup), HF_ERR_AUTH);
}

static void wrong_enrolment_id__is_refused(void **state)
{
    const struct channel_setup *setup = *state;
    for (size_t at = ENROLMENT_AT; at < MAC1_AT; at++)
        assert_int_equal(feed_changed_hello(setup, at, 0xFF), HF_ERR_AUTH);
}

static void wrong_psk__never_opens_the_client(void **state)
{
    struct channel_setup *setup = *state;
    struct channel_pair pair;
    setup->server_psk[0] ^= 1;
    channel_pair_new(&pair, setup);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_OK);
    assert_int_equal(carry(pair.server, pair.client), HF_ERR_AUTH);
    assert_int_equal(hf_channel_state(pair.client), HF_CHANNEL_DEAD);
    channel_pair_free(&pair);
}

/* mac1 alone decides here: the handshake behind it is right. And where the handshake is wrong, a right mac1 is of no
 * help. */
static void hello__needs_both_mac1_and_handshake(void **state)
{
    const struct channel_setup *setup = *state;
    assert_int_equal(feed_changed_hello(setup, MAC1_AT, 1), HF_ERR_AUTH);

    struct channel_pair pair;
    channel_pair_new(&pair, setup);
    struct hf_buf hello = take_output(pair.client);
    hello.data[HF_CHANNEL_HELLO_BYTES - 1] ^= 1;
    uint8_t key[HF_KEY_BYTES];
    const struct hf_slice parts[] = {hf_slice_str("hf-mac1"),
                                     hf_slice_of(setup->server_static.public_key, HF_DH_BYTES)};
    struct hf_slice message1 = hf_slice_of(hello.data + MESSAGE1_AT, HF_NOISE_MESSAGE1_BYTES);
    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, key, sizeof key);
    hf_blake2b(hf_slice_of(key, sizeof key), &message1, 1, hello.data + MAC1_AT, 16);
    assert_int_equal(feed_buf(pair.server, &hello), HF_ERR_AUTH);
    hf_buf_clear(&hello);
    channel_pair_free(&pair);
}

/* A hello that was recorded opens nothing for who replays it: the answer cannot be read without the keys. */
static void replayed_hello__gives_no_way_to_speak(void **state)
{
    const struct channel_setup *setup = *state;
    struct channel_pair pair;
    channel_pair_new(&pair, setup);
    struct hf_buf hello = take_output(pair.client);
    assert_int_equal(feed_buf(pair.server, &hello), HF_OK);
    assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_OK);
    assert_int_equal(carry(pair.server, pair.client), HF_OK);
    assert_int_equal(hf_channel_send(pair.client, question), HF_OK);
    struct hf_buf frame = take_output(pair.client);

    struct channel_setup later = *setup;
    later.server_ephemeral = setup->client_ephemeral;
    struct hf_channel *second = server_of(&later);
    assert_int_equal(feed_buf(second, &hello), HF_OK);
    assert_int_equal(hf_channel_give_psk(second, setup->server_psk), HF_OK);
    assert_int_equal(feed_buf(second, &frame), HF_ERR_AUTH);
    assert_int_equal(feed_buf(pair.server, &frame), HF_OK);
    hf_channel_free(second);
    hf_buf_clear(&hello);
    hf_buf_clear(&frame);
    channel_pair_free(&pair);
}

static void bytes_between_hello_and_answer__are_refused(void **state)
{
    const struct channel_setup *setup = *state;
    for (int apart = 0; apart < 2; apart++) {
        struct channel_pair pair;
        channel_pair_new(&pair, setup);
        struct hf_buf hello = take_output(pair.client);
        if (apart) {
            assert_int_equal(feed_buf(pair.server, &hello), HF_OK);
            hf_buf_reset(&hello);
        }
        hf_buf_append_u8(&hello, 0);
        assert_int_equal(feed_buf(pair.server, &hello), HF_ERR_PROTOCOL);
        assert_int_equal(hf_channel_state(pair.server), HF_CHANNEL_DEAD);
        hf_buf_clear(&hello);
        channel_pair_free(&pair);
    }
}

static void calls_at_the_wrong_moment__change_nothing(void **state)
{
    const struct channel_setup *setup = *state;
    struct channel_pair pair;
    channel_pair_new(&pair, setup);
    assert_int_equal(hf_channel_give_psk(pair.client, setup->client_psk), HF_ERR_STATE);
    assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_ERR_STATE);
    assert_int_equal(hf_channel_send(pair.client, question), HF_ERR_STATE);
    assert_int_equal(hf_channel_send(pair.server, question), HF_ERR_STATE);
    expect_no_message(pair.server);
    assert_int_equal(carry(pair.client, pair.server), HF_OK);
    assert_int_equal(hf_channel_send(pair.server, question), HF_ERR_STATE);
    assert_int_equal(hf_channel_feed(pair.server, hf_slice_of(NULL, 0)), HF_OK);
    assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_OK);
    assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_ERR_STATE);
    assert_int_equal(carry(pair.server, pair.client), HF_OK);
    assert_int_equal(hf_channel_state(pair.client), HF_CHANNEL_OPEN);
    channel_pair_free(&pair);
}

static void origin_without_bytes_or_too_long__is_invalid(void **state)
{
    const struct channel_setup *setup = *state;
    static const uint8_t origin[201] = {'o'};
    struct hf_channel *server = NULL;
    for (size_t len = 0; len <= sizeof origin; len++) {
        bool good = len > 0 && len <= 200;
        enum hf_status status = hf_channel_server_new(hf_slice_of(origin, len), &setup->server_static,
                                                      &setup->server_ephemeral, 0, &server);
        assert_int_equal(status, good ? HF_OK : HF_ERR_INVALID);
        assert_int_equal(server != NULL, good);
        hf_channel_free(server);
        server = NULL;
    }
}

static void server_key_of_small_order__is_refused(void **state)
{
    const struct channel_setup *setup = *state;
    const uint8_t point[HF_DH_BYTES] = {1};
    struct hf_channel *client = NULL;
    assert_int_equal(hf_channel_client_new(hf_slice_str("o"), &setup->enrolment_id, &setup->client_static, point,
                                           setup->client_psk, &setup->client_ephemeral, 0, &client),
                     HF_ERR_AUTH);
    assert_null(client);
}

/* --- rekey --- */

static void rekey__is_due_after_an_hour(void **state)
{
    (void)state;
    struct channel_pair pair;
    channel_pair_open(&pair);
    assert_false(hf_channel_wants_rekey(pair.client, SUPPORT_NOW_MS));
    assert_false(hf_channel_wants_rekey(pair.client, SUPPORT_NOW_MS + HF_CHANNEL_REKEY_MS - 1));
    assert_true(hf_channel_wants_rekey(pair.client, SUPPORT_NOW_MS + HF_CHANNEL_REKEY_MS));
    assert_true(hf_channel_wants_rekey(pair.server, UINT64_MAX));
    assert_false(hf_channel_wants_rekey(pair.server, 0));
    channel_pair_free(&pair);
}

static void rekey__is_due_after_enough_frames_in_one_direction(void **state)
{
    (void)state;
    struct channel_pair pair;
    channel_pair_open(&pair);
    struct hf_buf message = {0};
    for (unsigned frames = 1; frames <= HF_CHANNEL_REKEY_FRAMES; frames++) {
        assert_int_equal(hf_channel_send(pair.client, hf_slice_of(NULL, 0)), HF_OK);
        if (frames == HF_CHANNEL_REKEY_FRAMES)
            assert_true(hf_channel_wants_rekey(pair.client, SUPPORT_NOW_MS));
        else if (frames % 4096 != 0 && frames != HF_CHANNEL_REKEY_FRAMES - 1)
            continue;
        else
            assert_false(hf_channel_wants_rekey(pair.client, SUPPORT_NOW_MS));
        assert_false(hf_channel_wants_rekey(pair.server, SUPPORT_NOW_MS));
        assert_int_equal(carry(pair.client, pair.server), HF_OK);
        while (hf_channel_next(pair.server, &message))
            assert_int_equal(message.len, 0);
    }
    assert_true(hf_channel_wants_rekey(pair.server, SUPPORT_NOW_MS));
    assert_int_equal(hf_channel_state(pair.server), HF_CHANNEL_OPEN);
    hf_buf_clear(&message);
    channel_pair_free(&pair);
}

/* --- fixed bytes --- */

static void safety_code__is_six_numbers_of_the_hash(void **state)
{
    (void)state;
    char code[HF_SAFETY_CODE_TEXT_BYTES];
    uint8_t hash[HF_HASH_BYTES] = {0, 0, 0,    0,    0, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 1, 0x86, 0xA0, 0,
                                   0, 1, 0x86, 0x9F, 1, 0,    0,    0,    0,    0,    0, 0, 0, 7,    9,    9};
    hf_channel_safety_code(hash, code);
    /* 2^40 - 1 = 1099511627775; 0x186A0 = 100000; 0x1869F = 99999; 2^32 = 4294967296 */
    assert_string_equal(code, "00000 27775 00000 99999 67296 00007");
}

#define VECTOR_LINE_BYTES_MAX 512

/* Tests run in a build folder somewhere below the root. */
static FILE *open_vectors(void)
{
    static const char *const places[] = {"tests/vectors/channel.txt", "../tests/vectors/channel.txt",
                                         "../../tests/vectors/channel.txt", "../../../tests/vectors/channel.txt"};
    FILE *file = NULL;
    for (size_t i = 0; !file && i < sizeof places / sizeof *places; i++)
        file = fopen(places[i], "r");
    if (!file)
        fail_msg("tests/vectors/channel.txt is not above this folder: run the test in a build folder inside the tree");
    return file;
}

static void vector_text(const char *name, char out[VECTOR_LINE_BYTES_MAX])
{
    FILE *file = open_vectors();
    char line[VECTOR_LINE_BYTES_MAX];
    size_t len = strlen(name);
    bool found = false;
    while (!found && fgets(line, sizeof line, file))
        found = strncmp(line, name, len) == 0 && line[len] == ' ';
    fclose(file);
    if (!found)
        fail_msg("tests/vectors/channel.txt has no %s", name);
    line[strcspn(line, "\n")] = '\0';
    memmove(out, line + len + 1, strlen(line + len + 1) + 1);
}

static void vector_bytes(const char *name, struct hf_buf *out)
{
    char text[VECTOR_LINE_BYTES_MAX];
    vector_text(name, text);
    hf_buf_reset(out);
    hf_buf_append_zeros(out, strlen(text) / 2);
    assert_int_equal(hf_text_unhex(hf_slice_str(text), out->data, out->len), HF_OK);
}

static void vector_array(const char *name, uint8_t *out, size_t len)
{
    struct hf_buf bytes = {0};
    vector_bytes(name, &bytes);
    assert_int_equal(bytes.len, len);
    memcpy(out, bytes.data, len);
    hf_buf_clear(&bytes);
}

static void vector_dh_key(const char *name, struct hf_dh_key *out)
{
    uint8_t seed[HF_DH_BYTES];
    vector_array(name, seed, sizeof seed);
    hf_dh_key_from_seed(seed, out);
}

static void load_golden(struct channel_setup *setup, char origin[VECTOR_LINE_BYTES_MAX])
{
    vector_text("origin", origin);
    setup->client_origin = setup->server_origin = origin;
    vector_array("enrolment_id", setup->enrolment_id.bytes, HF_ID_BYTES);
    vector_dh_key("client_static_secret", &setup->client_static);
    vector_dh_key("client_ephemeral_secret", &setup->client_ephemeral);
    vector_dh_key("server_static_secret", &setup->server_static);
    vector_dh_key("server_ephemeral_secret", &setup->server_ephemeral);
    vector_array("server_static_public", setup->server_key_at_client, HF_DH_BYTES);
    vector_array("psk", setup->client_psk, HF_KEY_BYTES);
    vector_array("psk", setup->server_psk, HF_KEY_BYTES);
}

/* What `from` wants to write must be these bytes; then `to` gets them. */
static void carry_golden(struct hf_channel *from, struct hf_channel *to, const char *name)
{
    struct hf_buf expected = {0};
    vector_bytes(name, &expected);
    struct hf_slice output = hf_channel_output(from);
    assert_int_equal(output.len, expected.len);
    assert_memory_equal(output.data, expected.data, expected.len);
    hf_buf_clear(&expected);
    assert_int_equal(carry(from, to), HF_OK);
}

static void send_golden(struct hf_channel *from, struct hf_channel *to, const char *message, const char *frame)
{
    struct hf_buf bytes = {0};
    vector_bytes(message, &bytes);
    assert_int_equal(hf_channel_send(from, hf_buf_slice(&bytes)), HF_OK);
    carry_golden(from, to, frame);
    expect_message(to, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
}

static void fixed_keys__give_the_bytes_of_the_golden_vector(void **state)
{
    struct channel_setup *setup = *state;
    char origin[VECTOR_LINE_BYTES_MAX];
    char code[HF_SAFETY_CODE_TEXT_BYTES];
    char expected_code[VECTOR_LINE_BYTES_MAX];
    uint8_t hash[HF_HASH_BYTES];
    struct channel_pair pair;
    load_golden(setup, origin);
    channel_pair_new(&pair, setup);
    carry_golden(pair.client, pair.server, "hello");
    assert_int_equal(hf_channel_give_psk(pair.server, setup->server_psk), HF_OK);
    carry_golden(pair.server, pair.client, "answer");

    vector_array("handshake_hash", hash, sizeof hash);
    assert_memory_equal(hf_channel_handshake_hash(pair.client), hash, sizeof hash);
    vector_text("safety_code", expected_code);
    hf_channel_safety_code(hash, code);
    assert_string_equal(code, expected_code);

    send_golden(pair.client, pair.server, "client_message", "client_frame");
    send_golden(pair.server, pair.client, "server_message", "server_frame");
    channel_pair_free(&pair);
}

static int start_crypto(void **state)
{
    (void)state;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

#define CHANNEL_TEST(name) cmocka_unit_test_setup(name, begin)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHANNEL_TEST(handshake__opens_both_sides),
        CHANNEL_TEST(open_channel__carries_messages_both_ways),
        CHANNEL_TEST(each_side__knows_the_other),
        CHANNEL_TEST(zero_enrolment_id__is_that_of_an_enrolled_device),
        CHANNEL_TEST(hello__may_arrive_in_single_bytes),
        CHANNEL_TEST(answer_and_first_frame__may_arrive_in_one_piece),
        CHANNEL_TEST(hello_with_any_bit_flipped__is_refused),
        CHANNEL_TEST(answer_with_any_bit_flipped__is_refused),
        CHANNEL_TEST(wrong_origin__is_refused),
        CHANNEL_TEST(wrong_server_key__is_refused),
        CHANNEL_TEST(wrong_enrolment_id__is_refused),
        CHANNEL_TEST(wrong_psk__never_opens_the_client),
        CHANNEL_TEST(hello__needs_both_mac1_and_handshake),
        CHANNEL_TEST(replayed_hello__gives_no_way_to_speak),
        CHANNEL_TEST(bytes_between_hello_and_answer__are_refused),
        CHANNEL_TEST(calls_at_the_wrong_moment__change_nothing),
        CHANNEL_TEST(origin_without_bytes_or_too_long__is_invalid),
        CHANNEL_TEST(server_key_of_small_order__is_refused),
        CHANNEL_TEST(rekey__is_due_after_an_hour),
        CHANNEL_TEST(rekey__is_due_after_enough_frames_in_one_direction),
        CHANNEL_TEST(safety_code__is_six_numbers_of_the_hash),
        CHANNEL_TEST(fixed_keys__give_the_bytes_of_the_golden_vector),
    };
    return cmocka_run_group_tests_name("channel", tests, start_crypto, NULL);
}
