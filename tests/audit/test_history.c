/* A dishonest server, office or device: what each of them might sign anew, and which check notices. Unless said
 * otherwise tiles and checkpoint are made for the false log, so that only its content can give it away. */
#include "tests/audit/support_check.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct support_log office;
static struct support_bundle bundle;
static struct hf_audit audit;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_small_log(&office, 8);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    support_log_end(&office);
    return 0;
}

/* --- entries removed, added, moved ---------------------------------------------------------------------------------
 */

/* True when a later entry shows that entry `index` was there: the next one of its chain, or one that had seen it. */
static bool is_missed(uint64_t index)
{
    struct hf_leaf removed;
    struct hf_leaf later;
    assert_int_equal(hf_leaf_decode(hf_slice_of(support_entry(&office, index), HF_LEAF_BYTES), &removed), HF_OK);
    for (uint64_t i = index + 1; i < office.size; i++) {
        assert_int_equal(hf_leaf_decode(hf_slice_of(support_entry(&office, i), HF_LEAF_BYTES), &later), HF_OK);
        if (later.seen_size > index || memcmp(later.device, removed.device, sizeof later.device) == 0)
            return true;
    }
    return false;
}

static void an_entry_removed__is_missed_by_chain_or_by_those_who_saw_it(void **state)
{
    (void)state;
    unsigned missed = 0;
    for (uint64_t index = 1; index < office.size; index++) {
        struct support_log again;
        bool expected = is_missed(index);
        support_small_log(&again, 8);
        support_log_remove(&again, index);
        support_bundle_make(&again, 0, &bundle);
        enum hf_status status = support_run(&bundle, &again.authority, &audit);
        enum hf_audit_check check = audit.finding.check;
        bool right = expected ? status == HF_ERR_AUTH && audit.finding.has_entry && audit.finding.first >= index &&
                                    (check == HF_AUDIT_SEQUENCE || check == HF_AUDIT_SEEN || check == HF_AUDIT_DEVICE)
                              : status == HF_OK;
        if (!right)
            fail_msg("entry %" PRIu64 " removed: %d %s", index, status, audit.finding.text);
        missed += expected;
        hf_audit_end(&audit);
        support_bundle_end(&bundle);
        support_log_end(&again);
    }
    assert_int_equal(missed, office.size - 4); /* all but entry 0 and the last three, which nobody had seen */
}

static void the_end_of_the_log_removed__is_missed_by_an_earlier_checkpoint(void **state)
{
    (void)state;
    struct hf_checkpoint earlier = {.origin = SUPPORT_ORIGIN, .size = office.size};
    support_root(&office, office.size, &earlier.root);
    support_log_remove(&office, office.size - 1);
    support_bundle_make(&office, 0, &bundle);
    support_bundle_sign(&bundle, HF_BUNDLE_PREV, &earlier, &office.log_key, &office.log_secret);
    support_refused_file(&bundle, &office, HF_AUDIT_PREV, HF_BUNDLE_PREV);
    support_bundle_end(&bundle);
}

static void the_end_rewritten__is_missed_by_an_earlier_checkpoint(void **state)
{
    (void)state;
    struct hf_checkpoint earlier = {.origin = SUPPORT_ORIGIN, .size = office.size};
    support_root(&office, office.size, &earlier.root);
    struct support_device before = office.device[1];
    uint64_t last = office.size - 1;
    support_log_remove(&office, last);
    office.device[1].next_seq--; /* device 1 signs its last change again, with the server's connivance */
    struct hf_leaf leaf;
    assert_int_equal(hf_leaf_decode(hf_slice_of(support_entry(&office, 10), HF_LEAF_BYTES), &leaf), HF_OK);
    assert_memory_equal(leaf.device, before.key.public_key, sizeof leaf.device);
    hf_leaf_hash(support_entry(&office, 10), office.device[1].head);
    (void)support_data(&office, 1);
    (void)support_data(&office, 1);
    support_bundle_make(&office, 0, &bundle);
    support_accepted(&bundle, &office); /* nobody can tell without the earlier checkpoint */
    support_bundle_sign(&bundle, HF_BUNDLE_PREV, &earlier, &office.log_key, &office.log_secret);
    support_refused_file(&bundle, &office, HF_AUDIT_PREV, HF_BUNDLE_PREV);
    support_bundle_end(&bundle);
}

