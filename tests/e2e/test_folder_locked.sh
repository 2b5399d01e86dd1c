#!/usr/bin/env bash
# A device's folder: read by a program that may not write, wiped so that nothing opens, and closed by the lease's count.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
sync ann
new_case ann CH-KEPT
case=$id
ok holdfast status --replica ann
out_has "Next sync needed by"

# Reading changes no byte, and what would write is refused.
bytes_of ann >before
ok holdfast case list --replica ann --read-only
out_has CH-KEPT
ok holdfast case show "$case" --replica ann --read-only
ok holdfast status --replica ann --read-only
refused holdfast case new CH-2 --replica ann --read-only
err_has "for reading only"
refused holdfast sync --replica ann --read-only
err_has "for reading only"
bytes_of ann | diff before - || broken "reading changed the folder"

# From a folder that cannot be written; root can write everywhere, so not as root.
as_reader=()
if [ "$(id -u)" = 0 ]; then
    as_reader=(setpriv --reuid 65534 --regid 65534 --clear-groups)
    chmod 711 "$work"
    chown -R 65534 ann
    chmod 644 passphrase
fi
chmod 400 ann/*
chmod 500 ann
if "${as_reader[@]}" test -x "$HOLDFAST_PROGRAMS/holdfast"; then
    ok "${as_reader[@]}" holdfast case list --replica "$work/ann" --read-only
    out_has CH-KEPT
else
    echo "not checked: a folder without permission to write (another user cannot run $HOLDFAST_PROGRAMS)"
fi
[ "$(id -u)" != 0 ] || chown -R 0 ann
chmod 700 ann
chmod 600 ann/*
bytes_of ann | diff before - || broken "reading changed the folder"

# Wiping.
refused holdfast wipe --replica ann
err_has "2 changes of yours have not been sent"
err_has "even-unsent"
ok holdfast case list --replica ann
cp -Rp ann copy
unset HOLDFAST_PASSPHRASE_FILE
refused holdfast wipe --replica ann
err_has "passphrase"
ok holdfast wipe --replica ann --even-unsent
[ ! -e ann ] || broken "a wiped folder is there"
export HOLDFAST_PASSPHRASE_FILE=$work/passphrase
for half in replica.db replica.key "replica.db replica.key" "replica.db replica.secret"; do
    rm -rf left
    mkdir left
    for file in $half; do cp -p "copy/$file" left; done
    run holdfast case list --replica left
    [ "$code" = 1 ] || broken "$half opens"
done
ok holdfast sync --replica copy
ok holdfast wipe --replica copy
refused holdfast case list --replica copy
