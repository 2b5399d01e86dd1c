#include "core/replica/snapshot.h"
#include "core/vault/vault_internal.h"
#include "tools/simulator/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE_DB "/case.db"
static const struct hf_id device_db_id = {{'d', 'e', 'v', 'i', 'c', 'e'}};

struct hf_syncer_now sim_device_now(const struct sim_world *world, const struct sim_device *device)
{
    return (struct hf_syncer_now){.wall_ms = (uint64_t)((int64_t)(SIM_WALL_MS + world->now_ms) + device->clock_ms),
                                  .mono_ms = world->now_ms};
}

static bool take_clock(void *ctx, const struct hf_change_row *row)
{
    *(hf_clock *)ctx = row->leaf.clock;
    return false;
}

static void note_clock(hf_clock **clocks, size_t *count, size_t *cap, hf_clock clock)
{
    if (*count == *cap) {
        *cap = *cap ? *cap * 2 : 32;
        *clocks = sim_must(realloc(*clocks, *cap * sizeof **clocks));
    }
    (*clocks)[(*count)++] = clock;
}

void sim_saved(struct sim_device *device, const struct hf_id *change)
{
    hf_clock clock = 0;
    if (hf_replica_change(device->replica, change, take_clock, &clock) != HF_OK)
        return;
    note_clock(&device->saved, &device->saved_count, &device->saved_cap, clock);
    note_clock(&device->made, &device->made_count, &device->made_cap, clock);
}

/* --- up and down ---------------------------------------------------------------------------------------------------
 */

static enum hf_status open_vault(const struct sim_world *world, struct sim_device *device, struct hf_error *err)
{
    enum hf_status status = hf_vault_open_on(disk_vfs(device->disk), DEVICE_DB, &device_db_id, device->key,
                                             HF_VAULT_READ_WRITE, &device->vault, err);
    if (status == HF_OK)
        sim_vault_settle(world, device->vault);
    return status;
}

static void shut(struct sim_device *device)
{
    hf_replica_close(device->replica);
    device->replica = NULL;
    (void)hf_vault_close(device->vault);
    device->vault = NULL;
    device->form.is_open = false;
}

/* Two of three devices begin with snapshots, also of small cases. */
static uint64_t snapshot_least(const struct sim_device *device)
{
    return device->number % 3 == 2 ? UINT64_MAX : 1;
}

bool sim_device_open(struct sim_world *world, struct sim_device *device)
{
    struct hf_error err = {0};
    if (device->replica)
        return true;
    enum hf_status status = open_vault(world, device, &err);
    if (status == HF_OK)
        status = hf_replica_open(device->vault, &device->replica, &err);
    if (status == HF_OK) {
        hf_replica_snapshot_least(device->replica, snapshot_least(device));
        return true;
    }
    shut(device);
    if (disk_is_stopped(device->disk) || disk_fault_happened(device->disk)) {
        disk_go_on(device->disk);
        disk_fault_end(device->disk);
        disk_fault_at(device->disk, DISK_FAULT_NONE, 0, false);
    } else {
        sim_fail(world, "device %zu does not open again: %s: %s", device->number, hf_status_name(status), err.text);
    }
    return false;
}

void sim_device_close(struct sim_world *world, struct sim_device *device)
{
    sim_wire_end(world, device);
    shut(device);
}

void sim_device_kill(struct sim_world *world, struct sim_device *device, enum disk_stop how)
{
    if (!disk_is_stopped(device->disk))
        disk_stop_now(device->disk, how);
    sim_device_after(world, device);
}

void sim_device_after(struct sim_world *world, struct sim_device *device)
{
    if (!disk_is_stopped(device->disk))
        return;
    sim_tell(world, "device %zu dies", device->number);
    world->result->counts.kills++;
    sim_wire_end(world, device);
    shut(device);
    disk_go_on(device->disk);
    disk_fault_end(device->disk);
    (void)sim_device_open(world, device);
}

/* --- joining -------------------------------------------------------------------------------------------------------
 */

