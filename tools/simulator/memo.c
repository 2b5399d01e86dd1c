#include "tools/simulator/memo.h"

#include "core/model/payload.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define PLACES        16384        /* a power of two, for each function */
#define BYTES_MAX     (8u * 1024)  /* what is larger is worked out each time */
#define ALL_BYTES_MAX (32ul << 20) /* of everything remembered; then nothing more is */
#define PARTS         3
#define SEALED_BYTES  164 /* of a leaf: what stands before the fields that sealing fills */

enum table { VERIFIED, SEALED, CHECKED, OPENED, TABLES };

/* What was asked, then what was answered, one after the other. */
struct place {
    uint8_t *bytes;
    size_t asked_len, answer_len;
    int code;
};
static struct place places[TABLES][PLACES];
static struct place *taken[TABLES * PLACES]; /* so that forgetting a short run is short */
static size_t taken_count;
static struct sim_memo_counts counts;
static size_t all_bytes;
static bool is_used;

void sim_memo_use(bool yes)
{
    is_used = yes;
}

struct sim_memo_counts sim_memo_counts(void)
{
    return counts;
}

void sim_memo_forget(void)
{
    while (taken_count > 0) {
        struct place *place = taken[--taken_count];
        free(place->bytes);
        *place = (struct place){0};
    }
    all_bytes = 0;
}

/* --- places --------------------------------------------------------------------------------------------------------
 */

struct asked {
    struct place *place;
    struct hf_slice parts[PARTS];
};

static size_t length_of(const struct asked *asked)
{
    return asked->parts[0].len + asked->parts[1].len + asked->parts[2].len;
}

static bool is_known(const struct asked *asked)
{
    const struct place *place = asked->place;
    const uint8_t *at = place->bytes;
    if (!at || place->asked_len != length_of(asked))
        return false;
    for (size_t i = 0; i < PARTS; at += asked->parts[i++].len)
        if (asked->parts[i].len > 0 && memcmp(at, asked->parts[i].data, asked->parts[i].len) != 0)
            return false;
    counts.remembered++;
    return true;
}

static void remember(const struct asked *asked, int code, struct hf_slice answer)
{
    const size_t asked_len = length_of(asked), len = asked_len + answer.len;
    struct place *place = asked->place;
    counts.worked_out++;
    uint8_t *bytes = len <= BYTES_MAX && all_bytes + len <= ALL_BYTES_MAX ? malloc(len + 1) : NULL;
    if (!bytes)
        return;
    uint8_t *at = bytes;
    for (size_t i = 0; i < PARTS; at += asked->parts[i++].len)
        if (asked->parts[i].len > 0)
            memcpy(at, asked->parts[i].data, asked->parts[i].len);
    if (answer.len > 0)
        memcpy(at, answer.data, answer.len);
    if (!place->bytes)
        taken[taken_count++] = place;
    free(place->bytes);
    *place = (struct place){bytes, asked_len, answer.len, code};
    all_bytes += len;
}

static struct hf_slice answer_of(const struct asked *asked)
{
    return hf_slice_of(asked->place->bytes + asked->place->asked_len, asked->place->answer_len);
}

/* --- a signature: the program's own function goes before the library's of that name --- */

int crypto_sign_verify_detached(const unsigned char *sig, const unsigned char *m, unsigned long long mlen,
                                const unsigned char *pk)
{
    const struct asked asked = {&places[VERIFIED][hf_get_u32(sig) & (PLACES - 1)],
                                {hf_slice_of(sig, crypto_sign_BYTES), hf_slice_of(pk, crypto_sign_PUBLICKEYBYTES),
                                 hf_slice_of(m, (size_t)mlen)}};
    if (!is_used)
        return crypto_sign_ed25519_verify_detached(sig, m, mlen, pk);
    if (is_known(&asked))
        return asked.place->code;
    const int code = crypto_sign_ed25519_verify_detached(sig, m, mlen, pk);
    remember(&asked, code, hf_slice_of(NULL, 0));
    return code;
}

/* What was signed here fits, by what a signature is: the answer of the check is known with it. */
int crypto_sign_detached(unsigned char *sig, unsigned long long *siglen_p, const unsigned char *m,
                         unsigned long long mlen, const unsigned char *sk)
{
    const int code = crypto_sign_ed25519_detached(sig, siglen_p, m, mlen, sk);
    const uint8_t *pk = sk + crypto_sign_SEEDBYTES; /* a secret key ends with its public one */
    const struct asked asked = {&places[VERIFIED][hf_get_u32(sig) & (PLACES - 1)],
                                {hf_slice_of(sig, crypto_sign_BYTES), hf_slice_of(pk, crypto_sign_PUBLICKEYBYTES),
                                 hf_slice_of(m, (size_t)mlen)}};
    if (is_used && code == 0)
        remember(&asked, 0, hf_slice_of(NULL, 0));
    return code;
}

/* --- sealing --- */

enum hf_status __real_hf_payload_seal(const struct hf_class_key *key, struct hf_slice body, struct hf_leaf *leaf,
                                      struct hf_buf *out_payload);
enum hf_status __wrap_hf_payload_seal(const struct hf_class_key *key, struct hf_slice body, struct hf_leaf *leaf,
                                      struct hf_buf *out_payload);

