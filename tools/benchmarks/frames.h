/* Which pages a commit writes, read from the log beside a database: the numbers of the pages stand in clear in it. */
#ifndef HF_TOOLS_BENCHMARKS_FRAMES_H
#define HF_TOOLS_BENCHMARKS_FRAMES_H

#include <stdint.h>

struct sqlite3;

struct frames {
    int fd;
    uint8_t salts[8];
    uint64_t at; /* behind the last frame that was counted */
    uint64_t commits, frames;
    uint64_t *pages; /* frames of each page, from page 1 on */
    uint64_t page_count;
};

/* From here on; the log is there. Ends the program when it cannot be read. */
void frames_begin(struct frames *frames, const char *wal_path);
/* What was committed since; to be called at least once between two checkpoints. */
void frames_take(struct frames *frames);
/* As frames_take, without counting. */
void frames_skip(struct frames *frames);
/* By table and index, per commit; `name` begins the line. */
void frames_report(const struct frames *frames, struct sqlite3 *db, const char *name);
void frames_end(struct frames *frames);

#endif
