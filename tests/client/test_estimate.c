/* The bar's figures from given samples: how far, and how long it still takes. */
#include "client/estimate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void share_done__weighs_records_and_bytes_of_attachments(void **state)
{
    (void)state;
    const struct hf_estimate all = {.push = 100, .read = 300, .send_bytes = 280000, .want_bytes = 0};
    struct hf_estimate done = {0};
    assert_int_equal(hf_estimate_thousandths(&all, &done), 0);
    done.push = 100; /* 70,000 of 560,000 */
    assert_int_equal(hf_estimate_thousandths(&all, &done), 125);
    done.read = 300;
    assert_int_equal(hf_estimate_thousandths(&all, &done), 500);
    done.send_bytes = 140000;
    assert_int_equal(hf_estimate_thousandths(&all, &done), 750);
    done.send_bytes = 280000;
    assert_int_equal(hf_estimate_thousandths(&all, &done), 1000);
}

/* What others write meanwhile, or what is saved here, is more than there was to do when it began. */
static void more_than_there_was__is_never_over_the_whole(void **state)
{
    (void)state;
    const struct hf_estimate nothing = {0}, all = {.push = 2, .read = 2, .want_bytes = 1400};
    const struct hf_estimate more = {.push = 50, .read = 50, .want_bytes = 700, .send_bytes = 1 << 30};
    assert_int_equal(hf_estimate_thousandths(&nothing, &more), 1000);
    assert_int_equal(hf_estimate_thousandths(&all, &more), 3500000 / 4200);
}

/* The bar of a sync in which others' attachments are heard of on the way: the whole grows, the bar does not shrink, and
 * what is left of it serves for what is left to do. */
static void bar__never_goes_back_and_is_full_only_at_the_end(void **state)
{
    (void)state;
    struct hf_estimate_bar bar = {0};
    struct hf_estimate all = {0}, done = {0};
    assert_int_equal(hf_estimate_bar(&bar, &all, &done), 0); /* nothing is known yet: that is no 100 % */
    all.push = 100; /* half of it was done before it was first heard how much there is */
    done.push = 50;
    assert_int_equal(hf_estimate_bar(&bar, &all, &done), 499);
    all.want_bytes = 1000000; /* as much again twelve times */
    assert_int_equal(hf_estimate_bar(&bar, &all, &done), 499);
    uint64_t last = 499;
    done.push = 100;
    for (done.want_bytes = 0; done.want_bytes < 1000000; done.want_bytes += 1000) {
        const uint64_t shown = hf_estimate_bar(&bar, &all, &done);
        assert_true(shown >= last && shown < 1000);
        last = shown;
    }
    assert_true(last > 990); /* and it went on moving to its end */
    all.read = 5;
    all.want_bytes = 10; /* less than it seemed */
    assert_int_equal(hf_estimate_bar(&bar, &all, &done), last);
    done.read = 5;
    assert_true(hf_estimate_bar(&bar, &all, &done) >= last);
    assert_true(hf_estimate_bar(&bar, &all, &done) <= HF_ESTIMATE_NOT_OVER);
}

static void time_left__follows_from_what_went_so_far(void **state)
{
    (void)state;
    static const struct {
        uint64_t gone_ms, thousandths, left_s;
    } samples[] = {
        {1999, 500, 0},       /* too early */
        {2000, 500, 3},       /* as long again, and the second that has begun */
        {60000, 19, 0},       /* too little done */
        {60000, 20, 2941},    /* 49 times as long */
        {10000, 250, 31},     /* three times as long */
        {10000, 999, 1},      /* never nothing while something is left */
        {10000, 1000, 0},     /* all is done */
        {90000, 500, 91},     /* */
        {3600000, 100, 32401} /* a film on a line of 30 kbit/s */
    };
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++)
        assert_int_equal(hf_estimate_left_s(samples[i].gone_ms, samples[i].thousandths), samples[i].left_s);
}

/* It goes on as it went: with time the guess falls as fast as the clock runs. */
static void steady_work__is_guessed_right_all_the_way(void **state)
{
    (void)state;
    const uint64_t whole_ms = 200000;
    for (uint64_t gone_ms = 5000; gone_ms < whole_ms; gone_ms += 1000) {
        const uint64_t left = hf_estimate_left_s(gone_ms, gone_ms * 1000 / whole_ms);
        const uint64_t real = (whole_ms - gone_ms) / 1000;
        assert_true(left >= real && left <= real + real / 20 + 1 + whole_ms / 1000 / 100);
    }
}

static void text__says_seconds_minutes_hours(void **state)
{
    (void)state;
    static const struct {
        uint64_t left_s;
        const char *text;
    } samples[] = {{0, ""},
                   {1, "about 1 s left"},
                   {59, "about 59 s left"},
                   {60, "about 1 min left"},
                   {89, "about 1 min left"},
                   {90, "about 2 min left"},
                   {7199, "about 120 min left"},
                   {7200, "about 2 h left"},
                   {32401, "about 9 h left"},
                   {UINT64_MAX / 2, NULL}};
    for (size_t i = 0; i < sizeof samples / sizeof samples[0]; i++) {
        char text[HF_ESTIMATE_TEXT_BYTES];
        hf_estimate_text(samples[i].left_s, text);
        if (samples[i].text)
            assert_string_equal(text, samples[i].text);
        assert_true(strlen(text) < sizeof text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(share_done__weighs_records_and_bytes_of_attachments),
        cmocka_unit_test(more_than_there_was__is_never_over_the_whole),
        cmocka_unit_test(bar__never_goes_back_and_is_full_only_at_the_end),
        cmocka_unit_test(time_left__follows_from_what_went_so_far),
        cmocka_unit_test(steady_work__is_guessed_right_all_the_way),
        cmocka_unit_test(text__says_seconds_minutes_hours),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
