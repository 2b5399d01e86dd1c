/* Attachments at the office (core/model/attachment.h). Their chunks lie sealed in files of one folder, written through
 * to the disk before they are acknowledged; the store has a row for each that says how many count. The office takes
 * chunks from the device whose log entry names them – held or not, also when it was revoked or the case was taken away
 * – checks each against the signed root as it comes, and gives them to whoever may read the case.
 *
 * An erasure destroys the keys first, so no chunk opens; then rows go with the store's commit, and files after it
 * (hf_attach_sweep), which happens on every start too. */
#ifndef HF_SERVER_ATTACH_H
#define HF_SERVER_ATTACH_H

#include "server/office.h"

#define HF_ATTACH_OFFICE_BYTES_MAX (4ull * 1024 * 1024 * 1024 * 1024) /* of all attachments together */
#define HF_ATTACH_DISK_LEFT_BYTES  (256ull * 1024 * 1024)             /* that they leave free */

/* Answers ATTACH_PUT and ATTACH_GET. */
HF_CHECKED enum hf_status hf_attach_answer_put(struct hf_office *office, const struct hf_peer *peer,
                                               const struct hf_message *request, struct hf_reply *reply);
HF_CHECKED enum hf_status hf_attach_answer_get(struct hf_office *office, const struct hf_peer *peer,
                                               const struct hf_message *request, struct hf_reply *reply);
/* Removes files that no row names, of records that the log has, unless they are the whole of what an entry names; for
 * one that is, the row is made again: a store that was put back from a backup has lost it (recover_log.h). Files that
 * the log knows nothing of stay: it has lost its end (new_shard.h). Call with a log that has all that was
 * signed (hf_office_open has seen to it). */
HF_CHECKED enum hf_status hf_attach_sweep(struct hf_office *office, struct hf_error *err);

#endif
