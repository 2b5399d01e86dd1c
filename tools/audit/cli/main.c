#include "core/crypto/crypto.h"
#include "tools/audit/command.h"

#include <unistd.h>

int main(int argc, char **argv)
{
    if (hf_crypto_init(true) != HF_OK) {
        (void)fputs("holdfast-audit: the cryptography library could not be started.\n", stderr);
        return HF_AUDIT_EXIT_USAGE;
    }
    struct hf_audit_streams streams = {
        .out = stdout,
        .errors = stderr,
        .progress = isatty(STDERR_FILENO) && isatty(STDOUT_FILENO) ? HF_AUDIT_PROGRESS_BAR : HF_AUDIT_PROGRESS_NONE};
    return hf_audit_command(argc, argv, HF_VERSION, &streams);
}