static void an_entry_repeated__is_refused(void **state)
{
    (void)state;
    support_log_insert(&office, 7, support_entry(&office, 6));
    office.openings[7] = (struct hf_buf){0};
    support_log_refused(&office, HF_AUDIT_DUPLICATE, 7);
}

static void a_fork__is_refused_and_called_so(void **state)
{
    (void)state;
    struct support_device before = office.device[1];
    (void)support_data(&office, 1);
    office.device[1] = before;
    uint64_t second = support_data(&office, 1);
    support_log_refused(&office, HF_AUDIT_FORK, second);
}

static void saw_nothing(struct hf_leaf *leaf)
{
    leaf->seen_size = 0;
    hf_sha256_of(NULL, 0, leaf->seen_root);
}

static void two_entries_of_one_device_exchanged__are_refused(void **state)
{
    (void)state;
    uint8_t first[HF_LEAF_BYTES];
    uint64_t at = office.size;
    for (unsigned i = 0; i < 3; i++) {
        office.tweak = saw_nothing; /* a device that was offline all the time */
        (void)support_data(&office, 1);
    }
    memcpy(first, support_entry(&office, at), sizeof first);
    support_log_remove(&office, at);
    support_log_insert(&office, at + 1, first);
    support_log_refused(&office, HF_AUDIT_SEQUENCE, at);
}

static void an_entry_moved_before_what_it_had_seen__is_refused(void **state)
{
    (void)state;
    uint64_t last = support_data(&office, 1); /* device 1 has seen much of the log by now */
    uint8_t entry[HF_LEAF_BYTES];
    memcpy(entry, support_entry(&office, last), sizeof entry);
    support_log_remove(&office, last);
    support_log_insert(&office, 4, entry);
    support_log_refused(&office, HF_AUDIT_SEEN, 4);
}

static void a_truncated_log_under_the_old_checkpoint__is_refused(void **state)
{
    (void)state;
    struct hf_checkpoint full = {.origin = SUPPORT_ORIGIN, .size = office.size};
    support_root(&office, full.size, &full.root);
    support_log_remove(&office, office.size - 1);
    support_log_remove(&office, office.size - 1);
    support_bundle_make(&office, 0, &bundle);
    support_bundle_sign(&bundle, HF_BUNDLE_CHECKPOINT, &full, &office.log_key, &office.log_secret);
    support_refused_file(&bundle, &office, HF_AUDIT_FILE, "tile/entries/000.p/15");

    /* and under the names of the full log */
    for (size_t i = 0; i < bundle.count; i++) {
        char *name = bundle.file[i].name;
        if (strcmp(name, "tile/entries/000.p/13") == 0)
            memcpy(name, "tile/entries/000.p/15", 22);
        if (strcmp(name, "tile/0/000.p/13") == 0) {
            memcpy(name, "tile/0/000.p/15", 16);
            hf_buf_append_zeros(&bundle.file[i].bytes, 64);
        }
    }
    support_refused(&bundle, &office, HF_AUDIT_FORM, 13);
    support_bundle_end(&bundle);
}

static void a_checkpoint_of_other_entries__is_refused(void **state)
{
    (void)state;
    struct hf_checkpoint other = {.origin = SUPPORT_ORIGIN, .size = office.size};
    support_bundle_make(&office, 0, &bundle);
    memset(other.root.bytes, 7, sizeof other.root.bytes);
    support_bundle_sign(&bundle, HF_BUNDLE_CHECKPOINT, &other, &office.log_key, &office.log_secret);
    support_refused_file(&bundle, &office, HF_AUDIT_ROOT, HF_BUNDLE_CHECKPOINT);
    support_bundle_end(&bundle);
}

/* --- signers -------------------------------------------------------------------------------------------------------
 */

