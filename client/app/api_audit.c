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
    const enum holdfast_status status = holdfast_audit_export(call->hf, folder, &options, NULL, NULL);
    if (status != HOLDFAST_OK)
        hf_app_fail(call, status);
    else
        hf_app_reply(call, json_pack("{s:s}", "folder", folder));
}

static const char *const reports[] = {"verify", "show", "gaps", "replay", "compare", "evidence"};

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
    const char *report = NULL, *folder = NULL, *key = NULL, *earlier = NULL;
    size_t count = 0;
    bool known = false;
    if (!is_auditor(call) || !hf_app_body_text(call, "report", true, &report) ||
        !take_path(call, "folder", true, &folder) || !take_path(call, "key", true, &key) ||
        !take_path(call, "earlier", false, &earlier))
        return;
    for (size_t i = 0; i < sizeof reports / sizeof reports[0]; i++)
        known = known || strcmp(report, reports[i]) == 0;
    if (!known || (strcmp(report, "compare") == 0) != (earlier != NULL)) {
        hf_app_refuse(call->response, 400, "invalid", "There is no such report.");
        return;
    }
    words[count++] = report;
    if (earlier)
        words[count++] = earlier;
    words[count++] = folder;
    words[count++] = "--authority-key";
    words[count++] = key;
    words[count++] = "--json";
    for (size_t i = 0; i < sizeof filters / sizeof filters[0]; i++) {
        const char *value = NULL;
        if (!hf_app_body_text(call, filters[i].name, false, &value))
            return;
        if (value && *value) {
            words[count++] = filters[i].option;
            words[count++] = value;
        }
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

static void give_report(struct hf_app_call *call)
{
    struct hf_app_audit *audit = &call->app->audit;
    struct hf_buf out = {0}, errors = {0};
    struct hf_error error = {0};
    json_t *result = NULL;
    hf_app_audit_look(audit);
    if (audit->pid || !audit->ended) {
        hf_app_reply(call, json_pack("{s:b}", "running", audit->pid != 0));
        return;
    }
    enum hf_status status = hf_app_audit_read(audit, false, &out);
    if (status == HF_OK)
        status = hf_app_audit_read(audit, true, &errors);
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
