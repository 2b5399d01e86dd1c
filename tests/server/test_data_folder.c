#include "tests/server/support_office.h"

#include "core/base/text.h"
#include "server/data_folder.h"
#include "server/sql.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define NAMES 9
static const char *const names[NAMES] = {"secret.key", "authority.key", "authority.pub", "admin.key", "server.pub",
                                         "server.db",  "keys.db",       "guard.db",      "listen"};

struct world {
    char folder[128];
    struct hf_error err;
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    assert_int_equal(hf_crypto_init(false), HF_OK);
    office_folder_make(world.folder);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_folder_remove(world->folder);
    return 0;
}

static char *path_of(const struct world *world, const char *name)
{
    static char path[200];
    (void)snprintf(path, sizeof path, "%s/%s", world->folder, name);
    return path;
}

static enum hf_status init(struct world *world)
{
    return hf_data_folder_init(world->folder, "Invented Council", OFFICE_ORIGIN, &world->err);
}

static void write_file(struct world *world, const char *name, const char *text)
{
    FILE *file = fopen(path_of(world, name), "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static bool file_is(struct world *world, const char *name, const char *text)
{
    char found[100] = "";
    FILE *file = fopen(path_of(world, name), "r");
    if (!file)
        return false;
    size_t len = fread(found, 1, sizeof found - 1, file);
    assert_int_equal(fclose(file), 0);
    return len == strlen(text) && strcmp(found, text) == 0;
}

static void init__makes_a_folder_that_opens(void **state)
{
    struct world *world = *state;
    struct hf_data_folder folder;
    struct hf_store_head head;
    assert_int_equal(init(world), HF_OK);
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_OK);
    hf_store_head(folder.store, &head);
    assert_int_equal(head.tree.size, 2);
    assert_int_equal(head.published_size, 2);
    assert_true(folder.office.has_admin_key);
    hf_data_folder_close(&folder);
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_OK);
    hf_store_head(folder.store, &head);
    assert_int_equal(head.tree.size, 2);
    hf_data_folder_close(&folder);
}

static void init__keeps_secrets_to_the_owner(void **state)
{
    struct world *world = *state;
    struct stat found;
    assert_int_equal(init(world), HF_OK);
    for (size_t i = 0; i < 8; i++) {
        bool public_file = strstr(names[i], ".pub") != NULL;
        assert_int_equal(stat(path_of(world, names[i]), &found), 0);
        if (!public_file)
            assert_int_equal(found.st_mode & 077, 0);
    }
}

static void init__twice_is_refused_and_changes_nothing(void **state)
{
    struct world *world = *state;
    struct hf_data_folder folder;
    assert_int_equal(init(world), HF_OK);
    assert_int_equal(init(world), HF_ERR_EXISTS);
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_OK);
    hf_data_folder_close(&folder);
}

/* Somebody moved a key away, as they are told to do with authority.key: what is left is somebody's office. */
static void init__beside_any_part_of_an_office_is_refused_and_touches_none(void **state)
{
    struct world *world = *state;
    for (size_t i = 0; i < 8; i++) {
        write_file(world, names[i], "old\n");
        assert_int_equal(init(world), HF_ERR_EXISTS);
        assert_non_null(strstr(world->err.text, names[i]));
        for (size_t j = 0; j < 8; j++) {
            if (i == j)
                assert_true(file_is(world, names[j], "old\n"));
            else
                assert_int_not_equal(access(path_of(world, names[j]), F_OK), 0);
        }
        assert_int_equal(unlink(path_of(world, names[i])), 0);
    }
    assert_int_equal(init(world), HF_OK);
}

static void init__refuses_names_that_cannot_be_signed(void **state)
{
    struct world *world = *state;
    assert_int_equal(hf_data_folder_init(world->folder, "", OFFICE_ORIGIN, &world->err), HF_ERR_INVALID);
    assert_int_equal(hf_data_folder_init(world->folder, "Council", "", &world->err), HF_ERR_INVALID);
    assert_int_equal(hf_data_folder_init(world->folder, "Council", "a b", &world->err), HF_ERR_INVALID);
    assert_int_equal(hf_data_folder_init(world->folder, "Council", "a+b", &world->err), HF_ERR_INVALID);
    assert_int_equal(hf_data_folder_init(world->folder, "\xff", OFFICE_ORIGIN, &world->err), HF_ERR_INVALID);
    assert_int_equal(rmdir(world->folder), 0); /* empty */
    assert_int_equal(mkdir(world->folder, 0700), 0);
}

