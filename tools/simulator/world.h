/* One simulated world: an office, devices, their disks, clocks and the network between them, under one seed and in
 * virtual time (docs/sim.md). What the files of this folder share.
 *
 *   world.c   events in order of time; the plan of a day; the quiet at the end
 *   office.c  the server: its disk, kills, backups, people, and what it says on a plain wire
 *   device.c  a device: its disk, replica, kills, backups, enrolment
 *   save.c    what the person at a device writes
 *   wire.c    connections: plain messages or the real channel, with a network that misbehaves
 *   faults.c  what goes wrong in a day
 *   forge.c   what a device with a changed program signs
 *   erase.c   cases that two officers erase, legal holds
 *   log.c     the log as it was seen entry by entry; checkpoints; who holds which case
 *   rules.c   the rules of docs/merge.md a second time, without any order
 *   holds.c   what is held, and why, a second time, over the whole log
 *   roles.c   people whose role or right changes; who is asked to settle a clash
 *   check.c   what must hold in the quiet at the end */
#ifndef HF_TOOLS_SIMULATOR_WORLD_H
#define HF_TOOLS_SIMULATOR_WORLD_H

#include "client/syncer.h"
#include "server/audit.h"
#include "server/enrol.h"
#include "server/link.h"
#include "tools/simulator/disk.h"
#include "tools/simulator/random.h"

#define SIM_DEVICES_MAX   512
#define SIM_PEOPLE_MAX    16
#define SIM_ROLES_MAX     256 /* changes of one person's role */
#define SIM_CASES_MAX     40
#define SIM_CASES_SPARE   16 /* of them for cases that were opened on a failing disk */
#define SIM_RECORDS       3  /* of a case that everybody writes in */
#define SIM_DAY_MS        (24ull * 60 * 60 * 1000)
#define SIM_WALL_MS       1795600000000ull
#define SIM_TEXT_BYTES    600
#define SIM_SYNC_TRIES    4
#define SIM_SERVER_VAULTS 3
#define SIM_MARK_BYTES    33

enum sim_fault {
    SIM_NETWORK = 1 << 0,  /* messages lost, repeated, swapped, late; lines cut */
    SIM_KILLS = 1 << 1,    /* processes die at any call to the disk */
    SIM_DISKS = 1 << 2,    /* power fails, writes and syncs fail, disks are full */
    SIM_CLOCKS = 1 << 3,   /* clocks jump, by years too */
    SIM_BACKUPS = 1 << 4,  /* devices are restored from older copies */
    SIM_THEFT = 1 << 5,    /* a device is copied with its keys, then revoked */
    SIM_PEOPLE = 1 << 6,   /* cases change hands, devices are revoked and replaced */
    SIM_ROLLBACK = 1 << 7, /* the server is restored from an older backup */
    SIM_FORGERS = 1 << 8,  /* devices with a changed program sign what the product never would */
    SIM_ERASURES = 1 << 9, /* cases are erased by two officers, or kept by a legal hold */
    SIM_ROLES = 1 << 10, /* people get another role, a right, a part in a meeting, with unsent work on their devices */
    SIM_FAULTS_ALL = (1 << 11) - 1
};
#define SIM_FAULT_COUNT 11
#define SIM_FAULTS_DRAWN                                                                                               \
    10 /* the others are planned from a stream of their own, so that without them nothing moves                        \
        */
extern const char *const sim_fault_names[SIM_FAULT_COUNT];

struct sim_options {
    uint64_t seed;
    unsigned days, devices;
    unsigned faults;
    unsigned share;  /* how often faults come, in percent of as often as ever; 0 stands for 100 */
    bool is_fast;    /* checks of single saves are rare: for measuring */
    bool is_talking; /* tells on stderr what happens */
};
struct sim_counts {
    uint64_t device_days, saves, syncs, failed_syncs, kills, restores, conflicts, held, waited, entries, checkpoints,
        forged, erased;
    uint64_t troubles; /* faults that came, without those that have a count of their own: kills, restores, forged */
    uint64_t mishaps;  /* messages lost, repeated, overtaken or late */
    uint64_t unproved, histories; /* records that came as snapshots and stayed so; devices that asked for histories */
};
struct sim_result {
    bool failed;
    char text[SIM_TEXT_BYTES];
    uint8_t root[HF_HASH_BYTES];
    struct sim_counts counts;
};
void sim_run(const struct sim_options *options, struct sim_result *out);

/* --- the log as seen (log.c) --- */

