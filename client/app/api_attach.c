/* Photographs, papers, a film beside a record: listed, added and read in pieces. Content is base64 in JSON both ways:
 * nothing that somebody attached is ever served as a file, with a type of its own. */
#include "client/app/call.h"

#include "core/base/text.h"
#include "core/crypto/crypto.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define UPLOAD_BYTES_MAX (256u << 20)
#define PIECE_BYTES_MAX  (512u << 10) /* in base64 below HF_APP_BODY_BYTES_MAX; a multiple of 32768 */
#define UPLOAD_STILL_MS  60000u       /* one that was left alone for so long gives way to the next */

struct hf_app_upload {
    struct holdfast_attach *attach;
    char token[HF_APP_TOKEN_TEXT_BYTES]; /* names it to the page that began it */
    uint64_t bytes, written, used_ms;
};

void hf_app_upload_end(struct hf_app_session *session)
{
    if (!session->upload)
        return;
    holdfast_attach_abandon(session->upload->attach);
    hf_wipe(session->upload, sizeof *session->upload);
    free(session->upload);
    session->upload = NULL;
}

/* --- listing --- */

struct listing {
    json_t *array;
    bool failed;
};

static const char *place_of(const struct holdfast_attachment *row)
{
    if (row->clashes)
        return "clash";
    if (row->here)
        return "here";
    if (strcmp(row->sent, "lost") == 0)
        return "lost";
    return row->wanted ? "wanted" : "office";
}

static bool each_attachment(void *ctx, const struct holdfast_attachment *row)
{
    struct listing *listing = ctx;
    json_t *value = json_pack("{s:o, s:o, s:o, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s, s:b, s:s}", "id",
                              hf_app_json_id(&row->record), "case", hf_app_json_id(&row->case_id), "record",
                              hf_app_json_id(&row->parent), "title", row->title, "name", row->name, "type",
                              row->media_type, "bytes", (json_int_t)row->size, "here_bytes",
                              (json_int_t)row->here_bytes, "office_bytes", (json_int_t)row->office_bytes, "sent",
                              row->sent, "place", place_of(row), "own", row->own, "why", row->why);
    listing->failed = !value || json_array_append_new(listing->array, value) != 0;
    return !listing->failed;
}

static void list(struct hf_app_call *call)
{
    struct holdfast_id case_id, record;
    bool with_case = false, with_record = false;
    if (!hf_app_query_id(call, "case", &case_id, &with_case) || !hf_app_query_id(call, "record", &record, &with_record))
        return;
    if (!with_case) {
        hf_app_refuse(call->response, 400, "invalid", "case is missing.");
        return;
    }
    struct listing listing = {.array = json_array()};
    const enum holdfast_status status =
        holdfast_attachments(call->hf, &case_id, with_record ? &record : NULL, each_attachment, &listing);
    if (status == HOLDFAST_OK && !listing.failed) {
        hf_app_reply(call, json_pack("{s:o}", "attachments", listing.array));
        return;
    }
    json_decref(listing.array);
    hf_app_fail(call, status == HOLDFAST_OK ? HOLDFAST_NOMEM : status);
}

/* --- adding --- */

/* A count of bytes in the body. False after refusing. */
static bool body_bytes(struct hf_app_call *call, const char *name, uint64_t *out)
{
    const json_t *value = json_object_get(call->body, name);
    if (json_is_integer(value) && json_integer_value(value) >= 0) {
        *out = (uint64_t)json_integer_value(value);
        return true;
    }
    hf_app_refuse(call->response, 400, "invalid", "%s must be a number of bytes.", name);
    return false;
}

static bool is_free(struct hf_app_call *call)
{
    const struct hf_app_upload *upload = call->session->upload;
    if (!upload)
        return true;
    if (hf_app_mono_ms(call->app) - upload->used_ms >= UPLOAD_STILL_MS) {
        hf_app_upload_end(call->session);
        return true;
    }
    hf_app_refuse(call->response, 409, "busy",
                  "Another file is being added. Wait until it is saved, or stop it, then choose this one again. A file "
                  "that was left half way gives way after a minute.");
    return false;
}

