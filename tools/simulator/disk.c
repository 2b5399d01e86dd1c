#include "tools/simulator/disk.h"

#include "tools/simulator/random.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTES_LEAST    65536 /* of a file's buffer, so that it moves seldom as it grows */
#define SECTOR         512
#define DISK_FILES_MAX 8
#define NAME_BYTES     64

struct bytes {
    uint8_t *data;
    size_t len, cap;
};

struct disk_image {
    size_t count;
    char names[DISK_FILES_MAX][NAME_BYTES];
    struct bytes files[DISK_FILES_MAX];
};

/* A write or truncation since the last sync, with what stood there before: a sync has nothing to copy, and only a power
 * failure looks back. */
struct pending {
    bool is_truncate;
    size_t at, len;
    size_t len_before; /* of the file */
    uint8_t *before;   /* what a write covers, or a truncation cuts off; NULL: nothing */
    size_t before_len;
    uint8_t *data; /* what was written; filled when the power fails */
};

struct disk_file {
    bool is_used;
    char name[NAME_BYTES];
    bool is_there;    /* now */
    bool is_durable;  /* after a power failure, for sure */
    bool is_removed;  /* removed, but not for sure */
    struct bytes now; /* as the running system sees it */
    struct pending *pending;
    size_t pending_count, pending_cap;
};

struct disk {
    sqlite3_vfs vfs;
    char vfs_name[48];
    uint64_t seed;
    enum disk_stop stop;
    uint64_t calls_left; /* to the stop; 0: none planned */
    bool is_stopped;
    enum disk_fault fault;
    uint64_t fault_in;
    bool fault_stays, fault_happened;
    struct disk_file files[DISK_FILES_MAX];
};

struct disk_handle {
    sqlite3_file head;
    struct disk *disk;
    struct disk_file *file;
};

static void *must(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static void bytes_reserve(struct bytes *bytes, size_t len)
{
    if (len <= bytes->cap)
        return;
    bytes->cap = len < BYTES_LEAST ? BYTES_LEAST : len * 2;
    bytes->data = must(realloc(bytes->data, bytes->cap));
}

static void bytes_resize(struct bytes *bytes, size_t len)
{
    bytes_reserve(bytes, len);
    if (len > bytes->len)
        memset(bytes->data + bytes->len, 0, len - bytes->len);
    bytes->len = len;
}

static void bytes_write(struct bytes *bytes, size_t at, const uint8_t *data, size_t len)
{
    if (len == 0)
        return;
    if (at > bytes->len) /* only the gap is zero */
        bytes_resize(bytes, at);
    bytes_reserve(bytes, at + len);
    memcpy(bytes->data + at, data, len);
    if (at + len > bytes->len)
        bytes->len = at + len;
}

static void bytes_copy(struct bytes *to, const struct bytes *from)
{
    to->len = 0;
    bytes_write(to, 0, from->data, from->len);
}

static void forget_pending(struct disk_file *file)
{
    for (size_t i = 0; i < file->pending_count; i++) {
        free(file->pending[i].before);
        free(file->pending[i].data);
    }
    file->pending_count = 0;
}

static void clear_file(struct disk_file *file)
{
    forget_pending(file);
    free(file->pending);
    free(file->now.data);
    memset(file, 0, sizeof(*file));
}

/* Before it is done. */
static void add_pending(struct disk_file *file, bool is_truncate, size_t at, size_t len)
{
    struct pending *pending;
    size_t end = is_truncate || at + len > file->now.len ? file->now.len : at + len;

    if (file->pending_count == file->pending_cap) {
        file->pending_cap = file->pending_cap ? file->pending_cap * 2 : 16;
        file->pending = must(realloc(file->pending, file->pending_cap * sizeof(*file->pending)));
    }
    pending = &file->pending[file->pending_count++];
    *pending = (struct pending){.is_truncate = is_truncate, .at = at, .len = len, .len_before = file->now.len};
    if (end <= at)
        return;
    pending->before_len = end - at;
    pending->before = must(malloc(pending->before_len));
    memcpy(pending->before, file->now.data + at, pending->before_len);
}

static struct disk_file *find(struct disk *disk, const char *name)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        if (disk->files[i].is_used && strcmp(disk->files[i].name, name) == 0)
            return &disk->files[i];
    }
    return NULL;
}

