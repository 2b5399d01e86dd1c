/* Erasing a case: two officers, nothing left in any file, whole after a stop at any step, and not undone by a backup.
 */
#include "server/erase.h"

#include "tests/server/support_office.h"

#include "core/log/bundle.h"
#include "core/model/body_erase.h"
#include "core/model/shard.h"
#include "protocol/limits.h"
#include "server/enrol.h"
#include "server/keystore_erase.h"
#include "server/keystore_rotate.h"
#include "server/officers.h"
#include "server/officers_told.h"
#include "server/people_office.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORD       "Xyloquintessence" /* in no other text */
#define OTHER_WORD "Marmaladingly"

struct world {
    struct office *office;
    struct device worker, first, second;
    struct hf_class_key key, other_key;
    struct hf_id child, other_child;
};

static int setup(void **state)
{
    static struct world world;
    memset(&world, 0, sizeof world);
    world.office = office_new_on_disk();
    world.worker = device_enrolled(world.office, "Wanda Worker", HF_ROLE_WORKER);
    world.first = device_officer(world.office, "Ada Officer", HF_ROLE_OFFICE);
    world.second = device_officer(world.office, "Bede Officer", HF_ROLE_MANAGER);
    world.key = device_opens_case(&world.worker);
    world.child = new_id();
    (void)device_saves(&world.worker, &world.key, &world.child, WORD, NULL);
    world.other_key = device_opens_case(&world.worker);
    world.other_child = new_id();
    (void)device_saves(&world.worker, &world.other_key, &world.other_child, OTHER_WORD, NULL);
    office_publish(world.office);
    *state = &world;
    return 0;
}

static int teardown(void **state)
{
    struct world *world = *state;
    office_free(world->office);
    return 0;
}

static struct hf_acting acting(const struct device *device)
{
    struct hf_acting who = {.person = device->person, .command = "erase"};
    memcpy(who.device, device->sign.public_key, sizeof who.device);
    return who;
}

/* --- the two officers --- */

static struct hf_id asked(struct world *world, const struct device *device)
{
    struct hf_buf request = {0};
    struct hf_id erasure;
    uint8_t signature[HF_SIGN_BYTES];
    struct hf_office *office = &world->office->office;
    struct hf_acting who = acting(device);
    assert_int_equal(hf_erase_draft(office, &who, &world->key.case_id, hf_slice_str("never_recorded"), &request,
                                    &world->office->err),
                     HF_OK);
    hf_erase_sign_request(&device->sign, office->log_id, hf_buf_slice(&request), signature);
    assert_int_equal(hf_erase_ask(office, &who, hf_buf_slice(&request), signature, &erasure, &world->office->err),
                     HF_OK);
    hf_buf_clear(&request);
    return erasure;
}

static void sign_confirm(struct world *world, const struct device *device, const struct hf_id *erasure,
                         uint8_t out[HF_SIGN_BYTES])
{
    struct hf_buf request = {0};
    struct hf_office *office = &world->office->office;
    assert_int_equal(hf_erase_request(office, erasure, &request, &world->office->err), HF_OK);
    hf_erase_sign_confirm(&device->sign, office->log_id, &device->person, hf_buf_slice(&request), out);
    hf_buf_clear(&request);
}

static enum hf_status confirm(struct world *world, const struct device *device, const struct hf_id *erasure)
{
    uint8_t signature[HF_SIGN_BYTES];
    struct hf_acting who = acting(device);
    sign_confirm(world, device, erasure, signature);
    return hf_erase_confirm(&world->office->office, &who, erasure, signature, &world->office->err);
}

static void erase(struct world *world)
{
    struct hf_id erasure = asked(world, &world->first);
    assert_int_equal(confirm(world, &world->second, &erasure), HF_OK);
}

/* --- searching --- */

static bool bytes_contain(const uint8_t *bytes, size_t len, const void *word, size_t word_len)
{
    for (size_t i = 0; i + word_len <= len; i++)
        if (bytes[i] == *(const uint8_t *)word && memcmp(bytes + i, word, word_len) == 0)
            return true;
    return false;
}

