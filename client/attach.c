/* Attachments: adding, listing, reading. */
#include "client/attach.h"

#include "client/photo.h"
#include "client/reads.h"
#include "core/replica/attachments.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_BYTES 201
#define PATH_BYTES 4096

/* --- what kind of file it is --- */

struct magic {
    size_t at;
    const char *bytes;
    size_t len;
    const char *media_type;
};
static const struct magic magics[] = {
    {0, "\xff\xd8\xff", 3, "image/jpeg"}, {0, "\x89PNG\r\n\x1a\n", 8, "image/png"},
    {0, "%PDF-", 5, "application/pdf"},   {4, "ftypheic", 8, "image/heic"},
    {4, "ftypheix", 8, "image/heic"},     {4, "ftypmif1", 8, "image/heic"},
    {4, "ftypavif", 8, "image/avif"},     {4, "ftypqt", 6, "video/quicktime"},
    {4, "ftyp", 4, "video/mp4"},          {0, "\x1a\x45\xdf\xa3", 4, "video/webm"},
    {8, "WEBP", 4, "image/webp"},         {0, "II*\0", 4, "image/tiff"},
    {0, "MM\0*", 4, "image/tiff"},        {0, "GIF8", 4, "image/gif"},
};

const char *hf_attach_media_type(struct hf_slice head)
{
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++)
        if (head.len >= magics[i].at + magics[i].len &&
            memcmp(head.data + magics[i].at, magics[i].bytes, magics[i].len) == 0)
            return magics[i].media_type;
    return "application/octet-stream";
}

bool hf_attach_is_photo(const char *media_type)
{
    return strcmp(media_type, "image/jpeg") == 0 || strcmp(media_type, "image/png") == 0;
}

bool hf_attach_is_refused(const char *media_type)
{
    return strcmp(media_type, "image/heic") == 0 || strcmp(media_type, "image/avif") == 0 ||
           strcmp(media_type, "image/webp") == 0 || strcmp(media_type, "image/tiff") == 0;
}

/* --- the folder --- */

enum hf_status hf_attach_open_folder(struct holdfast *hf)
{
    char path[PATH_BYTES];
    const int len = snprintf(path, sizeof path, "%s/%s", hf->folder, HF_CLIENT_ATTACH_FOLDER);
    if (len < 0 || len >= PATH_BYTES)
        return hf_error_set(&hf->err, HF_ERR_INVALID, "The name of this device's folder is too long.");
    return hf_replica_attach_folder(hf->replica, path, !hf->read_only, &hf->err);
}

static enum hf_status keep_none(void *ctx, const struct hf_id *id, bool *out_keep)
{
    (void)ctx;
    (void)id;
    *out_keep = false;
    return HF_OK;
}

void hf_attach_wipe(const struct holdfast *hf)
{
    char path[PATH_BYTES];
    const int len = snprintf(path, sizeof path, "%s/%s", hf->folder, HF_CLIENT_ATTACH_FOLDER);
    if (len < 0 || len >= PATH_BYTES || hf_chunks_sweep(path, keep_none, NULL, NULL) != HF_OK)
        return;
    (void)rmdir(path);
}

/* --- adding --- */

struct holdfast_attach {
    struct holdfast *hf; /* NULL: the handle was locked meanwhile */
    struct holdfast_attach *next;
    struct hf_attach_spec spec;
    struct hf_attach_add *add; /* NULL until it is known what it is; and of a photo until the end */
    bool prepared, known, photo;
    const char *media_type;
    struct hf_buf held; /* the first bytes, or the photo */
    uint64_t written;
    char title[TEXT_BYTES], name[TEXT_BYTES];
};

static void forget(struct holdfast_attach *attach)
{
    if (attach->hf)
        for (struct holdfast_attach **at = &attach->hf->attaches; *at; at = &(*at)->next)
            if (*at == attach) {
                *at = attach->next;
                break;
            }
    hf_attach_add_abandon(attach->add);
    hf_buf_wipe(&attach->held);
    hf_wipe(attach, sizeof *attach);
    free(attach);
}

