/* A peer that knows the keys and says anything: the input is a list of steps, each a plaintext that is sealed as the
 * next frame, or raw bytes. What the channel makes of frames is compared with a model a few lines long.
 *
 * Step: kind u8, length u16, then that many bytes (fewer at the end of the input). */
#include "core/base/assert.h"
#include "protocol/channel.h"

#include <string.h>

#define ORIGIN       "log.example.org/holdfast"
#define STEP_BYTES   3
#define REPEATED_MAX 65535

enum step {
    STEP_FRAME,    /* the bytes are a plaintext, `more` first */
    STEP_REPEATED, /* a plaintext of `length` bytes: the first byte, then zeros; reaches 1 MiB with few bytes of input
                    */
    STEP_PIECES,   /* as STEP_FRAME, and the frame arrives in single bytes */
    STEP_RAW,      /* the bytes arrive as they are */
    STEP_COUNT
};

static struct hf_dh_key client_static, client_ephemeral, server_static, server_ephemeral;
static uint8_t psk[HF_KEY_BYTES];

struct world {
    struct hf_channel *server;
    struct hf_noise_cipher send;
    struct hf_buf expected; /* the message that grows, by the model */
    bool growing;
    bool alive;  /* by the model; not asked any more once raw bytes were sent */
    bool spoilt; /* raw bytes were sent */
};

static void dh_key_of(uint8_t fill, struct hf_dh_key *out)
{
    uint8_t seed[HF_DH_BYTES];
    memset(seed, fill, sizeof seed);
    hf_dh_key_from_seed(seed, out);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    HF_ASSERT(hf_crypto_init(false) == HF_OK);
    dh_key_of(1, &client_static);
    dh_key_of(2, &client_ephemeral);
    dh_key_of(3, &server_static);
    dh_key_of(4, &server_ephemeral);
    return 0;
}

static void open_world(struct world *world)
{
    struct hf_id enrolment_id = hf_id_zero();
    struct hf_channel *client = NULL;
    struct hf_noise noise;
    struct hf_noise_cipher receive;
    struct hf_buf buf = {0};
    uint8_t hash[HF_HASH_BYTES];
    *world = (struct world){.alive = true};
    HF_ASSERT(hf_channel_server_new(hf_slice_str(ORIGIN), &server_static, &server_ephemeral, 0, &world->server) ==
              HF_OK);
    HF_ASSERT(hf_channel_client_new(hf_slice_str(ORIGIN), &enrolment_id, &client_static, server_static.public_key, psk,
                                    &client_ephemeral, 0, &client) == HF_OK);
    HF_ASSERT(hf_channel_feed(world->server, hf_channel_output(client)) == HF_OK);
    HF_ASSERT(hf_channel_give_psk(world->server, psk) == HF_OK);
    hf_channel_free(client);

    hf_buf_append_str(&buf, "holdfast/1" ORIGIN);
    hf_buf_append_slice(&buf, hf_id_slice(&enrolment_id));
    hf_noise_init(&noise, true, hf_buf_slice(&buf), &client_static, server_static.public_key, &client_ephemeral);
    HF_ASSERT(hf_noise_write1(&noise, hf_slice_of(NULL, 0), &buf) == HF_OK);
    HF_ASSERT(hf_noise_read2(&noise, psk, hf_channel_output(world->server), &buf) == HF_OK);
    hf_noise_split(&noise, &world->send, &receive, hash);
    hf_channel_output_taken(world->server, HF_NOISE_MESSAGE2_BYTES);
    hf_buf_clear(&buf);
}

static void feed(struct world *world, struct hf_slice bytes, size_t piece)
{
    while (bytes.len > 0) {
        size_t len = bytes.len < piece ? bytes.len : piece;
        enum hf_status status = hf_channel_feed(world->server, hf_slice_of(bytes.data, len));
        HF_ASSERT((status != HF_OK) == (hf_channel_state(world->server) == HF_CHANNEL_DEAD));
        bytes = hf_slice_of(bytes.data + len, bytes.len - len);
    }
}

/* The rules of a frame, as formats.md words them. True when it completes a message. */
static bool model_frame(struct world *world, struct hf_slice plain)
{
    size_t part = plain.len > 0 ? plain.len - 1 : 0;
    bool more = plain.len > 0 && plain.data[0] == 1;
    bool good = plain.len > 0 && plain.data[0] <= 1 && (part > 0 || (!more && !world->growing)) &&
                world->expected.len + part <= HF_CHANNEL_MESSAGE_BYTES_MAX;
    if (!good) {
        world->alive = false;
        return false;
    }
    hf_buf_append(&world->expected, plain.data + 1, part);
    world->growing = more;
    return !more;
}

static void send_frame(struct world *world, struct hf_slice plain, size_t piece)
{
    struct hf_buf frame = {0};
    struct hf_buf message = {0};
    if (plain.len > HF_CHANNEL_FRAME_PLAIN_MAX)
        plain.len = HF_CHANNEL_FRAME_PLAIN_MAX;
    hf_buf_append_u16(&frame, (uint16_t)(plain.len + HF_TAG_BYTES));
    HF_ASSERT(hf_noise_encrypt(&world->send, plain, &frame) == HF_OK);
    feed(world, hf_buf_slice(&frame), piece);

    bool next = hf_channel_next(world->server, &message);
    if (world->spoilt) {
        HF_ASSERT(!next); /* raw bytes cannot be a frame, so nothing after them can be one either */
    } else {
        bool expects = world->alive && model_frame(world, plain);
        HF_ASSERT(next == expects);
        HF_ASSERT(world->alive == (hf_channel_state(world->server) == HF_CHANNEL_OPEN));
        HF_ASSERT(!next || hf_slice_equal(hf_buf_slice(&message), hf_buf_slice(&world->expected)));
        HF_ASSERT(!hf_channel_next(world->server, &message));
        if (next)
            hf_buf_reset(&world->expected);
    }
    hf_buf_clear(&frame);
    hf_buf_clear(&message);
}

static void send_repeated(struct world *world, uint8_t more, size_t len)
{
    struct hf_buf plain = {0};
    hf_buf_append_u8(&plain, more);
    hf_buf_append_zeros(&plain, len);
    send_frame(world, hf_buf_slice(&plain), REPEATED_MAX);
    hf_buf_clear(&plain);
}

static void run_step(struct world *world, enum step step, size_t length, struct hf_slice bytes)
{
    switch (step) {
    case STEP_FRAME:
        send_frame(world, bytes, REPEATED_MAX);
        break;
    case STEP_REPEATED:
        send_repeated(world, bytes.len > 0 ? bytes.data[0] : 1, length);
        break;
    case STEP_PIECES:
        send_frame(world, bytes, 1);
        break;
    default:
        world->spoilt |= bytes.len > 0;
        feed(world, bytes, REPEATED_MAX);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct world world;
    open_world(&world);
    while (size >= STEP_BYTES) {
        enum step step = data[0] % STEP_COUNT;
        size_t length = hf_get_u16(data + 1);
        data += STEP_BYTES;
        size -= STEP_BYTES;
        size_t taken = step == STEP_REPEATED ? 1 : length;
        taken = taken < size ? taken : size;
        run_step(&world, step, length, hf_slice_of(data, taken));
        data += taken;
        size -= taken;
    }
    hf_channel_free(world.server);
    hf_buf_clear(&world.expected);
    return 0;
}
