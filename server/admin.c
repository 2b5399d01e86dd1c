#include "server/admin.h"

#include "core/base/options.h"
#include "core/base/text.h"
#include "core/json/json.h"
#include "protocol/channel.h"
#include "server/enrol.h"

#include <string.h>

#define DEVICE_PREFIX_DIGITS 8
#define DEVICE_SHOWN_BYTES   8

/* One command on its way: what it was given and where it writes. */
struct run {
    struct hf_office *office;
    const struct hf_slice *args; /* after the command's own words */
    size_t count;
    struct hf_admin_result *result;
    struct hf_error err;
    json_t *json; /* rows of a list command, when --json was given */
};
typedef enum hf_status command_fn(struct run *run);

static const char *const device_states[] = {"pending", "active", "revoked"};

static enum hf_status usage(struct run *run, const char *text)
{
    hf_buf_append_fmt(&run->result->errors, "Usage: %s\n", text);
    run->result->exit_code = 2;
    return HF_OK;
}

static enum hf_status parse(struct run *run, struct hf_option *options, size_t option_count, struct hf_slice *words,
                            size_t word_max, size_t *out_words)
{
    enum hf_status status =
        hf_options_parse(run->args, run->count, options, option_count, words, word_max, out_words, &run->err);
    if (status != HF_OK)
        run->result->exit_code = 2;
    return status;
}

/* A list begins as a JSON array when asked for; ends by being written. */
static enum hf_status list_begin(struct run *run, bool as_json)
{
    run->json = as_json ? json_array() : NULL;
    return as_json && !run->json ? HF_ERR_NOMEM : HF_OK;
}

static enum hf_status write_json(struct run *run, json_t *value)
{
    enum hf_status status = value ? hf_json_dump(value, HF_JSON_INDENTED, &run->result->output) : HF_ERR_NOMEM;
    hf_buf_append_str(&run->result->output, "\n");
    json_decref(value);
    return status;
}

static enum hf_status list_end(struct run *run, enum hf_status status)
{
    json_t *rows = run->json;
    run->json = NULL;
    if (rows && status == HF_OK)
        return write_json(run, rows);
    json_decref(rows);
    return status;
}

/* --- invite
 * -------------------------------------------------------------------------------------------------------------- */

static enum hf_status parse_cases(struct run *run, const struct hf_option *option, struct hf_id *out)
{
    for (size_t i = 0; i < option->seen; i++)
        if (hf_id_parse(option->values[i], &out[i]) != HF_OK)
            return hf_error_set(&run->err, HF_ERR_INVALID,
                                "--case needs the id of a case, as `holdfast case list` shows it.");
    return HF_OK;
}

static enum hf_status write_invitation(struct run *run, const struct hf_invite *invite, bool as_json)
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
        status = write_json(
            run, json_pack("{s:s, s:s, s:s}", "invitation", line.data, "person", person_text, "expires", expiry));
    else if (status == HF_OK)
        hf_buf_append_fmt(&run->result->output, "%s\n", (const char *)line.data);
    hf_buf_wipe(&line);
    return status;
}

