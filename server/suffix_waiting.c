/* Commits that wait beside the data folder for a mirror that cannot be written (suffix.h). */
#include "core/base/text.h"
#include "core/crypto/crypto.h"
#include "server/suffix.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FOLDER      "mirror-waiting"
#define FILE_SUFFIX ".commit"
#define WAITING_MAX 1000000 /* names looked at in one turn; a folder with more is walked in several */
#define MARK_BYTES  128
#define NAME_BYTES  (HF_SUFFIX_NAME_BYTES - 1)

/* --- which mirror it is --------------------------------------------------------------------------------------------
 */

static enum hf_status read_name(const struct hf_web_folder *web, char out[HF_SUFFIX_NAME_BYTES])
{
    struct hf_buf text = {0};
    uint8_t bytes[NAME_BYTES / 2];
    enum hf_status status = hf_web_read(web, HF_SUFFIX_MARK, MARK_BYTES, &text);
    if (status == HF_OK &&
        (text.len != NAME_BYTES + 1 || hf_text_unhex(hf_slice_of(text.data, NAME_BYTES), bytes, sizeof bytes) != HF_OK))
        status = HF_ERR_CORRUPT;
    if (status == HF_OK) {
        memcpy(out, text.data, NAME_BYTES);
        out[NAME_BYTES] = '\0';
    }
    hf_buf_clear(&text);
    return status;
}

enum hf_status hf_suffix_name_mirror(struct hf_suffix *suffix, char out[HF_SUFFIX_NAME_BYTES])
{
    uint8_t random[NAME_BYTES / 2];
    struct hf_buf text = {0};
    enum hf_status status = read_name(&suffix->web, out);
    if (status != HF_ERR_NOT_FOUND)
        return status;
    hf_random(random, sizeof random);
    hf_text_hex(&text, hf_slice_of(random, sizeof random));
    hf_buf_append_str(&text, "\n");
    status = hf_buf_status(&text);
    if (status == HF_OK)
        status = hf_web_put(&suffix->web, HF_SUFFIX_MARK, hf_buf_slice(&text));
    if (status == HF_OK)
        status = hf_web_sync(&suffix->web);
    if (status == HF_OK) {
        memcpy(out, text.data, NAME_BYTES);
        out[NAME_BYTES] = '\0';
    }
    hf_buf_clear(&text);
    return status;
}

/* Anew each time: the disk may have been taken out and put back since. */
static enum hf_status find_mirror(struct hf_suffix *suffix)
{
    char name[HF_SUFFIX_NAME_BYTES];
    if (suffix->open)
        hf_web_close(&suffix->web);
    suffix->open = false;
    enum hf_status status = hf_web_open_there(suffix->path, &suffix->web);
    if (status != HF_OK)
        return status;
    status = read_name(&suffix->web, name);
    if (status == HF_OK && strcmp(name, suffix->name) != 0)
        status = HF_ERR_NOT_FOUND;
    if (status != HF_OK)
        hf_web_close(&suffix->web);
    suffix->open = status == HF_OK;
    return status;
}

/* --- the files that wait -------------------------------------------------------------------------------------------
 */

static enum hf_status folder_of(const char *data_folder, char out[HF_SUFFIX_PATH_BYTES])
{
    const int len = snprintf(out, HF_SUFFIX_PATH_BYTES, "%s/%s", data_folder, FOLDER);
    return len > 0 && len < HF_SUFFIX_PATH_BYTES ? HF_OK : HF_ERR_INVALID;
}

static bool is_commit(const char *name)
{
    const size_t len = strlen(name);
    return len > sizeof FILE_SUFFIX && len < HF_WEB_PATH_BYTES &&
           strcmp(name + len - (sizeof FILE_SUFFIX - 1), FILE_SUFFIX) == 0;
}

typedef bool name_fn(void *ctx, const char *name); /* false stops */

