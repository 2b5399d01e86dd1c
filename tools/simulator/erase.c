/* Erasing a case while everything else goes on: two officers with a device each, legal holds, and at the end the
 * question whether anybody can still read what was erased. */
#include "server/erase.h"
#include "core/replica/replica_internal.h"
#include "server/keystore_erase.h"
#include "server/officers.h"
#include "tools/simulator/world.h"

#include <stdlib.h>
#include <string.h>

/* Words that stand in every text of a case and in no other case. */
void sim_case_mark(const struct sim_world *world, const struct hf_id *case_id, char out[SIM_MARK_BYTES])
{
    (void)world;
    for (size_t i = 0; i < SIM_MARK_BYTES - 1; i++)
        out[i] = (char)('a' + (case_id->bytes[i / 2] >> (i % 2 ? 4 : 0) & 15));
    out[SIM_MARK_BYTES - 1] = '\0';
}

/* --- officers ------------------------------------------------------------------------------------------------------
 */

static struct sim_device *officer_of(struct sim_world *world, const struct sim_device *other)
{
    for (size_t i = 0; i < world->device_count; i++) {
        struct sim_device *device = &world->devices[i];
        if (device->is_used && !device->is_lost && !device->is_revoked && !device->is_thief && !device->is_forger &&
            !device->is_suspect && device->role == HF_ROLE_OFFICE && (!other || other->person != device->person) &&
            device->replica)
            return device;
    }
    return NULL;
}

/* The second officer comes when there is something to erase. */
static struct sim_device *second_officer(struct sim_world *world, const struct sim_device *first)
{
    struct sim_device *found = officer_of(world, first);
    for (size_t i = 0; !found && i < world->person_count; i++)
        if (world->people[i].role == HF_ROLE_OFFICE && i != first->person)
            return NULL; /* whose device is out of order today */
    if (found || world->person_count == SIM_PEOPLE_MAX)
        return found;
    return sim_device_enrol(world, sim_office_person(world, HF_ROLE_OFFICE));
}

static bool disk_was_in_the_way(const struct sim_world *world, enum hf_status status)
{
    return disk_is_stopped(world->office_disk) || status == HF_ERR_IO || status == HF_ERR_FULL;
}

/* Both have the right of a records officer; false when the disk is in the way. */
static bool appoint(struct sim_world *world, const struct sim_device *device)
{
    struct hf_error err = {0};
    const enum hf_status status = hf_officers_set(&world->office, &world->people[device->person].id, true, &err);
    if (status != HF_OK && !disk_was_in_the_way(world, status))
        sim_fail(world, "somebody of the office cannot be made a records officer: %s", err.text);
    sim_log_watch(world);
    return status == HF_OK;
}

static struct hf_acting acting(const struct sim_world *world, const struct sim_device *device)
{
    struct hf_acting who = {.person = world->people[device->person].id, .command = "erase"};
    memcpy(who.device, device->public_key, sizeof who.device);
    return who;
}

/* --- asking, confirming --------------------------------------------------------------------------------------------
 */

/* A legal hold, or a right that went meanwhile, and only these deny; an erasure that another entry came between is
 * asked for anew. */
static void judge(struct sim_world *world, size_t case_at, const char *what, enum hf_status status, bool may,
                  const struct hf_error *err)
{
    const bool on_hold = world->cases[case_at].on_legal_hold;
    bool erased = false;
    /* A confirmation that the disk broke off: the keys are gone, and the office finishes it before it answers anybody.
     */
    const bool is_done = status == HF_ERR_STATE &&
                         hf_keystore_erased(world->keystore, &world->cases[case_at].id, &erased) == HF_OK && erased;
    sim_tell(world, "case %zu: %s: %s", case_at, what, hf_status_name(status));
    if (disk_was_in_the_way(world, status) || sim_failed(world))
        return;
    if (status == HF_OK && on_hold)
        sim_fail(world, "%s of a case with a legal hold is taken", what);
    else if (status == HF_OK && !may)
        sim_fail(world, "%s of a case is taken from somebody who is no records officer any more", what);
    else if (status != HF_OK && status != HF_ERR_CONFLICT && !is_done &&
             !(status == HF_ERR_DENIED && (on_hold || !may)))
        sim_fail(world, "%s of a case fails: %s: %s", what, hf_status_name(status), err->text);
}

