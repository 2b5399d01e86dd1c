/* How far holdfast-audit is from what it must do at the least: the signature and hash operations alone, over the same
 * entries held in memory, against a whole run over a bundle on the disk. */
#include "core/base/text.h"
#include "tests/audit/support_stream.h"
#include "tools/audit/audit.h"
#include "tools/audit/folder.h"
#include "tools/benchmarks/bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS_MAX 15

struct times {
    double wall_s[ROUNDS_MAX];
    double cpu_s[ROUNDS_MAX];
};

struct bench {
    char folder[256];
    uint64_t entries;
    size_t payload_bytes;
    unsigned rounds;
    uint8_t authority[HF_SIGN_PUBLIC_BYTES];
    uint8_t *leaves;
    uint8_t *payload;
    struct times bare, one, all;
};

static double now_s(clockid_t clock)
{
    struct timespec time;
    (void)clock_gettime(clock, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *values, unsigned count)
{
    qsort(values, count, sizeof *values, compare);
    return values[count / 2];
}

/* What cannot be left out: a signature, the hash in the tree, the hash in the chain and the hash of the content of
 * every entry, and the nodes above. */
static bool run_bare(const struct bench *bench, struct hf_hash *out_root)
{
    struct hf_tree tree = {.size = 0};
    for (uint64_t i = 0; i < bench->entries; i++) {
        const uint8_t *leaf = bench->leaves + i * HF_LEAF_BYTES;
        struct hf_hash hash;
        uint8_t chain[HF_HASH_BYTES];
        if (!hf_leaf_verify(leaf))
            return false;
        hf_tree_leaf_hash(hf_slice_of(leaf, HF_LEAF_BYTES), &hash);
        hf_leaf_hash(leaf, chain);
        if (bench->payload_bytes > 0)
            hf_sha256_of(bench->payload, bench->payload_bytes, chain);
        hf_tree_append(&tree, &hash, NULL, NULL);
    }
    hf_tree_root(&tree, out_root);
    return true;
}

static bool run_whole(const struct bench *bench, unsigned threads, struct hf_hash *out_root)
{
    struct hf_audit_folder folder;
    struct hf_audit *audit = malloc(sizeof *audit);
    if (!audit || hf_audit_folder_open(bench->folder, &folder) != HF_OK) {
        free(audit);
        return false;
    }
    struct hf_bundle_reader reader = hf_audit_folder_reader(&folder);
    hf_audit_begin(audit, &reader, bench->authority);
    audit->threads = threads;
    bool holds = hf_audit_run(audit) == HF_OK;
    if (!holds)
        (void)fprintf(stderr, "%s\n", audit->finding.text);
    *out_root = audit->checkpoint.root;
    hf_audit_end(audit);
    hf_audit_folder_close(&folder);
    free(audit);
    return holds;
}

/* The entries as they lie in the tiles. */
static bool load_leaves(struct bench *bench)
{
    struct hf_audit_folder folder;
    struct hf_buf bytes = {0};
    uint64_t count = 0;
    if (hf_audit_folder_open(bench->folder, &folder) != HF_OK)
        return false;
    struct hf_bundle_reader reader = hf_audit_folder_reader(&folder);
    for (uint64_t tile = 0; tile * HF_TILE_WIDTH < bench->entries; tile++) {
        char name[HF_TILE_PATH_BYTES_MAX];
        struct hf_tile_id id = {.entries = true, .index = tile, .width = hf_tile_width_at(0, tile, bench->entries)};
        struct hf_slice entry;
        (void)hf_tile_path(&id, name);
        hf_buf_reset(&bytes);
        if (reader.read(reader.ctx, name, HF_ENTRY_BUNDLE_BYTES_MAX, &bytes) != HF_OK)
            break;
        struct hf_slice rest = hf_buf_slice(&bytes);
        while (hf_entry_next(&rest, &entry) == HF_OK)
            memcpy(bench->leaves + count++ * HF_LEAF_BYTES, entry.data, HF_LEAF_BYTES);
    }
    hf_buf_clear(&bytes);
    hf_audit_folder_close(&folder);
    return count == bench->entries;
}

static bool timed(struct bench *bench, unsigned round, int what, struct hf_hash *out_root)
{
    struct times *times = what < 0 ? &bench->bare : what == 1 ? &bench->one : &bench->all;
    double wall = now_s(CLOCK_MONOTONIC);
    double cpu = now_s(CLOCK_PROCESS_CPUTIME_ID);
    bool holds = what < 0 ? run_bare(bench, out_root) : run_whole(bench, (unsigned)what, out_root);
    times->wall_s[round] = now_s(CLOCK_MONOTONIC) - wall;
    times->cpu_s[round] = now_s(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    return holds;
}

/* Bare and whole take turns, so that a busy machine is unfair to both alike. */
static bool measure(struct bench *bench)
{
    for (unsigned round = 0; round < bench->rounds; round++) {
        struct hf_hash bare, one, all;
        if (!timed(bench, round, -1, &bare) || !timed(bench, round, 1, &one) || !timed(bench, round, 0, &all))
            return false;
        if (memcmp(&bare, &one, sizeof bare) != 0 || memcmp(&bare, &all, sizeof bare) != 0)
            return false;
    }
    return true;
}

static void tell(struct bench *bench)
{
    double bare_cpu = median(bench->bare.cpu_s, bench->rounds);
    double one_cpu = median(bench->one.cpu_s, bench->rounds);
    double bare = median(bench->bare.wall_s, bench->rounds);
    double one = median(bench->one.wall_s, bench->rounds);
    double all = median(bench->all.wall_s, bench->rounds);
    double all_cpu = median(bench->all.cpu_s, bench->rounds);
    double us = 1e6 / (double)bench->entries;
    printf("%llu entries, %zu bytes of sealed content each, %u rounds, medians, µs for each entry\n",
           (unsigned long long)bench->entries, bench->payload_bytes, bench->rounds);
    printf("                              wall     cpu\n");
    printf("signatures and hashes alone %6.1f  %6.1f\n", bare * us, bare_cpu * us);
    printf("whole check, one thread     %6.1f  %6.1f\n", one * us, one_cpu * us);
    printf("whole check, all cores      %6.1f  %6.1f\n", all * us, all_cpu * us);
    printf("one thread against bare: %.3f by CPU time, %.3f by the clock\n", one_cpu / bare_cpu, one / bare);
    printf("all cores against one: %.2f times faster by the clock\n", one / all);
}

static bool run(struct bench *bench)
{
    struct support_stream stream = {.folder = bench->folder,
                                    .entries = bench->entries,
                                    .devices = 40,
                                    .seen_every = 20,
                                    .payload_bytes = bench->payload_bytes};
    bench->leaves = malloc(bench->entries * HF_LEAF_BYTES);
    bench->payload = calloc(1, bench->payload_bytes + 1);
    if (!bench->leaves || !bench->payload)
        return false;
    bool holds = support_stream_write(&stream, bench->authority) && load_leaves(bench) && measure(bench);
    if (holds)
        tell(bench);
    free(bench->leaves);
    free(bench->payload);
    return holds;
}

int bench_verify(int argc, char **argv)
{
    static struct bench bench = {.entries = 100000, .rounds = 5};
    const char *folder = "/tmp";
    for (int i = 0; i + 1 < argc; i += 2) {
        if (strcmp(argv[i], "--entries") == 0)
            bench.entries = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--payload") == 0)
            bench.payload_bytes = (strtoull(argv[i + 1], NULL, 10) + 63) / 64 * 64;
        else if (strcmp(argv[i], "--rounds") == 0)
            bench.rounds = (unsigned)strtoul(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--folder") == 0)
            folder = argv[i + 1];
    }
    if (bench.entries < 100 || bench.entries > 1u << 24 || bench.rounds < 1 || bench.rounds > ROUNDS_MAX ||
        bench.payload_bytes > 1u << 16 || hf_crypto_init(false) != HF_OK) {
        (void)fprintf(stderr,
                      "usage: holdfast-bench verify [--entries 100..] [--payload BYTES] [--rounds 1..%d] "
                      "[--folder PATH]\n",
                      ROUNDS_MAX);
        return 2;
    }
    (void)snprintf(bench.folder, sizeof bench.folder, "%s/holdfast-bench-XXXXXX", folder);
    if (!mkdtemp(bench.folder) || !run(&bench)) {
        (void)fprintf(stderr, "The measurement did not come to its end.\n");
        return 1;
    }
    printf("The bundle is in %s; remove it when you are done.\n", bench.folder);
    return 0;
}
