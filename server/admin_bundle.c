/* bundle import, bundle export: files that somebody carries between the office and a device without a network. */
#include "core/base/text.h"
#include "core/vault/files.h"
#include "server/admin_run.h"
#include "server/exchange.h"

#include <stdlib.h>
#include <string.h>

#define PATH_BYTES   4096
#define FROM_DIGITS  15
#define IMPORT_USAGE "holdfastd bundle import --data DIR /FILE --answer /NEW-FILE [--json]"
#define EXPORT_USAGE "holdfastd bundle export --data DIR --device DEVICE --out /NEW-FILE [--from ENTRY] [--json]"

/* Absolute: whoever runs the command may stand elsewhere than the server that does it. */
static bool path_of(struct hf_slice given, char out[PATH_BYTES])
{
    if (given.len == 0 || given.len >= PATH_BYTES || given.data[0] != '/' || memchr(given.data, 0, given.len))
        return false;
    memcpy(out, given.data, given.len);
    out[given.len] = '\0';
    return true;
}

static enum hf_status read_file(const char *path, struct hf_buf *out, struct hf_error *err)
{
    struct hf_error cause = {0};
    enum hf_status status = hf_vault_file_read(path, HF_LIMIT_CARRY_BYTES, out, &cause);
    if (status == HF_ERR_NOT_FOUND)
        return hf_error_set(err, status, "There is no file %s that the server can read.", path);
    if (status == HF_ERR_CORRUPT)
        return hf_error_set(err, HF_ERR_LIMIT, "%s is longer than %u MiB, which no such file is.", path,
                            HF_LIMIT_CARRY_BYTES >> 20);
    return status == HF_OK ? HF_OK : hf_error_set(err, status, "%s could not be read: %s", path, cause.text);
}

static enum hf_status write_file(const char *path, const struct hf_buf *bytes, struct hf_error *err)
{
    struct hf_error cause = {0};
    enum hf_status status = hf_vault_file_write(path, hf_buf_slice(bytes), &cause);
    if (status == HF_ERR_EXISTS)
        return hf_error_set(err, status, "%s is there already. Name a file that is not.", path);
    return status == HF_OK ? HF_OK
                           : hf_error_set(err, status, "%s could not be written by the server: %s", path, cause.text);
}

static enum hf_status tell(struct hf_admin_run *run, const struct hf_exchange_report *report, const char *path,
                           bool json)
{
    struct hf_buf device = {0};
    hf_text_hex(&device, hf_slice_of(report->device, sizeof report->device));
    hf_buf_append_u8(&device, 0);
    enum hf_status status = hf_buf_status(&device);
    if (status == HF_OK && json)
        status =
            hf_admin_write_json(run, json_pack("{s:s, s:I, s:I, s:I, s:b, s:s, s:s?}", "device", device.data, "changes",
                                               (json_int_t)report->changes, "held", (json_int_t)report->held, "entries",
                                               (json_int_t)report->entries, "hand_in", report->hand_in, "answer", path,
                                               "refused", report->error.status == HF_OK ? NULL : report->error.text));
    else if (status == HF_OK) {
        hf_buf_append_fmt(&run->result->output,
                          "Device %.16s: %llu change%s in the log, %llu of them held. %s has %llu entr%s for it.\n",
                          (const char *)device.data, (unsigned long long)report->changes,
                          report->changes == 1 ? "" : "s", (unsigned long long)report->held, path,
                          (unsigned long long)report->entries, report->entries == 1 ? "y" : "ies");
        if (report->hand_in)
            hf_buf_append_str(&run->result->output, "The device was revoked: it gets receipts and nothing else.\n");
    }
    if (status == HF_OK && report->error.status != HF_OK) {
        hf_buf_append_fmt(&run->result->errors, "%s\n", report->error.text);
        run->result->exit_code = 1;
    }
    hf_buf_clear(&device);
    return status;
}

static enum hf_status import_from(struct hf_admin_run *run, const char *from, const char *to, bool json)
{
    struct hf_buf file = {0}, answer = {0};
    struct hf_exchange_report report;
    uint64_t size = 0;
    hf_buf_init(&answer, HF_LIMIT_CARRY_BYTES);
    enum hf_status status = read_file(from, &file, &run->err);
    if (status == HF_OK && hf_vault_file_size(to, &size, NULL) == HF_OK)
        status = hf_error_set(&run->err, HF_ERR_EXISTS, "%s is there already. Name a file that is not.", to);
    if (status == HF_OK)
        status = hf_exchange_take(run->office, hf_buf_slice(&file), &answer, &report, &run->err);
    if (status == HF_OK)
        status = write_file(to, &answer, &run->err);
    if (status == HF_OK)
        status = tell(run, &report, to, json);
    hf_buf_wipe(&file);
    hf_buf_wipe(&answer);
    return status;
}

static enum hf_status import(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--answer", .has_value = true}, {.name = "--json"}};
    struct hf_slice word;
    char from[PATH_BYTES], to[PATH_BYTES];
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, &word, 1, &words);
    if (status != HF_OK)
        return status;
    if (words != 1 || !path_of(word, from) || !path_of(options[0].value, to))
        return hf_admin_usage(run, IMPORT_USAGE);
    return import_from(run, from, to, options[1].seen > 0);
}

static bool read_from(const struct hf_option *option, uint64_t *out)
{
    *out = 0;
    if (option->seen == 0)
        return true;
    if (option->value.len == 0 || option->value.len > FROM_DIGITS)
        return false;
    for (size_t i = 0; i < option->value.len; i++) {
        if (option->value.data[i] < '0' || option->value.data[i] > '9')
            return false;
        *out = *out * 10 + (uint64_t)(option->value.data[i] - '0');
    }
    return true;
}

static enum hf_status export(struct hf_admin_run *run) {
    struct hf_option options[] = {{.name = "--device", .has_value = true},
                                  {.name = "--out", .has_value = true},
                                  {.name = "--from", .has_value = true},
                                  {.name = "--json"}};
    struct hf_exchange_report report;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    char to[PATH_BYTES];
    struct hf_buf out = {0};
    uint64_t from;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 4, NULL, 0, &words);
    if (status != HF_OK) return status;
    if (!options[0].seen || !path_of(options[1].value, to) ||
        !read_from(&options[2], &from)) return hf_admin_usage(run, EXPORT_USAGE);
    status = hf_admin_find_device(run, options[0].value, device);
    if (status != HF_OK) return status;
    hf_buf_init(&out, HF_LIMIT_CARRY_BYTES);
    status = hf_exchange_make(run->office, device, from, &out, &report, &run->err);
    if (status == HF_OK) status = write_file(to, &out, &run->err);
    if (status == HF_OK) status = tell(run, &report, to, options[3].seen > 0);
    hf_buf_wipe(&out);
    return status;
}

enum hf_status hf_admin_bundle_import(struct hf_admin_run *run)
{
    return import(run);
}

enum hf_status hf_admin_bundle_export(struct hf_admin_run *run)
{
    return export(run);
}