/* In the database as its key opens it: every page, those on the list of free pages too. */
static bool vault_contains(struct hf_vault *vault, const void *word, size_t word_len)
{
    sqlite3_int64 len = 0;
    unsigned char *image = sqlite3_serialize(hf_vault_db(vault), "main", &len, 0);
    assert_non_null(image);
    bool found = bytes_contain(image, (size_t)len, word, word_len);
    sqlite3_free(image);
    return found;
}

static off_t file_size(const struct office *office, const char *name)
{
    char path[300];
    struct stat found;
    (void)snprintf(path, sizeof path, "%s/%s", office->folder, name);
    return stat(path, &found) == 0 ? found.st_size : 0;
}

enum { KEYS = 0, STORE = 2 }; /* vaults of the office */

/* Payloads that any key there is opens to something with this word. */
struct opening {
    struct world *world;
    const char *word;
    size_t found, sealed;
};

static bool open_entry(void *ctx, const struct hf_entry_row *row)
{
    struct opening *opening = ctx;
    struct hf_class_key key;
    struct hf_leaf leaf;
    struct hf_buf body = {0};
    assert_int_equal(hf_leaf_decode(row->leaf, &leaf), HF_OK);
    if (row->payload.len && hf_keystore_get(opening->world->office->keystore, &row->key_id, &key) == HF_OK &&
        hf_payload_open(&key, row->payload, &leaf, &body) == HF_OK)
        opening->found += bytes_contain(body.data, body.len, opening->word, strlen(opening->word));
    opening->sealed += hf_id_equal(&row->case_id, &opening->world->key.case_id) && row->payload.len > 0;
    hf_buf_clear(&body);
    return true;
}

static size_t entries_that_open(struct world *world, const char *word)
{
    struct opening opening = {.world = world, .word = word};
    struct hf_store *store = world->office->store;
    assert_int_equal(store->ops->entries(store, 0, UINT64_MAX, open_entry, &opening), HF_OK);
    return opening.found;
}

/* Entries of the case that still have their sealed content. */
static size_t sealed_entries(struct world *world)
{
    struct opening opening = {.world = world, .word = WORD};
    struct hf_store *store = world->office->store;
    assert_int_equal(store->ops->entries(store, 0, UINT64_MAX, open_entry, &opening), HF_OK);
    return opening.sealed;
}

static bool anywhere(struct world *world, const char *word)
{
    return vault_contains(world->office->vaults[STORE], word, strlen(word)) || entries_that_open(world, word) > 0;
}

static void assert_gone(struct world *world)
{
    struct hf_class_key key;
    uint64_t index = 0;
    bool erased = false;
    assert_int_equal(hf_keystore_get(world->office->keystore, &world->key.key_id, &key), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_keystore_erased(world->office->keystore, &world->key.case_id, &erased), HF_OK);
    assert_true(erased);
    assert_false(anywhere(world, WORD));
    assert_int_equal(sealed_entries(world), 0);
    assert_false(vault_contains(world->office->vaults[KEYS], world->key.key, sizeof world->key.key));
    assert_int_equal(hf_erase_entry(&world->office->office, &world->key.case_id, &index), HF_OK);
    assert_true(index < office_size(world->office));
}

/* What is in a write-ahead log can be read with the vault's key: right after, nothing is in it. */
static void assert_no_write_ahead_log(struct world *world)
{
    assert_int_equal(file_size(world->office, "keys.db-wal"), 0);
    assert_int_equal(file_size(world->office, "server.db-wal"), 0);
}

static void erased_case__leaves_no_word_and_no_key_in_any_file(void **state)
{
    struct world *world = *state;
    assert_true(anywhere(world, WORD)); /* the search finds what is there */
    assert_true(vault_contains(world->office->vaults[STORE], WORD, strlen(WORD)));
    assert_int_equal(entries_that_open(world, WORD), 1);
    assert_true(vault_contains(world->office->vaults[KEYS], world->key.key, sizeof world->key.key));
    assert_true(file_size(world->office, "server.db-wal") > 0);
    erase(world);
    assert_no_write_ahead_log(world);
    assert_gone(world);
    assert_true(anywhere(world, OTHER_WORD));
    assert_string_equal(office_text(world->office, &world->other_child, CHILD_NAME), OTHER_WORD);
    assert_int_equal(office_reopen(world->office), HF_OK);
    assert_gone(world);
}

