/* Do key store, log and guard belong together? Asked when an office opens, before anything is written: a key store that
 * was put back from an older backup lacks keys that the log needs – of new cases, of cases whose key turned, of the
 * server itself – has keys again that an erasure destroyed, and would give the number of a key a second time. */
#ifndef HF_SERVER_KEYS_CHECK_H
#define HF_SERVER_KEYS_CHECK_H

#include "server/office.h"

/* `mark` is what the guard remembers. HF_ERR_CONFLICT with text: the key store is older than what was signed, or than
 * an entry that was not signed yet; or the log lacks the entry with which the key store's server keys came into use.
 * A guard that was made anew (mark->anew) cannot say what the key store had by then: all of the
 * log is held against the key store. Changes nothing. A log that is shorter than the mark is for hf_office_publish to
 * refuse. */
HF_CHECKED enum hf_status hf_keys_check(struct hf_office *office, const struct hf_guard_mark *mark,
                                        struct hf_error *err);

#endif
