/* The auditor's door: an export of the log, and holdfast-audit's reports over it. */
#include "client/app/audit.h"
#include "client/app/call.h"

#include <string.h>

#define EXPORT_MS 60000

static bool is_auditor(struct hf_app_call *call)
{
    struct holdfast_identity identity;
    const enum holdfast_status status = holdfast_get_identity(call->hf, &identity);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return false;
    }
    if (strcmp(identity.role, "auditor") != 0) {
        hf_app_refuse(call->response, 403, "denied", "Only an auditor's device can do this.");
        return false;
    }
    return true;
}

/* A folder or file of this computer; the whole path, so that nobody has to guess where the program runs. */
static bool take_path(struct hf_app_call *call, const char *name, bool needed, const char **out)
{
    if (!hf_app_body_text(call, name, needed, out))
        return false;
    if (!*out || (*out)[0] == '/')
        return true;
    hf_app_refuse(call->response, 400, "invalid", "Give the whole path, from / on.");
    return false;
}

static void export_log(struct hf_app_call *call)
{
    struct holdfast_options options = {.timeout_ms = EXPORT_MS};
    const char *folder = NULL;
    if (!is_auditor(call) || !take_path(call, "folder", true, &folder))
        return;
    options.audit_contents = json_is_true(json_object_get(call->body, "contents"));
    hf_app_sync_stop(call->app); /* it syncs by itself */
    const enum holdfast_status status = holdfast_audit_export(call->hf, folder, &options, NULL, NULL);
    hf_app_sync_now(call->app);
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    else
        hf_app_reply(call, json_pack("{s:s}", "folder", folder));
}

/* What stands before the folder. */
enum before { NOTHING, THE_EARLIER, THE_CASE };
static const struct report {
    const char *name; /* in the request */
    const char *words[2];
    enum before before;
} reports[] = {
    {"verify", {"verify"}, NOTHING},
    {"show", {"show"}, NOTHING},
    {"gaps", {"gaps"}, NOTHING},
    {"replay", {"replay", "--days"}, NOTHING},
    {"evidence", {"evidence"}, NOTHING},
    {"compare", {"compare"}, THE_EARLIER},
    {"who_changed", {"who-changed"}, THE_CASE},
    {"who_read", {"who-read"}, THE_CASE},
    {"access_known", {"report", "known"}, NOTHING},
    {"access_unallocated", {"report", "unallocated"}, NOTHING},
    {"access_others", {"report", "others"}, NOTHING},
    {"access_all", {"report", "all"}, NOTHING},
    {"access_leavers", {"report", "leavers"}, NOTHING},
    {"access_unused", {"report", "unused"}, NOTHING},
};

/* The options of the reports by their names in the request. */
static const struct {
    const char *name, *option;
} filters[] = {
    {"person", "--person"}, {"case", "--case"},   {"kind", "--kind"}, {"from", "--from"},     {"to", "--to"},
    {"late", "--late"},     {"as_of", "--as-of"}, {"seed", "--seed"}, {"sample", "--sample"},
};