struct erase_leaf {
    struct world *world;
    struct hf_buf body;
    size_t seen;
};

static bool take_leaf(void *ctx, const struct hf_entry_row *row)
{
    struct erase_leaf *found = ctx;
    struct hf_class_key key;
    struct hf_leaf leaf;
    assert_int_equal(hf_leaf_decode(row->leaf, &leaf), HF_OK);
    assert_int_equal(hf_keystore_get(found->world->office->keystore, &row->key_id, &key), HF_OK);
    assert_int_equal(hf_payload_open(&key, row->payload, &leaf, &found->body), HF_OK);
    found->seen++;
    return true;
}

static bool take_newest(void *ctx, const struct hf_entry_row *row)
{
    hf_buf_reset(&((struct erase_leaf *)ctx)->body);
    return take_leaf(ctx, row);
}

static void erase_leaf__names_the_entries_and_both_officers(void **state)
{
    struct world *world = *state;
    struct erase_leaf found = {.world = world};
    struct hf_store *store = world->office->store;
    struct hf_erase_body body;
    uint64_t entries = 0;
    erase(world);
    assert_int_equal(store->ops->of_kind(store, HF_LEAF_ERASE, take_leaf, &found), HF_OK);
    assert_int_equal(found.seen, 1);
    assert_int_equal(hf_erase_body_decode(hf_buf_slice(&found.body), &body), HF_OK);
    assert_true(hf_erase_asked(world->office->office.log_id, &body));
    assert_true(hf_erase_confirmed(world->office->office.log_id, &body));
    assert_true(hf_id_equal(&body.asked.person, &world->first.person));
    assert_true(hf_id_equal(&body.person, &world->second.person));
    for (size_t i = 0; i < hf_erase_range_count(body.ranges); i++) {
        uint64_t first, count;
        hf_erase_range_at(body.ranges, i, &first, &count);
        for (uint64_t index = first; index < first + count; index++, entries++) {
            struct hf_entry_row entry = office_entry(world->office, index);
            assert_true(hf_id_equal(&entry.case_id, &world->key.case_id));
        }
    }
    assert_int_equal(entries, 2); /* the case and the child */
    hf_buf_clear(&found.body);
}

static void two_devices_of_one_invitation__are_one_officer(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    struct hf_batch batch;
    struct hf_device_row *first = NULL, *second = NULL;
    const struct hf_id erasure = asked(world, &world->first);
    hf_batch_begin(&batch, office);
    assert_int_equal(hf_batch_device(&batch, world->first.sign.public_key, &first), HF_OK);
    const struct hf_id invitation = first->invitation;
    assert_int_equal(hf_batch_device(&batch, world->second.sign.public_key, &second), HF_OK);
    assert_false(hf_id_equal(&second->invitation, &invitation));
    second->invitation = invitation;
    assert_int_equal(hf_batch_commit(&batch), HF_OK);
    hf_batch_clear(&batch);
    assert_int_equal(confirm(world, &world->second, &erasure), HF_ERR_DENIED);
    assert_non_null(strstr(world->office->err.text, "one invitation"));
}

