/* Somebody on the office's list of people, named on a command line. */
#include "client/cli/cli.h"

#include <stdlib.h>
#include <string.h>

struct person_search {
    const char *name;
    struct holdfast_id id;
    size_t found;
};

static bool look_at_person(void *ctx, const struct holdfast_person_row *row)
{
    struct person_search *search = ctx;
    if (strcmp(row->name, search->name) == 0) {
        search->id = row->id;
        search->found++;
    }
    return true;
}

bool cli_person(struct cli *cli, struct hf_slice word, struct holdfast_id *out)
{
    char *text = cli_text(word);
    struct person_search search = {.name = text};
    bool fine = holdfast_id_parse(text, out) == HOLDFAST_OK;
    if (!fine) {
        const enum holdfast_status status = holdfast_people(cli->hf, look_at_person, &search);
        if (status != HOLDFAST_OK)
            (void)cli_fail(cli, status);
        else if (search.found == 0)
            (void)cli_refuse("Nobody called %s is on this device's list of people. Sync once, or give the id.", text);
        else if (search.found > 1)
            (void)cli_refuse("%zu people are called %s: give the id of the one you mean.", search.found, text);
        fine = status == HOLDFAST_OK && search.found == 1;
        if (fine)
            *out = search.id;
    }
    free(text);
    return fine;
}
