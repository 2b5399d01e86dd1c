#include "server/cli/key.h"

#include "core/base/options.h"
#include "core/base/text.h"
#include "server/cli/file.h"
#include "server/listener.h"
#include "server/rotate.h"

#include <stdio.h>
#include <string.h>

#define KEY_FILE_BYTES 512
#define PART_BYTES     4000 /* of a certificate, in one argument of a command */

static const char usage_text[] =
    "Usage: holdfastd key request --data DIR FILE [--log] [--device] [--channel] [--store] | [--all]\n"
    "                              [--old-days DAYS]              new keys, to be certified; without a choice the "
    "log's.\n"
    "                                                             The channel key before is answered for 90 days more\n"
    "       holdfastd key sign REQUEST --authority-key FILE --out CERTIFICATE\n"
    "                                                             where the authority's key is; no network, no data "
    "folder\n"
    "       holdfastd key show --data DIR                         the certificate in use, for devices that were away\n"
    "       holdfastd key take --data DIR CERTIFICATE             from here on the log is signed with it\n";

static int fail(enum hf_status status, const struct hf_error *err)
{
    (void)fprintf(stderr, "holdfastd: %s\n", err->text[0] ? err->text : hf_status_text(status));
    return 1;
}

static int usage(void)
{
    (void)fputs(usage_text, stderr);
    return 2;
}

static enum hf_status read_authority(const char *path, struct hf_sign_key *out, struct hf_error *err)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    struct hf_buf text = {0};
    enum hf_status status = hf_cli_read_file(path, KEY_FILE_BYTES, &text, err);
    size_t len = 0;
    while (status == HF_OK && len < text.len && text.data[len] != '\n')
        len++;
    if (status == HF_OK && hf_text_unhex(hf_slice_of(text.data, len), seed, sizeof seed) != HF_OK)
        status =
            hf_error_set(err, HF_ERR_INVALID, "%s does not hold the authority's key: 64 hexadecimal digits.", path);
    if (status == HF_OK)
        hf_sign_key_from_seed(seed, out);
    hf_wipe(seed, sizeof seed);
    hf_buf_wipe(&text);
    return status;
}

static int sign(const struct hf_slice *args, size_t count)
{
    struct hf_option options[] = {{.name = "--authority-key", .has_value = true}, {.name = "--out", .has_value = true}};
    struct hf_slice word[1];
    struct hf_error err = {0};
    struct hf_buf request = {0}, certificate = {0};
    struct hf_sign_key authority;
    char in[HF_CLI_PATH_BYTES], key[HF_CLI_PATH_BYTES], out[HF_CLI_PATH_BYTES];
    size_t words = 0;
    if (hf_options_parse(args, count, options, 2, word, 1, &words, &err) != HF_OK || words != 1 ||
        !hf_cli_path(word[0], in) || !hf_cli_path(options[0].value, key) || !hf_cli_path(options[1].value, out))
        return usage();
    enum hf_status status = hf_cli_read_file(in, HF_KEYS_TEXT_BYTES_MAX, &request, &err);
    if (status == HF_OK)
        status = read_authority(key, &authority, &err);
    if (status == HF_OK)
        status = hf_rotate_sign(hf_buf_slice(&request), &authority, &certificate, &err);
    hf_wipe(&authority, sizeof authority);
    if (status == HF_OK)
        status = hf_cli_write_file(out, &certificate, &err);
    if (status == HF_OK)
        (void)printf("%.*s\n%s is the certificate. Bring it to the server: `holdfastd key take`.\n",
                     (int)certificate.len, (const char *)certificate.data, out);
    hf_buf_clear(&request);
    hf_buf_clear(&certificate);
    return status == HF_OK ? 0 : fail(status, &err);
}

static int ended(enum hf_status status, const struct hf_error *err, struct hf_admin_result *result)
{
    int code = (int)result->exit_code;
    if (status != HF_OK)
        code = fail(status, err);
    else if (result->errors.len)
        (void)fwrite(result->errors.data, 1, result->errors.len, stderr);
    else if (result->output.len)
        (void)fwrite(result->output.data, 1, result->output.len, stdout);
    hf_admin_result_clear(result);
    hf_listener_end_process();
    return code;
}