static void officers__are_told_with_who_let_them_in(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    struct hf_let_in first, third;
    struct hf_buf text = {0};
    const struct hf_acting who = acting(&world->first);
    office->acting = &who;
    const struct hf_invitation invitation = office_invite(world->office, "Cai Officer", HF_ROLE_OFFICE, NULL, 0);
    office->acting = NULL;
    const struct device device = device_enrolled_with(world->office, &invitation);
    assert_int_equal(hf_officers_let_in(office, world->first.sign.public_key, &first), HF_OK);
    assert_true(first.known && hf_id_is_zero(&first.by));
    assert_int_equal(hf_officers_let_in(office, device.sign.public_key, &third), HF_OK);
    assert_true(third.known && hf_id_equal(&third.by, &world->first.person));
    assert_int_equal(third.at_ms, invitation.expiry_ms - HF_LIMIT_INVITATION_MS);
    hf_officers_tell_let_in(office, &third, &text);
    hf_officers_tell_doubt(&first, &third, &text);
    hf_buf_append_u8(&text, 0);
    assert_non_null(strstr((const char *)text.data, "by Ada Officer"));
    assert_non_null(strstr((const char *)text.data, "the second officer was let in by the first"));
    hf_buf_clear(&text);
}

static void one_officer__cannot_erase_alone(void **state)
{
    struct world *world = *state;
    struct hf_id erasure = asked(world, &world->first);
    assert_int_equal(confirm(world, &world->first, &erasure), HF_ERR_DENIED);
    /* with a signature of the first in the name of the second */
    uint8_t signature[HF_SIGN_BYTES];
    struct hf_acting who = acting(&world->second);
    sign_confirm(world, &world->first, &erasure, signature);
    assert_int_equal(hf_erase_confirm(&world->office->office, &who, &erasure, signature, &world->office->err),
                     HF_ERR_AUTH);
    assert_true(anywhere(world, WORD));
    assert_int_equal(hf_erase_cancel(&world->office->office, &erasure, &world->office->err), HF_OK);
    assert_int_equal(hf_erase_cancel(&world->office->office, &erasure, &world->office->err), HF_ERR_NOT_FOUND);
}

static void change_since_the_request__asks_for_a_new_one(void **state)
{
    struct world *world = *state;
    struct hf_id erasure = asked(world, &world->first), another = new_id();
    (void)device_saves(&world->worker, &world->key, &another, "Later", NULL);
    assert_int_equal(confirm(world, &world->second, &erasure), HF_ERR_CONFLICT);
    assert_true(anywhere(world, WORD));
    erase(world);
    assert_gone(world);
}

static void legal_hold__blocks_erasing_until_it_is_lifted(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    const struct hf_id *case_id = &world->key.case_id;
    struct hf_erase_plan plan = {0};
    struct hf_id erasure = asked(world, &world->first);
    assert_int_equal(hf_erase_hold(office, case_id, true, hf_slice_str("nothing"), &world->office->err),
                     HF_ERR_INVALID);
    assert_int_equal(hf_erase_hold(office, case_id, true, hf_slice_str("inquiry"), &world->office->err), HF_OK);
    assert_int_equal(hf_erase_hold(office, case_id, true, hf_slice_str("inquiry"), &world->office->err), HF_ERR_STATE);
    assert_int_equal(hf_erase_plan(office, case_id, &plan, &world->office->err), HF_ERR_DENIED);
    assert_int_equal(confirm(world, &world->second, &erasure), HF_ERR_DENIED);
    assert_int_equal(hf_erase_hold(office, case_id, false, hf_slice_str("other"), &world->office->err), HF_OK);
    assert_int_equal(confirm(world, &world->second, &erasure), HF_OK);
    assert_gone(world);
}

/* --- stopped in between --- */

/* As hf_erase_confirm does it, but only the first step. */
static void destroy_keys_only(struct world *world)
{
    struct hf_office *office = &world->office->office;
    struct hf_buf request = {0}, bytes = {0};
    struct hf_erase_plan plan = {0};
    struct hf_erase_body body = {0};
    struct hf_id erasure = asked(world, &world->first);
    assert_int_equal(hf_erase_request(office, &erasure, &request, &world->office->err), HF_OK);
    assert_int_equal(hf_erase_plan(office, &world->key.case_id, &plan, &world->office->err), HF_OK);
    body.request = hf_buf_slice(&request);
    body.ranges = hf_buf_slice(&plan.ranges);
    hf_erase_sign_request(&world->first.sign, office->log_id, body.request, body.asked_signature);
    body.person = world->second.person;
    memcpy(body.device, world->second.sign.public_key, sizeof body.device);
    hf_erase_sign_confirm(&world->second.sign, office->log_id, &body.person, body.request, body.signature);
    hf_erase_body_encode(&body, &bytes);
    const struct hf_erasure_row row = {.erasure = erasure, .case_id = world->key.case_id, .body = hf_buf_slice(&bytes)};
    assert_int_equal(hf_keystore_destroy(world->office->keystore, &row), HF_OK);
    hf_erase_plan_clear(&plan);
    hf_buf_clear(&request);
    hf_buf_clear(&bytes);
}

