/* Reads Merkle proof tests in the JSON form of the transparency.dev project and puts each through core/log.
 *
 * Inclusion: leafIdx, treeSize, root, leafHash, proof, wantErr. Consistency: size1, size2, root1, root2, proof,
 * wantErr. Hashes are base64, proof is a list or null. Our functions take 32 bytes; a test may hold a shorter stand-in
 * where only equality matters: it is filled up with zeros, which keeps equal values equal. Empty and longer values are
 * refused, as our readers would refuse them. Sizes go up to 2^64-1, beyond what a JSON reader of 64-bit signed numbers
 * takes: long runs of digits are put in quotes before the file is parsed. */
#include "core/base/text.h"
#include "core/json/json.h"
#include "core/log/tree.h"
#include "tests/conformance/reading.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LONG_NUMBER_DIGITS 19
#define FOLDER_DEPTH_MAX   16
#define PATH_BYTES_MAX     4096

struct totals {
    size_t passed;
    size_t failed;
};

/* What reading one field came to. */
enum reading { READ, REFUSED, BROKEN };

static void quote_long_numbers(struct hf_slice in, struct hf_buf *out)
{
    bool in_text = false;
    for (size_t i = 0; i < in.len;) {
        size_t digits = 0;
        while (!in_text && i + digits < in.len && in.data[i + digits] >= '0' && in.data[i + digits] <= '9')
            digits++;
        if (digits >= LONG_NUMBER_DIGITS)
            hf_buf_append_u8(out, '"');
        size_t len = digits ? digits : 1;
        if (in_text && in.data[i] == '\\' && i + 1 < in.len)
            len = 2;
        else if (in.data[i] == '"')
            in_text = !in_text;
        hf_buf_append(out, in.data + i, len);
        if (digits >= LONG_NUMBER_DIGITS)
            hf_buf_append_u8(out, '"');
        i += len;
    }
}

static enum reading read_number(const json_t *test, const char *key, uint64_t *out)
{
    const json_t *value = json_object_get(test, key);
    if (json_is_integer(value)) {
        *out = (uint64_t)json_integer_value(value);
        return json_integer_value(value) >= 0 ? READ : REFUSED;
    }
    const char *text = json_string_value(value);
    if (!text)
        return BROKEN;
    uint64_t number = 0;
    for (; *text; text++) {
        uint64_t digit = (uint64_t)(*text - '0');
        if (*text < '0' || *text > '9' || number > (UINT64_MAX - digit) / 10)
            return REFUSED;
        number = number * 10 + digit;
    }
    *out = number;
    return READ;
}

static enum reading read_hash(const json_t *value, struct hf_hash *out)
{
    struct hf_buf bytes;
    enum reading reading = REFUSED;
    if (!json_is_string(value))
        return BROKEN;
    hf_buf_init(&bytes, 0);
    if (hf_text_unbase64(hf_slice_str(json_string_value(value)), &bytes) != HF_OK) {
        reading = BROKEN;
    } else if (bytes.len > 0 && bytes.len <= sizeof out->bytes) {
        *out = (struct hf_hash){.bytes = {0}};
        memcpy(out->bytes, bytes.data, bytes.len);
        reading = READ;
    }
    hf_buf_clear(&bytes);
    return reading;
}

static enum reading read_proof(const json_t *test, struct hf_proof *out)
{
    const json_t *list = json_object_get(test, "proof");
    out->count = 0;
    if (json_is_null(list))
        return READ;
    if (!json_is_array(list))
        return BROKEN;
    if (json_array_size(list) > HF_PROOF_HASHES_MAX)
        return REFUSED;
    for (size_t i = 0; i < json_array_size(list); i++) {
        enum reading reading = read_hash(json_array_get(list, i), &out->hash[i]);
        if (reading != READ)
            return reading;
        out->count++;
    }
    return READ;
}

/* The first that is not READ. */
static enum reading worst(const enum reading *readings, size_t count)
{
    enum reading found = READ;
    for (size_t i = 0; i < count; i++) {
        if (readings[i] > found)
            found = readings[i];
    }
    return found;
}

static enum reading check_inclusion(const json_t *test, enum hf_status *out_status)
{
    uint64_t index = 0;
    uint64_t size = 0;
    struct hf_hash root;
    struct hf_hash leaf;
    struct hf_proof proof;
    const enum reading readings[] = {
        read_number(test, "leafIdx", &index),
        read_number(test, "treeSize", &size),
        read_hash(json_object_get(test, "root"), &root),
        read_hash(json_object_get(test, "leafHash"), &leaf),
        read_proof(test, &proof),
    };
    enum reading reading = worst(readings, sizeof readings / sizeof readings[0]);
    if (reading == READ)
        *out_status = hf_tree_verify_inclusion(index, size, &leaf, &proof, &root);
    return reading;
}

