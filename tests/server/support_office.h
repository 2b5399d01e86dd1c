/* An office in a temporary folder and simulated devices: keys, chain and real leaves, without a replica. Store in
 * memory or in a vault, key store and guard in vaults. All names are invented. What cannot go wrong is asserted by
 * cmocka. */
#ifndef HF_TESTS_SERVER_SUPPORT_OFFICE_H
#define HF_TESTS_SERVER_SUPPORT_OFFICE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "server/audit.h"
#include "server/enrol.h"
#include "server/feed.h"
#include "server/ingest.h"

/* Rows of the table of core/model that the tests use. */
#define TYPE_CHILD        3
#define CHILD_NAME        2
#define CHILD_KNOWN_AS    3
#define CHILD_IDENTIFIERS 9

#define OFFICE_NOW_MS    1795600000000ull
#define OFFICE_PUSH_MAX  64
#define OFFICE_VAULTS    3
#define OFFICE_ORIGIN    "log.invented-council.example/2026"
#define OFFICE_ADDRESS   "tcp://127.0.0.1:7450"
#define OFFICE_AUTHORITY "Invented Council"

struct scratch;
struct office {
    char folder[128];
    uint8_t vault_key[HF_KEY_BYTES];
    bool on_disk;            /* the store too */
    struct sqlite3_vfs *vfs; /* on_disk: where the store lies, as OFFICE_VFS_DB; NULL: in the folder */
    struct hf_vault *vaults[OFFICE_VAULTS];
    struct hf_store *store;
    struct hf_keystore *keystore;
    struct hf_guard *guard;
    struct hf_office office;
    struct hf_sign_key authority;
    uint64_t now_ms; /* wall clock of the office */
    struct hf_error err;
    struct hf_msg_pushed results[OFFICE_PUSH_MAX]; /* of the last push */
    struct scratch *scratch;                       /* what items borrow from; lives as long as the office */
};
struct office *office_new(void);
struct office *office_new_on_disk(void);
/* The store on this VFS, which has nothing yet but what `lay` puts there: the first page of OFFICE_VFS_DB. */
#define OFFICE_VFS_DB "/server.db"
struct office *office_new_on_vfs(struct sqlite3_vfs *vfs, void *ctx,
                                 void (*lay)(void *ctx, const uint8_t *page, size_t len));
void office_free(struct office *office);
/* Closes and opens again what lies on the disk; a store in memory stays. HF_OK or what hf_office_open says. */
enum hf_status office_reopen(struct office *office);
/* The store's disk stopped and goes on: what was under way is left as it lies there. */
enum hf_status office_after_a_stop(struct office *office, void (*go_on)(void *ctx), void *ctx);
/* Only closes: what lies on the disk can be exchanged before office_reopen. */
void office_close_files(struct office *office);
uint64_t office_size(const struct office *office);
void office_publish(struct office *office);
/* An open vault in a new temporary folder; office_folder_remove takes both away. */
void office_folder_make(char out[128]);
void office_folder_remove(const char *folder);
struct hf_vault *office_vault(const char *folder, const char *name, const uint8_t key[HF_KEY_BYTES]);

/* A copy of a logged entry without leaf and payload. */
struct hf_entry_row office_entry(struct office *office, uint64_t index);
struct hf_change_standing office_standing(struct office *office, const struct hf_id *change);
/* The state of a record; the caller clears. */
struct hf_record_state office_state(struct office *office, const struct hf_id *record);
/* Value of a single-value text field as text: "" none, "!" in conflict. Lives as long as the office. */
const char *office_text(struct office *office, const struct hf_id *record, uint16_t field);
size_t office_conflicts(struct office *office, const struct hf_id *record);
bool office_holds(struct office *office, const struct hf_id *person, const struct hf_id *case_id);
/* The leaf kind of the newest entry. */
enum hf_leaf_kind office_last_kind(struct office *office);

/* --- devices --- */

struct device {
    struct office *office;
    struct hf_sign_key sign;
    struct hf_dh_key channel;
    uint8_t psk[HF_KEY_BYTES];
    struct hf_peer peer;
    struct hf_id person;
    uint32_t incarnation;
    uint64_t seq;
    uint8_t head[HF_HASH_BYTES];
    hf_clock clock;
    struct hf_guard_mark seen; /* at the last refresh: a listener's thread may own the office now */
};
/* An invitation, parsed from its line. */
struct hf_invitation office_invite(struct office *office, const char *name, enum hf_role role,
                                   const struct hf_id *cases, size_t case_count);
/* A device with new keys that has not enrolled. */
struct device device_new(struct office *office);
/* As it comes with an invitation; every call is another handshake. */
struct hf_peer device_invited(struct device *device, const struct hf_invitation *invitation);
enum hf_status device_ask(struct device *device, const struct hf_peer *peer, struct hf_device_row *out);
/* Invites and enrols; the peer is filled as the office knows it. */
struct device device_enrolled(struct office *office, const char *name, enum hf_role role);
struct device device_enrolled_with(struct office *office, const struct hf_invitation *invitation);
/* The same, and the right of a records officer. */
struct device device_officer(struct office *office, const char *name, enum hf_role role);
struct device device_with_case(struct office *office, const char *name, enum hf_role role, const struct hf_id *case_id);
void device_refresh(struct device *device); /* asks the office again who this is */

/* --- changes --- */

struct hf_id new_id(void);
struct hf_class_key new_class_key(void); /* of a new case */
/* The next leaf of the chain; the item borrows from the office's scratch. */
struct hf_item device_leaf(struct device *device, enum hf_leaf_kind kind, const struct hf_class_key *key,
                           struct hf_slice body);
struct hf_item device_case(struct device *device, const struct hf_class_key *key);
/* One text field of a child record. */
struct hf_item device_edit(struct device *device, const struct hf_class_key *key, const struct hf_id *record,
                           uint16_t field, const char *text, const struct hf_id *bases, size_t base_count);
struct hf_id item_id(const struct hf_item *item);
struct hf_slice scratch_copy(struct office *office, struct hf_slice bytes);

enum hf_status device_push(struct device *device, const struct hf_item *items, size_t count);
/* One item that must be taken; its answer. */
struct hf_msg_pushed device_push_one(struct device *device, struct hf_item item);
/* Opens a case and pushes it. */
struct hf_class_key device_opens_case(struct device *device);
/* Pushes one edit that must be taken; its change id. */
struct hf_id device_saves(struct device *device, const struct hf_class_key *key, const struct hf_id *record,
                          const char *text, const struct hf_id *base);

/* The same numbers for the same seed, everywhere. */
uint64_t next_random(uint64_t *state);
uint64_t test_seed(void); /* HF_TEST_SEED, or of the clock; printed */

#endif
