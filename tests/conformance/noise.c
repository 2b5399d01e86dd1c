/* Runs published Noise vectors (cacophony JSON) of the one pattern we speak: handshake messages with their payloads,
 * handshake hash, transport messages, both sides.
 *
 *   conformance_noise FILE...      last line "N passed, M failed"; exit 1 on a failure or when nothing ran */
#include "protocol/noise.h"
#include "core/base/text.h"
#include "core/json/json.h"

#include <stdio.h>
#include <string.h>

#define OUR_PATTERN "Noise_IKpsk2_25519_ChaChaPoly_SHA256"

struct tally {
    unsigned passed;
    unsigned failed;
    unsigned skipped;
};

struct sides {
    struct hf_noise initiator, responder;
    struct hf_noise_cipher initiator_sends, initiator_receives, responder_sends, responder_receives;
    uint8_t initiator_psk[HF_KEY_BYTES], responder_psk[HF_KEY_BYTES];
};

static bool complain(const char *what)
{
    printf("  %s\n", what);
    return false;
}

/* --- reading --- */

static bool append_hex(const json_t *object, const char *key, struct hf_buf *out)
{
    const char *text;
    if (hf_json_get_text(object, key, 0, &text, NULL) != HF_OK)
        return false;
    size_t len = strlen(text) / 2;
    hf_buf_append_zeros(out, len);
    return hf_buf_status(out) == HF_OK && hf_text_unhex(hf_slice_str(text), out->data, len) == HF_OK;
}

static bool get_key(const json_t *object, const char *key, uint8_t out[HF_KEY_BYTES])
{
    const char *text;
    return hf_json_get_text(object, key, 0, &text, NULL) == HF_OK &&
           hf_text_unhex(hf_slice_str(text), out, HF_KEY_BYTES) == HF_OK;
}

static bool get_dh_key(const json_t *object, const char *key, struct hf_dh_key *out)
{
    uint8_t seed[HF_DH_BYTES];
    if (!get_key(object, key, seed))
        return false;
    hf_dh_key_from_seed(seed, out);
    return true;
}

static bool get_psk(const json_t *object, const char *key, uint8_t out[HF_KEY_BYTES])
{
    json_t *psks;
    if (hf_json_get_array(object, key, &psks, NULL) != HF_OK || json_array_size(psks) != 1)
        return false;
    const char *text = json_string_value(json_array_get(psks, 0));
    return text && hf_text_unhex(hf_slice_str(text), out, HF_KEY_BYTES) == HF_OK;
}

static bool set_up(const json_t *vector, struct sides *sides)
{
    struct hf_dh_key initiator_static, initiator_ephemeral, responder_static, responder_ephemeral;
    uint8_t remote_static[HF_DH_BYTES];
    struct hf_buf initiator_prologue = {0};
    struct hf_buf responder_prologue = {0};
    bool good = get_dh_key(vector, "init_static", &initiator_static) &&
                get_dh_key(vector, "init_ephemeral", &initiator_ephemeral) &&
                get_dh_key(vector, "resp_static", &responder_static) &&
                get_dh_key(vector, "resp_ephemeral", &responder_ephemeral) &&
                get_key(vector, "init_remote_static", remote_static) &&
                get_psk(vector, "init_psks", sides->initiator_psk) &&
                get_psk(vector, "resp_psks", sides->responder_psk) &&
                append_hex(vector, "init_prologue", &initiator_prologue) &&
                append_hex(vector, "resp_prologue", &responder_prologue);
    if (good) {
        hf_noise_init(&sides->initiator, true, hf_buf_slice(&initiator_prologue), &initiator_static, remote_static,
                      &initiator_ephemeral);
        hf_noise_init(&sides->responder, false, hf_buf_slice(&responder_prologue), &responder_static, NULL,
                      &responder_ephemeral);
    }
    hf_buf_clear(&initiator_prologue);
    hf_buf_clear(&responder_prologue);
    return good || complain("keys, psk or prologue are missing or not hex");
}

/* --- running --- */

static enum hf_status write_message(struct sides *sides, size_t number, struct hf_slice payload, struct hf_buf *out)
{
    if (number == 0)
        return hf_noise_write1(&sides->initiator, payload, out);
    if (number == 1)
        return hf_noise_write2(&sides->responder, sides->responder_psk, payload, out);
    return hf_noise_encrypt(number % 2 == 0 ? &sides->initiator_sends : &sides->responder_sends, payload, out);
}

