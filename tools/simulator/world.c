#include "tools/simulator/world.h"

#include "core/replica/snapshot.h"
#include "tools/simulator/memo.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOG_PAGES 100 /* of most seeds: short logs are written back and begun anew often, and kills meet that too */

const char *const sim_fault_names[SIM_FAULT_COUNT] = {"network", "kills",    "disks",   "clocks",   "backups", "theft",
                                                      "people",  "rollback", "forgers", "erasures", "roles"};

void *sim_must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

void sim_fail(struct sim_world *world, const char *format, ...)
{
    va_list args;
    if (world->result->failed)
        return;
    world->result->failed = true;
    va_start(args, format);
    (void)vsnprintf(world->result->text, sizeof world->result->text, format, args);
    va_end(args);
}

void sim_tell(const struct sim_world *world, const char *format, ...)
{
    va_list args;
    if (!world->options.is_talking)
        return;
    (void)fprintf(stderr, "%8.3f d  ", (double)world->now_ms / (double)SIM_DAY_MS);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    (void)fputc('\n', stderr);
}

/* --- how often ---
 */

static size_t share_of(const struct sim_world *world)
{
    return world->options.share ? world->options.share : 100;
}

bool sim_comes(const struct sim_world *world, uint64_t *random, size_t parts, size_t of)
{
    const size_t share = share_of(world);
    return share == 100 ? sim_below(random, of) < parts : sim_below(random, of * 100) < parts * share;
}

size_t sim_shared(const struct sim_world *world, uint64_t *random, size_t times)
{
    const size_t share = share_of(world), hundredths = times * share % 100;
    return times * share / 100 + (hundredths > 0 && sim_chance(random, (unsigned)hundredths));
}

/* --- events: a heap by time, then by order of making ---------------------------------------------------------------
 */

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->order < b->order;
}

static void swap(struct sim_event *a, struct sim_event *b)
{
    struct sim_event kept = *a;
    *a = *b;
    *b = kept;
}

