#include "client/cli/cli.h"

#include "core/base/text.h"
#include "core/crypto/crypto.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define ERROR_TEXT_BYTES 2048

/* --- texts
 * -------------------------------------------------------------------------------------------------------------------
 */

char *cli_text(struct hf_slice slice)
{
    char *text = malloc(slice.len + 1);
    if (!text) {
        (void)fprintf(stderr, "holdfast: there is not enough memory.\n");
        exit(CLI_FAILED);
    }
    if (slice.len)
        memcpy(text, slice.data, slice.len);
    text[slice.len] = '\0';
    return text;
}

char *cli_option_text(const struct cli *cli, const char *name)
{
    const struct hf_option *option = cli_option(cli, name);
    return option ? cli_text(option->value) : NULL;
}

bool cli_id(struct hf_slice slice, const char *what, struct holdfast_id *out)
{
    char *text = cli_text(slice);
    bool good = holdfast_id_parse(text, out) == HOLDFAST_OK;
    if (!good)
        (void)cli_refuse("%s must be an id like 01a2f0c4-7d1e-7abc-8def-0123456789ab.", what);
    free(text);
    return good;
}

/* --- failing and printing
 * -------------------------------------------------------------------------------------------------------------------
 */

static bool errors_as_json;

void cli_errors_as_json(void)
{
    errors_as_json = true;
}

static void say(const char *name, const char *text)
{
    struct hf_buf out = {0};
    json_t *object = errors_as_json ? json_pack("{s:s, s:s}", "error", name, "text", text) : NULL;
    if (object && hf_json_dump(object, 0, &out) == HF_OK) {
        (void)fprintf(stderr, "%.*s\n", (int)out.len, (const char *)out.data);
    } else {
        (void)fputs("holdfast: ", stderr);
        cli_put(stderr, text);
        (void)fputc('\n', stderr);
    }
    json_decref(object);
    hf_buf_clear(&out);
}

