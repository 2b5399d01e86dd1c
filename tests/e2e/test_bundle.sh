#!/usr/bin/env bash
# Two devices and an office with no line between them: changes go and come on a stick, also from one worker to another at a visit.
# Files that are cut, altered, foreign, repeated or out of order lose nothing and are told. Then a sync: receipts, equal digests.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
enrol cat "Cat Elsewhere" worker
enrol ivo "Ivo Checker" auditor
new_case ann CH-1
case=$id
new ann action --case "$case" "text=Before the network went" status=open
action=$id
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
sync ben
sync ann
sync cat
stop_server TERM
entries=$(office_number entries)
number() { holdfast status --replica "$1" --json >status.json && json status.json "$2"; }

# --- from a device to the office and back ---
received=$(number ann received)
new ann action --case "$case" "text=Written without a line" status=open
ok holdfast record set --replica ann "$action" "due=2026-12-24"
ok holdfast bundle export --replica ann --out stick1
out_has "2 unsent changes"
same "$(number ann saved_here)" 2 "still saved here"
! grep -qa "without a line" stick1 || broken "the file can be read"
refused holdfast bundle export --replica ann --out stick1
err_has "is there already"

head -c 300 stick1 >cut
refused holdfastd bundle import --data office "$work/cut" --answer "$work/back"
err_has "cut off"
[ ! -e back ] || broken "an answer was written for a file that is cut off"
{ head -c 500 stick1 && printf 'x' && tail -c +502 stick1; } >altered
refused holdfastd bundle import --data office "$work/altered" --answer "$work/back"
err_has "altered"
same "$(office_number entries)" "$entries" "entries after files that do not hold"

ok holdfastd bundle import --data office "$work/stick1" --answer "$work/back1"
out_has "2 changes in the log, 0 of them held"
same "$(office_number entries)" $((entries + 2)) "entries"
ok holdfastd bundle import --data office "$work/stick1" --answer "$work/back2"
same "$(office_number entries)" $((entries + 2)) "entries after the same file again"

refused holdfast bundle import --replica ben back1
err_has "for another device"
refused holdfast bundle import --replica ann stick1
err_has "for the office"
head -c 400 back1 >cut
refused holdfast bundle import --replica ann cut
err_has "cut off"
same "$(number ann saved_here)" 2 "saved here after files that do not hold"
ok holdfast bundle import --replica ann back1
out_has "2 sent, 2 received by the office"
same "$(number ann saved_here)" 0 "saved here"
same "$(number ann received)" "$((received + 2))" "received by the office"
before=$(state_of ann)
ok holdfast bundle import --replica ann back1
ok holdfast bundle import --replica ann back2
same "$(state_of ann)" "$before" "the state after the same answer again"

# Ben asks, and reads what Ann wrote; a change of his goes along.
new ben action --case "$case" "text=Ben was there too" status=open
ok holdfast bundle export --replica ben --out stick2
ok holdfastd bundle import --data office "$work/stick2" --answer "$work/back3"
ok holdfast bundle import --replica ben back3
ok holdfast record list --replica ben --case "$case"
out_has "Written without a line"

# --- from worker to worker at a visit ---
ok holdfast record set --replica ann "$action" "text=Ann at the visit"
new ann action --case "$case" "text=Agreed at the kitchen table" status=open
table=$id
ok holdfast bundle export --replica ann --for-holders --case "$case" --out visit1
refused holdfast bundle import --replica cat visit1
err_has "cases that you do not hold"
ok holdfast bundle import --replica ben visit1
out_has "2 new changes of 1 case"
ok holdfast record show --replica ben "$table"
out_has "Agreed at the kitchen table"
ok holdfast record show --replica ben "$action"
out_has "Ann at the visit"
ok holdfast bundle import --replica ben visit1
out_has "0 new changes of 1 case, 2 here before"
# Ben answers on top of it, and it goes back to Ann.
ok holdfast record set --replica ben "$table" "text=Agreed, and Ben does it"
ok holdfast bundle export --replica ben --for-holders --out visit2
ok holdfast bundle import --replica ann visit2
ok holdfast record show --replica ann "$table"
out_has "Ben does it"
{ head -c 600 visit2 && printf 'y' && tail -c +602 visit2; } >altered
refused holdfast bundle import --replica ann altered
err_has "altered"

