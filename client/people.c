/* Who works for the authority, as far as this device knows. */
#include "client/handle.h"
#include "client/texts.h"
#include "core/replica/replica.h"

#include <string.h>

struct people_rows {
    struct hf_id own;
    bool (*each)(void *ctx, const struct holdfast_person_row *row);
    void *ctx;
    enum hf_status status;
    bool own_shown, stopped;
};

static bool show(void *ctx, const struct hf_record_row *row)
{
    struct people_rows *rows = ctx;
    struct hf_texts texts = {0};
    const struct holdfast_person_row out = {.id = hf_id_out(&row->record_id),
                                            .name = hf_texts_copy(&texts, row->title)};
    rows->status = hf_texts_status(&texts);
    if (row->title.len > 0 && rows->status == HF_OK) {
        rows->own_shown = rows->own_shown || hf_id_equal(&row->record_id, &rows->own);
        rows->stopped = !rows->each(rows->ctx, &out);
    }
    hf_texts_clear(&texts);
    return rows->status == HF_OK && !rows->stopped;
}

enum holdfast_status holdfast_people(struct holdfast *hf,
                                     bool (*each)(void *ctx, const struct holdfast_person_row *row), void *ctx)
{
    struct people_rows rows = {.each = each, .ctx = ctx};
    enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
    if (status != HF_OK)
        return hf_handle_refused(status);
    const struct hf_identity *own = hf_replica_identity(hf->replica);
    rows.own = own->person;
    status = hf_replica_staff(hf->replica, show, &rows);
    if (status == HF_OK)
        status = rows.status;
    /* Before the first sync the office's list is not here; who works on this device is known. */
    if (status == HF_OK && !rows.own_shown && !rows.stopped && own->person_name[0]) {
        const struct holdfast_person_row row = {.id = hf_id_out(&own->person), .name = own->person_name};
        (void)each(ctx, &row);
    }
    return hf_handle_leave(hf, status);
}