void hf_attach_give_up(struct holdfast *hf)
{
    struct holdfast_attach *next = NULL;
    for (struct holdfast_attach *attach = hf->attaches; attach; attach = next) {
        next = attach->next;
        hf_attach_add_abandon(attach->add);
        hf_buf_wipe(&attach->held);
        attach->add = NULL;
        attach->hf = NULL;
    }
    hf->attaches = NULL;
}

static enum hf_status copy_text(struct holdfast *hf, const char *text, char out[TEXT_BYTES])
{
    const size_t len = text ? strlen(text) : 0;
    if (len >= TEXT_BYTES)
        return hf_handle_fail(hf, HF_ERR_LIMIT, "A title or file name has at most %d bytes.", TEXT_BYTES - 1);
    if (len > 0)
        memcpy(out, text, len);
    out[len] = '\0';
    return HF_OK;
}

/* A path says where it lies on this computer: only its last part is told. */
static const char *last_part(const char *name)
{
    const char *slash = name ? strrchr(name, '/') : NULL;
    return slash ? slash + 1 : name;
}

static enum hf_status make(struct holdfast *hf, const struct holdfast_attach_spec *spec, struct holdfast_attach **out)
{
    struct holdfast_attach *attach = calloc(1, sizeof *attach);
    if (!attach)
        return HF_ERR_NOMEM;
    attach->prepared = spec->prepared;
    attach->spec = (struct hf_attach_spec){
        .case_id = hf_id_in(&spec->case_id), .parent = hf_id_in(&spec->parent), .size = spec->size};
    hf_buf_init(&attach->held, HF_PHOTO_BYTES_MAX);
    enum hf_status status = copy_text(hf, spec->title, attach->title);
    if (status == HF_OK)
        status = copy_text(hf, last_part(spec->name), attach->name);
    if (status == HF_OK && attach->name[0] == '\0')
        status = hf_handle_fail(hf, HF_ERR_INVALID, "A file needs a name.");
    if (status == HF_OK && spec->size == 0)
        status = hf_handle_fail(hf, HF_ERR_INVALID, "This file is empty, so there is nothing to attach.");
    if (status != HF_OK) {
        free(attach);
        return status;
    }
    attach->hf = hf;
    attach->next = hf->attaches;
    hf->attaches = attach;
    *out = attach;
    return HF_OK;
}

enum holdfast_status holdfast_attach_begin(struct holdfast *hf, const struct holdfast_attach_spec *spec,
                                           struct holdfast_attach **out)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return hf_handle_leave(hf, make(hf, spec, out));
}

static enum hf_status begin_add(struct holdfast_attach *attach, uint64_t size)
{
    attach->spec.size = size;
    attach->spec.title = hf_slice_str(attach->title);
    attach->spec.name = hf_slice_str(attach->name);
    attach->spec.media_type = hf_slice_str(attach->media_type);
    return hf_replica_attach_begin(attach->hf->replica, &attach->spec, hf_wall_ms(), &attach->add, &attach->hf->err);
}

/* The first bytes are here: is it a photograph, or does it go to the disk as it comes? */
static enum hf_status find_out(struct holdfast_attach *attach)
{
    attach->known = true;
    attach->media_type = hf_attach_media_type(hf_buf_slice(&attach->held));
    if (!attach->prepared && hf_attach_is_refused(attach->media_type))
        return hf_handle_fail(attach->hf, HF_ERR_UNSUPPORTED,
                              "Pictures of this kind (%s) can say where they were taken, and Holdfast cannot take that "
                              "out of them. Save the picture as JPEG and attach that.",
                              attach->media_type);
    attach->photo = !attach->prepared && hf_attach_is_photo(attach->media_type);
    if (attach->photo && attach->spec.size > HF_PHOTO_BYTES_MAX)
        return hf_handle_fail(attach->hf, HF_ERR_LIMIT,
                              "This picture has more than %u MB. Save it smaller and attach that.",
                              HF_PHOTO_BYTES_MAX / 1048576);
    if (attach->photo)
        return HF_OK;
    enum hf_status status = begin_add(attach, attach->spec.size);
    if (status == HF_OK)
        status = hf_attach_add_write(attach->add, hf_buf_slice(&attach->held), &attach->hf->err);
    hf_buf_wipe(&attach->held);
    return status;
}

