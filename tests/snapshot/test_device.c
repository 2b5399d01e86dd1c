/* The first sync as a snapshot, between a real office and real replicas. */
#include "server/people_office.h"
#include "tests/snapshot/support_rig.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS 5

struct town {
    struct office *office;
    struct rig_device *wanda, *mo; /* who wrote, and who comes later */
    struct hf_id case_id;
    struct hf_id records[RECORDS];
};

static int set_up(void **state, bool snapshot)
{
    struct town *town = calloc(1, sizeof *town);
    assert_non_null(town);
    town->office = office_new();
    town->wanda = rig_device_new(town->office, "Wanda Worker", HF_ROLE_WORKER);
    town->case_id = rig_case(town->wanda, RECORDS, town->records);
    const struct hf_id first = rig_save(town->wanda, &town->case_id, &town->records[1], "Kim", NULL);
    (void)first;
    rig_must_sync(town->wanda);
    town->mo = rig_device_new(town->office, "Mo Manager", HF_ROLE_MANAGER);
    if (snapshot)
        rig_must_sync(town->mo);
    *state = town;
    return 0;
}

static int before_the_first_sync(void **state)
{
    return set_up(state, false);
}

static int after_the_first_sync(void **state)
{
    return set_up(state, true);
}

static int teardown(void **state)
{
    struct town *town = *state;
    rig_device_free(town->wanda);
    rig_device_free(town->mo);
    office_free(town->office);
    free(town);
    return 0;
}

/* --- what comes --- */

static void first_sync__brings_the_state_and_says_what_it_is(void **state)
{
    struct town *town = *state;
    rig_must_sync(town->mo);
    assert_int_equal(town->mo->snapshots, 1);
    rig_assert_same(town->wanda, town->mo);
    assert_string_equal(rig_text(town->mo, &town->records[1]), "Kim");
    assert_true(rig_is_unproved(town->mo, &town->records[1]));
    assert_false(rig_is_unproved(town->wanda, &town->records[1]));
    assert_int_equal(rig_unproved(town->mo).cases, 1);
    assert_int_equal(rig_unproved(town->mo).records, RECORDS + 1);
    rig_must_sync(town->mo); /* and nothing of it again */
    assert_int_equal(town->mo->snapshots, 0);
    assert_int_equal(town->mo->feed_items, 0);
}

static void few_records__come_with_their_history(void **state)
{
    struct town *town = *state;
    hf_replica_snapshot_least(town->mo->replica, RECORDS + 2);
    rig_must_sync(town->mo);
    rig_assert_same(town->wanda, town->mo);
    assert_int_equal(rig_unproved(town->mo).records, 0);
}

static void who_never_asks__is_given_none(void **state)
{
    struct town *town = *state;
    hf_replica_snapshot_least(town->mo->replica, UINT64_MAX);
    rig_must_sync(town->mo);
    assert_int_equal(town->mo->snapshots, 0);
    rig_assert_same(town->wanda, town->mo);
}

static void cut_anywhere__goes_on_where_it_was(void **state)
{
    struct town *town = *state;
    for (size_t cut = 1; cut < 8; cut++) {
        struct rig_device *device = rig_device_new(town->office, "Olga Office", HF_ROLE_OFFICE);
        device->cut_after = cut;
        (void)rig_sync(device, NULL, NULL);
        rig_device_reopen(device);
        rig_must_sync(device);
        rig_assert_same(town->wanda, device);
        rig_device_free(device);
    }
}

/* --- lies --- */

enum lie {
    LIE_VALUE,
    LIE_VALUE_AND_NOTE,
    LIE_RECORD_MISSING,
    LIE_NOTE_SIGNER,
    LIE_NOTE_BODY,
    LIE_INCLUSION,
    LIE_INDEX,
    LIE_COUNT
};

/* What the device must say that it found. */
static const char *const found_out[LIE_COUNT] = {[LIE_VALUE] = "not the state that",
                                                 [LIE_VALUE_AND_NOTE] = "note is not what was signed",
                                                 [LIE_RECORD_MISSING] = "not the state that",
                                                 [LIE_NOTE_SIGNER] = "not signed by the office's server",
                                                 [LIE_NOTE_BODY] = "note is not what was signed",
                                                 [LIE_INCLUSION] = "not in the office's log",
                                                 [LIE_INDEX] = "not in the office's log"};

