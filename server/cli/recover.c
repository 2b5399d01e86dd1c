#include "server/cli/recover.h"

#include "core/base/options.h"
#include "core/base/text.h"
#include "core/vault/recovery.h"
#include "core/vault/vault.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define PATH_BYTES   4096
#define LINE_BYTES   1100 /* a passphrase, its end of line and a NUL */
#define DEFAULT_NAME "replica"

static const char usage_text[] =
    "Usage: holdfastd recover --vault DIR [--name replica] --share FILE --share FILE --new-passphrase-file FILE\n";

struct request {
    char folder[PATH_BYTES];
    char name[PATH_BYTES];
    char shares[HF_RECOVERY_SHARES][PATH_BYTES];
    char passphrase_file[PATH_BYTES];
};

static bool copy(struct hf_slice from, const char *fallback, char out[PATH_BYTES])
{
    const struct hf_slice text = from.len > 0 || !fallback ? from : hf_slice_str(fallback);
    if (text.len == 0 || text.len >= PATH_BYTES)
        return false;
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
    return true;
}

static enum hf_status parse(const struct hf_slice *args, size_t count, struct request *out, struct hf_error *err)
{
    struct hf_slice shares[HF_RECOVERY_SHARES] = {{0}};
    struct hf_option options[] = {{.name = "--vault", .has_value = true},
                                  {.name = "--name", .has_value = true},
                                  {.name = "--new-passphrase-file", .has_value = true},
                                  {.name = "--share", .has_value = true, .values = shares, .values_max = 2}};
    size_t words = 0;
    enum hf_status status = hf_options_parse(args, count, options, 4, NULL, 0, &words, err);
    if (status != HF_OK)
        return status;
    if (options[3].seen != HF_RECOVERY_SHARES)
        return hf_error_set(err, HF_ERR_INVALID, "Both officers' shares are needed: --share FILE --share FILE.");
    if (!copy(options[0].value, NULL, out->folder) || !copy(options[1].value, DEFAULT_NAME, out->name) ||
        !copy(shares[0], NULL, out->shares[0]) || !copy(shares[1], NULL, out->shares[1]) ||
        !copy(options[2].value, NULL, out->passphrase_file))
        return hf_error_set(err, HF_ERR_INVALID, "Something is missing.");
    return HF_OK;
}

/* The first line of a file, without its end. The caller wipes `line`. */
static enum hf_status read_line(const char *path, char line[LINE_BYTES], struct hf_error *err)
{
    FILE *file = fopen(path, "re");
    if (!file)
        return hf_error_set(err, HF_ERR_IO, "%s could not be read: %s.", path, strerror(errno));
    (void)setvbuf(file, NULL, _IONBF, 0); /* leaves no copy in a buffer of the library */
    const bool got = fgets(line, LINE_BYTES, file) != NULL;
    (void)fclose(file);
    if (!got)
        return hf_error_set(err, HF_ERR_INVALID, "There is nothing in %s.", path);
    const size_t len = strcspn(line, "\r\n");
    if (line[len] == '\0' && len == LINE_BYTES - 1)
        return hf_error_set(err, HF_ERR_INVALID, "The first line of %s is too long.", path);
    line[len] = '\0';
    return HF_OK;
}

static enum hf_status read_share(const char *path, uint8_t out[HF_RECOVERY_SHARE_BYTES], struct hf_error *err)
{
    char line[LINE_BYTES];
    enum hf_status status = read_line(path, line, err);
    if (status == HF_OK && hf_text_unhex(hf_slice_str(line), out, HF_RECOVERY_SHARE_BYTES) != HF_OK)
        status = hf_error_set(err, HF_ERR_CORRUPT, "%s is no share of a recovery key, or it is damaged.", path);
    hf_wipe(line, sizeof line);
    return status;
}

static enum hf_status join(const struct request *request, struct hf_dh_key *out, struct hf_error *err)
{
    uint8_t shares[HF_RECOVERY_SHARES][HF_RECOVERY_SHARE_BYTES] = {{0}};
    enum hf_status status = HF_OK;
    for (size_t i = 0; status == HF_OK && i < HF_RECOVERY_SHARES; i++)
        status = read_share(request->shares[i], shares[i], err);
    if (status == HF_OK)
        status = hf_recovery_join(hf_slice_of(shares[0], HF_RECOVERY_SHARE_BYTES),
                                  hf_slice_of(shares[1], HF_RECOVERY_SHARE_BYTES), out, err);
    hf_wipe(shares, sizeof shares);
    return status;
}

static enum hf_status recover(const struct request *request, struct hf_error *err)
{
    char passphrase[LINE_BYTES];
    struct hf_dh_key key;
    enum hf_status status = read_line(request->passphrase_file, passphrase, err);
    if (status == HF_OK)
        status = join(request, &key, err);
    if (status == HF_OK)
        status = hf_vault_recover(request->folder, request->name, &key, hf_slice_str(passphrase), err);
    hf_wipe(&key, sizeof key);
    hf_wipe(passphrase, sizeof passphrase);
    return status;
}

int hf_cli_recover(const struct hf_slice *args, size_t count)
{
    struct hf_error err = {0};
    struct request request;
    if (parse(args, count, &request, &err) != HF_OK) {
        (void)fprintf(stderr, "holdfastd: %s\n%s", err.text, usage_text);
        return 2;
    }
    enum hf_status status = recover(&request, &err);
    if (status != HF_OK) {
        (void)fprintf(stderr, "holdfastd: %s\n", err.text[0] ? err.text : hf_status_text(status));
        return 1;
    }
    (void)printf("%s opens with the new passphrase, and with no other. Nothing that was recorded on it is lost.\n",
                 request.folder);
    return 0;
}