static enum hf_status ask(struct sim_world *world, size_t case_at, struct sim_device *first, struct hf_id *out_erasure)
{
    struct hf_acting who = acting(world, first);
    struct hf_buf request = {0};
    struct hf_error err = {0};
    uint8_t signature[HF_SIGN_BYTES];
    enum hf_status status =
        hf_erase_draft(&world->office, &who, &world->cases[case_at].id, hf_slice_str("retention"), &request, &err);
    if (status == HF_OK) {
        hf_erase_sign_request(&first->replica->identity->sign, world->office.log_id, hf_buf_slice(&request), signature);
        status = hf_erase_ask(&world->office, &who, hf_buf_slice(&request), signature, out_erasure, &err);
    }
    judge(world, case_at, "asking for the erasure", status, world->people[first->person].is_officer, &err);
    hf_buf_clear(&request);
    sim_office_after(world);
    return status;
}

static void confirm(struct sim_world *world, size_t case_at, const struct sim_device *first, struct sim_device *second,
                    const struct hf_id *erasure)
{
    const bool may = world->people[first->person].is_officer && world->people[second->person].is_officer;
    struct hf_acting who = acting(world, second);
    struct hf_buf request = {0};
    struct hf_error err = {0};
    uint8_t signature[HF_SIGN_BYTES];
    enum hf_status status = hf_erase_request(&world->office, erasure, &request, &err);
    if (status == HF_OK) {
        hf_erase_sign_confirm(&second->replica->identity->sign, world->office.log_id, &who.person,
                              hf_buf_slice(&request), signature);
        status = hf_erase_confirm(&world->office, &who, erasure, signature, &err);
        judge(world, case_at, "confirming the erasure", status, may, &err);
    }
    hf_buf_clear(&request);
    sim_office_after(world);
}

/* One officer alone, twice: never. */
static void confirm_alone(struct sim_world *world, size_t case_at, struct sim_device *first,
                          const struct hf_id *erasure)
{
    struct hf_acting who = acting(world, first);
    struct hf_buf request = {0};
    struct hf_error err = {0};
    uint8_t signature[HF_SIGN_BYTES];
    if (hf_erase_request(&world->office, erasure, &request, &err) == HF_OK) {
        hf_erase_sign_confirm(&first->replica->identity->sign, world->office.log_id, &who.person,
                              hf_buf_slice(&request), signature);
        if (hf_erase_confirm(&world->office, &who, erasure, signature, &err) == HF_OK)
            sim_fail(world, "case %zu is erased by one person alone", case_at);
    }
    hf_buf_clear(&request);
    sim_office_after(world);
}

/* --- legal holds ---------------------------------------------------------------------------------------------------
 */

static void change_legal_hold(struct sim_world *world, size_t case_at)
{
    struct sim_case *at = &world->cases[case_at];
    struct hf_error err = {0};
    const bool placed = !at->on_legal_hold;
    enum hf_status status = hf_erase_hold(&world->office, &at->id, placed, hf_slice_str("inquiry"), &err);
    sim_tell(world, "case %zu: legal hold %s: %s", case_at, placed ? "placed" : "lifted", hf_status_name(status));
    const bool in_the_way = disk_was_in_the_way(world, status);
    sim_office_after(world); /* which sees the entry, if there is one, and that of an erasure that had to be finished */
    if (status != HF_OK && !in_the_way && !(status == HF_ERR_STATE && at->is_erased))
        sim_fail(world, "a legal hold cannot be %s: %s: %s", placed ? "placed" : "lifted", hf_status_name(status),
                 err.text);
}

/* --- a fault of the day --------------------------------------------------------------------------------------------
 */

static size_t cases_left(const struct sim_world *world)
{
    size_t count = 0;
    for (size_t i = 0; i < world->case_count; i++)
        count += world->cases[i].is_logged && !world->cases[i].is_erased;
    return count;
}

void sim_erase_something(struct sim_world *world)
{
    const size_t case_at = world->case_count ? sim_below(&world->random, world->case_count) : 0;
    struct sim_case *at = &world->cases[case_at];
    struct hf_id erasure;
    if (world->case_count == 0 || !at->is_logged || at->is_erased || cases_left(world) < 2)
        return;
    if (at->on_legal_hold ? sim_chance(&world->random, 60) : sim_chance(&world->random, 30)) {
        world->result->counts.troubles++;
        change_legal_hold(world, case_at);
        return;
    }
    struct sim_device *first = officer_of(world, NULL);
    struct sim_device *second = first ? second_officer(world, first) : NULL;
    if (!second || sim_failed(world) || !world->office_is_up || !first->replica || !second->replica)
        return;
    if (!appoint(world, first) || !appoint(world, second))
        return;
    world->result->counts.troubles++;
    if (ask(world, case_at, first, &erasure) != HF_OK || sim_failed(world))
        return;
    if (sim_chance(&world->random, 20))
        confirm_alone(world, case_at, first, &erasure);
    if (sim_chance(&world->random, 10))
        change_legal_hold(world, case_at);
    if (!sim_failed(world))
        sim_roles_disturb(world, second->person);
    if (!sim_failed(world))
        sim_roles_disturb(world, first->person);
    if (!sim_failed(world) && sim_chance(&world->random, 30) && sim_has(world, SIM_KILLS))
        disk_stop_at(world->office_disk, DISK_PROCESS_DIES, 1 + sim_below(&world->random, 40));
    if (!sim_failed(world))
        confirm(world, case_at, first, second, &erasure);
}

