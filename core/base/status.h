/* Result codes shared by every room, and a small error object that carries text for people.
 *
 * What can fail returns enum hf_status; the result must be looked at (HF_CHECKED). Error text lives in a
 * struct hf_error that the caller owns, never in a global. */
#ifndef HF_CORE_BASE_STATUS_H
#define HF_CORE_BASE_STATUS_H

#define HF_CHECKED __attribute__((warn_unused_result))

enum hf_status {
    HF_OK = 0,
    HF_ERR_INVALID,     /* bytes or arguments from outside are not of the form asked for */
    HF_ERR_LIMIT,       /* a named limit would be passed */
    HF_ERR_NOT_FOUND,   /* no such thing */
    HF_ERR_EXISTS,      /* it is there already */
    HF_ERR_DENIED,      /* this person or device may not do that */
    HF_ERR_AUTH,        /* a signature, key, passphrase or authentication tag does not fit */
    HF_ERR_CORRUPT,     /* stored bytes are damaged */
    HF_ERR_LOCKED,      /* the vault is locked */
    HF_ERR_BUSY,        /* another process or request holds it */
    HF_ERR_STATE,       /* right call, wrong moment */
    HF_ERR_CONFLICT,    /* the head moved: compare and swap failed, read again */
    HF_ERR_IO,          /* the disk or another device said no */
    HF_ERR_FULL,        /* no space left on the disk */
    HF_ERR_NETWORK,     /* the other side cannot be reached */
    HF_ERR_CLOSED,      /* the other side went away */
    HF_ERR_TIMEOUT,     /* a time limit ran out */
    HF_ERR_PROTOCOL,    /* the other side broke the protocol */
    HF_ERR_UNSUPPORTED, /* a version or suite this program does not know */
    HF_ERR_EXPIRED,     /* an invitation or lease ran out */
    HF_ERR_USED,        /* a single-use thing was used before */
    HF_ERR_REVOKED,     /* this device was revoked */
    HF_ERR_WAITING,     /* not yet: something it depends on has not arrived */
    HF_ERR_NOMEM,       /* out of memory */
    HF_STATUS_COUNT
};

#define HF_ERROR_TEXT_BYTES 320

struct hf_error {
    enum hf_status status;
    char text[HF_ERROR_TEXT_BYTES]; /* NUL-terminated plain English: what happened and what to do next */
};

/* Stable lower-case name of a status, such as "not_found"; never NULL. Static storage. */
const char *hf_status_name(enum hf_status status);

/* One plain sentence for a status, for when there is nothing more exact to say; never NULL. Static storage. */
const char *hf_status_text(enum hf_status status);

/* Fills err (may be NULL) with status and formatted text, cut to fit; returns status, so that
 * `return hf_error_set(err, HF_ERR_INVALID, "…")` reads well. */
enum hf_status hf_error_set(struct hf_error *err, enum hf_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
