/* Reads signed notes with the key that should open them (--help says the form) and opens them with core/log. */
#include "core/log/cosignature.h"
#include "tests/conformance/reading.h"

#include <string.h>

#define FILE_BYTES_MAX (HF_NOTE_BYTES_MAX + 8192)

/* NULL when a signature of the key is there and holds, otherwise what is wrong. */
static const char *check_finding(enum hf_note_finding finding)
{
    if (finding == HF_NOTE_HOLDS)
        return NULL;
    return finding == HF_NOTE_FORGED ? "a signature of the key does not hold" : "there is no signature of the key";
}

static const char *check_note(struct hf_slice vkey, struct hf_slice note)
{
    struct hf_note_key key;
    struct hf_cosigner cosigner;
    struct hf_note_form form;
    enum hf_status status = hf_note_key_parse(vkey, &key);
    bool is_witness = status == HF_ERR_UNSUPPORTED && hf_cosigner_parse(vkey, &cosigner) == HF_OK;
    if (status != HF_OK && !is_witness)
        return "the first line is no key of type 0x01 or 0x04";
    if (hf_note_parse(note, &form) != HF_OK)
        return "it is not of the form of a signed note";
    return check_finding(is_witness ? hf_cosigner_find(&form, &cosigner, NULL) : hf_note_find(&form, &key));
}

static const char *check_bytes(struct hf_slice bytes)
{
    const uint8_t *newline = bytes.len ? memchr(bytes.data, '\n', bytes.len) : NULL;
    if (!newline)
        return "it has no first line with a key";
    size_t len = (size_t)(newline - bytes.data);
    return check_note(hf_slice_of(bytes.data, len), hf_slice_of(newline + 1, bytes.len - len - 1));
}

static bool run_file(const char *path, bool want_refusal)
{
    struct hf_buf bytes;
    hf_buf_init(&bytes, 0);
    bool readable = read_whole_file(path, FILE_BYTES_MAX, &bytes) == HF_OK;
    const char *fault = readable ? check_bytes(hf_buf_slice(&bytes)) : "it cannot be read";
    hf_buf_clear(&bytes);
    if (readable && want_refusal)
        fault = fault ? NULL : "it opens, and should not";
    if (fault)
        printf("FAILED %s: %s\n", path, fault);
    return !fault;
}

static int help(FILE *out)
{
    (void)fprintf(out,
                  "conformance_note [FILE...] [--refuse FILE...]\n"
                  "Each file holds on its first line a verifier key, NAME+HASH+BASE64, of type 0x01 (Ed25519) or\n"
                  "0x04 (cosignature/v1); everything after that line's newline is the signed note, byte for byte.\n"
                  "A file passes when the note is well formed and a signature of that key holds; files after\n"
                  "--refuse pass when it is not so.\n");
    return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    size_t passed = 0;
    size_t failed = 0;
    bool want_refusal = false;
    if (argc < 2)
        return help(stderr);
    if (strcmp(argv[1], "--help") == 0)
        return help(stdout);
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--refuse") == 0)
            want_refusal = true;
        else if (run_file(argv[i], want_refusal))
            passed++;
        else
            failed++;
    }
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
