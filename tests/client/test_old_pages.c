/* Somebody who cannot open the vault puts one page of it back to an older version of the same page, page by page. No
 * record is shown older than it is without a word, whoever wrote it
 * (docs/vault.md, What is not promised). */
#include "tests/client/support_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_BYTES 4096
#define RECORDS    12

struct world {
    struct office *office;
    struct client ann, ben;
    struct holdfast_id records[RECORDS];
};

struct file {
    uint8_t *bytes;
    size_t len;
};

static void path_of(const struct client *client, char out[256])
{
    (void)snprintf(out, 256, "%s/%s.db", client->folder, HF_CLIENT_VAULT_NAME);
}

static struct file file_read(const struct client *client)
{
    char path[256];
    struct file file = {0};
    path_of(client, path);
    FILE *stream = fopen(path, "rbe");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    file.len = (size_t)ftell(stream);
    rewind(stream);
    file.bytes = malloc(file.len);
    assert_int_equal(fread(file.bytes, 1, file.len, stream), file.len);
    (void)fclose(stream);
    return file;
}

/* `file`, with the page from `at` on as `page`. */
static void file_write(const struct client *client, const struct file *file, size_t at, const uint8_t *page)
{
    char path[256];
    path_of(client, path);
    FILE *stream = fopen(path, "wbe");
    assert_non_null(stream);
    assert_int_equal(fwrite(file->bytes, 1, at, stream), at);
    assert_int_equal(fwrite(page, 1, PAGE_BYTES, stream), PAGE_BYTES);
    const size_t rest = file->len - at - PAGE_BYTES;
    assert_int_equal(fwrite(file->bytes + at + PAGE_BYTES, 1, rest, stream), rest);
    assert_int_equal(fclose(stream), 0);
}

static const char *words(const char *who, size_t record, int version)
{
    static char text[1200];
    const int len = snprintf(text, sizeof text, "%s on record %zu, version %d (invented). ", who, record, version);
    memset(text + len, 'a' + (int)record, 900);
    text[len + 900] = '\0';
    return text;
}

static const char *newest(size_t record)
{
    return record < 6 ? words("Ann", record, 2) : record < 9 ? words("Ben", record, 1) : words("Ben", record, 2);
}

static bool see_text(void *ctx, const struct holdfast_field_row *row)
{
    const char **wanted = ctx;
    if (strcmp(row->name, "text") == 0 && row->value_count == 1 && strcmp(row->values[0], *wanted) == 0)
        *wanted = NULL;
    return true;
}

/* Ann's own words: records 0 to 5, the last two not sent. Every record that can be read says the newest; one that is
 * older is refused in words. */
static bool nothing_is_older(struct world *world)
{
    bool all = true;
    for (size_t i = 0; i < RECORDS; i++) {
        const char *wanted = newest(i);
        const enum holdfast_status status =
            holdfast_read(world->ann.hf, &world->records[i], NULL, see_text, (void *)&wanted);
        if (status == HOLDFAST_OK && wanted)
            fail_msg("record %zu is older than the newest change, and nobody is told", i);
        if (status == HOLDFAST_STATE)
            refused(&world->ann, status, HOLDFAST_STATE, "older copy");
        all = all && status == HOLDFAST_OK;
    }
    return all;
}

