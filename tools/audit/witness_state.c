#include "tools/audit/witness_state.h"

#include "core/base/text.h"
#include "tools/audit/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES     4096
#define KEY_BYTES_MAX  256
#define VKEY_BYTES_MAX 512
#define NOTHING_SIGNED "nothing signed yet"

static const char *path_of(const char *folder, const char *name, char out[PATH_BYTES])
{
    if ((size_t)snprintf(out, PATH_BYTES, "%s/%s", folder, name) >= PATH_BYTES)
        out[0] = 0; /* no file has that name: opening it says so */
    return out;
}

static struct hf_slice first_line(const struct hf_buf *text)
{
    const uint8_t *end = text->len ? memchr(text->data, '\n', text->len) : NULL;
    return hf_slice_of(text->data, end ? (size_t)(end - text->data) : text->len);
}

static enum hf_status read_line(const char *folder, const char *name, struct hf_buf *out, struct hf_error *err)
{
    char path[PATH_BYTES];
    hf_buf_reserve(out, KEY_BYTES_MAX + VKEY_BYTES_MAX); /* no copy is left behind by growing */
    return hf_audit_file_read(path_of(folder, name, path), VKEY_BYTES_MAX, out, err);
}

static enum hf_status write_line(const char *folder, const char *name, struct hf_slice line, unsigned mode,
                                 struct hf_error *err)
{
    char path[PATH_BYTES];
    struct hf_buf text = {0};
    hf_buf_reserve(&text, line.len + 1);
    hf_buf_append_slice(&text, line);
    hf_buf_append_u8(&text, '\n');
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = hf_audit_file_replace(path_of(folder, name, path), hf_buf_slice(&text), mode, err);
    hf_buf_wipe(&text);
    return status;
}

/* --- making one --- */

struct made {
    const char *folder, *log_vkey;
    uint8_t seed[HF_SIGN_SEED_BYTES];
    struct hf_cosigner cosigner;
};

/* The key last: a folder without one is no witness. */
static enum hf_status make_files(const struct made *made, struct hf_buf *vkey, struct hf_error *err)
{
    struct hf_buf hex = {0};
    hf_buf_reserve(&hex, 2 * HF_SIGN_SEED_BYTES);
    hf_text_hex(&hex, hf_slice_of(made->seed, HF_SIGN_SEED_BYTES));
    hf_cosigner_format(&made->cosigner, vkey);
    enum hf_status status = hf_buf_status(&hex);
    if (status == HF_OK)
        status = hf_buf_status(vkey);
    if (status == HF_OK)
        status = write_line(made->folder, "log.vkey", hf_slice_str(made->log_vkey), 0644, err);
    if (status == HF_OK)
        status = write_line(made->folder, "witness.vkey", hf_buf_slice(vkey), 0644, err);
    if (status == HF_OK)
        status = write_line(made->folder, "last", hf_slice_str(NOTHING_SIGNED), 0600, err);
    if (status == HF_OK)
        status = write_line(made->folder, "witness.key", hf_buf_slice(&hex), 0600, err);
    hf_buf_wipe(&hex);
    return status;
}

enum hf_status hf_witness_state_make(const char *folder, const char *name, const char *log_vkey, struct hf_buf *vkey,
                                     struct hf_error *err)
{
    struct hf_note_key log;
    struct hf_sign_key secret;
    struct made made = {.folder = folder, .log_vkey = log_vkey};
    if (hf_note_key_parse(hf_slice_str(log_vkey), &log) != HF_OK)
        return hf_error_set(err, HF_ERR_INVALID, "--log is not the verification key of a log.");
    hf_random(made.seed, sizeof made.seed);
    hf_sign_key_from_seed(made.seed, &secret);
    enum hf_status status = hf_cosigner_init(hf_slice_str(name), secret.public_key, &made.cosigner);
    if (status != HF_OK)
        (void)hf_error_set(err, status, "--name must be a name like audit.example/witness, without spaces or “+”.");
    else if (mkdir(folder, 0700) != 0)
        status = hf_error_set(err, HF_ERR_EXISTS, "%s: %s. A witness is made in a folder of its own.", folder,
                              strerror(errno));
    else
        status = make_files(&made, vkey, err);
    hf_wipe(&made, sizeof made);
    hf_wipe(&secret, sizeof secret);
    return status;
}

/* --- opening --- */

