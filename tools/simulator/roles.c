/* People whose role or right changes while their devices are away with unsent work. All chance here comes from a stream
 * of its own, so that a run without this fault is the run that it was before there was one.
 *
 *   role      a field worker becomes a manager, a manager a field worker again, somebody leaves the work with cases
 *   right     somebody becomes a records officer, or is none any more; restrictions of entries need that right
 *   meeting   another chair, note taker or arranger: clashes of the meeting are theirs to settle
 *
 * What was signed before is handed in after, and counts by the right of the moment at which it reaches the log. */
#include "core/model/body_caseload.h"
#include "core/pack/writer.h"
#include "server/officers.h"
#include "tools/simulator/world.h"

#include <stdlib.h>
#include <string.h>

#define SHARE            8 /* one in so many of the faults that a day has room for */
#define SAVE_PERCENT     6 /* of saves: something that only a records officer may write */
#define DISTURB_PERCENT  10
#define AT_SYNC_PERMILLE 6
#define AT_SYNC_MS       1500
#define RESTRICTION_NO   100 /* number of the first in a case; sim_record_id */

bool sim_role_holds_cases(enum hf_role role)
{
    return role == HF_ROLE_WORKER || role == HF_ROLE_MANAGER || role == HF_ROLE_OFFICE;
}

enum hf_role sim_role_at(const struct sim_world *world, size_t person, uint64_t moment)
{
    const struct sim_person *at = &world->people[person];
    for (size_t i = 0; i < at->earlier_count; i++)
        if (moment < at->earlier[i].until)
            return at->earlier[i].role;
    return at->role;
}

size_t sim_person_of(const struct sim_world *world, const struct hf_id *id)
{
    for (size_t i = 0; i < world->person_count; i++)
        if (hf_id_equal(&world->people[i].id, id))
            return i;
    return SIM_PEOPLE_MAX;
}

/* --- what the log says ---------------------------------------------------------------------------------------------
 */

static void note_role(struct sim_world *world, size_t person, enum hf_role role)
{
    struct sim_person *at = &world->people[person];
    if (at->earlier_count == SIM_ROLES_MAX)
        abort();
    at->earlier[at->earlier_count].until = world->moment;
    at->earlier[at->earlier_count++].role = at->role;
    at->role = role;
    for (size_t i = 0; i < world->device_count; i++)
        if (world->devices[i].person == person)
            world->devices[i].role = role;
}

void sim_roles_note(struct sim_world *world, struct hf_slice body)
{
    struct hf_caseload_note note;
    if (hf_caseload_note_decode(body, &note) != HF_OK)
        return;
    const size_t person = sim_person_of(world, &note.person);
    if (person == SIM_PEOPLE_MAX)
        return;
    if (note.what == HF_CASELOAD_ROLE)
        note_role(world, person, note.role);
    else if (note.what == HF_CASELOAD_OFFICER)
        world->people[person].is_officer = note.given;
}

/* --- the office ----------------------------------------------------------------------------------------------------
 */

static bool disk_was_in_the_way(const struct sim_world *world, enum hf_status status)
{
    return disk_is_stopped(world->office_disk) || status == HF_ERR_IO || status == HF_ERR_FULL;
}

static void set_role(struct sim_world *world, size_t person, enum hf_role role)
{
    struct hf_error err = {0};
    if (world->people[person].earlier_count + 4 >= SIM_ROLES_MAX) /* some may not have been read yet */
        return;
    const enum hf_status status = hf_people_set_role(&world->office, &world->people[person].id, role, &err);
    sim_tell(world, "person %zu has the role %s now: %s", person, hf_role_name(role), hf_status_name(status));
    if (status != HF_OK && !disk_was_in_the_way(world, status))
        sim_fail(world, "a role cannot be changed: %s: %s", hf_status_name(status), err.text);
    sim_office_after(world);
    if (status != HF_OK || sim_failed(world))
        return;
    if (world->people[person].role != role)
        sim_fail(world, "a role was changed, and the log does not say so");
    else if (world->people[person].is_officer && !hf_officer_may_be(role))
        sim_fail(world, "a %s is still a records officer", hf_role_name(role));
}

