/* A real file system that is full: a small tmpfs in a mount namespace of its own, with 0, 1, 2 … free pages. What a
 * full disk stops leaves no half of a file, and goes through when there is room. Skipped, and said so, where no
 * namespace may be made. */
#define _GNU_SOURCE /* unshare */

#include "tests/vault/support_vault.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#define DISK_OPTIONS "size=512k,mode=0700"
#define FREE_MAX     40 /* pages; with these everything goes through */
#define FILLING      "filling"
#define NEW_PASS     "another invented passphrase"
#define SKIPPED      77

static bool write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool done = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);

    if (fd >= 0)
        (void)close(fd);
    return done;
}

/* In a child: a namespace of this process alone, and in it a small disk over `folder`. */
static bool mount_small_disk(const char *folder)
{
    char map[64];
    const unsigned user = (unsigned)getuid();

    if (unshare(CLONE_NEWNS) != 0) {
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
            return false;
        (void)snprintf(map, sizeof(map), "0 %u 1", user);
        if (!write_text("/proc/self/uid_map", map))
            return false;
    }
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return false;
    return mount("small", folder, "tmpfs", MS_NOSUID | MS_NODEV, DISK_OPTIONS) == 0;
}

static uint64_t free_pages(const struct fixture *f)
{
    struct statvfs info;

    assert_int_equal(statvfs(f->folder, &info), 0);
    return (uint64_t)info.f_bfree;
}

