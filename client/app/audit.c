#define _GNU_SOURCE /* memfd_create, seals */
#include "client/app/audit.h"

#include "core/crypto/crypto.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM             "holdfast-audit"
#define PROGRESS_LINE_BYTES 64
#define KEPT_BYTES          (HF_APP_REPORT_BYTES_MAX + 4096) /* more than is read, so that what is too long shows */

/* Beside this program, or else wherever the shell would find it. */
static void find_program(char out[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", out, PATH_MAX - sizeof PROGRAM);
    while (len > 0 && out[len - 1] != '/')
        len--;
    memcpy(out + (len > 0 ? len : 0), PROGRAM, sizeof PROGRAM);
    if (len <= 0 || access(out, X_OK) != 0)
        memcpy(out, PROGRAM, sizeof PROGRAM);
}

static enum hf_status spawn(struct hf_app_audit *audit, const char *const *words)
{
    extern char **environ;
    char program[PATH_MAX];
    char *argv[HF_APP_REPORT_WORDS_MAX + 2] = {program};
    size_t count = 0;
    pid_t pid = 0;
    posix_spawn_file_actions_t files;
    for (; words[count] && count < HF_APP_REPORT_WORDS_MAX; count++)
        argv[count + 1] = (char *)(uintptr_t)words[count];
    find_program(program);
    if (posix_spawn_file_actions_init(&files) != 0)
        return HF_ERR_NOMEM;
    int bad = posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!bad)
        bad = posix_spawn_file_actions_adddup2(&files, audit->out, STDOUT_FILENO);
    if (!bad)
        bad = posix_spawn_file_actions_adddup2(&files, audit->errors, STDERR_FILENO);
    if (!bad)
        bad = posix_spawnp(&pid, program, &files, NULL, argv, environ);
    (void)posix_spawn_file_actions_destroy(&files);
    if (bad)
        return bad == ENOENT ? HF_ERR_NOT_FOUND : HF_ERR_IO;
    audit->pid = pid;
    return HF_OK;
}

/* A file in memory that cannot grow: a report has names in clear, so it never gets near a disk, and one that is too
 * long ends there. -1: none. */
static int open_kept(void)
{
    int file = memfd_create("report", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (file < 0)
        return -1;
    if (ftruncate(file, KEPT_BYTES) == 0 && fcntl(file, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) == 0)
        return file;
    (void)close(file);
    return -1;
}

enum hf_status hf_app_audit_begin(struct hf_app_audit *audit, const char *const *words)
{
    hf_app_audit_look(audit);
    if (audit->pid)
        return HF_ERR_BUSY;
    hf_app_audit_end(audit);
    audit->has_files = true;
    audit->out = open_kept();
    audit->errors = open_kept();
    enum hf_status status = audit->out >= 0 && audit->errors >= 0 ? spawn(audit, words) : HF_ERR_IO;
    if (status != HF_OK)
        hf_app_audit_end(audit);
    return status;
}

void hf_app_audit_look(struct hf_app_audit *audit)
{
    int how = 0;
    if (audit->pid == 0 || waitpid((pid_t)audit->pid, &how, WNOHANG) != (pid_t)audit->pid)
        return;
    audit->pid = 0;
    audit->ended = true;
    audit->exit_code = WIFEXITED(how) ? WEXITSTATUS(how) : 2;
}

/* The program writes on at the place up to where it wrote, which both share: reading must not move it. */
enum hf_status hf_app_audit_read(const struct hf_app_audit *audit, bool errors, struct hf_buf *out)
{
    const int file = errors ? audit->errors : audit->out;
    const off_t written = audit->has_files ? lseek(file, 0, SEEK_CUR) : -1;
    char bytes[65536];
    if (written < 0)
        return HF_ERR_IO;
    if (written > (off_t)HF_APP_REPORT_BYTES_MAX)
        return HF_ERR_LIMIT;
    for (off_t at = 0; at < written;) {
        const size_t left = (size_t)(written - at);
        const ssize_t len = pread(file, bytes, left < sizeof bytes ? left : sizeof bytes, at);
        if (len <= 0)
            return HF_ERR_IO;
        hf_buf_append(out, bytes, (size_t)len);
        at += len;
    }
    hf_wipe(bytes, sizeof bytes);
    return hf_buf_status(out);
}

void hf_app_audit_progress(struct hf_buf *errors, uint64_t *out_done, uint64_t *out_total)
{
    size_t kept = 0, end;
    *out_done = *out_total = 0;
    for (size_t at = 0; at < errors->len; at = end) {
        const uint8_t *stop = memchr(errors->data + at, '\n', errors->len - at);
        unsigned long long done, total;
        char line[PROGRESS_LINE_BYTES] = "";
        end = stop ? (size_t)(stop - errors->data) + 1 : errors->len;
        if (stop && end - at < sizeof line)
            memcpy(line, errors->data + at, end - at);
        if (sscanf(line, "progress %llu of %llu", &done, &total) == 2) {
            *out_done = done;
            *out_total = total;
            continue;
        }
        memmove(errors->data + kept, errors->data + at, end - at);
        kept += end - at;
    }
    errors->len = kept;
}

void hf_app_audit_end(struct hf_app_audit *audit)
{
    if (audit->pid) {
        (void)kill((pid_t)audit->pid, SIGKILL);
        (void)waitpid((pid_t)audit->pid, NULL, 0);
    }
    if (audit->has_files && audit->out >= 0)
        (void)close(audit->out);
    if (audit->has_files && audit->errors >= 0)
        (void)close(audit->errors);
    *audit = (struct hf_app_audit){0};
}
