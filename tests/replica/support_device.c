#include "tests/replica/support_device.h"

#include "core/model/set_edit.h"
#include "core/model/value.h"
#include "core/pack/writer.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCRATCH_COUNT 32
#define PATH_BYTES    400
#define ITEMS_MAX     SERVER_ENTRIES_MAX

/* A ring of small buffers, so that values can be written in the middle of a call. */
static struct hf_buf *scratch(void)
{
    static uint8_t storage[SCRATCH_COUNT][32768];
    static struct hf_buf ring[SCRATCH_COUNT];
    static size_t at;
    struct hf_buf *buf = &ring[at];
    *buf = (struct hf_buf){.data = storage[at], .cap = sizeof storage[at], .limit = sizeof storage[at]};
    at = (at + 1) % SCRATCH_COUNT;
    return buf;
}

/* --- a device --- */

static struct device *allocate(struct server *server)
{
    struct device *device = calloc(1, sizeof *device);
    const char *temporary = getenv("TMPDIR");
    assert_non_null(device);
    device->server = server;
    device->now_ms = server->now_ms;
    (void)snprintf(device->folder, sizeof device->folder, "%s/hf-replica-XXXXXX", temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(device->folder));
    hf_random(device->db_id.bytes, sizeof device->db_id.bytes);
    hf_random(device->data_key, sizeof device->data_key);
    return device;
}

static void new_keys(struct hf_identity *identity)
{
    uint8_t seed[HF_KEY_BYTES];
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, &identity->sign);
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &identity->channel);
    hf_random(identity->psk, sizeof identity->psk);
}

static void create(struct device *device)
{
    assert_int_equal(hf_vault_open_raw(device->folder, "store", &device->db_id, device->data_key, HF_VAULT_CREATE,
                                       &device->vault, &device->err),
                     HF_OK);
    assert_int_equal(hf_replica_create(device->vault, &device->identity, &device->replica, &device->err), HF_OK);
}

struct device *device_new(struct server *server, const char *person_name, enum hf_role role)
{
    struct device *device = allocate(server);
    struct hf_identity *identity = &device->identity;
    identity->state = HF_IDENTITY_ENROLLED;
    new_keys(identity);
    server_fill_identity(server, identity);
    identity->person = device_id(device);
    identity->role = role;
    (void)snprintf(identity->person_name, sizeof identity->person_name, "%s", person_name);
    server_person(server, &identity->person, person_name);
    server_enrol(server, identity);
    create(device);
    return device;
}

struct device *device_of_same_person(const struct device *other)
{
    struct device *device = allocate(other->server);
    device->identity = other->identity;
    new_keys(&device->identity);
    server_enrol(device->server, &device->identity);
    create(device);
    return device;
}

void device_close(struct device *device)
{
    hf_replica_close(device->replica);
    device->replica = NULL;
    assert_int_equal(hf_vault_close(device->vault), HF_OK);
    device->vault = NULL;
}

enum hf_status device_open(struct device *device)
{
    assert_int_equal(hf_vault_open_raw(device->folder, "store", &device->db_id, device->data_key, HF_VAULT_READ_WRITE,
                                       &device->vault, &device->err),
                     HF_OK);
    return hf_replica_open(device->vault, &device->replica, &device->err);
}

void device_reopen(struct device *device)
{
    device_close(device);
    if (device_open(device) != HF_OK)
        fail_msg("%s", device->err.text);
}

static void each_file(const char *folder, void (*visit)(const char *path))
{
    char path[PATH_BYTES];
    struct dirent *entry;
    DIR *files = opendir(folder);
    assert_non_null(files);
    while ((entry = readdir(files)) != NULL) {
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        if (entry->d_name[0] != '.')
            visit(path);
    }
    closedir(files);
}

static void remove_file(const char *path)
{
    (void)unlink(path);
}

void device_free(struct device *device)
{
    device_close(device);
    each_file(device->folder, remove_file);
    (void)rmdir(device->folder);
    free(device);
}

static void copy_file(const char *from, const char *to)
{
    static uint8_t bytes[1 << 16];
    size_t len;
    FILE *in = fopen(from, "rb");
    FILE *out = fopen(to, "wb");
    assert_non_null(in);
    assert_non_null(out);
    while ((len = fread(bytes, 1, sizeof bytes, in)) > 0)
        assert_int_equal(fwrite(bytes, 1, len, out), len);
    fclose(in);
    assert_int_equal(fclose(out), 0);
}