struct sim_entry {
    uint8_t leaf[HF_LEAF_BYTES];
    struct hf_leaf decoded;
    struct hf_id change_id, case_id, record_id;
    struct hf_buf body; /* opened; filled by sim_log_open_all */
    enum hf_hold hold;  /* as the server says, at the end */
    bool waiting;
    bool has_effect; /* rules.c */
};
struct sim_hold {
    bool held;
    uint64_t since; /* moment */
    bool held_before;
};
struct sim_log {
    struct sim_entry *entries;
    size_t count, cap;
    struct hf_hash *nodes; /* right edge of an own tree */
    size_t node_count;
    uint64_t noted_size; /* newest checkpoint seen */
};

/* --- devices --- */

struct sim_form { /* a record that a person has open since a while */
    bool is_open;
    size_t case_at, record_at;
    struct {
        uint16_t field;
        size_t count;
        struct hf_id heads[8];
    } fields[4];
};
struct sim_device {
    bool is_used, is_lost, is_thief, is_suspect, is_revoked, is_forger;
    size_t number, person;
    enum hf_role role;
    struct disk *disk;
    uint8_t key[HF_KEY_BYTES];
    struct hf_vault *vault;
    struct hf_replica *replica; /* NULL: the process is down */
    int64_t clock_ms;           /* of the device, ahead of true time */
    uint8_t public_key[HF_SIGN_PUBLIC_BYTES];
    struct disk_image *backup;
    struct sim_form form;
    bool is_copied;  /* or is the copy: two go on under one key */
    hf_clock *saved; /* times of the changes whose saving was reported as done: signing again keeps them */
    size_t saved_count, saved_cap;
    hf_clock *made; /* the same without those that went with a backup: a clock put back gives a time again */
    size_t made_count, made_cap;
    struct sim_wire *wire; /* NULL: none */
    unsigned tries;
    bool in_sync; /* the newest sync was done */
    uint64_t no_line_until;
    bool is_stubborn; /* goes on writing in one record, whoever holds the case; answers to its pushes get lost */
    size_t favourite_case, favourite_record;
    uint64_t revoked_since; /* moment */
    bool is_refused;        /* the office's past and this device's do not fit */
};
struct sim_case {
    struct hf_id id;
    bool is_logged, on_legal_hold, is_erased;
    uint64_t erased_at;     /* index of the entry */
    uint64_t erased_moment; /* when it was seen */
    struct sim_hold people[SIM_PEOPLE_MAX];
};
struct sim_person {
    struct hf_id id;
    enum hf_role role;
    char name[32];
    struct {
        uint64_t until; /* moment */
        enum hf_role role;
    } earlier[SIM_ROLES_MAX]; /* roles before this one, oldest first */
    size_t earlier_count;
    bool is_officer;
    bool can_decide; /* in the end: has a device in use that may record (holds.c) */
};

/* --- events --- */

enum sim_event_type {
    SIM_EV_SAVE,
    SIM_EV_SYNC,
    SIM_EV_ARRIVE,
    SIM_EV_TICK,
    SIM_EV_FAULT,
    SIM_EV_GIVE_BACK,
    SIM_EV_ROLE
};
struct sim_event {
    uint64_t at_ms, order;
    enum sim_event_type type;
    size_t device;
    size_t case_at;  /* SIM_EV_GIVE_BACK */
    uint64_t wire;   /* number of the wire it is for */
    uint64_t moment; /* when it was sent */
    bool to_office;
    struct hf_buf bytes;
};
struct sim_wire {
    uint64_t number;
    size_t device;
    bool is_real; /* through the channel */
    bool is_over;
    struct hf_syncer *syncer;
    bool is_started;
    struct hf_channel *channel;
    struct hf_link *link;
    struct hf_session_server *session;
    struct hf_peer peer;
    uint64_t last_arrival[2];
    uint64_t checked_size; /* the device's checkpoint when it began */
};

struct sim_world {
    struct sim_options options;
    uint64_t random;
    uint64_t roles_random; /* of roles.c alone */
    uint64_t now_ms, order, moment, wires;
    struct sim_event *events; /* a heap */
    size_t event_count, event_cap;
    bool is_quiet; /* nothing goes wrong any more; messages are carried at once */
    unsigned drop_percent, repeat_percent, swap_percent, real_percent;
    struct sim_result *result;

    /* the office */
    bool store_on_disk;
    unsigned log_pages; /* a write-ahead log of more is written back; 0: as SQLite does it, 1,000 */
    struct disk *office_disk;
    uint8_t office_key[HF_KEY_BYTES];
    struct hf_vault *office_vaults[SIM_SERVER_VAULTS];
    struct hf_store *store;
    struct hf_keystore *keystore;
    struct hf_guard *guard;
    struct hf_office office;
    bool office_is_up;
    int64_t office_clock_ms;
    struct disk_image *office_backup;
    uint64_t office_backup_size;
    struct hf_note_key log_key;
    struct hf_id office_case;
    bool is_rolled_back;
    uint64_t standing; /* of the office, as the wires know it */

