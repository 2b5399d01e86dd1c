#include "core/vault/vault_internal.h"
#include "tools/simulator/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ORIGIN    "sim.invented-council.example/log"
#define AUTHORITY "Invented Council"
#define ADDRESS   "tcp://127.0.0.1:7450"

enum { SERVER, KEYS, GUARD };
static const char *const paths[SIM_SERVER_VAULTS] = {"/server.db", "/keys.db", "/guard.db"};
static const struct hf_id office_db_id = {{'o', 'f', 'f', 'i', 'c', 'e'}};

/* --- up and down ---------------------------------------------------------------------------------------------------
 */

static uint64_t office_wall_ms(void *ctx)
{
    const struct sim_world *world = ctx;
    return (uint64_t)((int64_t)(SIM_WALL_MS + world->now_ms) + world->office_clock_ms);
}

static void random_key(struct hf_sign_key *out)
{
    uint8_t seed[HF_SIGN_SEED_BYTES];
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, out);
}

static void random_dh(struct hf_dh_key *out)
{
    uint8_t seed[HF_DH_BYTES];
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, out);
}

static void make_keys(struct hf_server_keys *keys)
{
    struct hf_note_body note = {.what = HF_NOTE_SERVER, .authority_name = hf_slice_str(AUTHORITY)};
    struct hf_sign_key authority;
    uint8_t log_id[HF_HASH_BYTES];
    memset(keys, 0, sizeof *keys);
    (void)snprintf(keys->origin, sizeof keys->origin, "%s", ORIGIN);
    (void)snprintf(keys->authority_name, sizeof keys->authority_name, "%s", AUTHORITY);
    random_key(&authority);
    random_key(&keys->device);
    random_key(&keys->log);
    random_dh(&keys->channel);
    random_dh(&keys->key_store);
    memcpy(keys->authority_key, authority.public_key, sizeof keys->authority_key);
    memcpy(note.server_device, keys->device.public_key, sizeof note.server_device);
    memcpy(note.log_key, keys->log.public_key, sizeof note.log_key);
    memcpy(note.channel_key, keys->channel.public_key, sizeof note.channel_key);
    memcpy(note.key_store_key, keys->key_store.public_key, sizeof note.key_store_key);
    hf_log_id(hf_slice_str(ORIGIN), log_id);
    hf_server_certify(&authority, log_id, &note);
    memcpy(keys->authority_signature, note.authority_signature, sizeof keys->authority_signature);
}

void sim_vault_settle(const struct sim_world *world, struct hf_vault *vault)
{
    if (world->log_pages > 0 && sqlite3_wal_autocheckpoint(hf_vault_db(vault), (int)world->log_pages) != SQLITE_OK)
        abort();
}

static void open_vaults(struct sim_world *world)
{
    struct hf_error err = {0};
    for (int i = world->store_on_disk ? SERVER : KEYS; i < SIM_SERVER_VAULTS && !sim_failed(world); i++) {
        size_t len = 0;
        if (!disk_bytes(world->office_disk, paths[i], &len)) {
            uint8_t page[4096];
            hf_vault_seal_first_page(&office_db_id, world->office_key, page);
            disk_put(world->office_disk, paths[i], page, sizeof page);
        }
        if (hf_vault_open_on(disk_vfs(world->office_disk), paths[i], &office_db_id, world->office_key,
                             HF_VAULT_READ_WRITE, &world->office_vaults[i], &err) != HF_OK)
            sim_fail(world, "the office's %s does not open: %s", paths[i], err.text);
        else
            sim_vault_settle(world, world->office_vaults[i]);
    }
}

/* Everything but the open office itself; the store in memory stays. */
static void open_parts(struct sim_world *world)
{
    struct hf_error err = {0};
    open_vaults(world);
    if (sim_failed(world))
        return;
    if (hf_keystore_open(world->office_vaults[KEYS], &world->keystore, &err) != HF_OK)
        sim_fail(world, "the key store does not open: %s", err.text);
    else if (hf_guard_open(world->office_vaults[GUARD], &world->guard, &err) != HF_OK)
        sim_fail(world, "the guard does not open: %s", err.text);
    else if (world->store_on_disk && hf_store_sqlite_open(world->office_vaults[SERVER], &world->store, &err) != HF_OK)
        sim_fail(world, "the store does not open: %s", err.text);
}

