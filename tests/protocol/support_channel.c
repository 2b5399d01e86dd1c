#include "tests/protocol/support_channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void key_of(uint8_t first, uint8_t out[HF_KEY_BYTES])
{
    for (size_t i = 0; i < HF_KEY_BYTES; i++)
        out[i] = (uint8_t)(first + i);
}

static void dh_key_of(uint8_t first, struct hf_dh_key *out)
{
    uint8_t seed[HF_DH_BYTES];
    key_of(first, seed);
    hf_dh_key_from_seed(seed, out);
}

void channel_setup_init(struct channel_setup *setup)
{
    *setup = (struct channel_setup){.client_origin = "log.example.org/holdfast",
                                    .server_origin = "log.example.org/holdfast",
                                    .enrolment_id = {.bytes = {0xE1, 0xE2, 0xE3}}};
    dh_key_of(1, &setup->client_static);
    dh_key_of(2, &setup->client_ephemeral);
    dh_key_of(3, &setup->server_static);
    dh_key_of(4, &setup->server_ephemeral);
    key_of(5, setup->client_psk);
    key_of(5, setup->server_psk);
    memcpy(setup->server_key_at_client, setup->server_static.public_key, HF_DH_BYTES);
}

struct hf_channel *client_of(const struct channel_setup *setup)
{
    struct hf_channel *client = NULL;
    assert_int_equal(hf_channel_client_new(hf_slice_str(setup->client_origin), &setup->enrolment_id,
                                           &setup->client_static, setup->server_key_at_client, setup->client_psk,
                                           &setup->client_ephemeral, SUPPORT_NOW_MS, &client),
                     HF_OK);
    return client;
}

struct hf_channel *server_of(const struct channel_setup *setup)
{
    struct hf_channel *server = NULL;
    assert_int_equal(hf_channel_server_new(hf_slice_str(setup->server_origin), &setup->server_static,
                                           &setup->server_ephemeral, SUPPORT_NOW_MS, &server),
                     HF_OK);
    return server;
}

void channel_pair_new(struct channel_pair *pair, const struct channel_setup *setup)
{
    pair->client = client_of(setup);
    pair->server = server_of(setup);
}

void channel_pair_open(struct channel_pair *pair)
{
    struct channel_setup setup;
    channel_setup_init(&setup);
    channel_pair_new(pair, &setup);
    assert_int_equal(carry(pair->client, pair->server), HF_OK);
    assert_int_equal(hf_channel_give_psk(pair->server, setup.server_psk), HF_OK);
    assert_int_equal(carry(pair->server, pair->client), HF_OK);
    assert_int_equal(hf_channel_state(pair->client), HF_CHANNEL_OPEN);
    assert_int_equal(hf_channel_state(pair->server), HF_CHANNEL_OPEN);
}

void channel_pair_free(struct channel_pair *pair)
{
    hf_channel_free(pair->client);
    hf_channel_free(pair->server);
}

struct hf_buf take_output(struct hf_channel *channel)
{
    struct hf_buf taken = {0};
    struct hf_slice output = hf_channel_output(channel);
    hf_buf_append_slice(&taken, output);
    assert_int_equal(hf_buf_status(&taken), HF_OK);
    hf_channel_output_taken(channel, output.len);
    return taken;
}

enum hf_status carry(struct hf_channel *from, struct hf_channel *to)
{
    struct hf_buf bytes = take_output(from);
    enum hf_status status = feed_buf(to, &bytes);
    hf_buf_clear(&bytes);
    return status;
}

enum hf_status feed_buf(struct hf_channel *channel, const struct hf_buf *bytes)
{
    return hf_channel_feed(channel, hf_buf_slice(bytes));
}

void expect_message(struct hf_channel *channel, struct hf_slice expected)
{
    struct hf_buf message = {0};
    assert_true(hf_channel_next(channel, &message));
    assert_int_equal(message.len, expected.len);
    assert_true(hf_slice_equal(hf_buf_slice(&message), expected));
    hf_buf_clear(&message);
}

void expect_no_message(struct hf_channel *channel)
{
    struct hf_buf message = {0};
    assert_false(hf_channel_next(channel, &message));
    hf_buf_clear(&message);
}

void raw_client_open(struct raw_client *raw, struct hf_channel *server, const struct channel_setup *setup)
{
    struct hf_noise noise;
    struct hf_channel *client = client_of(setup);
    struct hf_buf hello = take_output(client);
    hf_channel_free(client);
    assert_int_equal(feed_buf(server, &hello), HF_OK);
    hf_buf_clear(&hello);
    assert_int_equal(hf_channel_give_psk(server, setup->server_psk), HF_OK);
    struct hf_buf answer = take_output(server);

    /* The same handshake once more: with the same keys it gives the same message 1. */
    struct hf_buf buf = {0};
    uint8_t hash[HF_HASH_BYTES];
    hf_buf_append_str(&buf, "holdfast/1");
    hf_buf_append_str(&buf, setup->client_origin);
    hf_buf_append_slice(&buf, hf_id_slice(&setup->enrolment_id));
    hf_noise_init(&noise, true, hf_buf_slice(&buf), &setup->client_static, setup->server_key_at_client,
                  &setup->client_ephemeral);
    assert_int_equal(hf_noise_write1(&noise, hf_slice_of(NULL, 0), &buf), HF_OK);
    assert_int_equal(hf_noise_read2(&noise, setup->client_psk, hf_buf_slice(&answer), &buf), HF_OK);
    hf_noise_split(&noise, &raw->send, &raw->receive, hash);
    hf_noise_clear(&noise);
    hf_buf_clear(&answer);
    hf_buf_clear(&buf);
}

void raw_client_frame(struct raw_client *raw, struct hf_slice plain, struct hf_buf *out)
{
    hf_buf_append_u16(out, (uint16_t)(plain.len + HF_TAG_BYTES));
    assert_int_equal(hf_noise_encrypt(&raw->send, plain, out), HF_OK);
}

/* splitmix64 */
uint64_t next_random(uint64_t *state)
{
    *state += 0x9E3779B97F4A7C15u;
    uint64_t value = *state;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
    return value ^ (value >> 31);
}

void fill_pattern(struct hf_buf *out, size_t len)
{
    hf_buf_append_zeros(out, len);
    assert_int_equal(hf_buf_status(out), HF_OK);
    for (size_t i = 0; i < len; i++)
        out->data[out->len - len + i] = (uint8_t)(i * 31 + (i >> 8) * 7 + (i >> 16));
}
