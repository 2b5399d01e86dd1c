/* Checks a whole tlog-tiles folder with core/log (--help says what it must hold): the signature of the checkpoint,
 * every hash tile against the others and the root, every entry against its leaf hash. */
#include "core/log/bundle.h"
#include "tests/conformance/reading.h"

#include <stdlib.h>
#include <string.h>

#define PATH_BYTES_MAX 4096
#define VKEY_FILE      "vkey"

struct run {
    const char *folder;
    size_t passed;
    size_t failed;
    struct hf_bundle bundle;
};

static enum hf_status read_from_folder(void *ctx, const char *name, size_t limit_bytes, struct hf_buf *out)
{
    char path[PATH_BYTES_MAX];
    int len = snprintf(path, sizeof path, "%s/%s", (const char *)ctx, name);
    if (len < 0 || (size_t)len >= sizeof path)
        return HF_ERR_LIMIT;
    return read_whole_file(path, limit_bytes, out);
}

static enum hf_status list_nothing(void *ctx, enum hf_bundle_kind kind, hf_bundle_index_fn *each, void *each_ctx)
{
    (void)ctx;
    (void)kind;
    (void)each;
    (void)each_ctx;
    return HF_OK;
}

static bool report(struct run *run, bool holds, const char *what, const char *fault)
{
    if (holds) {
        run->passed++;
        printf("%s: %s\n", run->folder, what);
    } else {
        run->failed++;
        printf("FAILED %s: %s\n", run->folder, fault);
    }
    return holds;
}

/* The key given, or the first line of the file beside the checkpoint. */
static bool find_key(struct run *run, const char *given, struct hf_note_key *out)
{
    struct hf_buf text;
    hf_buf_init(&text, 0);
    hf_buf_append_str(&text, given ? given : "");
    bool found = given || read_from_folder((void *)(uintptr_t)run->folder, VKEY_FILE, 8192, &text) == HF_OK;
    struct hf_slice vkey = hf_buf_slice(&text);
    const uint8_t *newline = vkey.len ? memchr(vkey.data, '\n', vkey.len) : NULL;
    if (newline)
        vkey.len = (size_t)(newline - vkey.data);
    found = found && hf_note_key_parse(vkey, out) == HF_OK;
    hf_buf_clear(&text);
    return found;
}

static bool check_checkpoint(struct run *run, const struct hf_note_key *key)
{
    struct hf_buf note;
    struct hf_slice text;
    struct hf_checkpoint checkpoint;
    hf_buf_init(&note, 0);
    bool holds = read_from_folder(run->bundle.reader.ctx, HF_BUNDLE_CHECKPOINT, HF_NOTE_BYTES_MAX, &note) == HF_OK &&
                 hf_note_open(hf_buf_slice(&note), key, &text) == HF_OK &&
                 hf_checkpoint_parse(text, &checkpoint) == HF_OK;
    if (holds)
        hf_bundle_set_checkpoint(&run->bundle, &checkpoint);
    hf_buf_clear(&note);
    return report(run, holds, "the checkpoint is signed by the key",
                  "the checkpoint is missing, malformed or not signed by the key");
}

static bool check_entries(struct run *run)
{
    struct hf_bundle_entries iter;
    struct hf_slice entry;
    uint64_t index;
    hf_bundle_entries_begin(&run->bundle, 0, &iter);
    while (hf_bundle_entries_next(&iter, &index, &entry))
        ;
    enum hf_status status = iter.status;
    hf_bundle_entries_end(&iter);
    return report(run, status == HF_OK, "every entry has its leaf hash", run->bundle.error.text);
}

static void run_folder(struct run *run, const char *vkey, bool with_entries)
{
    struct hf_note_key key;
    struct hf_bundle_reader reader = {
        .ctx = (void *)(uintptr_t)run->folder, .read = read_from_folder, .list = list_nothing};
    hf_bundle_begin(&run->bundle, &reader);
    if (!find_key(run, vkey, &key)) {
        (void)report(run, false, "", "there is no usable key, neither given nor in the file vkey");
    } else if (check_checkpoint(run, &key)) {
        enum hf_status status = hf_bundle_load_tree(&run->bundle);
        if (report(run, status == HF_OK, "every hash tile agrees with the others and with the root",
                   run->bundle.error.text) &&
            with_entries)
            (void)check_entries(run);
    }
    hf_bundle_end(&run->bundle);
}

static int help(FILE *out)
{
    (void)fprintf(out, "conformance_tiles [--vkey VKEY] [--no-entries] FOLDER...\n"
                       "Each folder is a log in the form of C2SP tlog-tiles: checkpoint, tile/<L>/<N>[.p/<W>] and\n"
                       "tile/entries/<N>[.p/<W>]. The verifier key is VKEY or the first line of the file vkey in the\n"
                       "folder. --no-entries is for logs that keep their entries in another form.\n");
    return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    const char *vkey = NULL;
    bool with_entries = true;
    size_t passed = 0;
    size_t failed = 0;
    struct run *run = calloc(1, sizeof *run);
    if (argc < 2 || !run || hf_crypto_init(false) != HF_OK) {
        free(run);
        return help(stderr);
    }
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            free(run);
            return help(stdout);
        }
        if (strcmp(argv[i], "--no-entries") == 0) {
            with_entries = false;
        } else if (strcmp(argv[i], "--vkey") == 0 && i + 1 < argc) {
            vkey = argv[++i];
        } else {
            memset(run, 0, sizeof *run);
            run->folder = argv[i];
            run_folder(run, vkey, with_entries);
            passed += run->passed;
            failed += run->failed;
        }
    }
    free(run);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed > 0 || passed == 0;
}