enum cli_exit cli_refuse(const char *format, ...)
{
    char text[ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    say("refused", text);
    return CLI_FAILED;
}

static bool ends_a_sentence(const char *text)
{
    size_t len = strlen(text);
    return len > 0 && strchr(".?!", text[len - 1]);
}

enum cli_exit cli_fail_with(struct cli *cli, enum holdfast_status status, const char *next)
{
    char whole[ERROR_TEXT_BYTES];
    const char *text = holdfast_error_text(cli->hf);
    const char *name = holdfast_status_name(status);
    if (!text[0])
        text = name;
    (void)snprintf(whole, sizeof whole, "%s%s%s%s", text, ends_a_sentence(text) ? "" : ".", next ? " " : "",
                   next ? next : "");
    say(name, whole);
    return CLI_FAILED;
}

enum cli_exit cli_fail(struct cli *cli, enum holdfast_status status)
{
    return cli_fail_with(cli, status, NULL);
}

enum cli_exit cli_print_json(json_t *value)
{
    struct hf_buf out = {0};
    enum hf_status status = value ? hf_json_dump(value, HF_JSON_INDENTED, &out) : HF_ERR_NOMEM;
    json_decref(value);
    /* JSON leaves control characters of the second kind (C2 80 to C2 9F in UTF-8) as they are; some terminals obey
     * them. They can only stand inside strings. */
    for (size_t i = 0; status == HF_OK && i < out.len; i++) {
        bool control = out.data[i] == 0xC2 && i + 1 < out.len && out.data[i + 1] >= 0x80 && out.data[i + 1] <= 0x9F;
        if (control)
            (void)printf("\\u00%02x", out.data[++i]);
        else
            (void)putchar(out.data[i]);
    }
    (void)putchar('\n');
    if (status == HF_OK && (fflush(stdout) != 0 || ferror(stdout)))
        status = HF_ERR_IO;
    hf_buf_clear(&out);
    return status == HF_OK ? CLI_DONE : cli_refuse("The output could not be written.");
}

void cli_wipe(void *data, size_t len)
{
    hf_wipe(data, len);
}

void cli_time(uint64_t unix_ms, char out[CLI_TIME_BYTES])
{
    char full[HF_TIME_TEXT_BYTES];
    out[0] = '\0';
    if (unix_ms == 0)
        return;
    hf_text_time(unix_ms, full);
    (void)snprintf(out, CLI_TIME_BYTES, "%.10s %.5s UTC", full, full + 11);
}

const char *cli_sent_words(const char *sent)
{
    if (strcmp(sent, "received") == 0)
        return "Received by office";
    if (strcmp(sent, "lost") == 0) /* an attachment only */
        return "Lost";
    return strcmp(sent, "sent") == 0 ? "Sent" : "Saved here";
}

void cli_hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

json_t *cli_json_id(const struct holdfast_id *id)
{
    char text[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(id, text);
    return json_string(text);
}

json_t *cli_json_time(uint64_t unix_ms)
{
    char text[HF_TIME_TEXT_BYTES];
    if (unix_ms == 0)
        return json_null();
    hf_text_time(unix_ms, text);
    return json_string(text);
}

/* --- passphrase
 * --------------------------------------------------------------------------------------------------------------- */

/* NULL when a line was taken; otherwise why not. */
static const char *take_line(FILE *file, char out[CLI_PASSPHRASE_BYTES])
{
    errno = 0;
    if (!fgets(out, CLI_PASSPHRASE_BYTES, file))
        return errno ? strerror(errno) : "there is nothing in it";
    size_t len = strcspn(out, "\r\n");
    if (out[len] == '\0' && len == CLI_PASSPHRASE_BYTES - 1)
        return "its first line is longer than a passphrase can be";
    out[len] = '\0';
    return NULL;
}

static bool from_file(const char *path, char out[CLI_PASSPHRASE_BYTES])
{
    FILE *file = fopen(path, "re");
    if (!file) {
        (void)cli_refuse("The passphrase file %s could not be read: %s.", path, strerror(errno));
        return false;
    }
    (void)setvbuf(file, NULL, _IONBF, 0); /* leaves no copy in a buffer of the library */
    const char *wrong = take_line(file, out);
    (void)fclose(file);
    if (wrong)
        (void)cli_refuse("The passphrase file %s could not be used: %s.", path, wrong);
    return !wrong;
}

/* However it ends, Ctrl+C included, the terminal shows again what is typed. */
static bool from_terminal(const char *prompt, char out[CLI_PASSPHRASE_BYTES])
{
    struct termios shown, hidden;
    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return false;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    cli_stop_begin();
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden); /* before the prompt: what is typed after it is not lost */
    (void)fputs(prompt, stderr);
    (void)fflush(stderr);
    (void)setvbuf(stdin, NULL, _IONBF, 0);
    const char *wrong = cli_stop_wait(STDIN_FILENO, UINT64_MAX) ? take_line(stdin, out) : "stopped";
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    (void)fputc('\n', stderr);
    cli_stop_end();
    if (wrong)
        (void)cli_refuse("No passphrase was given. Nothing was done.");
    return !wrong;
}

static bool ask(const char *prompt, bool twice, char out[CLI_PASSPHRASE_BYTES])
{
    char again[CLI_PASSPHRASE_BYTES];
    if (!isatty(STDIN_FILENO)) {
        (void)cli_refuse(
            "A passphrase is needed: --passphrase-file F, or HOLDFAST_PASSPHRASE_FILE, or a terminal to ask at.");
        return false;
    }
    if (!from_terminal(prompt, out))
        return false;
    if (!twice)
        return true;
    bool typed = from_terminal("Once more: ", again);
    bool same = typed && strcmp(out, again) == 0;
    cli_wipe(again, sizeof again);
    if (typed && !same)
        (void)cli_refuse("The two were not the same. Nothing was changed; please try again.");
    return same;
}

bool cli_passphrase(const struct cli *cli, const char *option, const char *prompt, bool twice,
                    char out[CLI_PASSPHRASE_BYTES])
{
    char *path = cli_option_text(cli, option);
    const char *fallback = strcmp(option, "--passphrase-file") == 0 ? getenv("HOLDFAST_PASSPHRASE_FILE") : NULL;
    bool good;
    if (path || fallback)
        good = from_file(path ? path : fallback, out);
    else
        good = ask(prompt, twice, out);
    free(path);
    if (good && out[0] == '\0') {
        (void)cli_refuse("The passphrase is empty.");
        good = false;
    }
    return good;
}

bool cli_passphrase_is_given(const struct cli *cli, const char *option)
{
    return cli_option(cli, option) || getenv("HOLDFAST_PASSPHRASE_FILE");
}

enum cli_exit cli_open(struct cli *cli)
{
    const struct hf_option *option = cli_option(cli, "--replica");
    const char *fallback = getenv("HOLDFAST_REPLICA");
    if (!option && !fallback)
        return cli_refuse("Say which device folder to use: --replica DIR.");
    char *folder = option ? cli_text(option->value) : cli_text(hf_slice_str(fallback));
    enum holdfast_status status = holdfast_open(folder, &cli->hf);
    free(folder);
    if (status != HOLDFAST_OK)
        return cli_refuse("Say which device folder to use: --replica DIR. (%s)", holdfast_status_name(status));
    return cli->command->unlocked ? cli_unlock(cli) : CLI_DONE;
}

enum cli_exit cli_unlock(struct cli *cli)
{
    char passphrase[CLI_PASSPHRASE_BYTES];
    const bool read_only = cli_option(cli, "--read-only") != NULL;
    if (holdfast_get_state(cli->hf) == HOLDFAST_EMPTY)
        return cli_refuse("There is no replica in this folder yet. Join an office with `holdfast enrol`.");
    if (!read_only && !cli_passphrase_is_given(cli, "--passphrase-file") && cli_unlock_by_keyring(cli))
        return CLI_DONE;
    if (!cli_passphrase(cli, "--passphrase-file", "Passphrase: ", false, passphrase))
        return CLI_FAILED;
    enum holdfast_status status =
        read_only ? holdfast_unlock_read_only(cli->hf, passphrase) : holdfast_unlock(cli->hf, passphrase);
    cli_wipe(passphrase, sizeof passphrase);
    return status == HOLDFAST_OK ? CLI_DONE : cli_fail(cli, status);
}
