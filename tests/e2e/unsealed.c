/* For tests/e2e/test_erase_everywhere.sh: writes out all that somebody can read who has the files of an office or of a
 * device, what opens them, and the keys that are in them. It asks no rule of the programs: pages with their free room,
 * and every sealed content with every key there is.
 *
 *   unsealed keys (office | device) FOLDER                  one line of hexadecimal digits for each key: case, id, key
 *   unsealed open (office | device) FOLDER OUT [KEYS …]     writes into the folder OUT: pages-NAME of each vault,
 *                                                           entries, drafts, attachments and search, as far as they
 * open
 *   unsealed mirror MIRROR FOLDER OUT                       the commits in the mirror, with what is in an office's
 *                                                           folder: as they lie there, entries and states, as far as
 * they open
 *
 * KEYS are files of such lines, which are tried with those in the folder. A device's passphrase is read from the file
 * that HOLDFAST_PASSPHRASE_FILE names. No server runs on the folder, and no program has it open. */
#include "client/handle.h"
#include "core/base/text.h"
#include "core/model/attachment.h"
#include "server/data_folder.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX       4096
#define PATH_BYTES     4200
#define FILE_BYTES_MAX (1u << 20)
#define OFFICE_VAULTS  3
#define TAIL_BYTES_MAX 2048 /* of a last chunk, in a test */

struct keys {
    struct hf_class_key at[KEYS_MAX];
    size_t count;
};
struct place {
    struct hf_data_folder office;
    struct hf_vault *vaults[OFFICE_VAULTS];
    const char *names[OFFICE_VAULTS];
    size_t vault_count;
    bool is_office;
};

static _Noreturn void stop(const char *what, const struct hf_error *err)
{
    (void)fprintf(stderr, "unsealed: %s: %s\n", what, err ? err->text : "failed");
    exit(1);
}

/* --- the folder --- */

static void read_all(const char *path, struct hf_buf *out)
{
    uint8_t bytes[4096];
    size_t got;
    FILE *file = fopen(path, "rb");
    if (!file)
        stop(path, NULL);
    while ((got = fread(bytes, 1, sizeof bytes, file)) > 0 && out->len < FILE_BYTES_MAX)
        hf_buf_append(out, bytes, got);
    (void)fclose(file);
}

static void open_device(const char *folder, struct place *out)
{
    const char *path = getenv("HOLDFAST_PASSPHRASE_FILE");
    struct hf_error err = {0};
    struct hf_buf passphrase = {0};
    if (!path)
        stop("HOLDFAST_PASSPHRASE_FILE", NULL);
    read_all(path, &passphrase);
    while (passphrase.len > 0 && passphrase.data[passphrase.len - 1] == '\n')
        passphrase.len--;
    if (hf_vault_open(folder, HF_CLIENT_VAULT_NAME, hf_buf_slice(&passphrase), HF_VAULT_READ_WRITE, &out->vaults[0],
                      &err) != HF_OK)
        stop(folder, &err);
    out->names[0] = HF_CLIENT_VAULT_NAME;
    out->vault_count = 1;
    hf_buf_wipe(&passphrase);
}

static void open_office(const char *folder, struct place *out)
{
    static const char *const names[] = {"server", "keys", "guard"};
    uint8_t suffix_key[HF_KEY_BYTES];
    struct hf_error err = {0};
    if (hf_data_folder_open_parts(folder, &out->office, suffix_key, &err) != HF_OK)
        stop(folder, &err);
    for (size_t i = 0; i < OFFICE_VAULTS; i++) {
        out->vaults[i] = out->office.vaults[i];
        out->names[i] = names[i];
    }
    out->vault_count = OFFICE_VAULTS;
    out->is_office = true;
}

static void close_place(struct place *place)
{
    if (place->is_office)
        hf_data_folder_close(&place->office);
    else
        (void)hf_vault_close(place->vaults[0]);
}

/* --- keys --- */

static sqlite3_stmt *ask(struct hf_vault *vault, const char *sql)
{
    sqlite3_stmt *rows = NULL;
    if (sqlite3_prepare_v2(hf_vault_db(vault), sql, -1, &rows, NULL) != SQLITE_OK)
        stop(sqlite3_errmsg(hf_vault_db(vault)), NULL);
    return rows;
}

static struct hf_slice cell(sqlite3_stmt *rows, int column)
{
    return hf_slice_of(sqlite3_column_blob(rows, column), (size_t)sqlite3_column_bytes(rows, column));
}

