#!/usr/bin/env bash
# The keyring of a desktop opens a device's folder, in a D-Bus session of its own with gnome-keyring; and clear words without one.
tests=$(cd "$(dirname "$0")" && pwd)
. "$tests/support.sh"

begin_office
unset DBUS_SESSION_BUS_ADDRESS DISPLAY WAYLAND_DISPLAY
export XDG_RUNTIME_DIR=$work/run HOME=$work/home
mkdir -m 700 run home
enrol ann "Ann Sample" worker
new_case ann CH-KEPT

# Without a session there is nothing to keep a key in, and the text says what to do.
refused holdfast keyring add --replica ann
err_has "Use the passphrase"
refused holdfast keyring remove --replica ann
err_has "No key store"

for program in dbus-run-session gnome-keyring-daemon; do
    command -v "$program" >/dev/null || {
        echo "SKIPPED: the keyring itself, because $program is not installed (tools/install-packages test)"
        exit 77
    }
done

checks=$tests/support_checks.sh
# Everything below runs again in a session of its own, where the keyring is unlocked.
cat >session.sh <<'END'
. "$CHECKS"
printf 'a login for tests only' | gnome-keyring-daemon --unlock --components=secrets >daemon 2>&1

ok holdfast keyring add --replica ann
out_has "keyring"
unset HOLDFAST_PASSPHRASE_FILE
ok holdfast case list --replica ann
out_has CH-KEPT
refused holdfast case list --replica ann --passphrase-file /dev/null
refused holdfast case list --replica ann --read-only
err_has "passphrase"

# A new data key keeps it.
ok holdfast key rotate --replica ann --passphrase-file passphrase
out_has "So is the keyring"
ok holdfast case list --replica ann
out_has CH-KEPT

# A copy of the folder from before the rotation: its key was forgotten by the keyring.
ok holdfast keyring add --replica ann --passphrase-file passphrase
cp -Rp ann copy
ok holdfast keyring add --replica ann --passphrase-file passphrase
refused holdfast case list --replica copy
err_has "does not have the key"
ok holdfast case list --replica ann

ok holdfast keyring remove --replica ann --passphrase-file passphrase
refused holdfast case list --replica ann
err_has "passphrase is needed"
ok holdfast case list --replica ann --passphrase-file passphrase

# From the first day.
ok holdfast enrol --weak-kdf-for-tests --keyring --replica bob --passphrase-file passphrase "$INVITATION"
ok holdfast case list --replica bob
ok holdfast wipe --replica bob
out_has "is gone"
[ ! -e bob ] || broken "the folder of a wiped device is there"
END
invite "Bob Sample" worker
INVITATION=$invitation CHECKS=$checks dbus-run-session -- bash -eu session.sh
