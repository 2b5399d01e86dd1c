/* A case that the office does not give while a device is about to fetch it – taken away, erased, another role, or a
 * fault of the office in this one case – stops nothing else of a sync. */
#include "server/erase.h"
#include "server/people_office.h"
#include "tests/snapshot/support_rig.h"

#include <stdlib.h>
#include <string.h>

#define RECORDS 3

struct town {
    struct office *office;
    struct rig_device *wanda, *wilma; /* who opened the cases, and who is given two of them */
    struct device ada, bede;          /* records officers */
    struct hf_id held, given, also;   /* cases: wilma holds the first, and has heard of the two others */
    struct hf_id of_held[RECORDS], of_given[RECORDS], of_also[RECORDS];
    struct hf_id unsent; /* of wilma, in the case that she holds */
};

static void assign(struct town *town, const struct hf_id *case_id, bool held)
{
    assert_int_equal(hf_enrol_assign(&town->office->office, case_id, &town->wilma->device.person, held,
                                     hf_slice_str("allocated"), &town->office->err),
                     HF_OK);
}

static void set_role(struct town *town, enum hf_role role)
{
    assert_int_equal(hf_people_set_role(&town->office->office, &town->wilma->device.person, role, &town->office->err),
                     HF_OK);
}

static struct hf_acting acting(const struct device *device)
{
    struct hf_acting who = {.person = device->person, .command = "erase"};
    memcpy(who.device, device->sign.public_key, sizeof who.device);
    return who;
}

static void erase(struct town *town, const struct hf_id *case_id)
{
    struct hf_office *office = &town->office->office;
    struct hf_acting ada = acting(&town->ada), bede = acting(&town->bede);
    struct hf_buf request = {0};
    struct hf_id erasure;
    uint8_t signature[HF_SIGN_BYTES];
    assert_int_equal(
        hf_erase_draft(office, &ada, case_id, hf_slice_str("never_recorded"), &request, &town->office->err), HF_OK);
    hf_erase_sign_request(&town->ada.sign, office->log_id, hf_buf_slice(&request), signature);
    assert_int_equal(hf_erase_ask(office, &ada, hf_buf_slice(&request), signature, &erasure, &town->office->err),
                     HF_OK);
    hf_buf_reset(&request);
    assert_int_equal(hf_erase_request(office, &erasure, &request, &town->office->err), HF_OK);
    hf_erase_sign_confirm(&town->bede.sign, office->log_id, &town->bede.person, hf_buf_slice(&request), signature);
    assert_int_equal(hf_erase_confirm(office, &bede, &erasure, signature, &town->office->err), HF_OK);
    hf_buf_clear(&request);
}

static struct town *town_new(bool snapshots)
{
    struct town *town = calloc(1, sizeof *town);
    assert_non_null(town);
    town->office = office_new();
    town->wanda = rig_device_new(town->office, "Wanda Worker", HF_ROLE_WORKER);
    town->ada = device_officer(town->office, "Ada Officer", HF_ROLE_OFFICE);
    town->bede = device_officer(town->office, "Bede Officer", HF_ROLE_MANAGER);
    town->held = rig_case(town->wanda, RECORDS, town->of_held);
    town->given = rig_case(town->wanda, RECORDS, town->of_given);
    town->also = rig_case(town->wanda, RECORDS, town->of_also);
    town->wilma = rig_device_new(town->office, "Wilma Worker", HF_ROLE_WORKER);
    hf_replica_snapshot_least(town->wilma->replica, snapshots ? 1 : UINT64_MAX);
    assign(town, &town->held, true);
    rig_must_sync(town->wilma);
    return town;
}

/* She heard that two cases are hers, and the line broke before they came. */
static void hear_of_cases(struct town *town)
{
    assign(town, &town->given, true);
    assign(town, &town->also, true);
    town->wilma->cut_after = 2; /* WELCOME and FEED */
    assert_int_equal(rig_sync(town->wilma, NULL, NULL), HF_ERR_CLOSED);
    town->unsent = rig_save(town->wilma, &town->held, &town->of_held[1], "Not sent yet", NULL);
}

