#include "tools/audit/witness.h"

#include "core/base/text.h"
#include "core/log/witness_file.h"
#include "tools/audit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES     4096
#define KEY_BYTES_MAX  256
#define VKEY_BYTES_MAX 512
#define LAST_BYTES_MAX 512

static const char help[] =
    "holdfast-audit witness init --state DIR --name NAME --log VKEY\n"
    "holdfast-audit witness sign REQUEST --state DIR --out REPLY\n"
    "\n"
    "A witness signs that a log only ever grew, as far as it saw. It needs no network: requests (C2SP\n"
    "tlog-witness, the body of add-checkpoint) and replies are files.\n"
    "\n"
    "  init   makes the folder DIR with a key of its own and prints the witness's verification key, for\n"
    "         the policy. NAME is a name like audit.example/witness; VKEY is that of the log.\n"
    "  sign   checks the request against what this witness signed before, remembers it on the disk, and\n"
    "         then writes the cosignature to REPLY. A log that was set back or forked is refused.\n"
    "\n"
    "DIR is the witness: keep it in one place only. A copy of an older one would sign a fork.\n"
    "\n"
    "Exit status: 0 done, 1 refused, 2 wrong usage, or nothing was checked.\n";

struct options {
    const char *word, *state, *name, *log, *out;
    bool help;
};

/* --- the folder --- */

static const char *path_of(const struct options *options, const char *name, char out[PATH_BYTES])
{
    if ((size_t)snprintf(out, PATH_BYTES, "%s/%s", options->state, name) >= PATH_BYTES)
        out[0] = 0; /* no file has that name: opening it says so */
    return out;
}

static struct hf_slice first_line(const struct hf_buf *text)
{
    const uint8_t *end = text->len ? memchr(text->data, '\n', text->len) : NULL;
    return hf_slice_of(text->data, end ? (size_t)(end - text->data) : text->len);
}

static enum hf_status read_line(const struct options *options, const char *name, struct hf_buf *out,
                                struct hf_error *err)
{
    char path[PATH_BYTES];
    hf_buf_reserve(out, KEY_BYTES_MAX + VKEY_BYTES_MAX); /* no copy is left behind by growing */
    return hf_audit_file_read(path_of(options, name, path), VKEY_BYTES_MAX, out, err);
}

static enum hf_status write_line(const struct options *options, const char *name, struct hf_slice line, unsigned mode,
                                 struct hf_error *err)
{
    char path[PATH_BYTES];
    struct hf_buf text = {0};
    hf_buf_reserve(&text, line.len + 1);
    hf_buf_append_slice(&text, line);
    hf_buf_append_u8(&text, '\n');
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = hf_audit_file_replace(path_of(options, name, path), hf_buf_slice(&text), mode, err);
    hf_buf_wipe(&text);
    return status;
}

