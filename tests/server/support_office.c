#include "tests/server/support_office.h"

#include "core/vault/vault_internal.h"

#include "server/officers.h"

#include "core/pack/cursor.h"
#include "core/pack/writer.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define PATH_BYTES 400

struct scratch {
    struct scratch *next;
    uint8_t bytes[];
};

struct hf_slice scratch_copy(struct office *office, struct hf_slice bytes)
{
    struct scratch *scratch = malloc(sizeof *scratch + bytes.len + 1);
    assert_non_null(scratch);
    scratch->next = office->scratch;
    office->scratch = scratch;
    if (bytes.len)
        memcpy(scratch->bytes, bytes.data, bytes.len);
    scratch->bytes[bytes.len] = 0;
    return hf_slice_of(scratch->bytes, bytes.len);
}

static struct hf_slice scratch_take(struct office *office, struct hf_buf *buf)
{
    assert_int_equal(hf_buf_status(buf), HF_OK);
    struct hf_slice copy = scratch_copy(office, hf_buf_slice(buf));
    hf_buf_clear(buf);
    return copy;
}

uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

uint64_t test_seed(void)
{
    const char *given = getenv("HF_TEST_SEED");
    uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
    print_message("seed: HF_TEST_SEED=%llu\n", (unsigned long long)seed);
    return seed;
}

/* --- folders --- */

void office_folder_make(char out[128])
{
    const char *temporary = getenv("TMPDIR");
    (void)snprintf(out, 128, "%s/hf-server-XXXXXX", temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(out));
}

void office_folder_remove(const char *folder)
{
    char path[PATH_BYTES];
    struct dirent *entry;
    DIR *files = opendir(folder);
    assert_non_null(files);
    while ((entry = readdir(files)) != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            (void)unlink(path);
    }
    (void)closedir(files);
    (void)rmdir(folder);
}

struct hf_vault *office_vault(const char *folder, const char *name, const uint8_t key[HF_KEY_BYTES])
{
    struct hf_vault *vault = NULL;
    struct hf_error err = {0};
    struct hf_id id = hf_id_from_bytes(key);
    if (hf_vault_open_raw(folder, name, &id, key, HF_VAULT_CREATE, &vault, &err) != HF_OK)
        fail_msg("%s", err.text);
    return vault;
}

/* --- the office --- */

static uint64_t wall_ms(void *ctx)
{
    return ((struct office *)ctx)->now_ms;
}

static void key_from_text(const char *text, uint8_t out[HF_KEY_BYTES])
{
    hf_sha256_of(text, strlen(text), out);
}

static void fill_keys(const struct office *office, struct hf_server_keys *keys)
{
    uint8_t seed[HF_KEY_BYTES], log_id[HF_HASH_BYTES];
    struct hf_note_body note = {.what = HF_NOTE_SERVER, .authority_name = hf_slice_str(OFFICE_AUTHORITY)};
    memset(keys, 0, sizeof *keys);
    (void)snprintf(keys->origin, sizeof keys->origin, "%s", OFFICE_ORIGIN);
    (void)snprintf(keys->authority_name, sizeof keys->authority_name, "%s", OFFICE_AUTHORITY);
    key_from_text("device", seed);
    hf_sign_key_from_seed(seed, &keys->device);
    key_from_text("log", seed);
    hf_sign_key_from_seed(seed, &keys->log);
    key_from_text("channel", seed);
    hf_dh_key_from_seed(seed, &keys->channel);
    key_from_text("key store", seed);
    hf_dh_key_from_seed(seed, &keys->key_store);
    memcpy(keys->authority_key, office->authority.public_key, sizeof keys->authority_key);
    memcpy(note.server_device, keys->device.public_key, sizeof note.server_device);
    memcpy(note.log_key, keys->log.public_key, sizeof note.log_key);
    memcpy(note.channel_key, keys->channel.public_key, sizeof note.channel_key);
    memcpy(note.key_store_key, keys->key_store.public_key, sizeof note.key_store_key);
    hf_log_id(hf_slice_str(OFFICE_ORIGIN), log_id);
    hf_server_certify(&office->authority, log_id, &note);
    memcpy(keys->authority_signature, note.authority_signature, sizeof keys->authority_signature);
}

