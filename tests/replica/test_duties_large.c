/* Duties of many cases through a replica: read from the encrypted store, unpacked, worked out and handed over. With
 * HF_LONG_TESTS=1 10,000 cases of 42 records; the figures are printed, and stand in docs/benchmarks.md. Sample data is
 * invented. */
#include "core/pack/press.h"
#include "core/replica/policies.h"
#include "core/vault/vault.h"
#include "tests/policy/support_tree.h"
#include "tests/replica/support_device.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define CASES_LONG   10000
#define CASES_SHORT  12
#define RECORDS_EACH 42 /* of a case, with the case itself */
#define ROUNDS       5
#define NOW_MS       UINT64_C(1795608000000) /* 2026-11-25T12:00:00Z */
#define ID_BYTES     16

struct world {
    struct server *server;
    struct device *office;
    struct hf_press *press;
    struct hf_id case_id, request;
    struct hf_id ids[RECORDS_EACH];
    size_t count;
};

static void release(struct device *device, const char *path)
{
    struct hf_buf bytes = read_tree_file(path);
    struct hf_id change;
    assert_int_equal(hf_replica_release(device->replica, hf_buf_slice(&bytes), device->now_ms, &change, &device->err),
                     HF_OK);
    hf_buf_clear(&bytes);
}

static struct hf_id put(struct world *world, const char *type, const struct hf_id *parent, const char *const *fields)
{
    struct hf_id change, id = device_id(world->office);
    char parent_text[HF_ID_TEXT_BYTES];
    struct hf_put_value values[8];
    size_t count = 0;
    if (parent) {
        hf_id_format(parent, parent_text);
        values[count++] = (struct hf_put_value){"parent", parent_text};
    }
    for (; fields[0]; fields += 2)
        values[count++] = (struct hf_put_value){fields[0], fields[1]};
    const struct hf_put put = {.case_id = world->case_id,
                               .record_id = id,
                               .type = hf_model_type_named(hf_slice_str(type))->code,
                               .values = values,
                               .count = count};
    if (hf_replica_put(world->office->replica, &put, world->office->now_ms, &change, &world->office->err) != HF_OK)
        fail_msg("%s: %s", type, world->office->err.text);
    world->ids[world->count++] = id;
    return id;
}

#define PUT(type, parent, ...) put(world, type, parent, (const char *const[]){__VA_ARGS__, NULL})

/* One case, by signed changes. */
static void fill_case(struct world *world)
{
    world->case_id = device_case(world->office, "CH-00000");
    world->ids[world->count++] = world->case_id;
    (void)PUT("child", NULL, "name", "Robin Invented");
    const struct hf_id home =
        PUT("placement", NULL, "setting", "in_house_foster", "status", "current", "start", "2026-11-02");
    (void)PUT("ppm", &home, "held_on", "2026-11-06", "carer_support_needs", "Rest");
    world->request = PUT("request", NULL, "urgency", "imminent", "at", "2026-11-23T10:00:00Z", "by_role", "carer");
    const struct hf_id meeting =
        PUT("meeting", NULL, "type", "fsm", "kind", "responsive", "status", "held", "start", "2026-11-19T10:00:00Z");
    const struct hf_id plan = PUT("support_plan", NULL, "status", "current", "on", "2026-11-06", "by_role", "ssw");
    while (world->count < RECORDS_EACH) {
        if (world->count % 3 == 0)
            (void)PUT("action", &meeting, "text", "Ask the school", "due", "2026-11-20", "status", "open");
        else if (world->count % 3 == 1)
            (void)PUT("plan_item", &plan, "recipient", "both", "text", "A night away", "status", "planned");
        else
            (void)PUT("invite", &meeting, "role", "carer", "decision", "invited");
    }
}

/* --- more cases like it --------------------------------------------------------------------------------------------
 */

/* The last bytes of an id say which copy it belongs to. */
static void rename_id(uint8_t id[ID_BYTES], size_t copy)
{
    for (size_t i = 0; i < 4; i++)
        id[ID_BYTES - 1 - i] ^= (uint8_t)((copy + 1) >> (8 * i));
}

static void rename_all(const struct world *world, uint8_t *bytes, size_t len, size_t copy)
{
    for (size_t at = 0; at + ID_BYTES <= len; at++)
        for (size_t i = 0; i < world->count; i++)
            if (memcmp(bytes + at, world->ids[i].bytes, ID_BYTES) == 0) {
                rename_id(bytes + at, copy);
                at += ID_BYTES - 1;
                break;
            }
}