/* The digest of the only case that is there, as it would be of what is sent now. */
static void digest_again(struct hf_snapshot_part *part, uint8_t *at)
{
    struct hf_digest digest;
    hf_digest_begin(&digest);
    for (size_t i = 0; i < part->record_count; i++) {
        struct hf_record_state state = {0};
        assert_int_equal(hf_record_state_decode(part->records[i].packed, &state), HF_OK);
        hf_digest_add(&digest, &state);
        hf_record_state_clear(&state);
    }
    hf_digest_end(&digest, at);
}

static void tell(void *ctx, struct hf_message *reply)
{
    static uint8_t bytes[65536], note[4096];
    static struct hf_proof proof;
    const enum lie lie = *(const enum lie *)ctx;
    struct hf_snapshot_part *part = &reply->as.snapshot_is;
    if (reply->type != HF_MSG_SNAPSHOT_IS || part->record_count == 0)
        return;
    if (lie == LIE_VALUE || lie == LIE_VALUE_AND_NOTE) { /* another letter in somebody's name */
        struct hf_slice *packed = &part->records[part->record_count - 1].packed;
        memcpy(bytes, packed->data, packed->len);
        bytes[packed->len - 1] ^= 1;
        packed->data = bytes;
        if (lie == LIE_VALUE)
            return;
        memcpy(note, part->note.body.data, part->note.body.len); /* the digest stands at its end */
        digest_again(part, note + part->note.body.len - HF_HASH_BYTES);
        part->note.body.data = note;
    } else if (lie == LIE_RECORD_MISSING) {
        part->record_count--;
        part->cases[0].record_count--;
    } else if (lie == LIE_NOTE_SIGNER) {
        memcpy(bytes, part->note.leaf.data, part->note.leaf.len);
        bytes[HF_LEAF_BYTES - 1] ^= 1;
        part->note.leaf.data = bytes;
    } else if (lie == LIE_NOTE_BODY) {
        memcpy(bytes, part->note.body.data, part->note.body.len);
        bytes[part->note.body.len - 1] ^= 1;
        part->note.body.data = bytes;
    } else if (lie == LIE_INCLUSION) {
        proof = *part->note.inclusion;
        proof.hash[0].bytes[3] ^= 1;
        part->note.inclusion = &proof;
    } else {
        part->note.index--;
    }
}

static void a_lie_on_the_way__is_refused_and_nothing_is_stored(void **state)
{
    struct town *town = *state;
    for (enum lie lie = LIE_VALUE; lie < LIE_COUNT; lie++) {
        struct rig_device *device = rig_device_new(town->office, "Olga Office", HF_ROLE_OFFICE);
        const enum hf_status status = rig_sync(device, tell, &lie);
        if (status != HF_ERR_AUTH)
            fail_msg("lie %d: %s %s", (int)lie, hf_status_text(status), device->err.text);
        if (!strstr(device->err.text, found_out[lie]))
            fail_msg("lie %d was found out otherwise: %s", (int)lie, device->err.text);
        struct hf_replica_counts counts;
        assert_int_equal(hf_replica_counts(device->replica, &counts), HF_OK);
        assert_int_equal(counts.records, 0);
        assert_int_equal(counts.cases, 0);
        rig_must_sync(device);
        rig_assert_same(town->wanda, device);
        rig_device_free(device);
    }
}

/* --- work on top --- */

static void edits_on_top__merge_as_if_the_history_were_here(void **state)
{
    struct town *town = *state;
    (void)rig_save(town->mo, &town->case_id, &town->records[0], "Robin", NULL);
    (void)rig_save(town->wanda, &town->case_id, &town->records[0], "Sam", NULL);
    (void)rig_save(town->mo, &town->case_id, &town->records[2], "Alex", NULL);
    rig_must_sync(town->mo);
    rig_must_sync(town->wanda);
    rig_must_sync(town->mo);
    rig_assert_same(town->wanda, town->mo);
    assert_string_equal(rig_text(town->mo, &town->records[0]), "!");
    assert_string_equal(rig_text(town->wanda, &town->records[2]), "Alex");
    assert_true(rig_is_unproved(town->mo, &town->records[2]));
    assert_int_equal(rig_unproved(town->mo).fetching, 0);
    rig_device_reopen(town->mo); /* it fits itself */
    assert_string_equal(hf_replica_damage(town->mo->replica), "");
}

