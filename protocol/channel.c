#include "protocol/channel.h"

#include "core/base/assert.h"
#include "core/log/note.h"
#include "protocol/frame.h"
#include "protocol/limits.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The hello: "HFS1" ‖ flags ‖ enrolment id ‖ mac1 ‖ message 1 */
#define FLAGS_AT      4
#define ENROLMENT_AT  6
#define MAC1_AT       22
#define MESSAGE1_AT   38
#define MAC1_BYTES    16
#define MAGIC_BYTES   4
#define PROLOGUE_TEXT "holdfast/1"

#define PROLOGUE_BYTES_MAX  (sizeof PROLOGUE_TEXT - 1 + HF_NOTE_NAME_BYTES_MAX + HF_ID_BYTES)
#define SAFETY_GROUPS       6
#define SAFETY_GROUP_BYTES  5
#define SAFETY_GROUP_DIGITS 5
#define SAFETY_GROUP_MODULO 100000

_Static_assert(MESSAGE1_AT + HF_NOISE_MESSAGE1_BYTES == HF_CHANNEL_HELLO_BYTES, "the hello is as long as it says");

static const uint8_t magic[MAGIC_BYTES] = {'H', 'F', 'S', '1'};

struct hf_channel {
    enum hf_channel_state state;
    enum hf_status failure; /* why it is dead */
    bool server;
    bool remote_known;
    uint64_t started_ms;
    struct hf_id enrolment_id;
    uint8_t remote_key[HF_DH_BYTES];
    uint8_t handshake_hash[HF_HASH_BYTES];

    /* until it is open */
    uint8_t origin[HF_NOTE_NAME_BYTES_MAX];
    size_t origin_len;
    struct hf_dh_key static_keys[HF_CHANNEL_KEYS_MAX]; /* server, until the handshake has its copy of one */
    size_t static_key_count, static_key_used;
    struct hf_dh_key ephemeral;
    uint8_t psk[HF_KEY_BYTES]; /* client */
    struct hf_noise noise;
    uint8_t greeting[HF_CHANNEL_HELLO_BYTES]; /* hello or message 2, as far as it has arrived */
    size_t greeting_len;

    /* from then on */
    struct hf_noise_cipher send;
    struct hf_noise_cipher receive;
    struct hf_frame_inbox inbox;

    struct hf_buf output;
    size_t output_taken;
};

/* --- life and death --- */

static void wipe_handshake(struct hf_channel *channel)
{
    hf_noise_clear(&channel->noise);
    hf_wipe(channel->static_keys, sizeof channel->static_keys);
    hf_wipe(&channel->ephemeral, sizeof channel->ephemeral);
    hf_wipe(channel->psk, sizeof channel->psk);
}

static void wipe_everything(struct hf_channel *channel)
{
    wipe_handshake(channel);
    hf_wipe(&channel->send, sizeof channel->send);
    hf_wipe(&channel->receive, sizeof channel->receive);
    hf_frame_wipe(&channel->inbox);
    hf_buf_clear(&channel->output);
    channel->output_taken = 0;
}

static enum hf_status die(struct hf_channel *channel, enum hf_status failure)
{
    wipe_everything(channel);
    channel->state = HF_CHANNEL_DEAD;
    channel->failure = failure;
    return failure;
}

static enum hf_status new_channel(struct hf_slice origin, uint64_t now_ms, struct hf_channel **out_channel)
{
    if (origin.len == 0 || origin.len > HF_NOTE_NAME_BYTES_MAX)
        return HF_ERR_INVALID;
    struct hf_channel *channel = calloc(1, sizeof *channel);
    if (!channel)
        return HF_ERR_NOMEM;
    channel->state = HF_CHANNEL_HANDSHAKE;
    channel->started_ms = now_ms;
    channel->origin_len = origin.len;
    memcpy(channel->origin, origin.data, origin.len);
    *out_channel = channel;
    return HF_OK;
}

void hf_channel_free(struct hf_channel *channel)
{
    if (!channel)
        return;
    wipe_everything(channel);
    free(channel);
}

/* --- hello --- */

static void mac1(const uint8_t server_key[HF_DH_BYTES], struct hf_slice message1, uint8_t out[MAC1_BYTES])
{
    uint8_t key[HF_KEY_BYTES];
    const struct hf_slice parts[] = {hf_slice_str("hf-mac1"), hf_slice_of(server_key, HF_DH_BYTES)};
    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, key, sizeof key);
    hf_blake2b(hf_slice_of(key, sizeof key), &message1, 1, out, MAC1_BYTES);
}

