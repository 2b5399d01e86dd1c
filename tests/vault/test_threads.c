/* Two threads of one process on one key file, and on one vault: one of them at a time, and nothing is lost. */
#include "tests/vault/support_vault.h"

#include "core/vault/recovery.h"

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#define THREADS   2
#define KEYS_EACH 5 /* with the passphrase, 11 of 16 slots */
#define ROUNDS    40
#define ATTEMPTS  100000
#define NEW_PASS  "another invented passphrase"

struct part {
    struct fixture *f;
    struct hf_dh_key keys[KEYS_EACH];
    size_t added;
    size_t opened, busy, failed;
};

static void run_both(void *(*body)(void *), struct part parts[THREADS])
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, body, &parts[i]), 0);
    for (size_t i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
}

/* Asks again while the other has it. */
static void *add_keys(void *ctx)
{
    struct part *part = ctx;

    for (size_t i = 0; i < KEYS_EACH; i++) {
        enum hf_status status = HF_ERR_BUSY;

        for (int attempt = 0; status == HF_ERR_BUSY && attempt < ATTEMPTS; attempt++) {
            status =
                hf_vault_add_recovery(part->f->folder, "case", fixture_passphrase(), part->keys[i].public_key, NULL);
            (void)sched_yield();
        }
        part->added += status == HF_OK;
    }
    return NULL;
}

static void keys_added_by_two_threads__are_all_there(void **state)
{
    struct fixture *f = *state;
    struct part parts[THREADS] = {{.f = f}, {.f = f}};

    assert_int_equal(hf_vault_close(fixture_create(f)), HF_OK);
    for (size_t i = 0; i < THREADS * KEYS_EACH; i++) {
        uint8_t seed[HF_DH_BYTES] = {0, (uint8_t)(i + 1)}; /* X25519 ignores bits of the first byte */

        hf_dh_key_from_seed(seed, &parts[i / KEYS_EACH].keys[i % KEYS_EACH]);
    }
    run_both(add_keys, parts);
    for (size_t i = 0; i < THREADS; i++) {
        assert_int_equal(parts[i].added, KEYS_EACH);
        for (size_t j = 0; j < KEYS_EACH; j++) /* refused as known: it is in the file */
            assert_int_equal(
                hf_vault_add_recovery(f->folder, "case", fixture_passphrase(), parts[i].keys[j].public_key, &f->err),
                HF_ERR_EXISTS);
    }
    assert_false(fixture_has(f, "case.key.new"));
    assert_int_equal(hf_vault_close(fixture_open(f)), HF_OK);
}

/* There and back; a refused old passphrase means that the other was quicker, or that it has the file. */
static void *change_passphrases(void *ctx)
{
    struct part *part = ctx;
    const struct hf_slice pass[2] = {fixture_passphrase(), hf_slice_str(NEW_PASS)};

    for (size_t i = 0; i < ROUNDS; i++) {
        enum hf_status status =
            hf_vault_change_passphrase(part->f->folder, "case", pass[i % 2], pass[(i + 1) % 2], NULL);

        part->opened += status == HF_OK;
        part->failed += status != HF_OK && status != HF_ERR_BUSY && status != HF_ERR_AUTH && status != HF_ERR_LIMIT;
    }
    return NULL;
}

static void a_passphrase_changed_by_two_threads__is_one_of_the_two(void **state)
{
    struct fixture *f = *state;
    struct part parts[THREADS] = {{.f = f}, {.f = f}};
    enum hf_status is_old, is_new;

    assert_int_equal(hf_vault_close(fixture_create(f)), HF_OK);
    run_both(change_passphrases, parts);
    assert_int_equal(parts[0].failed + parts[1].failed, 0);
    (void)unlink(fixture_path(f, "case.tries")); /* what the losing thread has tried delays nobody here */
    is_old = hf_vault_check_passphrase(f->folder, "case", fixture_passphrase(), &f->err);
    is_new = hf_vault_check_passphrase(f->folder, "case", hf_slice_str(NEW_PASS), &f->err);
    assert_true((is_old == HF_OK && is_new == HF_ERR_AUTH) || (is_old == HF_ERR_AUTH && is_new == HF_OK));
    assert_int_equal((parts[0].opened + parts[1].opened) % 2, is_new == HF_OK); /* each success turned it over */
}

static void *open_and_commit(void *ctx)
{
    struct part *part = ctx;

    for (size_t i = 0; i < ROUNDS; i++) {
        struct hf_vault *vault = NULL;
        struct hf_error err;
        enum hf_status status = hf_vault_open(part->f->folder, "case", fixture_passphrase(), 0, &vault, &err);

        part->busy += status == HF_ERR_BUSY;
        part->failed += status != HF_OK && status != HF_ERR_BUSY;
        if (status != HF_OK)
            continue;
        part->opened += fixture_try(vault, "INSERT INTO visit VALUES(1)") == SQLITE_OK;
        part->failed += hf_vault_close(vault) != HF_OK;
    }
    return NULL;
}

static void a_vault_opened_by_two_threads__is_open_in_one_at_a_time(void **state)
{
    struct fixture *f = *state;
    struct part parts[THREADS] = {{.f = f}, {.f = f}};
    struct hf_vault *vault = fixture_create(f);

    fixture_exec(vault, "CREATE TABLE visit(n)");
    assert_int_equal(hf_vault_close(vault), HF_OK);
    run_both(open_and_commit, parts);
    assert_int_equal(parts[0].failed + parts[1].failed, 0);
    vault = fixture_open(f);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM visit"), parts[0].opened + parts[1].opened);
    assert_int_equal(parts[0].opened + parts[0].busy + parts[1].opened + parts[1].busy, THREADS * ROUNDS);
    assert_int_equal(hf_vault_close(vault), HF_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_added_by_two_threads__are_all_there),
        TEST(a_passphrase_changed_by_two_threads__is_one_of_the_two),
        TEST(a_vault_opened_by_two_threads__is_open_in_one_at_a_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