struct row {
    uint8_t record[ID_BYTES], parent[ID_BYTES];
    bool has_parent;
    int type;
    struct hf_buf packed; /* not pressed */
};

static sqlite3_stmt *prepare(struct world *world, const char *sql)
{
    sqlite3_stmt *stmt = NULL;
    assert_int_equal(sqlite3_prepare_v2(hf_vault_db(world->office->vault), sql, -1, &stmt, NULL), SQLITE_OK);
    return stmt;
}

static size_t read_rows(struct world *world, struct row rows[RECORDS_EACH])
{
    size_t count = 0;
    sqlite3_stmt *stmt = prepare(world, "SELECT record_id, parent, type, packed FROM records WHERE case_id = ?");
    (void)sqlite3_bind_blob(stmt, 1, world->case_id.bytes, ID_BYTES, SQLITE_STATIC);
    while (sqlite3_step(stmt) == SQLITE_ROW && count < RECORDS_EACH) {
        struct row *row = &rows[count++];
        memcpy(row->record, sqlite3_column_blob(stmt, 0), ID_BYTES);
        row->has_parent = sqlite3_column_bytes(stmt, 1) == ID_BYTES;
        if (row->has_parent)
            memcpy(row->parent, sqlite3_column_blob(stmt, 1), ID_BYTES);
        row->type = sqlite3_column_int(stmt, 2);
        const struct hf_slice pressed =
            hf_slice_of((const uint8_t *)sqlite3_column_blob(stmt, 3) + 2, (size_t)sqlite3_column_bytes(stmt, 3) - 2);
        assert_int_equal(hf_get_u16(pressed.data - 2), 0); /* no title here is left out of its state */
        assert_int_equal(hf_press_unpack(world->press, pressed, HF_STATE_BYTES_MAX, &row->packed), HF_OK);
    }
    (void)sqlite3_finalize(stmt);
    return count;
}

static void run(sqlite3_stmt *stmt)
{
    assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
    (void)sqlite3_reset(stmt);
}

static void add_record(const struct world *world, sqlite3_stmt *insert, const struct row *row, size_t copy)
{
    uint8_t own[ID_BYTES], parent[ID_BYTES], case_id[ID_BYTES];
    char title[32];
    struct hf_buf packed = {0}, pressed = {0};
    hf_buf_append_slice(&packed, hf_buf_slice(&row->packed));
    memcpy(own, row->record, ID_BYTES);
    memcpy(parent, row->parent, ID_BYTES);
    memcpy(case_id, world->case_id.bytes, ID_BYTES);
    rename_id(own, copy);
    rename_id(parent, copy);
    rename_id(case_id, copy);
    rename_all(world, packed.data, packed.len, copy);
    hf_buf_append_u16(&pressed, 0);
    hf_press_pack(world->press, hf_buf_slice(&packed), &pressed);
    assert_int_equal(hf_buf_status(&pressed), HF_OK);
    (void)snprintf(title, sizeof title, "CH-%05zu", copy + 1);
    (void)sqlite3_bind_blob(insert, 1, own, ID_BYTES, SQLITE_TRANSIENT);
    (void)sqlite3_bind_blob(insert, 2, case_id, ID_BYTES, SQLITE_TRANSIENT);
    (void)sqlite3_bind_int(insert, 3, row->type);
    (void)sqlite3_bind_blob(insert, 4, row->has_parent ? parent : NULL, ID_BYTES, SQLITE_TRANSIENT);
    (void)sqlite3_bind_text(insert, 5, title, -1, SQLITE_TRANSIENT);
    (void)sqlite3_bind_blob(insert, 6, pressed.data, (int)pressed.len, SQLITE_TRANSIENT);
    run(insert);
    hf_buf_clear(&packed);
    hf_buf_clear(&pressed);
}

/* The case and its key: the key is that of the first case, which nothing here opens anything with. */
static void add_case(const struct world *world, sqlite3_stmt *insert, size_t copy)
{
    uint8_t case_id[ID_BYTES];
    memcpy(case_id, world->case_id.bytes, ID_BYTES);
    rename_id(case_id, copy);
    (void)sqlite3_bind_blob(insert, 1, case_id, ID_BYTES, SQLITE_TRANSIENT);
    run(insert);
}