static void set_officer(struct sim_world *world, size_t person, bool given)
{
    struct hf_error err = {0};
    const bool may = !given || hf_officer_may_be(world->people[person].role);
    const enum hf_status status = hf_officers_set(&world->office, &world->people[person].id, given, &err);
    sim_tell(world, "person %zu is %s records officer: %s", person, given ? "a" : "no", hf_status_name(status));
    if (status == HF_OK && !may)
        sim_fail(world, "a %s is made a records officer", hf_role_name(world->people[person].role));
    else if (status != HF_OK && may && !disk_was_in_the_way(world, status))
        sim_fail(world, "the right of a records officer cannot be changed: %s: %s", hf_status_name(status), err.text);
    sim_office_after(world);
    if (status == HF_OK && !sim_failed(world) && world->people[person].is_officer != given)
        sim_fail(world, "a right was changed, and the log does not say so");
}

/* Field workers and managers mostly; now and then somebody has no cases any more, until they come back. */
static enum hf_role another_role(struct sim_world *world, enum hf_role role)
{
    static const enum hf_role roles[] = {HF_ROLE_WORKER, HF_ROLE_WORKER, HF_ROLE_MANAGER, HF_ROLE_MANAGER,
                                         HF_ROLE_OFFICE, HF_ROLE_ADMIN,  HF_ROLE_AUDITOR};
    enum hf_role next = role;
    while (next == role)
        next = roles[sim_below(&world->roles_random, sizeof roles / sizeof roles[0])];
    return next;
}

/* --- devices -------------------------------------------------------------------------------------------------------
 */

static void save_edits(struct sim_world *world, struct sim_device *device, struct hf_save *save)
{
    struct hf_id change = hf_id_zero();
    struct hf_error err = {0};
    save->settle = sim_chance(&world->roles_random, 50);
    save->propose = true;
    save->reason = hf_slice_str("as it was");
    const enum hf_status status =
        hf_replica_save(device->replica, save, sim_device_now(world, device).wall_ms, &change, &err);
    if (status == HF_OK && !hf_id_is_zero(&change)) {
        world->result->counts.saves++;
        sim_saved(device, &change);
    } else if (status != HF_OK && !sim_save_may_fail(world, device, status)) {
        sim_fail(world, "device %zu cannot save: %s: %s", device->number, hf_status_name(status), err.text);
    }
}

/* A case that this device has, or had. */
static const struct sim_case *some_case(struct sim_world *world, const struct sim_device *device)
{
    const size_t first = sim_below(&world->roles_random, world->case_count);
    for (size_t i = 0; i < world->case_count; i++) {
        const struct sim_case *at = &world->cases[(first + i) % world->case_count];
        if (!at->is_erased && sim_holds(world, device, &at->id, UINT64_MAX))
            return at;
    }
    return &world->cases[first];
}

/* Who may see an entry is for records officers to say. Anybody's device saves it; whether it counts, the log tells. */
static void restrict_entry(struct sim_world *world, struct sim_device *device)
{
    const struct sim_case *at = some_case(world, device);
    const size_t record_at = sim_below(&world->roles_random, SIM_RECORDS);
    const struct hf_id entry = sim_record_id(at, record_at);
    const struct hf_field_spec *spec =
        hf_model_field(hf_model_type(HF_RECORD_RESTRICTION), HF_FIELD_RESTRICTION_STATUS);
    struct hf_buf parent = {0}, code = {0};
    hf_pack_id(&parent, &entry);
    hf_pack_text(&code, hf_slice_str(spec->codes[sim_below(&world->roles_random, 3)]));
    const struct hf_save_edit edits[] = {{.field = HF_FIELD_PARENT, .value = hf_buf_slice(&parent)},
                                         {.field = HF_FIELD_RESTRICTION_STATUS, .value = hf_buf_slice(&code)}};
    struct hf_save save = {.case_id = at->id,
                           .record_id = sim_record_id(at, RESTRICTION_NO + record_at),
                           .type = HF_RECORD_RESTRICTION,
                           .edits = edits,
                           .edit_count = 2};
    save_edits(world, device, &save);
    hf_buf_clear(&parent);
    hf_buf_clear(&code);
}

