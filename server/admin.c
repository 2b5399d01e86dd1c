#include "core/base/text.h"
#include "server/admin_run.h"
#include "server/enrol.h"

#include <string.h>

#define DEVICE_PREFIX_DIGITS 8

enum hf_status hf_admin_usage(struct hf_admin_run *run, const char *text)
{
    hf_buf_append_fmt(&run->result->errors, "Usage: %s\n", text);
    run->result->exit_code = 2;
    return HF_OK;
}

enum hf_status hf_admin_parse(struct hf_admin_run *run, struct hf_option *options, size_t option_count,
                              struct hf_slice *words, size_t word_max, size_t *out_words)
{
    enum hf_status status =
        hf_options_parse(run->args, run->count, options, option_count, words, word_max, out_words, &run->err);
    if (status != HF_OK)
        run->result->exit_code = 2;
    return status;
}

enum hf_status hf_admin_write_json(struct hf_admin_run *run, json_t *value)
{
    enum hf_status status = value ? hf_json_dump(value, HF_JSON_INDENTED, &run->result->output) : HF_ERR_NOMEM;
    hf_buf_append_str(&run->result->output, "\n");
    json_decref(value);
    return status;
}

/* --- invite
 * -------------------------------------------------------------------------------------------------------------- */

static enum hf_status parse_cases(struct hf_admin_run *run, const struct hf_option *option, struct hf_id *out)
{
    for (size_t i = 0; i < option->seen; i++)
        if (hf_id_parse(option->values[i], &out[i]) != HF_OK)
            return hf_error_set(&run->err, HF_ERR_INVALID,
                                "--case needs the id of a case, as `holdfast case list` shows it.");
    return HF_OK;
}

static enum hf_status write_invitation(struct hf_admin_run *run, const struct hf_invite *invite, bool as_json)
{
    struct hf_id person;
    uint64_t expiry_ms = 0;
    struct hf_buf line = {0};
    char person_text[HF_ID_TEXT_BYTES], expiry[HF_TIME_TEXT_BYTES];
    enum hf_status status = hf_enrol_invite(run->office, invite, &person, &expiry_ms, &line, &run->err);
    if (status == HF_OK) {
        hf_buf_append_u8(&line, 0);
        hf_id_format(&person, person_text);
        hf_text_time(expiry_ms, expiry);
        status = hf_buf_status(&line);
    }
    if (status == HF_OK && as_json)
        status = hf_admin_write_json(
            run, json_pack("{s:s, s:s, s:s}", "invitation", line.data, "person", person_text, "expires", expiry));
    else if (status == HF_OK)
        hf_buf_append_fmt(&run->result->output, "%s\n", (const char *)line.data);
    hf_buf_wipe(&line);
    return status;
}

static enum hf_status invite(struct hf_admin_run *run)
{
    struct hf_slice case_texts[HF_INVITATION_CASES_MAX];
    struct hf_id cases[HF_INVITATION_CASES_MAX];
    struct hf_option options[] = {
        {.name = "--person", .has_value = true},
        {.name = "--role", .has_value = true},
        {.name = "--case", .has_value = true, .values = case_texts, .values_max = HF_INVITATION_CASES_MAX},
        {.name = "--address", .has_value = true},
        {.name = "--json"},
    };
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 5, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    if (!options[0].seen || !options[1].seen)
        return hf_admin_usage(
            run, "holdfastd invite --data DIR --person NAME --role worker|manager|office|auditor|admin [--case ID ...] "
                 "[--address tcp://HOST:PORT] [--json]");
    struct hf_invite invite = {.person_name = options[0].value,
                               .cases = cases,
                               .case_count = options[2].seen,
                               .address = hf_slice_str(run->office->address)};
    if (options[3].seen)
        invite.address = options[3].value;
    if (hf_role_parse(options[1].value, &invite.role) != HF_OK)
        return hf_error_set(&run->err, HF_ERR_INVALID,
                            "--role must be one of worker, manager, office, auditor, admin.");
    status = parse_cases(run, &options[2], cases);
    return status == HF_OK ? write_invitation(run, &invite, options[4].seen > 0) : status;
}