void sim_later(struct sim_world *world, struct sim_event event, uint64_t delay_ms)
{
    if (world->event_count == world->event_cap) {
        world->event_cap = world->event_cap ? world->event_cap * 2 : 64;
        world->events = sim_must(realloc(world->events, world->event_cap * sizeof *world->events));
    }
    event.at_ms = world->now_ms + delay_ms;
    event.order = world->order++;
    size_t at = world->event_count++;
    world->events[at] = event;
    while (at > 0 && is_before(&world->events[at], &world->events[(at - 1) / 2])) {
        swap(&world->events[at], &world->events[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
}

static struct sim_event take_first(struct sim_world *world)
{
    struct sim_event first = world->events[0];
    world->events[0] = world->events[--world->event_count];
    for (size_t at = 0;;) {
        size_t least = at, left = 2 * at + 1, right = left + 1;
        if (left < world->event_count && is_before(&world->events[left], &world->events[least]))
            least = left;
        if (right < world->event_count && is_before(&world->events[right], &world->events[least]))
            least = right;
        if (least == at)
            return first;
        swap(&world->events[at], &world->events[least]);
        at = least;
    }
}

static void happen(struct sim_world *world, struct sim_event *event)
{
    struct sim_device *device = &world->devices[event->device];
    world->now_ms = event->at_ms;
    world->moment++;
    switch (event->type) {
    case SIM_EV_SAVE:
        sim_save(world, device);
        break;
    case SIM_EV_SYNC:
        sim_sync_begin(world, device);
        break;
    case SIM_EV_ARRIVE:
        sim_wire_arrive(world, event);
        break;
    case SIM_EV_TICK:
        sim_wire_tick(world, event->device, event->wire);
        break;
    case SIM_EV_FAULT:
        sim_fault(world);
        break;
    case SIM_EV_GIVE_BACK:
        sim_give_back(world, event->case_at, device);
        break;
    case SIM_EV_ROLE:
        sim_roles_fault(world, event->device);
        break;
    }
    hf_buf_clear(&event->bytes);
}

static void run_until(struct sim_world *world, uint64_t at_ms)
{
    while (!sim_failed(world) && world->event_count > 0 && world->events[0].at_ms < at_ms) {
        struct sim_event event = take_first(world);
        happen(world, &event);
    }
    world->now_ms = at_ms;
}

void sim_carry_all(struct sim_world *world)
{
    while (!sim_failed(world) && world->event_count > 0) {
        struct sim_event event = take_first(world);
        happen(world, &event);
    }
}

/* --- a day --- */

/* For cases that were erased others begin, or nobody would have work left. */
static void open_cases(struct sim_world *world)
{
    size_t alive = 0;
    for (size_t i = 0; i < world->case_count; i++)
        alive += !world->cases[i].is_erased;
    if (alive < world->options.devices && sim_has(world, SIM_PEOPLE))
        sim_open_case(world, &world->devices[sim_below(&world->random, world->device_count)]);
    for (size_t i = 0; i < world->case_count && !sim_failed(world); i++) {
        const struct sim_case *at = &world->cases[i];
        bool is_held = false;
        for (size_t person = 0; person < world->person_count; person++)
            is_held = is_held || at->people[person].since > 0;
        if (!is_held && at->is_logged && !at->is_erased && world->person_count > 1)
            (void)sim_office_assign(world, i, 1 + sim_below(&world->random, world->person_count - 1), true);
    }
}

/* Most devices come to the office's network at the same time of the day, so that their conversations overlap. */
static void plan_day(struct sim_world *world)
{
    sim_replace_refused(world);
    if (!sim_failed(world))
        open_cases(world);
    uint64_t rush_ms = sim_below(&world->random, SIM_DAY_MS - 3600000);
    for (size_t i = 0; i < world->device_count; i++) {
        if (!world->devices[i].is_used || world->devices[i].is_lost ||
            (world->devices[i].is_revoked && world->devices[i].in_sync))
            continue;
        uint64_t sync_ms = rush_ms + sim_below(&world->random, sim_chance(&world->random, 70) ? 4000 : 3600000);
        sim_later(world, (struct sim_event){.type = SIM_EV_SAVE, .device = i}, sim_below(&world->random, SIM_DAY_MS));
        sim_later(world, (struct sim_event){.type = SIM_EV_SAVE, .device = i}, sim_below(&world->random, SIM_DAY_MS));
        sim_later(world, (struct sim_event){.type = SIM_EV_SYNC, .device = i}, sync_ms);
        world->devices[i].tries = 0;
        world->result->counts.device_days += !world->devices[i].is_revoked; /* a copy lives its days like others */
    }
    sim_faults_plan(world);
}

static void heal(struct disk *disk)
{
    disk_fault_end(disk);
    disk_stop_at(disk, DISK_PROCESS_DIES, 0);
}

bool sim_proves(const struct sim_device *device)
{
    return device->number % 2 == 0;
}

/* Every other device; the rest stays as it came. */
static bool ask_for_histories(struct sim_world *world)
{
    bool any = false;
    for (size_t i = 0; i < world->device_count && !sim_failed(world); i++) {
        struct sim_device *device = &world->devices[i];
        struct hf_error err = {0};
        bool asked = false;
        if (!device->is_used || device->is_lost || !sim_proves(device) || !sim_device_open(world, device))
            continue;
        if (hf_replica_prove(device->replica, NULL, &asked, &err) != HF_OK)
            sim_fail(world, "device %zu cannot ask for a history: %s", device->number, err.text);
        world->result->counts.histories += asked;
        any = any || asked;
    }
    return any;
}

/* Everything heals; every device that is not lost syncs until nothing moves any more. */
static void quieten(struct sim_world *world)
{
    sim_tell(world, "quiet");
    sim_wires_end_all(world);
    world->is_quiet = true;
    heal(world->office_disk);
    for (size_t i = 0; i < world->device_count; i++)
        heal(world->devices[i].disk);
    sim_office_after(world);
    sim_carry_all(world);
    for (size_t round = 0; round < 12 && !sim_failed(world); round++) {
        size_t before = world->log.count;
        const bool asked = ask_for_histories(world);
        for (size_t i = 0; i < world->device_count && !sim_failed(world); i++) {
            struct sim_device *device = &world->devices[i];
            if (!device->is_used || device->is_lost)
                continue;
            sim_sync_begin(world, device);
            sim_carry_all(world);
        }
        if (round > 0 && world->log.count == before && !asked)
            return;
    }
}

/* --- a run --- */

static void settle_in(struct sim_world *world)
{
    unsigned devices = world->options.devices;
    sim_office_make(world);
    for (unsigned i = 0; i < devices && !sim_failed(world); i++) {
        enum hf_role role = i == 0 ? HF_ROLE_OFFICE : i == 5 ? HF_ROLE_MANAGER : HF_ROLE_WORKER;
        size_t person = sim_office_person(world, role);
        if (!sim_failed(world))
            (void)sim_device_enrol(world, person);
    }
    for (unsigned i = 0; i < devices && !sim_failed(world); i++)
        sim_open_case(world, &world->devices[i]);
    bool is_quiet = world->is_quiet;
    world->is_quiet = true;
    for (unsigned i = 0; i < devices && !sim_failed(world); i++) {
        sim_sync_begin(world, &world->devices[i]);
        sim_carry_all(world);
    }
    world->is_quiet = is_quiet;
    for (size_t i = 0; i < world->case_count; i++)
        for (size_t person = 1; person < world->person_count && !sim_failed(world); person++)
            if (sim_chance(&world->random, 60))
                (void)sim_office_assign(world, i, person, true);
}

static void make_network(struct sim_world *world)
{
    static const unsigned drops[] = {0, 1, 2, 6};
    world->real_percent = 10;
    if (!(world->options.faults & SIM_NETWORK))
        return;
    world->drop_percent = drops[sim_below(&world->random, 4)];
    world->repeat_percent = (unsigned)sim_below(&world->random, 4);
    world->swap_percent = (unsigned)sim_below(&world->random, 4);
}

static void tear_down(struct sim_world *world)
{
    sim_wires_end_all(world);
    for (size_t i = 0; i < world->device_count; i++)
        sim_device_free(&world->devices[i]);
    sim_office_free(world);
    sim_log_free(&world->log);
    while (world->event_count > 0) {
        struct sim_event event = take_first(world);
        hf_buf_clear(&event.bytes);
    }
    free(world->events);
}

/* Of what stands in the store: the last check may leave the office refusing to open, with its log in place. */
static void take_root(struct sim_world *world)
{
    static const uint8_t none[HF_HASH_BYTES];
    struct hf_hash root = {{0}};
    if (world->store)
        hf_tree_root(&world->store->tree, &root);
    memcpy(world->result->root, root.bytes, sizeof world->result->root);
    if (memcmp(root.bytes, none, sizeof none) == 0)
        sim_fail(world, "the run ends without the root of a log: two runs of this seed cannot be compared");
}

void sim_run(const struct sim_options *options, struct sim_result *out)
{
    struct sim_world *world = sim_must(calloc(1, sizeof *world));
    *out = (struct sim_result){.failed = false};
    world->options = *options;
    world->result = out;
    world->random = options->seed * 0x2545F4914F6CDD1Dull + 1;
    world->roles_random = options->seed * 0x9E3779B97F4A7C15ull + 5;
    world->now_ms = SIM_DAY_MS;
    sim_memo_forget();
    sim_random_seed(options->seed ^ 0x5eed5eed5eed5eedull);
    world->store_on_disk = sim_chance(&world->random, 50);
    world->log_pages = options->seed % 4 == 3 ? 0 : LOG_PAGES;
    make_network(world);
    settle_in(world);
    for (unsigned day = 0; day < options->days && !sim_failed(world); day++) {
        uint64_t end_ms = world->now_ms + SIM_DAY_MS;
        plan_day(world);
        run_until(world, end_ms);
    }
    if (!sim_failed(world))
        quieten(world);
    if (!sim_failed(world))
        sim_check_all(world);
    take_root(world);
    out->counts.entries = world->log.count;
    tear_down(world);
    free(world);
}