static const char *const parts[] = {"chair", "minuter", "arranger"};

/* Another person has a part in the meeting. */
static void change_part(struct sim_world *world, struct sim_device *device)
{
    const struct sim_case *at = some_case(world, device);
    const struct hf_record_spec *type = hf_model_type(HF_RECORD_MEETING);
    const struct hf_field_spec *spec =
        hf_model_field_named(type, hf_slice_str(parts[sim_below(&world->roles_random, 3)]));
    const struct hf_id *person = &world->people[sim_below(&world->roles_random, world->person_count)].id;
    struct hf_buf value = {0};
    hf_pack_id(&value, person);
    const struct hf_save_edit edit = {.field = spec->code, .value = hf_buf_slice(&value)};
    struct hf_save save = {.case_id = at->id,
                           .record_id = sim_record_id(at, 0),
                           .type = HF_RECORD_MEETING,
                           .edits = &edit,
                           .edit_count = 1};
    save_edits(world, device, &save);
    hf_buf_clear(&value);
}

bool sim_roles_save(struct sim_world *world, struct sim_device *device)
{
    if (!sim_has(world, SIM_ROLES) || world->case_count == 0 ||
        !sim_comes(world, &world->roles_random, SAVE_PERCENT, 100))
        return false;
    world->result->counts.troubles++;
    if (sim_chance(&world->roles_random, 60))
        restrict_entry(world, device);
    else
        change_part(world, device);
    return true;
}

/* Their devices are somewhere else: what is saved now is handed in when it is too late, or early enough. */
static void write_unsent(struct sim_world *world, size_t person)
{
    for (size_t i = 0; i < world->device_count && !sim_failed(world); i++) {
        struct sim_device *device = &world->devices[i];
        if (device->person != person || !device->is_used || device->is_lost || device->is_forger ||
            world->case_count == 0 || !sim_chance(&world->roles_random, 60) || !sim_device_open(world, device))
            continue;
        if (sim_chance(&world->roles_random, 40))
            restrict_entry(world, device);
        else
            sim_save(world, device);
        sim_device_after(world, device);
    }
}

/* --- a fault of the day --------------------------------------------------------------------------------------------
 */

void sim_roles_plan(struct sim_world *world)
{
    if (!sim_has(world, SIM_ROLES))
        return;
    for (size_t i = sim_shared(world, &world->roles_random, 1 + world->device_count / 2); i > 0; i--)
        if (sim_below(&world->roles_random, SHARE) == 0)
            sim_later(world, (struct sim_event){.type = SIM_EV_ROLE}, sim_below(&world->roles_random, SIM_DAY_MS));
}

void sim_roles_at_sync(struct sim_world *world, const struct sim_device *device)
{
    if (sim_has(world, SIM_ROLES) && sim_comes(world, &world->roles_random, AT_SYNC_PERMILLE, 1000))
        sim_later(world, (struct sim_event){.type = SIM_EV_ROLE, .device = device->number},
                  sim_below(&world->roles_random, AT_SYNC_MS));
}

/* The first person stays the office, so that there is one. */
void sim_roles_fault(struct sim_world *world, size_t device)
{
    if (world->person_count < 2 || !world->office_is_up || !sim_has(world, SIM_ROLES))
        return;
    const size_t any = 1 + sim_below(&world->roles_random, world->person_count - 1);
    const size_t person = device > 0 && world->devices[device].person > 0 ? world->devices[device].person : any;
    const size_t dice = sim_below(&world->roles_random, 100);
    if (hf_id_is_zero(&world->people[person].id))
        return;
    world->result->counts.troubles++;
    write_unsent(world, person);
    if (sim_failed(world))
        return;
    if (dice < 20 && world->case_count > 0) { /* a case, whatever the role: they may get another one later */
        const size_t at = sim_below(&world->roles_random, world->case_count);
        (void)sim_office_assign(world, at, person, !world->cases[at].people[person].held);
    } else if (dice < 70)
        set_role(world, person, another_role(world, world->people[person].role));
    else
        set_officer(world, person, !world->people[person].is_officer);
    if (!sim_failed(world))
        write_unsent(world, person);
}