static void open_store(struct office *office)
{
    if (!office->on_disk) {
        assert_int_equal(hf_store_memory_open(&office->store), HF_OK);
        return;
    }
    const struct hf_id id = hf_id_from_bytes(office->vault_key);
    if (!office->vfs)
        office->vaults[2] = office_vault(office->folder, "server", office->vault_key);
    else if (hf_vault_open_on(office->vfs, OFFICE_VFS_DB, &id, office->vault_key, HF_VAULT_READ_WRITE,
                              &office->vaults[2], &office->err) != HF_OK)
        fail_msg("%s", office->err.text);
    assert_int_equal(hf_store_sqlite_open(office->vaults[2], &office->store, &office->err), HF_OK);
}

static enum hf_status open_office(struct office *office)
{
    enum hf_status status =
        hf_office_open(&office->office, office->store, office->keystore, office->guard, wall_ms, office, &office->err);
    if (status == HF_OK)
        (void)snprintf(office->office.address, sizeof office->office.address, "%s", OFFICE_ADDRESS);
    return status;
}

struct place {
    struct sqlite3_vfs *vfs;
    void *ctx;
    void (*lay)(void *ctx, const uint8_t *page, size_t len);
};

static void lay_first_page(struct office *office, const struct place *place)
{
    uint8_t page[4096];
    const struct hf_id id = hf_id_from_bytes(office->vault_key);
    office->vfs = place->vfs;
    if (!place->vfs)
        return;
    assert_int_equal(hf_vault_start(NULL), HF_OK);
    hf_vault_seal_first_page(&id, office->vault_key, page);
    place->lay(place->ctx, page, sizeof page);
}

static struct office *make_office(bool on_disk, const struct place *place)
{
    uint8_t seed[HF_KEY_BYTES];
    struct hf_server_keys keys;
    struct office *office = calloc(1, sizeof *office);
    assert_non_null(office);
    assert_int_equal(hf_crypto_init(false), HF_OK);
    office_folder_make(office->folder);
    hf_random(office->vault_key, sizeof office->vault_key);
    office->on_disk = on_disk;
    lay_first_page(office, place);
    office->now_ms = OFFICE_NOW_MS;
    key_from_text("authority", seed);
    hf_sign_key_from_seed(seed, &office->authority);
    fill_keys(office, &keys);
    office->vaults[0] = office_vault(office->folder, "keys", office->vault_key);
    office->vaults[1] = office_vault(office->folder, "guard", office->vault_key);
    assert_int_equal(hf_keystore_create(office->vaults[0], &keys, &office->keystore, &office->err), HF_OK);
    assert_int_equal(hf_guard_create(office->vaults[1], &office->guard, &office->err), HF_OK);
    open_store(office);
    if (open_office(office) != HF_OK)
        fail_msg("%s", office->err.text);
    return office;
}

struct office *office_new(void)
{
    return make_office(false, &(struct place){0});
}

struct office *office_new_on_disk(void)
{
    return make_office(true, &(struct place){0});
}

struct office *office_new_on_vfs(struct sqlite3_vfs *vfs, void *ctx,
                                 void (*lay)(void *ctx, const uint8_t *page, size_t len))
{
    return make_office(true, &(struct place){.vfs = vfs, .ctx = ctx, .lay = lay});
}

static void close_disk(struct office *office)
{
    hf_office_close(&office->office);
    hf_keystore_close(office->keystore);
    hf_guard_close(office->guard);
    if (office->on_disk)
        hf_store_close(office->store);
    office->keystore = NULL;
    office->guard = NULL;
    if (office->on_disk)
        office->store = NULL;
    for (int i = 0; i < OFFICE_VAULTS; i++) {
        assert_int_equal(hf_vault_close(office->vaults[i]), HF_OK);
        office->vaults[i] = NULL;
    }
}

void office_close_files(struct office *office)
{
    close_disk(office);
}

