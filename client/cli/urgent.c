/* holdfast urgent: opening a case that is somebody else's because a child cannot wait, and looking at such openings. */
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>

#define TYPE "urgent_access"

/* --- open --- */

enum cli_exit cli_urgent_open(struct cli *cli)
{
    char *reference = cli_text(cli->words[0]);
    char *reason = cli_option_text(cli, "--reason");
    char *text = NULL;
    enum cli_exit code = CLI_DONE;
    if (!reason) {
        free(reference);
        return cli_usage(cli);
    }
    const char *words[] = {"urgent", "open", "--case", reference, "--reason", reason, "--json"};
    enum holdfast_status status = holdfast_office(cli->hf, cli->json ? 7 : 6, words, NULL, &text);
    if (status == HOLDFAST_OK)
        cli_put_block(text, 0);
    else
        code = cli_fail_with(cli, status,
                             status == HOLDFAST_NETWORK ? "A case can only be opened while the office can be reached."
                                                        : NULL);
    holdfast_text_free(text);
    free(reference);
    free(reason);
    return code;
}

/* --- list --- */

struct opening {
    char person[HOLDFAST_ID_TEXT_BYTES], by[HOLDFAST_ID_TEXT_BYTES];
    char *reason, *until, *review;
};
/* Records cannot be read while they are listed, so that ids are gathered first. */
struct ids {
    struct holdfast_id *all; /* of a record and of its case, in turn */
    size_t count, cap;
};
struct urgent_show {
    struct cli *cli;
    json_t *json;
    bool all;
    size_t count;
};
struct name_search {
    const char *id;
    char *name;
};

static char *copy(const char *text)
{
    return cli_text((struct hf_slice){.data = (const uint8_t *)text, .len = strlen(text)});
}

static bool find_name(void *ctx, const struct holdfast_person_row *row)
{
    struct name_search *search = ctx;
    char id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&row->id, id);
    if (strcmp(id, search->id) == 0)
        search->name = copy(row->name);
    return !search->name;
}

static char *name_of(struct cli *cli, const char *id)
{
    struct name_search search = {.id = id};
    if (id[0])
        (void)holdfast_people(cli->hf, find_name, &search);
    return search.name ? search.name : copy(id);
}

static bool take_field(void *ctx, const struct holdfast_field_row *row)
{
    struct opening *opening = ctx;
    if (row->value_count == 0)
        return true;
    const char *value = row->values[0];
    if (strcmp(row->name, "person") == 0)
        (void)snprintf(opening->person, sizeof opening->person, "%s", value);
    else if (strcmp(row->name, "reviewed_by") == 0)
        (void)snprintf(opening->by, sizeof opening->by, "%s", value);
    else if (strcmp(row->name, "reason") == 0 && !opening->reason)
        opening->reason = copy(value);
    else if (strcmp(row->name, "until") == 0 && !opening->until)
        opening->until = copy(value);
    else if (strcmp(row->name, "review") == 0 && !opening->review)
        opening->review = copy(value);
    return true;
}

static void clear(struct opening *opening)
{
    free(opening->reason);
    free(opening->until);
    free(opening->review);
    *opening = (struct opening){.reason = NULL};
}

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

static void print_opening(const struct holdfast_id ids[2], const struct opening *opening, const char *who,
                          const char *by)
{
    char id[HOLDFAST_ID_TEXT_BYTES], case_id[HOLDFAST_ID_TEXT_BYTES];
    holdfast_id_format(&ids[0], id);
    holdfast_id_format(&ids[1], case_id);
    (void)printf("%s  case %s\n  ", id, case_id);
    cli_put(stdout, who);
    (void)printf(", until %s\n", or_empty(opening->until));
    cli_put_block(or_empty(opening->reason), 2);
    if (!opening->by[0]) {
        (void)printf("  Nobody has looked at this yet.\n");
        return;
    }
    (void)printf("  Looked at by ");
    cli_put(stdout, by);
    (void)printf(":\n");
    cli_put_block(or_empty(opening->review), 2);
}

static bool gather(void *ctx, const struct holdfast_record_row *row)
{
    struct ids *ids = ctx;
    if (ids->count + 2 > ids->cap) {
        const size_t cap = ids->cap ? ids->cap * 2 : 32;
        struct holdfast_id *grown = realloc(ids->all, cap * sizeof *grown);
        if (!grown)
            return false;
        ids->all = grown;
        ids->cap = cap;
    }
    ids->all[ids->count++] = row->id;
    ids->all[ids->count++] = row->case_id;
    return true;
}

