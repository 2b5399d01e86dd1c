/* The slot of the host's key store, with an invented store that keeps the secret under a name. */
#include "tests/vault/support_vault.h"

#include "core/vault/keyfile.h"
#include "core/vault/recovery.h"

#include <stdlib.h>
#include <string.h>

struct store {
    uint8_t secret[HF_KEY_BYTES];
    uint8_t name[HF_VAULT_HOST_BYTES_MAX + 1];
    size_t name_len; /* what it gives for keeping */
    bool refuses;
    uint8_t forgotten[HF_VAULT_HOST_BYTES_MAX];
    size_t forgotten_len;
};

static enum hf_status store_wrap(void *ctx, const uint8_t secret[HF_KEY_BYTES], struct hf_buf *out,
                                 struct hf_error *err)
{
    struct store *store = ctx;

    if (store->refuses)
        return hf_error_set(err, HF_ERR_DENIED, "the store says no");
    memcpy(store->secret, secret, HF_KEY_BYTES);
    hf_buf_append(out, store->name, store->name_len);
    return HF_OK;
}

static enum hf_status store_unwrap(void *ctx, struct hf_slice wrapped, uint8_t out_secret[HF_KEY_BYTES],
                                   struct hf_error *err)
{
    struct store *store = ctx;

    if (store->refuses)
        return hf_error_set(err, HF_ERR_DENIED, "the store says no");
    if (!hf_slice_equal(wrapped, hf_slice_of(store->name, store->name_len)))
        return hf_error_set(err, HF_ERR_AUTH, "the store does not know it");
    memcpy(out_secret, store->secret, HF_KEY_BYTES);
    return HF_OK;
}

static void store_forget(void *ctx, struct hf_slice wrapped)
{
    struct store *store = ctx;

    memcpy(store->forgotten, wrapped.data, wrapped.len);
    store->forgotten_len = wrapped.len;
}

static struct hf_vault_host host_of(struct store *store)
{
    if (store->name_len == 0)
        store->name_len = 12;
    hf_random(store->name, sizeof(store->name));
    return (struct hf_vault_host){.ctx = store, .wrap = store_wrap, .unwrap = store_unwrap, .forget = store_forget};
}

static int setup(void **state)
{
    struct hf_vault *vault;

    if (fixture_setup(state) != 0)
        return -1;
    vault = fixture_create(*state);
    fixture_exec(vault, "CREATE TABLE visit(id INTEGER PRIMARY KEY); INSERT INTO visit VALUES(1)");
    return hf_vault_close(vault) == HF_OK ? 0 : -1;
}

static enum hf_status add(struct fixture *f, const struct hf_vault_host *host)
{
    return hf_vault_add_host(f->folder, "case", fixture_passphrase(), host, &f->err);
}

static enum hf_status try_open(struct fixture *f, const struct hf_vault_host *host)
{
    struct hf_vault *vault = NULL;
    enum hf_status status = hf_vault_open_host(f->folder, "case", host, HF_VAULT_READ_WRITE, &vault, &f->err);

    if (status == HF_OK) {
        assert_int_equal(fixture_number(vault, "SELECT count(*) FROM visit"), 1);
        assert_int_equal(hf_vault_close(vault), HF_OK);
    }
    return status;
}

static void added__the_store_opens_it_and_so_does_the_passphrase(void **state)
{
    struct fixture *f = *state;
    struct store store = {0};
    const struct hf_vault_host host = host_of(&store);

    assert_int_equal(try_open(f, &host), HF_ERR_NOT_FOUND);
    assert_int_equal(add(f, &host), HF_OK);
    assert_int_equal(try_open(f, &host), HF_OK);
    assert_int_equal(hf_vault_close(fixture_open(f)), HF_OK);
}

static void another_store_or_another_secret__auth(void **state)
{
    struct fixture *f = *state;
    struct store store = {0}, another = {0};
    const struct hf_vault_host host = host_of(&store), other = host_of(&another);

    assert_int_equal(add(f, &host), HF_OK);
    assert_int_equal(try_open(f, &other), HF_ERR_AUTH);
    store.secret[3] ^= 1;
    assert_int_equal(try_open(f, &host), HF_ERR_AUTH);
    assert_non_null(strstr(f->err.text, "Use the passphrase"));
}

