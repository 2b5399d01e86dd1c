/* Decisions about a clash, a deletion or a proposed amendment that this person is told of until they have seen them.
 * Inside client/. */
#ifndef HF_CLIENT_DECIDED_H
#define HF_CLIENT_DECIDED_H

#include "client/handle.h"
#include "core/model/body.h"

/* holdfast_decisions_told on a handle that was entered; record NULL: of every record. */
HF_CHECKED enum hf_status hf_decided_each(struct holdfast *hf, const struct hf_id *record, holdfast_decided_fn *each,
                                          void *ctx);

/* --- inside these two files --- */
struct hf_telling {
    struct holdfast *hf;
    holdfast_decided_fn *each;
    void *ctx;
    enum hf_status status;
    bool told_value; /* of the change that is being told: a value of this person's was decided about */
    bool stopped;
};
/* The acts of a change: an answer to proposals, a decision about a deletion. False to stop. */
bool hf_decided_acts(struct hf_telling *telling, const struct hf_change_row *row, const struct hf_data_body *body);

#endif
