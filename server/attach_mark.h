/* Whether the office still has the files of attachments that it once took. Nobody would ask: a device whose chunks were
 * acknowledged has no reason to, and the log knows nothing of files. So the office draws a number, keeps it beside the
 * folder, and tells it in every WELCOME; when it finds that files are gone, or cannot know (the number is gone too, or
 * the log was brought up to date from its mirror), it draws another. A device that hears another number than before
 * asks once about each attachment that it added, and sends again what is not there.
 *
 * Found: at each start, for every row; and when a file is asked for and is not there. One thread: the office's. */
#ifndef HF_SERVER_ATTACH_MARK_H
#define HF_SERVER_ATTACH_MARK_H

#include "server/office.h"

#define HF_ATTACH_MARK_FILE "attachments.mark" /* beside the folder: five bytes, the last a check */

/* At a start: hf_attach_sweep, then every row against its file, and the number. */
HF_CHECKED enum hf_status hf_attach_start(struct hf_office *office, struct hf_error *err);
/* A row whose file is not what it says: it begins anew, and every device asks about its own. */
HF_CHECKED enum hf_status hf_attach_lost(struct hf_office *office, struct hf_attach_kept *row);
/* Rows may be gone without anybody knowing which: the next start draws another number. path: of the data folder. */
HF_CHECKED enum hf_status hf_attach_mark_forget(const char *folder, struct hf_error *err);

#endif
