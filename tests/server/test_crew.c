/* Work shared out among threads is done, each piece once, and all of it before the caller goes on. */
#include "server/crew.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PIECES_MAX 3000

static void touch(void *ctx, size_t i)
{
    unsigned char *touched = ctx;
    touched[i]++;
}

static void check(struct hf_crew *crew, size_t count)
{
    static unsigned char touched[PIECES_MAX + 1];
    memset(touched, 0, sizeof touched);
    hf_crew_run(crew, count, touch, touched);
    for (size_t i = 0; i < PIECES_MAX; i++)
        assert_int_equal(touched[i], i < count);
}

static void every_piece__is_done_once(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 7, 8, 9, 16, 17, 100, 512, PIECES_MAX};
    struct hf_crew *crew = NULL;
    hf_crew_new(&crew);
    for (unsigned turn = 0; turn < 50; turn++)
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
            check(crew, counts[i]);
    hf_crew_free(crew);
}

/* Offered in uneven steps, while the caller does something else. */
static void check_offered(struct hf_crew *crew, size_t count, bool wanted)
{
    static unsigned char touched[PIECES_MAX];
    struct hf_crew_job job;
    memset(touched, 0, sizeof touched);
    hf_crew_begin(&job, crew, touch, touched);
    for (size_t offered = 0; offered < count; offered += 1 + offered % 5)
        hf_crew_offer(&job, offered);
    hf_crew_offer(&job, count);
    hf_crew_finish(&job, wanted);
    unsigned char after[PIECES_MAX];
    memcpy(after, touched, sizeof after);
    for (size_t i = 0; i < PIECES_MAX; i++)
        assert_true(wanted ? touched[i] == (i < count) : touched[i] <= (i < count));
    hf_crew_finish(&job, wanted);
    hf_crew_run(crew, 0, touch, touched);
    assert_memory_equal(touched, after, sizeof after); /* nobody is at it any more */
}

static void what_is_offered_bit_by_bit__is_done_once(void **state)
{
    (void)state;
    static const size_t counts[] = {0, 1, 7, 8, 9, 100, 512, PIECES_MAX};
    struct hf_crew *crew = NULL;
    hf_crew_new(&crew);
    for (unsigned turn = 0; turn < 20; turn++)
        for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
            check_offered(crew, counts[i], true);
            check_offered(crew, counts[i], false);
            check_offered(NULL, counts[i], true);
        }
    hf_crew_free(crew);
}

static void note_thread(void *ctx, size_t i)
{
    pthread_t *threads = ctx;
    threads[i] = pthread_self();
}

static void without_helpers__the_caller_does_it(void **state)
{
    (void)state;
    pthread_t threads[100];
    check(NULL, 100);
    hf_crew_run(NULL, 100, note_thread, threads);
    for (size_t i = 0; i < 100; i++)
        assert_true(pthread_equal(threads[i], pthread_self()));
    hf_crew_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_piece__is_done_once),
        cmocka_unit_test(what_is_offered_bit_by_bit__is_done_once),
        cmocka_unit_test(without_helpers__the_caller_does_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
