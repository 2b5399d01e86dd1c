#include "tools/benchmarks/frames.h"

#include "core/vault/vfs.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SALTS_AT_HEADER 16
#define SALTS_AT_FRAME  8
#define COMMIT_AT       4
#define TREES_MAX       128

static _Noreturn void stop(const char *why)
{
    (void)fprintf(stderr, "counting frames: %s\n", why);
    exit(1);
}

static bool read_at(const struct frames *frames, uint64_t at, uint8_t *out, size_t len)
{
    return pread(frames->fd, out, len, (off_t)at) == (ssize_t)len;
}

/* A log that began anew is read from its beginning. */
static void look_at_header(struct frames *frames)
{
    uint8_t header[HF_VAULT_WAL_HEADER_BYTES];
    if (!read_at(frames, 0, header, sizeof header))
        stop("no header");
    if (memcmp(frames->salts, header + SALTS_AT_HEADER, sizeof frames->salts) == 0)
        return;
    memcpy(frames->salts, header + SALTS_AT_HEADER, sizeof frames->salts);
    frames->at = HF_VAULT_WAL_HEADER_BYTES;
}

static bool next_frame(struct frames *frames, uint8_t head[HF_VAULT_FRAME_CLEAR_BYTES])
{
    if (!read_at(frames, frames->at, head, HF_VAULT_FRAME_CLEAR_BYTES) ||
        memcmp(head + SALTS_AT_FRAME, frames->salts, sizeof frames->salts) != 0)
        return false;
    frames->at += HF_VAULT_FRAME_BYTES;
    return true;
}

static void count_page(struct frames *frames, uint32_t page)
{
    if (page >= frames->page_count) {
        const uint64_t count = (uint64_t)page + 1024;
        uint64_t *pages = realloc(frames->pages, count * sizeof *pages);
        if (!pages)
            stop("no memory");
        memset(pages + frames->page_count, 0, (count - frames->page_count) * sizeof *pages);
        frames->pages = pages;
        frames->page_count = count;
    }
    frames->pages[page]++;
    frames->frames++;
}

void frames_begin(struct frames *frames, const char *wal_path)
{
    uint8_t head[HF_VAULT_FRAME_CLEAR_BYTES];
    *frames = (struct frames){.fd = open(wal_path, O_RDONLY | O_CLOEXEC)};
    if (frames->fd < 0)
        stop(wal_path);
    look_at_header(frames);
    while (next_frame(frames, head))
        ;
}

void frames_take(struct frames *frames)
{
    uint8_t head[HF_VAULT_FRAME_CLEAR_BYTES];
    look_at_header(frames);
    while (next_frame(frames, head)) {
        count_page(frames, hf_get_u32(head));
        if (hf_get_u32(head + COMMIT_AT) != 0)
            frames->commits++;
    }
}

void frames_skip(struct frames *frames)
{
    uint8_t head[HF_VAULT_FRAME_CLEAR_BYTES];
    look_at_header(frames);
    while (next_frame(frames, head))
        ;
}

/* --- by table and index --- */

struct tree {
    char name[64], kind[16]; /* inner pages of a tree apart from its leaves */
    uint64_t frames, pages;
};

static struct tree *tree_of(struct tree *trees, const char *name, const char *kind)
{
    for (size_t i = 0; i < TREES_MAX; i++) {
        struct tree *tree = &trees[i];
        if (tree->name[0] == '\0') {
            (void)snprintf(tree->name, sizeof tree->name, "%s", name);
            (void)snprintf(tree->kind, sizeof tree->kind, "%s", kind);
        }
        if (strcmp(tree->name, name) == 0 && strcmp(tree->kind, kind) == 0)
            return tree;
    }
    stop("more tables than expected");
}

static int most_first(const void *a, const void *b)
{
    const struct tree *left = a, *right = b;
    return left->frames < right->frames ? 1 : left->frames > right->frames ? -1 : 0;
}

void frames_report(const struct frames *frames, struct sqlite3 *db, const char *name)
{
    sqlite3_stmt *stmt = NULL;
    struct tree trees[TREES_MAX] = {{.frames = 0}};
    const double commits = frames->commits ? (double)frames->commits : 1;
    (void)printf("%-22s %.2f pages a commit (%llu commits)\n", name, (double)frames->frames / commits,
                 (unsigned long long)frames->commits);
    if (sqlite3_prepare_v2(db, "SELECT pageno, name, pagetype FROM dbstat", -1, &stmt, NULL))
        stop(sqlite3_errmsg(db));
    while (sqlite3_step(stmt) == SQLITE_ROW) {
        const uint64_t page = (uint64_t)sqlite3_column_int64(stmt, 0);
        if (page >= frames->page_count || frames->pages[page] == 0)
            continue;
        struct tree *tree =
            tree_of(trees, (const char *)sqlite3_column_text(stmt, 1), (const char *)sqlite3_column_text(stmt, 2));
        tree->frames += frames->pages[page];
        tree->pages++;
    }
    (void)sqlite3_finalize(stmt);
    qsort(trees, TREES_MAX, sizeof *trees, most_first);
    for (size_t i = 0; i < TREES_MAX && trees[i].frames > 0; i++)
        (void)printf("  %-32s %-8s %6.3f a commit, of %llu pages\n", trees[i].name, trees[i].kind,
                     (double)trees[i].frames / commits, (unsigned long long)trees[i].pages);
}

void frames_end(struct frames *frames)
{
    (void)close(frames->fd);
    free(frames->pages);
}