# --- over a line again: Ben comes first, and what builds on Ann's changes waits for hers; each is one entry ---
entries=$(office_number entries)
start_server "$address"
sync ben
sync ann
sync ben
sync ann
same "$(digest_of ann)" "$(digest_of ben)" "digests"
same "$(number ann saved_here)" 0 "saved here at Ann's"
same "$(number ben saved_here)" 0 "saved here at Ben's"
same "$(number ann conflicts)" 0 "clashes"
ok holdfast record show --replica ben "$table"
out_has "Ben does it"

# --- a key that turned meanwhile: Cat had the case and loses it; Ann hears of the new key, and Ben does not yet ---
ok holdfastd case assign --data office --case "$case" --person "Cat Elsewhere"
sync cat
sync ann
sync ben
new ben action --case "$case" "text=Ben under the key before" status=open
under_old=$id
ok holdfastd case assign --data office --case "$case" --person "Cat Elsewhere" --remove --reason left
sync ann
new ann action --case "$case" "text=Ann under the new key" status=open
under_new=$id
ok holdfast bundle export --replica ann --for-holders --case "$case" --out visit4
new_case ann CH-BOTH
both=$id
sync ann
ok holdfastd case assign --data office --case "$both" --person "Ben Example"
sync ann
before=$(state_of ben)
refused holdfast bundle import --replica ben visit4
err_has "newer key of a case than this device has"
err_has "nothing is lost"
same "$(state_of ben)" "$before" "Ben's state"
refused holdfast bundle import --replica cat visit4
err_has "cases that you do not hold"
# What is made under the key before is taken by whoever has the newer one.
ok holdfast bundle export --replica ben --for-holders --case "$case" --out visit5
ok holdfast bundle import --replica ann visit5
out_has "1 new change of 1 case"
ok holdfast record show --replica ann "$under_old"
out_has "Ben under the key before"
# The office takes it on a stick too, and its answer brings the new key: then Ann's file opens.
ok holdfast bundle export --replica ben --out stick6
ok holdfastd bundle import --data office "$work/stick6" --answer "$work/back12"
out_has "0 of them held"
ok holdfast bundle import --replica ben back12
ok holdfast bundle import --replica ben visit4
out_has "of 1 case"
ok holdfast record show --replica ben "$under_new"
out_has "Ann under the new key"
# One case of a file opens and another does not: the first is taken in, and the other is spoken of.
sync ben
ok holdfastd case assign --data office --case "$case" --person "Cat Elsewhere"
ok holdfastd case assign --data office --case "$case" --person "Cat Elsewhere" --remove --reason left
sync ann
new ann action --case "$both" "text=Of the case that opens" status=open
new ann action --case "$case" "text=Of the case whose key turned" status=open
turned=$id
ok holdfast bundle export --replica ann --for-holders --out visit6
ok holdfast bundle import --replica ben visit6
out_has "1 new change of 1 case"
out_has "newer key"
sync ben
ok holdfast bundle import --replica ben visit6
sync ann
sync ben
sync cat
ok holdfast record show --replica ben "$turned"
out_has "Of the case whose key turned"
same "$(digest_of ann)" "$(digest_of ben)" "digests after the keys turned"
same "$(number ann saved_here)" 0 "saved here at Ann's after the keys turned"
same "$(number ben saved_here)" 0 "saved here at Ben's after the keys turned"

