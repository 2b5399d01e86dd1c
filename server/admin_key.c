/* holdfastd key …: the half that works on the office; files are the program's (server/cli/key.c). */
#include "server/admin_run.h"
#include "server/rotate.h"

#define TEXT_PARTS_MAX 4

static bool parse_days(struct hf_slice text, unsigned *out)
{
    unsigned days = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9' || days > HF_OLD_KEYS_DAYS_MAX)
            return false;
        days = days * 10 + (unsigned)(text.data[i] - '0');
    }
    *out = days;
    return text.len > 0 && days <= HF_OLD_KEYS_DAYS_MAX;
}

enum hf_status hf_admin_key_request(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--log"},   {.name = "--device"}, {.name = "--channel"},
                                  {.name = "--store"}, {.name = "--all"},    {.name = "--old-days", .has_value = true}};
    size_t words = 0;
    unsigned parts = 0, days = HF_OLD_KEYS_DAYS;
    enum hf_status status = hf_admin_parse(run, options, 6, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    for (unsigned i = 0; i < 4; i++)
        parts |= options[i].seen ? 1u << i : 0;
    if (options[4].seen)
        parts = HF_KEYS_ALL;
    if (parts == 0)
        parts = HF_KEYS_LOG;
    if (options[5].seen && !parse_days(options[5].value, &days))
        return hf_admin_usage(run, "holdfastd key request [--log] [--device] [--channel] [--store] [--all] "
                                   "[--old-days 0 to 3650] FILE");
    return hf_rotate_request(run->office, parts, days, &run->result->output, &run->err);
}

enum hf_status hf_admin_key_show(struct hf_admin_run *run)
{
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, NULL, 0, NULL, 0, &words);
    return status == HF_OK ? hf_rotate_show(run->office, &run->result->output) : status;
}

enum hf_status hf_admin_key_take(struct hf_admin_run *run)
{
    struct hf_slice parts[TEXT_PARTS_MAX]; /* an argument may be shorter than a certificate */
    struct hf_option options[] = {{.name = "--text", .has_value = true, .values = parts, .values_max = TEXT_PARTS_MAX},
                                  {.name = "--json"}};
    struct hf_buf text = {0};
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, NULL, 0, &words);
    for (size_t i = 0; status == HF_OK && i < options[0].seen && i < TEXT_PARTS_MAX; i++)
        hf_buf_append_slice(&text, parts[i]);
    if (status == HF_OK)
        status = hf_buf_status(&text);
    if (status == HF_OK)
        status = hf_rotate_take(run->office, hf_buf_slice(&text), &run->err);
    hf_buf_clear(&text);
    if (status != HF_OK)
        return status;
    return hf_admin_done(
        run, &options[1],
        "The new keys are in use from here on, and the log says so. Give the log's key (`holdfastd witness vkey`) to "
        "your witnesses, and put it into the policy.");
}