static enum hf_status office_open_files(struct office *office)
{
    office->vaults[0] = office_vault(office->folder, "keys", office->vault_key);
    office->vaults[1] = office_vault(office->folder, "guard", office->vault_key);
    assert_int_equal(hf_keystore_open(office->vaults[0], &office->keystore, &office->err), HF_OK);
    assert_int_equal(hf_guard_open(office->vaults[1], &office->guard, &office->err), HF_OK);
    if (office->on_disk)
        open_store(office);
    return open_office(office);
}

enum hf_status office_after_a_stop(struct office *office, void (*go_on)(void *ctx), void *ctx)
{
    hf_vault_freeze(office->vaults[2]);
    close_disk(office);
    go_on(ctx);
    return office_open_files(office);
}

enum hf_status office_reopen(struct office *office)
{
    close_disk(office);
    return office_open_files(office);
}

void office_free(struct office *office)
{
    close_disk(office);
    if (!office->on_disk)
        hf_store_close(office->store);
    office_folder_remove(office->folder);
    for (struct scratch *scratch = office->scratch, *next; scratch; scratch = next) {
        next = scratch->next;
        free(scratch);
    }
    free(office);
}

uint64_t office_size(const struct office *office)
{
    struct hf_store_head head;
    hf_store_head(office->store, &head);
    return head.tree.size;
}

void office_publish(struct office *office)
{
    if (hf_office_publish(&office->office, &office->err) != HF_OK)
        fail_msg("%s", office->err.text);
}

static bool copy_row(void *ctx, const struct hf_entry_row *row)
{
    struct hf_entry_row *out = ctx;
    *out = *row;
    out->leaf = out->payload = hf_slice_of(NULL, 0);
    return false;
}

struct hf_entry_row office_entry(struct office *office, uint64_t index)
{
    struct hf_entry_row row = {.index = HF_INDEX_NONE};
    assert_int_equal(office->store->ops->entries(office->store, index, 1, copy_row, &row), HF_OK);
    assert_int_equal(row.index, index);
    return row;
}

struct hf_change_standing office_standing(struct office *office, const struct hf_id *change)
{
    struct hf_entry_row row = {0};
    assert_int_equal(office->store->ops->change(office->store, change, copy_row, &row), HF_OK);
    return (struct hf_change_standing){
        .record_id = row.record_id, .hold = row.hold, .waiting = row.waiting, .index = row.index};
}

struct hf_record_state office_state(struct office *office, const struct hf_id *record)
{
    struct hf_buf packed = {0};
    struct hf_record_state state = {0};
    enum hf_status status = office->store->ops->record(office->store, record, &packed);
    if (status != HF_ERR_NOT_FOUND) {
        assert_int_equal(status, HF_OK);
        assert_int_equal(hf_record_state_decode(hf_buf_slice(&packed), &state), HF_OK);
    }
    hf_buf_clear(&packed);
    return state;
}

const char *office_text(struct office *office, const struct hf_id *record, uint16_t field)
{
    const char *text = "";
    struct hf_record_state state = office_state(office, record);
    const struct hf_field_state *found = hf_record_state_field(&state, field);
    const struct hf_record_spec *type = hf_model_type(state.type);
    if (found && hf_merge_in_conflict(type, found)) {
        text = "!";
    } else if (found) {
        struct hf_cursor cursor;
        hf_cursor_init(&cursor, hf_merge_plain_value(type, found), 1);
        text = (const char *)scratch_copy(office, hf_cursor_text(&cursor, 0)).data;
    }
    hf_record_state_clear(&state);
    return text;
}

size_t office_conflicts(struct office *office, const struct hf_id *record)
{
    struct hf_record_state state = office_state(office, record);
    size_t count = state.type ? hf_merge_conflict_count(&state) : 0;
    hf_record_state_clear(&state);
    return count;
}

bool office_holds(struct office *office, const struct hf_id *person, const struct hf_id *case_id)
{
    struct hf_batch batch;
    bool holds = false;
    hf_batch_begin(&batch, &office->office);
    assert_int_equal(hf_batch_holds(&batch, person, case_id, &holds), HF_OK);
    hf_batch_clear(&batch);
    return holds;
}

enum hf_leaf_kind office_last_kind(struct office *office)
{
    return office_entry(office, office_size(office) - 1).kind;
}

/* --- devices --- */