static void town_free(struct town *town)
{
    rig_device_free(town->wanda);
    rig_device_free(town->wilma);
    office_free(town->office);
    free(town);
}

static bool has(struct rig_device *device, const struct hf_id *record)
{
    struct hf_record_state state = {0};
    const enum hf_status status = hf_replica_record(device->replica, record, &state);
    hf_record_state_clear(&state);
    assert_true(status == HF_OK || status == HF_ERR_NOT_FOUND);
    return status == HF_OK;
}

static struct hf_replica_counts counts_of(struct rig_device *device)
{
    struct hf_replica_counts counts;
    assert_int_equal(hf_replica_counts(device->replica, &counts), HF_OK);
    return counts;
}

/* --- before the sync --- */

static void role_that_reads_no_case__is_heard_of_though_a_case_was_about_to_come(void **state)
{
    static const enum hf_role roles[] = {HF_ROLE_AUDITOR, HF_ROLE_ADMIN};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct town *town = town_new(i % 2 == 0);
        hear_of_cases(town);
        set_role(town, roles[i / 2]);
        rig_must_sync(town->wilma);
        assert_int_equal(hf_replica_identity(town->wilma->replica)->role, roles[i / 2]);
        assert_int_equal(office_standing(town->office, &town->unsent).hold, HF_HOLD_RIGHT); /* logged, with a reason */
        assert_int_equal(counts_of(town->wilma).saved_here, 0);
        rig_must_sync(town->wilma);
        assert_int_equal(counts_of(town->wilma).records, 0);
        set_role(town, HF_ROLE_WORKER);
        rig_must_sync(town->wilma);
        assert_true(has(town->wilma, &town->of_held[0]) && has(town->wilma, &town->of_given[0]) &&
                    has(town->wilma, &town->of_also[0]));
        town_free(town);
    }
}

/* --- in the middle of it --- */

struct meanwhile {
    struct town *town;
    void (*what)(struct town *town);
    size_t answer, answers; /* behind which it happens; so many there were */
};

static void happen(void *ctx, struct hf_message *reply)
{
    struct meanwhile *meanwhile = ctx;
    (void)reply;
    if (++meanwhile->answers == meanwhile->answer)
        meanwhile->what(meanwhile->town);
}

static void take_given(struct town *town)
{
    assign(town, &town->given, false);
}

static void erase_both(struct town *town)
{
    erase(town, &town->given);
    erase(town, &town->also);
}

static void become_auditor(struct town *town)
{
    set_role(town, HF_ROLE_AUDITOR);
}

static const struct {
    void (*what)(struct town *town);
    bool also, held; /* what is read afterwards */
} reasons[] = {
    {take_given, true, true},
    {erase_both, false, true},
    {become_auditor, false, false},
};

static void assert_read(struct town *town, bool held, bool also)
{
    assert_false(has(town->wilma, &town->of_given[0]));
    assert_true(has(town->wilma, &town->of_held[0]) == held);
    assert_true(has(town->wilma, &town->of_also[RECORDS - 1]) == also);
    assert_int_equal(counts_of(town->wilma).saved_here, 0);
    (void)office_standing(town->office, &town->unsent); /* it is in the log */
}