static void a_store_that_refuses__is_quoted_and_nothing_changes(void **state)
{
    struct fixture *f = *state;
    struct store store = {.refuses = true};
    const struct hf_vault_host host = host_of(&store);
    struct snapshot before;

    snapshot_take(f, &before);
    assert_int_equal(add(f, &host), HF_ERR_DENIED);
    assert_string_equal(f->err.text, "the store says no");
    snapshot_check(f, &before);
    snapshot_free(&before);
    store.refuses = false;
    assert_int_equal(add(f, &host), HF_OK);
    store.refuses = true;
    assert_int_equal(try_open(f, &host), HF_ERR_DENIED);
}

static void the_most_bytes__are_kept_and_more_are_refused(void **state)
{
    struct fixture *f = *state;
    struct store store = {.name_len = HF_VAULT_HOST_BYTES_MAX};
    const struct hf_vault_host host = host_of(&store);

    assert_int_equal(add(f, &host), HF_OK);
    assert_int_equal(try_open(f, &host), HF_OK);
    store.name_len = HF_VAULT_HOST_BYTES_MAX + 1;
    assert_int_equal(add(f, &host), HF_ERR_LIMIT);
    store.name_len = 0;
    assert_int_equal(add(f, &host), HF_ERR_LIMIT);
}

static void added_again__the_store_of_before_opens_no_more(void **state)
{
    struct fixture *f = *state;
    struct store store = {0}, newer = {0};
    const struct hf_vault_host host = host_of(&store), second = host_of(&newer);

    assert_int_equal(add(f, &host), HF_OK);
    assert_int_equal(add(f, &second), HF_OK);
    assert_int_equal(try_open(f, &second), HF_OK);
    assert_int_equal(try_open(f, &host), HF_ERR_AUTH);
}

static void removed__the_store_opens_no_more(void **state)
{
    struct fixture *f = *state;
    struct store store = {0};
    const struct hf_vault_host host = host_of(&store);

    assert_int_equal(add(f, &host), HF_OK);
    assert_int_equal(hf_vault_remove_host(f->folder, "case", fixture_passphrase(), NULL, &f->err), HF_OK);
    assert_int_equal(try_open(f, &host), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_vault_remove_host(f->folder, "case", fixture_passphrase(), NULL, &f->err), HF_ERR_NOT_FOUND);
}

static void a_slot_that_goes__is_forgotten_by_the_store(void **state)
{
    struct fixture *f = *state;
    struct store store = {0};
    const struct hf_vault_host host = host_of(&store);

    assert_int_equal(add(f, &host), HF_OK);
    assert_int_equal(store.forgotten_len, 0);
    assert_int_equal(hf_vault_remove_host(f->folder, "case", hf_slice_str("wrong"), &host, &f->err), HF_ERR_AUTH);
    assert_int_equal(store.forgotten_len, 0);
    assert_int_equal(hf_vault_remove_host(f->folder, "case", fixture_passphrase(), &host, &f->err), HF_OK);
    assert_int_equal(store.forgotten_len, store.name_len);
    assert_memory_equal(store.forgotten, store.name, store.name_len);
    assert_int_equal(add(f, &host), HF_OK);
    assert_true(hf_vault_has_host(f->folder, "case"));
    store.forgotten_len = 0;
    hf_vault_forget_host(f->folder, "case", &host);
    assert_int_equal(store.forgotten_len, store.name_len);
}

static void a_new_data_key__is_wrapped_by_the_store_once_more(void **state)
{
    struct fixture *f = *state;
    struct store store = {0};
    const struct hf_vault_host host = host_of(&store);
    uint8_t first[HF_KEY_BYTES];

    assert_int_equal(add(f, &host), HF_OK);
    memcpy(first, store.secret, sizeof(first));
    store.refuses = true;
    assert_int_equal(hf_vault_rotate(f->folder, "case", fixture_passphrase(), &host, &f->err), HF_ERR_DENIED);
    store.refuses = false;
    assert_int_equal(try_open(f, &host), HF_OK);
    assert_int_equal(hf_vault_rotate(f->folder, "case", fixture_passphrase(), &host, &f->err), HF_OK);
    assert_memory_not_equal(first, store.secret, sizeof(first));
    assert_int_equal(try_open(f, &host), HF_OK);
    assert_int_equal(hf_vault_rotate(f->folder, "case", fixture_passphrase(), NULL, &f->err), HF_OK);
    assert_false(hf_vault_has_host(f->folder, "case"));
    assert_int_equal(try_open(f, &host), HF_ERR_NOT_FOUND);
}

