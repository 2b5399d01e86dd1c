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

enum cli_exit cli_refuse(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)fputs("holdfast: ", stderr);
    (void)vfprintf(stderr, format, args);
    (void)fputc('\n', stderr);
    va_end(args);
    return CLI_FAILED;
}

enum cli_exit cli_fail(struct cli *cli, enum holdfast_status status)
{
    const char *text = holdfast_error_text(cli->hf);
    if (cli->json) {
        json_t *object = json_pack("{s:s, s:s}", "error", holdfast_status_name(status), "text", text);
        (void)cli_print_json(object);
    }
    return cli_refuse("%s", text[0] ? text : holdfast_status_name(status));
}

enum cli_exit cli_print_json(json_t *value)
{
    struct hf_buf out = {0};
    enum hf_status status = value ? hf_json_dump(value, HF_JSON_INDENTED, &out) : HF_ERR_NOMEM;
    json_decref(value);
    if (status == HF_OK && fwrite(out.data, 1, out.len, stdout) != out.len)
        status = HF_ERR_IO;
    (void)fputc('\n', stdout);
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

static bool take_line(FILE *file, char out[CLI_PASSPHRASE_BYTES])
{
    if (!fgets(out, CLI_PASSPHRASE_BYTES, file))
        return false;
    out[strcspn(out, "\r\n")] = '\0';
    return true;
}

static bool from_file(const char *path, char out[CLI_PASSPHRASE_BYTES])
{
    FILE *file = fopen(path, "re");
    if (!file) {
        (void)cli_refuse("The passphrase file %s could not be read: %s.", path, strerror(errno));
        return false;
    }
    (void)setvbuf(file, NULL, _IONBF, 0); /* leaves no copy in a buffer of the library */
    bool taken = take_line(file, out);
    (void)fclose(file);
    if (!taken)
        (void)cli_refuse("The passphrase file %s is empty.", path);
    return taken;
}

static bool from_terminal(const char *prompt, char out[CLI_PASSPHRASE_BYTES])
{
    struct termios shown, hidden;
    if (tcgetattr(STDIN_FILENO, &shown) != 0)
        return false;
    hidden = shown;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    (void)fputs(prompt, stderr);
    (void)fflush(stderr);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
    (void)setvbuf(stdin, NULL, _IONBF, 0);
    bool taken = take_line(stdin, out);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown);
    (void)fputc('\n', stderr);
    return taken;
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
    bool same = from_terminal("Once more: ", again) && strcmp(out, again) == 0;
    cli_wipe(again, sizeof again);
    if (!same)
        (void)cli_refuse("The two were not the same. Nothing was changed.");
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