static void an_entry_signed_by_another_device_in_its_name__is_refused(void **state)
{
    (void)state;
    struct hf_leaf leaf;
    uint8_t *entry = support_entry(&office, 6);
    assert_int_equal(hf_leaf_decode(hf_slice_of(entry, HF_LEAF_BYTES), &leaf), HF_OK);
    uint8_t owner[HF_SIGN_PUBLIC_BYTES];
    memcpy(owner, leaf.device, sizeof owner);
    memcpy(leaf.device, office.device[2].key.public_key, sizeof leaf.device);
    hf_leaf_sign(&leaf, &office.device[2].key);
    memcpy(leaf.device, owner, sizeof owner);
    hf_leaf_encode(&leaf, entry);
    support_log_refused(&office, HF_AUDIT_SIGNATURE, 6);
}

static void an_entry_signed_anew_under_the_name_of_another_device__is_refused(void **state)
{
    (void)state;
    struct hf_leaf leaf;
    uint8_t *entry = support_entry(&office, 6);
    assert_int_equal(hf_leaf_decode(hf_slice_of(entry, HF_LEAF_BYTES), &leaf), HF_OK);
    memcpy(leaf.device, office.device[2].key.public_key, sizeof leaf.device);
    hf_leaf_sign(&leaf, &office.device[2].key);
    hf_leaf_encode(&leaf, entry);
    support_bundle_make(&office, 0, &bundle);
    support_refused(&bundle, &office, HF_AUDIT_CHAIN, 6);
    support_bundle_end(&bundle);
}

/* The device connives: it signs an old change anew, and no later one. */
static void an_entry_signed_anew_by_its_own_device__breaks_its_chain(void **state)
{
    (void)state;
    struct hf_leaf leaf;
    uint8_t *entry = support_entry(&office, 10);
    assert_int_equal(hf_leaf_decode(hf_slice_of(entry, HF_LEAF_BYTES), &leaf), HF_OK);
    leaf.payload_hash[0] ^= 1;
    hf_leaf_sign(&leaf, &office.device[1].key);
    hf_leaf_encode(&leaf, entry);
    hf_buf_clear(&office.payloads[10]);
    for (uint64_t i = 11; i < office.size; i++)
        hf_buf_clear(&office.payloads[i]);
    support_bundle_make(&office, 0, &bundle);
    assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_ERR_AUTH);
    assert_true(audit.finding.check == HF_AUDIT_SEEN || audit.finding.check == HF_AUDIT_CHAIN);
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
}

static void a_device_that_was_never_enrolled__is_refused(void **state)
{
    (void)state;
    uint64_t at = support_data(&office, 5);
    support_log_refused(&office, HF_AUDIT_DEVICE, at);
}

static void a_device_enrolled_only_later__is_refused(void **state)
{
    (void)state;
    uint64_t early = support_data(&office, 5);
    (void)support_enrol(&office, 5, 5);
    support_log_refused(&office, HF_AUDIT_DEVICE, early);
}

static void another_incarnation_than_the_enrolled_one__is_refused(void **state)
{
    (void)state;
    (void)support_enrol(&office, 5, 5);
    office.device[5].incarnation = 1;
    uint64_t at = support_data(&office, 5);
    support_log_refused(&office, HF_AUDIT_INCARNATION, at);
}

static const enum hf_leaf_kind office_kinds[] = {HF_LEAF_ENROL, HF_LEAF_REVOKE, HF_LEAF_HOLD, HF_LEAF_NOTE,
                                                 HF_LEAF_POLICY};
#define OFFICE_KINDS (sizeof office_kinds / sizeof office_kinds[0])

/* The office logs what an enrolled device signed, whatever its kind: otherwise one device could spoil every later
 * bundle. */
