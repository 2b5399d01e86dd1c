/* After a lock nothing of the records, the passphrase or the keys is left in the memory of the process, in a core dump
 * of it or in any file. A child does the work; the parent, which knows the words, looks through everything that the
 * child can write to, and lets it leave a core. */
#define _GNU_SOURCE /* prlimit */
#include "tests/client/support_client.h"

#include "core/replica/replica_internal.h"
#include "core/vault/keys.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define SECRET_PHRASE "quokka lantern meridian obelisk 77"
#define RECORD_WORDS  "Zebrafinch told the tutor about Pemberwick (invented)"
#define EDIT_WORDS    "Xylophone lessons were moved to Quillhaven (invented)"
#define REFERENCE     "REF-VORTIGERN-4471"
#define PIECE_BYTES   16
#define NEEDLES_MAX   48
#define CHUNK_BYTES   (1u << 20)
#define FILES_MAX     1024
#define SHADOW_BYTES  (1ull << 30) /* a larger mapping is the sanitizer's own, empty but for what it writes there */

/* --- the child: a program that unlocks, works and locks --- */

/* The library forbids cores for good. This program lets it believe so: it wants to see what would be in one. */
int setrlimit(__rlimit_resource_t resource, const struct rlimit *limit)
{
    return resource == RLIMIT_CORE ? 0 : prlimit(0, resource, limit, NULL);
}

static void take_line(char *out, size_t size)
{
    size_t len = 0;
    while (len + 1 < size && read(STDIN_FILENO, out + len, 1) == 1 && out[len] != '\n')
        len++;
    out[len] = '\0';
}

static bool read_record(void *ctx, const struct holdfast_record_row *row)
{
    struct holdfast_id *ids = ctx;
    for (size_t i = 0; i < 8; i++) {
        if (ids[i].bytes[0] == 0) {
            ids[i] = row->id;
            break;
        }
    }
    return true;
}

static bool see_field(void *ctx, const struct holdfast_field_row *row)
{
    size_t *seen = ctx;
    *seen += row->value_count;
    return true;
}

static bool see_change(void *ctx, const struct holdfast_change_row *row)
{
    size_t *seen = ctx;
    *seen += row->edit_count;
    return true;
}

static int work(struct holdfast *hf)
{
    struct holdfast_id ids[8] = {{{0}}};
    struct holdfast_edit *edit = NULL;
    size_t seen = 0;
    char words[128];
    if (holdfast_list(hf, NULL, read_record, ids) != HOLDFAST_OK)
        return 3;
    for (size_t i = 0; i < 8 && ids[i].bytes[0] != 0; i++) {
        if (holdfast_read(hf, &ids[i], NULL, see_field, &seen) != HOLDFAST_OK ||
            holdfast_history(hf, &ids[i], see_change, &seen) != HOLDFAST_OK)
            return 4;
    }
    take_line(words, sizeof words);
    if (seen == 0 || holdfast_edit_record(hf, &ids[0], &edit) != HOLDFAST_OK ||
        holdfast_edit_set(edit, "reference", "REF-2") != HOLDFAST_OK ||
        holdfast_edit_reason(edit, words) != HOLDFAST_OK)
        return 5;
    hf_wipe(words, sizeof words);
    return 0;
}

static void leave_a_core_when_told(const char *line, const char *temporary)
{
    const struct rlimit all = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
    if (strcmp(line, "core") == 0 && chdir(temporary) == 0 && prlimit(0, RLIMIT_CORE, &all, NULL) == 0) {
        (void)signal(SIGABRT, SIG_DFL);
        abort();
    }
}

static int child(const char *folder, const char *temporary)
{
    struct holdfast *hf = NULL;
    char passphrase[128];
    char byte = 'x';
    take_line(passphrase, sizeof passphrase);
    if (holdfast_open(folder, &hf) != HOLDFAST_OK || holdfast_unlock(hf, passphrase) != HOLDFAST_OK)
        return 2;
    hf_wipe(passphrase, sizeof passphrase);
    int failed = work(hf);
    if (failed != 0)
        return failed;
    if (write(STDOUT_FILENO, &byte, 1) != 1) /* unlocked: the parent looks whether it can see anything at all */
        return 6;
    (void)prctl(PR_SET_DUMPABLE, 1);
    take_line(passphrase, sizeof passphrase);
    leave_a_core_when_told(passphrase, temporary);
    holdfast_lock(hf);
    if (write(STDOUT_FILENO, &byte, 1) != 1)
        return 7;
    take_line(passphrase, sizeof passphrase);
    leave_a_core_when_told(passphrase, temporary);
    _exit(0);
}

