/* What the files of server/erase share: asking and confirming (erase.c), and what is done before anything is served, or
 * comes from a log before (erase_settle.c). Inside server/. */
#ifndef HF_SERVER_ERASE_INTERNAL_H
#define HF_SERVER_ERASE_INTERNAL_H

#include "server/erase.h"
#include "server/keystore_erase.h"

/* Which shard of the log the office is in (core/model/shard.h); 0: the first log. */
uint64_t hf_erase_shard(const struct hf_office *office);
/* The entries of a case that have contents; with gone_too also those whose contents are gone. HF_ERR_LIMIT. */
HF_CHECKED enum hf_status hf_erase_entries(struct hf_office *office, const struct hf_id *case_id, bool gone_too,
                                           struct hf_erase_plan *out);
/* The erase entry of this row and the end of the contents, in one commit; then no file holds them. */
HF_CHECKED enum hf_status hf_erase_log(struct hf_office *office, const struct hf_erasure_row *row);
/* The erasure of this case that the log says last was carried out in a part that was lost: two officers may sign for
 * it again in this log, so that everybody can check who did. */
HF_CHECKED enum hf_status hf_erase_was_carried(struct hf_office *office, const struct hf_id *case_id, bool *out);

/* Entries of the server, sealed under the key of the office case. Devices may sign entries of these kinds too: they are
 * held, and mean nothing. */
bool hf_erase_is_own(const struct hf_entry_row *row);

#endif