static struct disk_file *find_or_make(struct disk *disk, const char *name)
{
    struct disk_file *file = find(disk, name);

    for (size_t i = 0; !file && i < DISK_FILES_MAX; i++) {
        if (!disk->files[i].is_used)
            file = &disk->files[i];
    }
    if (!file)
        abort();
    if (!file->is_used) {
        file->is_used = true;
        (void)snprintf(file->name, sizeof(file->name), "%s", name);
    }
    return file;
}

static void keep(struct bytes *to, const struct pending *pending)
{
    if (pending->is_truncate)
        bytes_resize(to, pending->at);
    else
        bytes_write(to, pending->at, pending->data, pending->len);
}

/* --- trouble -------------------------------------------------------------------------------------------------------
 */

/* Counts a call; true when this very one is stopped. */
static bool stops_now(struct disk *disk)
{
    if (disk->calls_left == 0 || --disk->calls_left > 0)
        return false;
    disk->is_stopped = true;
    return true;
}

static bool fault_now(struct disk *disk, enum disk_fault fault)
{
    if (disk->fault != fault || disk->fault_in == 0)
        return false;
    if (disk->fault_in > 1) {
        disk->fault_in--;
        return false;
    }
    disk->fault_happened = true;
    if (!disk->fault_stays)
        disk->fault_in = 0;
    return true;
}

/* --- file methods ----------------------------------------------------------------------------------------------------
 */

static struct disk_handle *mine(sqlite3_file *file)
{
    return (struct disk_handle *)(void *)file;
}

static int handle_close(sqlite3_file *file)
{
    (void)file;
    return SQLITE_OK;
}

static int handle_read(sqlite3_file *handle, void *out, int amount, sqlite3_int64 offset)
{
    struct disk *disk = mine(handle)->disk;
    struct bytes *now = &mine(handle)->file->now;
    size_t at = (size_t)offset;
    size_t len = (size_t)amount;
    size_t have = at >= now->len ? 0 : now->len - at;

    if (disk->is_stopped || stops_now(disk) || fault_now(disk, DISK_FAULT_READ))
        return SQLITE_IOERR_READ;
    if (have > len)
        have = len;
    if (have > 0)
        memcpy(out, now->data + at, have);
    memset((uint8_t *)out + have, 0, len - have);
    return have == len ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
}

static void do_write(struct disk_file *file, size_t at, const void *data, size_t len)
{
    add_pending(file, false, at, len);
    bytes_write(&file->now, at, data, len);
}

/* Somewhere between nothing and everything, at the border of a sector. */
static size_t cut_short(struct disk *disk, size_t at, size_t len)
{
    size_t border = (at + sim_next(&disk->seed) % (len + SECTOR)) / SECTOR * SECTOR;

    if (border <= at)
        return 0;
    return border - at < len ? border - at : len;
}

static int handle_write(sqlite3_file *handle, const void *data, int amount, sqlite3_int64 offset)
{
    struct disk *disk = mine(handle)->disk;
    struct disk_file *file = mine(handle)->file;

    if (disk->is_stopped)
        return SQLITE_IOERR_WRITE;
    if (stops_now(disk)) { /* with power it may still arrive in parts; a dying process gets a part done */
        size_t done = disk->stop == DISK_POWER_FAILS ? (size_t)amount : cut_short(disk, (size_t)offset, (size_t)amount);

        do_write(file, (size_t)offset, data, done);
        return SQLITE_IOERR_WRITE;
    }
    if (fault_now(disk, DISK_FAULT_WRITE))
        return SQLITE_IOERR_WRITE;
    if (fault_now(disk, DISK_FAULT_FULL))
        return SQLITE_FULL;
    if (fault_now(disk, DISK_FAULT_SHORT_WRITE)) { /* less than a sector arrives whole or not at all */
        do_write(file, (size_t)offset, data, amount < SECTOR ? 0 : (size_t)amount / 2);
        return SQLITE_FULL;
    }
    do_write(file, (size_t)offset, data, (size_t)amount);
    return SQLITE_OK;
}

