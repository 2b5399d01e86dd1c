/* What opens this device's folder, and the end of it: keyring and wipe. */
#include "client/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool keyring_of_desktop(struct holdfast_host_key *out)
{
    if (holdfast_desktop_keyring(out) == HOLDFAST_OK)
        return true;
    (void)cli_refuse("This machine has no keyring that Holdfast can use (libsecret is missing). Use the passphrase.");
    return false;
}

enum cli_exit cli_add_keyring(struct cli *cli, const char *passphrase)
{
    struct holdfast_host_key keyring;
    if (!keyring_of_desktop(&keyring))
        return CLI_FAILED;
    enum holdfast_status status = holdfast_add_host_key(cli->hf, passphrase, &keyring);
    return status == HOLDFAST_OK ? CLI_DONE : cli_fail(cli, status);
}

bool cli_unlock_by_keyring(struct cli *cli)
{
    struct holdfast_host_key keyring;
    if (!holdfast_has_host_key(cli->hf))
        return false;
    if (!keyring_of_desktop(&keyring))
        return false;
    enum holdfast_status status = holdfast_unlock_host(cli->hf, &keyring);
    if (status == HOLDFAST_OK)
        return true;
    (void)cli_fail(cli, status);
    return false;
}

enum cli_exit cli_keyring_add(struct cli *cli)
{
    char passphrase[CLI_PASSPHRASE_BYTES];
    if (!cli_passphrase(cli, "--passphrase-file", "Passphrase: ", false, passphrase))
        return CLI_FAILED;
    enum cli_exit code = cli_add_keyring(cli, passphrase);
    cli_wipe(passphrase, sizeof passphrase);
    if (code != CLI_DONE)
        return code;
    if (cli->json)
        return cli_print_json(json_pack("{s:b}", "keyring", 1));
    (void)printf("The keyring of this desktop opens the folder from now on. The passphrase works as before.\n");
    return CLI_DONE;
}

enum cli_exit cli_keyring_remove(struct cli *cli)
{
    struct holdfast_host_key keyring;
    const bool there = holdfast_desktop_keyring(&keyring) == HOLDFAST_OK;
    char passphrase[CLI_PASSPHRASE_BYTES];
    if (!cli_passphrase(cli, "--passphrase-file", "Passphrase: ", false, passphrase))
        return CLI_FAILED;
    enum holdfast_status status = holdfast_remove_host_key(cli->hf, passphrase, there ? &keyring : NULL);
    cli_wipe(passphrase, sizeof passphrase);
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return cli_print_json(json_pack("{s:b}", "keyring", 0));
    (void)printf("Only the passphrase opens the folder from now on.\n");
    return CLI_DONE;
}

/* Without --even-unsent it has to be looked into first. */
enum cli_exit cli_wipe_device(struct cli *cli)
{
    struct holdfast_host_key keyring;
    const bool even_unsent = cli_option(cli, "--even-unsent") != NULL;
    const bool there = holdfast_desktop_keyring(&keyring) == HOLDFAST_OK;
    if (!even_unsent && holdfast_get_state(cli->hf) == HOLDFAST_IS_LOCKED) {
        enum cli_exit code = cli_unlock(cli);
        if (code != CLI_DONE)
            return code;
    }
    enum holdfast_status status = holdfast_wipe(cli->hf, even_unsent, there ? &keyring : NULL);
    if (status == HOLDFAST_STATE)
        return cli_fail_with(cli, status, "(`holdfast sync`, or `holdfast wipe --even-unsent`.)");
    if (status != HOLDFAST_OK)
        return cli_fail(cli, status);
    if (cli->json)
        return cli_print_json(json_pack("{s:b}", "wiped", 1));
    (void)printf("Everything that Holdfast kept in this folder is gone. Nothing of it can be opened any more.\n");
    return CLI_DONE;
}
