#!/usr/bin/env bash
# A case that is taken away leaves the device, once everything of it was handed in; its receipt is in the log; given back it comes
# back whole.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
enrol mia "Mia Invented" manager
enrol ivo "Ivo Checker" auditor
new_case ann CH-1
case=$id
new ann action --case "$case" "text=The quince grew well" status=open
action=$id
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
sync ben
ok holdfast record set --replica ben "$action" "text=Ben saw the quince too"
new_case ben CH-2
sync ben
ok holdfast record show --replica ben "$action"
out_has "quince"
digest=$(digest_of ben)

# Taken away while Ben has unsent words: they are handed in first, held, and only then the case goes.
ok holdfast record set --replica ben "$action" "due=2026-12-01"
entries=$(office_number entries)
ok holdfastd case assign --data office --case "$case" --person "Ben Example" --remove --reason left
sync ben
same "$(office_number entries)" $((entries + 5)) "entries: the taking away, the case's new key, the change, what ben read, the purge receipt"
ok holdfast case list --replica ben
out_has "CH-2"
lacks "CH-1"
refused holdfast record show --replica ben "$action"
run holdfast record history --replica ben "$action"
lacks "quince"
ok holdfast record list --replica ben
lacks "quince"
run holdfast search --replica ben quince
lacks "The quince"
ok holdfast status --replica ben
out_has "Held by the office: 1"
ok holdfast held list --replica ben
out_has "could not change this record at that time"
# The vault opens as before, and he goes on elsewhere.
new_case ben CH-3
sync ben
sync ben
same "$(office_number entries)" $((entries + 8)) "entries: a case, its new key when it went, and the receipt noted once"
ok holdfast status --replica ben

# Given back, everything comes again, his own changes too.
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
sync ben
ok holdfast record show --replica ben "$action"
out_has "Ben saw the quince too"
ok holdfast record history --replica ben "$action"
out_has "The quince grew well"
out_has "Ben saw the quince too"
ok holdfast record set --replica ben "$action" "text=Ben goes on"
sync ben
sync ann
ok holdfast record show --replica ann "$action"
out_has "Ben goes on"
# And taken again: a second receipt.
ok holdfastd case assign --data office --case "$case" --person "Ben Example" --remove
sync ben
ok holdfast case list --replica ben
lacks "CH-1"

# A manager reads every case without holding one; with another role they go.
sync mia
ok holdfast case list --replica mia
out_has "CH-1"
out_has "CH-2"
ok holdfastd person role --data office "Mia Invented" --role worker
sync mia
sync mia
ok holdfast case list --replica mia
lacks "CH-1"
ok holdfastd person role --data office "Mia Invented" --role manager
sync mia
sync mia
ok holdfast case list --replica mia
out_has "CH-1"
out_has "CH-2"
sync ann
ok holdfast record history --replica mia "$action"
out_has "Ben goes on"

ok holdfast audit export --replica ivo --out bundle
ok holdfast-audit verify bundle --authority-key office/authority.pub
ok holdfast-audit show bundle --authority-key office/authority.pub
out_has "is purged there, but for"
same "$(grep -c 'is purged there' out)" 5 "purge receipts"
echo "ok"