/* --- the parent: looking --- */

struct needle {
    const char *what;
    uint8_t bytes[PIECE_BYTES];
};
struct needles {
    size_t count;
    struct needle all[NEEDLES_MAX];
};

static void add(struct needles *needles, const char *what, const void *bytes, size_t len)
{
    for (size_t at = 0; at + PIECE_BYTES <= len; at += PIECE_BYTES) {
        assert_true(needles->count < NEEDLES_MAX);
        struct needle *needle = &needles->all[needles->count++];
        needle->what = what;
        memcpy(needle->bytes, (const uint8_t *)bytes + at, PIECE_BYTES);
    }
}

static size_t look_at(const struct needles *needles, const uint8_t *bytes, size_t len, const char *where, bool say)
{
    size_t found = 0;
    for (size_t n = 0; n < needles->count; n++) {
        const uint8_t *at = bytes;
        const uint8_t *end = bytes + len;
        while (at + PIECE_BYTES <= end) {
            at = memchr(at, needles->all[n].bytes[0], (size_t)(end - at - PIECE_BYTES + 1));
            if (!at)
                break;
            if (memcmp(at, needles->all[n].bytes, PIECE_BYTES) == 0) {
                found++;
                if (say)
                    print_message("found: %s at +%zx of %s\n", needles->all[n].what, (size_t)(at - bytes), where);
            }
            at++;
        }
    }
    return found;
}

/* Only what the process may write to: the rest is the program's file. */
static size_t look_through(const struct needles *needles, pid_t pid, bool say)
{
    char path[64];
    char line[512];
    size_t found = 0;
    static uint8_t chunk[CHUNK_BYTES];
    (void)snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    (void)snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    int mem = open(path, O_RDONLY | O_CLOEXEC);
    assert_non_null(maps);
    assert_true(mem >= 0);
    while (fgets(line, sizeof line, maps)) {
        unsigned long long from, to;
        char mode[8];
        if (sscanf(line, "%llx-%llx %7s", &from, &to, mode) != 3 || mode[1] != 'w')
            continue;
        line[strcspn(line, "\n")] = '\0';
        for (unsigned long long at = from; at < to; at += CHUNK_BYTES - PIECE_BYTES) {
            const size_t want = to - at < CHUNK_BYTES ? (size_t)(to - at) : CHUNK_BYTES;
            const ssize_t got = pread(mem, chunk, want, (off_t)at);
            if (got <= 0)
                break; /* a guard page, or the sanitizer's far shadow */
            found += look_at(needles, chunk, (size_t)got, line, say);
            if (to - from > SHADOW_BYTES)
                break;
        }
    }
    (void)fclose(maps);
    (void)close(mem);
    return found;
}

static size_t look_in_file(const struct needles *needles, int fd, const char *path, bool say)
{
    size_t found = 0, kept = 0;
    static uint8_t bytes[CHUNK_BYTES];
    for (ssize_t got = read(fd, bytes, sizeof bytes); got > 0; got = read(fd, bytes + kept, sizeof bytes - kept)) {
        const size_t len = kept + (size_t)got;
        found += look_at(needles, bytes, len, path, say);
        kept = len < PIECE_BYTES - 1 ? len : PIECE_BYTES - 1; /* what lies across two chunks */
        memmove(bytes, bytes + len - kept, kept);
    }
    return found;
}

/* Every file of a folder and of the folders in it. */
static size_t look_in_files(const struct needles *needles, const char *folder, bool say)
{
    size_t found = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char path[512];
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        assert_true(snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) < (int)sizeof path);
        assert_int_equal(lstat(path, &info), 0);
        if (S_ISDIR(info.st_mode))
            found += look_in_files(needles, path, say);
        if (!S_ISREG(info.st_mode))
            continue;
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        assert_true(fd >= 0);
        found += look_in_file(needles, fd, path, say);
        (void)close(fd);
    }
    (void)closedir(dir);
    return found;
}