void sim_roles_disturb(struct sim_world *world, size_t person)
{
    if (!sim_has(world, SIM_ROLES) || !world->office_is_up || !sim_chance(&world->roles_random, DISTURB_PERCENT))
        return;
    world->result->counts.troubles++;
    if (person > 0 && sim_chance(&world->roles_random, 50))
        set_role(world, person, another_role(world, world->people[person].role));
    else
        set_officer(world, person, false);
}

bool sim_roles_forge(struct sim_world *world, const struct sim_device *device, struct hf_buf *out)
{
    struct hf_caseload_note note = {.person = world->people[device->person].id};
    if (!sim_has(world, SIM_ROLES) || !sim_chance(&world->roles_random, 60))
        return false;
    note.what = sim_chance(&world->roles_random, 50) ? HF_CASELOAD_ROLE : HF_CASELOAD_OFFICER;
    note.role = HF_ROLE_MANAGER;
    note.given = true;
    hf_caseload_note_encode(&note, out);
    return true;
}

/* --- who settles a clash -------------------------------------------------------------------------------------------
 */

/* The person that all official values of the field name; SIM_PEOPLE_MAX: nobody, or more than one. */
static size_t named_in(const struct sim_world *world, const struct sim_change *const *changes, size_t count,
                       const char *part)
{
    const struct hf_field_spec *spec = hf_model_field_named(hf_model_type(HF_RECORD_MEETING), hf_slice_str(part));
    struct sim_expected official = {0};
    size_t found = SIM_PEOPLE_MAX;
    sim_rules_official(changes, count, spec, &official);
    for (size_t person = 0; official.count > 0 && person < world->person_count; person++) {
        struct hf_buf value = {0};
        bool all = true;
        hf_pack_id(&value, &world->people[person].id);
        for (size_t i = 0; i < official.count; i++)
            all = all && hf_slice_equal(official.entries[i].value, hf_buf_slice(&value));
        if (all)
            found = person;
        hf_buf_clear(&value);
    }
    free(official.entries);
    return found;
}

/* Somebody can be asked whose device is in use and may record, and who sees the case. */
static bool can_be_asked(struct sim_world *world, size_t person, const struct hf_id *case_id)
{
    const struct sim_case *of = sim_case_of(world, case_id);
    return person < world->person_count && world->people[person].can_decide &&
           (world->people[person].role != HF_ROLE_WORKER || (of && of->people[person].held));
}

void sim_roles_check_deciders(struct sim_world *world, struct sim_device *device,
                              const struct sim_change *const *changes, size_t count, const struct hf_id *meeting,
                              const struct hf_id *case_id)
{
    struct hf_record_state state = {0};
    struct hf_decider shown[HF_DECIDERS_MAX];
    size_t shown_count = 0, wanted[HF_DECIDERS_MAX], wanted_count = 0;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const size_t person = named_in(world, changes, count, parts[i]);
        bool twice = !can_be_asked(world, person, case_id);
        for (size_t j = 0; j < wanted_count; j++)
            twice = twice || wanted[j] == person;
        if (!twice)
            wanted[wanted_count++] = person;
    }
    bool same = hf_replica_record(device->replica, meeting, &state) == HF_OK &&
                hf_replica_deciders(device->replica, &state, shown, &shown_count) == HF_OK &&
                shown_count == wanted_count;
    for (size_t i = 0; same && i < wanted_count; i++)
        same = hf_id_equal(&shown[i].person, &world->people[wanted[i]].id);
    if (!same)
        sim_fail(world, "device %zu asks %zu others to settle a clash of a meeting than its %zu people", device->number,
                 shown_count, wanted_count);
    hf_record_state_clear(&state);
}