static void begin_report(struct hf_app_call *call)
{
    const char *words[HF_APP_REPORT_WORDS_MAX + 1] = {0};
    const char *name = NULL, *folder = NULL, *key = NULL, *earlier = NULL, *one_case = NULL, *staff = NULL;
    const struct report *report = NULL;
    size_t count = 0;
    if (!is_auditor(call) || !hf_app_body_text(call, "report", true, &name) ||
        !take_path(call, "folder", true, &folder) || !take_path(call, "key", true, &key) ||
        !take_path(call, "earlier", false, &earlier) || !hf_app_body_text(call, "case", false, &one_case) ||
        !take_path(call, "staff", false, &staff))
        return;
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++)
        if (strcmp(name, reports[i].name) == 0)
            report = &reports[i];
    if (!report || (report->before == THE_EARLIER) != (earlier != NULL)) {
        hf_app_refuse(call->response, 400, "invalid", "There is no such report.");
        return;
    }
    if (report->before == THE_CASE && (!one_case || !*one_case || *one_case == '-')) {
        hf_app_refuse(call->response, 400, "invalid", "Say of which case.");
        return;
    }
    words[count++] = "--progress";
    for (size_t i = 0; i < 2 && report->words[i]; i++)
        words[count++] = report->words[i];
    if (report->before != NOTHING)
        words[count++] = earlier ? earlier : one_case;
    words[count++] = folder;
    words[count++] = "--authority-key";
    words[count++] = key;
    words[count++] = "--json";
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        const char *value = NULL;
        if (!hf_app_body_text(call, filters[i].name, false, &value))
            return;
        const bool placed = report->before == THE_CASE && strcmp(filters[i].name, "case") == 0;
        if (value && *value && !placed) {
            words[count++] = filters[i].option;
            words[count++] = value;
        }
    }
    if (staff) {
        words[count++] = "--staff";
        words[count++] = staff;
    }
    const enum hf_status status = hf_app_audit_begin(&call->app->audit, words);
    if (status == HF_OK)
        hf_app_reply(call, json_pack("{s:b}", "running", 1));
    else if (status == HF_ERR_BUSY)
        hf_app_refuse(call->response, 409, "busy", "A report is being made. Wait until it is ready.");
    else
        hf_app_refuse(call->response, 500, "io",
                      "The program holdfast-audit could not be started. It belongs beside the holdfast program.");
}

/* How far the one that runs has come; total 0: nothing is known yet. */
static void tell_progress(struct hf_app_call *call)
{
    struct hf_buf errors = {0};
    uint64_t done = 0, total = 0;
    if (call->app->audit.pid && hf_app_audit_read(&call->app->audit, true, &errors) == HF_OK)
        hf_app_audit_progress(&errors, &done, &total);
    hf_app_reply(call, json_pack("{s:b, s:I, s:I}", "running", call->app->audit.pid != 0, "done", (json_int_t)done,
                                 "total", (json_int_t)total));
    hf_buf_wipe(&errors);
}

static void give_report(struct hf_app_call *call)
{
    struct hf_app_audit *audit = &call->app->audit;
    struct hf_buf out = {0}, errors = {0};
    struct hf_error error = {0};
    json_t *result = NULL;
    hf_app_audit_look(audit);
    if (audit->pid || !audit->ended) {
        tell_progress(call);
        return;
    }
    uint64_t done, total;
    enum hf_status status = hf_app_audit_read(audit, false, &out);
    if (status == HF_OK)
        status = hf_app_audit_read(audit, true, &errors);
    hf_app_audit_progress(&errors, &done, &total);
    if (status == HF_ERR_LIMIT) {
        hf_app_refuse(call->response, 400, "limit", "The report is too long to show. Choose fewer entries.");
    } else if (status != HF_OK) {
        hf_app_refuse(call->response, 500, "io", "The report could not be read.");
    } else {
        /* A refused bundle gives a report by `verify`, and words on standard error by the others. */
        if (out.len == 0 || hf_json_load(hf_buf_slice(&out), &result, &error) != HF_OK)
            result = json_null();
        hf_app_reply(call, json_pack("{s:b, s:i, s:o, s:s%}", "running", 0, "exit", audit->exit_code, "result", result,
                                     "text", errors.len ? (const char *)errors.data : "", errors.len));
    }
    hf_buf_wipe(&out);
    hf_buf_wipe(&errors);
}

static const struct hf_app_route rows[] = {
    {"POST", "/api/audit/export", HF_APP_UNLOCKED, export_log},
    {"POST", "/api/audit/report", HF_APP_UNLOCKED, begin_report},
    {"GET", "/api/audit/report", HF_APP_UNLOCKED, give_report},
};
const struct hf_app_routes hf_app_audit_routes = HF_APP_ROUTES(rows);
