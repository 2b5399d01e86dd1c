#include "client/reads.h"

#include "core/base/text.h"
#include "core/replica/snapshot.h"

#include <stdlib.h>
#include <string.h>

static const char *reason_of(const struct holdfast *hf, const struct hf_id *case_id)
{
    for (size_t i = 0; i < hf->reason_count; i++)
        if (hf_id_equal(&hf->reasons[i].case_id, case_id))
            return hf->reasons[i].text;
    for (size_t i = 0; i < hf->reason_count; i++)
        if (hf_id_is_zero(&hf->reasons[i].case_id))
            return hf->reasons[i].text;
    return "";
}

void hf_reads_note_because(struct holdfast *hf, const struct hf_id *case_id, const struct hf_id *record_id,
                           enum hf_read_what what, const char *reason)
{
    struct hf_error ignored = {0};
    const struct hf_read read = {.case_id = *case_id,
                                 .record_id = record_id ? *record_id : hf_id_zero(),
                                 .what = what,
                                 .reason = hf_slice_str(reason)};
    if (!hf->read_only && !hf->quiet)
        (void)!hf_replica_read_note(hf->replica, &read, hf_wall_ms(), &ignored);
}

void hf_reads_note(struct holdfast *hf, const struct hf_id *case_id, const struct hf_id *record_id,
                   enum hf_read_what what)
{
    struct hf_record_state state = {0};
    struct hf_id found;
    if (hf->read_only || hf->quiet)
        return;
    if (!case_id) {
        if (hf_replica_record(hf->replica, record_id, &state) != HF_OK)
            return;
        found = state.case_id;
        hf_record_state_clear(&state);
        case_id = &found;
    }
    hf_reads_note_because(hf, case_id, record_id, what, reason_of(hf, case_id));
}

void hf_reads_sign(struct holdfast *hf, bool all)
{
    struct hf_error ignored = {0};
    const uint64_t now_ms = hf_wall_ms();
    if (hf->replica && !hf->read_only && (all || hf_replica_reads_due(hf->replica, now_ms)))
        (void)!hf_replica_reads_sign(hf->replica, all ? HF_READS_ALL : HF_READS_ENDED, now_ms, NULL, &ignored);
}

enum hf_status hf_reads_unsent(struct holdfast *hf, uint64_t *out)
{
    uint64_t noted = 0, signed_pages = 0;
    hf_reads_sign(hf, true);
    enum hf_status status = hf_replica_reads_pending(hf->replica, &noted);
    if (status == HF_OK)
        status = hf_replica_reads_unsent(hf->replica, &signed_pages);
    if (status == HF_OK)
        *out = noted + signed_pages;
    return status;
}

void hf_reads_forget(struct holdfast *hf)
{
    for (size_t i = 0; i < hf->reason_count; i++)
        free(hf->reasons[i].text);
    free(hf->reasons);
    hf->reasons = NULL;
    hf->reason_count = 0;
    hf->quiet = false;
}

void hf_reads_cases_add(struct hf_reads_cases *cases, const struct hf_id *case_id)
{
    for (size_t i = 0; i < cases->count; i++)
        if (hf_id_equal(&cases->at[i], case_id))
            return;
    if (cases->count < HF_READS_CASES_MAX)
        cases->at[cases->count++] = *case_id;
}

/* --- public --- */

static enum hf_status keep_reason(struct holdfast *hf, const struct hf_id *case_id, const char *reason)
{
    size_t at = 0;
    if (!hf->reasons)
        hf->reasons = calloc(HF_CLIENT_REASONS_MAX, sizeof *hf->reasons);
    if (!hf->reasons)
        return HF_ERR_NOMEM;
    while (at < hf->reason_count && !hf_id_equal(&hf->reasons[at].case_id, case_id))
        at++;
    if (at == HF_CLIENT_REASONS_MAX)
        at = 0; /* the first that was given has had its time */
    char *text = strdup(reason);
    if (!text)
        return HF_ERR_NOMEM;
    if (at < hf->reason_count)
        free(hf->reasons[at].text);
    hf->reasons[at] = (struct hf_client_reason){.case_id = *case_id, .text = text};
    if (at == hf->reason_count)
        hf->reason_count++;
    return HF_OK;
}

enum holdfast_status holdfast_reading_because(struct holdfast *hf, const struct holdfast_id *case_id,
                                              const char *reason)
{
    const struct hf_id id = hf_id_in_or_zero(case_id);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    if (!reason || reason[0] == '\0')
        status = hf_handle_fail(hf, HF_ERR_INVALID, "Say why you read this case.");
    else if (!hf_text_is_utf8(hf_slice_str(reason)))
        status = hf_handle_fail(hf, HF_ERR_INVALID, "The reason must be text (UTF-8).");
    else if (strlen(reason) > HOLDFAST_READING_REASON_BYTES_MAX)
        status = hf_handle_fail(hf, HF_ERR_LIMIT, "The reason is too long: at most %d bytes.",
                                HOLDFAST_READING_REASON_BYTES_MAX);
    if (status == HF_OK)
        status = keep_reason(hf, &id, reason);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_get_case_reading(struct holdfast *hf, const struct holdfast_id *case_id,
                                               struct holdfast_case_reading *out)
{
    bool own = false;
    const struct hf_id id = hf_id_in(case_id);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_case_is_own(hf->replica, &id, &own);
    if (status == HF_OK)
        *out = (struct holdfast_case_reading){.is_own = own, .reason = reason_of(hf, &id)};
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_note_chronology(struct holdfast *hf, const struct holdfast_id *case_id)
{
    const struct hf_id id = hf_id_in(case_id);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    bool asked = false; /* a chronology is made of the changes that people signed */
    status = hf_replica_prove(hf->replica, &id, &asked, &hf->err);
    if (status == HF_OK && asked)
        status = hf_handle_fail(hf, HF_ERR_WAITING,
                                "The history of this case is not on this device yet, only what it led to. The next "
                                "sync fetches it and checks every signature. Sync, then look again.");
    if (status == HF_OK)
        hf_reads_note(hf, &id, NULL, HF_READ_CHRONOLOGY);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_note_taken(struct holdfast *hf, const struct holdfast_id *case_id,
                                         const struct holdfast_id *record, enum holdfast_taken what)
{
    const struct hf_id in_case = hf_id_in(case_id), id = hf_id_in_or_zero(record);
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    hf_reads_note(hf, &in_case, record ? &id : NULL, what == HOLDFAST_TAKEN_PAPER ? HF_READ_PAPER : HF_READ_FILE);
    return hf_handle_leave(hf, HF_OK);
}

bool holdfast_read_quietly(struct holdfast *hf, bool quiet)
{
    const bool before = hf->quiet;
    hf->quiet = quiet;
    return before;
}
