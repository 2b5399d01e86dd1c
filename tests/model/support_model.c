#include "tests/model/support_model.h"

#include "core/base/text.h"

#include <stdio.h>
#include <string.h>

#define VECTOR_LINE_BYTES_MAX 8192

int support_start(void **state)
{
    (void)state;
    return hf_crypto_init(false) == HF_OK ? 0 : -1;
}

/* Tests run in a build folder somewhere below the root. */
static FILE *open_vectors(const char *file)
{
    static const char *const ways_up[] = {"", "../", "../../", "../../../"};
    char path[256];
    FILE *found = NULL;
    for (size_t i = 0; !found && i < sizeof ways_up / sizeof ways_up[0]; i++) {
        (void)snprintf(path, sizeof path, "%stests/vectors/%s", ways_up[i], file);
        found = fopen(path, "r");
    }
    if (!found)
        fail_msg("tests/vectors/%s is not above this folder: run the test in a build folder inside the tree", file);
    return found;
}

struct hf_buf vector_bytes(const char *file, const char *name)
{
    static char line[VECTOR_LINE_BYTES_MAX];
    struct hf_buf out = {0};
    FILE *vectors = open_vectors(file);
    size_t name_len = strlen(name);
    while (out.len == 0 && fgets(line, sizeof line, vectors)) {
        if (strncmp(line, name, name_len) != 0 || line[name_len] != ' ')
            continue;
        const char *hex = line + name_len + 1;
        size_t len = strcspn(hex, "\n") / 2;
        hf_buf_append_zeros(&out, len);
        assert_ok(hf_buf_status(&out));
        assert_ok(hf_text_unhex(hf_slice_of(hex, len * 2), out.data, len));
    }
    (void)fclose(vectors);
    if (out.len == 0)
        fail_msg("tests/vectors/%s has no line %s", file, name);
    return out;
}

struct hf_sign_key sample_sign_key(void)
{
    struct hf_sign_key key;
    uint8_t seed[HF_SIGN_SEED_BYTES];
    for (size_t i = 0; i < sizeof seed; i++)
        seed[i] = (uint8_t)i;
    hf_sign_key_from_seed(seed, &key);
    return key;
}

struct hf_class_key sample_class_key(void)
{
    struct hf_class_key key = {.case_id = id_of(0xCA), .key_id = id_of(0x1D), .epoch = 1};
    for (size_t i = 0; i < sizeof key.key; i++)
        key.key[i] = (uint8_t)(0x40 + i);
    return key;
}

struct hf_leaf sample_leaf(void)
{
    struct hf_leaf leaf = {.kind = HF_LEAF_DATA, .clock = hf_clock_make(1795298315000, 3)};
    struct hf_sign_key key = sample_sign_key();
    memset(leaf.log_id, 0x10, sizeof leaf.log_id);
    memcpy(leaf.device, key.public_key, sizeof leaf.device);
    hf_sha256_of("", 0, leaf.seen_root);
    return leaf;
}

struct hf_id id_of(uint8_t fill)
{
    struct hf_id id;
    memset(id.bytes, fill, sizeof id.bytes);
    return id;
}