static void office_entries_signed_by_a_device__are_listed_as_without_effect(void **state)
{
    (void)state;
    uint64_t first = office.size;
    for (size_t i = 0; i < OFFICE_KINDS; i++)
        (void)support_leaf(&office, 1, office_kinds[i], hf_slice_str("x"), true);
    (void)support_data(&office, 1);
    support_bundle_make(&office, 0, &bundle);
    if (support_run(&bundle, &office.authority, &audit) != HF_OK)
        fail_msg("refused: %s", audit.finding.text);
    assert_int_equal(audit.summary.without_effect, OFFICE_KINDS);
    for (size_t i = 0; i < OFFICE_KINDS; i++)
        assert_int_equal(audit.summary.without_effect_index[i], first + i);
    assert_int_equal(audit.summary.kind[HF_LEAF_ENROL], 2);
    assert_int_equal(audit.summary.kind[HF_LEAF_HOLD], 0);
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
}

static void an_office_entry_of_a_device_that_stays_sealed__is_accepted(void **state)
{
    (void)state;
    (void)support_leaf(&office, 1, HF_LEAF_HOLD, hf_slice_str("x"), false);
    support_log_accepted(&office);
}

static void an_enrolment_by_a_device__enrols_nobody(void **state)
{
    (void)state;
    (void)support_enrol_by(&office, 1, 5, 5);
    support_log_accepted(&office);
    uint64_t at = support_data(&office, 5);
    support_log_refused(&office, HF_AUDIT_DEVICE, at);
}

static void a_revocation_by_a_device__revokes_nobody(void **state)
{
    (void)state;
    (void)support_revoke_by(&office, 2, 1);
    (void)support_data(&office, 1);
    support_bundle_make(&office, 0, &bundle);
    assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_OK);
    const struct hf_audit_device *device = hf_audit_devices_find(&audit.devices, office.device[1].key.public_key);
    assert_non_null(device);
    assert_false(device->revoked);
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
}

static void a_false_opening_of_an_entry_without_effect__is_refused(void **state)
{
    (void)state;
    uint64_t at = support_leaf(&office, 1, HF_LEAF_NOTE, hf_slice_str("x"), true);
    office.openings[at].data[HF_OPENING_R_BYTES] ^= 1;
    support_log_refused(&office, HF_AUDIT_OPENING, at);
}

/* --- chains --------------------------------------------------------------------------------------------------------
 */

static void skip_a_number(struct hf_leaf *leaf)
{
    leaf->seq++;
}
static void other_prev(struct hf_leaf *leaf)
{
    leaf->prev[3] ^= 1;
}
static void same_clock(struct hf_leaf *leaf)
{
    leaf->clock = office.device[1].clock;
}
static void earlier_clock(struct hf_leaf *leaf)
{
    leaf->clock = office.device[1].clock - 1;
}
static void other_seen_root(struct hf_leaf *leaf)
{
    leaf->seen_root[31] ^= 0x80;
}
static void seen_what_was_not_there(struct hf_leaf *leaf)
{
    leaf->seen_size = office.size + 1;
}
static void seen_far_too_much(struct hf_leaf *leaf)
{
    leaf->seen_size = UINT64_MAX;
}
static void seen_another_size(struct hf_leaf *leaf)
{
    leaf->seen_size--;
}
static void of_another_log(struct hf_leaf *leaf)
{
    hf_log_id(hf_slice_str("other.example/log"), leaf->log_id);
}
static void greatest_number(struct hf_leaf *leaf)
{
    leaf->seq = UINT64_MAX;
}

static void a_properly_signed_leaf_that_breaks_a_rule__is_refused(void **state)
{
    (void)state;
    static const struct {
        void (*tweak)(struct hf_leaf *);
        enum hf_audit_check check;
    } cases[] = {
        {skip_a_number, HF_AUDIT_SEQUENCE},
        {greatest_number, HF_AUDIT_SEQUENCE},
        {other_prev, HF_AUDIT_CHAIN},
        {same_clock, HF_AUDIT_CLOCK},
        {earlier_clock, HF_AUDIT_CLOCK},
        {other_seen_root, HF_AUDIT_SEEN},
        {seen_what_was_not_there, HF_AUDIT_SEEN},
        {seen_far_too_much, HF_AUDIT_SEEN},
        {seen_another_size, HF_AUDIT_SEEN},
        {of_another_log, HF_AUDIT_LOG},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        support_log_end(&office);
        support_small_log(&office, 8);
        office.tweak = cases[i].tweak;
        uint64_t at = support_data(&office, 1);
        (void)support_assign(&office, 2);
        support_log_refused(&office, cases[i].check, at);
    }
}

