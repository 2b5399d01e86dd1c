/* What goes wrong in a day. A fault event only says that something is due; what it is, chance decides when it comes. */
#include "tools/simulator/world.h"

#define YEAR_MS (365 * (int64_t)SIM_DAY_MS)

/* More than the usual share: more of them are due. Less: as many are due, and sim_fault leaves some of them out. */
void sim_faults_plan(struct sim_world *world)
{
    size_t due = 1 + world->device_count / 2;
    if (world->options.share > 100)
        due = sim_shared(world, &world->random, due);
    for (size_t i = 0; i < due; i++)
        sim_later(world, (struct sim_event){.type = SIM_EV_FAULT}, sim_below(&world->random, SIM_DAY_MS));
    sim_roles_plan(world);
}

static struct sim_device *any_device(struct sim_world *world)
{
    struct sim_device *device = &world->devices[sim_below(&world->random, world->device_count)];
    return device->is_used && !device->is_lost ? device : NULL;
}

static void count(struct sim_world *world)
{
    world->result->counts.troubles++;
}

/* False: this one is left out, because the share is less than usual. */
static bool begins(struct sim_world *world)
{
    const unsigned share = world->options.share;
    return share == 0 || share >= 100 || sim_chance(&world->random, share);
}

static void cut_line(struct sim_world *world, struct sim_device *device)
{
    device->no_line_until = world->now_ms + sim_below(&world->random, SIM_DAY_MS);
    sim_tell(world, "device %zu has no line", device->number);
    count(world);
}

static void plan_kill(struct sim_world *world, struct sim_device *device)
{
    bool at_once = sim_chance(&world->random, 20);
    if (sim_chance(&world->random, 30)) { /* the office */
        if (at_once)
            sim_office_kill(world, DISK_PROCESS_DIES);
        else
            disk_stop_at(world->office_disk, DISK_PROCESS_DIES, 1 + sim_below(&world->random, 60));
    } else if (at_once) {
        sim_device_kill(world, device, DISK_PROCESS_DIES);
    } else {
        disk_stop_at(device->disk, DISK_PROCESS_DIES, 1 + sim_below(&world->random, 40));
    }
}

static void plan_disk_fault(struct sim_world *world, struct sim_device *device)
{
    struct disk *disk = sim_chance(&world->random, 30) ? world->office_disk : device->disk;
    sim_tell(world, "the disk of %s is in trouble", disk == device->disk ? "a device" : "the office");
    if (sim_chance(&world->random, 50)) {
        disk_stop_at(disk, DISK_POWER_FAILS, 1 + sim_below(&world->random, 40));
        return;
    }
    enum disk_fault fault =
        (enum disk_fault)(DISK_FAULT_WRITE + sim_below(&world->random, DISK_FAULT_COUNT - DISK_FAULT_WRITE));
    count(world); /* power that fails is counted as a process that died */
    disk_fault_at(disk, fault, 1 + sim_below(&world->random, 10), false);
}

static void jump_clock(struct sim_world *world, struct sim_device *device)
{
    int64_t step_ms = (int64_t)sim_below(&world->random, 4 * (size_t)SIM_DAY_MS) - 2 * (int64_t)SIM_DAY_MS;
    if (sim_chance(&world->random, 30))
        step_ms = (int64_t)sim_below(&world->random, 20) * YEAR_MS - 10 * YEAR_MS;
    sim_tell(world, "a clock is set to %+lld days", (long long)(step_ms / (int64_t)SIM_DAY_MS));
    if (sim_chance(&world->random, 15))
        world->office_clock_ms = step_ms;
    else
        device->clock_ms = step_ms;
    count(world);
}

/* Another device for the same person. */
static void replace(struct sim_world *world, const struct sim_device *device)
{
    if (!sim_failed(world) && !device->is_thief)
        (void)sim_device_enrol(world, device->person);
}

static bool has_device(const struct sim_world *world, size_t person)
{
    for (size_t i = 0; i < world->device_count; i++) {
        const struct sim_device *device = &world->devices[i];
        if (device->person == person && !device->is_lost && !device->is_revoked && !device->is_thief &&
            !device->is_forger)
            return true;
    }
    return false;
}

void sim_replace_refused(struct sim_world *world)
{
    for (size_t i = 0; i < world->device_count && !sim_failed(world); i++) {
        struct sim_device *device = &world->devices[i];
        if (!device->is_used || device->is_lost || !device->is_refused || !sim_chance(&world->random, 70))
            continue;
        if (!device->is_revoked && (!sim_office_revoke(world, device->public_key) || sim_failed(world)))
            continue;
        sim_device_lose(world, device);
    }
    for (size_t person = 0; person < world->person_count && !sim_failed(world); person++)
        if (!has_device(world, person))
            (void)sim_device_enrol(world, person);
}

static void use_backup(struct sim_world *world, struct sim_device *device)
{
    if (!device->backup || sim_chance(&world->random, 60)) {
        if (!device->is_suspect && !device->is_thief)
            sim_device_back_up(world, device);
        return;
    }
    if (begins(world))
        sim_device_restore(world, device);
}

