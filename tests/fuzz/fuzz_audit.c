/* A good bundle, damaged or falsified as the input says. The verifier never crashes, and never accepts a bundle in
 * which a byte differs from what was signed.
 *
 * First byte even: the rest are edits of four bytes each: number of a file, offset (two bytes), what to xor; the offset
 * 0xFFFF cuts the file in half instead. First byte odd: the rest is the body of an office entry of the kind that the
 * second byte chooses, properly signed, sealed and opened. */
#include "core/base/assert.h"
#include "tests/audit/support_bundle.c" /* a fuzz target is built from one file */
#include "tests/audit/support_log.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct support_log office;
static struct support_bundle bundle;
static struct hf_audit audit;

static enum hf_status run(void)
{
    struct hf_bundle_reader reader = support_bundle_reader(&bundle);
    hf_audit_begin(&audit, &reader, office.authority.public_key);
    enum hf_status status = hf_audit_run(&audit);
    HF_ASSERT((status == HF_OK) == (audit.finding.check == HF_AUDIT_NONE));
    HF_ASSERT(status == HF_OK || audit.finding.text[0] != '\0');
    hf_audit_end(&audit);
    return status;
}

/* True when a byte of the file is no longer what it was. A payload that is wholly gone counts as erased, and an earlier
 * checkpoint is not asked for. */
static bool edit(const uint8_t *step)
{
    char name[HF_BUNDLE_NAME_BYTES_MAX];
    struct hf_buf *file = support_bundle_at(&bundle, step[0] % support_bundle_files(&bundle), name);
    size_t offset = hf_get_u16(step + 1);
    if (!file || file->len == 0)
        return false;
    if (offset == 0xFFFF) {
        file->len = (file->len + 1) / 2; /* never empty: empty is how the memory bundle says missing */
        return true;
    }
    file->data[offset % file->len] ^= step[3];
    return step[3] != 0;
}

/* The policy is not signed, and a space or a tab mean the same in it: what it says is compared, not how. */
static bool same(const char *name, const struct hf_buf *before, const struct hf_buf *after)
{
    static struct hf_policy_file policy;
    struct hf_buf plain = {0};
    if (strcmp(name, HF_BUNDLE_POLICY) != 0)
        return hf_slice_equal(hf_buf_slice(before), hf_buf_slice(after));
    bool equal = hf_policy_file_parse(hf_buf_slice(after), &policy, NULL) == HF_OK;
    if (equal)
        hf_policy_file_format(&policy, &plain);
    equal = equal && hf_slice_equal(hf_buf_slice(before), hf_buf_slice(&plain));
    hf_buf_clear(&plain);
    return equal;
}

static void damage(const uint8_t *data, size_t size)
{
    bool edited = false;
    support_small_log(&office, 2);
    support_bundle_make(&office, 5, &bundle);
    for (; size >= 4; data += 4, size -= 4)
        edited = edit(data) || edited;
    enum hf_status status = run();
    HF_ASSERT(edited || status == HF_OK);
    if (status != HF_OK || !edited) /* edits may undo each other: then every byte is as it was */
        return;
    static struct support_bundle fresh;
    support_bundle_make(&office, 5, &fresh);
    for (size_t i = 0; i < support_bundle_files(&fresh); i++) {
        char name[HF_BUNDLE_NAME_BYTES_MAX];
        const struct hf_buf *before = support_bundle_at(&fresh, i, name);
        const struct hf_buf *after = support_bundle_find(&bundle, name);
        HF_ASSERT(!before || (after && same(name, before, after)));
    }
    support_bundle_end(&fresh);
}

static void falsify(const uint8_t *data, size_t size)
{
    static const enum hf_leaf_kind kinds[] = {HF_LEAF_NOTE, HF_LEAF_ENROL, HF_LEAF_REVOKE, HF_LEAF_HOLD,
                                              HF_LEAF_POLICY};
    enum hf_leaf_kind kind = kinds[data[0] % (sizeof kinds / sizeof kinds[0])];
    struct hf_slice body = hf_slice_of(data + 1, size - 1);
    if (data[0] & 0x80) {
        support_log_begin(&office); /* in place of the certificate */
        (void)support_leaf(&office, 0, kind, body, true);
    } else {
        support_small_log(&office, 2);
        (void)support_leaf(&office, 0, kind, body, true);
        (void)support_data(&office, 1);
    }
    support_bundle_make(&office, 0, &bundle);
    enum hf_status status = run();
    HF_ASSERT(status == HF_OK || status == HF_ERR_AUTH);
    HF_ASSERT(!(data[0] & 0x80) || status == HF_ERR_AUTH); /* nobody but the authority makes a certificate */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    if (hf_crypto_init(false) != HF_OK)
        return 0;
    if (data[0] % 2 == 0)
        damage(data + 1, size - 1);
    else
        falsify(data + 1, size - 1);
    support_bundle_end(&bundle);
    support_log_end(&office);
    return 0;
}
