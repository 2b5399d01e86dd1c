#!/usr/bin/env bash
# Invitations, devices and caseloads through the real commands: who is let in, what a revoked device may still do, what a case that
# is given and taken brings, who may export the log.
. "$(dirname "$0")/support.sh"

begin_office

# --- invitations -----------------------------------------------------------------------------------------------------
invite "Ann Sample" worker
first=$invitation
ok holdfast enrol --weak-kdf-for-tests --replica ann "$first"
out_has "Ann Sample, worker, Northshire Council (invented)"
grep -qE '^Safety code +([0-9]{5} ){5}[0-9]{5}$' out || broken "no safety code"
refused holdfast enrol --weak-kdf-for-tests --replica eve "$first"
err_has "used"
refused holdfast sync --replica eve
[ "$(holdfastd device list --data office | grep -c 'Ann Sample')" = 1 ] || broken "a used invitation has let a device in"

# Forged: a letter changed, anywhere; or cut short; or made of nothing.
invite "Ben Example" worker
before=$(office_number entries)
length=${#invitation}
for at in 0 1 5 20 40 60 80 100 $((length - 50)) $((length - 30)) $((length - 2)); do
    letter=${invitation:$at:1}
    other=A
    [ "$letter" != A ] || other=B
    refused holdfast enrol --weak-kdf-for-tests --replica forged "${invitation:0:$at}$other${invitation:$((at + 1))}"
    out_empty
    lacks "Ben Example"
    rm -rf forged
done
refused holdfast enrol --weak-kdf-for-tests --replica forged "${invitation:0:80}"
err_has "invitation"
refused holdfast enrol --weak-kdf-for-tests --replica forged "not an invitation"
err_has "invitation"
same "$(office_number entries)" "$before" "the log"
rm -rf forged
# The true one is as good as before.
ok holdfast enrol --weak-kdf-for-tests --replica ben "$invitation"
refused holdfast enrol --weak-kdf-for-tests --replica ben "$invitation"
err_has "enrolled"

# A letter in the middle that is wrong: found by the check at the end of the line, before anything is sent; not used up.
invite "Fay Invented" worker
letter=A
[ "${invitation:120:1}" != A ] || letter=B
refused holdfast enrol --weak-kdf-for-tests --replica forged "${invitation:0:120}$letter${invitation:121}"
err_has "a letter in it is wrong"
err_has "It was not used up"
refused holdfast sync --replica forged
rm -rf forged

enrol olive "Olive Tester" office
enrol ivo "Ivo Checker" auditor

# --- a case that is given and taken -----------------------------------------------------------------------------------
new_case ann CH-1
case=$id
new ann action --case "$case" "text=The first word" status=open
action=$id
ok holdfast record set --replica ann "$action" "text=The second word"
sync ann
sync ben
ok holdfast case list --replica ben
out_has "No cases on this device."
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
sync ben
ok holdfast record history --replica ben "$action"
out_has "The first word"
out_has "The second word"
out_has "Ann Sample"
same "$(digest_of ann)" "$(digest_of ben)" "the state of both"
ok holdfastd case assign --data office --case "$case" --person "Ben Example" --remove
ok holdfast record set --replica ann "$action" "text=The third word"
sync ann
sync ben
ok holdfast record list --replica ben
lacks "The third word"
run holdfast record history --replica ben "$action"
lacks "The third word"
# And given back: everything that was missed comes.
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
sync ben
ok holdfast record history --replica ben "$action"
out_has "The third word"
same "$(digest_of ann)" "$(digest_of ben)" "the state of both"

# --- two devices of one person ----------------------------------------------------------------------------------------
enrol ann2 "Ann Sample" worker
ok holdfastd person list --data office
[ "$(grep -c 'Ann Sample' out)" = 1 ] || broken "Ann is there twice"
sync ann2
ok holdfast record show --replica ann2 "$action"
out_has "The third word"
ok holdfast record set --replica ann2 "$action" due=2026-12-01
ok holdfast record set --replica ann "$action" status=started
sync ann2
sync ann
sync ann2
same "$(digest_of ann)" "$(digest_of ann2)" "the state of Ann's devices"
ok holdfast record history --replica ann2 "$action" --json
same "$(grep -c '"change"' out)" 5 "changes of the action"
# The same field on both: a clash, also between devices of one person.
ok holdfast record set --replica ann2 "$action" due=2026-12-02
ok holdfast record set --replica ann "$action" due=2026-12-03
sync ann2
sync ann
ok holdfast conflict list --replica ann
lines out 1
ok holdfast conflict show --replica ann "$action"
clash=$(sed -n 's/^ *clash \([0-9a-f]*\);.*/\1/p' out)
refused holdfast conflict settle --replica ann "$action" due --clash 0123456789ab --pick 1 --reason "The later one was a slip."
err_has "Nothing was settled"
ok holdfast conflict settle --replica ann "$action" due --clash "$clash" --pick 1 --reason "The later one was a slip."
refused holdfast conflict settle --replica ann "$action" due --clash "$clash" --pick 1 --reason "Once more."
err_has "There is no clash in due"
sync ann
# Two texts that touch different paragraphs come with one of both.
sync ann2
ok holdfast record set --replica ann "$action" "text=Ring the school."$'\n\n'"Ask for a room."
sync ann
sync ann2
ok holdfast record set --replica ann "$action" "text=Ring the school."$'\n\n'"Ask for a quiet room."
ok holdfast record set --replica ann2 "$action" "text=Ring the school on Monday."$'\n\n'"Ask for a room."
sync ann
sync ann2
ok holdfast conflict show --replica ann2 "$action"
out_has "Ask for a quiet room."
out_has "to be decided by the office"
clash=$(sed -n 's/^ *clash \([0-9a-f]*\);.*/\1/p' out)
ok holdfast conflict settle --replica ann2 "$action" text --clash "$clash" --pick merged --reason "Both are right."
ok holdfast record show --replica ann2 "$action"
out_has "Ring the school on Monday."
out_has "Ask for a quiet room."
ok holdfast conflict list --replica ann2
out_has "Nothing to settle."
sync ann2
sync ann
same "$(digest_of ann)" "$(digest_of ann2)" "the state of Ann's devices"

# --- an administrator's device waits ----------------------------------------------------------------------------------
invite "Ada Minded" admin
ok holdfast enrol --weak-kdf-for-tests --replica ada "$invitation"
out_has "has to confirm this device"
code_shown=$(sed -n 's/^Safety code *//p' out)
ok holdfast enrol --weak-kdf-for-tests --replica ada "$invitation" --json
out_has '"waiting": true'
refused holdfast sync --replica ada
err_has "confirm"
ok holdfastd enrol list --data office
out_has "Ada Minded"
code_shown=$(holdfastd enrol list --data office | sed -n 's/.*compare with the device: //p')
[ -n "$code_shown" ] || broken "enrol list shows no safety code"
device=$(grep 'Ada Minded' out | cut -d' ' -f1)
refused holdfastd enrol confirm --data office 00000000
err_has "no such device"
ok holdfastd enrol confirm --data office "$device"
sync ada
ok holdfastd enrol list --data office
out_has "No device waits"

# --- a revoked device --------------------------------------------------------------------------------------------------
ok holdfast record set --replica ben "$action" "text=Written before he heard of it"
new ben action --case "$case" "text=Another one from the lost device" status=open
lost=$id
sync ann
digest=$(digest_of ann)
entries=$(office_number entries)
ok holdfastd device list --data office
device=$(grep 'Ben Example' out | cut -d' ' -f1)
ok holdfastd device revoke --data office "$device" --reason lost
ok holdfast record set --replica ann "$action" "text=Not for the lost device"
sync ann
digest=$(digest_of ann)
held=$(office_number held)
sync ben
out_has "revoked"
same "$(office_number held)" $((held + 2)) "what the office holds back"
same "$(office_number entries)" $((entries + 7)) "the log: the revocation, the new key of Ben's case, Ann's change, the two handed in, what both read"
ok holdfast status --replica ben
out_has "revoked"
refused holdfast record history --replica ben "$action"
err_has "revoked"
lacks "lost device"
sync ben
same "$(office_number entries)" $((entries + 7)) "the log: handed in once, and nothing could be read since"
refused holdfast record set --replica ben "$action" status=done
# Nobody's state has what was handed in; everybody still agrees.
for device in ann ann2 olive; do
    sync "$device"
    same "$(digest_of "$device")" "$digest" "the state of $device"
    run holdfast record show --replica "$device" "$lost"
    lacks "lost device"
    run holdfast record show --replica "$device" "$action"
    lacks "Written before"
done
refused holdfastd device revoke --data office 00000000 --reason lost
err_has "no such device"

# --- the auditor --------------------------------------------------------------------------------------------------------
for device in ann olive ada; do
    refused holdfast audit export --replica "$device" --out bundle
    err_has "Only an auditor"
    [ ! -e bundle ] || broken "a bundle for $device"
done
mkdir full
echo something >full/here
before=$(bytes_of full)
refused holdfast audit export --replica ivo --out full
err_has "there already"
same "$(bytes_of full)" "$before" "the folder that was not empty"
ok holdfast audit export --replica ivo --out bundle
ok holdfast-audit verify bundle --authority-key office/authority.pub
refused holdfast audit export --replica ivo --out bundle
err_has "there already"
ok holdfast audit export --replica ivo --out bundle.json --json
same "$(json out entries)" "$(office_number entries)" "entries of the bundle"
echo "ok"
