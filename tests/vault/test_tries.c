/* The growing delay after wrong passphrases, with clocks of the test's own. */
#include "tests/vault/support_vault.h"

#include "core/vault/tries.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HOUR_MS (60ull * 60 * 1000)

static struct hf_vault_time now;

struct hf_vault_time hf_vault_now(void)
{
    return now;
}

static void pass_ms(uint64_t ms)
{
    now.wall_ms += ms;
    now.mono_ms += ms;
}

static int setup(void **state)
{
    now = (struct hf_vault_time){.wall_ms = 1763769600000, .mono_ms = 5 * HOUR_MS};
    if (fixture_setup(state) != 0)
        return -1;
    return hf_vault_close(fixture_create(*state)) == HF_OK ? 0 : -1;
}

static enum hf_status try_with(struct fixture *f, struct hf_slice passphrase)
{
    return hf_vault_check_passphrase(f->folder, "case", passphrase, &f->err);
}

static enum hf_status try_right(struct fixture *f)
{
    return try_with(f, fixture_passphrase());
}

static enum hf_status try_wrong(struct fixture *f)
{
    return try_with(f, hf_slice_str("wrong"));
}

/* Wrong ones in a row, each as soon as it is taken. */
static void fail_times(struct fixture *f, uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        assert_int_equal(try_wrong(f), HF_ERR_AUTH);
        if (i + 1 < times)
            pass_ms(hf_vault_delay_ms(i + 1));
    }
}

