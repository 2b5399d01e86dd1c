#include "tools/audit/session.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

static const char *why_not(enum hf_status status)
{
    switch (status) {
    case HF_ERR_NOT_FOUND:
        return "there is no such file or folder.";
    case HF_ERR_DENIED:
        return "you are not allowed to read it.";
    case HF_ERR_INVALID:
        return "it is not the kind of file that is expected here.";
    case HF_ERR_LIMIT:
        return "it is longer than such a file can be.";
    default:
        return "it could not be read.";
    }
}

static bool read_key(const char *path, const struct hf_audit_streams *streams, uint8_t out_key[HF_SIGN_PUBLIC_BYTES])
{
    struct hf_buf text = {0};
    struct hf_error error = {0};
    enum hf_status status = hf_audit_folder_read_file(path, HF_AUDIT_KEY_FILE_BYTES_MAX, &text);
    if (status != HF_OK) {
        (void)fprintf(streams->errors, "holdfast-audit: the key file %s: %s\n", path, why_not(status));
    } else {
        status = hf_audit_authority_parse(hf_buf_slice(&text), out_key, &error);
        if (status != HF_OK)
            (void)fprintf(streams->errors, "holdfast-audit: the key file %s: %s\n", path, error.text);
    }
    hf_buf_clear(&text);
    return status == HF_OK;
}

#define BAR_COLUMNS 30

struct progress {
    const struct hf_audit_streams *streams;
    unsigned shown; /* percent */
};

/* [##########--------------------] 33 %, 66048 of 200000 entries */
static void write_bar(FILE *file, unsigned percent, uint64_t done, uint64_t total)
{
    char bar[BAR_COLUMNS + 1];
    const unsigned filled = percent * BAR_COLUMNS / 100;
    memset(bar, '#', filled);
    memset(bar + filled, '-', BAR_COLUMNS - filled);
    bar[BAR_COLUMNS] = '\0';
    (void)fprintf(file, "\r[%s] %3u %%, %llu of %llu entries", bar, percent, (unsigned long long)done,
                  (unsigned long long)total);
}

static void show_progress(void *ctx, uint64_t done, uint64_t total)
{
    struct progress *progress = ctx;
    FILE *file = progress->streams->errors;
    const unsigned percent = (unsigned)(done * 100 / total);
    if (percent == progress->shown && done < total)
        return;
    progress->shown = percent;
    if (progress->streams->progress == HF_AUDIT_PROGRESS_BAR)
        write_bar(file, percent, done, total);
    else
        (void)fprintf(file, "progress %llu of %llu\n", (unsigned long long)done, (unsigned long long)total);
    (void)fflush(file);
}

static void wipe_progress(const struct hf_audit_streams *streams)
{
    if (streams->progress == HF_AUDIT_PROGRESS_BAR) {
        (void)fprintf(streams->errors, "\r%90s\r", "");
        (void)fflush(streams->errors);
    }
}

bool hf_audit_session_open(struct hf_audit_session *session, const char *folder, const char *key_file,
                           const struct hf_audit_streams *streams)
{
    uint8_t key[HF_SIGN_PUBLIC_BYTES];
    session->demanded = NULL;
    session->demanded_text = (struct hf_buf){0};
    if (!read_key(key_file, streams, key))
        return false;
    enum hf_status status = hf_audit_folder_open(folder, &session->folder);
    if (status != HF_OK) {
        (void)fprintf(streams->errors, "holdfast-audit: the bundle %s: %s\n", folder, why_not(status));
        return false;
    }
    session->audit = malloc(sizeof *session->audit);
    if (!session->audit) {
        (void)fprintf(streams->errors, "holdfast-audit: there is not enough memory.\n");
        hf_audit_folder_close(&session->folder);
        return false;
    }
    session->reader = hf_audit_folder_reader(&session->folder);
    hf_audit_begin(session->audit, &session->reader, key);
    return true;
}

bool hf_audit_session_demand(struct hf_audit_session *session, const char *policy_file,
                             const struct hf_audit_streams *streams)
{
    struct hf_error error = {0};
    enum hf_status status = hf_audit_folder_read_file(policy_file, HF_LOG_POLICY_BYTES_MAX, &session->demanded_text);
    if (status != HF_OK) {
        (void)fprintf(streams->errors, "holdfast-audit: the policy %s: %s\n", policy_file, why_not(status));
        return false;
    }
    session->demanded = malloc(sizeof *session->demanded);
    status = session->demanded ? hf_policy_file_parse(hf_buf_slice(&session->demanded_text), session->demanded, &error)
                               : HF_ERR_NOMEM;
    if (status != HF_OK)
        (void)fprintf(streams->errors, "holdfast-audit: the policy %s: %s\n", policy_file,
                      error.text[0] ? error.text : hf_status_text(status));
    session->audit->demanded = session->demanded;
    return status == HF_OK;
}

enum hf_status hf_audit_session_run(struct hf_audit_session *session, const struct hf_audit_streams *streams)
{
    struct progress progress = {.streams = streams, .shown = UINT_MAX};
    if (streams->progress != HF_AUDIT_PROGRESS_NONE) {
        session->audit->progress = show_progress;
        session->audit->progress_ctx = &progress;
    }
    enum hf_status status = hf_audit_run(session->audit);
    session->audit->progress = NULL;
    wipe_progress(streams);
    return status;
}

void hf_audit_session_close(struct hf_audit_session *session)
{
    hf_audit_end(session->audit);
    free(session->audit);
    free(session->demanded);
    hf_buf_clear(&session->demanded_text);
    hf_audit_folder_close(&session->folder);
}