static int handle_truncate(sqlite3_file *handle, sqlite3_int64 size)
{
    struct disk *disk = mine(handle)->disk;
    struct disk_file *file = mine(handle)->file;

    if (disk->is_stopped || fault_now(disk, DISK_FAULT_TRUNCATE))
        return SQLITE_IOERR_TRUNCATE;
    add_pending(file, true, (size_t)size, 0);
    bytes_resize(&file->now, (size_t)size);
    return stops_now(disk) ? SQLITE_IOERR_TRUNCATE : SQLITE_OK;
}

static int handle_sync(sqlite3_file *handle, int flags)
{
    struct disk *disk = mine(handle)->disk;
    struct disk_file *file = mine(handle)->file;

    (void)flags;
    if (disk->is_stopped || stops_now(disk) || fault_now(disk, DISK_FAULT_SYNC))
        return SQLITE_IOERR_FSYNC;
    forget_pending(file);
    file->is_durable = true;
    file->is_removed = false;
    return SQLITE_OK;
}

static int handle_size(sqlite3_file *handle, sqlite3_int64 *out_size)
{
    if (mine(handle)->disk->is_stopped)
        return SQLITE_IOERR_FSTAT;
    *out_size = (sqlite3_int64)mine(handle)->file->now.len;
    return SQLITE_OK;
}

static int handle_lock(sqlite3_file *handle, int level)
{
    (void)handle;
    (void)level;
    return SQLITE_OK;
}

static int handle_check_lock(sqlite3_file *handle, int *out)
{
    (void)handle;
    *out = 0;
    return SQLITE_OK;
}

static int handle_control(sqlite3_file *handle, int op, void *arg)
{
    (void)handle;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int handle_sector(sqlite3_file *handle)
{
    (void)handle;
    return SECTOR;
}

static int handle_characteristics(sqlite3_file *handle)
{
    (void)handle;
    return 0;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = handle_close,
    .xRead = handle_read,
    .xWrite = handle_write,
    .xTruncate = handle_truncate,
    .xSync = handle_sync,
    .xFileSize = handle_size,
    .xLock = handle_lock,
    .xUnlock = handle_lock,
    .xCheckReservedLock = handle_check_lock,
    .xFileControl = handle_control,
    .xSectorSize = handle_sector,
    .xDeviceCharacteristics = handle_characteristics,
};

/* --- VFS methods -----------------------------------------------------------------------------------------------------
 */

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *handle, int flags, int *out_flags)
{
    struct disk *disk = vfs->pAppData;
    struct disk_file *file = find(disk, name);

    handle->pMethods = NULL;
    if (disk->is_stopped || stops_now(disk))
        return SQLITE_CANTOPEN;
    if ((!file || !file->is_there) && !(flags & SQLITE_OPEN_CREATE))
        return SQLITE_CANTOPEN;
    file = find_or_make(disk, name);
    if (!file->is_there) {
        if (file->is_removed) /* the old content may come back for as long as the new file was not synced */
            add_pending(file, true, 0, 0);
        else
            forget_pending(file);
        bytes_resize(&file->now, 0);
        file->is_there = true;
    }
    mine(handle)->disk = disk;
    mine(handle)->file = file;
    handle->pMethods = &methods;
    if (out_flags)
        *out_flags = flags;
    return SQLITE_OK;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    struct disk *disk = vfs->pAppData;
    struct disk_file *file = find(disk, name);

    if (disk->is_stopped || stops_now(disk))
        return SQLITE_IOERR_DELETE;
    if (!file || !file->is_there)
        return SQLITE_IOERR_DELETE_NOENT;
    file->is_there = false;
    file->is_removed = file->is_durable && !sync_folder;
    if (!file->is_removed)
        file->is_durable = false;
    return SQLITE_OK;
}

