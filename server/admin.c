#include "core/base/assert.h"
#include "core/base/text.h"
#include "core/model/body_caseload.h"
#include "server/admin_run.h"
#include "server/enrol.h"
#include "server/suffix.h"

#include <stdio.h>
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

enum hf_status hf_admin_done(struct hf_admin_run *run, const struct hf_option *json, const char *text)
{
    if (json->seen)
        return hf_admin_write_json(run, json_pack("{s:b, s:s}", "done", 1, "text", text));
    hf_buf_append_fmt(&run->result->output, "%s\n", text);
    return HF_OK;
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

enum hf_status hf_admin_find_device(struct hf_admin_run *run, struct hf_slice prefix, uint8_t out[HF_SIGN_PUBLIC_BYTES])
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
    struct hf_option options[] = {{.name = "--reason", .has_value = true}, {.name = "--json"}};
    struct hf_slice words[1];
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, options, 2, words, 1, &count);
    if (status != HF_OK)
        return status;
    if (count != 1 || !options[0].seen)
        return hf_admin_usage(run, "holdfastd device revoke --data DIR DEVICE --reason lost|left|replaced|other");
    status = hf_admin_find_device(run, words[0], device);
    if (status == HF_OK)
        status = hf_enrol_revoke(run->office, device, options[0].value, &run->err);
    if (status == HF_OK)
        status = hf_admin_done(run, &options[1],
                               "Revoked. The device can hand in unsent work, which will be held, and reads nothing.");
    return status;
}

static enum hf_status enrol_confirm(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--json"}};
    struct hf_slice words[1];
    uint8_t device[HF_SIGN_PUBLIC_BYTES];
    size_t count = 0;
    enum hf_status status = hf_admin_parse(run, options, 1, words, 1, &count);
    if (status != HF_OK)
        return status;
    if (count != 1)
        return hf_admin_usage(run, "holdfastd enrol confirm --data DIR DEVICE");
    status = hf_admin_find_device(run, words[0], device);
    if (status == HF_OK)
        status = hf_enrol_confirm(run->office, device, &run->err);
    if (status == HF_OK)
        status = hf_admin_done(run, &options[0], "Confirmed. The device can sync now.");
    return status;
}

/* --- cases and people
 * -------------------------------------------------------------------------------------------------------- */

static enum hf_status case_assign(struct hf_admin_run *run)
{
    struct hf_option options[] = {{.name = "--case", .has_value = true},
                                  {.name = "--person", .has_value = true},
                                  {.name = "--reason", .has_value = true},
                                  {.name = "--remove"},
                                  {.name = "--json"}};
    struct hf_id case_id, person;
    size_t words = 0;
    enum hf_status status = hf_admin_parse(run, options, 5, NULL, 0, &words);
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
        status = hf_admin_done(run, &options[4],
                               held ? "Assigned. The case reaches the person's devices at their next sync."
                                    : "Taken away. The person's devices get no more of this case.");
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
    const struct hf_suffix *mirror = run->office->mirror;
    struct hf_buf behind = {0};
    if (mirror)
        hf_suffix_tell(mirror, &behind);
    hf_buf_append(&behind, "", 1);
    status = hf_buf_status(&behind);
    if (status == HF_OK && options[0].seen)
        status = hf_admin_write_json(
            run, json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s?, s:I, s:s}", "authority", keys->authority_name,
                           "origin", keys->origin, "entries", (json_int_t)head.tree.size, "signed",
                           (json_int_t)head.published_size, "held", (json_int_t)counts.held, "waiting",
                           (json_int_t)counts.waiting, "mirror", mirror ? mirror->path : NULL, "mirror_lacks",
                           (json_int_t)(mirror ? mirror->waiting : 0), "mirror_text", (const char *)behind.data));
    else if (status == HF_OK)
        hf_buf_append_fmt(&run->result->output,
                          "%s (%s)\nlog entries       %llu\nsigned up to      %llu\nheld for a person %llu\n"
                          "waiting           %llu\nmirror            %s%s\n",
                          keys->authority_name, keys->origin, (unsigned long long)head.tree.size,
                          (unsigned long long)head.published_size, (unsigned long long)counts.held,
                          (unsigned long long)counts.waiting, mirror ? mirror->path : "none",
                          mirror && behind.len == 1 ? " (has every commit since it was set up)" : "");
    if (status == HF_OK && !options[0].seen && behind.len > 1)
        hf_buf_append_fmt(&run->result->output, "%s\n", (const char *)behind.data);
    hf_buf_clear(&behind);
    return status;
}

/* --- the table
 * ------------------------------------------------------------------------------------------------------------------ */