static enum hf_status each_name(const struct hf_web_folder *aside, name_fn *each, void *ctx)
{
    const int fd = openat(aside->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    const struct dirent *item;
    if (!folder) {
        if (fd >= 0)
            (void)close(fd);
        return HF_ERR_IO;
    }
    bool go_on = true;
    errno = 0;
    for (int seen = 0; go_on && seen < WAITING_MAX && (item = readdir(folder)) != NULL; seen++)
        go_on = !is_commit(item->d_name) || each(ctx, item->d_name);
    const enum hf_status status = errno != 0 ? HF_ERR_IO : HF_OK;
    (void)closedir(folder);
    return status;
}

static bool count_one(void *ctx, const char *name)
{
    struct hf_suffix *suffix = ctx;
    struct stat facts;
    suffix->waiting++;
    if (fstatat(suffix->aside.fd, name, &facts, AT_SYMLINK_NOFOLLOW) == 0 && facts.st_mtime > 0 &&
        (suffix->since_ms == 0 || (uint64_t)facts.st_mtime * 1000 < suffix->since_ms))
        suffix->since_ms = (uint64_t)facts.st_mtime * 1000;
    return true;
}

static enum hf_status count(struct hf_suffix *suffix)
{
    suffix->waiting = 0;
    suffix->since_ms = 0;
    return each_name(&suffix->aside, count_one, suffix);
}

/* The first in the order in which they were written: of an older shard, then by number. */
struct turn {
    char names[HF_SUFFIX_TURN_FILES][HF_WEB_PATH_BYTES];
    size_t count;
};

/* "00…7.commit" is of the first log; "s2-00…9.commit" of a later one. */
static int order(const char *a, const char *b)
{
    const unsigned long shard_a = a[0] == 's' ? strtoul(a + 1, NULL, 10) : 0;
    const unsigned long shard_b = b[0] == 's' ? strtoul(b + 1, NULL, 10) : 0;
    return shard_a != shard_b ? (shard_a < shard_b ? -1 : 1) : strcmp(a, b);
}

static bool choose(void *ctx, const char *name)
{
    struct turn *turn = ctx;
    size_t at = turn->count;
    while (at > 0 && order(name, turn->names[at - 1]) < 0)
        at--;
    if (at == HF_SUFFIX_TURN_FILES)
        return true;
    if (turn->count < HF_SUFFIX_TURN_FILES)
        turn->count++;
    memmove(&turn->names[at + 1], &turn->names[at], (turn->count - 1 - at) * sizeof turn->names[0]);
    memcpy(turn->names[at], name, strlen(name) + 1);
    return true;
}

static enum hf_status bring_one(struct hf_suffix *suffix, const char *name)
{
    struct hf_buf bytes;
    hf_buf_init(&bytes, HF_SUFFIX_BYTES_MAX);
    enum hf_status status = hf_web_read(&suffix->aside, name, HF_SUFFIX_BYTES_MAX, &bytes);
    if (status == HF_OK)
        status = hf_web_put(&suffix->web, name, hf_buf_slice(&bytes));
    hf_buf_clear(&bytes);
    return status;
}

/* Away only when they are on the mirror's disk, names included. */
static enum hf_status bring(struct hf_suffix *suffix, const struct turn *turn)
{
    size_t brought = 0;
    enum hf_status status = HF_OK;
    while (status == HF_OK && brought < turn->count) {
        status = bring_one(suffix, turn->names[brought]);
        brought += status == HF_OK;
    }
    const enum hf_status synced = hf_web_sync(&suffix->web);
    for (size_t i = 0; synced == HF_OK && i < brought; i++)
        if (unlinkat(suffix->aside.fd, turn->names[i], 0) == 0 && suffix->waiting > 0)
            suffix->waiting--;
    return status == HF_OK ? synced : status;
}

bool hf_suffix_is_well(const struct hf_suffix *suffix)
{
    return suffix->waiting == 0 && suffix->why == HF_OK;
}

bool hf_suffix_step(struct hf_suffix *suffix, uint64_t monotonic_ms)
{
    if (hf_suffix_is_well(suffix) || monotonic_ms < suffix->again_ms)
        return false;
    struct turn *turn = calloc(1, sizeof *turn);
    enum hf_status status = turn ? find_mirror(suffix) : HF_ERR_NOMEM;
    if (status == HF_OK)
        status = each_name(&suffix->aside, choose, turn);
    if (status == HF_OK)
        status = bring(suffix, turn);
    if (status == HF_OK && turn->count == 0)
        suffix->waiting = 0;
    free(turn);
    suffix->why = status;
    suffix->again_ms = status == HF_OK ? 0 : monotonic_ms + HF_SUFFIX_RETRY_MS;
    return status == HF_OK && suffix->waiting > 0;
}

/* --- writing -------------------------------------------------------------------------------------------------------
 */

static uint64_t wall_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000;
}

static enum hf_status put_in(struct hf_web_folder *web, const char *name, struct hf_slice bytes)
{
    enum hf_status status = hf_web_put(web, name, bytes);
    return status == HF_OK ? hf_web_sync(web) : status;
}