/* Only half of a wipe was done when the power failed. */
static void wiped__not_even_the_store_opens_what_is_left(void **state)
{
    struct fixture *f = *state;
    struct store store = {0};
    const struct hf_vault_host host = host_of(&store);
    uint8_t *db;
    size_t len;

    assert_int_equal(add(f, &host), HF_OK);
    db = fixture_read(f, "case.db", &len);
    assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
    fixture_write(f, "case.db", db, len);
    free(db);
    assert_int_equal(try_open(f, &host), HF_ERR_NOT_FOUND);
    assert_false(fixture_has(f, "case.key"));
    assert_false(fixture_has(f, "case.secret"));
}

/* Whoever had the unlocked device before must not have it after the officers stepped in. */
static void recovered__the_store_opens_no_more(void **state)
{
    struct fixture *f = *state;
    struct store store = {0};
    const struct hf_vault_host host = host_of(&store);
    uint8_t public_key[HF_DH_BYTES], shares[HF_RECOVERY_SHARES][HF_RECOVERY_SHARE_BYTES];
    struct hf_dh_key key;

    hf_recovery_make(public_key, shares);
    assert_int_equal(hf_recovery_join(hf_slice_of(shares[0], sizeof(shares[0])),
                                      hf_slice_of(shares[1], sizeof(shares[1])), &key, NULL),
                     HF_OK);
    assert_int_equal(add(f, &host), HF_OK);
    assert_int_equal(hf_vault_add_recovery(f->folder, "case", fixture_passphrase(), public_key, &f->err), HF_OK);
    assert_int_equal(hf_vault_recover(f->folder, "case", &key, hf_slice_str("b"), &f->err), HF_OK);
    assert_int_equal(try_open(f, &host), HF_ERR_NOT_FOUND);
    assert_int_equal(hf_vault_check_passphrase(f->folder, "case", hf_slice_str("b"), &f->err), HF_OK);
}

static void any_bit_of_the_slot_changed__does_not_open(void **state)
{
    struct fixture *f = *state;
    struct store store = {0};
    const struct hf_vault_host host = host_of(&store);
    const uint8_t any[HF_KEY_BYTES] = {0};
    struct hf_keyfile keyfile;
    size_t len;

    assert_int_equal(add(f, &host), HF_OK);
    uint8_t *bytes = fixture_read(f, "case.key", &len);
    assert_int_equal(hf_keyfile_decode(hf_slice_of(bytes, len), &keyfile, NULL), HF_OK);
    free(bytes);
    for (size_t at = 0; at < keyfile.slots[1].body_len; at++) {
        struct hf_buf changed = {0};

        keyfile.slots[1].body[at] ^= 4;
        hf_keyfile_encode(&keyfile, any, &changed);
        fixture_write(f, "case.key", changed.data, changed.len);
        hf_buf_clear(&changed);
        assert_int_equal(try_open(f, &host), HF_ERR_AUTH);
        keyfile.slots[1].body[at] ^= 4;
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(added__the_store_opens_it_and_so_does_the_passphrase),
        TEST(another_store_or_another_secret__auth),
        TEST(a_store_that_refuses__is_quoted_and_nothing_changes),
        TEST(the_most_bytes__are_kept_and_more_are_refused),
        TEST(added_again__the_store_of_before_opens_no_more),
        TEST(removed__the_store_opens_no_more),
        TEST(a_slot_that_goes__is_forgotten_by_the_store),
        TEST(a_new_data_key__is_wrapped_by_the_store_once_more),
        TEST(wiped__not_even_the_store_opens_what_is_left),
        TEST(recovered__the_store_opens_no_more),
        TEST(any_bit_of_the_slot_changed__does_not_open),
    };

    if (hf_crypto_init(true) != HF_OK)
        return 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