/* Which roles may run it over their own device's channel; the administrator of this machine runs all of them. */
enum { HERE = 0, WORKER = 1u << HF_ROLE_WORKER, ADMIN = 1u << HF_ROLE_ADMIN, OFFICE = 1u << HF_ROLE_OFFICE };
/* Those who can be records officers; the commands ask for the right. */
enum { OFFICERS = OFFICE | 1u << HF_ROLE_MANAGER };

static const struct command {
    const char *words[2];
    hf_admin_command_fn *run;
    unsigned roles;
    const char *act; /* what it does, for people: a refusal names it */
} commands[] = {
    {{"invite", NULL}, invite, ADMIN, "invite a device"},
    {{"enrol", "list"}, hf_admin_enrol_list, ADMIN | OFFICE, "see which devices wait to join"},
    {{"enrol", "confirm"}, enrol_confirm, ADMIN, "confirm a device"},
    {{"device", "list"}, hf_admin_device_list, ADMIN | OFFICE, "see the devices"},
    {{"device", "revoke"}, device_revoke, ADMIN, "revoke a device"},
    {{"case", "list"}, hf_admin_case_list, ADMIN | OFFICE, "see who holds which case"},
    {{"case", "holders"}, hf_admin_case_holders, ADMIN | OFFICE, "see who held a case"},
    {{"case", "assign"}, case_assign, ADMIN | OFFICE, "give or take a case"},
    {{"urgent", "open"}, hf_admin_urgent_open, WORKER, "open a case because a child cannot wait"},
    {{"person", "list"}, hf_admin_person_list, ADMIN | OFFICE, "see the people"},
    {{"person", "add"}, hf_admin_person_add, ADMIN, "add a person"},
    {{"person", "role"}, hf_admin_person_role, ADMIN, "change a person's role"},
    {{"person", "officer"}, hf_admin_person_officer, ADMIN, "name a records officer"},
    {{"held", "list"}, hf_admin_held_list, ADMIN | OFFICE, "see what is held"},
    {{"held", "release"}, hf_admin_held_release, ADMIN | OFFICE, "let a held change count"},
    {{"held", "refuse"}, hf_admin_held_refuse, ADMIN | OFFICE, "refuse a held change"},
    {{"erase", "preview"}, hf_admin_erase_preview, OFFICERS, "see what would be erased"},
    {{"erase", "reads"}, hf_admin_erase_reads, OFFICERS, "see who read what would be erased"},
    {{"erase", "draft"}, hf_admin_erase_draft, OFFICERS, "draft an erasure"},
    {{"erase", "ask"}, hf_admin_erase_ask, OFFICERS, "ask for an erasure"},
    {{"erase", "list"}, hf_admin_erase_list, ADMIN | OFFICERS, "see the erasures"},
    {{"erase", "statement"}, hf_admin_erase_statement, OFFICERS, "see the statement of an erasure"},
    {{"erase", "confirm"}, hf_admin_erase_confirm, OFFICERS, "confirm an erasure"},
    {{"erase", "cancel"}, hf_admin_erase_cancel, OFFICERS, "cancel an erasure"},
    {{"hold", "place"}, hf_admin_hold_place, OFFICERS, "place a legal hold"},
    {{"hold", "lift"}, hf_admin_hold_lift, OFFICERS, "lift a legal hold"},
    {{"incarnation", "list"}, hf_admin_incarnation_list, ADMIN | OFFICE, "see the office's beginnings after a restore"},
    {{"status", NULL}, status_show, ADMIN | OFFICE, "see how the office stands"},
    {{"publish", NULL}, hf_admin_publish, HERE, "publish the log"},
    {{"bundle", "import"}, hf_admin_bundle_import, HERE, "take in a bundle"},
    {{"bundle", "export"}, hf_admin_bundle_export, HERE, "write a bundle"},
    {{"key", "request"}, hf_admin_key_request, HERE, "ask for a key of the log"},
    {{"key", "take"}, hf_admin_key_take, HERE, "take a key of the log"},
    {{"key", "show"}, hf_admin_key_show, ADMIN | OFFICE, "see the keys of the log"},
    {{"witness", "vkey"}, hf_admin_witness_vkey, ADMIN | OFFICE, "see the key for the witnesses"},
    {{"witness", "policy"}, hf_admin_witness_policy, HERE, "set which witnesses are needed"},
    {{"witness", "list"}, hf_admin_witness_list, ADMIN | OFFICE, "see the witnesses"},
    {{"witness", "request"}, hf_admin_witness_request, HERE, "ask a witness"},
    {{"witness", "take"}, hf_admin_witness_take, HERE, "take a witness's signature"},
    {{"witness", "addresses"}, hf_admin_witness_addresses, HERE, "set the witnesses' addresses"},
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

static const struct command *find_command(const struct hf_slice *args, size_t count)
{
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++)
        if (names(&commands[i], args, count))
            return &commands[i];
    return NULL;
}