static bool count_conflict(void *ctx, const struct hf_conflict_row *row)
{
    size_t *heads = ctx;
    for (size_t i = 0; i < row->head_count; i++)
        assert_false(hf_id_is_zero(&row->heads[i].author));
    *heads += row->head_count;
    return true;
}

static void a_clash_with_what_came__says_who_wrote_it(void **state)
{
    struct town *town = *state;
    size_t heads = 0;
    const struct hf_id nothing = hf_id_zero();
    struct hf_save_edit edit = {.field = CHILD_NAME, .value = hf_slice_of("\xA3Lee", 4), .bases = &nothing};
    const struct hf_save save = {
        .case_id = town->case_id, .record_id = town->records[3], .type = TYPE_CHILD, .edits = &edit, .edit_count = 1};
    struct hf_id change;
    assert_int_equal(hf_replica_save(town->mo->replica, &save, town->office->now_ms, &change, &town->mo->err), HF_OK);
    assert_int_equal(hf_replica_conflicts(town->mo->replica, &town->records[3], count_conflict, &heads), HF_OK);
    assert_int_equal(heads, 2);
}

/* Somebody who was away builds on what was replaced since. */
static void a_change_on_what_is_no_head_any_more__fetches_the_history(void **state)
{
    struct town *town = *state;
    struct rig_device *late = rig_device_new(town->office, "Lee Late", HF_ROLE_MANAGER);
    hf_replica_snapshot_least(late->replica, UINT64_MAX);
    rig_must_sync(late);
    (void)rig_save(late, &town->case_id, &town->records[4], "Late", NULL);
    (void)rig_save(town->wanda, &town->case_id, &town->records[4], "Soon", NULL);
    rig_must_sync(town->wanda);
    struct rig_device *device = rig_device_new(town->office, "Olga Office", HF_ROLE_OFFICE);
    rig_must_sync(device);
    assert_string_equal(rig_text(device, &town->records[4]), "Soon");
    rig_must_sync(late);
    rig_must_sync(device);
    rig_must_sync(town->wanda);
    rig_assert_same(town->wanda, device);
    assert_string_equal(rig_text(device, &town->records[4]), "!");
    assert_int_equal(rig_unproved(device).records, 0); /* it had to read the case */
    rig_device_free(late);
    rig_device_free(device);
}

/* --- back to the signatures --- */

static void history_on_demand__takes_the_mark_away(void **state)
{
    struct town *town = *state;
    (void)rig_save(town->mo, &town->case_id, &town->records[0], "Robin", NULL);
    rig_prove(town->mo);
    assert_int_equal(rig_unproved(town->mo).cases, 0);
    assert_int_equal(rig_unproved(town->mo).records, 0);
    assert_false(rig_is_unproved(town->mo, &town->records[0]));
    assert_string_equal(rig_text(town->mo, &town->records[0]), "Robin");
    rig_must_sync(town->wanda);
    rig_assert_same(town->wanda, town->mo);
    rig_device_reopen(town->mo);
    assert_string_equal(hf_replica_damage(town->mo->replica), "");
}

static void history_cut_anywhere__is_fetched_on(void **state)
{
    struct town *town = *state;
    bool asked = false;
    assert_int_equal(hf_replica_prove(town->mo->replica, NULL, &asked, &town->mo->err), HF_OK);
    for (size_t cut = 1; cut < 4; cut++) {
        town->mo->cut_after = cut;
        (void)rig_sync(town->mo, NULL, NULL);
        rig_device_reopen(town->mo);
    }
    rig_must_sync(town->mo);
    assert_int_equal(rig_unproved(town->mo).cases, 0);
    rig_assert_same(town->wanda, town->mo);
}