static void add_copies(struct world *world, size_t copies)
{
    struct row rows[RECORDS_EACH] = {0};
    world->press = hf_press_new();
    assert_non_null(world->press);
    const size_t count = read_rows(world, rows);
    assert_int_equal(count, RECORDS_EACH);
    device_sql(world->office, "BEGIN");
    sqlite3_stmt *record = prepare(world, "INSERT INTO records(record_id, case_id, type, conflicts, is_final,"
                                          " amendments, deleted, changed, parent, title, packed)"
                                          " VALUES(?, ?, ?, 0, 0, 0, 0, 0, ?, ?, ?)");
    sqlite3_stmt *one = prepare(world, "INSERT INTO cases(case_id) VALUES(?)");
    sqlite3_stmt *key = prepare(world, "INSERT INTO keys(key_id, case_id, epoch, key) VALUES(?1, ?1, 0, zeroblob(32))");
    for (size_t copy = 0; copy < copies; copy++) {
        for (size_t i = 0; i < count; i++)
            add_record(world, record, &rows[i], copy);
        add_case(world, one, copy);
        add_case(world, key, copy);
    }
    (void)sqlite3_finalize(record);
    (void)sqlite3_finalize(one);
    (void)sqlite3_finalize(key);
    device_sql(world->office, "COMMIT");
    for (size_t i = 0; i < count; i++)
        hf_buf_clear(&rows[i].packed);
    hf_press_free(world->press);
}

/* --- measuring ------------------------------------------------------------------------------------------------------
 */

static double cpu_ms(void)
{
    struct timespec at;
    assert_int_equal(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at), 0);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static bool count_duty(void *ctx, const struct hf_duty_view *view)
{
    size_t *count = ctx;
    (void)view;
    ++*count;
    return true;
}

static size_t duties(struct world *world, const struct hf_id *only)
{
    size_t count = 0;
    const struct hf_duty_filter filter = {.now_ms = NOW_MS, .case_id = only ? *only : hf_id_zero()};
    if (hf_replica_duties(world->office->replica, &filter, count_duty, &count, &world->office->err) != HF_OK)
        fail_msg("%s", world->office->err.text);
    return count;
}

/* The request changes, and what its case owes is worked out anew. */
static double one_case_ms(struct world *world, size_t each, size_t round)
{
    struct hf_id change;
    const struct hf_put_value value = {"reason", round % 2 == 0 ? "They cannot sleep" : "They sleep again"};
    const struct hf_put put = {.case_id = world->case_id,
                               .record_id = world->request,
                               .type = hf_model_type_named(hf_slice_str("request"))->code,
                               .values = &value,
                               .count = 1};
    assert_int_equal(hf_replica_put(world->office->replica, &put, world->office->now_ms, &change, &world->office->err),
                     HF_OK);
    const double from = cpu_ms();
    assert_int_equal(duties(world, &world->case_id), each);
    return cpu_ms() - from;
}

static void duties__of_many_cases_come_from_the_replica(void **state)
{
    (void)state;
    struct world *world = calloc(1, sizeof *world);
    const bool is_long = getenv("HF_LONG_TESTS") != NULL;
    const size_t cases = is_long ? CASES_LONG : CASES_SHORT;
    world->server = server_new();
    world->office = device_new(world->server, "Olu Office", HF_ROLE_OFFICE);
    device_sync(world->office);
    release(world->office, "policies/calendars/england-and-wales-2027.json");
    release(world->office, "policies/procedure-b-fsm.json");
    fill_case(world);
    const size_t each = duties(world, &world->case_id);
    assert_true(each > 20);
    add_copies(world, cases - 1);
    for (size_t round = 0; round < (is_long ? ROUNDS : 1); round++) {
        device_reopen(world->office); /* nothing of the round before is in memory */
        const double from = cpu_ms();
        assert_int_equal(duties(world, NULL), cases * each);
        const double all_ms = cpu_ms() - from;
        const double one_ms = one_case_ms(world, each, round);
        if (is_long)
            (void)printf("%zu cases of %d records, %zu duties each: %.0f ms of processor time; one case after a change "
                         "%.3f ms\n",
                         cases, RECORDS_EACH, each, all_ms, one_ms);
    }
    device_free(world->office);
    server_free(world->server);
    free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(duties__of_many_cases_come_from_the_replica)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
