/* The signed log as a plain folder that any web server can hand out, in the form of C2SP tlog-tiles: `checkpoint`,
 * tile/<L>/<N>[.p/<W>] and tile/entries/<N>[.p/<W>]. Entries are leaves: no names, no contents. */
#ifndef HF_SERVER_PUBLISH_H
#define HF_SERVER_PUBLISH_H

#include "server/office.h"

struct hf_publish_result {
    uint64_t size;     /* of the checkpoint that stands in the folder now */
    uint64_t old_size; /* of the one before; 0: none */
    uint64_t written;  /* tiles */
    uint64_t kept;     /* tiles that were there already */
};

/* Signs the newest log size first, then chooses what to show: the newest checkpoint, or with witnesses in a policy
 * (witness.h) the newest that has its quorum, with their cosignatures. Writes what the folder lacks, the checkpoint
 * last, so that whatever a reader sees is complete. A tile that is there in full length is never written again; asking
 * twice changes nothing. Partial tiles are removed once the full one is there. The folder is made when it is missing.
 * HF_ERR_CONFLICT with text: the folder holds another log, or one that this log does not continue, or a later
 * checkpoint; nothing is written then. HF_ERR_DENIED, HF_ERR_FULL, HF_ERR_IO, HF_ERR_INVALID (a relative path, no
 * folder). */
HF_CHECKED enum hf_status hf_publish_tiles(struct hf_office *office, const char *folder, struct hf_publish_result *out,
                                           struct hf_error *err);

#endif