static enum hf_status read_message(struct sides *sides, size_t number, struct hf_slice message, struct hf_buf *out)
{
    if (number == 0)
        return hf_noise_read1(&sides->responder, message, out);
    if (number == 1)
        return hf_noise_read2(&sides->initiator, sides->initiator_psk, message, out);
    return hf_noise_decrypt(number % 2 == 0 ? &sides->responder_receives : &sides->initiator_receives, message, out);
}

static bool run_message(struct sides *sides, size_t number, const json_t *message)
{
    struct hf_buf payload = {0};
    struct hf_buf expected = {0};
    struct hf_buf written = {0};
    struct hf_buf read = {0};
    bool good = append_hex(message, "payload", &payload) && append_hex(message, "ciphertext", &expected);
    if (!good)
        complain("a message is not hex");
    good = good && write_message(sides, number, hf_buf_slice(&payload), &written) == HF_OK &&
           hf_slice_equal(hf_buf_slice(&written), hf_buf_slice(&expected)) &&
           read_message(sides, number, hf_buf_slice(&expected), &read) == HF_OK &&
           hf_slice_equal(hf_buf_slice(&read), hf_buf_slice(&payload));
    if (!good)
        printf("  message %zu differs\n", number);
    hf_buf_clear(&payload);
    hf_buf_clear(&expected);
    hf_buf_clear(&written);
    hf_buf_clear(&read);
    return good;
}

static bool check_split(const json_t *vector, struct sides *sides)
{
    uint8_t expected[HF_HASH_BYTES], initiator[HF_HASH_BYTES], responder[HF_HASH_BYTES];
    if (!get_key(vector, "handshake_hash", expected))
        return complain("the handshake hash is missing");
    hf_noise_split(&sides->initiator, &sides->initiator_sends, &sides->initiator_receives, initiator);
    hf_noise_split(&sides->responder, &sides->responder_sends, &sides->responder_receives, responder);
    if (memcmp(initiator, expected, HF_HASH_BYTES) != 0 || memcmp(responder, expected, HF_HASH_BYTES) != 0)
        return complain("the handshake hash differs");
    return true;
}

static bool run_vector(const json_t *vector)
{
    struct sides sides = {0};
    json_t *messages;
    if (hf_json_get_array(vector, "messages", &messages, NULL) != HF_OK || json_array_size(messages) < 3)
        return complain("fewer than three messages");
    if (!set_up(vector, &sides))
        return false;
    for (size_t i = 0; i < json_array_size(messages); i++) {
        if (i == 2 && !check_split(vector, &sides))
            return false;
        if (!run_message(&sides, i, json_array_get(messages, i)))
            return false;
    }
    return true;
}

static void run_vectors(const json_t *vectors, struct tally *tally)
{
    for (size_t i = 0; i < json_array_size(vectors); i++) {
        const json_t *vector = json_array_get(vectors, i);
        const char *name;
        if (hf_json_get_text(vector, "protocol_name", 0, &name, NULL) != HF_OK)
            name = "a vector without a name";
        else if (strcmp(name, OUR_PATTERN) != 0) {
            tally->skipped++;
            continue;
        }
        bool good = strcmp(name, OUR_PATTERN) == 0 && run_vector(vector);
        printf("%s: %s\n", name, good ? "passed" : "FAILED");
        tally->passed += good;
        tally->failed += !good;
    }
}

static void run_file(const char *path, struct tally *tally)
{
    json_t *root = NULL;
    json_t *vectors;
    struct hf_error err = {0};
    if (hf_json_load_file(path, &root, &err) != HF_OK || hf_json_get_array(root, "vectors", &vectors, &err) != HF_OK) {
        printf("%s: %s\n", path, err.text);
        tally->failed++;
    } else {
        run_vectors(vectors, tally);
    }
    json_decref(root);
}

int main(int argc, char **argv)
{
    struct tally tally = {0};
    if (hf_crypto_init(false) != HF_OK) {
        fprintf(stderr, "conformance_noise: libsodium does not start\n");
        return 1;
    }
    for (int i = 1; i < argc; i++)
        run_file(argv[i], &tally);
    printf("%u skipped: other patterns\n", tally.skipped);
    printf("%u passed, %u failed\n", tally.passed, tally.failed);
    return tally.failed > 0 || tally.passed == 0;
}
