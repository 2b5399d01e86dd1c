/* office_log FOLDER: an invented office with its store in an encrypted SQLite file takes changes in and publishes its
 * log as tiles, first into FOLDER/first, later, longer, into FOLDER/second; FOLDER/vkey is the log's key. For other
 * people's programs to check. */
#include "tests/server/support_office.h"

#include "server/publish.h"

#include <stdio.h>
#include <string.h>

#define FIRST_SIZE  300
#define SECOND_SIZE 1500

static void grow_to(struct office *office, struct device *worker, const struct hf_class_key *key, uint64_t size)
{
    while (office_size(office) < size) {
        struct hf_item items[OFFICE_PUSH_MAX];
        size_t count = 0;
        while (count < OFFICE_PUSH_MAX && office_size(office) + count < size) {
            struct hf_id record = new_id();
            items[count++] = device_edit(worker, key, &record, CHILD_NAME, "Casey Example", NULL, 0);
        }
        assert_int_equal(device_push(worker, items, count), HF_OK);
    }
}

static void publish(struct office *office, const char *folder, const char *name)
{
    char path[1024];
    struct hf_publish_result result;
    struct hf_error err = {0};
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    if (hf_publish_tiles(&office->office, path, &result, &err) != HF_OK)
        fail_msg("%s", err.text);
    printf("%s: %llu entries\n", path, (unsigned long long)result.size);
}

static void write_vkey(struct office *office, const char *folder)
{
    char path[1024];
    struct hf_note_key key;
    struct hf_buf text = {0};
    const struct hf_server_keys *keys = hf_keystore_server(office->keystore);
    (void)snprintf(path, sizeof path, "%s/vkey", folder);
    assert_int_equal(hf_note_key_init(hf_slice_str(keys->origin), keys->log.public_key, &key), HF_OK);
    hf_note_key_format(&key, &text);
    hf_buf_append_str(&text, "\n");
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.data, 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
    hf_buf_clear(&text);
}

int main(int argc, char **argv)
{
    if (argc != 2 || hf_crypto_init(false) != HF_OK) {
        (void)fprintf(stderr, "office_log FOLDER\n");
        return 2;
    }
    struct office *office = office_new_on_disk();
    struct device worker = device_enrolled(office, "Wanda Worker", HF_ROLE_WORKER);
    struct hf_class_key key = device_opens_case(&worker);
    grow_to(office, &worker, &key, FIRST_SIZE);
    write_vkey(office, argv[1]);
    publish(office, argv[1], "first");
    grow_to(office, &worker, &key, SECOND_SIZE);
    publish(office, argv[1], "second");
    office_free(office);
    return 0;
}
