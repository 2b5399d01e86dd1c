/* The keyring of a Linux desktop by libsecret. The library is loaded when it is asked for, so that a program on a
 * machine without a desktop carries nothing of it. A folder's key is kept under a random name, which stands in the key
 * file; libsecret encrypts it on its way to the keyring. */
#include "client/handle.h"

#ifdef HF_LIBSECRET
#include "core/base/text.h"

#include <dlfcn.h>
#include <libsecret/secret.h>
#include <stdio.h>
#include <string.h>

#define LIBRARY     "libsecret-1.so.0"
#define NAME_BYTES  16
#define NAME_DIGITS (2 * NAME_BYTES)
#define TEXT_BYTES  300
#define ATTRIBUTE   "name"

struct keyring {
    void *library;
    __typeof__(&secret_password_store_sync) store;
    __typeof__(&secret_password_lookup_nonpageable_sync) lookup;
    __typeof__(&secret_password_clear_sync) clear;
    __typeof__(&secret_password_free) free;
    __typeof__(&g_error_free) error_free;
    char text[TEXT_BYTES];
};

static const SecretSchema schema = {
    "org.holdfast.Replica", SECRET_SCHEMA_NONE, {{ATTRIBUTE, SECRET_SCHEMA_ATTRIBUTE_STRING}}, 0, 0, 0, 0, 0, 0, 0, 0};

static void hex(const uint8_t *bytes, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        out[2 * i] = digits[bytes[i] >> 4];
        out[2 * i + 1] = digits[bytes[i] & 15];
    }
    out[2 * len] = '\0';
}

static enum holdfast_status fail(struct keyring *keyring, enum holdfast_status status, GError *error)
{
    (void)snprintf(keyring->text, sizeof keyring->text, "The keyring of this desktop %s%s%s. Use the passphrase.",
                   error ? "cannot be used (" : "does not have the key of this folder", error ? error->message : "",
                   error ? ")" : "");
    if (error)
        keyring->error_free(error);
    return status;
}

static enum holdfast_status keyring_wrap(void *ctx, const uint8_t secret[HOLDFAST_HOST_SECRET_BYTES],
                                         uint8_t out[HOLDFAST_HOST_WRAPPED_BYTES], size_t *out_len)
{
    struct keyring *keyring = ctx;
    uint8_t name[NAME_BYTES];
    char name_text[NAME_DIGITS + 1];
    GError *error = NULL;
    char *password = hf_secret_alloc(2 * HOLDFAST_HOST_SECRET_BYTES + 1);
    if (!password)
        return HOLDFAST_NOMEM;
    hf_random(name, sizeof name);
    hex(name, sizeof name, name_text);
    hex(secret, HOLDFAST_HOST_SECRET_BYTES, password);
    const bool stored = keyring->store(&schema, SECRET_COLLECTION_DEFAULT, "Holdfast: the key of this device's records",
                                       password, NULL, &error, ATTRIBUTE, name_text, NULL) != 0;
    hf_secret_free(password);
    if (!stored)
        return fail(keyring, HOLDFAST_IO, error);
    memcpy(out, name_text, NAME_DIGITS);
    *out_len = NAME_DIGITS;
    return HOLDFAST_OK;
}

/* False for bytes that this store never gave. */
static bool name_of(const uint8_t *wrapped, size_t len, char out[NAME_DIGITS + 1])
{
    uint8_t bytes[NAME_BYTES];
    if (len != NAME_DIGITS || hf_text_unhex(hf_slice_of(wrapped, len), bytes, sizeof bytes) != HF_OK)
        return false;
    memcpy(out, wrapped, len);
    out[len] = '\0';
    return true;
}

static enum holdfast_status keyring_unwrap(void *ctx, const uint8_t *wrapped, size_t wrapped_len,
                                           uint8_t out_secret[HOLDFAST_HOST_SECRET_BYTES])
{
    struct keyring *keyring = ctx;
    char name[NAME_DIGITS + 1];
    GError *error = NULL;
    if (!name_of(wrapped, wrapped_len, name))
        return fail(keyring, HOLDFAST_AUTH, NULL);
    gchar *password = keyring->lookup(&schema, NULL, &error, ATTRIBUTE, name, NULL);
    if (!password)
        return fail(keyring, error ? HOLDFAST_IO : HOLDFAST_AUTH, error);
    enum hf_status status = hf_text_unhex(hf_slice_str(password), out_secret, HOLDFAST_HOST_SECRET_BYTES);
    hf_wipe(password, strlen(password));
    keyring->free(password);
    return status == HF_OK ? HOLDFAST_OK : fail(keyring, HOLDFAST_AUTH, NULL);
}

static void keyring_forget(void *ctx, const uint8_t *wrapped, size_t wrapped_len)
{
    struct keyring *keyring = ctx;
    char name[NAME_DIGITS + 1];
    GError *error = NULL;
    if (!name_of(wrapped, wrapped_len, name))
        return;
    (void)keyring->clear(&schema, NULL, &error, ATTRIBUTE, name, NULL);
    if (error)
        keyring->error_free(error);
}

static const char *keyring_text(void *ctx)
{
    const struct keyring *keyring = ctx;
    return keyring->text;
}

static bool find(void *library, const char *name, void *out_function)
{
    void *symbol = dlsym(library, name);
    memcpy(out_function, &symbol, sizeof symbol); /* C has no cast from an object to a function */
    return symbol != NULL;
}

static bool load(struct keyring *keyring)
{
    if (!keyring->library)
        keyring->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL); /* for good: GLib cannot be unloaded */
    void *library = keyring->library;
    return library && find(library, "secret_password_store_sync", &keyring->store) &&
           find(library, "secret_password_lookup_nonpageable_sync", &keyring->lookup) &&
           find(library, "secret_password_clear_sync", &keyring->clear) &&
           find(library, "secret_password_free", &keyring->free) && find(library, "g_error_free", &keyring->error_free);
}

enum holdfast_status holdfast_desktop_keyring(struct holdfast_host_key *out)
{
    static struct keyring keyring;
    if (!load(&keyring))
        return HOLDFAST_UNSUPPORTED;
    *out = (struct holdfast_host_key){.ctx = &keyring,
                                      .wrap = keyring_wrap,
                                      .unwrap = keyring_unwrap,
                                      .forget = keyring_forget,
                                      .error_text = keyring_text};
    return HOLDFAST_OK;
}
#else
enum holdfast_status holdfast_desktop_keyring(struct holdfast_host_key *out)
{
    (void)out;
    return HOLDFAST_UNSUPPORTED;
}
#endif
