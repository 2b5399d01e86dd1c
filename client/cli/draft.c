/* Drafts, and searching. */
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>

#define LABEL_COLUMNS 28
#define SEARCH_LIMIT  50

/* --- lists of drafts --------------------------------------------------------------------------------------------- */

struct drafts {
    json_t *json; /* NULL: text */
    size_t count;
    bool failed;
    const char *device; /* in hex; NULL: only this device's */
    struct holdfast_draft_place place;
    char form[HOLDFAST_DRAFT_FORM_BYTES_MAX + 1];
};

static json_t *draft_json(const struct holdfast_draft_row *row)
{
    return json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:s, s:I, s:o, s:b, s:b, s:b, s:b, s:b, s:s, s:s, s:o}", "record",
                     cli_json_id(&row->record), "case", cli_json_id(&row->case_id), "reference", row->reference, "type",
                     row->type, "form", row->form, "cursor", row->cursor, "preview", row->preview, "fields",
                     (json_int_t)row->field_count, "updated", cli_json_time(row->updated_ms), "own", row->own, "shared",
                     row->shared, "held_back", row->held_back, "new", row->is_new, "changed_since", row->changed_since,
                     "person", row->person, "device", row->device, "done",
                     row->done_ms ? cli_json_time(row->done_ms) : json_null());
}

static void print_whose(const struct holdfast_draft_row *row)
{
    if (row->own)
        return;
    (void)fputs(row->same_person ? ", your other device " : ", shared by ", stdout);
    cli_put(stdout, row->same_person ? "" : row->person);
    (void)printf("%s%.16s…", row->same_person ? "" : " from device ", row->device);
}

static bool show_draft(void *ctx, const struct holdfast_draft_row *row)
{
    struct drafts *drafts = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    char when[CLI_TIME_BYTES];
    drafts->count++;
    if (drafts->json) {
        json_t *object = draft_json(row);
        drafts->failed = !object || json_array_append_new(drafts->json, object) != 0;
        return !drafts->failed;
    }
    holdfast_id_format(&row->record, id);
    cli_time(row->updated_ms, when);
    (void)printf("%s  %-22s  ", id, row->type);
    cli_put_column(row->reference, 12, false);
    (void)printf("  %s", when);
    print_whose(row);
    (void)printf("%s%s%s%s\n    ", row->held_back ? ", shown to nobody any more: the office decided so" : "",
                 row->is_new ? "" : ", of a record that is there",
                 row->changed_since ? ", which was changed since" : "",
                 row->done_ms ? "; finished there: what was typed is saved" : "");
    cli_put(stdout, row->preview);
    (void)putchar('\n');
    return true;
}

enum cli_exit cli_draft_list(struct cli *cli)
{
    struct drafts drafts = {.json = cli->json ? json_array() : NULL};
    enum holdfast_status status = holdfast_draft_list(cli->hf, NULL, show_draft, &drafts);
    if (status != HOLDFAST_OK || drafts.failed) {
        json_decref(drafts.json);
        return drafts.failed ? cli_refuse("There is not enough memory.") : cli_fail(cli, status);
    }
    if (cli->json)
        return cli_print_json(drafts.json);
    if (drafts.count == 0)
        (void)puts("No drafts on this device.");
    return CLI_DONE;
}

/* --- one draft --------------------------------------------------------------------------------------------------- */

static bool find_place(void *ctx, const struct holdfast_draft_row *row)
{
    struct drafts *drafts = ctx;
    if (drafts->device ? strcmp(drafts->device, row->device) != 0 : !row->own)
        return true;
    drafts->count++;
    drafts->place.record = row->record;
    drafts->place.case_id = row->case_id;
    (void)snprintf(drafts->form, sizeof drafts->form, "%s", row->form);
    drafts->place.form = drafts->form;
    return false;
}

/* On a command line there is no form that a draft could be put into by mistake: its own place is the one it fits. */
static bool place_of(struct cli *cli, const char *device, struct drafts *out, enum cli_exit *out_code)
{
    struct holdfast_id record;
    *out = (struct drafts){.device = device};
    *out_code = CLI_FAILED;
    if (!cli_id(cli->words[0], "RECORD", &record))
        return false;
    enum holdfast_status status = holdfast_draft_list(cli->hf, &record, find_place, out);
    if (status != HOLDFAST_OK)
        *out_code = cli_fail(cli, status);
    else if (out->count == 0)
        *out_code = cli_refuse("There is no such draft on this device. `holdfast draft list` shows those there are.");
    return status == HOLDFAST_OK && out->count > 0;
}

struct values {
    json_t *json; /* NULL: text */
    bool failed;
};

static bool show_head(void *ctx, const struct holdfast_draft_row *row)
{
    struct values *values = ctx;
    struct drafts drafts = {0};
    if (values->json) {
        json_t *head = draft_json(row);
        values->failed = !head || json_object_set_new(values->json, "draft", head) != 0;
        return !values->failed;
    }
    return show_draft(&drafts, row);
}