/* As SQLite's unix VFS: an empty file is not there. */
static int disk_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    struct disk *disk = vfs->pAppData;
    struct disk_file *file = find(disk, name);

    (void)flags;
    if (disk->is_stopped)
        return SQLITE_IOERR_ACCESS;
    *out = file && file->is_there && file->now.len > 0;
    return SQLITE_OK;
}

static int disk_full_path(sqlite3_vfs *vfs, const char *name, int out_bytes, char *out)
{
    (void)vfs;
    sqlite3_snprintf(out_bytes, out, "%s", name);
    return SQLITE_OK;
}

static int disk_random(sqlite3_vfs *vfs, int bytes, char *out)
{
    (void)vfs;
    memset(out, 0, (size_t)bytes);
    return bytes;
}

static int disk_sleep(sqlite3_vfs *vfs, int microseconds)
{
    (void)vfs;
    return microseconds;
}

static int disk_time(sqlite3_vfs *vfs, double *out)
{
    (void)vfs;
    *out = 2460000.5;
    return SQLITE_OK;
}

static int disk_last_error(sqlite3_vfs *vfs, int bytes, char *out)
{
    (void)vfs;
    (void)bytes;
    (void)out;
    return 0;
}

struct disk *disk_new(uint64_t seed)
{
    static unsigned long count;
    struct disk *disk = calloc(1, sizeof(*disk));

    if (!disk)
        return NULL;
    disk->seed = seed;
    (void)snprintf(disk->vfs_name, sizeof(disk->vfs_name), "sim-disk-%lu", ++count);
    disk->vfs = (sqlite3_vfs){
        .iVersion = 1,
        .szOsFile = (int)sizeof(struct disk_handle),
        .mxPathname = NAME_BYTES,
        .zName = disk->vfs_name,
        .pAppData = disk,
        .xOpen = disk_open,
        .xDelete = disk_delete,
        .xAccess = disk_access,
        .xFullPathname = disk_full_path,
        .xRandomness = disk_random,
        .xSleep = disk_sleep,
        .xCurrentTime = disk_time,
        .xGetLastError = disk_last_error,
    };
    return disk;
}

void disk_free(struct disk *disk)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++)
        clear_file(&disk->files[i]);
    free(disk);
}

sqlite3_vfs *disk_vfs(struct disk *disk)
{
    return &disk->vfs;
}

void disk_put(struct disk *disk, const char *name, const void *data, size_t len)
{
    struct disk_file *file = find_or_make(disk, name);

    forget_pending(file);
    file->now.len = 0;
    bytes_write(&file->now, 0, data, len);
    file->is_there = file->is_durable = true;
    file->is_removed = false;
}

uint8_t *disk_bytes(struct disk *disk, const char *name, size_t *out_len)
{
    struct disk_file *file = find(disk, name);

    if (!file || !file->is_there)
        return NULL;
    *out_len = file->now.len;
    return file->now.data;
}

void disk_stop_now(struct disk *disk, enum disk_stop stop)
{
    disk->stop = stop;
    disk->is_stopped = true;
}

struct disk_image *disk_copy(const struct disk *disk, const char *prefix)
{
    struct disk_image *image = must(calloc(1, sizeof(*image)));

    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        const struct disk_file *file = &disk->files[i];

        if (!file->is_used || !file->is_there || strncmp(file->name, prefix, strlen(prefix)) != 0)
            continue;
        memcpy(image->names[image->count], file->name, NAME_BYTES);
        bytes_copy(&image->files[image->count++], &file->now);
    }
    return image;
}

void disk_put_back(struct disk *disk, const struct disk_image *image, const char *prefix)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        if (disk->files[i].is_used && strncmp(disk->files[i].name, prefix, strlen(prefix)) == 0)
            clear_file(&disk->files[i]);
    }
    for (size_t i = 0; i < image->count; i++) {
        if (strncmp(image->names[i], prefix, strlen(prefix)) == 0)
            disk_put(disk, image->names[i], image->files[i].data, image->files[i].len);
    }
}

