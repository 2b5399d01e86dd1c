#include "core/base/status.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct entry {
    const char *name;
    const char *text;
};

static const struct entry entries[HF_STATUS_COUNT] = {
    [HF_OK] = {"ok", "Done."},
    [HF_ERR_INVALID] = {"invalid", "This is not in a form that Holdfast can read. Check it and try again."},
    [HF_ERR_LIMIT] = {"limit", "This is larger than Holdfast allows. Make it smaller or split it."},
    [HF_ERR_NOT_FOUND] = {"not_found", "Holdfast cannot find this. Check the name or number and try again."},
    [HF_ERR_EXISTS] = {"exists", "This is there already. Open it, or choose another name."},
    [HF_ERR_DENIED] = {"denied", "This account or device is not allowed to do that. Ask an administrator for access."},
    [HF_ERR_AUTH] = {"auth", "The passphrase, key or signature does not fit. Check it and try again."},
    [HF_ERR_CORRUPT] = {"corrupt",
                        "Stored data is damaged. Keep the files as they are and ask an administrator for help."},
    [HF_ERR_LOCKED] = {"locked", "Holdfast is locked. Unlock it with the passphrase first."},
    [HF_ERR_BUSY] = {"busy", "Something else is using this at the moment. Wait a little and try again."},
    [HF_ERR_STATE] = {"state", "This cannot be done at this point. Finish or restart the step before it."},
    [HF_ERR_CONFLICT] = {"conflict", "This was changed meanwhile. Read it again, then repeat the change."},
    [HF_ERR_IO] = {"io", "The disk or another device could not be read or written. Check it and try again."},
    [HF_ERR_FULL] = {"full", "There is no space left on the disk. Free some space and try again."},
    [HF_ERR_NETWORK] = {"network", "The other side cannot be reached. Check the connection and the address."},
    [HF_ERR_CLOSED] = {"closed", "The connection ended. Holdfast can connect again when you are ready."},
    [HF_ERR_TIMEOUT] = {"timeout", "There was no answer in time. Try again in a moment."},
    [HF_ERR_PROTOCOL] = {"protocol", "The other side sent something that does not belong here. Tell an administrator."},
    [HF_ERR_UNSUPPORTED] = {"unsupported", "This program does not know that version. Update Holdfast and try again."},
    [HF_ERR_EXPIRED] = {"expired", "The time for this has run out. Ask an administrator for a new one."},
    [HF_ERR_USED] = {"used", "This works once and has been used. Ask an administrator for a new one."},
    [HF_ERR_REVOKED] = {"revoked", "This device's access has been withdrawn. Ask an administrator what to do next."},
    [HF_ERR_WAITING] = {"waiting", "Something this depends on has not arrived yet. It will carry on once it has."},
    [HF_ERR_NOMEM] = {"nomem", "There is not enough memory. Close other programs and try again."},
};

static const struct entry unknown = {"unknown", "Something went wrong that has no name. Tell an administrator."};

static const struct entry *find(enum hf_status status)
{
    size_t index = (size_t)status;
    return index < HF_STATUS_COUNT ? &entries[index] : &unknown;
}

const char *hf_status_name(enum hf_status status)
{
    return find(status)->name;
}

const char *hf_status_text(enum hf_status status)
{
    return find(status)->text;
}

/* A cut must not leave half a character behind: step back over continuation bytes and their lead byte. */
static void trim_to_whole_character(char *text, size_t len)
{
    size_t start = len;
    while (start > 0 && ((unsigned char)text[start - 1] & 0xC0u) == 0x80u)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t want = lead >= 0xF0u ? 4 : lead >= 0xE0u ? 3 : lead >= 0xC0u ? 2 : 1;
    if (want > 1 && len - (start - 1) < want)
        text[start - 1] = '\0';
}

enum hf_status hf_error_set(struct hf_error *err, enum hf_status status, const char *format, ...)
{
    if (!err)
        return status;

    /* Formatted aside first, so that err->text itself may be an argument. */
    char text[HF_ERROR_TEXT_BYTES];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);

    if (len < 0)
        snprintf(text, sizeof text, "%s", hf_status_text(status));
    else if ((size_t)len >= sizeof text)
        trim_to_whole_character(text, sizeof text - 1);
    err->status = status;
    memcpy(err->text, text, sizeof text);
    return status;
}