    struct sim_log log;
    struct sim_person people[SIM_PEOPLE_MAX];
    size_t person_count;
    struct sim_case cases[SIM_CASES_MAX];
    size_t case_count;
    struct sim_device devices[SIM_DEVICES_MAX];
    size_t device_count;
};

/* Remembers the first thing that does not hold; the run ends. */
void sim_fail(struct sim_world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sim_tell(const struct sim_world *world, const char *format, ...) __attribute__((format(printf, 2, 3)));
static inline bool sim_failed(const struct sim_world *world)
{
    return world->result->failed;
}
static inline bool sim_has(const struct sim_world *world, enum sim_fault fault)
{
    return (world->options.faults & (unsigned)fault) != 0 && !world->is_quiet;
}
/* True `parts` times of `of`, scaled by the share: for whatever decides that a fault comes. With a share of 100 it
 * draws what sim_below draws, so that those worlds are the same with and without it. */
bool sim_comes(const struct sim_world *world, uint64_t *random, size_t parts, size_t of);
/* So many times as the share says, more or less. */
size_t sim_shared(const struct sim_world *world, uint64_t *random, size_t times);
void *sim_must(void *memory);
/* Takes over event->bytes. */
void sim_later(struct sim_world *world, struct sim_event event, uint64_t delay_ms);
void sim_carry_all(struct sim_world *world); /* in the quiet: until nothing is under way */

/* office.c */
void sim_vault_settle(const struct sim_world *world, struct hf_vault *vault);
void sim_office_make(struct sim_world *world);
void sim_office_free(struct sim_world *world);
/* After anything that may have touched the office: the process that died starts again, what was logged is looked at. */
void sim_office_after(struct sim_world *world);
void sim_office_kill(struct sim_world *world, enum disk_stop how);
void sim_office_back_up(struct sim_world *world);
void sim_office_roll_back(struct sim_world *world);
/* Puts the key store of the backup, which is older than an erasure, under the store of now: that is refused. Then the
 * guard of then too, which does not remember; false when the office refuses that as well, because keys are missing. */
bool sim_office_with_old_keys(struct sim_world *world);
size_t sim_office_person(struct sim_world *world, enum hf_role role);
/* True when it is done; false when the disk was in the way. */
bool sim_office_assign(struct sim_world *world, size_t case_at, size_t person, bool held);
bool sim_office_revoke(struct sim_world *world, const uint8_t device[HF_SIGN_PUBLIC_BYTES]);
void sim_office_take(struct sim_world *world, struct sim_wire *wire, struct hf_slice message);

/* device.c */
struct sim_device *sim_device_enrol(struct sim_world *world, size_t person);
void sim_device_free(struct sim_device *device);
struct hf_syncer_now sim_device_now(const struct sim_world *world, const struct sim_device *device);
/* Closes as a program does that ends in order. */
void sim_device_close(struct sim_world *world, struct sim_device *device);
void sim_device_kill(struct sim_world *world, struct sim_device *device, enum disk_stop how);
bool sim_device_open(struct sim_world *world, struct sim_device *device);
/* One of those that ask for the histories behind their snapshots in the end. */
bool sim_proves(const struct sim_device *device);
/* After anything that may have touched the device's disk. */
void sim_device_after(struct sim_world *world, struct sim_device *device);
void sim_device_back_up(struct sim_world *world, struct sim_device *device);
void sim_device_restore(struct sim_world *world, struct sim_device *device);
struct sim_device *sim_device_steal(struct sim_world *world, struct sim_device *device);
void sim_device_lose(struct sim_world *world, struct sim_device *device);
void sim_saved(struct sim_device *device, const struct hf_id *change);
/* How many entries of this device bear this time. */
size_t sim_logged_times(const struct sim_world *world, const struct sim_device *device, hf_clock clock);

/* save.c */
extern const uint16_t sim_record_types[SIM_RECORDS];
struct hf_id sim_record_id(const struct sim_case *at, size_t record);
void sim_save(struct sim_world *world, struct sim_device *device);
void sim_open_case(struct sim_world *world, struct sim_device *device);
bool sim_save_may_fail(const struct sim_world *world, const struct sim_device *device, enum hf_status status);

/* forge.c */
void sim_forge(struct sim_world *world, struct sim_device *device);

/* erase.c */
void sim_erase_something(struct sim_world *world);
void sim_case_mark(const struct sim_world *world, const struct hf_id *case_id, char out[SIM_MARK_BYTES]);
/* Nobody opens what was erased any more. */
void sim_erase_check(struct sim_world *world);
/* Leaves the office with an older key store: nothing else can be checked afterwards. */
void sim_erase_check_old_keys(struct sim_world *world);

/* wire.c */
void sim_sync_begin(struct sim_world *world, struct sim_device *device);
void sim_wire_end(struct sim_world *world, struct sim_device *device);
void sim_wire_arrive(struct sim_world *world, const struct sim_event *event);
void sim_wire_tick(struct sim_world *world, size_t device, uint64_t number);
/* From the office to the device, on a plain wire. */
void sim_wire_answer(struct sim_world *world, struct sim_wire *wire, struct hf_slice message);
void sim_wires_recheck(struct sim_world *world);
void sim_wires_end_all(struct sim_world *world);

/* faults.c */
void sim_faults_plan(struct sim_world *world);
void sim_fault(struct sim_world *world);
/* A device that the office refuses, or that has handed in its last, is given up; its person gets another. */
void sim_replace_refused(struct sim_world *world);
void sim_give_back(struct sim_world *world, size_t case_at, struct sim_device *device);

/* log.c */
void sim_log_watch(struct sim_world *world); /* new entries, new checkpoint */
void sim_log_open_all(struct sim_world *world);
void sim_log_free(struct sim_log *log);
/* What the office says to a device: promises kept, and nothing outside the caseload. `moment`: when it was said. */
void sim_log_hear(struct sim_world *world, const struct sim_device *device, struct hf_slice message, uint64_t moment);
bool sim_holds(const struct sim_world *world, const struct sim_device *device, const struct hf_id *case_id,
               uint64_t moment);
struct sim_case *sim_case_of(struct sim_world *world, const struct hf_id *case_id);

/* rules.c */
struct sim_change {
    struct hf_id id;
    hf_clock clock;
    struct hf_data_body body;
};
/* Entries of one field of a record by the rules, sorted by change and value; borrowed from the bodies. */
struct sim_expected {
    struct hf_entry *entries;
    size_t count, cap;
};
void sim_rules_field(const struct sim_change *const *changes, size_t count, const struct hf_field_spec *spec,
                     struct sim_expected *out);
/* The same without proposed amendments. */
void sim_rules_official(const struct sim_change *const *changes, size_t count, const struct hf_field_spec *spec,
                        struct sim_expected *out);
/* Compares a record with what the rules make of these changes; false and text when they differ. */
bool sim_rules_record(const struct sim_change *const *changes, size_t count, const struct hf_record_state *state,
                      uint16_t type, char text[SIM_TEXT_BYTES]);
size_t sim_rules_conflicts(const struct sim_change *const *changes, size_t count, uint16_t type);

/* holds.c */
/* Works out hold and effect of every entry of the log; fails the world where the server sees it differently. */
void sim_rules_holds(struct sim_world *world);

/* roles.c */
void sim_roles_plan(struct sim_world *world);
/* `device`: whose person it is about; 0: anybody. */
void sim_roles_fault(struct sim_world *world, size_t device);
/* A sync begins: sometimes the role changes in the middle of it. */
void sim_roles_at_sync(struct sim_world *world, const struct sim_device *device);
/* Sometimes, in the middle of something that needs it, somebody's right goes. */
void sim_roles_disturb(struct sim_world *world, size_t person);
/* Something that only a records officer may write; false: not today. */
bool sim_roles_save(struct sim_world *world, struct sim_device *device);
/* A note of the log. */
void sim_roles_note(struct sim_world *world, struct hf_slice body);
/* The role of a person when something was said. */
enum hf_role sim_role_at(const struct sim_world *world, size_t person, uint64_t moment);
bool sim_role_holds_cases(enum hf_role role);
size_t sim_person_of(const struct sim_world *world, const struct hf_id *id); /* SIM_PEOPLE_MAX: nobody */
/* A role or a right in the name of a forger. */
bool sim_roles_forge(struct sim_world *world, const struct sim_device *device, struct hf_buf *out);
/* A clash of this meeting is for its people, on this device as everywhere. */
void sim_roles_check_deciders(struct sim_world *world, struct sim_device *device,
                              const struct sim_change *const *changes, size_t count, const struct hf_id *meeting,
                              const struct hf_id *case_id);

/* check.c */
void sim_check_all(struct sim_world *world);

#endif