static enum hf_status invite(struct run *run)
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
    enum hf_status status = parse(run, options, 5, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    if (!options[0].seen || !options[1].seen)
        return usage(
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

static void device_hex(const uint8_t *device, size_t bytes, struct hf_buf *out)
{
    hf_text_hex(out, hf_slice_of(device, bytes));
    hf_buf_append_u8(out, 0);
}

static enum hf_status device_json(struct run *run, const struct hf_device_row *row, const char *name)
{
    struct hf_buf hex = {0};
    char person[HF_ID_TEXT_BYTES], enrolled[HF_TIME_TEXT_BYTES], seen[HF_TIME_TEXT_BYTES];
    char code[HF_SAFETY_CODE_TEXT_BYTES];
    device_hex(row->device, sizeof row->device, &hex);
    hf_id_format(&row->person, person);
    hf_text_time(row->enrolled_ms, enrolled);
    hf_text_time(row->last_seen_ms, seen);
    hf_channel_safety_code(row->handshake_hash, code);
    json_t *object =
        json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "device", hex.data ? (char *)hex.data : "", "state",
                  device_states[row->state], "person", person, "name", name, "role", hf_role_name(row->role),
                  "enrolled", enrolled, "last_seen", seen, "safety_code", code, "changes", (json_int_t)row->next_seq);
    hf_buf_clear(&hex);
    return object && json_array_append_new(run->json, object) == 0 ? HF_OK : HF_ERR_NOMEM;
}

static void device_line(struct run *run, const struct hf_device_row *row, const char *name)
{
    struct hf_buf hex = {0};
    char seen[HF_TIME_TEXT_BYTES], code[HF_SAFETY_CODE_TEXT_BYTES];
    device_hex(row->device, DEVICE_SHOWN_BYTES, &hex);
    hf_text_time(row->last_seen_ms, seen);
    hf_buf_append_fmt(&run->result->output, "%s  %-8s %-8s %-28s last seen %.16sZ  %llu changes\n", (char *)hex.data,
                      device_states[row->state], hf_role_name(row->role), name, seen,
                      (unsigned long long)row->next_seq);
    if (row->state == HF_DEVICE_PENDING) {
        hf_channel_safety_code(row->handshake_hash, code);
        hf_buf_append_fmt(&run->result->output, "                  compare with the device: %s\n", code);
    }
    hf_buf_clear(&hex);
}

struct device_walk {
    struct run *run;
    bool only_pending;
    struct hf_device_row rows[256];
    size_t count;
    bool more;
};

static bool collect_device(void *ctx, const struct hf_device_row *row)
{
    struct device_walk *walk = ctx;
    if (row->role == HF_ROLE_SERVER || (walk->only_pending && row->state != HF_DEVICE_PENDING))
        return true;
    walk->more = walk->count == sizeof walk->rows / sizeof walk->rows[0];
    if (!walk->more)
        walk->rows[walk->count++] = *row;
    return !walk->more;
}

/* Devices first, names after: callbacks of the store must not call it. */
static enum hf_status list_devices(struct run *run, bool only_pending, bool as_json)
{
    static struct device_walk walk; /* large; one office, one thread */
    memset(&walk, 0, sizeof walk);
    walk.run = run;
    walk.only_pending = only_pending;
    enum hf_status status = list_begin(run, as_json);
    if (status == HF_OK)
        status = run->office->store->ops->devices(run->office->store, collect_device, &walk);
    for (size_t i = 0; status == HF_OK && i < walk.count; i++) {
        struct hf_buf name = {0};
        hf_enrol_person_name(run->office, &walk.rows[i].person, &name);
        hf_buf_append_u8(&name, 0);
        status = hf_buf_status(&name);
        if (status == HF_OK && as_json)
            status = device_json(run, &walk.rows[i], (char *)name.data);
        else if (status == HF_OK)
            device_line(run, &walk.rows[i], (char *)name.data);
        hf_buf_clear(&name);
    }
    if (!as_json && walk.count == 0)
        hf_buf_append_str(&run->result->output,
                          only_pending ? "No device waits for confirmation.\n" : "No devices yet.\n");
    if (!as_json && walk.more)
        hf_buf_append_str(&run->result->output, "… and more.\n");
    hf_wipe(&walk, sizeof walk);
    return list_end(run, status);
}

static enum hf_status device_list(struct run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    size_t words = 0;
    enum hf_status status = parse(run, options, 1, NULL, 0, &words);
    return status == HF_OK ? list_devices(run, false, options[0].seen > 0) : status;
}

static enum hf_status enrol_list(struct run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    size_t words = 0;
    enum hf_status status = parse(run, options, 1, NULL, 0, &words);
    return status == HF_OK ? list_devices(run, true, options[0].seen > 0) : status;
}

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

static enum hf_status find_device(struct run *run, struct hf_slice prefix, uint8_t out[HF_SIGN_PUBLIC_BYTES])
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

static enum hf_status device_revoke(struct run *run)
{
    struct hf_option options[] = {{.name = "--reason", .has_value = true}};
    struct hf_slice words[1];
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    size_t count = 0;
    enum hf_status status = parse(run, options, 1, words, 1, &count);
    if (status != HF_OK)
        return status;
    if (count != 1 || !options[0].seen)
        return usage(run, "holdfastd device revoke --data DIR DEVICE --reason lost|left|replaced|other");
    status = find_device(run, words[0], device);
    if (status == HF_OK)
        status = hf_enrol_revoke(run->office, device, options[0].value, &run->err);
    if (status == HF_OK)
        hf_buf_append_str(&run->result->output,
                          "Revoked. The device can hand in unsent work, which will be held, and reads nothing.\n");
    return status;
}

static enum hf_status enrol_confirm(struct run *run)
{
    struct hf_slice words[1];
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    size_t count = 0;
    enum hf_status status = parse(run, NULL, 0, words, 1, &count);
    if (status != HF_OK)
        return status;
    if (count != 1)
        return usage(run, "holdfastd enrol confirm --data DIR DEVICE");
    status = find_device(run, words[0], device);
    if (status == HF_OK)
        status = hf_enrol_confirm(run->office, device, &run->err);
    if (status == HF_OK)
        hf_buf_append_str(&run->result->output, "Confirmed. The device can sync now.\n");
    return status;
}

/* --- cases and people
 * -------------------------------------------------------------------------------------------------------- */

static enum hf_status case_assign(struct run *run)
{
    struct hf_option options[] = {{.name = "--case", .has_value = true},
                                  {.name = "--person", .has_value = true},
                                  {.name = "--reason", .has_value = true},
                                  {.name = "--remove"}};
    struct hf_id case_id, person;
    size_t words = 0;
    enum hf_status status = parse(run, options, 4, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    if (!options[0].seen || !options[1].seen)
        return usage(run, "holdfastd case assign --data DIR --case ID --person NAME|ID [--remove] "
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

struct assignment_walk {
    struct run *run;
    enum hf_status status;
};

static bool write_assignment(void *ctx, const struct hf_assignment_row *row)
{
    struct assignment_walk *walk = ctx;
    char case_text[HF_ID_TEXT_BYTES], person_text[HF_ID_TEXT_BYTES];
    hf_id_format(&row->case_id, case_text);
    hf_id_format(&row->person, person_text);
    if (walk->run->json) {
        json_t *object = json_pack("{s:s, s:s, s:b, s:I}", "case", case_text, "person", person_text, "held", row->held,
                                   "entry", (json_int_t)row->index);
        walk->status = object && json_array_append_new(walk->run->json, object) == 0 ? HF_OK : HF_ERR_NOMEM;
    } else {
        hf_buf_append_fmt(&walk->run->result->output, "case %s  person %s  %s  log entry %llu\n", case_text,
                          person_text, row->held ? "holds it" : "no longer", (unsigned long long)row->index);
    }
    return walk->status == HF_OK;
}

static enum hf_status case_list(struct run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    struct assignment_walk walk = {.run = run};
    size_t words = 0;
    enum hf_status status = parse(run, options, 1, NULL, 0, &words);
    if (status == HF_OK)
        status = list_begin(run, options[0].seen > 0);
    if (status != HF_OK)
        return status;
    status = run->office->store->ops->assignments(run->office->store, NULL, write_assignment, &walk);
    return list_end(run, status == HF_OK ? walk.status : status);
}

static bool write_person(void *ctx, const struct hf_person_row *row)
{
    struct assignment_walk *walk = ctx;
    char text[HF_ID_TEXT_BYTES];
    hf_id_format(&row->person, text);
    if (walk->run->json) {
        json_t *object = json_pack("{s:s, s:s%, s:s%}", "person", text, "name", row->name.data, row->name.len, "role",
                                   row->role.data, row->role.len);
        walk->status = object && json_array_append_new(walk->run->json, object) == 0 ? HF_OK : HF_ERR_NOMEM;
    } else {
        hf_buf_append_fmt(&walk->run->result->output, "%s  %-8.*s %.*s\n", text, (int)row->role.len,
                          (const char *)row->role.data, (int)row->name.len, (const char *)row->name.data);
    }
    return walk->status == HF_OK;
}

static enum hf_status person_list(struct run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    struct assignment_walk walk = {.run = run};
    size_t words = 0;
    enum hf_status status = parse(run, options, 1, NULL, 0, &words);
    if (status == HF_OK)
        status = list_begin(run, options[0].seen > 0);
    if (status != HF_OK)
        return status;
    status = hf_enrol_people(run->office, write_person, &walk);
    return list_end(run, status == HF_OK ? walk.status : status);
}

/* --- status
 * -------------------------------------------------------------------------------------------------------------------
 */

static bool count_held(void *ctx, const struct hf_entry_row *row)
{
    uint64_t *counts = ctx;
    counts[0] += row->hold != HF_HOLD_NONE;
    counts[1] += row->waiting;
    return true;
}

static enum hf_status status_show(struct run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    struct hf_store_head head;
    uint64_t counts[2] = {0, 0};
    size_t words = 0;
    enum hf_status status = parse(run, options, 1, NULL, 0, &words);
    if (status != HF_OK)
        return status;
    const struct hf_server_keys *keys = hf_keystore_server(run->office->keystore);
    hf_store_head(run->office->store, &head);
    status = run->office->store->ops->entries(run->office->store, 0, UINT64_MAX, count_held, counts);
    if (status != HF_OK)
        return status;
    if (options[0].seen)
        return write_json(run, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I}", "authority", keys->authority_name, "origin",
                                         keys->origin, "entries", (json_int_t)head.tree.size, "signed",
                                         (json_int_t)head.published_size, "held", (json_int_t)counts[0], "waiting",
                                         (json_int_t)counts[1]));
    hf_buf_append_fmt(
        &run->result->output,
        "%s (%s)\nlog entries       %llu\nsigned up to      %llu\nheld for a person %llu\nwaiting           %llu\n",
        keys->authority_name, keys->origin, (unsigned long long)head.tree.size, (unsigned long long)head.published_size,
        (unsigned long long)counts[0], (unsigned long long)counts[1]);
    return HF_OK;
}

/* --- the table
 * ------------------------------------------------------------------------------------------------------------------ */

static const struct command {
    const char *words[2];
    command_fn *run;
} commands[] = {
    {{"invite", NULL}, invite},        {{"enrol", "list"}, enrol_list},       {{"enrol", "confirm"}, enrol_confirm},
    {{"device", "list"}, device_list}, {{"device", "revoke"}, device_revoke}, {{"case", "list"}, case_list},
    {{"case", "assign"}, case_assign}, {{"person", "list"}, person_list},     {{"status", NULL}, status_show},
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

static void write_error(struct run *run, enum hf_status status)
{
    hf_buf_append_fmt(&run->result->errors, "%s\n", run->err.text[0] ? run->err.text : hf_status_text(status));
    if (run->result->exit_code == 0)
        run->result->exit_code = 1;
}

enum hf_status hf_admin_run(struct hf_office *office, const struct hf_slice *args, size_t count,
                            struct hf_admin_result *result)
{
    struct run run = {.office = office, .result = result};
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