static void write_all(struct world *world, struct file *out_old, struct file *out_new,
                      uint8_t digest[HOLDFAST_DIGEST_BYTES])
{
    struct client *ann = &world->ann;
    const struct holdfast_id case_id = new_case(ann, "CH-1");
    for (size_t i = 0; i < RECORDS; i++)
        world->records[i] = new_record(ann, &case_id, "action", "text", words("Ann", i, 1));
    sync_in_memory(ann, world->office);
    sync_in_memory(&world->ben, world->office);
    for (size_t i = 6; i < 9; i++)
        save(&world->ben, &world->records[i], "text", words("Ben", i, 1));
    sync_in_memory(&world->ben, world->office);
    sync_in_memory(ann, world->office);
    holdfast_lock(ann->hf);
    *out_old = file_read(ann);
    ok(ann, holdfast_unlock(ann->hf, PASSPHRASE));
    for (size_t i = 0; i < 4; i++)
        save(ann, &world->records[i], "text", words("Ann", i, 2));
    sync_in_memory(ann, world->office);
    for (size_t i = 9; i < RECORDS; i++)
        save(&world->ben, &world->records[i], "text", words("Ben", i, 2));
    sync_in_memory(&world->ben, world->office);
    sync_in_memory(ann, world->office);
    save(ann, &world->records[4], "text", words("Ann", 4, 2));
    save(ann, &world->records[5], "text", words("Ann", 5, 2));
    assert_true(nothing_is_older(world));
    ok(ann, holdfast_digest(ann->hf, NULL, digest));
    holdfast_lock(ann->hf);
    *out_new = file_read(ann);
}

struct tally {
    unsigned pages, refused, told, same, others;
};

/* Until the office has granted a new chain (tests/e2e/test_chains.sh). */
static void refuses_to_save(struct world *world)
{
    struct holdfast_edit *edit = NULL;
    enum holdfast_status status = holdfast_edit_record(world->ann.hf, &world->records[0], &edit);
    if (status == HOLDFAST_OK)
        status = holdfast_edit_set(edit, "text", "Built on what is old");
    if (status == HOLDFAST_OK) {
        status = holdfast_edit_commit(edit, NULL);
        edit = status == HOLDFAST_OK ? NULL : edit;
    }
    assert_int_not_equal(status, HOLDFAST_OK);
    holdfast_edit_cancel(edit);
}

/* Opened: what can be seen of it? */
static void look(struct world *world, const uint8_t digest[HOLDFAST_DIGEST_BYTES], struct tally *tally)
{
    struct client *ann = &world->ann;
    uint8_t now[HOLDFAST_DIGEST_BYTES];
    const bool all = nothing_is_older(world);
    if (holdfast_damage(ann->hf)[0] != '\0') {
        tally->told++;
        refuses_to_save(world);
    } else if (!all || holdfast_digest(ann->hf, NULL, now) != HOLDFAST_OK) {
        tally->refused++;
    } else if (memcmp(now, digest, sizeof now) == 0) {
        tally->same++;
    } else {
        tally->others++;
    }
}

static void one_older_page__no_record_goes_back_untold(void **state)
{
    struct world *world = *state;
    struct client *ann = &world->ann;
    struct tally tally = {0};
    struct file old, new;
    uint8_t digest[HOLDFAST_DIGEST_BYTES];
    write_all(world, &old, &new, digest);
    for (size_t at = 0; at + PAGE_BYTES <= old.len && at + PAGE_BYTES <= new.len; at += PAGE_BYTES) {
        if (memcmp(old.bytes + at, new.bytes + at, PAGE_BYTES) == 0)
            continue;
        tally.pages++;
        file_write(ann, &new, at, old.bytes + at);
        if (holdfast_unlock(ann->hf, PASSPHRASE) != HOLDFAST_OK)
            tally.refused++;
        else
            look(world, digest, &tally);
        holdfast_lock(ann->hf);
    }
    print_message("%u pages: %u refused, %u told, %u with the same records, %u with another digest\n", tally.pages,
                  tally.refused, tally.told, tally.same, tally.others);
    assert_in_range(tally.pages, 10, 1000);
    assert_int_not_equal(tally.told, 0);
    free(old.bytes);
    free(new.bytes);
}

static int setup(void **state)
{
    struct world *world = calloc(1, sizeof *world);
    world->office = office_new();
    world->ann = client_enrolled(world->office, "Ann Invented", HF_ROLE_OFFICE);
    world->ben = client_enrolled(world->office, "Ben Invented", HF_ROLE_OFFICE);
    *state = world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    client_free(&world->ann);
    client_free(&world->ben);
    office_free(world->office);
    free(world);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_older_page__no_record_goes_back_untold, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
