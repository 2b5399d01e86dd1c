/* What the files of attachments share. Inside server/attach*.c. */
#ifndef HF_SERVER_ATTACH_INTERNAL_H
#define HF_SERVER_ATTACH_INTERNAL_H

#include "server/office.h"

/* The content that this change, whose opened body is given, gives its record; false when it gives none. */
HF_CHECKED bool hf_attach_content_in(struct hf_slice body, const struct hf_entry_row *row,
                                     struct hf_attach_content *out);

/* An attachment without a row, whose file is whole and what was signed: the row is made again. */
HF_CHECKED enum hf_status hf_attach_find_again(struct hf_office *office, const struct hf_id *id,
                                               struct hf_attach_kept *out, bool *out_found);

#endif