static void open__by_a_second_is_busy(void **state)
{
    struct world *world = *state;
    struct hf_data_folder first, second;
    assert_int_equal(init(world), HF_OK);
    assert_int_equal(hf_data_folder_open(world->folder, &first, &world->err), HF_OK);
    assert_int_equal(hf_data_folder_open(world->folder, &second, &world->err), HF_ERR_BUSY);
    hf_data_folder_close(&first);
    assert_int_equal(hf_data_folder_open(world->folder, &second, &world->err), HF_OK);
    hf_data_folder_close(&second);
}

static void open__says_what_is_missing_or_damaged(void **state)
{
    struct world *world = *state;
    struct hf_data_folder folder;
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(world->err.text, "holdfastd init"));
    assert_int_equal(init(world), HF_OK);
    assert_int_equal(unlink(path_of(world, "guard.db")), 0);
    (void)unlink(path_of(world, "guard.db-wal"));
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_ERR_NOT_FOUND);
    assert_non_null(strstr(world->err.text, "holdfastd guard new"));
    write_file(world, "secret.key", "not hex\n");
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_ERR_CORRUPT);
    assert_non_null(strstr(world->err.text, "secret.key"));
}

static void read_text(struct world *world, const char *name, char out[200])
{
    FILE *file = fopen(path_of(world, name), "r");
    assert_non_null(file);
    out[fread(out, 1, 199, file)] = '\0';
    assert_int_equal(fclose(file), 0);
}

/* The two lines of secret.key, with another second one. */
static void name_suite(struct world *world, const char *name)
{
    char text[200];
    read_text(world, "secret.key", text);
    char *end = strchr(text, '\n');
    assert_non_null(end);
    (void)snprintf(end, sizeof text - (size_t)(end - text), "\n%s%s", name, name[0] ? "\n" : "");
    write_file(world, "secret.key", text);
}

static void init__seals_with_the_suite_of_the_processor_and_records_it(void **state)
{
    struct world *world = *state;
    struct hf_data_folder folder;
    char text[200];
    const char *own = hf_hw_available() ? "\nxaes-256-gcm\n" : "\nxchacha20-poly1305\n";
    const char *other = hf_hw_available() ? "xchacha20-poly1305" : "xaes-256-gcm";
    assert_int_equal(init(world), HF_OK);
    read_text(world, "secret.key", text);
    assert_string_equal(text + 64, own);
    name_suite(world, other); /* which is not how the pages were sealed */
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_ERR_CORRUPT);
    name_suite(world, "of-a-later-version");
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_ERR_UNSUPPORTED);
    assert_non_null(strstr(world->err.text, "does not know"));
    (void)snprintf(text + 64, sizeof text - 64, "%s", own);
    write_file(world, "secret.key", text);
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_OK);
    hf_data_folder_close(&folder);
}

/* What was made before suites were recorded. */
static void open__without_a_named_suite_takes_the_portable_one(void **state)
{
    struct world *world = *state;
    static const uint8_t secret[HF_KEY_BYTES] = {1};
    struct hf_vault *vault = NULL;
    struct hf_data_folder folder;
    uint8_t key[HF_KEY_BYTES], id[HF_KEY_BYTES];
    hf_derive(secret, "holdfast server store v1", key);
    hf_derive(secret, "holdfast server store id v1", id);
    struct hf_id db_id = hf_id_from_bytes(id);
    assert_int_equal(hf_vault_open_raw(world->folder, "server", &db_id, key, HF_VAULT_CREATE, &vault, &world->err),
                     HF_OK);
    assert_int_equal(hf_sql_set_form(vault, 1), HF_OK);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    write_file(world, "secret.key", "0100000000000000000000000000000000000000000000000000000000000000\n");
    write_file(world, "admin.key", "0100000000000000000000000000000000000000000000000000000000000000\n");
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_ERR_NOT_FOUND); /* keys.db */
    name_suite(world, "xaes-256-gcm");
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_ERR_CORRUPT); /* server.db */
}

static void init__puts_the_recovery_key_into_the_certificate(void **state)
{
    struct world *world = *state;
    struct hf_data_folder folder;
    struct hf_note_body note;
    char text[200];
    uint8_t key[HF_DH_BYTES];
    assert_int_equal(init(world), HF_OK);
    read_text(world, "recovery.pub", text);
    assert_int_equal(hf_text_unhex(hf_slice_of((const uint8_t *)text, 64), key, sizeof key), HF_OK);
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_OK);
    assert_int_equal(hf_note_body_decode(hf_buf_slice(&folder.office.certificate), &note), HF_OK);
    assert_memory_equal(note.recovery_key, key, sizeof key);
    assert_true(hf_server_certified(hf_keystore_server(folder.keystore)->authority_key, folder.office.log_id, &note));
    hf_data_folder_close(&folder);
}

