/* What the files of the client room share about a handle. Inside client/.
 *
 * Every public function that can fail enters the handle, works with statuses of core, and leaves it:
 *
 *     enum hf_status status = hf_handle_enter(hf, HF_ENTER_READ);
 *     if (status != HF_OK)
 *         return hf_handle_refused(status);
 *     …
 *     return hf_handle_leave(hf, status);
 *
 * Entering keeps callbacks from calling back in where that could pull a row or the replica away from under a loop. */
#ifndef HF_CLIENT_HANDLE_H
#define HF_CLIENT_HANDLE_H

#include "core/replica/replica.h"

#include <holdfast/holdfast.h>

#define HF_CLIENT_VAULT_NAME       "replica"
#define HF_CLIENT_TIMEOUT_MS       30000
#define HF_CLIENT_ERROR_TEXT_BYTES 800 /* a text of core or of the office, an address, and what to do next */

struct hf_sync;
struct hf_watch;
struct hf_client_reason;

struct holdfast {
    char *folder;
    struct hf_vault *vault;
    struct hf_replica *replica;       /* NULL: locked */
    struct hf_sync *sync;             /* NULL: none under way */
    struct hf_watch *watch;           /* NULL: nobody asked to stay connected */
    bool read_only;                   /* while it is unlocked */
    struct holdfast_edit *edits;      /* open ones, newest first */
    struct holdfast_attach *attaches; /* files that are being added */
    uint64_t idle_ms;                 /* without a person at work until it locks; 0: never */
    uint64_t active_ms;               /* hf_machine_ms when a person was last at work */
    bool quiet;                       /* nothing that is read is noted: holdfast_read_quietly */
    size_t reason_count;              /* why cases are read in this session; reads.h */
    struct hf_client_reason *reasons;
    bool entered; /* a function is at work, a callback of it may be running */
    bool telling; /* inside the callback of holdfast_on_change */
    void (*changed)(void *ctx, const struct holdfast_id *case_id, const struct holdfast_id *record);
    void *changed_ctx;
    struct hf_error err;                   /* of the function at work; filled by core */
    char text[HF_CLIENT_ERROR_TEXT_BYTES]; /* of the last failure; "" after a success */
};

enum hf_enter {
    HF_ENTER_ANY,    /* locked or not; not from a callback */
    HF_ENTER_READ,   /* unlocked; also from the callback of holdfast_on_change */
    HF_ENTER_WRITE,  /* unlocked; not from a callback */
    HF_ENTER_STATUS, /* as READ, also when the lease is over, and no sign of a person at work */
    HF_ENTER_OFFICE  /* as WRITE, likewise */
};
/* HF_ERR_LOCKED, HF_ERR_STATE, or HF_ERR_EXPIRED when the lease is over, with the text set; then do not leave. */
HF_CHECKED enum hf_status hf_handle_enter(struct holdfast *hf, enum hf_enter how);
enum holdfast_status hf_handle_refused(enum hf_status status);
/* Keeps the text of a failure: what hf_handle_fail said, else hf->err, else the sentence of the status. */
enum holdfast_status hf_handle_leave(struct holdfast *hf, enum hf_status status);
/* Sets the text at length; returns status. */
enum hf_status hf_handle_fail(struct holdfast *hf, enum hf_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Tells the program that a record changed. To be called between statements of the replica only. */
void hf_handle_tell(struct holdfast *hf, const struct hf_id *case_id, const struct hf_id *record);

/* Opens vault and replica into the handle; texts in hf->err. HF_ERR_NOT_FOUND also for a vault without a replica: then
 * the vault stays open in the handle when keep_vault is set. */
HF_CHECKED enum hf_status hf_handle_open_replica(struct holdfast *hf, struct hf_slice passphrase, bool keep_vault);
/* The second half: the vault is open already. */
HF_CHECKED enum hf_status hf_handle_read_replica(struct holdfast *hf, bool keep_vault);
/* HF_ERR_INVALID with text without one. */
HF_CHECKED enum hf_status hf_handle_need_passphrase(struct holdfast *hf, const char *passphrase);
/* Ends a sync, closes replica and vault. */
void hf_handle_shut(struct holdfast *hf);
/* True when the folder holds a vault. */
bool hf_handle_has_vault(const struct holdfast *hf);

uint64_t hf_wall_ms(void);    /* Unix ms */
uint64_t hf_mono_ms(void);    /* monotonic ms */
uint64_t hf_machine_ms(void); /* ms since the machine started, sleep included */

static inline struct hf_id hf_id_in(const struct holdfast_id *id)
{
    return hf_id_from_bytes(id->bytes);
}

struct holdfast_id hf_id_out(const struct hf_id *id);
/* NULL gives the zero id. */
struct hf_id hf_id_in_or_zero(const struct holdfast_id *id);

/* Lower-case hex of a device's public key and a NUL. */
#define HF_DEVICE_TEXT_BYTES (2 * HF_SIGN_PUBLIC_BYTES + 1)
void hf_device_text(const uint8_t device[HF_SIGN_PUBLIC_BYTES], char out[HF_DEVICE_TEXT_BYTES]);
/* "saved_here", "sent" or "received". */
const char *hf_sent_name(enum hf_sent_state sent);
/* "value", "text", "status", "verbatim", "set" or "append". */
const char *hf_kind_name(enum hf_field_kind kind);

#endif