/* One at a time: two that read the same state could sign two histories. Held until the process ends. */
static enum hf_status lock_state(const struct options *options, int *out_fd, struct hf_error *err)
{
    char path[PATH_BYTES];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int fd = open(path_of(options, "lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return hf_error_set(err, HF_ERR_IO, "%s: %s.", path, strerror(errno));
    if (fcntl(fd, F_SETLKW, &lock) != 0) {
        (void)close(fd);
        return hf_error_set(err, HF_ERR_IO, "%s could not be locked.", path);
    }
    *out_fd = fd;
    return HF_OK;
}

/* --- init --- */

static enum hf_status make_files(const struct options *options, const uint8_t seed[HF_SIGN_SEED_BYTES],
                                 const struct hf_cosigner *witness, struct hf_buf *vkey, struct hf_error *err)
{
    struct hf_buf hex = {0};
    hf_buf_reserve(&hex, 2 * HF_SIGN_SEED_BYTES);
    hf_text_hex(&hex, hf_slice_of(seed, HF_SIGN_SEED_BYTES));
    hf_cosigner_format(witness, vkey);
    enum hf_status status = hf_buf_status(&hex);
    if (status == HF_OK)
        status = hf_buf_status(vkey);
    if (status == HF_OK)
        status = write_line(options, "log.vkey", hf_slice_str(options->log), 0644, err);
    if (status == HF_OK)
        status = write_line(options, "witness.vkey", hf_buf_slice(vkey), 0644, err);
    if (status == HF_OK)
        status = write_line(options, "last", hf_slice_str("nothing signed yet"), 0600, err);
    if (status == HF_OK)
        status = write_line(options, "witness.key", hf_buf_slice(&hex), 0600, err);
    hf_buf_wipe(&hex);
    return status;
}

static enum hf_status init(const struct options *options, struct hf_buf *vkey, struct hf_error *err)
{
    struct hf_note_key log;
    struct hf_cosigner witness;
    struct hf_sign_key secret;
    uint8_t seed[HF_SIGN_SEED_BYTES];
    if (hf_note_key_parse(hf_slice_str(options->log), &log) != HF_OK)
        return hf_error_set(err, HF_ERR_INVALID, "--log is not the verification key of a log.");
    if (mkdir(options->state, 0700) != 0)
        return hf_error_set(err, HF_ERR_EXISTS, "%s: %s. A witness is made in a folder of its own.", options->state,
                            strerror(errno));
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, &secret);
    enum hf_status status = hf_cosigner_init(hf_slice_str(options->name), secret.public_key, &witness);
    if (status != HF_OK)
        (void)hf_error_set(err, status, "--name must be a name like audit.example/witness, without spaces or “+”.");
    else
        status = make_files(options, seed, &witness, vkey, err);
    hf_wipe(seed, sizeof seed);
    hf_wipe(&secret, sizeof secret);
    return status;
}

/* --- sign --- */

struct witness {
    struct hf_note_key log;
    struct hf_cosigner cosigner;
    struct hf_sign_key secret;
    struct hf_checkpoint last; /* size 0: nothing signed yet */
};

static enum hf_status damaged(const struct options *options, struct hf_error *err)
{
    return hf_error_set(
        err, HF_ERR_CORRUPT,
        "The folder %s is not a witness, or is damaged. Nothing was signed. Do not mend it by hand: make "
        "a new witness and give its key to the authority.",
        options->state);
}

static enum hf_status load_last(const struct options *options, struct witness *witness, struct hf_error *err)
{
    struct hf_buf text = {0};
    enum hf_status status = read_line(options, "last", &text, err);
    if (status == HF_OK && !hf_slice_equal(first_line(&text), hf_slice_str("nothing signed yet")) &&
        (hf_checkpoint_parse(hf_buf_slice(&text), &witness->last) != HF_OK || witness->last.size == 0 ||
         strcmp(witness->last.origin, witness->log.name) != 0))
        status = damaged(options, err);
    hf_buf_clear(&text);
    return status;
}

static enum hf_status load(const struct options *options, struct witness *witness, struct hf_error *err)
{
    uint8_t seed[HF_SIGN_SEED_BYTES] = {0};
    struct hf_buf log = {0}, vkey = {0}, key = {0};
    enum hf_status status = read_line(options, "log.vkey", &log, err);
    if (status == HF_OK)
        status = read_line(options, "witness.vkey", &vkey, err);
    if (status == HF_OK)
        status = read_line(options, "witness.key", &key, err);
    if (status == HF_OK && (hf_note_key_parse(first_line(&log), &witness->log) != HF_OK ||
                            hf_cosigner_parse(first_line(&vkey), &witness->cosigner) != HF_OK ||
                            hf_text_unhex(first_line(&key), seed, sizeof seed) != HF_OK))
        status = damaged(options, err);
    if (status == HF_OK) {
        hf_sign_key_from_seed(seed, &witness->secret);
        if (memcmp(witness->secret.public_key, witness->cosigner.public_key, HF_SIGN_PUBLIC_BYTES) != 0)
            status = damaged(options, err);
    }
    if (status == HF_OK)
        status = load_last(options, witness, err);
    hf_wipe(seed, sizeof seed);
    hf_buf_clear(&log);
    hf_buf_clear(&vkey);
    hf_buf_wipe(&key);
    return status;
}

/* What is signed is on the disk before anybody can see the signature. */
static enum hf_status remember_and_sign(const struct options *options, const struct witness *witness,
                                        const struct hf_checkpoint *next, struct hf_slice note, struct hf_buf *reply,
                                        struct hf_error *err)
{
    char path[PATH_BYTES];
    struct hf_buf text = {0};
    struct hf_note_form form;
    hf_checkpoint_text(next, &text);
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = hf_audit_file_replace(path_of(options, "last", path), hf_buf_slice(&text), 0600, err);
    if (status == HF_OK)
        status = hf_note_parse(note, &form);
    if (status == HF_OK)
        status = hf_cosigner_sign(&witness->cosigner, &witness->secret, (uint64_t)time(NULL), form.text, reply);
    if (status == HF_OK)
        status = hf_audit_file_replace(options->out, hf_buf_slice(reply), 0644, err);
    hf_buf_clear(&text);
    return status;
}

static enum hf_status sign(const struct options *options, struct hf_checkpoint *next, struct hf_error *err)
{
    struct witness witness = {.last = {.size = 0}};
    struct hf_witness_request request;
    struct hf_buf file = {0}, reply = {0};
    int lock = -1;
    enum hf_status status = lock_state(options, &lock, err);
    if (status == HF_OK)
        status = load(options, &witness, err);
    if (status == HF_OK)
        status = hf_audit_file_read(options->word, HF_WITNESS_REQUEST_BYTES_MAX, &file, err);
    if (status == HF_OK && hf_witness_request_parse(hf_buf_slice(&file), &request) != HF_OK)
        status = hf_error_set(err, HF_ERR_INVALID, "%s is not a request to a witness.", options->word);
    if (status == HF_OK)
        status = hf_witness_check(&request, &witness.log, &witness.last, next, err);
    if (status == HF_OK)
        status = remember_and_sign(options, &witness, next, request.note, &reply, err);
    hf_wipe(&witness.secret, sizeof witness.secret);
    hf_buf_clear(&file);
    hf_buf_clear(&reply);
    if (lock >= 0)
        (void)close(lock);
    return status;
}

/* --- the command --- */

static bool parse(int argc, char *const *argv, struct options *out)
{
    const struct {
        const char *name;
        const char **value;
    } known[] = {{"--state", &out->state}, {"--name", &out->name}, {"--log", &out->log}, {"--out", &out->out}};
    for (int i = 1; i < argc; i++) {
        size_t at = 0;
        while (at < sizeof known / sizeof known[0] && strcmp(argv[i], known[at].name) != 0)
            at++;
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            out->help = true;
        else if (at < sizeof known / sizeof known[0] && i + 1 < argc)
            *known[at].value = argv[++i];
        else if (argv[i][0] == '-' || out->word)
            return false;
        else
            out->word = argv[i];
    }
    return true;
}

int hf_audit_witness(int argc, char *const *argv, const struct hf_audit_streams *streams)
{
    struct options options = {0};
    struct hf_error err = {0};
    struct hf_buf vkey = {0};
    struct hf_checkpoint next = {.size = 0};
    enum hf_status status = HF_OK;
    const char *verb = argc > 0 ? argv[0] : "";
    bool usable = parse(argc, argv, &options);
    if (strcmp(verb, "init") == 0 && usable && !options.help && options.state && options.name && options.log) {
        status = init(&options, &vkey, &err);
        if (status == HF_OK)
            (void)fprintf(streams->out, "%.*s\n", (int)vkey.len, (const char *)vkey.data);
    } else if (strcmp(verb, "sign") == 0 && usable && !options.help && options.state && options.word && options.out) {
        status = sign(&options, &next, &err);
        if (status == HF_OK)
            (void)fprintf(streams->out, "Signed: the log has %llu entries. The reply is in %s.\n",
                          (unsigned long long)next.size, options.out);
    } else {
        bool asked = options.help || strcmp(verb, "--help") == 0;
        (void)fputs(help, asked ? streams->out : streams->errors);
        return asked ? HF_AUDIT_EXIT_GOOD : HF_AUDIT_EXIT_USAGE;
    }
    if (status != HF_OK)
        (void)fprintf(streams->errors, "holdfast-audit: %s\n", err.text[0] ? err.text : hf_status_text(status));
    hf_buf_clear(&vkey);
    return status == HF_OK ? HF_AUDIT_EXIT_GOOD : HF_AUDIT_EXIT_REFUSED;
}