/* --- devices
 * --------------------------------------------------------------------------------------------------------------- */

struct device_search {
    struct hf_slice prefix; /* hex */
    size_t count;
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
};

static bool search_device(void *ctx, const struct hf_device_row *row)
{
    struct device_search *search = ctx;
    struct hf_buf hex = {0};
    hf_text_hex(&hex, hf_slice_of(row->device, sizeof row->device));
    if (row->role != HF_ROLE_SERVER && search->prefix.len <= hex.len &&
        memcmp(hex.data, search->prefix.data, search->prefix.len) == 0) {
        memcpy(search->device, row->device, sizeof search->device);
        search->count++;
    }
    hf_buf_clear(&hex);
    return true;
}

static enum hf_status find_device(struct hf_admin_run *run, struct hf_slice prefix, uint8_t out[HF_SIGN_PUBLIC_BYTES])
{
    struct device_search search = {.prefix = prefix};
    if (prefix.len < DEVICE_PREFIX_DIGITS)
        return hf_error_set(&run->err, HF_ERR_INVALID, "Give at least the first %d digits of the device's key.",
                            DEVICE_PREFIX_DIGITS);
    enum hf_status status = run->office->store->ops->devices(run->office->store, search_device, &search);
    if (status == HF_OK && search.count == 0)
        status = hf_error_set(&run->err, HF_ERR_NOT_FOUND,
                              "There is no such device. `holdfastd device list` shows those there are.");
    if (status == HF_OK && search.count > 1)
        status = hf_error_set(&run->err, HF_ERR_INVALID, "Several devices begin like that. Give more digits.");
    if (status == HF_OK)
        memcpy(out, search.device, HF_SIGN_PUBLIC_BYTES);
    return status;
}

static enum hf_status device_revoke(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--reason", .has_value = true}};
    struct hf_slice words[1];
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, options, 1, words, 1, &count);
    if (status != HF_OK)
        return status;
    if (count != 1 || !options[0].seen)
        return hf_admin_usage(run, "holdfastd device revoke --data DIR DEVICE --reason lost|left|replaced|other");
    status = find_device(run, words[0], device);
    if (status == HF_OK)
        status = hf_enrol_revoke(run->office, device, options[0].value, &run->err);
    if (status == HF_OK)
        hf_buf_append_str(&run->result->output,
                          "Revoked. The device can hand in unsent work, which will be held, and reads nothing.\n");
    return status;
}

static enum hf_status enrol_confirm(struct hf_admin_run *run)
{
    struct hf_slice words[1];
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, NULL, 0, words, 1, &count);
    if (status != HF_OK)
        return status;
    if (count != 1)
        return hf_admin_usage(run, "holdfastd enrol confirm --data DIR DEVICE");
    status = find_device(run, words[0], device);
    if (status == HF_OK)
        status = hf_enrol_confirm(run->office, device, &run->err);
    if (status == HF_OK)
        hf_buf_append_str(&run->result->output, "Confirmed. The device can sync now.\n");
    return status;
}

/* --- cases and people
 * -------------------------------------------------------------------------------------------------------- */

static enum hf_status case_assign(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--case", .has_value = true},
                                  {.name = "--person", .has_value = true},
                                  {.name = "--reason", .has_value = true},
                                  {.name = "--remove"}};
    struct hf_id case_id, person;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 4, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    if (!options[0].seen || !options[1].seen)
        return hf_admin_usage(run, "holdfastd case assign --data DIR --case ID --person NAME|ID [--remove] "
                                   "[--reason allocated|reallocated|cover|left|other]");
    bool held = options[3].seen == 0;
    struct hf_slice reason = options[2].seen ? options[2].value : hf_slice_str(held ? "allocated" : "reallocated");
    if (hf_id_parse(options[0].value, &case_id) != HF_OK)
        return hf_error_set(&run->err, HF_ERR_INVALID,
                            "--case needs the id of a case, as `holdfast case list` shows it.");
    status = hf_enrol_find_person(run->office, options[1].value, &person, &run->err);
    if (status == HF_OK)
        status = hf_enrol_assign(run->office, &case_id, &person, held, reason, &run->err);
    if (status == HF_OK)
        hf_buf_append_str(&run->result->output,
                          held ? "Assigned. The case reaches the person's devices at their next sync.\n"
                               : "Taken away. The person's devices get no more of this case.\n");
    return status;
}