static void a_first_change_that_is_not_number_0__is_refused(void **state)
{
    (void)state;
    (void)support_enrol(&office, 5, 5);
    office.device[5].next_seq = 4;
    memset(office.device[5].head, 9, sizeof office.device[5].head);
    uint64_t at = support_data(&office, 5);
    support_log_refused(&office, HF_AUDIT_SEQUENCE, at);
}

/* --- office entries ------------------------------------------------------------------------------------------------
 */

static void an_enrolment_that_is_not_opened__is_refused(void **state)
{
    (void)state;
    uint64_t at = support_enrol(&office, 5, 5);
    hf_buf_clear(&office.openings[at]);
    support_log_refused(&office, HF_AUDIT_OPENING, at);
}

static void office_entries_of_a_wrong_form__are_refused(void **state)
{
    (void)state;
    static const enum hf_leaf_kind kinds[] = {HF_LEAF_ENROL, HF_LEAF_REVOKE, HF_LEAF_NOTE};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct support_log again;
        support_small_log(&again, 3);
        uint64_t at = support_leaf(&again, 0, kinds[i], hf_slice_str("\x81\x01\x02"), true);
        support_log_refused(&again, HF_AUDIT_CONTENT, at);
        support_log_end(&again);
    }
}

static void a_device_enrolled_again_in_the_same_incarnation__is_refused(void **state)
{
    (void)state;
    uint64_t at = support_enrol(&office, 1, 1);
    support_log_refused(&office, HF_AUDIT_CONTENT, at);
}

static void first_incarnation(struct hf_leaf *leaf)
{
    leaf->incarnation = 0;
}

static void the_server_enrolled_or_revoked__is_refused(void **state)
{
    (void)state;
    uint64_t at = support_revoke(&office, 0);
    support_log_refused(&office, HF_AUDIT_CONTENT, at);
    support_log_end(&office);
    support_small_log(&office, 3);
    office.device[0].incarnation = 1; /* in the body */
    office.tweak = first_incarnation;
    at = support_enrol(&office, 0, 3);
    support_log_refused(&office, HF_AUDIT_CONTENT, at);
}

static void a_second_server__is_refused(void **state)
{
    (void)state;
    uint64_t at = support_begin_server(&office);
    support_log_refused(&office, HF_AUDIT_CONTENT, at);
}

/* --- the certificate -----------------------------------------------------------------------------------------------
 */

static void another_authority__is_refused(void **state)
{
    (void)state;
    struct hf_sign_key other = support_sign_key(77);
    support_bundle_make(&office, 0, &bundle);
    assert_int_equal(support_run(&bundle, &other, &audit), HF_ERR_AUTH);
    assert_int_equal(audit.finding.check, HF_AUDIT_CERTIFICATE);
    assert_true(audit.finding.has_entry && audit.finding.first == 0);
    hf_audit_end(&audit);
    support_bundle_end(&bundle);
}

/* A log of one certificate that was changed in some way, and properly signed otherwise. */
static void refuse_certificate(const struct hf_note_body *body)
{
    (void)support_note(&office, body);
    support_log_refused(&office, HF_AUDIT_CERTIFICATE, 0);
    support_log_end(&office);
    support_log_begin(&office);
}

