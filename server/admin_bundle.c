/* bundle import, bundle export: files that somebody carries between the office and a device without a network. */
#include "core/base/text.h"
#include "server/admin_run.h"
#include "server/carry_file.h"
#include "server/exchange.h"

#include <stdlib.h>
#include <string.h>

#define PATH_BYTES   HF_CARRY_FILE_PATH_BYTES
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

/* An exchange and its files, portion by portion. */
struct going {
    struct hf_admin_long as_long; /* first */
    struct hf_exchange *exchange;
    struct hf_carry_file from, to;
    bool json;
};

static enum hf_status read_from_file(void *ctx, uint64_t at, uint8_t *out, size_t len, struct hf_error *err)
{
    return hf_carry_file_read(&((struct going *)ctx)->from, at, out, len, err);
}

static enum hf_status write_to_file(void *ctx, struct hf_slice bytes, struct hf_error *err)
{
    return hf_carry_file_append(&((struct going *)ctx)->to, bytes, err);
}

static enum hf_status go_on(struct hf_admin_long *as_long, struct hf_admin_run *run, bool *out_done)
{
    struct going *going = (struct going *)(void *)as_long;
    bool done = false;
    enum hf_status status = hf_exchange_step(going->exchange, &done, &run->err);
    if (status == HF_OK && done)
        status = hf_carry_file_finish(&going->to, &run->err);
    if (status == HF_OK && done)
        status = tell(run, hf_exchange_report(going->exchange), going->to.path, going->json);
    *out_done = done;
    return status;
}

static void going_free(struct hf_admin_long *as_long)
{
    struct going *going = (struct going *)(void *)as_long;
    hf_exchange_free(going->exchange);
    hf_carry_file_close(&going->from);
    hf_carry_file_close(&going->to);
    free(going);
}

static struct going *going_new(struct hf_admin_run *run, bool json)
{
    struct going *going = calloc(1, sizeof *going);
    if (!going) {
        (void)hf_error_set(&run->err, HF_ERR_NOMEM, "%s", hf_status_text(HF_ERR_NOMEM));
        return NULL;
    }
    going->as_long = (struct hf_admin_long){.step = go_on, .free = going_free};
    going->from = going->to = HF_CARRY_FILE_NONE;
    going->json = json;
    return going;
}

static enum hf_status go(struct hf_admin_run *run, struct going *going, enum hf_status status)
{
    if (status == HF_OK)
        run->result->more = &going->as_long;
    else
        going_free(&going->as_long);
    return status;
}

static enum hf_status import_from(struct hf_admin_run *run, const char *from, const char *to, bool json)
{
    struct going *going = going_new(run, json);
    if (!going)
        return HF_ERR_NOMEM;
    enum hf_status status = hf_carry_file_open(from, &going->from, &run->err);
    if (status == HF_OK)
        status = hf_carry_file_make(to, &going->to, &run->err);
    const struct hf_exchange_io io = {
        .ctx = going, .size = going->from.size, .read = read_from_file, .write = write_to_file};
    if (status == HF_OK)
        status = hf_exchange_begin(run->office, &io, &going->exchange, &run->err);
    return go(run, going, status);
}

static enum hf_status export_to(struct hf_admin_run *run, const uint8_t device[HF_SIGN_PUBLIC_BYTES], uint64_t from,
                                const char *to, bool json)
{
    struct going *going = going_new(run, json);
    if (!going)
        return HF_ERR_NOMEM;
    const struct hf_exchange_io io = {.ctx = going, .write = write_to_file};
    enum hf_status status = hf_carry_file_make(to, &going->to, &run->err);
    if (status == HF_OK)
        status = hf_exchange_begin_unasked(run->office, device, from, &io, &going->exchange, &run->err);
    return go(run, going, status);
}

enum hf_status hf_admin_bundle_import(struct hf_admin_run *run)
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

enum hf_status hf_admin_bundle_export(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--device", .has_value = true},
                                  {.name = "--out", .has_value = true},
                                  {.name = "--from", .has_value = true},
                                  {.name = "--json"}};
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    char to[PATH_BYTES];
    uint64_t from = 0;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 4, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    if (!options[0].seen || !path_of(options[1].value, to) || !read_from(&options[2], &from))
        return hf_admin_usage(run, EXPORT_USAGE);
    status = hf_admin_find_device(run, options[0].value, device);
    return status == HF_OK ? export_to(run, device, from, to, options[3].seen > 0) : status;
}
