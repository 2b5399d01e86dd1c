#!/usr/bin/env bash
# Erasures and a new shard. What was erased in the part of the log that was lost stays erased: at the office, on every device,
# also on one that had not heard of it, and also when the backup that was put back still held its keys. The log says what
# happened as far as anybody can check it; devices go on syncing, and the auditor's bundle verifies. What was half approved
# is asked for anew; a legal hold comes back; what two people signed whom the new log does not know as officers goes from
# devices only when two officers have signed again.
. "$(dirname "$0")/support.sh"

first=quinceone    # erased by two officers of before the backup
second=marmotwo    # erased by somebody who became an officer after it
third=zebrathree   # half approved when the log was lost
fourth=yarrowfour  # under a legal hold that was placed after the backup
lost=wombatlost    # a case that was opened after the backup, and erased
kept=marigold

check() { holdfast-audit verify "$1" --authority-key authority.pub; }
says() { # TEXT, which may be broken over lines
    tr -s ' \n' ' ' <out | grep -qF -- "$1" || { cat out >&2; broken "nothing says: $1"; }
}
opened() { # KIND FOLDER OUT [KEYS …]
    rm -rf "$3" && mkdir "$3"
    ok unsealed open "$@"
}
opens() { grep -rqa "$2" "$1" || broken "“$2” does not open in $1"; }
nothing_opens() { # WORD FOLDER …
    code=0
    grep -rla "$1" "${@:2}" >found || code=$?
    [ "$code" = 1 ] || broken "“$1” is left in $(tr '\n' ' ' <found)"
}
erase() { # FIRST SECOND CASE
    ok holdfast erase request --replica "$1" --case "$3" --basis never_recorded
    erasure=$(tail -n 1 out)
    ok holdfast erase confirm --replica "$2" "$erasure" --case "$3"
}
case_with() { # FOLDER REFERENCE WORD
    new_case "$1" "$2"
    made=$id
    new "$1" action --case "$made" "text=Words with $3" status=open
}
new_log() { # NAME CHECKPOINT
    rm -f request certificate
    ok holdfastd shard request --data office --name "$1" --because "The disk failed (invented)." --checkpoint "$2" request
    ok holdfastd key sign request --authority-key vault/authority.key --out certificate
    ok holdfastd shard take --data office certificate
    start_server "tcp://127.0.0.1:$port"
}

