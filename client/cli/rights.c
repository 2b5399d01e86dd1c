/* holdfast rights: who may request, decide, approve, escalate and release, in words. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <string.h>

#define ROLE_BYTES 80

static void put_roles(FILE *file, const char *const *roles, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            (void)fputs(i + 1 == count ? " or " : ", ", file);
        cli_put_role(file, roles[i]);
    }
}

/* --- after saving ------------------------------------------------------------------------------------------------- */

static bool tell_right(void *ctx, const struct holdfast_right_row *row)
{
    (void)ctx;
    if (row->may)
        return true;
    if (row->lacks) {
        (void)fputs("This is saved. It does not count yet: ", stderr);
        cli_put(stderr, row->asks);
        (void)fputs(" Record it again with that, or ask the office to let it count.\n", stderr);
        return true;
    }
    (void)fputs("This is saved. It counts once the office has let it: ", stderr);
    cli_put(stderr, row->about[0] ? row->about : row->id);
    (void)fputs(" In this procedure that is for the ", stderr);
    put_roles(stderr, row->roles, row->role_count);
    (void)fputs(".\n", stderr);
    return true;
}

void cli_tell_rights(struct cli *cli, const struct holdfast_id *change)
{
    /* Help only: when it cannot be worked out here, the office still looks. */
    (void)holdfast_change_rights(cli->hf, change, tell_right, NULL);
}

void cli_tell_record_rights(struct cli *cli, const struct holdfast_id *record)
{
    (void)holdfast_rights(cli->hf, record, tell_right, NULL);
}

/* --- the list ----------------------------------------------------------------------------------------------------- */

struct right_list {
    json_t *json; /* NULL: text */
    char policy[ROLE_BYTES];
    size_t count;
    bool failed;
};

static json_t *right_json(const struct holdfast_right_entry *entry)
{
    json_t *by = entry->silent || entry->anybody ? NULL : json_array();
    for (size_t i = 0; by && i < entry->role_count; i++)
        (void)json_array_append_new(by, json_pack("{s:s, s:s}", "role", entry->roles[i], "name", entry->people[i]));
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:o}", "policy", entry->policy, "version",
                     entry->version, "id", entry->id, "about", entry->about, "record", entry->type, "may", entry->may,
                     "not_set", entry->silent, "anybody", entry->anybody, "by", by ? by : json_null());
}

static void print_who(const struct holdfast_right_entry *entry)
{
    if (entry->silent || entry->anybody) {
        (void)puts(entry->silent ? "not set by this procedure: anybody who holds the case"
                                 : "anybody who holds the case");
        return;
    }
    for (size_t i = 0; i < entry->role_count; i++) {
        (void)fputs(i == 0 ? "" : i + 1 == entry->role_count ? " or " : ", ", stdout);
        cli_put_role(stdout, entry->roles[i]);
        if (entry->people[i][0]) {
            (void)fputs(" (", stdout);
            cli_put(stdout, entry->people[i]);
            (void)putchar(')');
        }
    }
    (void)puts(entry->role_count == 0 ? "nobody in this case" : "");
}

static bool show_entry(void *ctx, const struct holdfast_right_entry *entry)
{
    struct right_list *list = ctx;
    if (list->json) {
        json_t *object = right_json(entry);
        list->failed = !object || json_array_append_new(list->json, object) != 0;
        return !list->failed;
    }
    if (list->count++ == 0 || strcmp(list->policy, entry->policy) != 0) {
        cli_put(stdout, entry->policy[0] ? entry->policy : "In this program");
        if (entry->version[0])
            (void)putchar(' ');
        cli_put(stdout, entry->version);
        (void)putchar('\n');
        (void)snprintf(list->policy, sizeof list->policy, "%s", entry->policy);
    }
    (void)fputs(entry->may ? "  may      " : "  may not  ", stdout);
    cli_put(stdout, entry->about[0] ? entry->about : entry->id);
    (void)fputs("\n             ", stdout);
    print_who(entry);
    return true;
}

enum cli_exit cli_rights(struct cli *cli)
{
    struct holdfast_id case_id, person;
    const struct hf_option *case_option = cli_option(cli, "--case"), *person_option = cli_option(cli, "--person");
    if ((case_option && !cli_id(case_option->value, "--case", &case_id)) ||
        (person_option && !cli_person(cli, person_option->value, &person)))
        return CLI_FAILED;
    struct right_list list = {.json = cli->json ? json_array() : NULL};
    const enum holdfast_status status =
        holdfast_rights_list(cli->hf, case_option ? &case_id : NULL, person_option ? &person : NULL, show_entry, &list);
    if (status == HOLDFAST_OK && !list.failed)
        return cli->json ? cli_print_json(list.json) : CLI_DONE;
    json_decref(list.json);
    return list.failed ? cli_refuse("There is not enough memory.") : cli_fail(cli, status);
}