static bool show_value(void *ctx, const struct holdfast_draft_value *value)
{
    struct values *values = ctx;
    if (values->json) {
        json_t *field = json_pack("{s:s, s:b}", "value", value->value, "changed_since", value->changed_since);
        values->failed =
            !field || json_object_set_new(json_object_get(values->json, "fields"), value->name, field) != 0;
        return !values->failed;
    }
    (void)putchar('\n');
    cli_put_column(value->label, LABEL_COLUMNS, false);
    (void)puts(value->changed_since ? " (changed in the record since)" : "");
    cli_put_block(value->value, 4);
    return true;
}

enum cli_exit cli_draft_show(struct cli *cli)
{
    struct drafts drafts;
    enum cli_exit code;
    char *device = cli_option_text(cli, "--device");
    struct values values = {.json = cli->json ? json_pack("{s:{}}", "fields") : NULL};
    if (place_of(cli, device, &drafts, &code)) {
        enum holdfast_status status =
            holdfast_draft_read(cli->hf, &drafts.place, device, show_head, show_value, &values);
        if (status != HOLDFAST_OK)
            code = cli_fail(cli, status);
        else if (values.failed)
            code = cli_refuse("There is not enough memory.");
        else
            code = cli->json ? cli_print_json(json_incref(values.json)) : CLI_DONE;
    }
    json_decref(values.json);
    free(device);
    return code;
}

static enum cli_exit say_done(struct cli *cli, enum holdfast_status status, const struct holdfast_id *record,
                              const char *done)
{
    if (status != HOLDFAST_OK)
        return cli_fail_with(cli, status, "The draft stays as it is.");
    if (cli->json)
        return cli_print_json(json_pack("{s:o}", "record", cli_json_id(record)));
    (void)puts(done);
    return CLI_DONE;
}

enum cli_exit cli_draft_discard(struct cli *cli)
{
    struct drafts drafts;
    enum cli_exit code;
    if (!place_of(cli, NULL, &drafts, &code))
        return code;
    return say_done(cli, holdfast_draft_discard(cli->hf, &drafts.place.record), &drafts.place.record,
                    "The draft was discarded.");
}

enum cli_exit cli_draft_commit(struct cli *cli)
{
    static const struct holdfast_id nothing;
    struct drafts drafts;
    enum cli_exit code;
    struct holdfast_id change = {{0}};
    if (!place_of(cli, NULL, &drafts, &code))
        return code;
    enum holdfast_status status = holdfast_draft_commit(cli->hf, &drafts.place, &change);
    const bool changed = memcmp(&change, &nothing, sizeof nothing) != 0;
    return say_done(cli, status, &drafts.place.record,
                    changed ? "Saved here" : "Nothing was different from what is saved. The draft has ended.");
}

enum cli_exit cli_draft_take(struct cli *cli)
{
    struct drafts drafts;
    enum cli_exit code;
    char *device = cli_option_text(cli, "--device");
    if (!device)
        return cli_refuse("Say whose draft it is: --device, as `holdfast draft list --json` shows it.");
    if (place_of(cli, device, &drafts, &code))
        code = say_done(cli, holdfast_draft_take(cli->hf, &drafts.place, device), &drafts.place.record,
                        "This is now a draft of this device too.");
    free(device);
    return code;
}

enum cli_exit cli_draft_share(struct cli *cli)
{
    struct drafts drafts;
    enum cli_exit code;
    const bool shared = !cli_option(cli, "--off");
    if (!place_of(cli, NULL, &drafts, &code))
        return code;
    return say_done(cli, holdfast_draft_share(cli->hf, &drafts.place.record, shared), &drafts.place.record,
                    shared ? "With the next sync others who hold the case see this draft."
                           : "With the next sync nobody else sees this draft.");
}

/* Autosave by hand, for scripts and tests: FIELD=VALUE as it stands, unchecked. */
static bool split_field(struct hf_slice word, char **out_name, struct holdfast_draft_field *out)
{
    size_t len = 0;
    while (len < word.len && word.data[len] != '=')
        len++;
    if (len == word.len)
        return false;
    *out_name = cli_text(word);
    (*out_name)[len] = '\0';
    *out = (struct holdfast_draft_field){.field = *out_name, .value = *out_name + len + 1};
    return true;
}

struct about {
    struct holdfast_form form;
    struct holdfast_id case_id, record, parent;
    const char *type;
    bool has_parent;
    char type_name[64];
};

static enum holdfast_status find_record(struct cli *cli, struct about *about)
{
    struct holdfast_record_row row;
    enum holdfast_status status = holdfast_read(cli->hf, &about->record, &row, NULL, NULL);
    if (status != HOLDFAST_OK)
        return status;
    (void)snprintf(about->type_name, sizeof about->type_name, "%s", row.type);
    about->type = about->type_name;
    return holdfast_form_record(cli->hf, &about->record, &about->form);
}

