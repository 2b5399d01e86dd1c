#include "core/replica/lease.h"

#include "core/replica/replica_internal.h"

/* Counted since it was stored, while open and on closing. What is not stored is not lost: the next look counts from the
 * stored one, unless the clock was set back meanwhile and the machine started anew. So reading alone writes nothing. */
#define STORE_AFTER_MS (10u * 60 * 1000)
#define KEEP_AFTER_MS  (60u * 1000)

static enum hf_status load(struct hf_replica *replica, struct hf_error *err)
{
    struct hf_rows rows;
    struct hf_lease_row row = {0};
    if (replica->lease.loaded)
        return HF_OK;
    hf_rows_begin(&rows, replica, HF_STATEMENT_LEASE_GET);
    if (hf_rows_next(&rows)) {
        row.days = (uint32_t)hf_rows_u64(&rows, 0);
        row.running = hf_rows_u64(&rows, 1) != 0;
        row.spent_ms = row.stored_spent_ms = hf_rows_u64(&rows, 2);
        row.wall_ms = row.stored_wall_ms = hf_rows_u64(&rows, 3);
        row.machine_ms = hf_rows_u64(&rows, 4);
        row.loaded = true;
    }
    enum hf_status status = hf_rows_end(&rows, err);
    if (status == HF_OK && (!row.loaded || row.days == 0 || row.days > HF_LEASE_DAYS_MAX))
        status = hf_error_set(err, HF_ERR_CORRUPT,
                              "The part of the store that says how long this device may go without the office cannot "
                              "be read. Ask the office to set this device up again.");
    if (status == HF_OK)
        replica->lease = row;
    return status;
}

static enum hf_status store(struct hf_replica *replica, const struct hf_lease_row *row, struct hf_error *err)
{
    struct hf_rows rows;
    hf_rows_begin(&rows, replica, HF_STATEMENT_LEASE_PUT);
    hf_rows_bind_u64(&rows, row->days);
    hf_rows_bind_u64(&rows, row->running);
    hf_rows_bind_u64(&rows, row->spent_ms);
    hf_rows_bind_u64(&rows, row->wall_ms);
    hf_rows_bind_u64(&rows, row->machine_ms);
    enum hf_status status = hf_rows_run(&rows, err);
    if (status == HF_OK) {
        replica->lease = *row;
        replica->lease.stored_spent_ms = row->spent_ms;
        replica->lease.stored_wall_ms = row->wall_ms;
    }
    return status;
}

static uint64_t step(uint64_t before_ms, uint64_t now_ms)
{
    return before_ms != 0 && now_ms > before_ms ? now_ms - before_ms : 0;
}

/* The machine's clock starts at zero with the machine: after a restart at least what it shows has passed. */
static uint64_t machine_step(uint64_t before_ms, uint64_t now_ms)
{
    return now_ms < before_ms ? now_ms : step(before_ms, now_ms);
}

static uint64_t longest(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

static void count(struct hf_lease_row *row, struct hf_lease_now now)
{
    const uint64_t all_ms = row->days * HF_LEASE_DAY_MS;
    const bool set_back = row->wall_ms > now.wall_ms && row->wall_ms - now.wall_ms > HF_LEASE_SLACK_MS;
    const uint64_t counted = longest(step(row->wall_ms, now.wall_ms), machine_step(row->machine_ms, now.machine_ms));
    const uint64_t passed = longest(counted, set_back ? HF_LEASE_SET_BACK_MS : 0);
    row->spent_ms = passed > all_ms || row->spent_ms + passed > all_ms ? all_ms : row->spent_ms + passed;
    row->wall_ms = now.wall_ms;
    row->machine_ms = now.machine_ms;
}

static void begin(struct hf_lease_row *row, struct hf_lease_now now)
{
    row->running = true;
    row->spent_ms = 0;
    row->wall_ms = now.wall_ms;
    row->machine_ms = now.machine_ms;
}

/* A clock that was set back has to be stored: time is counted from there. */
static void store_when_due(struct hf_replica *replica, uint64_t after_ms)
{
    const struct hf_lease_row row = replica->lease;
    if (row.running &&
        (row.stored_wall_ms == 0 || row.wall_ms < row.stored_wall_ms || row.spent_ms - row.stored_spent_ms >= after_ms))
        (void)!store(replica, &row, NULL);
}

enum hf_status hf_replica_lease(struct hf_replica *replica, struct hf_lease_now now, struct hf_lease *out,
                                struct hf_error *err)
{
    enum hf_status status = load(replica, err);
    if (status != HF_OK)
        return status;
    struct hf_lease_row *row = &replica->lease;
    if (now.wall_ms > INT64_MAX) /* SQLite's integers are signed */
        now.wall_ms = INT64_MAX;
    if (row->running)
        count(row, now);
    else if (replica->identity->state != HF_IDENTITY_NEW)
        begin(row, now);
    store_when_due(replica, STORE_AFTER_MS);
    *out = (struct hf_lease){.days = row->days, .left_ms = row->days * HF_LEASE_DAY_MS - row->spent_ms};
    return HF_OK;
}

void hf_replica_lease_keep(struct hf_replica *replica)
{
    if (replica->lease.loaded)
        store_when_due(replica, KEEP_AFTER_MS);
}

enum hf_status hf_replica_lease_renew(struct hf_replica *replica, uint32_t days, uint64_t wall_ms, struct hf_error *err)
{
    if (days == 0 || days > HF_LEASE_DAYS_MAX)
        return hf_error_set(err, HF_ERR_INVALID, "A device may go without the office for 1 to %d days.",
                            HF_LEASE_DAYS_MAX);
    enum hf_status status = load(replica, err);
    if (status != HF_OK)
        return status;
    struct hf_lease_row row = replica->lease;
    row.days = days;
    begin(&row, (struct hf_lease_now){.wall_ms = wall_ms > INT64_MAX ? INT64_MAX : wall_ms});
    return store(replica, &row, err);
}
