/* A disk in memory, as a SQLite VFS to lie under the vault's: it loses power, runs full and fails on command. The
 * vault's own tests stand on it too.
 *
 * What was written and not synced is uncertain until it is synced: at a power failure each 512-byte sector of each
 * such write arrives or not, on its own, so that writes are lost, torn and reordered. A new file's name is uncertain
 * until its first sync, a removal until a folder sync. */
#ifndef HF_TOOLS_SIMULATOR_DISK_H
#define HF_TOOLS_SIMULATOR_DISK_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct disk;
struct disk_image;

enum disk_fault {
    DISK_FAULT_NONE,
    DISK_FAULT_READ,        /* reads fail */
    DISK_FAULT_WRITE,       /* writes fail, nothing arrives */
    DISK_FAULT_SHORT_WRITE, /* half of the bytes arrive, then the write fails */
    DISK_FAULT_FULL,        /* writes and growing fail with SQLITE_FULL */
    DISK_FAULT_SYNC,        /* syncs fail */
    DISK_FAULT_TRUNCATE,
    DISK_FAULT_COUNT
};

/* Registers a VFS of its own. NULL when there is no memory. */
struct disk *disk_new(uint64_t seed);
void disk_free(struct disk *disk);
sqlite3_vfs *disk_vfs(struct disk *disk);

/* Lays a file down, synced. */
void disk_put(struct disk *disk, const char *name, const void *data, size_t len);
/* The current bytes; NULL when there is no such file. Borrowed until the next call. */
uint8_t *disk_bytes(struct disk *disk, const char *name, size_t *out_len);

enum disk_stop {
    DISK_POWER_FAILS, /* what was not synced may be lost */
    DISK_PROCESS_DIES /* nothing is lost, but the call under way may be cut short */
};

/* The world stops at the count-th call from now (1: the next) that reads, writes, syncs, truncates, opens or removes.
 * Every call fails from then on. 0: never. */
void disk_stop_at(struct disk *disk, enum disk_stop stop, uint64_t count);
void disk_stop_now(struct disk *disk, enum disk_stop stop);
bool disk_is_stopped(const struct disk *disk);
/* Goes on after a stop, or cancels a planned one: what is left of unsynced writes becomes the disk. */
void disk_go_on(struct disk *disk);

/* A backup: a copy of the current bytes of the files whose names begin with `prefix`; put back, the files of that
 * prefix are those of the copy, synced. */
struct disk_image *disk_copy(const struct disk *disk, const char *prefix);
void disk_put_back(struct disk *disk, const struct disk_image *image, const char *prefix);
void disk_image_free(struct disk_image *image); /* NULL is fine */

/* The nth call that the fault concerns fails (1: the next); `stays`: and all that follow. */
void disk_fault_at(struct disk *disk, enum disk_fault fault, uint64_t nth, bool stays);
void disk_fault_end(struct disk *disk);
bool disk_fault_happened(const struct disk *disk);

#endif