static void add_key(struct keys *keys, const uint8_t *case_id, const uint8_t *key_id, const uint8_t *key)
{
    if (keys->count == KEYS_MAX)
        stop("too many keys", NULL);
    struct hf_class_key *added = &keys->at[keys->count++];
    *added = (struct hf_class_key){.case_id = hf_id_from_bytes(case_id), .key_id = hf_id_from_bytes(key_id)};
    memcpy(added->key, key, HF_KEY_BYTES);
}

static void keys_of(const struct place *place, struct keys *keys)
{
    sqlite3_stmt *rows = place->is_office ? ask(place->vaults[1], "SELECT case_id, key_id, key FROM class_keys")
                                          : ask(place->vaults[0], "SELECT case_id, key_id, key FROM keys");
    while (sqlite3_step(rows) == SQLITE_ROW)
        if (cell(rows, 2).len == HF_KEY_BYTES)
            add_key(keys, cell(rows, 0).data, cell(rows, 1).data, cell(rows, 2).data);
    (void)sqlite3_finalize(rows);
}

#define LINE_BYTES ((size_t)HF_ID_BYTES * 2 + HF_KEY_BYTES)

static void keys_of_file(const char *path, struct keys *keys)
{
    struct hf_buf text = {0};
    const size_t line_len = LINE_BYTES * 2 + 1;
    read_all(path, &text);
    for (size_t at = 0; at + line_len <= text.len; at += line_len) {
        uint8_t bytes[LINE_BYTES];
        for (size_t i = 0; i < LINE_BYTES; i++) {
            const char digits[] = {(char)text.data[at + i * 2], (char)text.data[at + i * 2 + 1], 0};
            bytes[i] = (uint8_t)strtoul(digits, NULL, 16);
        }
        add_key(keys, bytes, bytes + HF_ID_BYTES, bytes + (size_t)HF_ID_BYTES * 2);
    }
    hf_buf_wipe(&text);
}

static void print_keys(const struct keys *keys)
{
    for (size_t i = 0; i < keys->count; i++) {
        struct hf_buf line = {0};
        hf_text_hex(&line, hf_slice_of(keys->at[i].case_id.bytes, HF_ID_BYTES));
        hf_text_hex(&line, hf_slice_of(keys->at[i].key_id.bytes, HF_ID_BYTES));
        hf_text_hex(&line, hf_slice_of(keys->at[i].key, HF_KEY_BYTES));
        (void)printf("%.*s\n", (int)line.len, (const char *)line.data);
        hf_buf_wipe(&line);
    }
}

/* --- what opens --- */

static FILE *begin(const char *folder, const char *name, const char *behind)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s%s", folder, name, behind);
    FILE *file = fopen(path, "wb");
    if (!file)
        stop(path, NULL);
    return file;
}

static void put(FILE *file, const uint8_t *bytes, size_t len)
{
    if (fwrite(bytes, 1, len, file) != len || fputc('\n', file) == EOF)
        stop("writing", NULL);
}

static void open_pages(const struct place *place, const char *out)
{
    for (size_t i = 0; i < place->vault_count; i++) {
        sqlite3_int64 len = 0;
        unsigned char *image = sqlite3_serialize(hf_vault_db(place->vaults[i]), "main", &len, 0);
        FILE *file = begin(out, "pages-", place->names[i]);
        if (!image)
            stop("pages", NULL);
        put(file, image, (size_t)len);
        sqlite3_free(image);
        (void)fclose(file);
    }
}

static void open_entries(const struct place *place, const struct keys *keys, const char *out)
{
    sqlite3_stmt *rows = ask(place->vaults[0], "SELECT leaf, payload FROM entries WHERE payload <> x''");
    FILE *file = begin(out, "entries", "");
    while (sqlite3_step(rows) == SQLITE_ROW) {
        struct hf_leaf leaf;
        if (hf_leaf_decode(cell(rows, 0), &leaf) != HF_OK)
            stop("an entry", NULL);
        for (size_t i = 0; i < keys->count; i++) {
            struct hf_buf body = {0};
            if (hf_payload_open(&keys->at[i], cell(rows, 1), &leaf, &body) == HF_OK)
                put(file, body.data, body.len);
            hf_buf_wipe(&body);
        }
    }
    (void)sqlite3_finalize(rows);
    (void)fclose(file);
}