# A restricted record goes to nobody but through the office.
new ann practice_concern --case "$case" "concern=Only for those named"
refused holdfast bundle export --replica ann --for-holders --out visit3
err_has "nothing to hand over"
ok holdfast bundle export --replica ann --for-holders --all --out visit3
ok holdfast bundle import --replica ben visit3
out_has "0 new changes"
ok holdfast record list --replica ben --case "$case"
lacks "Only for those named"
ok holdfast bundle export --replica ann --out stick4
ok holdfastd bundle import --data office "$work/stick4" --answer "$work/back8"
ok holdfast bundle import --replica ann back8
ok holdfast bundle export --replica ben --out stick5
ok holdfastd bundle import --data office "$work/stick5" --answer "$work/back9"
ok holdfast bundle import --replica ben back9
ok holdfast record list --replica ben --case "$case"
lacks "Only for those named"

ok holdfast audit export --replica ivo --out bundle
ok holdfast-audit verify bundle --authority-key office/authority.pub
ok holdfast-audit show bundle --authority-key office/authority.pub

# --- with the server running, and a revoked device that hands in ---
new_case cat CH-CAT
device=$(holdfastd device list --data office --json | grep -B3 -A3 "Cat Elsewhere" | sed -n 's/.*"device": "\([0-9a-f]*\)".*/\1/p' | head -n 1)
ok holdfastd device revoke --data office "$device" --reason lost
ok holdfast bundle export --replica cat --out stick3
ok holdfastd bundle import --data office "$work/stick3" --answer "$work/back4"
out_has "2 changes in the log, 2 of them held"
out_has "The device was revoked"
ok holdfast bundle import --replica cat back4
out_has "was revoked"
refused holdfastd bundle export --data office --device "$device" --out "$work/back5"
err_has "revoked"

# --- unasked, and a foreign office ---
device=$(holdfastd device list --data office --json | grep -B3 -A3 "Ben Example" | sed -n 's/.*"device": "\([0-9a-f]*\)".*/\1/p' | head -n 1)
new ann action --case "$case" "text=News for Ben" status=open
sync ann
ok holdfastd bundle export --data office --device "$device" --out "$work/back6"
ok holdfast bundle import --replica ben back6
ok holdfast record list --replica ben --case "$case"
out_has "News for Ben"
# Out of order: what goes on from a place that Ben has not come to waits for what lies before.
size=$(office_number entries)
new ann action --case "$case" "text=More news" status=open
sync ann
ok holdfastd bundle export --data office --device "$device" --from "$size" --out "$work/back10"
new ann action --case "$case" "text=Most news" status=open
sync ann
ok holdfastd bundle export --data office --device "$device" --from "$((size + 1))" --out "$work/back11"
before=$(state_of ben)
refused holdfast bundle import --replica ben back11
err_has "An earlier file of the office is missing"
same "$(state_of ben)" "$before" "Ben's state"
ok holdfast bundle import --replica ben back10
ok holdfast bundle import --replica ben back11
ok holdfast bundle import --replica ben back10
ok holdfast record list --replica ben --case "$case"
out_has "Most news"

# --- a case that was given and taken again before its history came: it does not come, and all the rest counts ---
new_case ann CH-BRIEF
brief=$id
sync ann
ok holdfastd case assign --data office --case "$brief" --person "Ben Example"
ok holdfastd case assign --data office --case "$brief" --person "Ben Example" --remove --reason left
new ben action --case "$case" "text=Written meanwhile" status=open
ok holdfast bundle export --replica ben --out stick8
ok holdfastd bundle import --data office "$work/stick8" --answer "$work/back13"
lacks "not assigned"
ok holdfast bundle import --replica ben back13
out_has "1 sent, 1 received by the office"
ok holdfast record list --replica ben --case "$brief"
out_has "No records"
stop_server TERM
mv office office1
ok holdfastd init --data office --authority "Westshire Council (invented)" --origin westshire.example/holdfast
refused holdfastd bundle import --data office "$work/stick1" --answer "$work/back7"
err_has "for another office"
echo "ok"