static enum holdfast_status show_opening(struct urgent_show *show, const struct holdfast_id ids[2])
{
    struct opening opening = {.reason = NULL};
    enum holdfast_status status = holdfast_read(show->cli->hf, &ids[0], NULL, take_field, &opening);
    if (status == HOLDFAST_OK && (show->all || !opening.by[0])) {
        char *who = name_of(show->cli, opening.person), *by = name_of(show->cli, opening.by);
        show->count++;
        if (show->json)
            (void)json_array_append_new(
                show->json, json_pack("{s:o, s:o, s:s, s:s, s:s, s:s, s:s}", "record", cli_json_id(&ids[0]), "case",
                                      cli_json_id(&ids[1]), "person", who, "reason", or_empty(opening.reason), "until",
                                      or_empty(opening.until), "reviewed_by", by, "review", or_empty(opening.review)));
        else
            print_opening(ids, &opening, who, by);
        free(who);
        free(by);
    }
    clear(&opening);
    return status;
}

enum cli_exit cli_urgent_list(struct cli *cli)
{
    const struct holdfast_filter filter = {.type = TYPE};
    struct urgent_show show = {
        .cli = cli, .json = cli->json ? json_array() : NULL, .all = cli_option(cli, "--all") != NULL};
    struct ids ids = {.all = NULL};
    enum holdfast_status status = holdfast_list(cli->hf, &filter, gather, &ids);
    for (size_t i = 0; status == HOLDFAST_OK && i < ids.count; i += 2)
        status = show_opening(&show, &ids.all[i]);
    free(ids.all);
    if (status != HOLDFAST_OK) {
        json_decref(show.json);
        return cli_fail(cli, status);
    }
    if (cli->json)
        return cli_print_json(show.json);
    if (show.count == 0)
        (void)printf(show.all ? "No case was opened urgently.\n"
                              : "No urgent opening waits for somebody to look at it (--all shows the others).\n");
    return CLI_DONE;
}

/* --- look --- */

static enum holdfast_status save_look(struct cli *cli, const struct holdfast_id *record, const char *person,
                                      const char *note)
{
    struct holdfast_edit *edit = NULL;
    enum holdfast_status status = holdfast_edit_record(cli->hf, record, &edit);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_set(edit, "reviewed_by", person);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_set(edit, "review", note);
    if (status == HOLDFAST_OK) {
        status = holdfast_edit_commit(edit, NULL);
        edit = status == HOLDFAST_OK ? NULL : edit;
    }
    holdfast_edit_cancel(edit);
    return status;
}

enum cli_exit cli_urgent_look(struct cli *cli)
{
    struct holdfast_identity identity;
    struct holdfast_id record;
    struct holdfast_record_row row;
    struct opening opening = {.reason = NULL};
    char me[HOLDFAST_ID_TEXT_BYTES];
    char *note = cli_option_text(cli, "--note");
    enum cli_exit code = note ? CLI_DONE : cli_usage(cli);
    if (code == CLI_DONE && !cli_id(cli->words[0], "record", &record))
        code = CLI_FAILED;
    if (code == CLI_DONE) {
        enum holdfast_status status = holdfast_get_identity(cli->hf, &identity);
        if (status == HOLDFAST_OK)
            status = holdfast_read(cli->hf, &record, &row, take_field, &opening);
        holdfast_id_format(&identity.person, me);
        if (status == HOLDFAST_OK && strcmp(row.type, TYPE) != 0)
            code = cli_refuse("This record is no urgent opening. `holdfast urgent list` shows them.");
        else if (status == HOLDFAST_OK && strcmp(opening.person, me) == 0)
            code = cli_refuse("You opened this case yourself: somebody else looks at it.");
        else if (status == HOLDFAST_OK)
            status = save_look(cli, &record, me, note);
        if (status != HOLDFAST_OK)
            code = cli_fail(cli, status);
    }
    clear(&opening);
    free(note);
    if (code == CLI_DONE && cli->json)
        return cli_print_json(json_pack("{s:b}", "saved", 1));
    if (code == CLI_DONE)
        (void)printf("Saved. It reaches everybody who holds the case with the next sync.\n");
    return code;
}
