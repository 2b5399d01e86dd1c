/* The copy of a case for the person that it is about. Inside client/: sar.c gathers, sar_html.c and sar_text.c write.
 */
#ifndef HF_CLIENT_SAR_H
#define HF_CLIENT_SAR_H

#include "client/handle.h"
#include "core/json/json.h"

/* What was gathered:
 * { authority, prepared_on, reference, child, reason, final, checkpoint: {size, root, origin},
 *   homes: [{home, from, until}], people: [{name, role}], names: [other people's names],
 *   marked: count of names that were marked, left_out: count of entries,
 *   entries: [{date, sort, label, type, id, about_others, restricted, deleted,
 *     fields: [{label, kind, value}], statements: [{said_by, words, made_on, answer, answer_reason}],
 *     written: [{entry, time, author, device, change}]}] }
 * Texts are plain; names of other people are marked when they are written (hf_sar_marked). */
struct hf_sar_piece {
    const char *text;
    size_t len;
    bool marked;
};
/* Calls each for the pieces of a text: those that are a name of the list, and what is between. Whole words only;
 * capitals do not matter. */
void hf_sar_marked(const json_t *names, const char *text, void (*each)(void *ctx, const struct hf_sar_piece *piece),
                   void *ctx);
/* "21 November 2026" for 2026-11-21…; the text itself otherwise. */
void hf_sar_day(const char *text, char out[40]);

/* Adds to copy.names, after the entries were gathered: who stands in other cases on this device (contacts, children,
 * who was invited or came), in a field for a name, behind a title in a text ("Mrs Hill"), who wrote and is not named on
 * the case, and the names given by hand. Never all there are. Not inside an entered handle. */
HF_CHECKED enum holdfast_status hf_sar_names(struct holdfast *hf, json_t *copy, const struct holdfast_sar *sar);
/* How often a name is marked. */
size_t hf_sar_count_marks(const json_t *copy);
/* What a copy says of itself before it was looked through, for both forms. */
extern const char hf_sar_warning[];

void hf_sar_html(const json_t *copy, struct hf_buf *out);
void hf_sar_text(const json_t *copy, struct hf_buf *out);

#endif
