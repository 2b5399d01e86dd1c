/* Going through duties, for the files of the client that tell of them. */
#ifndef HF_CLIENT_DUTIES_H
#define HF_CLIENT_DUTIES_H

#include "core/replica/policies.h"

#include <holdfast/holdfast.h>

/* Both views of a duty; they live until it returns. *status may be set to an error, which ends the walk. */
typedef bool hf_duty_row_fn(void *ctx, const struct hf_duty_view *view, const struct holdfast_duty_row *row,
                            enum hf_status *status);
/* Between hf_handle_enter and hf_handle_leave. */
HF_CHECKED enum hf_status hf_duties_walk(struct holdfast *hf, const struct holdfast_duty_filter *filter,
                                         hf_duty_row_fn *each, void *ctx);
/* The person's own duties of no case: versions to read. filter->all: those that were read too. */
HF_CHECKED enum hf_status hf_duties_readings(struct holdfast *hf, const struct holdfast_duty_filter *filter,
                                             bool (*each)(void *ctx, const struct holdfast_duty_row *row), void *ctx);

#endif
