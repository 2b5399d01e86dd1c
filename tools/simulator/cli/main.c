/* holdfast-sim: many seeds, one seed again, an hour of seeds, the smallest run that still fails. docs/sim.md. */
#include "tools/simulator/memo.h"
#include "tools/simulator/mutants.h"
#include "tools/simulator/world.h"

#include <inttypes.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define SHARE_MIN   1
#define SHARE_MAX   400
#define TWICE_EVERY 25 /* seeds that are run a second time to compare roots */

struct plan {
    struct sim_options options;
    uint64_t seeds;
    double hours;
    bool shrinks, measures, mutants, tells_counts;
};

static const char usage[] =
    "holdfast-sim [--seed N] [--seeds N] [--hours H] [--days N] [--devices N] [--without fault,fault]\n"
    "             [--share PERCENT] [--talk] [--no-shrink] [--no-memo] [--measure] [--mutants] [--mutant NAME]\n"
    "Runs the client core, the protocol and the server in one process under one seed after the other. Without "
    "options:\n"
    "1,000 seeds. Faults: network kills disks clocks backups theft people rollback forgers erasures roles;\n"
    "--without all switches all off. --share 1 to 400: how often faults come, in percent of as often as ever.\n";

static double clock_s(clockid_t clock)
{
    struct timespec now = {0};
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double now_s(void)
{
    return clock_s(CLOCK_MONOTONIC);
}

/* Of the processor, for this program. */
static double used_s(void)
{
    return clock_s(CLOCK_PROCESS_CPUTIME_ID);
}

/* --- telling -------------------------------------------------------------------------------------------------------
 */

static void print_command(const struct sim_options *options)
{
    (void)printf("tools/sim --seed %" PRIu64 " --days %u --devices %u", options->seed, options->days, options->devices);
    bool first = true;
    for (unsigned i = 0; i < SIM_FAULT_COUNT; i++) {
        if (options->faults & (1u << i))
            continue;
        (void)printf("%s%s", first ? " --without " : ",", sim_fault_names[i]);
        first = false;
    }
    if (options->share != 100)
        (void)printf(" --share %u", options->share);
    if (sim_mutant_name()[0] != '\0')
        (void)printf(" --mutant %s", sim_mutant_name());
    if (options->is_fast) /* reads less, and a disk fails at the nth call */
        (void)printf(" --measure");
    (void)putchar('\n');
}

static bool still_fails(const struct sim_options *options)
{
    struct sim_result result;
    sim_run(options, &result);
    return result.failed;
}

/* Fewer days, fewer devices, fewer kinds of faults, as long as something still fails. */
static struct sim_options shrink(struct sim_options options)
{
    for (unsigned i = 0; i < SIM_FAULT_COUNT; i++) {
        struct sim_options less = options;
        less.faults &= ~(1u << i);
        if (less.faults != options.faults && still_fails(&less))
            options = less;
    }
    while (options.devices > 1) {
        struct sim_options less = options;
        less.devices--;
        if (!still_fails(&less))
            break;
        options = less;
    }
    for (unsigned days = 1; days < options.days; days++) {
        struct sim_options less = options;
        less.days = days;
        if (still_fails(&less))
            return less;
    }
    return options;
}

static void tell_failure(const struct plan *plan, const struct sim_options *options, const struct sim_result *result)
{
    (void)printf("seed %" PRIu64 ": %s\n  again: ", options->seed, result->text);
    print_command(options);
    if (plan->shrinks) {
        struct sim_options least = shrink(*options);
        (void)printf("  least: ");
        print_command(&least);
    }
    (void)fflush(stdout);
}

static void add_counts(struct sim_counts *sum, const struct sim_counts *one)
{
    sum->device_days += one->device_days;
    sum->saves += one->saves;
    sum->syncs += one->syncs;
    sum->failed_syncs += one->failed_syncs;
    sum->kills += one->kills;
    sum->restores += one->restores;
    sum->conflicts += one->conflicts;
    sum->held += one->held;
    sum->entries += one->entries;
    sum->checkpoints += one->checkpoints;
    sum->forged += one->forged;
    sum->erased += one->erased;
    sum->troubles += one->troubles;
    sum->mishaps += one->mishaps;
}

static void print_counts(const struct sim_counts *sum, uint64_t seeds, double seconds, double used)
{
    (void)printf("%" PRIu64 " seeds, %" PRIu64
                 " device-days in %.1f s, %.1f s of the processor (%.0f a second of it): %" PRIu64 " saves, %" PRIu64
                 " syncs and %" PRIu64 " that broke off, %" PRIu64 " kills, %" PRIu64 " put back, %" PRIu64
                 " log entries, %" PRIu64 " held, %" PRIu64 " forged, %" PRIu64 " cases erased, %" PRIu64
                 " clashes left, %" PRIu64 " checkpoints\n",
                 seeds, sum->device_days, seconds, used, (double)sum->device_days / used, sum->saves, sum->syncs,
                 sum->failed_syncs, sum->kills, sum->restores, sum->entries, sum->held, sum->forged, sum->erased,
                 sum->conflicts, sum->checkpoints);
}

static void print_share(const struct sim_counts *sum)
{
    const double days = sum->device_days ? (double)sum->device_days : 1;
    const uint64_t events = sum->troubles + sum->kills + sum->restores + sum->forged;
    (void)printf("a device-day: %.2f fault events, and %.2f messages lost, repeated, overtaken or late\n",
                 (double)events / days, (double)sum->mishaps / days);
}

/* --- running -------------------------------------------------------------------------------------------------------
 */

/* The same seed must give the same log. */
static void run_twice(const struct sim_options *options, struct sim_result *result)
{
    struct sim_result again;
    sim_run(options, &again);
    if (!result->failed && (again.failed || memcmp(again.root, result->root, sizeof again.root) != 0)) {
        result->failed = true;
        (void)snprintf(result->text, sizeof result->text, "the same seed gave another log the second time");
    }
}

static uint64_t run_seeds(const struct plan *plan, uint64_t failures_max)
{
    struct sim_counts sum = {0};
    struct sim_options options = plan->options;
    uint64_t failed = 0, seeds = 0;
    double begin_s = now_s(), begin_used_s = used_s(), shrinking_s = 0, shrinking_used_s = 0;
    while (plan->hours > 0 ? now_s() - begin_s < plan->hours * 3600 : seeds < plan->seeds) {
        struct sim_result result;
        sim_run(&options, &result);
        if (seeds % TWICE_EVERY == 0 && !plan->measures)
            run_twice(&options, &result);
        add_counts(&sum, &result.counts);
        seeds++;
        if (result.failed) {
            const double failed_s = now_s(), failed_used_s = used_s();
            tell_failure(plan, &options, &result);
            shrinking_s += now_s() - failed_s;
            shrinking_used_s += used_s() - failed_used_s;
            if (++failed >= failures_max)
                break;
        } else if (plan->seeds == 1 && plan->hours <= 0) {
            (void)printf("seed %" PRIu64 ": root ", options.seed);
            for (size_t i = 0; i < sizeof result.root; i++)
                (void)printf("%02x", result.root[i]);
            (void)putchar('\n');
        }
        options.seed++;
    }
    print_counts(&sum, seeds, now_s() - begin_s - shrinking_s, used_s() - begin_used_s - shrinking_used_s);
    if (plan->measures)
        print_share(&sum);
    (void)printf("%" PRIu64 " of %" PRIu64 " seeds failed\n", failed, seeds);
    return failed;
}

/* --- mutants -------------------------------------------------------------------------------------------------------
 */

static bool catch_mutant(const struct plan *plan, size_t at)
{
    struct sim_options options = plan->options;
    double begin_s = now_s();
    sim_mutant_set(at);
    for (uint64_t i = 0; i < plan->seeds; i++, options.seed++) {
        struct sim_result result;
        sim_run(&options, &result);
        if (result.failed) {
            (void)printf("| %s | %" PRIu64 " | %.1f | %s |\n", sim_mutant_name(), options.seed, now_s() - begin_s,
                         result.text);
            (void)fflush(stdout);
            return true;
        }
    }
    (void)printf("| %s | NOT CAUGHT in %" PRIu64 " seeds | %.1f | |\n", sim_mutant_name(), plan->seeds,
                 now_s() - begin_s);
    (void)fflush(stdout);
    return false;
}

static int run_mutants(const struct plan *plan)
{
    size_t missed = 0, count = sim_mutant_count();
    if (count == 0) {
        (void)fprintf(stderr, "This build has no mutants: use holdfast-sim-mutants.\n");
        return 2;
    }
    (void)printf("| mutant | caught by seed | after s | by |\n|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++)
        missed += !catch_mutant(plan, i);
    (void)printf("%zu of %zu mutants caught\n", count - missed, count);
    return missed > 0;
}

/* --- arguments -----------------------------------------------------------------------------------------------------
 */

static bool parse_without(const char *list, unsigned *faults)
{
    while (*list) {
        size_t len = strcspn(list, ","), i = 0;
        while (i < SIM_FAULT_COUNT &&
               (strlen(sim_fault_names[i]) != len || strncmp(sim_fault_names[i], list, len) != 0))
            i++;
        if (i < SIM_FAULT_COUNT)
            *faults &= ~(1u << i);
        else if (len == 3 && strncmp(list, "all", 3) == 0)
            *faults = 0;
        else
            return false;
        list += len + (list[len] == ',');
    }
    return true;
}

static bool parse_value(struct plan *plan, const char *name, const char *value)
{
    if (strcmp(name, "--seed") == 0) {
        plan->options.seed = strtoull(value, NULL, 0);
        if (plan->seeds == 0)
            plan->seeds = 1;
    } else if (strcmp(name, "--seeds") == 0) {
        plan->seeds = strtoull(value, NULL, 0);
    } else if (strcmp(name, "--hours") == 0) {
        plan->hours = strtod(value, NULL);
    } else if (strcmp(name, "--days") == 0) {
        plan->options.days = (unsigned)strtoul(value, NULL, 0);
    } else if (strcmp(name, "--devices") == 0) {
        plan->options.devices = (unsigned)strtoul(value, NULL, 0);
    } else if (strcmp(name, "--share") == 0) {
        char *end = NULL;
        const unsigned long share = strtoul(value, &end, 10);
        plan->options.share = (unsigned)share;
        return share >= SHARE_MIN && share <= SHARE_MAX && *end == '\0';
    } else if (strcmp(name, "--without") == 0) {
        return parse_without(value, &plan->options.faults);
    } else if (strcmp(name, "--mutant") == 0) {
        return sim_mutant_choose(value);
    } else {
        return false;
    }
    return plan->options.devices >= 1 && plan->options.devices <= 12;
}

static bool parse(int argc, char **argv, struct plan *plan)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--talk") == 0)
            plan->options.is_talking = true;
        else if (strcmp(argv[i], "--no-memo") == 0)
            sim_memo_use(false);
        else if (strcmp(argv[i], "--no-shrink") == 0)
            plan->shrinks = false;
        else if (strcmp(argv[i], "--measure") == 0)
            plan->measures = plan->options.is_fast = true;
        else if (strcmp(argv[i], "--mutants") == 0)
            plan->mutants = true;
        else if (i + 1 >= argc || !parse_value(plan, argv[i], argv[i + 1]))
            return false;
        else
            i++;
    }
    if (plan->seeds == 0)
        plan->seeds = plan->mutants ? 300 : 1000;
    if (plan->options.is_talking)
        plan->shrinks = false;
    return true;
}

int main(int argc, char **argv)
{
    struct plan plan = {.options = {.seed = 1, .days = 5, .devices = 4, .faults = SIM_FAULTS_ALL, .share = 100},
                        .shrinks = true};
    (void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    sim_random_install();
    sim_memo_use(true);
    if (!parse(argc, argv, &plan)) {
        (void)fputs(usage, stderr);
        return 2;
    }
    if (hf_crypto_init(false) != HF_OK) {
        (void)fprintf(stderr, "libsodium does not start.\n");
        return 1;
    }
    if (plan.mutants)
        return run_mutants(&plan);
    return run_seeds(&plan, 5) > 0;
}