static void what_needs_the_history__says_so_and_asks_for_it(void **state)
{
    struct town *town = *state;
    struct hf_id change;
    assert_int_equal(hf_replica_finalise(town->mo->replica, &town->records[0], hf_slice_str(""), town->office->now_ms,
                                         &change, &town->mo->err),
                     HF_ERR_WAITING);
    assert_int_equal(rig_unproved(town->mo).fetching, 1);
    rig_must_sync(town->mo);
    assert_int_equal(rig_unproved(town->mo).records, 0);
    assert_int_equal(hf_replica_needs_history(town->mo->replica, &town->records[0], &town->mo->err), HF_OK);
}

/* --- an office that lies in its log too --- */

struct liar {
    struct hf_store_ops ops;
    const struct hf_store_ops *honest;
    bool (*each)(void *ctx, const struct hf_record_write *row);
    void *ctx;
};
static struct liar liar;

static bool lie_about(void *ctx, const struct hf_record_write *row)
{
    struct hf_record_write other = *row;
    uint8_t bytes[4096];
    (void)ctx;
    if (row->type == TYPE_CHILD && row->packed.len < sizeof bytes) {
        memcpy(bytes, row->packed.data, row->packed.len);
        bytes[row->packed.len - 1] ^= 1;
        other.packed.data = bytes;
    }
    return liar.each(liar.ctx, &other);
}

static enum hf_status lying_records(struct hf_store *store, const struct hf_id *case_id,
                                    bool (*each)(void *ctx, const struct hf_record_write *row), void *ctx)
{
    liar.each = each;
    liar.ctx = ctx;
    return liar.honest->records(store, case_id, lie_about, NULL);
}

static void an_office_that_signs_another_state__is_convicted_by_the_history(void **state)
{
    struct town *town = *state;
    struct hf_store *store = town->office->store;
    struct hf_distrust distrust;
    struct hf_buf evidence = {0};
    bool asked = false;
    liar.honest = store->ops;
    liar.ops = *store->ops;
    liar.ops.records = lying_records;
    store->ops = &liar.ops;
    rig_must_sync(town->mo); /* note and digest fit: nobody can tell yet */
    store->ops = liar.honest;
    assert_string_not_equal(rig_text(town->mo, &town->records[0]), "Casey");
    assert_int_equal(hf_replica_prove(town->mo->replica, NULL, &asked, &town->mo->err), HF_OK);
    assert_int_equal(rig_sync(town->mo, NULL, NULL), HF_ERR_AUTH);
    assert_non_null(strstr(town->mo->err.text, "does not lead to the state"));
    assert_int_equal(hf_replica_distrust(town->mo->replica, &distrust, &town->mo->err), HF_OK);
    assert_true(distrust.found);
    assert_int_equal(hf_replica_evidence(town->mo->replica, &evidence, &town->mo->err), HF_OK);
    assert_true(evidence.len > 0);
    assert_true(rig_is_unproved(town->mo, &town->records[0])); /* and stays so */
    hf_buf_clear(&evidence);
}

static void spoil_signature(void *ctx, struct hf_message *reply)
{
    static uint8_t leaf[HF_LEAF_BYTES];
    (void)ctx;
    for (size_t i = 0; reply->type == HF_MSG_FEED && i < reply->as.feed.item_count; i++) {
        struct hf_item *item = &reply->as.feed.items[i];
        if (item->leaf.data[4] != HF_LEAF_DATA)
            continue;
        memcpy(leaf, item->leaf.data, sizeof leaf);
        leaf[HF_LEAF_BYTES - 1] ^= 1;
        item->leaf.data = leaf;
        return;
    }
}

static void history_with_a_false_signature__is_no_history(void **state)
{
    struct town *town = *state;
    bool asked = false;
    assert_int_equal(hf_replica_prove(town->mo->replica, NULL, &asked, &town->mo->err), HF_OK);
    assert_int_equal(rig_sync(town->mo, spoil_signature, NULL), HF_ERR_AUTH);
    assert_non_null(strstr(town->mo->err.text, "its signature does not fit"));
    assert_true(rig_is_unproved(town->mo, &town->records[0]));
    rig_must_sync(town->mo);
    assert_false(rig_is_unproved(town->mo, &town->records[0]));
}

static void leave_one_out(void *ctx, struct hf_message *reply)
{
    (void)ctx;
    if (reply->type == HF_MSG_FEED && reply->as.feed.item_count > 2)
        reply->as.feed.item_count--;
}

