/* Which figure of the office's pages an open duty counts for. Packs say it themselves: by the alert that a rule raises
 * (the codes are the same in every pack), or where they list what asks for minutes and for reviews of the plan. Inside
 * client/app. */
#ifndef HF_CLIENT_APP_FIGURES_H
#define HF_CLIENT_APP_FIGURES_H

#include "client/app/call.h"

/* "POLICY RULE" to "urgent", "minutes", "plans", "stability", "views", "escalate", for the packs in force. *out is new.
 */
enum holdfast_status hf_app_figures(struct holdfast *hf, json_t **out);
/* The figure of a duty; "" for none. Borrowed from `figures`. */
const char *hf_app_figure_of(const json_t *figures, const struct holdfast_duty_row *row);

#endif