/* One word is the file; what else was said goes to the office. */
static int request(const char *data, const struct hf_slice *rest, size_t count, const char *path)
{
    struct hf_slice args[HF_CLI_ARGS_MAX + 2] = {hf_slice_str("key"), hf_slice_str("request")};
    struct hf_admin_result result = {0};
    struct hf_error err = {0};
    for (size_t i = 0; i < count; i++)
        args[2 + i] = rest[i];
    enum hf_status status = hf_cli_office_run(data, args, 2 + count, &result, &err);
    if (status == HF_OK && result.exit_code == 0)
        status = hf_cli_write_file(path, &result.output, &err);
    hf_buf_reset(&result.output);
    hf_buf_append_fmt(&result.output, "%s asks for a new key. Take it to the authority (`holdfastd key sign`).\n",
                      path);
    return ended(status, &err, &result);
}

static int show(const struct hf_slice *args, size_t count)
{
    const struct hf_slice words[] = {hf_slice_str("key"), hf_slice_str("show")};
    struct hf_slice rest[HF_CLI_ARGS_MAX];
    struct hf_admin_result result = {0};
    struct hf_error err = {0};
    char data[HF_CLI_PATH_BYTES];
    size_t left = 0;
    if (!hf_cli_take_data(args, count, rest, &left, data) || left != 0)
        return usage();
    enum hf_status status = hf_cli_office_run(data, words, 2, &result, &err);
    return ended(status, &err, &result);
}

static int take(const char *data, const char *path)
{
    struct hf_admin_result result = {0};
    struct hf_error err = {0};
    struct hf_buf text = {0};
    enum hf_status status = hf_cli_read_file(path, HF_KEYS_TEXT_BYTES_MAX, &text, &err);
    struct hf_slice args[2 + 2 * (HF_KEYS_TEXT_BYTES_MAX / PART_BYTES + 1)] = {hf_slice_str("key"),
                                                                               hf_slice_str("take")};
    size_t count = 2;
    for (size_t at = 0; at < text.len; at += PART_BYTES) {
        args[count++] = hf_slice_str("--text");
        args[count++] = hf_slice_of(text.data + at, text.len - at < PART_BYTES ? text.len - at : (size_t)PART_BYTES);
    }
    if (status == HF_OK)
        status = hf_cli_office_run(data, args, count, &result, &err);
    hf_buf_clear(&text);
    return ended(status, &err, &result);
}

/* The one word that is no option, nor the value of one. */
static bool take_file(struct hf_slice *rest, size_t *count, char path[HF_CLI_PATH_BYTES])
{
    size_t left = 0, files = 0;
    for (size_t i = 0; i < *count; i++) {
        const bool value = i > 0 && hf_slice_equal(rest[i - 1], hf_slice_str("--old-days"));
        if (value || (rest[i].len > 1 && rest[i].data[0] == '-'))
            rest[left++] = rest[i];
        else if (files++ > 0 || !hf_cli_path(rest[i], path))
            return false;
    }
    *count = left;
    return files == 1;
}

int hf_cli_key(const struct hf_slice *args, size_t count)
{
    struct hf_slice rest[HF_CLI_ARGS_MAX];
    char data[HF_CLI_PATH_BYTES], path[HF_CLI_PATH_BYTES];
    size_t left = 0;
    if (count > 0 && hf_slice_equal(args[0], hf_slice_str("show")))
        return show(args + 1, count - 1);
    if (count > 0 && hf_slice_equal(args[0], hf_slice_str("sign")))
        return sign(args + 1, count - 1);
    if (count == 0 || !hf_cli_take_data(args + 1, count - 1, rest, &left, data) || left == 0)
        return usage();
    if (hf_slice_equal(args[0], hf_slice_str("request")) && take_file(rest, &left, path))
        return request(data, rest, left, path);
    return hf_slice_equal(args[0], hf_slice_str("take")) && left == 1 && hf_cli_path(rest[0], path) ? take(data, path)
                                                                                                    : usage();
}