void disk_image_free(struct disk_image *image)
{
    for (size_t i = 0; image && i < image->count; i++)
        free(image->files[i].data);
    free(image);
}

void disk_stop_at(struct disk *disk, enum disk_stop stop, uint64_t count)
{
    disk->stop = stop;
    disk->calls_left = count;
}

bool disk_is_stopped(const struct disk *disk)
{
    return disk->is_stopped;
}

/* How a power failure treats what was not synced. */
enum mercy { LOSES_ALL, KEEPS_ALL, KEEPS_PREFIX, BY_SECTOR, MERCY_COUNT };

static void keep_sectors(struct disk *disk, struct bytes *to, const struct pending *write)
{
    size_t done = 0;

    while (done < write->len) {
        size_t at = write->at + done;
        size_t len = SECTOR - at % SECTOR;

        if (len > write->len - done)
            len = write->len - done;
        if (sim_next(&disk->seed) % 4 != 0)
            bytes_write(to, at, write->data + done, len);
        done += len;
    }
}

/* As of the last sync; what came since is taken out of the file, last first, and kept. */
static void look_back(struct disk_file *file)
{
    for (size_t i = file->pending_count; i-- > 0;) {
        struct pending *pending = &file->pending[i];

        if (pending->len > 0) {
            pending->data = must(malloc(pending->len));
            memcpy(pending->data, file->now.data + pending->at, pending->len);
        }
        bytes_resize(&file->now, pending->len_before);
        if (pending->before_len > 0)
            memcpy(file->now.data + pending->at, pending->before, pending->before_len);
    }
}

static void settle_pending(struct disk *disk, struct disk_file *file)
{
    enum mercy mercy = (enum mercy)(sim_next(&disk->seed) % MERCY_COUNT);
    size_t prefix = sim_next(&disk->seed) % (file->pending_count + 1);

    look_back(file);
    for (size_t i = 0; i < file->pending_count; i++) {
        const struct pending *pending = &file->pending[i];

        if (mercy == KEEPS_ALL || (mercy == KEEPS_PREFIX && i < prefix))
            keep(&file->now, pending);
        else if (mercy == KEEPS_PREFIX && i == prefix && !pending->is_truncate)
            keep_sectors(disk, &file->now, pending);
        else if (mercy == BY_SECTOR && !pending->is_truncate)
            keep_sectors(disk, &file->now, pending);
        else if (mercy == BY_SECTOR && sim_next(&disk->seed) % 2 == 0)
            keep(&file->now, pending);
    }
    forget_pending(file);
}

static void lose_power(struct disk *disk)
{
    for (size_t i = 0; i < DISK_FILES_MAX; i++) {
        struct disk_file *file = &disk->files[i];
        bool is_sure = file->is_durable && !file->is_removed;
        bool may_be = file->is_there || file->is_removed;

        if (!file->is_used)
            continue;
        settle_pending(disk, file);
        file->is_there = is_sure || (may_be && sim_next(&disk->seed) % 2 == 0);
        file->is_durable = file->is_there;
        file->is_removed = false;
        if (!file->is_there)
            clear_file(file);
    }
}

void disk_go_on(struct disk *disk)
{
    if (disk->is_stopped && disk->stop == DISK_POWER_FAILS)
        lose_power(disk);
    disk->is_stopped = false;
    disk->calls_left = 0;
}

void disk_fault_at(struct disk *disk, enum disk_fault fault, uint64_t nth, bool stays)
{
    disk->fault = fault;
    disk->fault_in = nth;
    disk->fault_stays = stays;
    disk->fault_happened = false;
}

void disk_fault_end(struct disk *disk)
{
    disk->fault_in = 0;
}

bool disk_fault_happened(const struct disk *disk)
{
    return disk->fault_happened;
}