static void a_certificate_that_does_not_fit__is_refused(void **state)
{
    (void)state;
    struct hf_note_body body;
    uint8_t other_log[HF_HASH_BYTES];
    support_log_end(&office);
    support_log_begin(&office);

    support_certificate(&office, &body);
    hf_log_id(hf_slice_str("other.example/log"), other_log);
    hf_server_certify(&office.authority, other_log, &body);
    refuse_certificate(&body);

    support_certificate(&office, &body); /* names another device */
    memcpy(body.server_device, office.device[3].key.public_key, sizeof body.server_device);
    hf_server_certify(&office.authority, office.log_id, &body);
    refuse_certificate(&body);

    support_certificate(&office, &body); /* names another log key */
    memcpy(body.log_key, office.device[3].key.public_key, sizeof body.log_key);
    hf_server_certify(&office.authority, office.log_id, &body);
    refuse_certificate(&body);

    support_certificate(&office, &body); /* a key was exchanged after the authority signed */
    body.key_store_key[0] ^= 1;
    refuse_certificate(&body);

    (void)support_assign(&office, 1); /* another note */
    support_log_refused(&office, HF_AUDIT_CERTIFICATE, 0);
    support_log_end(&office);
    support_log_begin(&office);

    (void)support_data(&office, 0); /* no note at all */
    support_log_refused(&office, HF_AUDIT_CERTIFICATE, 0);
}

/* --- checkpoints ---------------------------------------------------------------------------------------------------
 */

static struct hf_note_key name_key(const char *name, const struct hf_sign_key *secret)
{
    struct hf_note_key key;
    assert_int_equal(hf_note_key_init(hf_slice_str(name), secret->public_key, &key), HF_OK);
    return key;
}

static void sign_root(uint64_t size, const char *file, const struct hf_note_key *key, const struct hf_sign_key *secret)
{
    struct hf_checkpoint checkpoint = {.size = size};
    memcpy(checkpoint.origin, key->name, sizeof checkpoint.origin);
    support_root(&office, size, &checkpoint.root);
    support_bundle_sign(&bundle, file, &checkpoint, key, secret);
}

static void checkpoints_signed_by_another_key__are_refused(void **state)
{
    (void)state;
    struct hf_sign_key other = support_sign_key(88);
    struct hf_note_key key = name_key(SUPPORT_ORIGIN, &other);
    support_bundle_make(&office, 3, &bundle);
    sign_root(office.size, HF_BUNDLE_CHECKPOINT, &key, &other);
    support_refused_file(&bundle, &office, HF_AUDIT_CHECKPOINT, HF_BUNDLE_CHECKPOINT);

    /* with a policy that lists the other key instead: the certificate still names the true one */
    struct hf_buf *policy = support_bundle_find(&bundle, HF_BUNDLE_POLICY);
    support_bundle_drop(&bundle, HF_BUNDLE_PREV);
    hf_buf_reset(policy);
    hf_policy_file_format_log(&key, policy);
    support_refused(&bundle, &office, HF_AUDIT_CERTIFICATE, 0);
    support_bundle_end(&bundle);
}

static void an_earlier_checkpoint_of_another_listed_key__is_refused(void **state)
{
    (void)state;
    struct hf_sign_key other = support_sign_key(88);
    struct hf_note_key key = name_key(SUPPORT_ORIGIN, &other);
    support_bundle_make(&office, 3, &bundle);
    struct hf_buf *policy = support_bundle_find(&bundle, HF_BUNDLE_POLICY);
    hf_buf_reset(policy);
    hf_buf_append_str(policy, "log ");
    hf_note_key_format(&key, policy);
    hf_buf_append_str(policy, "\n");
    hf_policy_file_format_log(&office.log_key, policy);
    support_accepted(&bundle, &office);
    sign_root(3, HF_BUNDLE_PREV, &key, &other);
    support_refused_file(&bundle, &office, HF_AUDIT_PREV, HF_BUNDLE_PREV);
    support_bundle_end(&bundle);
}

static void an_earlier_checkpoint_that_does_not_fit__is_refused(void **state)
{
    (void)state;
    struct hf_checkpoint prev = {.origin = SUPPORT_ORIGIN, .size = 4};
    support_bundle_make(&office, 4, &bundle);
    support_root(&office, 5, &prev.root); /* a true root, of another size */
    support_bundle_sign(&bundle, HF_BUNDLE_PREV, &prev, &office.log_key, &office.log_secret);
    support_refused_file(&bundle, &office, HF_AUDIT_PREV, HF_BUNDLE_PREV);

    prev.size = office.size + 1;
    support_bundle_sign(&bundle, HF_BUNDLE_PREV, &prev, &office.log_key, &office.log_secret);
    support_refused_saying(&bundle, &office, HF_AUDIT_PREV, "counts more entries than the later one");

    prev.size = 0; /* the root of nothing is one root only */
    support_bundle_sign(&bundle, HF_BUNDLE_PREV, &prev, &office.log_key, &office.log_secret);
    support_refused_file(&bundle, &office, HF_AUDIT_PREV, HF_BUNDLE_PREV);
    support_bundle_end(&bundle);
}