static void public__gives_channel_key_and_origin(void **state)
{
    struct world *world = *state;
    uint8_t key[HF_DH_BYTES];
    char origin[201];
    struct hf_data_folder folder;
    assert_int_equal(init(world), HF_OK);
    assert_int_equal(hf_data_folder_public(world->folder, key, origin, &world->err), HF_OK);
    assert_string_equal(origin, OFFICE_ORIGIN);
    assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_OK);
    assert_memory_equal(key, hf_keystore_server(folder.keystore)->channel.public_key, sizeof key);
    hf_data_folder_close(&folder);
    write_file(world, "server.pub", "00\n");
    assert_int_equal(hf_data_folder_public(world->folder, key, origin, &world->err), HF_ERR_CORRUPT);
}

static void address__is_there_while_it_is_put(void **state)
{
    struct world *world = *state;
    char address[HF_OFFICE_ADDRESS_BYTES];
    assert_int_equal(hf_data_folder_get_address(world->folder, address, sizeof address, &world->err), HF_ERR_NOT_FOUND);
    assert_null(strstr(world->err.text, "init"));
    assert_int_equal(hf_data_folder_put_address(world->folder, "tcp://127.0.0.1:1", &world->err), HF_OK);
    assert_int_equal(hf_data_folder_put_address(world->folder, "tcp://127.0.0.1:2", &world->err), HF_OK);
    assert_int_equal(hf_data_folder_get_address(world->folder, address, sizeof address, &world->err), HF_OK);
    assert_string_equal(address, "tcp://127.0.0.1:2");
    assert_int_equal(hf_data_folder_put_address(world->folder, NULL, &world->err), HF_OK);
    assert_int_equal(hf_data_folder_put_address(world->folder, NULL, &world->err), HF_OK);
    assert_int_equal(hf_data_folder_get_address(world->folder, address, sizeof address, &world->err), HF_ERR_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* --- a file of another form --- */

static void set_form(struct world *world, int which, unsigned form)
{
    struct hf_data_folder parts;
    uint8_t key[HF_KEY_BYTES];
    assert_int_equal(hf_data_folder_open_parts(world->folder, &parts, key, &world->err), HF_OK);
    assert_int_equal(hf_sql_set_form(parts.vaults[which], form), HF_OK);
    hf_data_folder_close(&parts);
}

static void hash_file(struct world *world, const char *name, uint8_t out[HF_HASH_BYTES])
{
    uint8_t bytes[1 << 18];
    FILE *file = fopen(path_of(world, name), "r");
    assert_non_null(file);
    const size_t len = fread(bytes, 1, sizeof bytes, file);
    assert_true(len > 0 && len < sizeof bytes);
    assert_int_equal(fclose(file), 0);
    hf_sha256_of(bytes, len, out);
}

static void folder__of_a_newer_or_older_form_is_refused_in_words_and_not_touched(void **state)
{
    static const char *const files[] = {"server.db", "keys.db", "guard.db"};
    struct world *world = *state;
    assert_int_equal(init(world), HF_OK);
    for (int which = 0; which < 3; which++) {
        for (unsigned form = 0; form <= 9; form += 9) {
            struct hf_data_folder folder;
            uint8_t before[3][HF_HASH_BYTES], after[HF_HASH_BYTES];
            set_form(world, which, form);
            for (int i = 0; i < 3; i++)
                hash_file(world, files[i], before[i]);
            assert_int_equal(hf_data_folder_open(world->folder, &folder, &world->err), HF_ERR_UNSUPPORTED);
            assert_non_null(strstr(world->err.text, files[which]));
            assert_non_null(strstr(world->err.text, form ? "a newer holdfastd" : "an older holdfastd"));
            assert_non_null(strstr(world->err.text, "Nothing was changed"));
            assert_int_equal(hf_data_folder_set_mirror(world->folder, NULL, &world->err), HF_ERR_UNSUPPORTED);
            for (int i = 0; i < 3; i++) {
                hash_file(world, files[i], after);
                assert_memory_equal(after, before[i], sizeof after);
            }
            office_folder_remove(world->folder);
            assert_int_equal(init(world), HF_OK);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(init__makes_a_folder_that_opens),
        TEST(init__keeps_secrets_to_the_owner),
        TEST(init__twice_is_refused_and_changes_nothing),
        TEST(init__beside_any_part_of_an_office_is_refused_and_touches_none),
        TEST(init__refuses_names_that_cannot_be_signed),
        TEST(open__by_a_second_is_busy),
        TEST(open__says_what_is_missing_or_damaged),
        TEST(init__seals_with_the_suite_of_the_processor_and_records_it),
        TEST(open__without_a_named_suite_takes_the_portable_one),
        TEST(init__puts_the_recovery_key_into_the_certificate),
        TEST(public__gives_channel_key_and_origin),
        TEST(address__is_there_while_it_is_put),
        TEST(folder__of_a_newer_or_older_form_is_refused_in_words_and_not_touched),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