/* Fills the disk up to that many pages. */
static void leave_free(struct fixture *f, uint64_t pages)
{
    static const uint8_t page[4096] = {1};
    int fd = open(fixture_path(f, FILLING), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    while (free_pages(f) > pages)
        assert_int_equal(write(fd, page, sizeof(page)), sizeof(page));
    assert_int_equal(close(fd), 0);
}

static void make_room(struct fixture *f)
{
    assert_int_equal(unlink(fixture_path(f, FILLING)), 0);
}

static enum hf_status create(struct fixture *f)
{
    struct hf_vault *vault = NULL;
    enum hf_status status = hf_vault_create(f->folder, "case", fixture_passphrase(), &f->kdf, &vault, &f->err);

    return status == HF_OK ? hf_vault_close(vault) : status;
}

static bool is_empty(struct fixture *f)
{
    struct snapshot left;

    snapshot_take(f, &left);
    const bool empty = left.count == 0;
    snapshot_free(&left);
    return empty;
}

static void check_creation(struct fixture *f)
{
    size_t refused = 0;

    for (uint64_t pages = 0; pages <= FREE_MAX; pages++) {
        leave_free(f, pages);
        const enum hf_status status = create(f);

        make_room(f);
        assert_true(status == HF_OK || status == HF_ERR_FULL);
        if (status == HF_OK) {
            assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
            continue;
        }
        refused++;
        assert_non_null(strstr(f->err.text, "disk is full"));
        assert_true(is_empty(f));
    }
    assert_in_range(refused, 1, FREE_MAX);
}

enum { CHANGE_PASSPHRASE, ADD_RECOVERY, ROTATE, COMMIT, ACTS };

static enum hf_status commit(struct fixture *f)
{
    struct hf_vault *vault = NULL;
    enum hf_status status = hf_vault_open(f->folder, "case", fixture_passphrase(), 0, &vault, &f->err);

    if (status != HF_OK)
        return status;
    status = hf_vault_status(vault, fixture_try(vault, "INSERT INTO visit VALUES(randomblob(9000))"), &f->err);
    const enum hf_status closed = hf_vault_close(vault);
    return status == HF_OK && closed != HF_OK && closed != HF_ERR_FULL ? closed : status;
}

static enum hf_status act(struct fixture *f, int what)
{
    static const uint8_t seed[HF_DH_BYTES] = {3};
    struct hf_dh_key key;

    hf_dh_key_from_seed(seed, &key);
    switch (what) {
    case CHANGE_PASSPHRASE:
        return hf_vault_change_passphrase(f->folder, "case", fixture_passphrase(), hf_slice_str(NEW_PASS), &f->err);
    case ADD_RECOVERY:
        return hf_vault_add_recovery(f->folder, "case", fixture_passphrase(), key.public_key, &f->err);
    case ROTATE:
        return hf_vault_rotate(f->folder, "case", fixture_passphrase(), NULL, &f->err);
    default:
        return commit(f);
    }
}

/* The rows before are there, under the passphrase that the status says. */
static void check_whole(struct fixture *f, bool has_new_pass, int64_t rows)
{
    struct hf_vault *vault = NULL;
    const struct hf_slice pass = has_new_pass ? hf_slice_str(NEW_PASS) : fixture_passphrase();

    assert_int_equal(hf_vault_open(f->folder, "case", pass, 0, &vault, &f->err), HF_OK);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM visit"), rows);
    assert_int_equal(fixture_number(vault, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check='ok'"),
                     1);
    assert_int_equal(hf_vault_close(vault), HF_OK);
    assert_false(fixture_has(f, "case.key.new"));
    assert_false(fixture_has(f, "case.tries"));
}

static void check_act(struct fixture *f, int what)
{
    struct snapshot before;
    size_t refused = 0, done = 0;
    struct hf_vault *vault = fixture_create(f);

    fixture_exec(vault, "CREATE TABLE visit(note); INSERT INTO visit VALUES(randomblob(5000)), ('an invented visit')");
    assert_int_equal(hf_vault_close(vault), HF_OK);
    snapshot_take(f, &before);
    for (uint64_t pages = 0; pages <= FREE_MAX; pages++) {
        leave_free(f, pages);
        const enum hf_status status = act(f, what);

        make_room(f);
        assert_true(status == HF_OK || status == HF_ERR_FULL);
        if (status == HF_ERR_FULL)
            assert_non_null(strstr(f->err.text, "ree some space"));
        refused += status == HF_ERR_FULL;
        done += status == HF_OK;
        check_whole(f, status == HF_OK && what == CHANGE_PASSPHRASE, status == HF_OK && what == COMMIT ? 3 : 2);
        snapshot_restore(f, &before);
    }
    snapshot_free(&before);
    assert_true(refused > 0);
    assert_true(done > 0);
    assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
}

/* A wrong passphrase is told from a full disk, though it cannot be counted. */
static void check_wrong_passphrase(struct fixture *f)
{
    assert_int_equal(create(f), HF_OK);
    leave_free(f, 0);
    assert_int_equal(hf_vault_check_passphrase(f->folder, "case", hf_slice_str("not it"), &f->err), HF_ERR_AUTH);
    assert_int_equal(hf_vault_check_passphrase(f->folder, "case", fixture_passphrase(), &f->err), HF_OK);
    make_room(f);
    assert_int_equal(hf_vault_wipe(f->folder, "case", &f->err), HF_OK);
}

static void on_small_disk(struct fixture *f)
{
    check_creation(f);
    for (int what = 0; what < ACTS; what++)
        check_act(f, what);
    check_wrong_passphrase(f);
}

static void a_full_disk__stops_nothing_half_way(void **state)
{
    struct fixture *f = *state;
    int result = -1;
    pid_t child;

    (void)fflush(NULL);
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        if (!mount_small_disk(f->folder))
            _exit(SKIPPED);
        on_small_disk(f); /* an assertion that fails ends the child with another code */
        _exit(0);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    if (WIFEXITED(result) && WEXITSTATUS(result) == SKIPPED) {
        (void)printf("SKIPPED: this machine lets no namespace be made, so there is no small disk to fill\n");
        skip();
    }
    assert_true(WIFEXITED(result));
    assert_int_equal(WEXITSTATUS(result), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_full_disk__stops_nothing_half_way, fixture_setup, fixture_teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