static bool begin_draft(struct cli *cli, struct about *about, enum cli_exit *out_code)
{
    const struct hf_option *record = cli_option(cli, "--record");
    const struct hf_option *case_id = cli_option(cli, "--case");
    const struct hf_option *parent = cli_option(cli, "--parent");
    enum holdfast_status status = HOLDFAST_OK;
    *out_code = CLI_FAILED;
    if (record) {
        if (!cli_id(record->value, "--record", &about->record))
            return false;
        status = find_record(cli, about);
    } else {
        if (!case_id) {
            *out_code =
                cli_refuse("Say which record the draft is of (--record), or in which case (--case) and --type.");
            return false;
        }
        about->has_parent = parent != NULL;
        if (!cli_id(case_id->value, "--case", &about->case_id) ||
            (parent && !cli_id(parent->value, "--parent", &about->parent)))
            return false;
        status = holdfast_form_new(cli->hf, &about->case_id, about->type, parent ? &about->parent : NULL, NULL,
                                   &about->form);
    }
    if (status != HOLDFAST_OK)
        *out_code = cli_fail(cli, status);
    return status == HOLDFAST_OK;
}

enum cli_exit cli_draft_put(struct cli *cli)
{
    struct holdfast_draft_field fields[HOLDFAST_DRAFT_FIELDS_MAX];
    char *names[HOLDFAST_DRAFT_FIELDS_MAX] = {NULL};
    struct about about = {.has_parent = false};
    enum cli_exit code = CLI_DONE;
    size_t count = 0;
    char *type = cli_option_text(cli, "--type");
    about.type = type ? type : "";
    for (; count < cli->word_count && count < HOLDFAST_DRAFT_FIELDS_MAX; count++)
        if (!split_field(cli->words[count], &names[count], &fields[count]))
            break;
    if (count < cli->word_count)
        code = cli_refuse("Write each field as FIELD=VALUE.");
    else if (begin_draft(cli, &about, &code)) {
        const struct holdfast_draft_save save = {.about = about.form,
                                                 .type = about.type,
                                                 .parent = about.has_parent ? &about.parent : NULL,
                                                 .form = "command line",
                                                 .fields = fields,
                                                 .field_count = count};
        char id[HOLDFAST_ID_TEXT_BYTES];
        holdfast_id_format(&about.form.record, id);
        enum holdfast_status status = holdfast_draft_put(cli->hf, &save, NULL);
        code = say_done(cli, status, &about.form.record, id);
    }
    for (size_t i = 0; i < count; i++)
        free(names[i]);
    free(type);
    return code;
}

/* --- search ------------------------------------------------------------------------------------------------------ */

static bool show_found(void *ctx, const struct holdfast_search_row *row)
{
    struct values *values = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    if (values->json) {
        json_t *object = json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:s}", "record", cli_json_id(&row->record), "case",
                                   cli_json_id(&row->case_id), "reference", row->reference, "type", row->type, "title",
                                   row->title, "field", row->field, "snippet", row->snippet);
        values->failed = !object || json_array_append_new(values->json, object) != 0;
        return !values->failed;
    }
    holdfast_id_format(&row->record, id);
    (void)printf("%s  ", id);
    cli_put(stdout, row->reference);
    (void)printf("  %s, %s\n    ", row->label, row->field_label);
    cli_put(stdout, row->snippet);
    (void)putchar('\n');
    return true;
}

static char *join_words(const struct cli *cli)
{
    struct hf_buf query = {0};
    for (size_t i = 0; i < cli->word_count; i++) {
        if (i > 0)
            hf_buf_append_str(&query, " ");
        hf_buf_append_slice(&query, cli->words[i]);
    }
    char *text = cli_text(hf_buf_slice(&query));
    hf_buf_wipe(&query);
    return text;
}

enum cli_exit cli_search(struct cli *cli)
{
    struct holdfast_search_found found = {0};
    struct holdfast_counts counts = {0};
    struct values values = {.json = cli->json ? json_array() : NULL};
    char *query = join_words(cli);
    enum holdfast_status status = holdfast_get_counts(cli->hf, &counts);
    if (status == HOLDFAST_OK && !cli->json)
        (void)printf("Searching %llu case%s on this device\n", (unsigned long long)counts.cases,
                     counts.cases == 1 ? "" : "s");
    if (status == HOLDFAST_OK)
        status = holdfast_search(cli->hf, query, SEARCH_LIMIT, show_found, &values, &found);
    free(query);
    if (status != HOLDFAST_OK || values.failed) {
        json_decref(values.json);
        return status != HOLDFAST_OK ? cli_fail(cli, status) : cli_refuse("There is not enough memory.");
    }
    if (cli->json)
        return cli_print_json(
            json_pack("{s:I, s:b, s:o}", "cases", (json_int_t)found.cases, "more", found.more, "records", values.json));
    if (found.records == 0)
        (void)puts("Nothing found.");
    if (found.more)
        (void)printf("There is more. Add a word to see less.\n");
    return CLI_DONE;
}