void device_copy_store(const struct device *device, const char *suffix)
{
    char from[PATH_BYTES];
    char to[PATH_BYTES];
    (void)snprintf(from, sizeof from, "%s/store.db", device->folder);
    (void)snprintf(to, sizeof to, "%s/copy-%s", device->folder, suffix);
    copy_file(from, to);
}

void device_put_back(const struct device *device, const char *suffix)
{
    char from[PATH_BYTES];
    char to[PATH_BYTES];
    (void)snprintf(from, sizeof from, "%s/copy-%s", device->folder, suffix);
    (void)snprintf(to, sizeof to, "%s/store.db", device->folder);
    copy_file(from, to);
    (void)snprintf(to, sizeof to, "%s/store.db-wal", device->folder);
    (void)unlink(to);
}

void device_sql(struct device *device, const char *sql)
{
    if (sqlite3_exec(hf_vault_db(device->vault), sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(hf_vault_db(device->vault)));
}

size_t device_number(struct device *device, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    if (sqlite3_prepare_v2(hf_vault_db(device->vault), sql, -1, &stmt, NULL) != SQLITE_OK ||
        sqlite3_step(stmt) != SQLITE_ROW)
        fail_msg("%s: %s", sql, sqlite3_errmsg(hf_vault_db(device->vault)));
    const size_t number = (size_t)sqlite3_column_int64(stmt, 0);
    (void)sqlite3_finalize(stmt);
    return number;
}

/* --- saving --- */

struct hf_id device_case(struct device *device, const char *reference)
{
    struct hf_id case_id = hf_id_zero();
    if (hf_replica_case_new(device->replica, hf_slice_str(reference), device->now_ms++, &case_id, &device->err) !=
        HF_OK)
        fail_msg("%s", device->err.text);
    return case_id;
}

struct hf_id device_id(struct device *device)
{
    uint8_t random[HF_ID_RANDOM_BYTES];
    hf_random(random, sizeof random);
    return hf_id_v7(device->now_ms, random);
}

struct hf_slice text_value(const char *text)
{
    struct hf_buf *buf = scratch();
    hf_pack_text(buf, hf_slice_str(text));
    assert_int_equal(hf_buf_status(buf), HF_OK);
    return hf_buf_slice(buf);
}

struct hf_slice set_value(const char *const *added, size_t added_count, const char *const *removed,
                          size_t removed_count)
{
    struct hf_slice add[8];
    struct hf_slice take[8];
    struct hf_buf *buf = scratch();
    for (size_t i = 0; i < added_count; i++)
        add[i] = text_value(added[i]);
    for (size_t i = 0; i < removed_count; i++)
        take[i] = text_value(removed[i]);
    hf_set_edit_encode(add, added_count, take, removed_count, buf);
    assert_int_equal(hf_buf_status(buf), HF_OK);
    return hf_buf_slice(buf);
}

enum hf_status device_try_save(struct device *device, const struct hf_id *case_id, const struct hf_id *record_id,
                               uint16_t type, uint16_t field, struct hf_slice value, bool settle,
                               struct hf_id *out_change_id)
{
    const struct hf_save_edit edit = {.field = field, .value = value};
    const struct hf_save save = {
        .case_id = *case_id, .record_id = *record_id, .type = type, .edits = &edit, .edit_count = 1, .settle = settle};
    return hf_replica_save(device->replica, &save, device->now_ms++, out_change_id, &device->err);
}

struct hf_id device_save(struct device *device, const struct hf_id *case_id, const struct hf_id *record_id,
                         uint16_t type, uint16_t field, struct hf_slice value)
{
    struct hf_id change_id = hf_id_zero();
    if (device_try_save(device, case_id, record_id, type, field, value, false, &change_id) != HF_OK)
        fail_msg("%s", device->err.text);
    assert_false(hf_id_is_zero(&change_id));
    return change_id;
}

/* --- reading --- */

const char *device_text(struct device *device, const struct hf_id *record_id, uint16_t field)
{
    struct hf_record_state state = {0};
    struct hf_buf *buf = scratch();
    enum hf_status status = hf_replica_record(device->replica, record_id, &state);
    if (status == HF_ERR_NOT_FOUND)
        return "";
    assert_int_equal(status, HF_OK);
    const struct hf_record_spec *type = hf_model_type(state.type);
    const struct hf_field_state *found = hf_record_state_field(&state, field);
    if (found && hf_merge_in_conflict(type, found))
        hf_buf_append_str(buf, "!");
    else if (found)
        hf_value_to_text(hf_model_field(type, field), hf_merge_plain_value(type, found), buf);
    hf_buf_append_u8(buf, 0);
    hf_record_state_clear(&state);
    return (const char *)buf->data;
}

size_t device_entries(struct device *device, const struct hf_id *record_id, uint16_t field)
{
    struct hf_record_state state = {0};
    enum hf_status status = hf_replica_record(device->replica, record_id, &state);
    if (status == HF_ERR_NOT_FOUND)
        return 0;
    assert_int_equal(status, HF_OK);
    const struct hf_field_state *found = hf_record_state_field(&state, field);
    size_t count = found ? found->count : 0;
    hf_record_state_clear(&state);
    return count;
}

struct hf_replica_counts device_counts(struct device *device)
{
    struct hf_replica_counts counts;
    assert_int_equal(hf_replica_counts(device->replica, &counts), HF_OK);
    return counts;
}

void device_digest(struct device *device, uint8_t out[HF_HASH_BYTES])
{
    assert_int_equal(hf_replica_digest(device->replica, NULL, out), HF_OK);
}

void assert_same_state(struct device *a, struct device *b)
{
    uint8_t left[HF_HASH_BYTES];
    uint8_t right[HF_HASH_BYTES];
    device_digest(a, left);
    device_digest(b, right);
    assert_memory_equal(left, right, sizeof left);
}

struct snapshot snapshot_of(struct device *device)
{
    struct snapshot snapshot;
    memset(&snapshot, 0, sizeof snapshot);
    device_digest(device, snapshot.digest);
    snapshot.counts = device_counts(device);
    assert_int_equal(hf_replica_facts(device->replica, &snapshot.facts), HF_OK);
    return snapshot;
}

void assert_unchanged(struct device *device, const struct snapshot *before)
{
    struct snapshot now = snapshot_of(device);
    assert_memory_equal(now.digest, before->digest, sizeof now.digest);
    assert_memory_equal(&now.counts, &before->counts, sizeof now.counts);
    assert_int_equal(now.facts.cursor, before->facts.cursor);
    assert_int_equal(now.facts.next_seq, before->facts.next_seq);
    assert_int_equal(now.facts.unsent_seq, before->facts.unsent_seq);
    assert_int_equal(now.facts.has_catchup, before->facts.has_catchup);
    assert_int_equal(now.facts.catchup_from, before->facts.catchup_from);
    assert_int_equal(now.facts.range_count, before->facts.range_count);
    assert_memory_equal(now.facts.head, before->facts.head, sizeof now.facts.head);
}

/* --- sync --- */

struct push {
    struct server *server;
    size_t count;
    struct hf_pushed answers[ITEMS_MAX];
};

static bool push_item(void *ctx, const struct hf_item *item)
{
    struct push *push = ctx;
    assert_true(push->count < ITEMS_MAX);
    push->answers[push->count++] = server_take(push->server, item);
    return true;
}

void device_push(struct device *device)
{
    struct hf_sync_facts facts;
    struct push *push = calloc(1, sizeof *push);
    assert_non_null(push);
    push->server = device->server;
    assert_int_equal(hf_replica_facts(device->replica, &facts), HF_OK);
    assert_int_equal(hf_replica_outbox(device->replica, facts.unsent_seq, push_item, push), HF_OK);
    if (hf_replica_store_pushed(device->replica, push->answers, push->count, &device->err) != HF_OK)
        fail_msg("%s", device->err.text);
    free(push);
}

static enum hf_status feed(struct device *device, const struct hf_item *items, size_t count, uint64_t next_cursor,
                           bool catchup)
{
    const struct hf_feed delivery = {.keys = device->server->keys,
                                     .key_count = device->server->key_count,
                                     .items = items,
                                     .item_count = count,
                                     .catchup = catchup,
                                     .next_cursor = next_cursor};
    return hf_replica_store_feed(device->replica, &delivery, device->now_ms++, &device->err);
}

enum hf_status device_feed(struct device *device, const struct hf_item *items, size_t count, uint64_t next_cursor)
{
    return feed(device, items, count, next_cursor, false);
}

/* Only the keys of what is delivered, as a server does. */
static enum hf_status deliver(struct device *device, uint64_t from, uint64_t until, bool catchup,
                              const struct hf_id *case_id)
{
    struct server *server = device->server;
    struct hf_item *items = calloc(ITEMS_MAX, sizeof *items);
    struct hf_class_key *keys = calloc(SERVER_KEYS_MAX, sizeof *keys);
    size_t count = 0;
    size_t key_count = 0;
    assert_non_null(items);
    assert_non_null(keys);
    for (uint64_t i = from; i < until; i++)
        if (catchup ? hf_id_equal(&server->entries[i].case_id, case_id) : server_may_see(server, &device->identity, i))
            items[count++] = server_item(server, i);
    for (size_t k = 0; k < server->key_count; k++)
        for (size_t i = 0; i < count; i++)
            if (hf_id_equal(&server->keys[k].key_id, &items[i].key_id)) {
                keys[key_count++] = server->keys[k];
                break;
            }
    const struct hf_feed delivery = {.keys = keys,
                                     .key_count = key_count,
                                     .items = items,
                                     .item_count = count,
                                     .catchup = catchup,
                                     .next_cursor = until};
    enum hf_status status = hf_replica_store_feed(device->replica, &delivery, device->now_ms++, &device->err);
    free(items);
    free(keys);
    return status;
}

static uint64_t batch_end(const struct device *device, uint64_t from, uint64_t until)
{
    return device->batch && until - from > device->batch ? from + device->batch : until;
}

void device_pull_general(struct device *device)
{
    struct hf_sync_facts facts;
    assert_int_equal(hf_replica_facts(device->replica, &facts), HF_OK);
    for (uint64_t from = facts.cursor; from < device->server->size;) {
        uint64_t until = batch_end(device, from, device->server->size);
        if (deliver(device, from, until, false, NULL) != HF_OK)
            fail_msg("%s", device->err.text);
        from = until;
    }
}

void device_pull(struct device *device)
{
    struct hf_sync_facts facts;
    device_pull_general(device);
    for (;;) {
        assert_int_equal(hf_replica_facts(device->replica, &facts), HF_OK);
        if (!facts.has_catchup)
            return;
        uint64_t until = batch_end(device, facts.catchup_from, facts.catchup_until);
        if (deliver(device, facts.catchup_from, until, true, &facts.catchup_case) != HF_OK)
            fail_msg("%s", device->err.text);
    }
}

void server_prove(struct server *server, const struct hf_sync_facts *facts, struct hf_proof *out_consistency,
                  struct hf_range_proof *out_ranges)
{
    *out_consistency = (struct hf_proof){.count = 0};
    if (facts->checkpoint_size > 0)
        assert_int_equal(hf_tree_prove_consistency(facts->checkpoint_size, server->size, hf_node_store_get,
                                                   &server->nodes, out_consistency),
                         HF_OK);
    for (size_t i = 0; i < facts->range_count; i++) {
        out_ranges[i].range = facts->ranges[i];
        assert_int_equal(hf_tree_prove_range(facts->ranges[i].first, facts->ranges[i].count, server->size,
                                             hf_node_store_get, &server->nodes, &out_ranges[i].proof),
                         HF_OK);
    }
}

enum hf_status device_store_head(struct device *device, struct hf_slice note, const struct hf_proof *consistency,
                                 const struct hf_range_proof *ranges, size_t count)
{
    return hf_replica_store_head(device->replica, note, consistency, ranges, count, device->now_ms++, &device->err);
}

void device_head(struct device *device)
{
    struct hf_sync_facts facts;
    struct hf_proof consistency;
    struct hf_buf note = {0};
    struct hf_range_proof *ranges = calloc(HF_FACT_RANGES_MAX, sizeof *ranges);
    assert_non_null(ranges);
    assert_int_equal(hf_replica_facts(device->replica, &facts), HF_OK);
    server_checkpoint(device->server, &note);
    server_prove(device->server, &facts, &consistency, ranges);
    if (device_store_head(device, hf_buf_slice(&note), &consistency, ranges, facts.range_count) != HF_OK)
        fail_msg("%s", device->err.text);
    hf_buf_clear(&note);
    free(ranges);
}

void device_sync(struct device *device)
{
    device_push(device);
    device_pull(device);
    device_head(device);
}

bool device_wal_is_empty(const struct device *device)
{
    char wal[200];
    struct stat found;
    (void)snprintf(wal, sizeof wal, "%s/store.db-wal", device->folder);
    return stat(wal, &found) != 0 || found.st_size == 0;
}