static void hostile_sizes__end_at_once(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {HF_AUDIT_ENTRIES_MAX, HF_AUDIT_ENTRIES_MAX + 1, 1ull << 56, UINT64_MAX};
    support_bundle_make(&office, 0, &bundle);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct hf_checkpoint checkpoint = {.origin = SUPPORT_ORIGIN, .size = sizes[i]};
        support_bundle_sign(&bundle, HF_BUNDLE_CHECKPOINT, &checkpoint, &office.log_key, &office.log_secret);
        enum hf_status status = support_run(&bundle, &office.authority, &audit);
        assert_int_equal(status, i == 0 ? HF_ERR_AUTH : HF_ERR_LIMIT);
        assert_int_equal(audit.finding.check, i == 0 ? HF_AUDIT_FILE : HF_AUDIT_MEMORY);
        hf_audit_end(&audit);
    }
    struct hf_checkpoint empty = {.origin = SUPPORT_ORIGIN, .size = 0};
    hf_sha256_of(NULL, 0, empty.root.bytes);
    support_bundle_sign(&bundle, HF_BUNDLE_CHECKPOINT, &empty, &office.log_key, &office.log_secret);
    support_refused_file(&bundle, &office, HF_AUDIT_CHECKPOINT, HF_BUNDLE_CHECKPOINT);
    support_bundle_end(&bundle);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_entry_removed__is_missed_by_chain_or_by_those_who_saw_it),
        TEST(the_end_of_the_log_removed__is_missed_by_an_earlier_checkpoint),
        TEST(the_end_rewritten__is_missed_by_an_earlier_checkpoint),
        TEST(an_entry_repeated__is_refused),
        TEST(a_fork__is_refused_and_called_so),
        TEST(two_entries_of_one_device_exchanged__are_refused),
        TEST(an_entry_moved_before_what_it_had_seen__is_refused),
        TEST(a_truncated_log_under_the_old_checkpoint__is_refused),
        TEST(a_checkpoint_of_other_entries__is_refused),
        TEST(an_entry_signed_by_another_device_in_its_name__is_refused),
        TEST(an_entry_signed_anew_under_the_name_of_another_device__is_refused),
        TEST(an_entry_signed_anew_by_its_own_device__breaks_its_chain),
        TEST(a_device_that_was_never_enrolled__is_refused),
        TEST(a_device_enrolled_only_later__is_refused),
        TEST(another_incarnation_than_the_enrolled_one__is_refused),
        TEST(office_entries_signed_by_a_device__are_listed_as_without_effect),
        TEST(an_office_entry_of_a_device_that_stays_sealed__is_accepted),
        TEST(an_enrolment_by_a_device__enrols_nobody),
        TEST(a_revocation_by_a_device__revokes_nobody),
        TEST(a_false_opening_of_an_entry_without_effect__is_refused),
        TEST(a_properly_signed_leaf_that_breaks_a_rule__is_refused),
        TEST(a_first_change_that_is_not_number_0__is_refused),
        TEST(an_enrolment_that_is_not_opened__is_refused),
        TEST(office_entries_of_a_wrong_form__are_refused),
        TEST(a_device_enrolled_again_in_the_same_incarnation__is_refused),
        TEST(the_server_enrolled_or_revoked__is_refused),
        TEST(a_second_server__is_refused),
        TEST(another_authority__is_refused),
        TEST(a_certificate_that_does_not_fit__is_refused),
        TEST(checkpoints_signed_by_another_key__are_refused),
        TEST(an_earlier_checkpoint_of_another_listed_key__is_refused),
        TEST(an_earlier_checkpoint_that_does_not_fit__is_refused),
        TEST(hostile_sizes__end_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