static enum hf_status open_office(struct sim_world *world, struct hf_error *err)
{
    enum hf_status status =
        hf_office_open(&world->office, world->store, world->keystore, world->guard, office_wall_ms, world, err);
    world->office_is_up = status == HF_OK;
    world->standing = world->office.standing;
    return status;
}

static void close_parts(struct sim_world *world)
{
    if (world->office_is_up)
        hf_office_close(&world->office);
    world->office_is_up = false;
    hf_keystore_close(world->keystore);
    hf_guard_close(world->guard);
    if (world->store_on_disk)
        hf_store_close(world->store);
    world->keystore = NULL;
    world->guard = NULL;
    if (world->store_on_disk)
        world->store = NULL;
    for (int i = 0; i < SIM_SERVER_VAULTS; i++) {
        (void)hf_vault_close(world->office_vaults[i]);
        world->office_vaults[i] = NULL;
    }
}

static void make_parts(struct sim_world *world, const struct hf_server_keys *keys)
{
    struct hf_error err = {0};
    open_vaults(world);
    if (sim_failed(world))
        return;
    if (hf_keystore_create(world->office_vaults[KEYS], keys, &world->keystore, &err) != HF_OK ||
        hf_guard_create(world->office_vaults[GUARD], &world->guard, &err) != HF_OK)
        sim_fail(world, "the office cannot be made: %s", err.text);
    else if (world->store_on_disk ? hf_store_sqlite_open(world->office_vaults[SERVER], &world->store, &err) != HF_OK
                                  : hf_store_memory_open(&world->store) != HF_OK)
        sim_fail(world, "the store cannot be made: %s", err.text);
}

void sim_office_make(struct sim_world *world)
{
    struct hf_server_keys keys;
    struct hf_error err = {0};
    world->office_disk = sim_must(disk_new(sim_next(&world->random)));
    hf_random(world->office_key, sizeof world->office_key);
    make_keys(&keys);
    make_parts(world, &keys);
    if (sim_failed(world))
        return;
    if (open_office(world, &err) != HF_OK)
        sim_fail(world, "the office does not open: %s", err.text);
    else if (hf_note_key_init(hf_slice_str(ORIGIN), keys.log.public_key, &world->log_key) != HF_OK)
        abort();
    world->office_case = world->office.office_case;
    hf_wipe(&keys, sizeof keys);
    sim_office_after(world);
}

void sim_office_free(struct sim_world *world)
{
    close_parts(world);
    if (!world->store_on_disk)
        hf_store_close(world->store);
    disk_image_free(world->office_backup);
    if (world->office_disk)
        disk_free(world->office_disk);
}

static void start_again(struct sim_world *world)
{
    struct hf_error err = {0};
    disk_go_on(world->office_disk);
    disk_fault_end(world->office_disk);
    open_parts(world);
    if (!sim_failed(world) && open_office(world, &err) != HF_OK)
        sim_fail(world, "the office does not start again: %s", err.text);
    if (!sim_failed(world) && world->store->tree.size < world->log.count)
        sim_fail(world, "the office lost log entries: %llu of %llu are left",
                 (unsigned long long)world->store->tree.size, (unsigned long long)world->log.count);
}

void sim_office_kill(struct sim_world *world, enum disk_stop how)
{
    if (!disk_is_stopped(world->office_disk))
        disk_stop_now(world->office_disk, how);
    sim_office_after(world);
}

void sim_office_after(struct sim_world *world)
{
    if (sim_failed(world))
        return;
    if (disk_is_stopped(world->office_disk)) {
        sim_tell(world, "the office dies");
        world->result->counts.kills++;
        sim_wires_end_all(world);
        close_parts(world);
        start_again(world);
    }
    if (!sim_failed(world))
        sim_log_watch(world);
    if (!sim_failed(world) && world->office.standing != world->standing) {
        world->standing = world->office.standing;
        sim_wires_recheck(world);
    }
}

/* --- backups -------------------------------------------------------------------------------------------------------
 */

void sim_office_back_up(struct sim_world *world)
{
    if (!world->store_on_disk)
        return;
    sim_tell(world, "the office is backed up at %llu entries", (unsigned long long)world->log.count);
    disk_image_free(world->office_backup);
    world->office_backup = disk_copy(world->office_disk, "/");
    world->office_backup_size = world->log.count;
}

