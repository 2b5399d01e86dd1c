/* Bytes of a stranger into a server's channel. The first byte says how much help the stranger gets, so that the fuzzer
 * reaches what mac1 and the handshake guard; the second how large the pieces are that arrive. */
#include "core/base/assert.h"
#include "protocol/channel.h"

#include <string.h>

#define ORIGIN      "log.example.org/holdfast"
#define MAC1_AT     22
#define MESSAGE1_AT 38
#define MAC1_BYTES  16

enum help {
    HELP_NONE,
    HELP_MAC1,  /* magic, flags and mac1 are put right for what he sent */
    HELP_HELLO, /* a true hello is said for him; his bytes follow it */
    HELP_OPEN,  /* and the psk is given before they arrive */
    HELP_COUNT
};

static struct hf_dh_key client_static, client_ephemeral, server_static, server_ephemeral;
static uint8_t psk[HF_KEY_BYTES];

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

static void put_mac1_right(struct hf_buf *bytes)
{
    if (bytes->len < HF_CHANNEL_HELLO_BYTES)
        return;
    uint8_t key[HF_KEY_BYTES];
    const struct hf_slice parts[] = {hf_slice_str("hf-mac1"), hf_slice_of(server_static.public_key, HF_DH_BYTES)};
    struct hf_slice message1 = hf_slice_of(bytes->data + MESSAGE1_AT, HF_NOISE_MESSAGE1_BYTES);
    memcpy(bytes->data, "HFS1\0\0", 6);
    hf_blake2b(hf_slice_of(NULL, 0), parts, 2, key, sizeof key);
    hf_blake2b(hf_slice_of(key, sizeof key), &message1, 1, bytes->data + MAC1_AT, MAC1_BYTES);
}

static void say_hello(struct hf_channel *server)
{
    struct hf_id enrolment_id = hf_id_zero();
    struct hf_channel *client = NULL;
    HF_ASSERT(hf_channel_client_new(hf_slice_str(ORIGIN), &enrolment_id, &client_static, server_static.public_key, psk,
                                    &client_ephemeral, 0, &client) == HF_OK);
    HF_ASSERT(hf_channel_feed(server, hf_channel_output(client)) == HF_OK);
    HF_ASSERT(hf_channel_state(server) == HF_CHANNEL_WANTS_PSK);
    hf_channel_free(client);
}

/* Without the keys nothing he sends may become a message. */
static void feed_all(struct hf_channel *server, struct hf_slice bytes, size_t piece)
{
    struct hf_buf message = {0};
    enum hf_status status = HF_OK;
    while (bytes.len > 0) {
        size_t len = bytes.len < piece ? bytes.len : piece;
        enum hf_status now = hf_channel_feed(server, hf_slice_of(bytes.data, len));
        HF_ASSERT(status == HF_OK || now == status);
        status = now;
        HF_ASSERT((status != HF_OK) == (hf_channel_state(server) == HF_CHANNEL_DEAD));
        HF_ASSERT(!hf_channel_next(server, &message));
        if (hf_channel_state(server) == HF_CHANNEL_WANTS_PSK)
            HF_ASSERT(hf_channel_give_psk(server, psk) == HF_OK);
        bytes = hf_slice_of(bytes.data + len, bytes.len - len);
    }
    hf_buf_clear(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    enum help help = data[0] % HELP_COUNT;
    size_t piece = (size_t)data[1] + 1;
    struct hf_buf bytes = {0};
    struct hf_channel *server = NULL;
    hf_buf_append(&bytes, data + 2, size - 2);
    HF_ASSERT(hf_channel_server_new(hf_slice_str(ORIGIN), &server_static, &server_ephemeral, 0, &server) == HF_OK);
    if (help == HELP_MAC1)
        put_mac1_right(&bytes);
    if (help >= HELP_HELLO)
        say_hello(server);
    if (help == HELP_OPEN)
        HF_ASSERT(hf_channel_give_psk(server, psk) == HF_OK);
    feed_all(server, hf_buf_slice(&bytes), piece);
    hf_channel_free(server);
    hf_buf_clear(&bytes);
    return 0;
}