struct hf_invitation office_invite(struct office *office, const char *name, enum hf_role role,
                                   const struct hf_id *cases, size_t case_count)
{
    struct hf_invite invite = {.person_name = hf_slice_str(name),
                               .role = role,
                               .cases = cases,
                               .case_count = case_count,
                               .address = hf_slice_str(OFFICE_ADDRESS)};
    struct hf_invitation parsed;
    struct hf_id person;
    uint64_t expiry_ms;
    struct hf_buf line = {0};
    if (hf_enrol_invite(&office->office, &invite, &person, &expiry_ms, &line, &office->err) != HF_OK)
        fail_msg("%s", office->err.text);
    assert_int_equal(hf_invitation_parse(hf_buf_slice(&line), &parsed, &office->err), HF_OK);
    assert_int_equal(parsed.expiry_ms, expiry_ms);
    hf_buf_clear(&line);
    return parsed;
}

struct device device_new(struct office *office)
{
    uint8_t seed[HF_KEY_BYTES];
    struct device device = {.office = office};
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, &device.sign);
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &device.channel);
    hf_sha256_of(NULL, 0, device.seen.root.bytes); /* it has seen nothing yet */
    return device;
}

struct hf_peer device_invited(struct device *device, const struct hf_invitation *invitation)
{
    struct hf_peer peer;
    uint8_t psk[HF_KEY_BYTES];
    assert_int_equal(hf_office_peer(&device->office->office, device->channel.public_key, &invitation->id, &peer, psk),
                     HF_OK);
    assert_int_equal(peer.kind, HF_PEER_INVITED);
    assert_memory_equal(psk, invitation->token, sizeof psk);
    hf_random(peer.handshake_hash, sizeof peer.handshake_hash);
    return peer;
}

enum hf_status device_ask(struct device *device, const struct hf_peer *peer, struct hf_device_row *out)
{
    uint8_t signature[HF_SIGN_BYTES];
    hf_invitation_sign(&device->sign, peer->handshake_hash, signature);
    memset(&device->office->err, 0, sizeof device->office->err);
    return hf_enrol_device(&device->office->office, peer, device->sign.public_key, signature, out,
                           &device->office->err);
}

void device_refresh(struct device *device)
{
    struct hf_id zero = hf_id_zero();
    assert_int_equal(
        hf_office_peer(&device->office->office, device->channel.public_key, &zero, &device->peer, device->psk), HF_OK);
    assert_int_equal(device->peer.kind, HF_PEER_DEVICE);
    device->seen = device->office->office.mark;
}

struct device device_enrolled_with(struct office *office, const struct hf_invitation *invitation)
{
    struct device device = device_new(office);
    struct hf_device_row row;
    struct hf_peer peer = device_invited(&device, invitation);
    if (device_ask(&device, &peer, &row) != HF_OK)
        fail_msg("%s", office->err.text);
    device.person = row.person;
    device.incarnation = row.incarnation;
    device_refresh(&device);
    return device;
}

struct device device_enrolled(struct office *office, const char *name, enum hf_role role)
{
    struct hf_invitation invitation = office_invite(office, name, role, NULL, 0);
    return device_enrolled_with(office, &invitation);
}

struct device device_officer(struct office *office, const char *name, enum hf_role role)
{
    struct device device = device_enrolled(office, name, role);
    assert_int_equal(hf_officers_set(&office->office, &device.person, true, &office->err), HF_OK);
    return device;
}

struct device device_with_case(struct office *office, const char *name, enum hf_role role, const struct hf_id *case_id)
{
    struct hf_invitation invitation = office_invite(office, name, role, case_id, 1);
    return device_enrolled_with(office, &invitation);
}

/* --- changes --- */

struct hf_id new_id(void)
{
    struct hf_id id;
    hf_random(id.bytes, sizeof id.bytes);
    return id;
}

struct hf_class_key new_class_key(void)
{
    struct hf_class_key key = {.case_id = new_id(), .key_id = new_id()};
    hf_random(key.key, sizeof key.key);
    return key;
}