static void stopped_after_the_keys_went__is_finished_before_anything_is_served(void **state)
{
    struct world *world = *state;
    uint64_t before = office_size(world->office);
    destroy_keys_only(world);
    assert_true(vault_contains(world->office->vaults[STORE], WORD, strlen(WORD)));
    assert_int_equal(office_reopen(world->office), HF_OK);
    assert_gone(world);
    assert_int_equal(office_size(world->office), before + 1);
    assert_int_equal(office_reopen(world->office), HF_OK); /* and only once */
    assert_int_equal(office_size(world->office), before + 1);
}

/* --- backups --- */

static void copy_file(const struct office *office, const char *from, const char *to)
{
    char source[300], target[300], bytes[65536];
    (void)snprintf(source, sizeof source, "%s/%s", office->folder, from);
    (void)snprintf(target, sizeof target, "%s/%s", office->folder, to);
    FILE *in = fopen(source, "rb"), *out = fopen(target, "wb");
    assert_true(in && out);
    for (size_t len; (len = fread(bytes, 1, sizeof bytes, in)) > 0;)
        assert_int_equal(fwrite(bytes, 1, len, out), len);
    assert_int_equal(fclose(in) | fclose(out), 0);
}

static void older_key_store__forgets_again_what_the_log_says_is_erased(void **state)
{
    struct world *world = *state;
    assert_int_equal(office_reopen(world->office), HF_OK); /* nothing waits in a write-ahead log */
    copy_file(world->office, "keys.db", "keys.old");
    erase(world);
    office_close_files(world->office);
    copy_file(world->office, "keys.old", "keys.db");
    assert_int_equal(office_reopen(world->office), HF_OK);
    assert_gone(world);
}

static void older_store__loses_again_what_the_key_store_has_forgotten(void **state)
{
    struct world *world = *state;
    assert_int_equal(office_reopen(world->office), HF_OK);
    copy_file(world->office, "server.db", "server.old");
    erase(world);
    office_publish(world->office);
    office_close_files(world->office);
    copy_file(world->office, "server.old", "server.db");
    assert_int_equal(office_reopen(world->office), HF_ERR_CONFLICT); /* the guard has signed more */
    assert_false(vault_contains(world->office->vaults[STORE], WORD, strlen(WORD)));
}

/* --- what comes late --- */

static void late_change__is_logged_and_held_without_its_content(void **state)
{
    struct world *world = *state;
    struct hf_id another = new_id();
    struct device late = world->worker;
    struct hf_item outline = device_edit(&late, &world->key, &another, CHILD_NAME, "Much too " WORD, NULL, 0);
    erase(world);
    outline.form = HF_ITEM_OUTLINE;
    assert_int_equal(device_push(&late, &outline, 1), HF_ERR_WAITING);
    outline.form = HF_ITEM_WHOLE;
    assert_int_equal(device_push(&late, &outline, 1), HF_OK);
    assert_int_equal(world->office->results[0].hold, HF_HOLD_ERASED);
    assert_gone(world);
}

static void erased_case__cannot_be_opened_again_with_its_old_key(void **state)
{
    struct world *world = *state;
    erase(world);
    assert_int_equal(hf_keystore_put(world->office->keystore, &world->key), HF_ERR_STATE);
    struct hf_item again = device_case(&world->worker, &world->key);
    again.form = HF_ITEM_WHOLE;
    assert_int_equal(device_push(&world->worker, &again, 1), HF_OK);
    assert_int_equal(world->office->results[0].hold, HF_HOLD_ERASED);
    assert_gone(world);
}

