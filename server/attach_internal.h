/* What the files of attachments share. Inside server/attach*.c. */
#ifndef HF_SERVER_ATTACH_INTERNAL_H
#define HF_SERVER_ATTACH_INTERNAL_H

#include "server/office.h"

/* The content that this change, whose opened body is given, gives its record; false when it gives none. */
HF_CHECKED bool hf_attach_content_in(struct hf_slice body, const struct hf_entry_row *row,
                                     struct hf_attach_content *out);

#endif