begin_office
port=${address##*:}
enrol ann "Ann Sample" worker
enrol ben "Ben Away" worker
enrol mia "Mia Manager" manager
enrol ada "Ada Officer" office
officer "Ada Officer"
enrol bea "Bea Officer" office
officer "Bea Officer"
enrol cleo "Cleo Later" office
enrol vera "Vera Auditor" auditor
case_with ann CH-1 "$first"
case1=$made
case_with ann CH-2 "$second"
case2=$made
case_with ann CH-3 "$third"
case3=$made
case_with ann CH-4 "$fourth"
case4=$made
case_with ann CH-5 "$kept"
case5=$made
sync ann
for case in "$case1" "$case2"; do ok holdfastd case assign --data office --case "$case" --person "Ben Away"; done
sync ben
for who in mia ada bea cleo; do sync "$who"; done
mkdir vault
mv office/authority.key vault/
cp office/authority.pub .
ok holdfast audit export --replica vera --out before
stop_server TERM
mkdir backup
cp -p office/server.db* office/keys.db* office/secret.key backup/
start_server "tcp://127.0.0.1:$port"

# --- the part that will be lost ------------------------------------------------------------------------------------------------
new ann action --case "$case1" "text=More of $first, and $kept is another" status=open
new ann action --case "$case5" "text=After the backup: $kept"
case_with ann CH-6 "$lost"
case6=$made
sync ann
ok unsealed keys device ben
cp out keys-of-ben
for who in ada bea; do sync "$who"; done
erase ada bea "$case1"
erase ada bea "$case6"
officer "Cleo Later"
for who in ada cleo; do sync "$who"; done
erase ada cleo "$case2"
ok holdfast erase request --replica ada --case "$case3" --basis never_recorded
half=$(tail -n 1 out)
ok holdfast hold place --replica ada --case "$case4" --reason inquiry
for who in ann mia ada bea cleo vera; do sync "$who"; done # Ben hears nothing of it
ok holdfast audit export --replica vera --out lost-log
ok check lost-log
nothing_opens "$first" ann mia ada bea
stop_server KILL
cp -rp ada ada-then # for what follows below
cp -rp ann ann-then
cp -rp ben ben-then
cp -rp mia mia-then
cp -rp bea bea-then
cp -rp vera vera-then

# --- only server.db was lost: the key store knows ---------------------------------------------------------------------------------
rm office/server.db*
cp -p backup/server.db* office/
refused holdfastd serve --data office --listen "tcp://127.0.0.1:$port"
new_log northshire.example/holdfast/2 lost-log/checkpoint
for round in 1 2; do for who in ben ann mia ada bea cleo vera; do sync "$who"; done; done
ok holdfast record list --replica ben --case "$case2" # nobody whom this log knows as two officers has signed
out_has "$second"
ok holdfast record list --replica ben --case "$case1"
lacks "$first"
ok holdfast audit export --replica vera --out new --contents
ok check new
out_has "erased by two officers"
ok holdfast-audit gaps new --authority-key authority.pub
says "was erased in the part of the log that was lost"
says "two people signed it who are records officers in this log as well"
says "two officers have to sign again"
ok holdfast-audit gaps new --authority-key authority.pub --csv
same "$(grep -c ',"erased_before",' out)" 3 "erasures that the log lost, and says so"
ok holdfast-audit show new --authority-key authority.pub --kind erase
says "this was carried out in the part of a log before that was lost"
ok holdfast-audit compare lost-log new --authority-key authority.pub
ok check before
ok holdfast erase list --replica bea
tr '\n' '~' <out | sed 's/~\([0-9a-f-]\{36\}  case\)/\n\1/g' | grep "case $case1: erased" | grep -q "every device that may have held it" ||
    broken "not every device has answered for the first case"
# what was half approved, and the hold
refused holdfast erase confirm --replica bea "$half" --case "$case3"
err_has "began a new one"
ok holdfast erase cancel --replica ada "$half"
erase ada bea "$case3"
refused holdfast erase request --replica bea --case "$case4" --basis never_recorded
err_has "legal hold"
# two officers sign again for what this log could not vouch for
erase ada bea "$case2"
refused holdfast erase request --replica ada --case "$case2" --basis never_recorded
err_has "erased before"
for round in 1 2; do for who in ben ann mia ada bea cleo vera; do sync "$who"; done; done
ok holdfast audit export --replica vera --out new2 --contents
ok check new2
ok holdfast-audit gaps new2 --authority-key authority.pub --csv
out_has "two records officers have signed for it again since"
lacks "two officers have to sign again"
ok holdfast-audit compare new new2 --authority-key authority.pub
stop_server TERM
cp -r office later
cp keys-of-ben keys-then
opened office later open-office keys-then
opens open-office/entries "$kept"
for device in ann ben mia ada bea cleo; do
    cp -r "$device" "kept-$device"
    opened device "kept-$device" "open-$device" keys-then
done
opens open-ann/pages-replica "$kept"
for word in "$first" "$second" "$third" "$lost"; do nothing_opens "$word" office later open-* new2 ann ben mia ada bea cleo; done
opens open-office/entries "$fourth"

# --- cut off between key store and log, in the new shard: brought to its end as an ordinary erasure -----------------------------------
rm -rf later kept-* open-*
cp -rp office uncut
start_server "tcp://127.0.0.1:$port"
ok holdfast hold lift --replica ada --case "$case4"
stop_server TERM
mkdir store
cp -p office/server.db* office/guard.db* store/
start_server "tcp://127.0.0.1:$port"
erase ada bea "$case4"
stop_server KILL
rm office/server.db* office/guard.db*
cp -p store/* office/
start_server "tcp://127.0.0.1:$port"
for who in ada ann vera; do sync "$who"; done
ok holdfast audit export --replica vera --out cut
ok check cut
ok holdfast-audit gaps cut --authority-key authority.pub --csv
same "$(grep -c ',"erased_before",' out)" 3 "an erasure that was cut off is none of a log before"
stop_server TERM

# --- the machine was lost with its guard, and the backup of keys.db still holds the keys: devices bring the erasures ----------------------
rm -rf office uncut ada ann ben mia bea vera
mkdir -m 700 office
cp -p backup/* office/
for who in ada ann ben mia bea vera; do mv "$who-then" "$who"; done
ok holdfastd guard new --data office --checkpoint lost-log/checkpoint --because "The machine burnt down (invented)."
opened office office open-restored
opens open-restored/entries "$first" # the backup of keys.db has the key
new_log northshire.example/holdfast/2b lost-log/checkpoint
for round in 1 2; do for who in mia ben ann ada bea vera; do sync "$who"; done; done
ok holdfast record list --replica ben --case "$case1"
lacks "$first"
refused holdfast erase request --replica bea --case "$case4" --basis never_recorded
err_has "legal hold"
ok holdfast audit export --replica vera --out burnt --contents
ok check burnt
ok holdfast-audit gaps burnt --authority-key authority.pub
says "was erased in the part of the log that was lost"
ok holdfast-audit compare lost-log burnt --authority-key authority.pub
stop_server TERM
cp -r office later
opened office later open-burnt keys-then
opens open-burnt/entries "$kept"
for device in ann ben mia ada bea; do
    cp -r "$device" "kept-$device"
    opened device "kept-$device" "open-$device" keys-then
done
for word in "$first" "$lost"; do nothing_opens "$word" office later open-burnt open-ann open-ben open-mia open-ada open-bea burnt; done