static enum hf_status take(struct holdfast_attach *attach, struct hf_slice bytes)
{
    if (bytes.len > attach->spec.size - attach->written)
        return hf_handle_fail(attach->hf, HF_ERR_INVALID,
                              "The file grew while it was being attached. Nothing was saved; try again.");
    attach->written += bytes.len;
    if (attach->add)
        return hf_attach_add_write(attach->add, bytes, &attach->hf->err);
    hf_buf_append_slice(&attach->held, bytes);
    enum hf_status status = hf_buf_status(&attach->held);
    if (status == HF_OK && !attach->known && attach->held.len >= HF_ATTACH_HEAD_BYTES)
        status = find_out(attach);
    return status;
}

enum holdfast_status holdfast_attach_write(struct holdfast_attach *attach, const void *bytes, size_t len)
{
    if (!attach->hf)
        return HOLDFAST_LOCKED;
    struct holdfast *hf = attach->hf;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    return hf_handle_leave(hf, take(attach, hf_slice_of(bytes, len)));
}

static enum hf_status clean_photo(struct holdfast_attach *attach)
{
    struct hf_buf clean = {0};
    hf_buf_init(&clean, HF_PHOTO_BYTES_MAX);
    enum hf_status status = hf_photo_clean(hf_buf_slice(&attach->held), &clean, &attach->hf->err);
    if (status == HF_OK)
        status = begin_add(attach, clean.len);
    if (status == HF_OK)
        status = hf_attach_add_write(attach->add, hf_buf_slice(&clean), &attach->hf->err);
    hf_buf_wipe(&clean);
    return status;
}

static enum hf_status finish(struct holdfast_attach *attach, struct holdfast_id *out)
{
    struct holdfast *hf = attach->hf;
    struct hf_id record;
    enum hf_status status = HF_OK;
    if (attach->written != attach->spec.size)
        return hf_handle_fail(hf, HF_ERR_INVALID,
                              "The file ended early while it was being attached. Nothing was saved; try again.");
    if (!attach->known)
        status = find_out(attach);
    if (status == HF_OK && attach->photo)
        status = clean_photo(attach);
    if (status == HF_OK)
        status = hf_attach_add_finish(attach->add, hf_wall_ms(), &record, &hf->err);
    if (status != HF_OK)
        return status;
    attach->add = NULL;
    *out = hf_id_out(&record);
    hf_handle_tell(hf, &attach->spec.case_id, &record);
    return HF_OK;
}

enum holdfast_status holdfast_attach_finish(struct holdfast_attach *attach, struct holdfast_id *out_record)
{
    struct holdfast *hf = attach->hf;
    if (!hf) {
        forget(attach);
        return HOLDFAST_LOCKED;
    }
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK) {
        forget(attach);
        return hf_handle_refused(status);
    }
    status = finish(attach, out_record);
    forget(attach);
    return hf_handle_leave(hf, status);
}

void holdfast_attach_abandon(struct holdfast_attach *attach)
{
    if (attach)
        forget(attach);
}

/* --- listing and reading --- */

struct telling {
    bool (*each)(void *ctx, const struct holdfast_attachment *attachment);
    void *ctx;
    enum hf_status status;
};

static uint64_t bytes_of(const struct hf_attachment *from, uint64_t chunks)
{
    const uint64_t bytes = chunks * HF_ATTACH_CHUNK_BYTES;
    return bytes < from->size ? bytes : from->size;
}