enum hf_status hf_suffix_keep(struct hf_suffix *suffix, const char *name, struct hf_slice bytes)
{
    if (suffix->waiting == 0) { /* otherwise they stay in order */
        suffix->why = suffix->open ? HF_OK : find_mirror(suffix);
        if (suffix->why == HF_OK)
            suffix->why = put_in(&suffix->web, name, bytes);
        if (suffix->why == HF_OK)
            return HF_OK;
    }
    struct stat facts;
    const bool again = fstatat(suffix->aside.fd, name, &facts, AT_SYMLINK_NOFOLLOW) == 0;
    enum hf_status status = put_in(&suffix->aside, name, bytes);
    if (status == HF_OK && !again && suffix->waiting++ == 0)
        suffix->since_ms = wall_ms();
    return status;
}

/* --- of a data folder ----------------------------------------------------------------------------------------------
 */

enum hf_status hf_suffix_attach(const char *data_folder, const char *mirror, const char *name,
                                const uint8_t key[HF_KEY_BYTES], struct hf_keystore *keystore, struct hf_suffix *out)
{
    char path[HF_SUFFIX_PATH_BYTES];
    struct hf_suffix suffix = {.keystore = keystore, .attached = true};
    if (strlen(mirror) >= sizeof suffix.path || strlen(name) >= sizeof suffix.name)
        return HF_ERR_INVALID;
    memcpy(suffix.path, mirror, strlen(mirror) + 1);
    memcpy(suffix.name, name, strlen(name) + 1);
    memcpy(suffix.key, key, sizeof suffix.key);
    enum hf_status status = folder_of(data_folder, path);
    if (status == HF_OK)
        status = hf_web_open(path, &suffix.aside);
    suffix.aside_open = status == HF_OK;
    if (status == HF_OK)
        status = count(&suffix);
    if (status != HF_OK) {
        hf_suffix_close(&suffix);
        return status;
    }
    suffix.why = find_mirror(&suffix);
    while (hf_suffix_step(&suffix, 0))
        ;
    suffix.again_ms = 0;
    *out = suffix;
    hf_wipe(suffix.key, sizeof suffix.key);
    return HF_OK;
}

void hf_suffix_read_waiting(struct hf_suffix *suffix, const char *data_folder)
{
    char path[HF_SUFFIX_PATH_BYTES];
    suffix->aside_open = folder_of(data_folder, path) == HF_OK && hf_web_open_there(path, &suffix->aside) == HF_OK;
}

static bool remove_one(void *ctx, const char *name)
{
    const struct hf_web_folder *aside = ctx;
    return unlinkat(aside->fd, name, 0) == 0;
}

enum hf_status hf_suffix_forget_waiting(const char *data_folder)
{
    char path[HF_SUFFIX_PATH_BYTES];
    struct hf_web_folder aside;
    enum hf_status status = folder_of(data_folder, path);
    if (status == HF_OK)
        status = hf_web_open_there(path, &aside);
    if (status != HF_OK)
        return status == HF_ERR_NOT_FOUND ? HF_OK : status;
    status = each_name(&aside, remove_one, &aside);
    hf_web_close(&aside);
    (void)rmdir(path);
    return status;
}

/* --- telling -------------------------------------------------------------------------------------------------------
 */

static const char *reason(enum hf_status why)
{
    switch (why) {
    case HF_ERR_FULL:
        return "its disk is full";
    case HF_ERR_DENIED:
        return "it is read-only, or this user may not write there";
    case HF_ERR_NOT_FOUND:
    case HF_ERR_INVALID:
    case HF_ERR_CORRUPT:
        return "it is not there, or another disk is in its place";
    default:
        return "its disk cannot be read or written";
    }
}

void hf_suffix_tell(const struct hf_suffix *suffix, struct hf_buf *out)
{
    char since[HF_TIME_TEXT_BYTES];
    if (hf_suffix_is_well(suffix))
        return;
    hf_text_time(suffix->since_ms, since);
    if (suffix->waiting == 0)
        hf_buf_append_fmt(
            out,
            "The mirror %s cannot be used: %s. It lacks nothing yet: what comes is kept in the data "
            "folder (mirror-waiting) until it can. Put it right, or take it away with `holdfastd mirror --none`.",
            suffix->path, reason(suffix->why));
    else
        hf_buf_append_fmt(
            out,
            "The mirror %s lacks %llu commits since %s: %s. They are kept in the data folder "
            "(mirror-waiting) and brought to it as soon as it can be written. Until then a loss of this disk loses "
            "them: put the mirror right.",
            suffix->path, (unsigned long long)suffix->waiting, since,
            suffix->why == HF_OK ? "they are on their way" : reason(suffix->why));
}