static void history_with_a_change_missing__does_not_lead_there(void **state)
{
    struct town *town = *state;
    bool asked = false;
    assert_int_equal(hf_replica_prove(town->mo->replica, NULL, &asked, &town->mo->err), HF_OK);
    assert_int_equal(rig_sync(town->mo, leave_one_out, NULL), HF_ERR_AUTH);
    assert_true(rig_is_unproved(town->mo, &town->records[0]));
}

/* --- cases come and go --- */

static void case_given_later__comes_by_snapshot_and_goes_with_a_receipt(void **state)
{
    struct town *town = *state;
    struct rig_device *wilma = rig_device_new(town->office, "Wilma Worker", HF_ROLE_WORKER);
    struct hf_replica_counts counts;
    rig_must_sync(wilma);
    assert_int_equal(hf_enrol_assign(&town->office->office, &town->case_id, &wilma->device.person, true,
                                     hf_slice_str("allocated"), &town->office->err),
                     HF_OK);
    rig_must_sync(wilma);
    assert_int_equal(wilma->snapshots, 1);
    assert_int_equal(rig_unproved(wilma).records, RECORDS + 1);
    rig_assert_same(town->wanda, wilma);
    (void)rig_save(wilma, &town->case_id, &town->records[0], "Robin", NULL);
    rig_must_sync(wilma);
    assert_int_equal(hf_enrol_assign(&town->office->office, &town->case_id, &wilma->device.person, false,
                                     hf_slice_str("left"), &town->office->err),
                     HF_OK);
    rig_must_sync(wilma);
    assert_int_equal(hf_replica_counts(wilma->replica, &counts), HF_OK);
    assert_int_equal(counts.records, 0);
    assert_int_equal(rig_unproved(wilma).cases, 0);
    assert_int_equal(hf_enrol_assign(&town->office->office, &town->case_id, &wilma->device.person, true,
                                     hf_slice_str("allocated"), &town->office->err),
                     HF_OK);
    rig_must_sync(wilma); /* own leaves of it are here: the history comes */
    assert_int_equal(rig_unproved(wilma).records, 0);
    rig_must_sync(town->wanda);
    rig_assert_same(town->wanda, wilma);
    rig_device_free(wilma);
}

static void assign(struct town *town, struct rig_device *device, bool held)
{
    assert_int_equal(hf_enrol_assign(&town->office->office, &town->case_id, &device->device.person, held,
                                     hf_slice_str("allocated"), &town->office->err),
                     HF_OK);
}

/* Taking it away and giving it again both stand in the log before the first sync, changes behind them. An entry that is
 * held leaves the case to its history, which has to come up to where the general feed begins. */
static void case_left_to_its_history_and_given_twice__comes_whole(void **state)
{
    struct town *town = *state;
    struct rig_device *wilma = rig_device_new(town->office, "Wilma Worker", HF_ROLE_WORKER);
    assign(town, town->wanda, false);
    (void)rig_save(town->wanda, &town->case_id, &town->records[0], "Held", NULL);
    rig_must_sync(town->wanda);
    assign(town, town->wanda, true);
    assign(town, wilma, true);
    assign(town, wilma, false);
    assign(town, wilma, true);
    rig_must_sync(town->wanda);
    (void)rig_save(town->wanda, &town->case_id, &town->records[2], "Robin", NULL);
    rig_must_sync(town->wanda);
    rig_must_sync(wilma);
    assert_true(wilma->snapshots >= 1);
    assert_int_equal(rig_unproved(wilma).records, 0);
    assert_string_equal(rig_text(wilma, &town->records[2]), "Robin");
    rig_assert_same(town->wanda, wilma);
    rig_device_free(wilma);
}

/* The opening is held, what somebody in the office writes there is not. */
static void case_that_a_revoked_device_opened__comes_to_who_reads_all(void **state)
{
    struct town *town = *state;
    struct rig_device *wilma = rig_device_new(town->office, "Wilma Worker", HF_ROLE_WORKER);
    struct rig_device *late = rig_device_new(town->office, "Mia Manager", HF_ROLE_MANAGER);
    struct hf_id record;
    rig_must_sync(wilma);
    assert_int_equal(
        hf_enrol_revoke(&town->office->office, wilma->device.sign.public_key, hf_slice_str("lost"), &town->office->err),
        HF_OK);
    const struct hf_id case_id = rig_case(wilma, 1, &record);
    rig_must_sync(town->mo);
    (void)rig_save(town->mo, &case_id, &record, "Robin", NULL);
    rig_must_sync(town->mo);
    rig_must_sync(late);
    assert_string_equal(rig_text(late, &record), "Robin");
    rig_device_free(wilma);
    rig_device_free(late);
}

