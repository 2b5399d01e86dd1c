/* Inside core/log: one file out of a bundle. */
#ifndef HF_CORE_LOG_BUNDLE_FETCH_H
#define HF_CORE_LOG_BUNDLE_FETCH_H

#include "core/log/bundle.h"

/* Replaces what is in out by the file. Errors as the reader's, with a text in bundle->error; out is
 * empty then. */
HF_CHECKED enum hf_status hf_bundle_fetch(struct hf_bundle *bundle, const char *name, size_t limit_bytes,
                                          struct hf_buf *out);

#endif