/* As core/replica/draft_sync.c seals them: AAD = "HFD1" ‖ case ‖ record ‖ device ‖ version u64 ‖ shared u8. */
static void open_draft(sqlite3_stmt *row, const struct keys *keys, FILE *file)
{
    const struct hf_slice blob = cell(row, 5);
    struct hf_buf aad = {0};
    hf_buf_append_str(&aad, "HFD1");
    for (int i = 0; i < 3; i++)
        hf_buf_append_slice(&aad, cell(row, i));
    hf_buf_append_u64(&aad, (uint64_t)sqlite3_column_int64(row, 3));
    hf_buf_append_u8(&aad, (uint8_t)sqlite3_column_int(row, 4));
    for (size_t i = 0; i < keys->count && blob.len > HF_XNONCE_BYTES + HF_TAG_BYTES; i++) {
        const size_t len = blob.len - HF_XNONCE_BYTES - HF_TAG_BYTES;
        const uint8_t *sealed = blob.data + HF_XNONCE_BYTES;
        uint8_t subkey[HF_KEY_BYTES];
        struct hf_buf plain = {0};
        hf_buf_append_zeros(&plain, len);
        hf_derive(keys->at[i].key, "holdfast draft seal v1", subkey);
        if (hf_unseal(subkey, blob.data, hf_buf_slice(&aad), sealed, len, sealed + len, plain.data))
            put(file, plain.data, len);
        hf_buf_wipe(&plain);
    }
    hf_buf_clear(&aad);
}

static void open_drafts(const struct place *place, const struct keys *keys, const char *out)
{
    sqlite3_stmt *rows = ask(place->vaults[0], "SELECT case_id, record_id, device, version, shared, blob FROM drafts");
    FILE *file = begin(out, "drafts", "");
    while (sqlite3_step(rows) == SQLITE_ROW)
        open_draft(rows, keys, file);
    (void)sqlite3_finalize(rows);
    (void)fclose(file);
}

/* Each chunk of a file. How long the last one is, nothing beside the keys says, so every length is tried where no whole
 * chunk opens. */
static void open_chunks(const struct hf_buf *bytes, const struct hf_id *id, const struct keys *keys, FILE *file)
{
    uint8_t plain[HF_ATTACH_CHUNK_BYTES];
    for (size_t i = 0; i < keys->count; i++) {
        uint8_t key[HF_KEY_BYTES];
        hf_attach_key(keys->at[i].key, id, key);
        for (uint64_t number = 0; number * HF_ATTACH_SEALED_BYTES < bytes->len; number++) {
            const uint8_t *at = bytes->data + number * HF_ATTACH_SEALED_BYTES;
            const size_t left = bytes->len - (size_t)number * HF_ATTACH_SEALED_BYTES;
            if (left >= HF_ATTACH_SEALED_BYTES &&
                hf_attach_unseal(key, id, number, hf_slice_of(at, HF_ATTACH_SEALED_BYTES), plain))
                put(file, plain, HF_ATTACH_CHUNK_BYTES);
            for (size_t len = HF_TAG_BYTES + 1; len <= left && len <= TAIL_BYTES_MAX; len++)
                if (hf_attach_unseal(key, id, number, hf_slice_of(at, len), plain))
                    put(file, plain, len - HF_TAG_BYTES);
        }
        hf_wipe(key, sizeof key);
    }
}