/* A device that knows more than the office must not be told that all is well, and nothing of it may be taken. */
static void all_devices_notice(struct sim_world *world)
{
    bool was_quiet = world->is_quiet;
    world->is_quiet = true;
    for (size_t i = 0; i < world->device_count && !sim_failed(world); i++) {
        struct sim_device *device = &world->devices[i];
        struct hf_sync_facts facts;
        if (!device->is_used || device->is_lost || !device->replica || device->is_suspect || device->is_revoked)
            continue;
        if (hf_replica_facts(device->replica, &facts) != HF_OK ||
            (facts.checkpoint_size <= world->store->tree.size && facts.cursor <= world->store->tree.size))
            continue;
        device->in_sync = false; /* a disk in trouble may keep it from beginning */
        sim_sync_begin(world, device);
        sim_carry_all(world);
        if (device->in_sync)
            sim_fail(world, "device %zu calls itself in sync with an office that lost what it has seen", i);
    }
    world->is_quiet = was_quiet;
}

static void check_guard_refuses(struct sim_world *world)
{
    struct hf_error err = {0};
    disk_put_back(world->office_disk, world->office_backup, "/server.db");
    open_parts(world);
    if (sim_failed(world))
        return;
    enum hf_status status = open_office(world, &err);
    if (status == HF_OK)
        sim_fail(world, "the office signs again although its store was put back from %llu to %llu entries",
                 (unsigned long long)world->log.count, (unsigned long long)world->office_backup_size);
    else if (status != HF_ERR_CONFLICT)
        sim_fail(world, "the office that was put back fails otherwise than it should: %s", err.text);
}

static void check_devices_notice(struct sim_world *world)
{
    struct hf_error err = {0};
    disk_put_back(world->office_disk, world->office_backup, "/");
    open_parts(world);
    if (sim_failed(world))
        return;
    if (open_office(world, &err) != HF_OK)
        sim_fail(world, "an office put back with its guard does not open: %s", err.text);
    else
        all_devices_notice(world);
}

/* The old backup is put in place, looked at, and the newer store put back as the text says. Events under way wait. */
void sim_office_roll_back(struct sim_world *world)
{
    struct sim_event *events = world->events;
    size_t count = world->event_count, cap = world->event_cap;
    if (!world->office_backup || world->office_backup_size >= world->log.noted_size)
        return;
    sim_tell(world, "the office is put back to %llu entries", (unsigned long long)world->office_backup_size);
    sim_wires_end_all(world);
    disk_stop_at(world->office_disk, DISK_PROCESS_DIES, 0);
    disk_fault_end(world->office_disk);
    world->events = NULL;
    world->event_count = world->event_cap = 0;
    struct disk_image *newest = disk_copy(world->office_disk, "/");
    close_parts(world);
    world->is_rolled_back = true;
    bool with_guard = sim_chance(&world->random, 50);
    if (with_guard)
        check_devices_notice(world);
    else
        check_guard_refuses(world);
    world->result->counts.restores++;
    sim_wires_end_all(world);
    world->is_rolled_back = false;
    if (!sim_failed(world)) {
        close_parts(world);
        disk_put_back(world->office_disk, newest, "/");
        open_parts(world);
        struct hf_error err = {0};
        if (!sim_failed(world) && open_office(world, &err) != HF_OK)
            sim_fail(world, "the newer store does not open again: %s", err.text);
    }
    disk_image_free(newest);
    disk_image_free(world->office_backup);
    world->office_backup = NULL; /* the next one is of later */
    while (world->event_count > 0)
        hf_buf_clear(&world->events[--world->event_count].bytes);
    free(world->events);
    world->events = events;
    world->event_count = count;
    world->event_cap = cap;
}

/* The guard knows how often the key store was changed, and an erasure changes it. */
static bool open_with_old_keys(struct sim_world *world, bool also_guard)
{
    struct hf_error err = {0};
    close_parts(world);
    disk_put_back(world->office_disk, world->office_backup, paths[KEYS]);
    if (also_guard)
        disk_put_back(world->office_disk, world->office_backup, paths[GUARD]);
    open_parts(world);
    if (sim_failed(world))
        return false;
    const enum hf_status status = open_office(world, &err);
    if (status != HF_OK && status != HF_ERR_CONFLICT)
        sim_fail(world, "the office with an older key store fails otherwise than it should: %s", err.text);
    return world->office_is_up;
}