/* Two that read the same state could sign two histories. Held until the state is closed. */
static enum hf_status lock_state(struct hf_witness_state *state, struct hf_error *err)
{
    char path[PATH_BYTES];
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    state->lock = open(path_of(state->folder, "lock", path), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (state->lock < 0)
        return hf_error_set(err, HF_ERR_IO, "%s: %s.", path, strerror(errno));
    if (fcntl(state->lock, F_SETLK, &lock) != 0)
        return hf_error_set(err, HF_ERR_BUSY, "%s is in use: a witness serves from it, or signs. Try again.",
                            state->folder);
    return HF_OK;
}

static enum hf_status damaged(const struct hf_witness_state *state, struct hf_error *err)
{
    return hf_error_set(
        err, HF_ERR_CORRUPT,
        "The folder %s is not a witness, or is damaged. Nothing was signed. Do not mend it by hand: make "
        "a new witness and give its key to the authority.",
        state->folder);
}

static enum hf_status load_last(struct hf_witness_state *state, struct hf_error *err)
{
    struct hf_buf text = {0};
    enum hf_status status = read_line(state->folder, "last", &text, err);
    if (status == HF_OK && !hf_slice_equal(first_line(&text), hf_slice_str(NOTHING_SIGNED)) &&
        (hf_checkpoint_parse(hf_buf_slice(&text), &state->last) != HF_OK || state->last.size == 0 ||
         strcmp(state->last.origin, state->log.name) != 0))
        status = damaged(state, err);
    hf_buf_clear(&text);
    return status;
}

static enum hf_status load_keys(struct hf_witness_state *state, struct hf_error *err)
{
    uint8_t seed[HF_SIGN_SEED_BYTES] = {0};
    struct hf_buf log = {0}, vkey = {0}, key = {0};
    enum hf_status status = read_line(state->folder, "log.vkey", &log, err);
    if (status == HF_OK)
        status = read_line(state->folder, "witness.vkey", &vkey, err);
    if (status == HF_OK)
        status = read_line(state->folder, "witness.key", &key, err);
    if (status == HF_OK && (hf_note_key_parse(first_line(&log), &state->log) != HF_OK ||
                            hf_cosigner_parse(first_line(&vkey), &state->cosigner) != HF_OK ||
                            hf_text_unhex(first_line(&key), seed, sizeof seed) != HF_OK))
        status = damaged(state, err);
    if (status == HF_OK) {
        hf_sign_key_from_seed(seed, &state->secret);
        if (memcmp(state->secret.public_key, state->cosigner.public_key, HF_SIGN_PUBLIC_BYTES) != 0)
            status = damaged(state, err);
    }
    hf_wipe(seed, sizeof seed);
    hf_buf_clear(&log);
    hf_buf_clear(&vkey);
    hf_buf_wipe(&key);
    return status;
}

enum hf_status hf_witness_state_open(const char *folder, struct hf_witness_state *out, struct hf_error *err)
{
    *out = (struct hf_witness_state){.folder = folder, .lock = -1};
    enum hf_status status = lock_state(out, err);
    if (status == HF_OK)
        status = load_keys(out, err);
    if (status == HF_OK)
        status = load_last(out, err);
    if (status != HF_OK)
        hf_witness_state_close(out);
    return status;
}

void hf_witness_state_close(struct hf_witness_state *state)
{
    if (state->lock >= 0)
        (void)close(state->lock);
    hf_wipe(state, sizeof *state);
    state->lock = -1;
}

enum hf_status hf_witness_state_follow(const char *folder, const char *log_vkey, struct hf_error *err)
{
    struct hf_witness_state state;
    struct hf_note_key log;
    if (hf_note_key_parse(hf_slice_str(log_vkey), &log) != HF_OK)
        return hf_error_set(err, HF_ERR_INVALID, "--log is not the verification key of a log.");
    enum hf_status status = hf_witness_state_open(folder, &state, err);
    if (status != HF_OK)
        return status;
    if (strcmp(log.name, state.log.name) != 0)
        status =
            hf_error_set(err, HF_ERR_INVALID,
                         "This witness watches the log %s, and the key is of %s. Make a witness of its own for that.",
                         state.log.name, log.name);
    else
        status = write_line(folder, "log.vkey", hf_slice_str(log_vkey), 0644, err);
    hf_witness_state_close(&state);
    return status;
}

/* --- signing --- */

static enum hf_status remember(struct hf_witness_state *state, const struct hf_checkpoint *next, struct hf_error *err)
{
    char path[PATH_BYTES];
    struct hf_buf text = {0};
    hf_checkpoint_text(next, &text);
    enum hf_status status = hf_buf_status(&text);
    if (status == HF_OK)
        status = hf_audit_file_replace(path_of(state->folder, "last", path), hf_buf_slice(&text), 0600, err);
    if (status == HF_OK)
        state->last = *next;
    hf_buf_clear(&text);
    return status;
}

enum hf_status hf_witness_state_answer(struct hf_witness_state *state, struct hf_slice bytes, uint64_t unix_s,
                                       struct hf_buf *reply, struct hf_error *err)
{
    struct hf_witness_request request;
    struct hf_checkpoint next;
    struct hf_note_form form;
    enum hf_status status = hf_witness_request_parse(bytes, &request);
    if (status != HF_OK)
        return hf_error_set(err, status, "This is not a request to a witness.");
    status = hf_witness_check(&request, &state->log, &state->last, &next, err);
    if (status == HF_OK)
        status = hf_note_parse(request.note, &form);
    if (status == HF_OK)
        status = remember(state, &next, err);
    if (status == HF_OK)
        status = hf_cosigner_sign(&state->cosigner, &state->secret, unix_s, form.text, reply);
    return status;
}
