/* Reads Wycheproof files (Ed25519 verification, X25519, XChaCha20-Poly1305) and puts every test through core/crypto.
 *
 * "acceptable" tests may be refused or accepted, but what is accepted must be right. One rule of ours is stricter:
 * an all-zero shared secret must be refused. Tests whose key, nonce or tag has a size that our functions cannot even
 * be given count as refused. */
#include "core/base/text.h"
#include "core/crypto/crypto.h"
#include "core/json/json.h"

#include <stdio.h>
#include <string.h>

#define FIELD_BYTES_MAX (1u << 20)

enum expectation { VALID, ACCEPTABLE, INVALID };

enum outcome {
    REFUSED, /* the input was not accepted */
    RIGHT,   /* accepted, and every byte as expected */
    WRONG    /* accepted or computed, but not as expected */
};

/* A test by its fields; the hex of `key` and so on is decoded on demand and freed at the end of the test. */
struct test {
    const json_t *group;
    const json_t *test;
    struct hf_error err;
    enum hf_status status; /* first error in reading the file, not in the test */
};

struct totals {
    size_t passed;
    size_t failed;
};

typedef enum outcome run_test(struct test *test);

static struct hf_buf hex_field(struct test *test, const json_t *object, const char *name)
{
    struct hf_buf bytes;
    hf_buf_init(&bytes, FIELD_BYTES_MAX);
    const char *text = "";
    enum hf_status status = hf_json_get_text(object, name, 2 * FIELD_BYTES_MAX, &text, &test->err);
    size_t len = strlen(text) / 2;
    hf_buf_append_zeros(&bytes, len + 1); /* + 1: an address even for no bytes */
    if (status == HF_OK)
        status = hf_buf_status(&bytes);
    if (status == HF_OK && hf_text_unhex(hf_slice_str(text), bytes.data, len) != HF_OK)
        status = hf_error_set(&test->err, HF_ERR_INVALID, "The value of \"%s\" is not hex.", name);
    if (status == HF_OK)
        bytes.len = len;
    else if (test->status == HF_OK)
        test->status = status;
    return bytes;
}

static enum outcome run_ed25519(struct test *test)
{
    json_t *key_object = NULL;
    test->status = hf_json_get_object(test->group, "publicKey", &key_object, &test->err);
    struct hf_buf key = hex_field(test, key_object, "pk");
    struct hf_buf message = hex_field(test, test->test, "msg");
    struct hf_buf signature = hex_field(test, test->test, "sig");
    const struct hf_slice bare = {0};

    enum outcome outcome = REFUSED;
    if (test->status == HF_OK && key.len == HF_SIGN_PUBLIC_BYTES && signature.len == HF_SIGN_BYTES &&
        hf_verify(key.data, bare, hf_buf_slice(&message), signature.data))
        outcome = RIGHT;
    hf_buf_clear(&key);
    hf_buf_clear(&message);
    hf_buf_clear(&signature);
    return outcome;
}

static bool all_zero(const uint8_t *bytes, size_t len)
{
    uint8_t any = 0;
    for (size_t i = 0; i < len; i++)
        any |= bytes[i];
    return any == 0;
}

static enum outcome run_x25519(struct test *test)
{
    struct hf_buf public_key = hex_field(test, test->test, "public");
    struct hf_buf secret_key = hex_field(test, test->test, "private");
    struct hf_buf expected = hex_field(test, test->test, "shared");

    enum outcome outcome = REFUSED;
    uint8_t shared[HF_DH_BYTES];
    if (test->status == HF_OK && public_key.len == HF_DH_BYTES && secret_key.len == HF_DH_BYTES &&
        expected.len == HF_DH_BYTES) {
        bool must_refuse = all_zero(expected.data, HF_DH_BYTES);
        bool accepted = hf_dh(secret_key.data, public_key.data, shared);
        if (accepted)
            outcome = !must_refuse && memcmp(shared, expected.data, HF_DH_BYTES) == 0 ? RIGHT : WRONG;
        else if (!must_refuse)
            outcome = WRONG; /* our only reason to refuse is a zero result */
    }
    hf_buf_clear(&public_key);
    hf_buf_clear(&secret_key);
    hf_buf_clear(&expected);
    return outcome;
}

