/* Reading what one row of the log holds. One thread with the store's owner. */
#ifndef HF_SERVER_ROW_H
#define HF_SERVER_ROW_H

#include "server/office.h"

/* Appends the opened contents of a row that has some, under the key its row names; the caller clears out, or wipes it
 * where it may hold a child's words. HF_ERR_INVALID: its leaf has not the form of one; HF_ERR_NOT_FOUND: its key is not
 * in the key store, as after an erasure; HF_ERR_AUTH: another key sealed it. */
HF_CHECKED enum hf_status hf_row_open(struct hf_office *office, const struct hf_entry_row *row, struct hf_buf *out);

#endif