/* Files that the child has open for writing, named or not, and that do not lie in its folder. */
static size_t written_elsewhere(pid_t pid, const char *folder)
{
    size_t found = 0;
    char path[64];
    (void)snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char target[512] = "";
        struct stat link, file;
        if (strtol(entry->d_name, NULL, 10) <= STDERR_FILENO)
            continue;
        if (fstatat(dirfd(dir), entry->d_name, &file, 0) != 0 || !S_ISREG(file.st_mode) ||
            fstatat(dirfd(dir), entry->d_name, &link, AT_SYMLINK_NOFOLLOW) != 0 || (link.st_mode & S_IWUSR) == 0)
            continue;
        assert_true(readlinkat(dirfd(dir), entry->d_name, target, sizeof target - 1) > 0);
        if (strncmp(target, folder, strlen(folder)) == 0 && target[strlen(folder)] == '/')
            continue;
        print_message("open for writing: %s\n", target);
        found++;
    }
    (void)closedir(dir);
    return found;
}

static void keys_of(struct client *client, const struct holdfast_id *case_id, struct needles *needles)
{
    struct hf_class_key class_key;
    struct hf_vault_paths paths;
    struct hf_keyfile keyfile;
    struct hf_keyfile_slot *slot = NULL;
    struct hf_vault_secrets *secrets = NULL;
    const struct hf_id id = hf_id_in(case_id);
    const struct hf_identity *identity = hf_replica_identity(client->hf->replica);
    assert_int_equal(hf_replica_key_newest(client->hf->replica, &id, &class_key, NULL), HF_OK);
    add(needles, "the class key", class_key.key, sizeof class_key.key);
    add(needles, "the device's signing key", identity->sign.secret_key, 32);
    add(needles, "the device's channel key", identity->channel.secret_key, HF_DH_BYTES);
    assert_int_equal(hf_vault_paths_make(client->folder, HF_CLIENT_VAULT_NAME, &paths, NULL), HF_OK);
    assert_int_equal(hf_vault_secrets_new(&secrets, NULL), HF_OK);
    assert_int_equal(hf_vault_unlock(&paths, hf_slice_str(SECRET_PHRASE), &keyfile, secrets, &slot, NULL), HF_OK);
    add(needles, "the data key", secrets->data_key, sizeof secrets->data_key);
    add(needles, "the device secret", secrets->device_secret, sizeof secrets->device_secret);
    hf_secret_free(secrets);
}

static const char *program;

