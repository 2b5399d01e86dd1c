/* Damage to the files of a bundle: whatever bit, byte or file it is, the bundle is refused and the right entry or file
 * is named. */
#include "tests/audit/support_check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ENTRY_BYTES (2 + HF_LEAF_BYTES)

static struct support_log office;
static struct support_bundle bundle;
static struct hf_audit audit;

static int setup(void **state)
{
    (void)state;
    assert_int_equal(hf_crypto_init(false), HF_OK);
    support_small_log(&office, 2);
    support_bundle_make(&office, 5, &bundle);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    support_bundle_end(&bundle);
    support_log_end(&office);
    return 0;
}

/* What the damage at this offset of this file belongs to. */
struct owner {
    bool is_entry;
    uint64_t first;
    uint64_t last;
};

static struct owner owner_of(const char *name, size_t offset, size_t size)
{
    struct hf_tile_id tile;
    enum hf_bundle_kind kind;
    uint64_t index;
    if (hf_bundle_name_parse(hf_slice_str(name), &kind, &index) == HF_OK)
        return (struct owner){true, index, index};
    if (hf_tile_path_parse(hf_slice_str(name), &tile) != HF_OK)
        return (struct owner){.is_entry = false};
    if (tile.entries)
        index = tile.index * HF_TILE_WIDTH + offset / ENTRY_BYTES;
    else
        index = (tile.index * HF_TILE_WIDTH + offset / HF_HASH_BYTES) << (tile.level * HF_TILE_HEIGHT);
    uint64_t last = index + (1ull << (tile.level * HF_TILE_HEIGHT)) - 1;
    return (struct owner){true, index, last < size ? last : size - 1};
}

static void assert_refused_naming(const char *name, size_t offset)
{
    struct owner owner = owner_of(name, offset, office.size);
    enum hf_status status = support_run(&bundle, &office.authority, &audit);
    const struct hf_audit_finding *finding = &audit.finding;
    bool right = status == HF_ERR_AUTH && finding->has_entry == owner.is_entry;
    if (owner.is_entry)
        right = right && finding->first == owner.first && finding->last == owner.last;
    else
        right = right && strcmp(finding->file, name) == 0 && strstr(finding->text, name);
    if (!right)
        fail_msg("%s at %zu: status %d, %s, entries %d %llu-%llu, file %s: %s", name, offset, status,
                 hf_audit_check_name(finding->check), finding->has_entry, (unsigned long long)finding->first,
                 (unsigned long long)finding->last, finding->file, finding->text);
    hf_audit_end(&audit);
}

static void a_flipped_bit_in_any_byte_of_any_file__is_refused_and_named(void **state)
{
    (void)state;
    size_t flipped = 0;
    support_accepted(&bundle, &office);
    for (size_t number = 0; number < support_bundle_files(&bundle); number++) {
        char name[HF_BUNDLE_NAME_BYTES_MAX];
        struct hf_buf *file = support_bundle_at(&bundle, number, name);
        for (size_t i = 0; file && i < file->len; i++) {
            uint8_t mask = (uint8_t)(1u << (i + number) % 8);
            file->data[i] ^= mask;
            assert_refused_naming(name, i);
            file->data[i] ^= mask;
            flipped++;
        }
    }
    print_message("%zu bytes\n", flipped);
    assert_true(flipped > 5000);
    support_accepted(&bundle, &office);
}

/* Bits that mean something to a text: the files that are text, all eight bits of each byte. */
static void any_flipped_bit_of_the_text_files__is_refused_and_named(void **state)
{
    (void)state;
    static const char *const names[] = {HF_BUNDLE_POLICY, HF_BUNDLE_CHECKPOINT, HF_BUNDLE_PREV};
    for (size_t n = 0; n < 3; n++) {
        struct hf_buf *file = support_bundle_find(&bundle, names[n]);
        assert_non_null(file);
        for (size_t bit = 0; bit < file->len * 8; bit++) {
            file->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_refused_naming(names[n], bit / 8);
            file->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
    }
}

static void a_byte_more_or_less_in_any_file__is_refused(void **state)
{
    (void)state;
    for (size_t number = 0; number < support_bundle_files(&bundle); number++) {
        char name[HF_BUNDLE_NAME_BYTES_MAX];
        struct hf_buf *file = support_bundle_at(&bundle, number, name);
        if (!file)
            continue;
        file->len--;
        assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_ERR_AUTH);
        assert_true(audit.finding.has_entry || strcmp(audit.finding.file, name) == 0);
        hf_audit_end(&audit);
        file->len++;
        hf_buf_append_u8(file, 'x');
        assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_ERR_AUTH);
        assert_true(audit.finding.has_entry || strcmp(audit.finding.file, name) == 0);
        hf_audit_end(&audit);
        file->len--;
    }
}

static void any_missing_file_that_must_be_there__is_named(void **state)
{
    (void)state;
    for (size_t number = 0; number < bundle.count; number++) {
        struct support_file *file = &bundle.file[number];
        file->missing = true;
        if (strcmp(file->name, HF_BUNDLE_PREV) == 0)
            support_accepted(&bundle, &office);
        else
            support_refused_file(&bundle, &office, HF_AUDIT_FILE, file->name);
        file->missing = false;
    }
}

