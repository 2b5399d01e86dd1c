#!/usr/bin/env bash
# A lost passphrase: two officers open the device's folder with their shares; one alone cannot, and nothing recorded is lost.
. "$(dirname "$0")/support.sh"

begin_office
for file in recovery-1.share recovery-2.share; do
    same "$(stat -c %a "office/$file")" 600 "mode of $file"
done
same "$(wc -c <office/recovery.pub)" 65 "length of recovery.pub"
mkdir officers
mv office/recovery-?.share officers

ok holdfastd invite --data office --person "Ann Sample" --role worker
tail -n 1 out >line
ok holdfast enrol --replica ann --weak-kdf-for-tests "$(cat line)" # nobody hands a key over: the certificate has it
ok holdfast sync --replica ann
new_case ann CH-KEPT
ok holdfastd invite --data office --person "Bob Sample" --role worker
tail -n 1 out >line
ok holdfast enrol --replica bob --weak-kdf-for-tests "$(cat line)"

printf 'found again, invented\n' >found
recover() { holdfastd recover --vault "$1" --share "officers/recovery-$2.share" --share "officers/recovery-$3.share" --new-passphrase-file found; }

# Under a new key everything is there, and the recovery key opens it all the same.
cp -Rp ann old
refused holdfast key rotate --replica ann --passphrase-file officers/recovery-1.share
err_has "passphrase"
ok holdfast key rotate --replica ann
out_has "new key"
ok holdfast case list --replica ann
out_has CH-KEPT
cp ann/replica.key with-new
cp old/replica.key ann/replica.key
refused holdfast case list --replica ann
err_has "damaged"
cp with-new ann/replica.key

# One officer alone.
cp -Rp ann before
refused recover ann 1 1
err_has "other officer"
run holdfastd recover --vault ann --share officers/recovery-1.share --new-passphrase-file found
ends 2
err_has "Both officers' shares"
diff -r ann before || broken "a refused recovery changed something"

# The officers of another authority, and a folder without a device.
ok holdfastd init --data elsewhere --authority "Southshire Council (invented)" --origin southshire.example/holdfast
refused holdfastd recover --vault bob --share elsewhere/recovery-1.share --share elsewhere/recovery-2.share --new-passphrase-file found
err_has "does not open this device"
refused recover officers 1 2
err_has "no protected data"

ok recover ann 2 1
refused holdfast case list --replica ann
err_has "passphrase"
ok holdfast case list --replica ann --passphrase-file found
out_has CH-KEPT
ok holdfast sync --replica ann --passphrase-file found
out_has "2 sent"

# An administrator's device has the key before anybody confirms it.
ok holdfastd invite --data office --person "Cal Sample" --role admin
tail -n 1 out >line
run holdfast enrol --replica cal --weak-kdf-for-tests "$(cat line)"
ok recover cal 1 2