/* Whatever it is, and behind whichever answer it comes: this sync ends well, and so does the next. */
static void case_gone_in_the_middle_of_a_sync__stops_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0] * 2; i++) {
        struct meanwhile meanwhile = {.what = reasons[i / 2].what};
        do {
            struct town *town = town_new(i % 2 == 0);
            hear_of_cases(town);
            meanwhile.town = town;
            meanwhile.answer++;
            meanwhile.answers = 0;
            if (rig_sync(town->wilma, happen, &meanwhile) != HF_OK)
                fail_msg("reason %zu, answer %zu: %s", i, meanwhile.answer, town->wilma->err.text);
            if (meanwhile.answers < meanwhile.answer)
                meanwhile.what(town);
            rig_must_sync(town->wilma);
            rig_must_sync(town->wilma);
            assert_read(town, reasons[i / 2].held, reasons[i / 2].also);
            town_free(town);
        } while (meanwhile.answers >= meanwhile.answer);
        assert_true(meanwhile.answer > 4); /* behind each of them once */
    }
}

/* --- an office that cannot read one case --- */

struct fault {
    const struct hf_id *case_id;
    size_t refusals, most; /* 0: all */
};

static bool is_about(const struct hf_message *reply, const struct hf_id *case_id)
{
    if (reply->type == HF_MSG_SNAPSHOT_IS)
        return reply->as.snapshot_is.case_count > 0 && hf_id_equal(&reply->as.snapshot_is.cases[0].case_id, case_id);
    return reply->type == HF_MSG_FEED && reply->as.feed.item_count > 0 &&
           hf_id_equal(&reply->as.feed.items[0].case_id, case_id);
}

static void cannot_read(void *ctx, struct hf_message *reply)
{
    struct fault *fault = ctx;
    if (!is_about(reply, fault->case_id) || (fault->most > 0 && fault->refusals == fault->most))
        return;
    *reply = (struct hf_message){.type = HF_MSG_ERROR, .request = reply->request};
    reply->as.error.status = HF_ERR_IO;
    reply->as.error.text = hf_slice_str("The office could not read this.");
    fault->refusals++;
}

/* It is told, once all the rest is done, and asked for again with the next sync. */
static void case_that_the_office_cannot_read__stops_nothing_else(void **state)
{
    (void)state;
    for (int snapshots = 0; snapshots < 2; snapshots++) {
        struct town *town = town_new(snapshots == 1);
        struct fault fault = {.case_id = &town->given};
        hear_of_cases(town);
        assert_int_equal(rig_sync(town->wilma, cannot_read, &fault), HF_ERR_IO);
        assert_non_null(strstr(town->wilma->err.text, "The office could not read this."));
        assert_non_null(strstr(town->wilma->err.text, "verything else"));
        assert_int_equal(fault.refusals, 1);
        assert_read(town, true, true);
        assert_int_equal(counts_of(town->wilma).received, 1); /* with its proof */
        rig_must_sync(town->wilma);
        assert_true(has(town->wilma, &town->of_given[0]));
        rig_must_sync(town->wanda); /* who has not read what wilma wrote */
        rig_assert_same(town->wanda, town->wilma);
        town_free(town);
    }
}

/* Nobody is told, nothing ends, and after a while it is asked for again. */
static void case_refused_on_a_line_that_stays__is_asked_for_again_later(void **state)
{
    (void)state;
    for (int snapshots = 0; snapshots < 2; snapshots++) {
        struct town *town = town_new(snapshots == 1);
        struct fault fault = {.case_id = &town->given, .most = 1};
        hear_of_cases(town);
        town->wilma->stays_ms = UINT64_C(5) * 60 * 1000;
        assert_int_equal(rig_sync(town->wilma, cannot_read, &fault), HF_OK);
        assert_int_equal(fault.refusals, 1);
        assert_true(has(town->wilma, &town->of_given[0]) && has(town->wilma, &town->of_also[0]));
        town_free(town);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(role_that_reads_no_case__is_heard_of_though_a_case_was_about_to_come),
        cmocka_unit_test(case_gone_in_the_middle_of_a_sync__stops_nothing_else),
        cmocka_unit_test(case_that_the_office_cannot_read__stops_nothing_else),
        cmocka_unit_test(case_refused_on_a_line_that_stays__is_asked_for_again_later),
    };
    if (hf_crypto_init(false) != HF_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