static void becomes_manager(struct town *town, struct rig_device *device)
{
    assert_int_equal(
        hf_people_set_role(&town->office->office, &device->device.person, HF_ROLE_MANAGER, &town->office->err), HF_OK);
    rig_must_sync(device);
    rig_must_sync(device);
}

/* The general feed leaves out what a device signed, and of these changes only the leaves are here. */
static void who_reads_all_after_a_purge__has_the_own_changes_again(void **state)
{
    struct town *town = *state;
    struct hf_replica_counts counts;
    assign(town, town->wanda, false);
    rig_must_sync(town->wanda);
    assert_int_equal(hf_replica_counts(town->wanda->replica, &counts), HF_OK);
    assert_int_equal(counts.records, 0);
    (void)rig_save(town->mo, &town->case_id, &town->records[2], "Robin", NULL);
    rig_must_sync(town->mo);
    becomes_manager(town, town->wanda);
    assert_string_equal(rig_text(town->wanda, &town->records[1]), "Kim");
    assert_string_equal(rig_text(town->wanda, &town->records[2]), "Robin");
    rig_assert_same(town->mo, town->wanda);
}

/* A first sync by snapshot brought the caseload of then; what lies below it of other cases is to be read now. */
static void who_reads_all_after_a_first_sync_by_snapshot__reads_every_case(void **state)
{
    struct town *town = *state;
    struct rig_device *wilma = rig_device_new(town->office, "Wilma Worker", HF_ROLE_WORKER);
    struct hf_id other;
    const struct hf_id case_id = rig_case(town->wanda, 1, &other);
    rig_must_sync(town->wanda);
    assign(town, wilma, true);
    rig_must_sync(wilma);
    assert_true(wilma->snapshots > 0);
    assert_int_equal(rig_unproved(wilma).records, RECORDS + 1);
    becomes_manager(town, wilma);
    assert_false(hf_id_is_zero(&case_id));
    assert_true(rig_text(town->wanda, &other)[0] != '\0');
    assert_string_equal(rig_text(wilma, &other), rig_text(town->wanda, &other));
    rig_assert_same(town->wanda, wilma);
    rig_device_free(wilma);
}

#define BEFORE(test) cmocka_unit_test_setup_teardown(test, before_the_first_sync, teardown)
#define AFTER(test)  cmocka_unit_test_setup_teardown(test, after_the_first_sync, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        BEFORE(first_sync__brings_the_state_and_says_what_it_is),
        BEFORE(case_left_to_its_history_and_given_twice__comes_whole),
        AFTER(who_reads_all_after_a_purge__has_the_own_changes_again),
        BEFORE(who_reads_all_after_a_first_sync_by_snapshot__reads_every_case),
        AFTER(case_that_a_revoked_device_opened__comes_to_who_reads_all),
        BEFORE(few_records__come_with_their_history),
        BEFORE(who_never_asks__is_given_none),
        BEFORE(cut_anywhere__goes_on_where_it_was),
        BEFORE(a_lie_on_the_way__is_refused_and_nothing_is_stored),
        AFTER(edits_on_top__merge_as_if_the_history_were_here),
        AFTER(a_clash_with_what_came__says_who_wrote_it),
        AFTER(a_change_on_what_is_no_head_any_more__fetches_the_history),
        AFTER(history_on_demand__takes_the_mark_away),
        AFTER(history_cut_anywhere__is_fetched_on),
        AFTER(what_needs_the_history__says_so_and_asks_for_it),
        BEFORE(an_office_that_signs_another_state__is_convicted_by_the_history),
        AFTER(history_with_a_false_signature__is_no_history),
        AFTER(history_with_a_change_missing__does_not_lead_there),
        BEFORE(case_given_later__comes_by_snapshot_and_goes_with_a_receipt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