static void keep_upload(struct hf_app_call *call, struct holdfast_attach *attach, uint64_t bytes)
{
    struct hf_app_upload *upload = calloc(1, sizeof *upload);
    if (!upload) {
        holdfast_attach_abandon(attach);
        hf_app_fail(call, HOLDFAST_NOMEM);
        return;
    }
    *upload = (struct hf_app_upload){.attach = attach, .bytes = bytes, .used_ms = hf_app_mono_ms(call->app)};
    hf_app_random_text(upload->token);
    call->session->upload = upload;
    hf_app_reply(call, json_pack("{s:s, s:I}", "upload", upload->token, "piece_bytes", (json_int_t)PIECE_BYTES_MAX));
}

static void begin(struct hf_app_call *call)
{
    struct holdfast_attach_spec spec = {0};
    struct holdfast_attach *attach = NULL;
    bool with_case = false, with_record = false;
    if (!hf_app_body_id(call, "case", &spec.case_id, &with_case) ||
        !hf_app_body_id(call, "record", &spec.parent, &with_record) ||
        !hf_app_body_text(call, "title", false, &spec.title) || !hf_app_body_text(call, "name", true, &spec.name) ||
        !body_bytes(call, "bytes", &spec.size))
        return;
    if (!with_case || !with_record) {
        hf_app_refuse(call->response, 400, "invalid", "%s is missing.", with_case ? "record" : "case");
        return;
    }
    if (spec.size > UPLOAD_BYTES_MAX) {
        hf_app_refuse(call->response, 400, "limit",
                      "A file that is added on this page has at most %u MB. Save it smaller, or add it with `holdfast "
                      "attach add`.",
                      UPLOAD_BYTES_MAX >> 20);
        return;
    }
    if (!is_free(call))
        return;
    const enum holdfast_status status = holdfast_attach_begin(call->hf, &spec, &attach);
    if (status == HOLDFAST_OK)
        keep_upload(call, attach, spec.size);
    else
        hf_app_fail(call, status);
}

/* The upload that the body names, when it is this session's. NULL after refusing. */
static struct hf_app_upload *find_upload(struct hf_app_call *call)
{
    const char *token = NULL;
    struct hf_app_upload *upload = call->session->upload;
    if (!hf_app_body_text(call, "upload", true, &token))
        return NULL;
    if (upload && strlen(token) == HF_APP_TOKEN_TEXT_BYTES - 1 &&
        hf_secret_equal(token, upload->token, HF_APP_TOKEN_TEXT_BYTES - 1)) {
        upload->used_ms = hf_app_mono_ms(call->app);
        return upload;
    }
    hf_app_refuse(call->response, 404, "not_found",
                  "This file is not being added any more, and nothing of it was kept. Choose it again.");
    return NULL;
}

static bool fits_next(struct hf_app_call *call, const struct hf_app_upload *upload, uint64_t from, size_t len)
{
    if (len == 0 || len > PIECE_BYTES_MAX)
        hf_app_refuse(call->response, 400, "limit", "A piece has 1 to %u bytes.", PIECE_BYTES_MAX);
    else if (from != upload->written)
        hf_app_refuse(call->response, 409, "state", "The next piece begins at byte %llu.",
                      (unsigned long long)upload->written);
    else if (len > upload->bytes - upload->written)
        hf_app_refuse(call->response, 400, "invalid", "This is more than the %llu bytes that were announced.",
                      (unsigned long long)upload->bytes);
    else
        return true;
    return false;
}

/* What cannot be written ends the upload: half a file helps nobody. */
static void write_piece(struct hf_app_call *call, struct hf_app_upload *upload, struct hf_slice bytes)
{
    const enum holdfast_status status = holdfast_attach_write(upload->attach, bytes.data, bytes.len);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        hf_app_upload_end(call->session);
        return;
    }
    upload->written += bytes.len;
    hf_app_reply(call, json_pack("{s:I}", "next", (json_int_t)upload->written));
}

static void piece(struct hf_app_call *call)
{
    struct hf_buf bytes = {0};
    const char *content = NULL;
    uint64_t from = 0;
    struct hf_app_upload *upload = find_upload(call);
    if (!upload || !body_bytes(call, "from", &from) || !hf_app_body_text(call, "content", true, &content))
        return;
    hf_buf_init(&bytes, HF_APP_BODY_BYTES_MAX);
    if (hf_text_unbase64(hf_slice_str(content), &bytes) != HF_OK)
        hf_app_refuse(call->response, 400, "invalid", "content must be base64.");
    else if (fits_next(call, upload, from, bytes.len))
        write_piece(call, upload, hf_buf_slice(&bytes));
    hf_buf_wipe(&bytes);
}