static void a_missing_opening_of_an_office_entry__is_named(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < office.size; i++) {
        size_t len = bundle.open[i].len;
        bundle.open[i].len = 0;
        if (len > 0)
            support_refused(&bundle, &office, HF_AUDIT_OPENING, i);
        bundle.open[i].len = len;
    }
}

static void exchanged_openings_and_payloads__are_refused(void **state)
{
    (void)state;
    struct hf_buf kept = bundle.open[1];
    bundle.open[1] = bundle.open[2];
    bundle.open[2] = kept;
    support_refused(&bundle, &office, HF_AUDIT_OPENING, 1);
    bundle.open[2] = bundle.open[1];
    bundle.open[1] = kept;
    kept = bundle.ct[4];
    bundle.ct[4] = bundle.ct[5];
    bundle.ct[5] = kept;
    support_refused(&bundle, &office, HF_AUDIT_PAYLOAD, 4);
}

static void an_opening_of_a_sealed_entry_that_does_not_fit__is_refused(void **state)
{
    (void)state;
    hf_buf_append_slice(&bundle.open[4], hf_buf_slice(&bundle.open[1]));
    support_refused(&bundle, &office, HF_AUDIT_OPENING, 4);
}

static void exchanged_entries__are_refused_at_the_first(void **state)
{
    (void)state;
    struct hf_buf *tile = support_bundle_find(&bundle, "tile/entries/000.p/9");
    assert_non_null(tile);
    uint8_t kept[ENTRY_BYTES];
    memcpy(kept, tile->data + 4 * ENTRY_BYTES, ENTRY_BYTES);
    memcpy(tile->data + 4 * ENTRY_BYTES, tile->data + 5 * ENTRY_BYTES, ENTRY_BYTES);
    memcpy(tile->data + 5 * ENTRY_BYTES, kept, ENTRY_BYTES);
    support_refused(&bundle, &office, HF_AUDIT_HASH_TILE, 4);
}

static void an_entry_removed_from_its_tile__is_refused_there(void **state)
{
    (void)state;
    struct hf_buf *tile = support_bundle_find(&bundle, "tile/entries/000.p/9");
    assert_non_null(tile);
    memmove(tile->data + 3 * ENTRY_BYTES, tile->data + 4 * ENTRY_BYTES, 5 * ENTRY_BYTES);
    tile->len -= ENTRY_BYTES;
    support_refused(&bundle, &office, HF_AUDIT_HASH_TILE, 3);
}

static void an_upper_tile__is_refused_naming_the_entries_below(void **state)
{
    (void)state;
    while (office.size < 520)
        (void)support_data(&office, 1);
    support_bundle_end(&bundle);
    support_bundle_make(&office, 300, &bundle);
    struct hf_buf *tile = support_bundle_find(&bundle, "tile/1/000.p/2");
    assert_non_null(tile);
    for (size_t i = 0; i < tile->len; i += 7) {
        tile->data[i] ^= 0x10;
        assert_refused_naming("tile/1/000.p/2", i);
        tile->data[i] ^= 0x10;
    }
    tile->len--;
    assert_int_equal(support_run(&bundle, &office.authority, &audit), HF_ERR_AUTH);
    assert_int_equal(audit.finding.check, HF_AUDIT_HASH_TILE);
    assert_int_equal(audit.finding.first, 0);
    assert_int_equal(audit.finding.last, 511);
    hf_audit_end(&audit);
}

static void a_random_byte_of_a_random_file__is_refused_and_named(void **state)
{
    (void)state;
    const char *text = getenv("HF_TEST_SEED");
    uint64_t seed = text ? strtoull(text, NULL, 0) : 20261121;
    print_message("HF_TEST_SEED=%llu\n", (unsigned long long)seed);
    for (unsigned round = 0; round < 2000; round++) {
        char name[HF_BUNDLE_NAME_BYTES_MAX];
        struct hf_buf *file = NULL;
        while (!file)
            file = support_bundle_at(&bundle, support_random(&seed) % support_bundle_files(&bundle), name);
        size_t at = support_random(&seed) % file->len;
        uint8_t kept = file->data[at];
        /* a tab for a space in the policy would mean the same, and is more than a bit away */
        bool any = strcmp(name, HF_BUNDLE_POLICY) != 0;
        uint64_t random = support_random(&seed);
        file->data[at] ^= (uint8_t)(any ? 1 + random % 255 : 1u << random % 8);
        assert_refused_naming(name, at);
        file->data[at] = kept;
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_flipped_bit_in_any_byte_of_any_file__is_refused_and_named),
        TEST(any_flipped_bit_of_the_text_files__is_refused_and_named),
        TEST(a_byte_more_or_less_in_any_file__is_refused),
        TEST(any_missing_file_that_must_be_there__is_named),
        TEST(a_missing_opening_of_an_office_entry__is_named),
        TEST(exchanged_openings_and_payloads__are_refused),
        TEST(an_opening_of_a_sealed_entry_that_does_not_fit__is_refused),
        TEST(exchanged_entries__are_refused_at_the_first),
        TEST(an_entry_removed_from_its_tile__is_refused_there),
        TEST(an_upper_tile__is_refused_naming_the_entries_below),
        TEST(a_random_byte_of_a_random_file__is_refused_and_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