/* --- status
 * -------------------------------------------------------------------------------------------------------------------
 */

static enum hf_status status_show(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    struct hf_store_head head;
    struct hf_store_counts counts;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 1, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    const struct hf_server_keys *keys = hf_keystore_server(run->office->keystore);
    hf_store_head(run->office->store, &head);
    status = run->office->store->ops->counts(run->office->store, &counts);
    if (status != HF_OK)
        return status;
    if (options[0].seen)
        return hf_admin_write_json(run, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "authority", keys->authority_name,
                                                  "origin", keys->origin, "entries", (json_int_t)head.tree.size,
                                                  "signed", (json_int_t)head.published_size, "held",
                                                  (json_int_t)counts.held, "waiting", (json_int_t)counts.waiting));
    hf_buf_append_fmt(
        &run->result->output,
        "%s (%s)\nlog entries       %llu\nsigned up to      %llu\nheld for a person %llu\nwaiting           %llu\n",
        keys->authority_name, keys->origin, (unsigned long long)head.tree.size, (unsigned long long)head.published_size,
        (unsigned long long)counts.held, (unsigned long long)counts.waiting);
    return HF_OK;
}

/* --- the table
 * ------------------------------------------------------------------------------------------------------------------ */

static const struct command {
    const char *words[2];
    hf_admin_command_fn *run;
} commands[] = {
    {{"invite", NULL}, invite},
    {{"enrol", "list"}, hf_admin_enrol_list},
    {{"enrol", "confirm"}, enrol_confirm},
    {{"device", "list"}, hf_admin_device_list},
    {{"device", "revoke"}, device_revoke},
    {{"case", "list"}, hf_admin_case_list},
    {{"case", "assign"}, case_assign},
    {{"person", "list"}, hf_admin_person_list},
    {{"status", NULL}, status_show},
    {{"publish", NULL}, hf_admin_publish},
};

static size_t words_of(const struct command *command)
{
    return command->words[1] ? 2 : 1;
}

static bool names(const struct command *command, const struct hf_slice *args, size_t count)
{
    size_t words = words_of(command);
    for (size_t i = 0; i < words; i++)
        if (i >= count || !hf_slice_equal(args[i], hf_slice_str(command->words[i])))
            return false;
    return true;
}

static void write_error(struct hf_admin_run *run, enum hf_status status)
{
    hf_buf_append_fmt(&run->result->errors, "%s\n", run->err.text[0] ? run->err.text : hf_status_text(status));
    if (run->result->exit_code == 0)
        run->result->exit_code = 1;
}

enum hf_status hf_admin_run(struct hf_office *office, const struct hf_slice *args, size_t count,
                            struct hf_admin_result *result)
{
    struct hf_admin_run run = {.office = office, .result = result};
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (!names(&commands[i], args, count))
            continue;
        run.args = args + words_of(&commands[i]);
        run.count = count - words_of(&commands[i]);
        enum hf_status status = commands[i].run(&run);
        if (status != HF_OK)
            write_error(&run, status);
        if (hf_buf_status(&result->output) != HF_OK || hf_buf_status(&result->errors) != HF_OK)
            return HF_ERR_NOMEM;
        return HF_OK;
    }
    hf_buf_append_str(&result->errors, "There is no such command. `holdfastd --help` shows those there are.\n");
    result->exit_code = 2;
    return hf_buf_status(&result->errors);
}

void hf_admin_result_clear(struct hf_admin_result *result)
{
    hf_buf_wipe(&result->output);
    hf_buf_clear(&result->errors);
    *result = (struct hf_admin_result){0};
}