#define ERASE_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* The disk fails between the two files. Nothing is answered before the rest is done: who sends a change of the case
 * must be able to read why its key is gone. */
static const struct hf_store_ops *whole_ops;

static enum hf_status commit_fails(struct hf_store *store, const struct hf_store_batch *batch,
                                   const struct hf_node_write *nodes, size_t node_count)
{
    (void)batch;
    (void)nodes;
    (void)node_count;
    store->ops = whole_ops;
    return HF_ERR_IO;
}

static void break_next_commit(struct hf_office *office)
{
    static struct hf_store_ops broken;
    broken = *(whole_ops = office->store->ops);
    broken.commit = commit_fails;
    office->store->ops = &broken;
}

static void erasure_that_the_disk_breaks_off__is_finished_before_anything_is_answered(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    struct hf_id erasure = asked(world, &world->first);
    struct hf_peer peer = {.role = HF_ROLE_OFFICE};
    struct hf_message request = {.type = HF_MSG_HEAD, .request = 1};
    struct hf_reply reply;
    uint64_t index = 0;
    break_next_commit(office);
    assert_int_equal(confirm(world, &world->second, &erasure), HF_ERR_IO);
    assert_int_equal(hf_erase_entry(office, &world->key.case_id, &index), HF_ERR_NOT_FOUND);
    memcpy(peer.device, world->first.sign.public_key, sizeof peer.device);
    assert_int_equal(hf_office_answer(office, &peer, &request, &reply), HF_OK);
    hf_reply_clear(&reply);
    assert_int_equal(hf_erase_entry(office, &world->key.case_id, &index), HF_OK);
    assert_int_equal(entries_that_open(world, WORD), 0);
}

/* The commands at the office's machine ask no device; what was begun is finished for them as well. */
static void legal_hold_after_an_erasure_that_broke_off__comes_too_late(void **state)
{
    struct world *world = *state;
    struct hf_office *office = &world->office->office;
    struct hf_id erasure = asked(world, &world->first);
    uint64_t index = 0;
    bool on_hold = true;
    break_next_commit(office);
    assert_int_equal(confirm(world, &world->second, &erasure), HF_ERR_IO);
    assert_int_equal(hf_erase_hold(office, &world->key.case_id, true, hf_slice_str("inquiry"), &world->office->err),
                     HF_ERR_STATE);
    assert_int_equal(hf_erase_entry(office, &world->key.case_id, &index), HF_OK);
    assert_int_equal(index + 1, office_size(world->office));
    assert_int_equal(hf_erase_is_on_hold(office, &world->key.case_id, &on_hold), HF_OK);
    assert_false(on_hold);
}

/* It stands in the log as one by two officers: before one of them no longer is, or has no device any more. */
static void officer_who_goes_after_an_erasure_that_broke_off__goes_behind_it(void **state)
{
    for (int change = 0; change < 3; change++, (void)teardown(state), (void)setup(state)) {
        struct world *world = *state;
        struct hf_office *office = &world->office->office;
        const struct device *second = &world->second;
        struct hf_id erasure = asked(world, &world->first);
        uint64_t index = 0;
        break_next_commit(office);
        assert_int_equal(confirm(world, second, &erasure), HF_ERR_IO);
        uint64_t before = office_size(world->office);
        enum hf_status status = change == 0 ? hf_officers_set(office, &second->person, false, NULL)
                                : change == 1
                                    ? hf_people_set_role(office, &second->person, HF_ROLE_WORKER, NULL)
                                    : hf_enrol_revoke(office, second->sign.public_key, hf_slice_str("left"), NULL);
        assert_int_equal(status | hf_erase_entry(office, &world->key.case_id, &index), HF_OK);
        assert_int_equal(index, before);
    }
}

/* --- an erasure of a log before, which a device brings --- */

enum wrong { NOT_ASKED, NOT_CONFIRMED, BY_ONE, BY_ONE_DEVICE, OTHER_ENTRIES, NOTHING_WRONG };