static pid_t start(const char *folder, const char *temporary, int in[2], int out[2])
{
    assert_int_equal(pipe(in), 0);
    assert_int_equal(pipe(out), 0);
    const pid_t pid = fork();
    if (pid == 0) {
        (void)dup2(in[0], STDIN_FILENO);
        (void)dup2(out[1], STDOUT_FILENO);
        (void)close(in[1]);
        (void)close(out[0]);
        for (int fd = STDERR_FILENO + 1; fd < FILES_MAX; fd++) /* of whoever runs the tests */
            (void)close(fd);
        /* The sanitizer's own copies of stack frames, and its store of freed memory, are no part of the program. */
        (void)setenv("ASAN_OPTIONS",
                     "detect_stack_use_after_return=0:quarantine_size_mb=0:disable_coredump=0:handle_abort=0", 1);
        (void)setenv("TMPDIR", temporary, 1);
        (void)setenv("SQLITE_TMPDIR", temporary, 1);
        execl(program, program, "--child", folder, temporary, (char *)NULL);
        _exit(9);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    return pid;
}

/* Where a core goes, and whether there may be one, is the machine's setting. */
static bool cores_are_left(void)
{
    struct rlimit limit;
    char pattern[128] = "";
    FILE *file = fopen("/proc/sys/kernel/core_pattern", "re");
    if (file) {
        if (!fgets(pattern, sizeof pattern, file))
            pattern[0] = '\0';
        (void)fclose(file);
    }
    return strncmp(pattern, "core", 4) == 0 && getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_max == RLIM_INFINITY;
}

/* The child's core, laid in the empty temporary folder and removed again; -1: it left none. */
static int look_through_core(const struct needles *needles, pid_t pid, int in, const char *temporary, bool say)
{
    static const char told[] = "core\n";
    int result = 0, found = -1;
    assert_int_equal(write(in, told, sizeof told - 1), (int)sizeof told - 1);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_true(WIFSIGNALED(result));
    DIR *dir = opendir(temporary);
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        char path[512];
        if (strncmp(entry->d_name, "core", 4) != 0)
            continue;
        (void)snprintf(path, sizeof path, "%s/%s", temporary, entry->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
        assert_true(fd >= 0);
        found = (int)look_in_file(needles, fd, "core", say);
        (void)close(fd);
        (void)unlink(path);
    }
    (void)closedir(dir);
    return found;
}

/* A child that works and, unlocked or locked, is made to leave a core. */
static void core_of_a_child(struct client *client, const struct needles *needles, const char *temporary, bool locked)
{
    static const char lines[] = SECRET_PHRASE "\n" EDIT_WORDS "\n";
    int in[2], out[2];
    char byte;
    const pid_t pid = start(client->folder, temporary, in, out);
    assert_int_equal(write(in[1], lines, sizeof lines - 1), (int)sizeof lines - 1);
    assert_int_equal(read(out[0], &byte, 1), 1);
    if (locked) {
        assert_int_equal(write(in[1], "\n", 1), 1);
        assert_int_equal(read(out[0], &byte, 1), 1);
    }
    const int found = look_through_core(needles, pid, in[1], temporary, locked);
    if (locked)
        assert_int_equal(found, 0);
    else
        assert_true(found > 0); /* it would be seen */
    (void)close(in[1]);
    (void)close(out[0]);
}

static void after_a_lock__no_word_and_no_key_is_left(void **state)
{
    struct client client = client_enrolled(*state, "Ada Invented", HF_ROLE_OFFICE);
    static struct needles needles;
    int in[2], out[2], result = -1;
    char byte;
    ok(&client, holdfast_change_passphrase(client.hf, PASSPHRASE, SECRET_PHRASE));
    const struct holdfast_id case_id = new_case(&client, REFERENCE);
    (void)new_record(&client, &case_id, "action", "text", RECORD_WORDS);
    (void)new_record(&client, &case_id, "action", "text", "Another " RECORD_WORDS);
    add(&needles, "words of a record", RECORD_WORDS, sizeof RECORD_WORDS - 1);
    add(&needles, "the case's reference", REFERENCE, sizeof REFERENCE - 1);
    add(&needles, "words of an open edit", EDIT_WORDS, sizeof EDIT_WORDS - 1);
    add(&needles, "the passphrase", SECRET_PHRASE, sizeof SECRET_PHRASE - 1);
    keys_of(&client, &case_id, &needles);
    holdfast_lock(client.hf);

    char temporary[160];
    (void)snprintf(temporary, sizeof temporary, "%s/tmp", client.above);
    assert_int_equal(mkdir(temporary, 0700), 0);
    const pid_t pid = start(client.folder, temporary, in, out);
    static const char lines[] = SECRET_PHRASE "\n" EDIT_WORDS "\n";
    assert_int_equal(write(in[1], lines, sizeof lines - 1), (int)sizeof lines - 1);
    assert_int_equal(read(out[0], &byte, 1), 1);
    assert_true(look_through(&needles, pid, false) > 0);                /* it would be seen */
    assert_int_equal(look_in_files(&needles, client.folder, false), 2); /* the device secret, in its file */
    assert_int_equal(look_in_files(&needles, client.above, false), 2);
    assert_int_equal(written_elsewhere(pid, client.folder), 0);
    assert_int_equal(write(in[1], "\n", 1), 1);
    assert_int_equal(read(out[0], &byte, 1), 1);
    assert_int_equal(look_through(&needles, pid, true), 0);
    assert_int_equal(look_in_files(&needles, client.folder, false), 2);
    assert_int_equal(look_in_files(&needles, client.above, false), 2); /* with the temporary folder */
    (void)close(in[1]);
    (void)close(out[0]);
    assert_int_equal(waitpid(pid, &result, 0), pid);
    assert_int_equal(result, 0);
    if (cores_are_left()) {
        core_of_a_child(&client, &needles, temporary, false);
        core_of_a_child(&client, &needles, temporary, true);
    } else {
        print_message("no core was looked through: this machine gives them to another program, or forbids them\n");
    }
    assert_int_equal(rmdir(temporary), 0); /* which is empty */
    client_free(&client);
}

static int setup(void **state)
{
    *state = office_new();
    return 0;
}

static int teardown(void **state)
{
    office_free(*state);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(after_a_lock__no_word_and_no_key_is_left, setup, teardown),
    };
    if (argc == 4 && strcmp(argv[1], "--child") == 0)
        return child(argv[2], argv[3]);
    program = argv[0];
    return cmocka_run_group_tests(tests, NULL, NULL);
}