/* Starts the handshake when the enrolment id is known: it is part of the prologue. remote_static as in noise.h. */
static void start_noise(struct hf_channel *channel, const struct hf_dh_key *static_key, const uint8_t *remote_static,
                        const struct hf_dh_key *ephemeral)
{
    uint8_t bytes[PROLOGUE_BYTES_MAX];
    struct hf_buf prologue = {.data = bytes, .cap = sizeof bytes, .limit = sizeof bytes};
    hf_buf_append_str(&prologue, PROLOGUE_TEXT);
    hf_buf_append(&prologue, channel->origin, channel->origin_len);
    hf_buf_append_slice(&prologue, hf_id_slice(&channel->enrolment_id));
    HF_ASSERT(hf_buf_status(&prologue) == HF_OK);
    hf_noise_init(&channel->noise, !channel->server, hf_buf_slice(&prologue), static_key, remote_static, ephemeral);
}

static enum hf_status write_hello(struct hf_channel *channel)
{
    struct hf_buf message1 = {0};
    enum hf_status status = hf_noise_write1(&channel->noise, hf_slice_of(NULL, 0), &message1);
    if (status == HF_OK) {
        uint8_t mac[MAC1_BYTES];
        mac1(channel->remote_key, hf_buf_slice(&message1), mac);
        hf_buf_append(&channel->output, magic, sizeof magic);
        hf_buf_append_u16(&channel->output, 0);
        hf_buf_append_slice(&channel->output, hf_id_slice(&channel->enrolment_id));
        hf_buf_append(&channel->output, mac, sizeof mac);
        hf_buf_append_slice(&channel->output, hf_buf_slice(&message1));
        status = hf_buf_status(&channel->output);
    }
    hf_buf_clear(&message1);
    return status;
}

enum hf_status hf_channel_client_new(struct hf_slice origin, const struct hf_id *enrolment_id,
                                     const struct hf_dh_key *static_key, const uint8_t server_key[HF_DH_BYTES],
                                     const uint8_t psk[HF_KEY_BYTES], const struct hf_dh_key *ephemeral,
                                     uint64_t now_ms, struct hf_channel **out_channel)
{
    struct hf_channel *channel = NULL;
    enum hf_status status = new_channel(origin, now_ms, &channel);
    if (status != HF_OK)
        return status;
    channel->remote_known = true;
    channel->enrolment_id = *enrolment_id;
    memcpy(channel->remote_key, server_key, HF_DH_BYTES);
    memcpy(channel->psk, psk, HF_KEY_BYTES);
    start_noise(channel, static_key, server_key, ephemeral);
    status = write_hello(channel);
    if (status != HF_OK) {
        hf_channel_free(channel);
        return status;
    }
    *out_channel = channel;
    return HF_OK;
}

enum hf_status hf_channel_server_new(struct hf_slice origin, const struct hf_dh_key *static_key,
                                     const struct hf_dh_key *ephemeral, uint64_t now_ms,
                                     struct hf_channel **out_channel)
{
    struct hf_channel *channel = NULL;
    enum hf_status status = new_channel(origin, now_ms, &channel);
    if (status != HF_OK)
        return status;
    channel->server = true;
    channel->static_keys[channel->static_key_count++] = *static_key;
    channel->ephemeral = *ephemeral;
    *out_channel = channel;
    return HF_OK;
}

enum hf_status hf_channel_server_also(struct hf_channel *channel, const struct hf_dh_key *static_key)
{
    HF_ASSERT(channel->server && channel->greeting_len == 0);
    if (channel->static_key_count == HF_CHANNEL_KEYS_MAX)
        return HF_ERR_LIMIT;
    channel->static_keys[channel->static_key_count++] = *static_key;
    return HF_OK;
}

size_t hf_channel_key_used(const struct hf_channel *channel)
{
    return channel->static_key_used;
}

/* --- handshake --- */