/* What the office of then signed for, with a mistake. */
static void body_with(struct world *world, enum wrong wrong, struct hf_buf *out)
{
    struct office *office = world->office;
    const struct device *second = wrong == BY_ONE ? &world->first : &world->second;
    struct hf_acting who = acting(&world->first);
    struct hf_buf request = {0}, ranges = {0};
    struct hf_erase_body body = {.person = second->person};
    assert_int_equal(hf_erase_draft(&office->office, &who, &world->key.case_id, hf_slice_str("never_recorded"),
                                    &request, &office->err),
                     HF_OK);
    for (uint64_t index = 0; index < office_size(office); index++) {
        const struct hf_entry_row entry = office_entry(office, index);
        if (hf_id_equal(&entry.case_id, &world->key.case_id))
            assert_int_equal(hf_erase_ranges_add(&ranges, index + (wrong == OTHER_ENTRIES)), HF_OK);
    }
    body.request = hf_buf_slice(&request);
    body.ranges = hf_buf_slice(&ranges);
    memcpy(body.device, wrong == BY_ONE_DEVICE ? who.device : second->sign.public_key, sizeof body.device);
    hf_erase_sign_request(wrong == NOT_ASKED ? &world->worker.sign : &world->first.sign, office->office.log_id,
                          body.request, body.asked_signature);
    hf_erase_sign_confirm(wrong == NOT_CONFIRMED   ? &world->worker.sign
                          : wrong == BY_ONE_DEVICE ? &world->first.sign
                                                   : &second->sign,
                          office->office.log_id, &second->person, body.request, body.signature);
    hf_erase_body_encode(&body, out);
    assert_int_equal(hf_buf_status(out), HF_OK);
    hf_buf_clear(&request);
    hf_buf_clear(&ranges);
}

static void erasure_of_a_log_before__destroys_nothing_that_two_officers_did_not_sign(void **state)
{
    struct world *world = *state;
    const uint64_t size = office_size(world->office);
    struct hf_buf body = {0};
    for (enum wrong wrong = 0; wrong < NOTHING_WRONG; wrong++) {
        hf_buf_reset(&body);
        body_with(world, wrong, &body);
        assert_int_equal(hf_erase_again(&world->office->office, 0, hf_buf_slice(&body), &world->office->err),
                         HF_ERR_INVALID);
        assert_int_equal(office_size(world->office), size);
        assert_true(entries_that_open(world, WORD) > 0);
    }
    hf_buf_reset(&body);
    body_with(world, NOTHING_WRONG, &body);
    assert_int_equal(hf_erase_again(&world->office->office, 0, hf_buf_slice(&body), &world->office->err), HF_OK);
    assert_int_equal(office_size(world->office), size + 1);
    assert_gone(world);
    hf_buf_clear(&body);
}

/* Whom this log does not know as an officer cannot make devices forget: the entry says that it was carried out in a log
 * before, and they look for themselves. The office destroys in either case. */
static void erasure_of_a_log_before__is_an_ordinary_one_only_when_this_log_knows_both_officers(void **state)
{
    struct world *world = *state;
    struct hf_store *store = world->office->store;
    for (int known = 0; known < 2; known++) {
        struct erase_leaf found = {.world = world};
        struct hf_erase_body logged;
        struct hf_buf body = {0};
        if (known)
            world->key = world->other_key;
        const struct device second = world->second;
        if (!known)
            world->second = world->worker;
        body_with(world, NOTHING_WRONG, &body);
        world->second = second;
        assert_int_equal(hf_erase_again(&world->office->office, 0, hf_buf_slice(&body), &world->office->err), HF_OK);
        assert_int_equal(store->ops->of_kind(store, HF_LEAF_ERASE, take_newest, &found), HF_OK);
        assert_int_equal(hf_erase_body_decode(hf_buf_slice(&found.body), &logged), HF_OK);
        assert_true(hf_id_equal(&logged.asked.case_id, &world->key.case_id));
        assert_int_equal(logged.is_carried, !known);
        hf_buf_clear(&found.body);
        hf_buf_clear(&body);
    }
    assert_int_equal(entries_that_open(world, WORD), 0);
    assert_int_equal(entries_that_open(world, OTHER_WORD), 0);
}

