/* What a clash is shown with beside its values: a suggestion, and who should decide. Inside client/. */
#ifndef HF_CLIENT_CLASH_H
#define HF_CLIENT_CLASH_H

#include "client/handle.h"
#include "client/texts.h"

/* Twelve hex digits that name a clash; another value, or one less, gives another code. */
void hf_clash_code(const struct hf_conflict_row *row, char out[HOLDFAST_CLASH_CODE_TEXT_BYTES]);

/* Fills suggestion and its parts of a row whose base and values are filled; their texts go to `texts`, *out_parts is to
 * be freed. HF_ERR_NOMEM. */
HF_CHECKED enum hf_status hf_clash_suggest(const struct hf_record_spec *type, const struct hf_field_spec *field,
                                           struct hf_texts *texts, struct holdfast_conflict_row *row,
                                           struct holdfast_suggestion_part **out_parts);

/* Fills decider, decider_count and deciders. */
void hf_clash_deciders(const struct hf_conflict_row *from, struct hf_texts *texts, struct holdfast_conflict_row *row);

#endif