static bool tell(void *ctx, const struct hf_attachment *from)
{
    struct telling *telling = ctx;
    struct hf_buf texts = {0};
    hf_buf_append_slice(&texts, from->title);
    hf_buf_append_u8(&texts, 0);
    hf_buf_append_slice(&texts, from->name);
    hf_buf_append_u8(&texts, 0);
    hf_buf_append_slice(&texts, from->media_type);
    hf_buf_append_u8(&texts, 0);
    telling->status = hf_buf_status(&texts);
    bool more = false;
    if (telling->status == HF_OK) {
        const char *title = (const char *)texts.data;
        const char *name = title + strlen(title) + 1;
        const struct holdfast_attachment row = {.record = hf_id_out(&from->record_id),
                                                .case_id = hf_id_out(&from->case_id),
                                                .parent = hf_id_out(&from->parent),
                                                .title = title,
                                                .name = name,
                                                .media_type = name + strlen(name) + 1,
                                                .size = from->size,
                                                .here_bytes = bytes_of(from, from->have),
                                                .office_bytes = from->own ? bytes_of(from, from->sent) : from->size,
                                                .own = from->own,
                                                .here = from->chunk_count > 0 && from->have == from->chunk_count,
                                                .wanted = from->wanted,
                                                .clashes = from->clashes,
                                                .sent = from->is_lost ? "lost" : hf_sent_name(from->state),
                                                .why = from->is_lost ? HF_ATTACH_LOST_TEXT
                                                                     : hf_attach_result_text(from->answer)};
        more = telling->each(telling->ctx, &row);
    }
    hf_buf_clear(&texts);
    return more;
}

enum holdfast_status holdfast_attachments(struct holdfast *hf, const struct holdfast_id *case_id,
                                          const struct holdfast_id *parent,
                                          bool (*each)(void *ctx, const struct holdfast_attachment *attachment),
                                          void *ctx)
{
    struct telling telling = {.each = each, .ctx = ctx};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct hf_id of_case = hf_id_in(case_id), of_parent = hf_id_in_or_zero(parent);
    status = hf_replica_attachments(hf->replica, &of_case, &of_parent, tell, &telling, &hf->err);
    return hf_handle_leave(hf, status == HF_OK ? telling.status : status);
}

enum holdfast_status holdfast_attachment_show(struct holdfast *hf, const struct holdfast_id *record,
                                              bool (*each)(void *ctx, const struct holdfast_attachment *attachment),
                                              void *ctx)
{
    struct telling telling = {.each = each, .ctx = ctx};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct hf_id id = hf_id_in(record);
    status = hf_replica_attachment(hf->replica, &id, tell, &telling, &hf->err);
    return hf_handle_leave(hf, status == HF_OK ? telling.status : status);
}

struct reading {
    bool (*each)(void *ctx, const void *bytes, size_t len);
    void *ctx;
};

static bool read_some(void *ctx, struct hf_slice plain)
{
    const struct reading *reading = ctx;
    return reading->each(reading->ctx, plain.data, plain.len);
}

enum holdfast_status holdfast_attachment_read(struct holdfast *hf, const struct holdfast_id *record, uint64_t from,
                                              bool (*each)(void *ctx, const void *bytes, size_t len), void *ctx)
{
    struct reading reading = {.each = each, .ctx = ctx};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct hf_id id = hf_id_in(record);
    if (from % HF_ATTACH_CHUNK_BYTES != 0)
        status = hf_handle_fail(hf, HF_ERR_INVALID, "An attachment is read from a multiple of %u bytes on.",
                                HF_ATTACH_CHUNK_BYTES);
    else
        status = hf_replica_attach_read(hf->replica, &id, from / HF_ATTACH_CHUNK_BYTES, read_some, &reading, &hf->err);
    if (status == HF_OK)
        hf_reads_note(hf, NULL, &id, HF_READ_RECORD);
    return hf_handle_leave(hf, status);
}

enum holdfast_status holdfast_attachment_want(struct holdfast *hf, const struct holdfast_id *record)
{
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_WRITE);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct hf_id id = hf_id_in(record);
    return hf_handle_leave(hf, hf_replica_attach_want(hf->replica, &id, &hf->err));
}

enum holdfast_status holdfast_get_attachment_counts(struct holdfast *hf, struct holdfast_attachment_counts *out)
{
    struct hf_attach_counts counts;
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_STATUS);
    if (status != HF_OK)
        return hf_handle_refused(status);
    status = hf_replica_attach_counts(hf->replica, &counts);
    if (status == HF_OK)
        *out = (struct holdfast_attachment_counts){.to_send = counts.out_count,
                                                   .to_send_bytes = counts.out_bytes,
                                                   .to_fetch = counts.in_count,
                                                   .to_fetch_bytes = counts.in_bytes,
                                                   .refused = counts.refused};
    return hf_handle_leave(hf, status);
}