static enum reading check_consistency(const json_t *test, enum hf_status *out_status)
{
    uint64_t old_size = 0;
    uint64_t new_size = 0;
    struct hf_hash old_root;
    struct hf_hash new_root;
    struct hf_proof proof;
    const enum reading readings[] = {
        read_number(test, "size1", &old_size),
        read_number(test, "size2", &new_size),
        read_hash(json_object_get(test, "root1"), &old_root),
        read_hash(json_object_get(test, "root2"), &new_root),
        read_proof(test, &proof),
    };
    enum reading reading = worst(readings, sizeof readings / sizeof readings[0]);
    if (reading == READ)
        *out_status = hf_tree_verify_consistency(old_size, &old_root, new_size, &new_root, &proof);
    return reading;
}

/* NULL when the test passes, otherwise what is wrong. */
static const char *check_test(const json_t *test)
{
    const json_t *want_error = json_object_get(test, "wantErr");
    enum hf_status status = HF_ERR_INVALID;
    enum reading reading = BROKEN;
    if (!json_is_boolean(want_error))
        return "wantErr is missing";
    if (json_object_get(test, "leafIdx"))
        reading = check_inclusion(test, &status);
    else if (json_object_get(test, "size1"))
        reading = check_consistency(test, &status);
    if (reading == BROKEN)
        return "it has not the fields of an inclusion or consistency test";
    if (json_is_true(want_error))
        return status == HF_OK ? "accepted, and should not be" : NULL;
    return status == HF_OK ? NULL : "refused, and should not be";
}

static const char *check_bytes(struct hf_slice bytes)
{
    struct hf_buf quoted;
    json_t *test = NULL;
    hf_buf_init(&quoted, 0);
    quote_long_numbers(bytes, &quoted);
    const char *fault = "it is not JSON";
    if (hf_buf_status(&quoted) == HF_OK && hf_json_load(hf_buf_slice(&quoted), &test, NULL) == HF_OK)
        fault = check_test(test);
    json_decref(test);
    hf_buf_clear(&quoted);
    return fault;
}

static void run_file(const char *path, struct totals *totals)
{
    struct hf_buf bytes;
    hf_buf_init(&bytes, 0);
    const char *fault = "it cannot be read";
    if (read_whole_file(path, HF_JSON_BYTES_MAX, &bytes) == HF_OK)
        fault = check_bytes(hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    if (fault) {
        totals->failed++;
        printf("FAILED %s: %s\n", path, fault);
    } else {
        totals->passed++;
    }
}

static bool is_json(const char *path)
{
    size_t len = strlen(path);
    return len > 5 && strcmp(path + len - 5, ".json") == 0;
}

/* A file given by name is always read; in folders only *.json. */
static void run_path(const char *path, unsigned depth, struct totals *totals)
{
    struct stat info;
    struct dirent **names = NULL;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        if (depth == 0 || is_json(path))
            run_file(path, totals);
        return;
    }
    int count = depth < FOLDER_DEPTH_MAX ? scandir(path, &names, NULL, alphasort) : -1;
    if (count < 0) {
        totals->failed++;
        printf("FAILED %s: the folder cannot be read\n", path);
    }
    for (int i = 0; i < count; i++) {
        char below[PATH_BYTES_MAX];
        int len = snprintf(below, sizeof below, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.' && len > 0 && (size_t)len < sizeof below)
            run_path(below, depth + 1, totals);
        free(names[i]);
    }
    free(names);
}

static int help(FILE *out)
{
    (void)fprintf(out, "conformance_merkle FILE|FOLDER...\n"
                       "Checks Merkle inclusion and consistency proofs in the JSON form of the transparency.dev\n"
                       "project, one test in a file. Folders are searched for *.json.\n");
    return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    struct totals totals = {0};
    if (argc < 2)
        return help(stderr);
    if (strcmp(argv[1], "--help") == 0)
        return help(stdout);
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    for (int i = 1; i < argc; i++)
        run_path(argv[i], 0, &totals);
    printf("%zu passed, %zu failed\n", totals.passed, totals.failed);
    return totals.failed > 0 || totals.passed == 0;
}