bool sim_office_with_old_keys(struct sim_world *world)
{
    sim_wires_end_all(world);
    if (open_with_old_keys(world, false))
        sim_fail(world, "the office opens with a key store that is older than an erasure");
    return !sim_failed(world) && open_with_old_keys(world, true);
}

/* --- people --------------------------------------------------------------------------------------------------------
 */

size_t sim_office_person(struct sim_world *world, enum hf_role role)
{
    size_t at = world->person_count;
    if (at == SIM_PEOPLE_MAX)
        abort();
    struct sim_person *person = &world->people[world->person_count++];
    (void)snprintf(person->name, sizeof person->name, "Person %zu Invented", at);
    person->role = role;
    return at;
}

bool sim_office_assign(struct sim_world *world, size_t case_at, size_t person, bool held)
{
    struct hf_error err = {0};
    if (!world->cases[case_at].is_logged || world->cases[case_at].is_erased || hf_id_is_zero(&world->people[person].id))
        return false;
    enum hf_status status = hf_enrol_assign(&world->office, &world->cases[case_at].id, &world->people[person].id, held,
                                            hf_slice_str(held ? "allocated" : "left"), &err);
    sim_tell(world, "case %zu %s person %zu: %s", case_at, held ? "goes to" : "is taken from", person,
             hf_status_name(status));
    if (held && !sim_role_holds_cases(world->people[person].role)) {
        if (status == HF_OK)
            sim_fail(world, "a case is given to somebody whose role holds none");
    } else if (status != HF_OK && status != HF_ERR_IO && status != HF_ERR_FULL && !disk_is_stopped(world->office_disk))
        sim_fail(world, "a case cannot be assigned: %s: %s", hf_status_name(status), err.text);
    sim_office_after(world);
    return status == HF_OK;
}

bool sim_office_revoke(struct sim_world *world, const uint8_t device[HF_SIGN_PUBLIC_BYTES])
{
    struct hf_error err = {0};
    enum hf_status status = hf_enrol_revoke(&world->office, device, hf_slice_str("lost"), &err);
    sim_tell(world, "device %02x is revoked: %s", device[0], hf_status_name(status));
    if (status != HF_OK && status != HF_ERR_IO && status != HF_ERR_FULL && !disk_is_stopped(world->office_disk))
        sim_fail(world, "a device cannot be revoked: %s: %s", hf_status_name(status), err.text);
    sim_office_after(world);
    return status == HF_OK;
}

/* --- a plain wire: what server/link.c does, without the channel ----------------------------------------------------
 */

static void office_step(struct sim_world *world, struct sim_wire *wire, const struct hf_server_event *event);

static void office_answer(struct sim_world *world, struct sim_wire *wire, const struct hf_message *request)
{
    struct hf_reply reply = {0};
    enum hf_status status = hf_office_answer(&world->office, &wire->peer, request, &reply);
    if (disk_is_stopped(world->office_disk)) { /* the process is dead: nobody answers */
        hf_reply_clear(&reply);
        return;
    }
    if (status != HF_OK) {
        reply.message.request = request->request;
        if (hf_reply_error(&reply, status, "The office could not store or read its records.") != HF_OK)
            abort();
    }
    sim_log_watch(world);
    office_step(world, wire,
                &(struct hf_server_event){.type = HF_SE_REPLY, .now_ms = world->now_ms, .reply = &reply.message});
    hf_reply_clear(&reply);
}

static void office_step(struct sim_world *world, struct sim_wire *wire, const struct hf_server_event *event)
{
    struct hf_server_update update;
    hf_session_server_step(wire->session, event, &update);
    for (size_t i = 0; i < update.count && !wire->is_over && !sim_failed(world); i++) {
        if (update.actions[i].type == HF_SA_REQUEST)
            office_answer(world, wire, update.actions[i].request);
        else if (update.actions[i].type == HF_SA_CLOSE)
            wire->is_over = true;
        else
            sim_wire_answer(world, wire, update.actions[i].bytes);
    }
}

void sim_office_take(struct sim_world *world, struct sim_wire *wire, struct hf_slice message)
{
    struct hf_server_event event = {.now_ms = world->now_ms};
    if (message.len > 0) {
        event.type = HF_SE_MESSAGE;
        event.bytes = message;
    } else {
        event.type = HF_SE_TICK;
    }
    office_step(world, wire, &event);
}
