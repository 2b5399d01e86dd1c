/* Writing one record on a device, and beside it what it cannot do without: a signature and a commit of as many bytes in
 * an encrypted file. Both in processes of their own that take turns, a stretch of records at a time, so that what else
 * the machine does meets both; and after that what a save writes, counted in frames of the log, by table and index. */
#ifndef HF_TOOLS_BENCHMARKS_SAVING_H
#define HF_TOOLS_BENCHMARKS_SAVING_H

#include <stdint.h>

struct saving_plan {
    const char *device; /* folder of an enrolled device */
    const char *bare;   /* a folder that is not there yet */
    const char *passphrase;
    unsigned long records;
    unsigned long counted; /* written behind them by each side, for the pages */
};
/* For all records together. */
struct saving_side {
    double wall_s, cpu_s;
    uint64_t raw_bytes;
};
struct saving_result {
    struct saving_side save, floor;
};
/* The floor alone, in a process of its own: one signature and one commit in a vault at `folder`, which is not there
 * yet. */
struct saving_floor;
struct saving_floor *saving_floor_open(const char *folder, const char *passphrase);
void saving_floor_commit(struct saving_floor *floor);
void saving_floor_close(struct saving_floor *floor);

/* Prints what it found; with plan->counted also the pages, and the same for a form: autosaves of one field, and saving
 * it. Ends the program with a message when something fails. */
struct saving_result saving_measure(const struct saving_plan *plan);

#endif
