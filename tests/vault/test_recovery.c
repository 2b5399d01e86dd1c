/* The organisation's recovery key: two shares, the slot, and a device that is opened with both. */
#include "tests/vault/support_vault.h"

#include "core/vault/recovery.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct office {
    uint8_t public_key[HF_DH_BYTES];
    uint8_t shares[HF_RECOVERY_SHARES][HF_RECOVERY_SHARE_BYTES];
};

static struct hf_slice share(const struct office *office, size_t which)
{
    return hf_slice_of(office->shares[which], HF_RECOVERY_SHARE_BYTES);
}

static struct hf_dh_key join(const struct office *office)
{
    struct hf_dh_key key;

    assert_int_equal(hf_recovery_join(share(office, 0), share(office, 1), &key, NULL), HF_OK);
    return key;
}

static enum hf_status try_open(struct fixture *f, struct hf_slice passphrase)
{
    struct hf_vault *vault = NULL;
    enum hf_status status = hf_vault_open(f->folder, "case", passphrase, HF_VAULT_READ_WRITE, &vault, &f->err);

    if (status == HF_OK) {
        assert_int_equal(fixture_number(vault, "SELECT count(*) FROM visit"), 1);
        assert_int_equal(hf_vault_close(vault), HF_OK);
    }
    return status;
}