/* --- what is left of it --------------------------------------------------------------------------------------------
 */

static bool image_has(struct hf_vault *vault, const char *mark)
{
    sqlite3_int64 len = 0;
    unsigned char *image = sqlite3_serialize(hf_vault_db(vault), "main", &len, 0);
    bool found = false;
    const unsigned char *at = image, *end = image ? image + len : NULL;
    while (image && !found && (size_t)(end - at) >= SIM_MARK_BYTES) {
        at = memchr(at, mark[0], (size_t)(end - at) - (SIM_MARK_BYTES - 2));
        if (!at)
            break;
        found = memcmp(at++, mark, SIM_MARK_BYTES - 1) == 0;
    }
    sqlite3_free(image);
    return found;
}

/* No key, no record, no word in any page, free ones too. A device that is out reads nothing any more, and hears of no
 * erasure: what it has stays on it until its lease ends (docs/threat-model.md). */
static void check_device(struct sim_world *world, struct sim_device *device, const struct sim_case *at,
                         const char *mark)
{
    struct hf_class_key key = {0};
    bool erased = false;
    if (hf_replica_key_newest(device->replica, &at->id, &key, NULL) == HF_OK)
        sim_fail(world, "device %zu has the key of a case that was erased", device->number);
    hf_wipe(&key, sizeof key);
    for (size_t i = 0; i < SIM_RECORDS; i++) {
        struct hf_record_state state = {0};
        const struct hf_id record = sim_record_id(at, i);
        const enum hf_status status = hf_replica_record(device->replica, &record, &state);
        /* its id may have begun again in another case */
        if (status != HF_ERR_NOT_FOUND && !(status == HF_OK && !hf_id_equal(&state.case_id, &at->id)))
            sim_fail(world, "device %zu has a record of a case that was erased", device->number);
        hf_record_state_clear(&state);
    }
    if (hf_replica_erased(device->replica, &at->id, &erased, NULL) != HF_OK || !erased)
        sim_fail(world, "device %zu is in sync and does not know that a case was erased", device->number);
    if (image_has(device->vault, mark))
        sim_fail(world, "device %zu still has words of a case that was erased", device->number);
}

static bool look_at_entry(void *ctx, const struct hf_entry_row *row)
{
    struct sim_world *world = ctx;
    struct sim_case *at = sim_case_of(world, &row->case_id);
    struct hf_class_key key = {0};
    if (!at || !at->is_erased)
        return true;
    if (row->payload.len > 0)
        sim_fail(world, "log entry %llu of a case that was erased still has its payload",
                 (unsigned long long)row->index);
    else if (hf_keystore_get(world->keystore, &row->key_id, &key) != HF_ERR_NOT_FOUND)
        sim_fail(world, "the office still has a key of a case that was erased");
    hf_wipe(&key, sizeof key);
    return !sim_failed(world);
}

static void check_office(struct sim_world *world)
{
    if (world->store->ops->entries(world->store, 0, world->log.count, look_at_entry, world) != HF_OK)
        sim_fail(world, "the log cannot be read");
}

void sim_erase_check(struct sim_world *world)
{
    check_office(world);
    for (size_t c = 0; c < world->case_count && !sim_failed(world); c++) {
        const struct sim_case *at = &world->cases[c];
        char mark[SIM_MARK_BYTES];
        if (!at->is_erased)
            continue;
        world->result->counts.erased++;
        sim_case_mark(world, &at->id, mark);
        if (world->store_on_disk && image_has(world->office_vaults[0], mark))
            sim_fail(world, "the office's store still has words of a case that was erased");
        for (size_t i = 0; i < world->device_count && !sim_failed(world); i++) {
            struct sim_device *device = &world->devices[i];
            if (device->is_used && !device->is_lost && !device->is_forger && !device->is_revoked && device->in_sync &&
                device->replica)
                check_device(world, device, at, mark);
        }
    }
}

/* The last thing of all: an older key store is put under the newer log, and is refused; with a guard as old, it is
 * refused or forgets again what the log says. */
void sim_erase_check_old_keys(struct sim_world *world)
{
    bool any = false;
    for (size_t c = 0; c < world->case_count; c++)
        any = any || (world->cases[c].is_erased && world->cases[c].erased_at >= world->office_backup_size);
    if (!any || !world->office_backup || !sim_office_with_old_keys(world))
        return;
    check_office(world);
}