/* The log began anew with fewer entries than there were when it was asked for. */
static void begin_shard(struct world *world, uint64_t size)
{
    static const uint8_t signature[HF_SIGN_BYTES] = {1};
    struct hf_keystore *keystore = world->office->keystore;
    struct hf_buf bytes = {0};
    struct hf_key_row next;
    const struct hf_shard shard = {.number = 1,
                                   .name = hf_slice_str("northshire.example/holdfast/2"),
                                   .size = size,
                                   .note = hf_slice_str("an invented checkpoint"),
                                   .reason = hf_slice_str("The disk failed (invented).")};
    hf_shard_encode(&shard, &bytes);
    const struct hf_key_wish wish = {.parts = HF_KEYS_LOG, .shard = hf_buf_slice(&bytes), .never_used_from = size};
    assert_int_equal(hf_keystore_next_keys(keystore, &wish, &next), HF_OK);
    assert_int_equal(hf_keystore_certify_keys(keystore, next.serial, signature, size), HF_OK);
    assert_int_equal(hf_keystore_use_keys(keystore, next.serial), HF_OK);
    hf_wipe(&next, sizeof next);
    hf_buf_clear(&bytes);
}

static void erasure_asked_for_on_entries_that_were_lost__is_not_an_ordinary_one(void **state)
{
    struct world *world = *state;
    struct hf_store *store = world->office->store;
    struct erase_leaf found = {.world = world};
    struct hf_erase_body logged;
    struct hf_buf body = {0};
    body_with(world, NOTHING_WRONG, &body);
    begin_shard(world, office_size(world->office) - 1);
    assert_int_equal(hf_erase_again(&world->office->office, 0, hf_buf_slice(&body), &world->office->err), HF_OK);
    assert_int_equal(store->ops->of_kind(store, HF_LEAF_ERASE, take_newest, &found), HF_OK);
    assert_int_equal(hf_erase_body_decode(hf_buf_slice(&found.body), &logged), HF_OK);
    assert_true(logged.is_carried);
    assert_int_equal(entries_that_open(world, WORD), 0);
    hf_buf_clear(&found.body);
    hf_buf_clear(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ERASE_TEST(erased_case__leaves_no_word_and_no_key_in_any_file),
        ERASE_TEST(erase_leaf__names_the_entries_and_both_officers),
        ERASE_TEST(two_devices_of_one_invitation__are_one_officer),
        ERASE_TEST(officers__are_told_with_who_let_them_in),
        ERASE_TEST(one_officer__cannot_erase_alone),
        ERASE_TEST(change_since_the_request__asks_for_a_new_one),
        ERASE_TEST(legal_hold__blocks_erasing_until_it_is_lifted),
        ERASE_TEST(stopped_after_the_keys_went__is_finished_before_anything_is_served),
        ERASE_TEST(older_key_store__forgets_again_what_the_log_says_is_erased),
        ERASE_TEST(older_store__loses_again_what_the_key_store_has_forgotten),
        ERASE_TEST(late_change__is_logged_and_held_without_its_content),
        ERASE_TEST(erasure_that_the_disk_breaks_off__is_finished_before_anything_is_answered),
        ERASE_TEST(legal_hold_after_an_erasure_that_broke_off__comes_too_late),
        ERASE_TEST(officer_who_goes_after_an_erasure_that_broke_off__goes_behind_it),
        ERASE_TEST(erased_case__cannot_be_opened_again_with_its_old_key),
        ERASE_TEST(erasure_of_a_log_before__destroys_nothing_that_two_officers_did_not_sign),
        ERASE_TEST(erasure_asked_for_on_entries_that_were_lost__is_not_an_ordinary_one),
        ERASE_TEST(erasure_of_a_log_before__is_an_ordinary_one_only_when_this_log_knows_both_officers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