/* The cheap checks first: a stranger who does not know the server's key costs two hashes for each key and no X25519. */
static enum hf_status check_hello(struct hf_channel *channel)
{
    const uint8_t *hello = channel->greeting;
    if (memcmp(hello, magic, sizeof magic) != 0 || hf_get_u16(hello + FLAGS_AT) != 0)
        return HF_ERR_PROTOCOL;
    for (size_t i = 0; i < channel->static_key_count; i++) {
        uint8_t mac[MAC1_BYTES];
        mac1(channel->static_keys[i].public_key, hf_slice_of(hello + MESSAGE1_AT, HF_NOISE_MESSAGE1_BYTES), mac);
        channel->static_key_used = i;
        if (hf_secret_equal(mac, hello + MAC1_AT, sizeof mac))
            return HF_OK;
    }
    return HF_ERR_AUTH;
}

static enum hf_status read_hello(struct hf_channel *channel)
{
    enum hf_status status = check_hello(channel);
    if (status != HF_OK)
        return status;
    channel->enrolment_id = hf_id_from_bytes(channel->greeting + ENROLMENT_AT);
    start_noise(channel, &channel->static_keys[channel->static_key_used], NULL, &channel->ephemeral);
    hf_wipe(channel->static_keys, sizeof channel->static_keys);
    hf_wipe(&channel->ephemeral, sizeof channel->ephemeral);

    struct hf_buf payload = {0};
    struct hf_slice message1 = hf_slice_of(channel->greeting + MESSAGE1_AT, HF_NOISE_MESSAGE1_BYTES);
    status = hf_noise_read1(&channel->noise, message1, &payload);
    hf_buf_clear(&payload);
    if (status != HF_OK)
        return status;
    memcpy(channel->remote_key, channel->noise.remote_static, HF_DH_BYTES);
    channel->remote_known = true;
    channel->state = HF_CHANNEL_WANTS_PSK;
    return HF_OK;
}

static void open_channel(struct hf_channel *channel)
{
    hf_noise_split(&channel->noise, &channel->send, &channel->receive, channel->handshake_hash);
    wipe_handshake(channel);
    channel->state = HF_CHANNEL_OPEN;
}

static enum hf_status read_answer(struct hf_channel *channel)
{
    struct hf_buf payload = {0};
    struct hf_slice message2 = hf_slice_of(channel->greeting, HF_NOISE_MESSAGE2_BYTES);
    enum hf_status status = hf_noise_read2(&channel->noise, channel->psk, message2, &payload);
    hf_buf_clear(&payload);
    if (status == HF_OK)
        open_channel(channel);
    return status;
}

enum hf_status hf_channel_give_psk(struct hf_channel *channel, const uint8_t psk[HF_KEY_BYTES])
{
    if (channel->state != HF_CHANNEL_WANTS_PSK)
        return HF_ERR_STATE;
    enum hf_status status = hf_noise_write2(&channel->noise, psk, hf_slice_of(NULL, 0), &channel->output);
    if (status != HF_OK)
        return die(channel, status);
    open_channel(channel);
    return HF_OK;
}

static enum hf_status feed_handshake(struct hf_channel *channel, struct hf_slice *bytes)
{
    size_t whole = channel->server ? HF_CHANNEL_HELLO_BYTES : HF_NOISE_MESSAGE2_BYTES;
    size_t missing = whole - channel->greeting_len;
    size_t len = bytes->len < missing ? bytes->len : missing;
    if (len == 0)
        return HF_OK;
    memcpy(channel->greeting + channel->greeting_len, bytes->data, len);
    channel->greeting_len += len;
    *bytes = hf_slice_of(bytes->data + len, bytes->len - len);
    if (channel->greeting_len < whole)
        return HF_OK;
    return channel->server ? read_hello(channel) : read_answer(channel);
}

/* --- open --- */

enum hf_status hf_channel_feed(struct hf_channel *channel, struct hf_slice bytes)
{
    if (channel->state == HF_CHANNEL_DEAD)
        return channel->failure;
    if (hf_frame_waiting(&channel->inbox))
        return HF_ERR_STATE;

    enum hf_status status = HF_OK;
    if (channel->state == HF_CHANNEL_HANDSHAKE)
        status = feed_handshake(channel, &bytes);
    if (status == HF_OK && channel->state == HF_CHANNEL_OPEN)
        status = hf_frame_feed(&channel->inbox, &channel->receive, bytes);
    else if (status == HF_OK && bytes.len > 0)
        status = HF_ERR_PROTOCOL; /* a client has nothing to say between its hello and our answer */
    return status == HF_OK ? HF_OK : die(channel, status);
}