/* The four fields that sealing fills, and the payload. */
static void take_sealed(struct hf_slice answer, struct hf_leaf *leaf, struct hf_buf *out_payload)
{
    const size_t fields = sizeof leaf->subject_tag + sizeof leaf->payload_hash + sizeof leaf->commitment;
    memcpy(leaf->subject_tag, answer.data, sizeof leaf->subject_tag);
    memcpy(leaf->payload_hash, answer.data + sizeof leaf->subject_tag, sizeof leaf->payload_hash);
    memcpy(leaf->commitment, answer.data + fields - sizeof leaf->commitment, sizeof leaf->commitment);
    leaf->payload_len = (uint32_t)(answer.len - fields);
    if (out_payload)
        hf_buf_append(out_payload, answer.data + fields, answer.len - fields);
}

enum hf_status __wrap_hf_payload_seal(const struct hf_class_key *key, struct hf_slice body, struct hf_leaf *leaf,
                                      struct hf_buf *out_payload)
{
    uint8_t bytes[HF_LEAF_BYTES];
    struct hf_buf payload = {0}, answer = {0};
    if (!is_used)
        return __real_hf_payload_seal(key, body, leaf, out_payload);
    hf_leaf_encode(leaf, bytes);
    const uint32_t at = hf_get_u32(leaf->prev) ^ hf_get_u32(leaf->device) ^ (uint32_t)(leaf->clock * 2654435761u);
    const struct asked asked = {&places[SEALED][at & (PLACES - 1)],
                                {hf_slice_of(key->key, sizeof key->key), hf_slice_of(bytes, SEALED_BYTES), body}};
    enum hf_status status = HF_OK;
    if (!is_known(&asked)) {
        status = __real_hf_payload_seal(key, body, leaf, &payload);
        hf_buf_append(&answer, leaf->subject_tag, sizeof leaf->subject_tag);
        hf_buf_append(&answer, leaf->payload_hash, sizeof leaf->payload_hash);
        hf_buf_append(&answer, leaf->commitment, sizeof leaf->commitment);
        hf_buf_append_slice(&answer, hf_buf_slice(&payload));
        if (status == HF_OK && hf_buf_status(&answer) == HF_OK)
            remember(&asked, HF_OK, hf_buf_slice(&answer));
        if (status == HF_OK && out_payload)
            hf_buf_append_slice(out_payload, hf_buf_slice(&payload));
    } else {
        take_sealed(answer_of(&asked), leaf, out_payload);
    }
    hf_buf_clear(&payload);
    hf_buf_clear(&answer);
    return status == HF_OK && out_payload ? hf_buf_status(out_payload) : status;
}

/* --- looking whether a body is what was sealed --- */

enum hf_status __real_hf_payload_check_opened(const struct hf_class_key *key, struct hf_slice body,
                                              const struct hf_leaf *leaf, struct hf_buf *out_payload);
enum hf_status __wrap_hf_payload_check_opened(const struct hf_class_key *key, struct hf_slice body,
                                              const struct hf_leaf *leaf, struct hf_buf *out_payload);

enum hf_status __wrap_hf_payload_check_opened(const struct hf_class_key *key, struct hf_slice body,
                                              const struct hf_leaf *leaf, struct hf_buf *out_payload)
{
    uint8_t bytes[HF_LEAF_BYTES];
    if (!is_used || out_payload)
        return __real_hf_payload_check_opened(key, body, leaf, out_payload);
    hf_leaf_encode(leaf, bytes);
    const struct asked asked = {&places[CHECKED][hf_get_u32(leaf->payload_hash) & (PLACES - 1)],
                                {hf_slice_of(key->key, sizeof key->key), hf_slice_of(bytes, sizeof bytes), body}};
    if (is_known(&asked))
        return (enum hf_status)asked.place->code;
    enum hf_status status = __real_hf_payload_check_opened(key, body, leaf, NULL);
    if (status == HF_OK || status == HF_ERR_AUTH)
        remember(&asked, (int)status, hf_slice_of(NULL, 0));
    return status;
}

/* --- opening --- */

enum hf_status __real_hf_payload_open(const struct hf_class_key *key, struct hf_slice payload,
                                      const struct hf_leaf *leaf, struct hf_buf *out_body);
enum hf_status __wrap_hf_payload_open(const struct hf_class_key *key, struct hf_slice payload,
                                      const struct hf_leaf *leaf, struct hf_buf *out_body);

enum hf_status __wrap_hf_payload_open(const struct hf_class_key *key, struct hf_slice payload,
                                      const struct hf_leaf *leaf, struct hf_buf *out_body)
{
    uint8_t bytes[HF_LEAF_BYTES];
    const size_t before = out_body->len;
    if (!is_used)
        return __real_hf_payload_open(key, payload, leaf, out_body);
    hf_leaf_encode(leaf, bytes);
    const struct asked asked = {&places[OPENED][hf_get_u32(leaf->payload_hash) & (PLACES - 1)],
                                {hf_slice_of(key->key, sizeof key->key), hf_slice_of(bytes, sizeof bytes), payload}};
    if (is_known(&asked)) {
        hf_buf_append_slice(out_body, answer_of(&asked));
        return asked.place->code == HF_OK ? hf_buf_status(out_body) : (enum hf_status)asked.place->code;
    }
    enum hf_status status = __real_hf_payload_open(key, payload, leaf, out_body);
    if (status == HF_OK || status == HF_ERR_AUTH)
        remember(&asked, (int)status,
                 hf_slice_of(out_body->data + before, status == HF_OK ? out_body->len - before : 0));
    return status;
}