static void fill_identity(const struct sim_world *world, const struct hf_invitation *invitation,
                          struct hf_identity *out)
{
    const struct hf_server_keys *keys = hf_keystore_server(world->keystore);
    uint8_t seed[HF_SIGN_SEED_BYTES];
    out->state = HF_IDENTITY_ENROLLED;
    (void)snprintf(out->origin, sizeof out->origin, "%s", invitation->origin);
    (void)snprintf(out->address, sizeof out->address, "%s", invitation->address);
    (void)snprintf(out->authority_name, sizeof out->authority_name, "%s", keys->authority_name);
    hf_log_id(hf_slice_str(invitation->origin), out->log_id);
    memcpy(out->server_channel_key, invitation->server_key, sizeof out->server_channel_key);
    memcpy(out->authority_hash, invitation->authority_hash, sizeof out->authority_hash);
    memcpy(out->authority_key, keys->authority_key, sizeof out->authority_key);
    memcpy(out->server_device, keys->device.public_key, sizeof out->server_device);
    memcpy(out->log_key, keys->log.public_key, sizeof out->log_key);
    memcpy(out->key_store_key, keys->key_store.public_key, sizeof out->key_store_key);
    out->invitation = invitation->id;
    hf_random(seed, sizeof seed);
    hf_sign_key_from_seed(seed, &out->sign);
    hf_random(seed, sizeof seed);
    hf_dh_key_from_seed(seed, &out->channel);
}

/* What client/enrol.c and the office say to each other, at one table. */
static enum hf_status join(struct sim_world *world, const struct hf_invitation *invitation,
                           struct hf_identity *identity, struct hf_error *err)
{
    struct hf_peer peer;
    struct hf_device_row row;
    uint8_t psk[HF_KEY_BYTES], signature[HF_SIGN_BYTES];
    enum hf_status status = hf_office_peer(&world->office, identity->channel.public_key, &invitation->id, &peer, psk);
    if (status != HF_OK)
        return status;
    hf_random(peer.handshake_hash, sizeof peer.handshake_hash);
    hf_invitation_device_psk(invitation->token, peer.handshake_hash, identity->psk);
    hf_invitation_sign(&identity->sign, peer.handshake_hash, signature);
    status = hf_enrol_device(&world->office, &peer, identity->sign.public_key, signature, &row, err);
    if (status == HF_OK && row.role == HF_ROLE_ADMIN)
        status = hf_enrol_confirm(&world->office, identity->sign.public_key, err);
    if (status != HF_OK)
        return status;
    identity->person = row.person;
    identity->role = row.role;
    identity->incarnation = row.incarnation;
    return HF_OK;
}

static void make_store(struct sim_world *world, struct sim_device *device, const struct hf_identity *identity)
{
    uint8_t page[4096];
    struct hf_error err = {0};
    device->disk = sim_must(disk_new(sim_next(&world->random)));
    hf_random(device->key, sizeof device->key);
    hf_vault_seal_first_page(&device_db_id, device->key, page);
    disk_put(device->disk, DEVICE_DB, page, sizeof page);
    enum hf_status status = open_vault(world, device, &err);
    if (status == HF_OK)
        status = hf_replica_create(device->vault, identity, &device->replica, &err);
    if (status != HF_OK)
        sim_fail(world, "a replica cannot be made: %s", err.text);
    else
        hf_replica_snapshot_least(device->replica, snapshot_least(device));
}

struct sim_device *sim_device_enrol(struct sim_world *world, size_t person)
{
    const struct hf_invite invite = {.person_name = hf_slice_str(world->people[person].name),
                                     .role = world->people[person].role,
                                     .address = hf_slice_str("tcp://127.0.0.1:7450")};
    struct hf_invitation invitation;
    struct hf_identity identity = {0};
    struct hf_buf line = {0};
    struct hf_error err = {0};
    uint64_t expiry_ms;
    if (world->device_count == SIM_DEVICES_MAX)
        return NULL;
    enum hf_status status =
        hf_enrol_invite(&world->office, &invite, &world->people[person].id, &expiry_ms, &line, &err);
    if (status == HF_OK)
        status = hf_invitation_parse(hf_buf_slice(&line), &invitation, &err);
    hf_buf_clear(&line);
    if (status == HF_OK) {
        fill_identity(world, &invitation, &identity);
        (void)snprintf(identity.person_name, sizeof identity.person_name, "%s", world->people[person].name);
        status = join(world, &invitation, &identity, &err);
    }
    if (status != HF_OK) {
        if (!disk_is_stopped(world->office_disk) && !disk_fault_happened(world->office_disk))
            sim_fail(world, "nobody can enrol: %s: %s", hf_status_name(status), err.text);
        sim_office_after(world);
        return NULL;
    }
    struct sim_device *device = &world->devices[world->device_count];
    *device = (struct sim_device){
        .is_used = true, .number = world->device_count++, .person = person, .role = world->people[person].role};
    memcpy(device->public_key, identity.sign.public_key, sizeof device->public_key);
    make_store(world, device, &identity);
    hf_wipe(&identity, sizeof identity);
    sim_tell(world, "device %zu (%02x) joins for person %zu", device->number, device->public_key[0], person);
    sim_office_after(world);
    return device;
}