bool hf_channel_waiting(const struct hf_channel *channel)
{
    return channel->state != HF_CHANNEL_DEAD && hf_frame_waiting(&channel->inbox);
}

size_t hf_channel_waiting_bytes(const struct hf_channel *channel)
{
    return hf_channel_waiting(channel) ? hf_frame_waiting_bytes(&channel->inbox) : 0;
}

bool hf_channel_next(struct hf_channel *channel, struct hf_buf *out_message)
{
    if (!hf_frame_waiting(&channel->inbox))
        return false;
    enum hf_status status = hf_frame_take(&channel->inbox, out_message);
    if (status != HF_OK)
        (void)die(channel, status);
    return status == HF_OK;
}

/* Moves what is still to be written to the front when at least as much was taken, so that each byte moves once at most
 * for each byte that leaves. */
static void drop_taken(struct hf_channel *channel)
{
    struct hf_buf *output = &channel->output;
    size_t left = output->len - channel->output_taken;
    if (channel->output_taken == 0 || left > channel->output_taken)
        return;
    if (left > 0)
        memmove(output->data, output->data + channel->output_taken, left);
    output->len = left;
    channel->output_taken = 0;
}

enum hf_status hf_channel_send(struct hf_channel *channel, struct hf_slice message)
{
    if (channel->state != HF_CHANNEL_OPEN)
        return HF_ERR_STATE;
    if (message.len > HF_CHANNEL_MESSAGE_BYTES_MAX)
        return HF_ERR_LIMIT;
    size_t waiting = channel->output.len - channel->output_taken;
    if (hf_frame_sealed_bytes(message.len) > HF_LIMIT_OUTPUT_BYTES - waiting)
        return HF_ERR_BUSY;
    drop_taken(channel);
    enum hf_status status = hf_frame_seal(&channel->send, message, &channel->output);
    return status == HF_OK ? HF_OK : die(channel, status);
}

struct hf_slice hf_channel_output(const struct hf_channel *channel)
{
    size_t left = channel->output.len - channel->output_taken;
    return hf_slice_of(left ? channel->output.data + channel->output_taken : NULL, left);
}

void hf_channel_output_taken(struct hf_channel *channel, size_t len)
{
    HF_ASSERT(len <= channel->output.len - channel->output_taken);
    channel->output_taken += len;
    if (channel->output_taken == channel->output.len) {
        hf_buf_clear(&channel->output);
        channel->output_taken = 0;
    }
}

/* --- asked from outside --- */

enum hf_channel_state hf_channel_state(const struct hf_channel *channel)
{
    return channel->state;
}

const uint8_t *hf_channel_remote_key(const struct hf_channel *channel)
{
    return channel->remote_known ? channel->remote_key : NULL;
}

const struct hf_id *hf_channel_enrolment_id(const struct hf_channel *channel)
{
    return channel->remote_known ? &channel->enrolment_id : NULL;
}

const uint8_t *hf_channel_handshake_hash(const struct hf_channel *channel)
{
    return channel->state == HF_CHANNEL_OPEN ? channel->handshake_hash : NULL;
}

bool hf_channel_wants_rekey(const struct hf_channel *channel, uint64_t now_ms)
{
    bool old = now_ms >= channel->started_ms && now_ms - channel->started_ms >= HF_CHANNEL_REKEY_MS;
    return old || channel->send.nonce >= HF_CHANNEL_REKEY_FRAMES || channel->receive.nonce >= HF_CHANNEL_REKEY_FRAMES;
}

void hf_channel_safety_code(const uint8_t handshake_hash[HF_HASH_BYTES], char out[HF_SAFETY_CODE_TEXT_BYTES])
{
    char *at = out;
    for (size_t group = 0; group < SAFETY_GROUPS; group++) {
        uint64_t number = 0;
        for (size_t i = 0; i < SAFETY_GROUP_BYTES; i++)
            number = number << 8 | handshake_hash[group * SAFETY_GROUP_BYTES + i];
        if (group > 0)
            *at++ = ' ';
        snprintf(at, SAFETY_GROUP_DIGITS + 1, "%05u", (unsigned)(number % SAFETY_GROUP_MODULO));
        at += SAFETY_GROUP_DIGITS;
    }
}