static bool id_of_name(const char *name, struct hf_id *out)
{
    if (strlen(name) != (size_t)HF_ID_BYTES * 2)
        return false;
    for (size_t i = 0; i < HF_ID_BYTES; i++) {
        const char pair[] = {name[i * 2], name[i * 2 + 1], 0};
        out->bytes[i] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return true;
}

static void open_attachments(const char *folder, const struct keys *keys, const char *out)
{
    char path[PATH_BYTES];
    FILE *file = begin(out, "attachments", "");
    (void)snprintf(path, sizeof path, "%s/attachments", folder);
    DIR *found = opendir(path);
    for (struct dirent *one = found ? readdir(found) : NULL; one; one = readdir(found)) {
        struct hf_buf bytes = {0};
        struct hf_id id;
        if (!id_of_name(one->d_name, &id))
            continue;
        (void)snprintf(path, sizeof path, "%s/attachments/%s", folder, one->d_name);
        read_all(path, &bytes);
        open_chunks(&bytes, &id, keys, file);
        hf_buf_clear(&bytes);
    }
    if (found)
        (void)closedir(found);
    (void)fclose(file);
}

/* One commit of a mirror: its plain bytes, and what lies sealed in them. */
static void open_commit(const struct hf_suffix_commit *commit, const struct keys *keys, FILE *const files[3])
{
    put(files[0], commit->bytes.data, commit->bytes.len);
    for (size_t e = 0; e < commit->batch.entry_count; e++) {
        struct hf_leaf leaf;
        if (hf_leaf_decode(commit->batch.entries[e].leaf, &leaf) != HF_OK)
            stop("an entry of the mirror", NULL);
        for (size_t i = 0; i < keys->count && commit->batch.entries[e].payload.len > 0; i++) {
            struct hf_buf body = {0};
            if (hf_payload_open(&keys->at[i], commit->batch.entries[e].payload, &leaf, &body) == HF_OK)
                put(files[1], body.data, body.len);
            hf_buf_wipe(&body);
        }
    }
    for (size_t i = 0; i < commit->batch.record_count; i++)
        put(files[2], commit->batch.records[i].packed.data, commit->batch.records[i].packed.len);
}

static void open_mirror(const char *mirror, const char *office, const char *out)
{
    static struct keys keys;
    static struct place place = {.is_office = true};
    uint8_t suffix_key[HF_KEY_BYTES];
    struct hf_error err = {0};
    struct hf_suffix suffix;
    size_t count = 0;
    if (hf_data_folder_open_parts(office, &place.office, suffix_key, &err) != HF_OK)
        stop(office, &err);
    place.vaults[0] = place.office.vaults[0];
    place.vaults[1] = place.office.vaults[1];
    keys_of(&place, &keys);
    if (hf_suffix_open(mirror, suffix_key, place.office.keystore, &suffix) != HF_OK)
        stop(mirror, NULL);
    FILE *const files[3] = {begin(out, "commits", ""), begin(out, "entries", ""), begin(out, "states", "")};
    DIR *found = opendir(mirror);
    for (struct dirent *one = found ? readdir(found) : NULL; one; one = readdir(found)) {
        struct hf_suffix_commit commit;
        if (!strstr(one->d_name, ".commit"))
            continue;
        if (hf_suffix_read(&suffix, strtoull(one->d_name, NULL, 10), &commit) != HF_OK)
            stop(one->d_name, NULL);
        open_commit(&commit, &keys, files);
        hf_suffix_commit_clear(&commit);
        count++;
    }
    if (count == 0)
        stop("the mirror is empty", NULL);
    (void)closedir(found);
    for (size_t i = 0; i < 3; i++)
        (void)fclose(files[i]);
    hf_suffix_close(&suffix);
    hf_data_folder_close(&place.office);
    hf_wipe(&keys, sizeof keys);
}

/* The words that the index of a device finds. */
static void open_search(const struct place *place, const char *out)
{
    FILE *file = begin(out, "search", "");
    if (sqlite3_exec(hf_vault_db(place->vaults[0]),
                     "CREATE VIRTUAL TABLE temp.words USING fts5vocab(main, search_texts, row)", NULL, NULL,
                     NULL) != SQLITE_OK)
        stop(sqlite3_errmsg(hf_vault_db(place->vaults[0])), NULL);
    sqlite3_stmt *rows = ask(place->vaults[0], "SELECT term FROM temp.words");
    while (sqlite3_step(rows) == SQLITE_ROW)
        put(file, sqlite3_column_text(rows, 0), (size_t)sqlite3_column_bytes(rows, 0));
    (void)sqlite3_finalize(rows);
    (void)fclose(file);
}

int main(int argc, char **argv)
{
    static struct keys keys;
    static struct place place;
    const bool opens = argc >= 5 && strcmp(argv[1], "open") == 0;
    if (argc == 5 && strcmp(argv[1], "mirror") == 0) {
        open_mirror(argv[2], argv[3], argv[4]);
        return 0;
    }
    if (!opens && (argc != 4 || strcmp(argv[1], "keys") != 0))
        stop("keys or open, office or device, FOLDER [OUT [KEYS …]]", NULL);
    if (strcmp(argv[2], "office") == 0)
        open_office(argv[3], &place);
    else
        open_device(argv[3], &place);
    keys_of(&place, &keys);
    for (int i = 5; opens && i < argc; i++)
        keys_of_file(argv[i], &keys);
    if (!opens) {
        print_keys(&keys);
    } else {
        open_pages(&place, argv[4]);
        open_attachments(argv[3], &keys, argv[4]);
        if (place.is_office) {
            open_entries(&place, &keys, argv[4]);
            open_drafts(&place, &keys, argv[4]);
        } else {
            open_search(&place, argv[4]);
        }
    }
    close_place(&place);
    hf_wipe(&keys, sizeof keys);
    return 0;
}