struct aead {
    struct hf_buf key;
    struct hf_buf nonce;
    struct hf_buf aad;
    struct hf_buf plain;
    struct hf_buf sealed;
    struct hf_buf tag;
};

static enum outcome open_and_seal(const struct aead *aead)
{
    const struct hf_slice aad = hf_buf_slice(&aead->aad);
    const size_t len = aead->sealed.len;
    uint8_t tag[HF_TAG_BYTES];
    struct hf_buf out = {0};
    hf_buf_append_zeros(&out, len + 1);

    enum outcome outcome = WRONG;
    if (hf_buf_status(&out) != HF_OK)
        goto out;
    if (!hf_unseal(aead->key.data, aead->nonce.data, aad, aead->sealed.data, len, aead->tag.data, out.data)) {
        outcome = all_zero(out.data, len) ? REFUSED : WRONG;
        goto out;
    }
    if (aead->plain.len != len || memcmp(out.data, aead->plain.data, len) != 0)
        goto out;
    hf_seal(aead->key.data, aead->nonce.data, aad, aead->plain.data, len, out.data, tag);
    if (memcmp(out.data, aead->sealed.data, len) == 0 && memcmp(tag, aead->tag.data, sizeof tag) == 0)
        outcome = RIGHT;
out:
    hf_buf_clear(&out);
    return outcome;
}

static enum outcome run_xchacha(struct test *test)
{
    struct aead aead = {
        .key = hex_field(test, test->test, "key"),
        .nonce = hex_field(test, test->test, "iv"),
        .aad = hex_field(test, test->test, "aad"),
        .plain = hex_field(test, test->test, "msg"),
        .sealed = hex_field(test, test->test, "ct"),
        .tag = hex_field(test, test->test, "tag"),
    };
    enum outcome outcome = REFUSED;
    if (test->status == HF_OK && aead.key.len == HF_KEY_BYTES && aead.nonce.len == HF_XNONCE_BYTES &&
        aead.tag.len == HF_TAG_BYTES)
        outcome = open_and_seal(&aead);
    struct hf_buf *const all[] = {&aead.key, &aead.nonce, &aead.aad, &aead.plain, &aead.sealed, &aead.tag};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        hf_buf_clear(all[i]);
    return outcome;
}

struct kind {
    const char *schema;
    const char *algorithm;
    run_test *run;
};

static const struct kind kinds[] = {
    {"eddsa_verify_schema", "EDDSA", run_ed25519},
    {"xdh_comp_schema", "XDH", run_x25519},
    {"aead_test_schema", "XCHACHA20-POLY1305", run_xchacha},
};

static run_test *find_kind(const json_t *file, struct hf_error *err)
{
    const char *schema;
    const char *algorithm;
    if (hf_json_get_text(file, "schema", 0, &schema, err) != HF_OK ||
        hf_json_get_text(file, "algorithm", 0, &algorithm, err) != HF_OK)
        return NULL;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strncmp(schema, kinds[i].schema, strlen(kinds[i].schema)) == 0 &&
            strcmp(algorithm, kinds[i].algorithm) == 0)
            return kinds[i].run;
    }
    hf_error_set(err, HF_ERR_UNSUPPORTED, "Tests of %s by %s are not known here.", algorithm, schema);
    return NULL;
}

/* The curve of a group, where it names one, must be ours: the schemas are shared with Ed448 and X448. */
static bool group_is_ours(const json_t *group)
{
    const json_t *key = json_object_get(group, "publicKey");
    const char *curve = json_string_value(json_object_get(group, "curve"));
    if (!curve)
        curve = json_string_value(json_object_get(key, "curve"));
    return !curve || strcmp(curve, "curve25519") == 0 || strcmp(curve, "edwards25519") == 0;
}