struct hf_item device_leaf(struct device *device, enum hf_leaf_kind kind, const struct hf_class_key *key,
                           struct hf_slice body)
{
    struct office *office = device->office;
    uint8_t bytes[HF_LEAF_BYTES];
    device->clock = hf_clock_tick(device->clock, office->now_ms);
    struct hf_leaf leaf = {
        .kind = kind, .clock = device->clock, .incarnation = device->incarnation, .seq = device->seq++};
    memcpy(leaf.log_id, office->office.log_id, sizeof leaf.log_id);
    memcpy(leaf.device, device->sign.public_key, sizeof leaf.device);
    memcpy(leaf.prev, device->head, sizeof leaf.prev);
    leaf.seen_size = device->seen.size;
    memcpy(leaf.seen_root, device->seen.root.bytes, sizeof leaf.seen_root);
    assert_int_equal(hf_payload_seal(key, body, &leaf, NULL), HF_OK);
    hf_leaf_sign(&leaf, &device->sign);
    hf_leaf_encode(&leaf, bytes);
    hf_leaf_hash(bytes, device->head);
    return (struct hf_item){.index = HF_INDEX_NONE,
                            .leaf = scratch_copy(office, hf_slice_of(bytes, sizeof bytes)),
                            .case_id = key->case_id,
                            .key_id = key->key_id,
                            .body = scratch_copy(office, body)};
}

struct hf_item device_case(struct device *device, const struct hf_class_key *key)
{
    struct office *office = device->office;
    struct hf_case_body body = {
        .case_id = key->case_id, .key_id = key->key_id, .epoch = key->epoch, .retention_class = hf_slice_str("child")};
    struct hf_buf bytes = {0};
    assert_true(hf_box_seal(hf_keystore_server(office->keystore)->key_store.public_key, key->key, sizeof key->key,
                            body.sealed_key));
    hf_case_body_encode(&body, &bytes);
    return device_leaf(device, HF_LEAF_CASE, key, scratch_take(office, &bytes));
}

struct hf_item device_edit(struct device *device, const struct hf_class_key *key, const struct hf_id *record,
                           uint16_t field, const char *text, const struct hf_id *bases, size_t base_count)
{
    struct office *office = device->office;
    struct hf_buf value = {0}, body = {0};
    hf_pack_text(&value, hf_slice_str(text));
    struct hf_edit_input edit = {
        .field = field, .value = hf_buf_slice(&value), .bases = bases, .base_count = base_count};
    struct hf_data_body_input input = {
        .case_id = key->case_id, .record_id = *record, .type = TYPE_CHILD, .edits = &edit, .edit_count = 1};
    if (hf_data_body_encode(&input, &body, &office->err) != HF_OK)
        fail_msg("%s", office->err.text);
    hf_buf_clear(&value);
    return device_leaf(device, HF_LEAF_DATA, key, scratch_take(office, &body));
}

struct hf_id item_id(const struct hf_item *item)
{
    return hf_leaf_change_id(item->leaf.data);
}

enum hf_status device_push(struct device *device, const struct hf_item *items, size_t count)
{
    struct office *office = device->office;
    assert_true(count <= OFFICE_PUSH_MAX);
    memset(&office->err, 0, sizeof office->err);
    return hf_ingest_push(&office->office, &device->peer, items, count, office->results, &office->err);
}

struct hf_msg_pushed device_push_one(struct device *device, struct hf_item item)
{
    if (device_push(device, &item, 1) != HF_OK)
        fail_msg("%s", device->office->err.text);
    return device->office->results[0];
}

struct hf_class_key device_opens_case(struct device *device)
{
    struct hf_class_key key = new_class_key();
    struct hf_msg_pushed answer = device_push_one(device, device_case(device, &key));
    assert_int_equal(answer.hold, HF_HOLD_NONE);
    return key;
}

struct hf_id device_saves(struct device *device, const struct hf_class_key *key, const struct hf_id *record,
                          const char *text, const struct hf_id *base)
{
    struct hf_item item = device_edit(device, key, record, CHILD_NAME, text, base, base ? 1 : 0);
    struct hf_msg_pushed answer = device_push_one(device, item);
    assert_int_equal(answer.hold, HF_HOLD_NONE);
    return item_id(&item);
}