static void delay__is_none_three_times_then_doubles_up_to_a_quarter_of_an_hour(void **state)
{
    (void)state;
    const uint64_t seconds[] = {0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900};

    for (uint32_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
        assert_int_equal(hf_vault_delay_ms(i), seconds[i] * 1000);
    assert_int_equal(hf_vault_delay_ms(UINT32_MAX), HF_VAULT_DELAY_MS_MAX);
}

static void three_wrong_ones__do_not_delay_the_right_one(void **state)
{
    struct fixture *f = *state;

    fail_times(f, 3);
    assert_int_equal(try_right(f), HF_OK);
}

static void the_fourth__refuses_even_the_right_one_until_its_second_is_over(void **state)
{
    struct fixture *f = *state;

    fail_times(f, 4);
    assert_int_equal(try_right(f), HF_ERR_LIMIT);
    assert_non_null(strstr(f->err.text, "wrong 4 times"));
    assert_non_null(strstr(f->err.text, "in 1 second."));
    pass_ms(999);
    assert_int_equal(try_right(f), HF_ERR_LIMIT);
    pass_ms(1);
    assert_int_equal(try_right(f), HF_OK);
}

static void a_refusal__is_no_further_failure(void **state)
{
    struct fixture *f = *state;

    fail_times(f, 5);
    for (int i = 0; i < 20; i++)
        assert_int_equal(try_wrong(f), HF_ERR_LIMIT);
    pass_ms(2000);
    assert_int_equal(try_right(f), HF_OK);
}

static void many__wait_a_quarter_of_an_hour_and_say_so(void **state)
{
    struct fixture *f = *state;

    fail_times(f, 20);
    assert_int_equal(try_right(f), HF_ERR_LIMIT);
    assert_non_null(strstr(f->err.text, "in 15 minutes."));
    pass_ms(HF_VAULT_DELAY_MS_MAX - 1);
    assert_int_equal(try_right(f), HF_ERR_LIMIT);
    pass_ms(1);
    assert_int_equal(try_right(f), HF_OK);
}

static void the_right_one__starts_the_count_afresh(void **state)
{
    struct fixture *f = *state;

    fail_times(f, 6);
    pass_ms(HOUR_MS);
    assert_int_equal(try_right(f), HF_OK);
    assert_false(fixture_has(f, "case.tries"));
    fail_times(f, 3);
    assert_int_equal(try_right(f), HF_OK);
}

static void opening_and_changing__are_refused_alike(void **state)
{
    struct fixture *f = *state;
    struct hf_vault *vault = NULL;

    fail_times(f, 10);
    assert_int_equal(hf_vault_open(f->folder, "case", fixture_passphrase(), HF_VAULT_READ_ONLY, &vault, &f->err),
                     HF_ERR_LIMIT);
    assert_int_equal(hf_vault_change_passphrase(f->folder, "case", fixture_passphrase(), hf_slice_str("b"), &f->err),
                     HF_ERR_LIMIT);
    assert_null(vault);
}

static void clock_set_back__the_whole_delay_begins_again(void **state)
{
    struct fixture *f = *state;

    fail_times(f, 10); /* 64 s */
    pass_ms(63000);
    now.wall_ms -= 24 * HOUR_MS;
    assert_int_equal(try_right(f), HF_ERR_LIMIT);
    pass_ms(63999);
    assert_int_equal(try_right(f), HF_ERR_LIMIT);
    pass_ms(1);
    assert_int_equal(try_right(f), HF_OK); /* not a day later */
}

static void clock_set_forward__shortens_nothing(void **state)
{
    struct fixture *f = *state;

    fail_times(f, 10);
    now.wall_ms += 24 * HOUR_MS;
    assert_int_equal(try_right(f), HF_ERR_LIMIT);
    now.mono_ms += 64000;
    assert_int_equal(try_right(f), HF_OK);
}

static void after_a_restart__the_wall_clock_decides(void **state)
{
    struct fixture *f = *state;

    fail_times(f, 10);
    now.mono_ms = 20;
    assert_int_equal(try_right(f), HF_ERR_LIMIT);
    now.wall_ms += 64000;
    assert_int_equal(try_right(f), HF_OK);
}

static void a_secret_that_is_gone__is_no_guess(void **state)
{
    struct fixture *f = *state;

    assert_int_equal(unlink(fixture_path(f, "case.secret")), 0);
    assert_int_equal(try_right(f), HF_ERR_AUTH);
    assert_false(fixture_has(f, "case.tries"));
}

static void a_damaged_count__locks_nobody_out(void **state)
{
    struct fixture *f = *state;

    fail_times(f, 20);
    for (size_t at = 0; at < HF_VAULT_TRIES_BYTES; at++) {
        struct hf_vault_tries tries;
        size_t len;
        uint8_t *bytes = fixture_read(f, "case.tries", &len);

        assert_int_equal(len, HF_VAULT_TRIES_BYTES);
        bytes[at] ^= 0x40;
        hf_vault_tries_decode(hf_slice_of(bytes, len), &tries);
        assert_int_equal(tries.failures, 0);
        free(bytes);
    }
    fixture_flip(f, "case.tries", 5, 1);
    assert_int_equal(try_right(f), HF_OK);
}

static void wiping__takes_the_count_along(void **state)
{
    struct fixture *f = *state;

    fail_times(f, 1);
    assert_true(fixture_has(f, "case.tries"));
    assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
    assert_false(fixture_has(f, "case.tries"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(delay__is_none_three_times_then_doubles_up_to_a_quarter_of_an_hour),
        TEST(three_wrong_ones__do_not_delay_the_right_one),
        TEST(the_fourth__refuses_even_the_right_one_until_its_second_is_over),
        TEST(a_refusal__is_no_further_failure),
        TEST(many__wait_a_quarter_of_an_hour_and_say_so),
        TEST(the_right_one__starts_the_count_afresh),
        TEST(opening_and_changing__are_refused_alike),
        TEST(clock_set_back__the_whole_delay_begins_again),
        TEST(clock_set_forward__shortens_nothing),
        TEST(after_a_restart__the_wall_clock_decides),
        TEST(a_secret_that_is_gone__is_no_guess),
        TEST(a_damaged_count__locks_nobody_out),
        TEST(wiping__takes_the_count_along),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
