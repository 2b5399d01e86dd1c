#!/usr/bin/env bash
# Two officers erase a case: on the server at once, on every device at its next sync, whole after a kill, kept from it by
# a legal hold; the log before and after still verifies.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
enrol cat "Cat Sample" worker
enrol ada "Ada Officer" office
officer "Ada Officer"
enrol bea "Bea Officer" office
officer "Bea Officer"
enrol ivo "Ivo Checker" auditor
new_case ann CH-1
case=$id
new ann action --case "$case" "text=The quince grew well" status=open
action=$id
new_case ann CH-2
other=$id
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
ok holdfastd case assign --data office --case "$case" --person "Cat Sample"
sync ben
sync cat
sync ada
sync bea
ok holdfast record show --replica ben "$action"
out_has "quince"
ok holdfast audit export --replica ivo --contents --out before
ok holdfast-audit verify before --authority-key office/authority.pub

# Only officers see what would go, and a legal hold keeps it.
enrol oz "Oz Office" office
sync oz
refused holdfast erase preview --replica ann --case "$case"
refused holdfast erase preview --replica oz --case "$case"
err_has "Only a records officer may do this"
refused holdfast erase request --replica oz --case "$case" --basis never_recorded
refused holdfast hold place --replica oz --case "$case" --reason inquiry
ok holdfast rights --replica ada
out_has "  may      Ask for an erasure"
ok holdfast rights --replica oz
out_has "  may not  Ask for an erasure"
ok holdfastd person list --data office
out_has "RECORDS OFFICER"
ok holdfast erase preview --replica ada --case "$case"
out_has "of Ben Example"
out_has "Records officers, one of whom asks and another confirms"
[ "$(grep -c "let in on ....-..-.. at the office's own machine" out)" = 2 ] || broken "who let the officers in"
ok holdfast hold place --replica bea --case "$case" --reason inquiry
refused holdfast erase request --replica ada --case "$case" --basis never_recorded
ok holdfast hold lift --replica bea --case "$case"
refused holdfast erase request --replica ada --case "$case" --basis because
ok holdfast erase request --replica ada --case "$case" --basis never_recorded
erasure=$(tail -n 1 out)
refused holdfast erase confirm --replica ada "$erasure" --case "$case"
refused holdfast erase confirm --replica oz "$erasure" --case "$case"
refused holdfast erase confirm --replica bea "$erasure" --case "$other"
ok holdfast erase list --replica bea
out_has "waits for a second officer"

# Ben works offline meanwhile, and has not heard of it when he pushes.
ok holdfast record set --replica ben "$action" "text=Ben saw the quince too"
ok holdfast record set --replica cat "$action" "text=Cat saw the quince as well"
ok holdfast erase confirm --replica bea "$erasure" --case "$case"
stop_server KILL
start_server "$address"
sync ann
ok holdfast case list --replica ann
out_has "CH-2"
lacks "CH-1"
ok holdfast erase list --replica ada
out_has "not answered yet"
out_has "of Ben Example"
out_has "Make sure that these are two people: both officers were let in by the same person, or both at the office's own machine"
lacks "of Ann Sample"
# Cat's device is revoked before it hears of the erasure: it hands in all the same, once, and says what became of it.
ok holdfast status --replica cat --json
ok holdfastd device revoke --data office "$(json out device)" --reason lost
ok holdfast sync --replica cat
out_has "This device was revoked"
out_has "a case that was erased"
ok holdfast status --replica cat
lacks "Saved here: 1"
ok holdfast sync --replica cat
# It heard of no erasure, and has closed its records with the word that it was revoked.
refused holdfast record show --replica cat "$action"
err_has "revoked"
sync ben
refused holdfast record show --replica ben "$action"
run holdfast search --replica ben quince
lacks "The quince"
ok holdfast status --replica ben
out_has "Held by the office: 1"
ok holdfast held list --replica ben
out_has "case was erased"
sync ada
sync bea
ok holdfast erase list --replica ada
out_has "of Cat Sample" # a revoked device is told nothing: it is named until it is found
lacks "of Ben Example"
out_has "what it has can be read on it until it tries to sync or its lease ends"
cat_key=$(holdfastd device list --data office --json | sed -n 's/.*"device": "\(0[0-9a-f]*\|[0-9a-f]*\)".*/\1/p' | grep "^$(sed -n 's/^ *device \([0-9a-f]*\) of Cat Sample.*/\1/p' out)")

# An officer closes the question, signed and with a reason; nobody else, and not for a device in use. Auditors see it.
refused holdfast erase close --replica oz --case "$case" --device "$cat_key" --what lost --reason "Somebody said so"
refused holdfast erase close --replica ada --case "$case" --device 1234 --what lost --reason "Somebody said so"
ok holdfast erase close --replica ada --case "$case" --device "$cat_key" --what destroyed --reason "Found in the drawer, wiped before Bea"
sync ada
ok holdfast erase list --replica bea
out_has "closed by a records officer; no program has destroyed these copies"
out_has "by Ada Officer: destroyed. Found in the drawer, wiped before Bea"
enrol late "Lena Latecomer" office # has never had it, and is not waited for
sync late
sync oz
ok holdfast erase list --replica bea
lacks "Lena Latecomer"
lacks "Oz Office"
out_has "every other device that may have held it has destroyed it"
new ann action --case "$other" "text=Work goes on" status=open
sync ann

# Both bundles verify; the new one holds no word of it, and says who erased what.
ok holdfast-audit verify before --authority-key office/authority.pub
ok holdfast audit export --replica ivo --contents --out after
ok holdfast-audit verify after --authority-key office/authority.pub
out_has "erased by two officers"
ok holdfast-audit who-changed "$case" before --authority-key office/authority.pub
out_has "Ann Sample"
out_has "quince"
lacks "CH-2"
ok holdfast-audit who-changed "$case" after --authority-key office/authority.pub
lacks "quince"
out_has "erases case"
out_has "stay sealed"
run holdfast-audit who-changed nonsense after --authority-key office/authority.pub
ends 2
ok grep -rqa "quince" before
refused grep -rqa "quince" after
ok holdfast-audit show after --authority-key office/authority.pub
out_has "erases case"
out_has "asked for by"
out_has " a records officer"
out_has "Found in the drawer"
ok holdfast-audit gaps after --authority-key office/authority.pub
out_has "because two officers erased them"
out_has "are they two people?"
ok holdfast-audit report officers after --authority-key office/authority.pub
out_has "asked for the erasure in entry"
out_has "confirmed the erasure in entry"
out_has "ask whether the officers of entry"
ok holdfast-audit gaps after --authority-key office/authority.pub
out_has " 2 of " # what Ben and Cat handed in after its key was gone
echo "ok"
