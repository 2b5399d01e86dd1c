/* The log as a plain folder of tiles. */
#include "tests/server/support_office.h"

#include "core/log/bundle.h"
#include "server/admin.h"
#include "server/publish.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_BYTES 512

struct world {
    struct office *office;
    struct device worker;
    struct hf_class_key key;
    char parent[128];
    char folder[PATH_BYTES];
};

static const char *at(const char *folder, const char *name)
{
    static char path[2 * PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void remove_all(const char *path)
{
    DIR *folder = opendir(path);
    struct dirent *item;
    assert_non_null(folder);
    while ((item = readdir(folder)) != NULL) {
        char below[2 * PATH_BYTES];
        struct stat facts;
        (void)snprintf(below, sizeof below, "%s/%s", path, item->d_name);
        if (item->d_name[0] == '.')
            continue;
        if (lstat(below, &facts) == 0 && S_ISDIR(facts.st_mode))
            remove_all(below);
        else
            (void)unlink(below);
    }
    (void)closedir(folder);
    (void)rmdir(path);
}

static int setup(void **state)
{
    static struct world world;
    world.office = office_new();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.key = device_opens_case(&world.worker);
    office_folder_make(world.parent);
    (void)snprintf(world.folder, sizeof world.folder, "%s/web", world.parent);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    remove_all(world->parent);
    office_free(world->office);
    return 0;
}

static void grow_to(struct world *world, uint64_t size)
{
    while (office_size(world->office) < size) {
        struct hf_item items[OFFICE_PUSH_MAX];
        size_t count = 0;
        while (count < OFFICE_PUSH_MAX && office_size(world->office) + count < size) {
            struct hf_id record = new_id();
            items[count++] = device_edit(&world->worker, &world->key, &record, CHILD_NAME, "Casey", NULL, 0);
        }
        assert_int_equal(device_push(&world->worker, items, count), HF_OK);
    }
}

static struct hf_publish_result publish(struct world *world)
{
    struct hf_publish_result result = {0};
    struct hf_error err = {0};
    if (hf_publish_tiles(&world->office->office, world->folder, &result, &err) != HF_OK)
        fail_msg("%s", err.text);
    return result;
}

static void refused(struct world *world, const char *folder, enum hf_status wanted, const char *part)
{
    struct hf_publish_result result = {0};
    struct hf_error err = {0};
    assert_int_equal(hf_publish_tiles(&world->office->office, folder, &result, &err), wanted);
    if (!strstr(err.text, part))
        fail_msg("“%s” is missing from: %s", part, err.text);
}

/* --- reading it as a stranger does --- */

static enum hf_status read_file(void *ctx, const char *name, size_t limit_bytes, struct hf_buf *out)
{
    uint8_t bytes[4096];
    size_t len;
    FILE *file = fopen(at(ctx, name), "rb");
    if (!file)
        return HF_ERR_NOT_FOUND;
    while ((len = fread(bytes, 1, sizeof bytes, file)) > 0)
        hf_buf_append(out, bytes, len);
    (void)fclose(file);
    return out->len > limit_bytes ? HF_ERR_LIMIT : hf_buf_status(out);
}

static enum hf_status list_nothing(void *ctx, enum hf_bundle_kind kind, hf_bundle_index_fn *each, void *each_ctx)
{
    (void)ctx;
    (void)kind;
    (void)each;
    (void)each_ctx;
    return HF_OK;
}

static void assert_holds(struct world *world, uint64_t size)
{
    const struct hf_server_keys *keys = hf_keystore_server(world->office->keystore);
    struct hf_bundle_reader reader = {.ctx = world->folder, .read = read_file, .list = list_nothing};
    struct hf_bundle *bundle = malloc(sizeof *bundle);
    struct hf_buf policy = {0};
    struct hf_note_key key;
    struct hf_bundle_entries entries;
    struct hf_slice entry;
    uint64_t index = 0;
    assert_non_null(bundle);
    assert_int_equal(hf_note_key_init(hf_slice_str(OFFICE_ORIGIN), keys->log.public_key, &key), HF_OK);
    hf_policy_file_format_log(&key, &policy);
    hf_bundle_begin(bundle, &reader);
    assert_int_equal(hf_bundle_set_policy(bundle, hf_buf_slice(&policy)), HF_OK);
    assert_int_equal(hf_bundle_load_checkpoints(bundle), HF_OK);
    assert_int_equal(bundle->checkpoint.size, size);
    assert_int_equal(hf_bundle_load_tree(bundle), HF_OK);
    hf_bundle_entries_begin(bundle, 0, &entries);
    while (hf_bundle_entries_next(&entries, &index, &entry))
        assert_int_equal(entry.len, HF_LEAF_BYTES);
    assert_int_equal(entries.status, HF_OK);
    assert_int_equal(index, size - 1);
    hf_bundle_entries_end(&entries);
    hf_bundle_end(bundle);
    hf_buf_clear(&policy);
    free(bundle);
}

static struct stat facts_of(struct world *world, const char *name)
{
    struct stat facts;
    assert_int_equal(stat(at(world->folder, name), &facts), 0);
    return facts;
}

static bool is_there(struct world *world, const char *name)
{
    struct stat facts;
    return lstat(at(world->folder, name), &facts) == 0;
}

static struct hf_buf read_note(struct world *world)
{
    struct hf_buf note = {0};
    assert_int_equal(read_file(world->folder, "checkpoint", HF_NOTE_BYTES_MAX, &note), HF_OK);
    return note;
}

/* --- tests --- */

static void publish__writes_a_log_that_a_stranger_can_check(void **state)
{
    struct world *world = *state;
    static const uint64_t sizes[] = {8, 255, 256, 257, 600};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        grow_to(world, sizes[i]);
        struct hf_publish_result result = publish(world);
        assert_int_equal(result.size, office_size(world->office));
        assert_holds(world, result.size);
    }
}

static void publish_twice__writes_nothing(void **state)
{
    struct world *world = *state;
    grow_to(world, 300);
    struct hf_publish_result first = publish(world);
    assert_true(first.written > 0);
    assert_int_equal(first.kept, 0);
    struct hf_publish_result second = publish(world);
    assert_int_equal(second.written, 0);
    assert_int_equal(second.kept, first.written);
    assert_int_equal(second.old_size, first.size);
    assert_holds(world, first.size);
}

static void full_tiles__are_never_written_again(void **state)
{
    struct world *world = *state;
    grow_to(world, 300);
    (void)publish(world);
    struct stat entries = facts_of(world, "tile/entries/000");
    struct stat hashes = facts_of(world, "tile/0/000");
    grow_to(world, 700);
    (void)publish(world);
    assert_int_equal(facts_of(world, "tile/entries/000").st_ino, entries.st_ino);
    assert_int_equal(facts_of(world, "tile/0/000").st_ino, hashes.st_ino);
    assert_holds(world, office_size(world->office));
}

static void partial_tiles__go_when_the_full_one_is_there(void **state)
{
    struct world *world = *state;
    grow_to(world, 100);
    (void)publish(world);
    assert_true(is_there(world, "tile/entries/000.p/100"));
    grow_to(world, 200);
    (void)publish(world);
    assert_true(is_there(world, "tile/entries/000.p/100")); /* somebody may be reading by the older checkpoint */
    grow_to(world, 256);
    (void)publish(world);
    assert_false(is_there(world, "tile/entries/000.p"));
    assert_false(is_there(world, "tile/0/000.p"));
    assert_holds(world, 256);
}

static void a_tile_cut_short__is_written_anew(void **state)
{
    struct world *world = *state;
    grow_to(world, 260);
    (void)publish(world);
    assert_int_equal(truncate(at(world->folder, "tile/entries/000"), 100), 0);
    struct hf_publish_result result = publish(world);
    assert_int_equal(result.written, 1);
    assert_holds(world, 260);
}

static void a_failure_half_way__leaves_the_checkpoint_as_it_was(void **state)
{
    struct world *world = *state;
    grow_to(world, 100);
    (void)publish(world);
    struct hf_buf before = read_note(world);
    grow_to(world, 256);
    assert_int_equal(mkdir(at(world->folder, "tile/0/000"), 0700), 0);
    refused(world, world->folder, HF_ERR_INVALID, "The checkpoint there is still the one before");
    struct hf_buf after = read_note(world);
    assert_true(hf_slice_equal(hf_buf_slice(&before), hf_buf_slice(&after)));
    assert_holds(world, 100);
    assert_int_equal(rmdir(at(world->folder, "tile/0/000")), 0);
    (void)publish(world);
    assert_holds(world, 256);
    hf_buf_clear(&before);
    hf_buf_clear(&after);
}

static void write_checkpoint(struct world *world, uint64_t size, uint8_t first_byte, const struct hf_sign_key *secret)
{
    struct hf_checkpoint checkpoint = {.origin = OFFICE_ORIGIN, .size = size, .root = {.bytes = {first_byte}}};
    struct hf_note_key key;
    struct hf_buf note = {0};
    assert_int_equal(hf_note_key_init(hf_slice_str(OFFICE_ORIGIN), secret->public_key, &key), HF_OK);
    assert_int_equal(hf_checkpoint_sign(&checkpoint, &key, secret, &note), HF_OK);
    FILE *file = fopen(at(world->folder, "checkpoint"), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(note.data, 1, note.len, file), note.len);
    assert_int_equal(fclose(file), 0);
    hf_buf_clear(&note);
}

static void a_folder_of_another_log__is_left_alone(void **state)
{
    struct world *world = *state;
    assert_int_equal(mkdir(world->folder, 0700), 0);
    write_checkpoint(world, 3, 1, &world->worker.sign);
    refused(world, world->folder, HF_ERR_CONFLICT, "did not sign");
    assert_false(is_there(world, "tile"));
}

static void a_later_checkpoint_in_the_folder__is_not_set_back(void **state)
{
    struct world *world = *state;
    assert_int_equal(mkdir(world->folder, 0700), 0);
    write_checkpoint(world, 1000, 1, &hf_keystore_server(world->office->keystore)->log);
    refused(world, world->folder, HF_ERR_CONFLICT, "restored from an older backup");
    assert_false(is_there(world, "tile"));
}

static void a_checkpoint_of_a_fork__is_refused(void **state)
{
    struct world *world = *state;
    assert_int_equal(mkdir(world->folder, 0700), 0);
    write_checkpoint(world, 2, 1, &hf_keystore_server(world->office->keystore)->log);
    refused(world, world->folder, HF_ERR_CONFLICT, "are not those");
    assert_false(is_there(world, "tile"));
}

static void a_relative_path_or_no_folder__is_refused(void **state)
{
    struct world *world = *state;
    refused(world, "web", HF_ERR_INVALID, "whole path");
    refused(world, at(world->folder, "missing"), HF_ERR_NOT_FOUND, "cannot be used");
}

static unsigned admin(struct world *world, const char *folder, const char *more, char out[512])
{
    struct hf_slice args[] = {hf_slice_str("publish"), hf_slice_str("--out"), hf_slice_str(folder), hf_slice_str(more)};
    struct hf_admin_result result = {0};
    assert_int_equal(hf_admin_run(&world->office->office, args, *more ? 4 : 3, &result), HF_OK);
    const struct hf_buf *text = result.exit_code ? &result.errors : &result.output;
    (void)snprintf(out, 512, "%.*s", (int)text->len, (const char *)text->data);
    unsigned code = (unsigned)result.exit_code;
    hf_admin_result_clear(&result);
    return code;
}

static void the_administrators_command__tells_what_it_wrote(void **state)
{
    struct world *world = *state;
    char out[512];
    grow_to(world, 300);
    assert_int_equal(admin(world, world->folder, "", out), 0);
    assert_non_null(strstr(out, "holds the log up to entry 300; 5 tiles written, 0 kept."));
    assert_holds(world, 300);
    assert_int_equal(admin(world, world->folder, "--json", out), 0);
    assert_non_null(strstr(out, "\"tiles_written\": 0"));
    assert_int_equal(admin(world, "web", "", out), 1);
    assert_non_null(strstr(out, "whole path"));
    assert_int_equal(admin(world, "", "", out), 2);
}

int main(void)
{
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(publish__writes_a_log_that_a_stranger_can_check, setup, teardown),
        cmocka_unit_test_setup_teardown(publish_twice__writes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(full_tiles__are_never_written_again, setup, teardown),
        cmocka_unit_test_setup_teardown(partial_tiles__go_when_the_full_one_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(a_tile_cut_short__is_written_anew, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failure_half_way__leaves_the_checkpoint_as_it_was, setup, teardown),
        cmocka_unit_test_setup_teardown(a_folder_of_another_log__is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_later_checkpoint_in_the_folder__is_not_set_back, setup, teardown),
        cmocka_unit_test_setup_teardown(a_checkpoint_of_a_fork__is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(the_administrators_command__tells_what_it_wrote, setup, teardown),
        cmocka_unit_test_setup_teardown(a_relative_path_or_no_folder__is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