static enum hf_status read_expectation(struct test *test, enum expectation *out_expectation)
{
    const char *result = NULL;
    enum hf_status status = hf_json_get_text(test->test, "result", 0, &result, &test->err);
    if (status != HF_OK)
        return status;
    if (strcmp(result, "valid") == 0)
        *out_expectation = VALID;
    else if (strcmp(result, "acceptable") == 0)
        *out_expectation = ACCEPTABLE;
    else if (strcmp(result, "invalid") == 0)
        *out_expectation = INVALID;
    else
        return hf_error_set(&test->err, HF_ERR_INVALID, "The result \"%s\" is not known here.", result);
    return HF_OK;
}

static bool as_expected(enum expectation expectation, enum outcome outcome)
{
    if (expectation == VALID)
        return outcome == RIGHT;
    if (expectation == INVALID)
        return outcome == REFUSED;
    return outcome != WRONG;
}

static void run_one(const char *path, run_test *run, const json_t *group, const json_t *json, struct totals *totals)
{
    static const char *const names[] = {"refused", "accepted", "wrong"};
    struct test test = {.group = group, .test = json};
    enum expectation expectation = INVALID;
    test.status = read_expectation(&test, &expectation);
    enum outcome outcome = test.status == HF_OK ? run(&test) : WRONG;
    if (test.status == HF_OK && as_expected(expectation, outcome)) {
        totals->passed++;
        return;
    }
    totals->failed++;
    const json_t *id = json_object_get(json, "tcId");
    const char *comment = json_string_value(json_object_get(json, "comment"));
    printf("%s: test %lld (%s): %s\n", path, (long long)json_integer_value(id), comment ? comment : "",
           test.status == HF_OK ? names[outcome] : test.err.text);
}

static enum hf_status run_groups(const char *path, const json_t *file, struct totals *totals, struct hf_error *err)
{
    json_t *groups = NULL;
    int64_t announced = 0;
    run_test *run = find_kind(file, err);
    if (!run)
        return err->status;
    enum hf_status status = hf_json_get_array(file, "testGroups", &groups, err);
    if (status == HF_OK)
        status = hf_json_get_int(file, "numberOfTests", 1, INT64_MAX, &announced, err);
    for (size_t i = 0; status == HF_OK && i < json_array_size(groups); i++) {
        const json_t *group = json_array_get(groups, i);
        json_t *tests = NULL;
        status = hf_json_get_array(group, "tests", &tests, err);
        if (status == HF_OK && !group_is_ours(group))
            status = hf_error_set(err, HF_ERR_UNSUPPORTED, "Group %zu is about another curve.", i);
        for (size_t j = 0; status == HF_OK && j < json_array_size(tests); j++, announced--)
            run_one(path, run, group, json_array_get(tests, j), totals);
    }
    if (status == HF_OK && announced != 0)
        status = hf_error_set(err, HF_ERR_INVALID, "The file does not hold as many tests as it announces.");
    return status;
}

int main(int argc, char **argv)
{
    struct totals totals = {0};
    if (hf_crypto_init(false) != HF_OK) {
        fprintf(stderr, "libsodium could not start.\n");
        return 1;
    }
    for (int i = 1; i < argc; i++) {
        struct hf_error err = {0};
        json_t *file = NULL;
        enum hf_status status = hf_json_load_file(argv[i], &file, &err);
        if (status == HF_OK)
            status = run_groups(argv[i], file, &totals, &err);
        if (status != HF_OK) {
            printf("%s: %s\n", argv[i], err.text);
            totals.failed++;
        }
        json_decref(file);
    }
    printf("%zu passed, %zu failed\n", totals.passed, totals.failed);
    return totals.failed > 0 || totals.passed == 0;
}