static void create_with_key(struct fixture *f, struct office *office)
{
    struct hf_vault *vault = fixture_create(f);

    fixture_exec(vault, "CREATE TABLE visit(id INTEGER PRIMARY KEY); INSERT INTO visit VALUES(1)");
    hf_recovery_make(office->public_key, office->shares);
    assert_int_equal(hf_vault_add_recovery(f->folder, "case", fixture_passphrase(), office->public_key, &f->err),
                     HF_OK);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

static enum hf_status recover(struct fixture *f, const struct hf_dh_key *key)
{
    return hf_vault_recover(f->folder, "case", key, hf_slice_str("found again"), &f->err);
}

static void read_keyfile(struct fixture *f, struct hf_keyfile *out)
{
    size_t len;
    uint8_t *bytes = fixture_read(f, "case.key", &len);

    assert_int_equal(hf_keyfile_decode(hf_slice_of(bytes, len), out, NULL), HF_OK);
    free(bytes);
}

/* --- shares --- */

static void both_shares_in_either_order__give_the_key(void **state)
{
    struct office office;
    struct hf_dh_key one, other;

    (void)state;
    hf_recovery_make(office.public_key, office.shares);
    assert_int_equal(hf_recovery_join(share(&office, 0), share(&office, 1), &one, NULL), HF_OK);
    assert_int_equal(hf_recovery_join(share(&office, 1), share(&office, 0), &other, NULL), HF_OK);
    assert_memory_equal(one.public_key, office.public_key, HF_DH_BYTES);
    assert_memory_equal(&one, &other, sizeof(one));
}

static void one_share_twice_or_of_another_key__auth(void **state)
{
    struct fixture *f = *state;
    struct office office, another;
    struct hf_dh_key key;

    hf_recovery_make(office.public_key, office.shares);
    hf_recovery_make(another.public_key, another.shares);
    assert_int_equal(hf_recovery_join(share(&office, 0), share(&office, 0), &key, &f->err), HF_ERR_AUTH);
    assert_non_null(strstr(f->err.text, "other officer"));
    assert_int_equal(hf_recovery_join(share(&office, 0), share(&another, 1), &key, &f->err), HF_ERR_AUTH);
    assert_int_equal(hf_recovery_join(share(&another, 0), share(&office, 1), &key, &f->err), HF_ERR_AUTH);
}

static void share_with_any_bit_changed_or_cut__corrupt(void **state)
{
    struct office office;
    struct hf_dh_key key;

    (void)state;
    hf_recovery_make(office.public_key, office.shares);
    for (size_t at = 0; at < HF_RECOVERY_SHARE_BYTES; at++) {
        office.shares[1][at] ^= 0x10;
        assert_int_equal(hf_recovery_join(share(&office, 0), share(&office, 1), &key, NULL), HF_ERR_CORRUPT);
        office.shares[1][at] ^= 0x10;
        assert_int_equal(hf_recovery_join(share(&office, 0), hf_slice_of(office.shares[1], at), &key, NULL),
                         HF_ERR_CORRUPT);
    }
}

/* --- devices --- */

static void recovered__only_the_new_passphrase_opens_and_rows_are_there(void **state)
{
    struct fixture *f = *state;
    struct office office;

    create_with_key(f, &office);
    const struct hf_dh_key key = join(&office);
    assert_int_equal(recover(f, &key), HF_OK);
    assert_int_equal(try_open(f, hf_slice_str("found again")), HF_OK);
    assert_int_equal(try_open(f, fixture_passphrase()), HF_ERR_AUTH);
    assert_int_equal(recover(f, &key), HF_OK); /* the slot stays */
}

static void device_secret_gone_or_damaged__is_made_anew(void **state)
{
    struct fixture *f = *state;
    struct office office;

    create_with_key(f, &office);
    const struct hf_dh_key key = join(&office);
    assert_int_equal(unlink(fixture_path(f, "case.secret")), 0);
    assert_int_equal(recover(f, &key), HF_OK);
    assert_int_equal(try_open(f, hf_slice_str("found again")), HF_OK);
    fixture_flip(f, "case.secret", 9, 1);
    assert_int_equal(try_open(f, hf_slice_str("found again")), HF_ERR_CORRUPT);
    assert_int_equal(recover(f, &key), HF_OK);
    assert_int_equal(try_open(f, hf_slice_str("found again")), HF_OK);
}

static void recovered__a_running_delay_is_over(void **state)
{
    struct fixture *f = *state;
    struct office office;

    create_with_key(f, &office);
    const struct hf_dh_key key = join(&office);
    for (int i = 0; i < 4; i++)
        assert_int_equal(try_open(f, hf_slice_str("wrong")), HF_ERR_AUTH);
    assert_int_equal(try_open(f, hf_slice_str("wrong")), HF_ERR_LIMIT);
    assert_int_equal(recover(f, &key), HF_OK);
    assert_int_equal(try_open(f, hf_slice_str("found again")), HF_OK);
}

static void another_key_or_none_added__auth_and_nothing_changes(void **state)
{
    struct fixture *f = *state;
    struct office office, another;
    struct snapshot before;

    create_with_key(f, &office);
    hf_recovery_make(another.public_key, another.shares);
    const struct hf_dh_key key = join(&another);
    snapshot_take(f, &before);
    assert_int_equal(recover(f, &key), HF_ERR_AUTH);
    snapshot_check(f, &before);
    snapshot_free(&before);
    assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
    assert_int_equal(hf_vault_close(fixture_create(f)), HF_OK);
    assert_int_equal(recover(f, &key), HF_ERR_AUTH);
    assert_int_equal(hf_vault_recover(f->folder, "other", &key, hf_slice_str("b"), &f->err), HF_ERR_NOT_FOUND);
}

/* The public half alone, as every device has it, opens nothing. */
static void public_key_in_place_of_the_private_one__auth(void **state)
{
    struct fixture *f = *state;
    struct office office;

    create_with_key(f, &office);
    struct hf_dh_key key = join(&office);
    memset(key.secret_key, 7, sizeof(key.secret_key));
    assert_int_equal(recover(f, &key), HF_ERR_AUTH);
}

/* It opens, to another vault's data key: the MAC shows it. */
static void slot_moved_from_another_vault__corrupt(void **state)
{
    struct fixture *f = *state;
    struct office office;
    struct hf_keyfile first, second;
    struct hf_buf bytes = {0};
    const uint8_t any[HF_KEY_BYTES] = {0};

    create_with_key(f, &office);
    read_keyfile(f, &first);
    assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
    assert_int_equal(hf_vault_close(fixture_create(f)), HF_OK);
    assert_int_equal(hf_vault_add_recovery(f->folder, "case", fixture_passphrase(), office.public_key, &f->err), HF_OK);
    read_keyfile(f, &second);
    second.slots[1] = first.slots[1];
    hf_keyfile_encode(&second, any, &bytes);
    fixture_write(f, "case.key", bytes.data, bytes.len);
    hf_buf_clear(&bytes);
    const struct hf_dh_key key = join(&office);
    assert_int_equal(recover(f, &key), HF_ERR_CORRUPT);
}

static void added_twice__exists_and_no_public_key__invalid(void **state)
{
    struct fixture *f = *state;
    struct office office;
    struct snapshot before;
    const uint8_t zeros[HF_DH_BYTES] = {0};

    create_with_key(f, &office);
    snapshot_take(f, &before);
    assert_int_equal(hf_vault_add_recovery(f->folder, "case", fixture_passphrase(), office.public_key, &f->err),
                     HF_ERR_EXISTS);
    assert_int_equal(hf_vault_add_recovery(f->folder, "case", fixture_passphrase(), zeros, &f->err), HF_ERR_INVALID);
    assert_int_equal(hf_vault_add_recovery(f->folder, "none", fixture_passphrase(), office.public_key, &f->err),
                     HF_ERR_NOT_FOUND);
    snapshot_check(f, &before);
    snapshot_free(&before);
}

static void more_keys_than_slots__limit(void **state)
{
    struct fixture *f = *state;
    struct office office;

    create_with_key(f, &office);
    for (size_t i = 2; i < HF_KEYFILE_SLOTS_MAX; i++) {
        hf_recovery_make(office.public_key, office.shares);
        assert_int_equal(hf_vault_add_recovery(f->folder, "case", fixture_passphrase(), office.public_key, &f->err),
                         HF_OK);
    }
    const struct hf_dh_key last = join(&office);
    hf_recovery_make(office.public_key, office.shares);
    assert_int_equal(hf_vault_add_recovery(f->folder, "case", fixture_passphrase(), office.public_key, &f->err),
                     HF_ERR_LIMIT);
    assert_int_equal(recover(f, &last), HF_OK); /* the sixteenth opens as the first does */
}

static void passphrase_changed__the_recovery_key_still_opens(void **state)
{
    struct fixture *f = *state;
    struct office office;

    create_with_key(f, &office);
    const struct hf_dh_key key = join(&office);
    assert_int_equal(hf_vault_change_passphrase(f->folder, "case", fixture_passphrase(), hf_slice_str("b"), &f->err),
                     HF_OK);
    assert_int_equal(recover(f, &key), HF_OK);
    assert_int_equal(try_open(f, hf_slice_str("found again")), HF_OK);
    assert_int_equal(try_open(f, hf_slice_str("b")), HF_ERR_AUTH);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(both_shares_in_either_order__give_the_key),
        TEST(one_share_twice_or_of_another_key__auth),
        TEST(share_with_any_bit_changed_or_cut__corrupt),
        TEST(recovered__only_the_new_passphrase_opens_and_rows_are_there),
        TEST(device_secret_gone_or_damaged__is_made_anew),
        TEST(recovered__a_running_delay_is_over),
        TEST(another_key_or_none_added__auth_and_nothing_changes),
        TEST(public_key_in_place_of_the_private_one__auth),
        TEST(slot_moved_from_another_vault__corrupt),
        TEST(added_twice__exists_and_no_public_key__invalid),
        TEST(more_keys_than_slots__limit),
        TEST(passphrase_changed__the_recovery_key_still_opens),
    };

    if (hf_crypto_init(true) != HF_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