static enum hf_status written(const struct hf_admin_result *result)
{
    return hf_buf_status(&result->output) == HF_OK && hf_buf_status(&result->errors) == HF_OK ? HF_OK : HF_ERR_NOMEM;
}

static enum hf_status run_command(struct hf_office *office, const struct command *command, const struct hf_slice *args,
                                  size_t count, struct hf_admin_result *result)
{
    struct hf_admin_run run = {.office = office, .result = result};
    run.args = args + words_of(command);
    run.count = count - words_of(command);
    enum hf_status status = command->run(&run);
    if (status != HF_OK)
        write_error(&run, status);
    return written(result);
}

static enum hf_status no_command(struct hf_admin_result *result)
{
    hf_buf_append_str(&result->errors, "There is no such command. `holdfastd --help` shows those there are.\n");
    result->exit_code = 2;
    return hf_buf_status(&result->errors);
}

enum hf_status hf_admin_run(struct hf_office *office, const struct hf_slice *args, size_t count,
                            struct hf_admin_result *result)
{
    const struct command *command = find_command(args, count);
    return command ? run_command(office, command, args, count, result) : no_command(result);
}

/* What the program of this machine says of itself, in the words of the program that asked. */
static enum hf_status for_device(struct hf_buf *text)
{
    static const struct {
        const char *from, *to;
    } swaps[] = {
        {"holdfastd --help", "holdfast office --help"}, {"holdfastd ", "holdfast office "}, {"--data DIR ", ""}};
    struct hf_buf out = {0};
    for (size_t at = 0; at < text->len;) {
        size_t i = 0;
        while (i < sizeof swaps / sizeof swaps[0] &&
               (text->len - at < strlen(swaps[i].from) ||
                memcmp(text->data + at, swaps[i].from, strlen(swaps[i].from)) != 0))
            i++;
        if (i == sizeof swaps / sizeof swaps[0]) {
            hf_buf_append_u8(&out, text->data[at++]);
        } else {
            hf_buf_append_str(&out, swaps[i].to);
            at += strlen(swaps[i].from);
        }
    }
    hf_buf_clear(text);
    *text = out;
    return hf_buf_status(text);
}

/* Whom somebody asks whose role may not. */
static const char *who_may(unsigned roles)
{
    if (roles & ADMIN)
        return "Ask an administrator.";
    if (roles & OFFICE)
        return "Ask a records officer.";
    return roles & WORKER ? "A worker can." : "It is done on the office's own machine.";
}

static enum hf_status not_for_role(const struct hf_peer *peer, const struct command *command,
                                   struct hf_admin_result *result)
{
    result->exit_code = 3;
    hf_buf_append_fmt(&result->errors, "The role %s may not do this: %s. %s\n", hf_role_name(peer->role), command->act,
                      who_may(command->roles));
    return hf_buf_status(&result->errors);
}

enum hf_status hf_admin_run_for(struct hf_office *office, const struct hf_peer *peer, const struct hf_slice *args,
                                size_t count, struct hf_admin_result *result)
{
    char words[HF_OFFICE_COMMAND_BYTES_MAX];
    struct hf_acting acting = {.person = peer->person, .command = words};
    const struct command *command = find_command(args, count);
    enum hf_status status;
    if (command) {
        (void)snprintf(words, sizeof words, "%s%s%s", command->words[0], command->words[1] ? " " : "",
                       command->words[1] ? command->words[1] : "");
        memcpy(acting.device, peer->device, sizeof acting.device);
    }
    if (!command) {
        status = no_command(result);
    } else if (peer->kind != HF_PEER_DEVICE || peer->mode != HF_MODE_NORMAL || !(command->roles & (1u << peer->role))) {
        status = not_for_role(peer, command, result);
    } else {
        office->acting = &acting;
        status = run_command(office, command, args, count, result);
        office->acting = NULL;
        HF_ASSERT(!result->more); /* who asked would have to stand in what later portions write */
    }
    return status == HF_OK ? for_device(&result->errors) : status;
}

static void end_long(struct hf_admin_result *result)
{
    if (result->more)
        result->more->free(result->more);
    result->more = NULL;
}

enum hf_status hf_admin_go_on(struct hf_office *office, struct hf_admin_result *result)
{
    struct hf_admin_run run = {.office = office, .result = result};
    struct hf_admin_long *more = result->more;
    bool done = false;
    enum hf_status status = more->step(more, &run, &done);
    if (status != HF_OK)
        write_error(&run, status);
    if (status != HF_OK || done)
        end_long(result);
    return written(result);
}

void hf_admin_result_clear(struct hf_admin_result *result)
{
    end_long(result);
    hf_buf_wipe(&result->output);
    hf_buf_clear(&result->errors);
    *result = (struct hf_admin_result){0};
}