static void steal_or_find_out(struct sim_world *world, struct sim_device *device)
{
    if (!device->is_suspect && !device->is_revoked) {
        if (sim_chance(&world->random, 50) && sim_device_steal(world, device))
            count(world);
    } else if (!device->is_revoked && sim_office_revoke(world, device->public_key) && !sim_failed(world)) {
        count(world);
        replace(world, device);
    }
}

/* A case is taken from somebody who is writing in it, and given back soon: what is held in between, and what builds on
 * it, must not come to effect. */
static void take_for_a_while(struct sim_world *world, struct sim_device *device, size_t case_at)
{
    if (!sim_office_assign(world, case_at, device->person, false))
        return;
    count(world);
    device->is_stubborn = true;
    device->favourite_case = case_at;
    device->favourite_record = sim_below(&world->random, SIM_RECORDS);
    sim_later(world, (struct sim_event){.type = SIM_EV_GIVE_BACK, .device = device->number, .case_at = case_at},
              sim_below(&world->random, SIM_DAY_MS));
}

void sim_give_back(struct sim_world *world, size_t case_at, struct sim_device *device)
{
    device->is_stubborn = sim_chance(&world->random, 50) && !world->cases[case_at].is_erased;
    (void)sim_office_assign(world, case_at, device->person, true);
}

static void change_people(struct sim_world *world, struct sim_device *device)
{
    size_t dice = sim_below(&world->random, 100);
    if (dice < 10 && device->number > 0 && !device->is_revoked) {
        if (sim_office_revoke(world, device->public_key) && !sim_failed(world)) {
            count(world);
            replace(world, device);
        }
    } else if (dice < 20) {
        const size_t before = world->case_count;
        sim_open_case(world, device);
        world->result->counts.troubles += world->case_count - before;
    } else if (world->case_count > 0 && device->role == HF_ROLE_WORKER) {
        size_t at = sim_below(&world->random, world->case_count);
        for (size_t i = 0; sim_chance(&world->random, 60) && i < world->case_count;
             i++) { /* back to whom it was taken from */
            const struct sim_hold *hold = &world->cases[i].people[device->person];
            if (!hold->held && hold->since > 0)
                at = i;
        }
        bool held = world->cases[at].people[device->person].held;
        if (held && sim_chance(&world->random, 50))
            take_for_a_while(world, device, at);
        else if (sim_office_assign(world, at, device->person, !held))
            count(world);
    }
}

/* One device or two have a changed program; they save and sync like others as well. */
static void forge_something(struct sim_world *world, const struct sim_device *device)
{
    struct sim_device *forger = NULL;
    size_t count = 0;
    for (size_t i = 0; i < world->device_count; i++) {
        if (!world->devices[i].is_forger || world->devices[i].is_lost)
            continue;
        count++;
        if (!forger || sim_chance(&world->random, 50))
            forger = &world->devices[i];
    }
    if (count < 2 && (count == 0 || sim_chance(&world->random, 5))) {
        forger = sim_device_enrol(world, device->person);
        if (forger)
            forger->is_forger = true;
    }
    for (size_t i = 1 + sim_below(&world->random, 3); forger && i > 0 && !sim_failed(world); i--)
        sim_forge(world, forger);
}

/* What is no fault by itself, copies that are put back later, or ends one, the revocation of a copied device, comes as
 * often whatever the share: or the same fault would be a worse one where there are few. */
static bool comes_anyway(const struct sim_world *world, enum sim_fault fault, const struct sim_device *device)
{
    return fault == SIM_BACKUPS || (fault == SIM_THEFT && (device->is_suspect || device->is_revoked)) ||
           (fault == SIM_ROLLBACK && !world->office_backup);
}

void sim_fault(struct sim_world *world)
{
    struct sim_device *device = any_device(world);
    enum sim_fault fault = (enum sim_fault)(1u << sim_below(&world->random, SIM_FAULTS_DRAWN));
    if (!device || !sim_has(world, fault) || (!comes_anyway(world, fault, device) && !begins(world)))
        return;
    if (fault == SIM_NETWORK)
        cut_line(world, device);
    else if (fault == SIM_KILLS)
        plan_kill(world, device);
    else if (fault == SIM_DISKS)
        plan_disk_fault(world, device);
    else if (fault == SIM_CLOCKS)
        jump_clock(world, device);
    else if (fault == SIM_BACKUPS)
        use_backup(world, device);
    else if (fault == SIM_THEFT)
        steal_or_find_out(world, device);
    else if (fault == SIM_PEOPLE)
        change_people(world, device);
    else if (fault == SIM_FORGERS)
        forge_something(world, device);
    else if (fault == SIM_ERASURES)
        sim_erase_something(world);
    else if (!world->office_backup)
        sim_office_back_up(world);
    else if (sim_chance(&world->random, 40)) /* rare: it reads whole logs twice */
        sim_office_roll_back(world);
}