void sim_device_free(struct sim_device *device)
{
    if (!device->is_used)
        return;
    shut(device);
    disk_image_free(device->backup);
    if (device->disk)
        disk_free(device->disk);
    free(device->saved);
    free(device->made);
}

/* --- backups and thieves -------------------------------------------------------------------------------------------
 */

void sim_device_back_up(struct sim_world *world, struct sim_device *device)
{
    sim_tell(world, "device %zu is backed up", device->number);
    disk_image_free(device->backup);
    device->backup = disk_copy(device->disk, "/");
}

struct own_clock {
    hf_clock wanted;
    bool found;
};

static bool look_for_clock(void *ctx, const struct hf_item *item)
{
    struct own_clock *own = ctx;
    struct hf_leaf leaf;
    own->found = own->found || (hf_leaf_decode(item->leaf, &leaf) == HF_OK && leaf.clock == own->wanted);
    return !own->found;
}

/* What was saved since and not sent is gone. Everything else has to reach the log. */
static void forget_lost(struct sim_world *world, struct sim_device *device)
{
    size_t left = 0;
    for (size_t i = 0; device->replica && i < device->saved_count; i++) {
        struct own_clock own = {.wanted = device->saved[i]};
        if (sim_logged_times(world, device, own.wanted) > 0 ||
            (hf_replica_outbox(device->replica, 0, look_for_clock, &own) == HF_OK && own.found))
            device->saved[left++] = device->saved[i];
    }
    device->saved_count = left;
}

/* What was saved since is gone by decision of the person; what the office has of it stays in the log. */
void sim_device_restore(struct sim_world *world, struct sim_device *device)
{
    if (!device->backup)
        return;
    sim_tell(world, "device %zu is put back to its backup", device->number);
    sim_device_close(world, device);
    disk_put_back(device->disk, device->backup, "/");
    device->is_suspect = true;
    world->result->counts.restores++;
    if (sim_device_open(world, device))
        forget_lost(world, device);
    else
        device->saved_count = 0;
}

struct sim_device *sim_device_steal(struct sim_world *world, struct sim_device *device)
{
    if (world->device_count == SIM_DEVICES_MAX)
        return NULL;
    struct sim_device *thief = &world->devices[world->device_count];
    struct disk_image *image = disk_copy(device->disk, "/");
    *thief = (struct sim_device){.is_used = true,
                                 .is_thief = true,
                                 .is_suspect = true,
                                 .is_forger = device->is_forger,
                                 .is_copied = true,
                                 .number = world->device_count++,
                                 .person = device->person,
                                 .role = device->role,
                                 .is_revoked = device->is_revoked,
                                 .revoked_since = device->revoked_since};
    memcpy(thief->key, device->key, sizeof thief->key);
    memcpy(thief->public_key, device->public_key, sizeof thief->public_key);
    thief->disk = sim_must(disk_new(sim_next(&world->random)));
    disk_put_back(thief->disk, image, "/");
    disk_image_free(image);
    device->is_suspect = device->is_copied = true;
    sim_tell(world, "device %zu is copied: the copy is device %zu", device->number, thief->number);
    (void)sim_device_open(world, thief);
    return thief;
}

void sim_device_lose(struct sim_world *world, struct sim_device *device)
{
    sim_tell(world, "device %zu is given up", device->number);
    sim_device_close(world, device);
    device->is_lost = true;
}