static void finish(struct hf_app_call *call)
{
    struct holdfast_id record;
    struct hf_app_upload *upload = find_upload(call);
    if (!upload)
        return;
    const enum holdfast_status status = holdfast_attach_finish(upload->attach, &record);
    upload->attach = NULL; /* gone, whatever the answer */
    hf_app_upload_end(call->session);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    hf_app_sync_soon(call->app);
    hf_app_reply(call, json_pack("{s:o}", "attachment", hf_app_json_id(&record)));
}

static void abandon(struct hf_app_call *call)
{
    if (!find_upload(call))
        return;
    hf_app_upload_end(call->session);
    hf_app_reply(call, json_object());
}

/* --- fetching and reading --- */

static void want(struct hf_app_call *call)
{
    const enum holdfast_status status = holdfast_attachment_want(call->hf, &call->ids[0]);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    hf_app_sync_now(call->app);
    hf_app_tell(call->app, true);
    hf_app_reply(call, json_object());
}

static bool take_some(void *ctx, const void *bytes, size_t len)
{
    struct hf_buf *piece = ctx;
    hf_buf_append(piece, bytes, len);
    return hf_buf_status(piece) == HF_OK && piece->len < PIECE_BYTES_MAX;
}

static bool see_size(void *ctx, const struct holdfast_attachment *row)
{
    *(uint64_t *)ctx = row->size;
    return false;
}

/* Where to begin: a number of the query, 0 without one. False after refusing. */
static bool query_from(struct hf_app_call *call, uint64_t size, uint64_t *out)
{
    const char *text = hf_app_query(call, "from");
    char *end = NULL;
    errno = 0;
    const unsigned long long from = text && text[0] >= '0' && text[0] <= '9' ? strtoull(text, &end, 10) : 0;
    if ((text && (!end || *end != '\0' || errno != 0)) || from >= size) {
        hf_app_refuse(call->response, 400, "invalid", "from must be a byte inside the attachment.");
        return false;
    }
    *out = from;
    return true;
}

static void give_piece(struct hf_app_call *call, uint64_t from, uint64_t size, const struct hf_buf *bytes)
{
    struct hf_buf text = {0};
    hf_buf_init(&text, HF_APP_BODY_BYTES_MAX);
    hf_text_base64(&text, hf_buf_slice(bytes));
    const uint64_t next = from + bytes->len;
    if (hf_buf_status(&text) != HF_OK || hf_buf_status(bytes) != HF_OK)
        hf_app_fail(call, HOLDFAST_NOMEM);
    else
        hf_app_reply(call, json_pack("{s:I, s:I, s:o, s:s%}", "from", (json_int_t)from, "bytes", (json_int_t)size,
                                     "next", next < size ? json_integer((json_int_t)next) : json_null(), "content",
                                     (const char *)text.data, text.len));
    hf_buf_wipe(&text);
}

static void read_piece(struct hf_app_call *call)
{
    struct hf_buf bytes = {0};
    uint64_t size = 0, from = 0;
    enum holdfast_status status = holdfast_attachment_show(call->hf, &call->ids[0], see_size, &size);
    if (status != HOLDFAST_OK) {
        hf_app_fail(call, status);
        return;
    }
    if (!query_from(call, size, &from))
        return;
    hf_buf_init(&bytes, 2 * PIECE_BYTES_MAX);
    status = holdfast_attachment_read(call->hf, &call->ids[0], from, take_some, &bytes);
    if (status == HOLDFAST_OK)
        give_piece(call, from, size, &bytes);
    else
        hf_app_fail(call, status);
    hf_buf_wipe(&bytes);
}

static const struct hf_app_route rows[] = {
    {"GET", "/api/attachments", HF_APP_UNLOCKED, list},
    {"POST", "/api/attachments", HF_APP_UNLOCKED, begin},
    {"POST", "/api/attachments/piece", HF_APP_UNLOCKED, piece},
    {"POST", "/api/attachments/finish", HF_APP_UNLOCKED, finish},
    {"POST", "/api/attachments/abandon", HF_APP_UNLOCKED, abandon},
    {"POST", "/api/attachments/:id/want", HF_APP_UNLOCKED, want},
    {"GET", "/api/attachments/:id/piece", HF_APP_UNLOCKED, read_piece},
};
const struct hf_app_routes hf_app_attach_routes = HF_APP_ROUTES(rows);
