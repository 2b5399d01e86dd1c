#!/usr/bin/env bash
# A folder that is put back from a copy, and a device that was copied: no work is lost, nothing is in the log twice, and the office is
# told.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
enrol ivo "Ivo Checker" auditor
new_case ann CH-1
case=$id
new ann action --case "$case" "text=First words" status=open
action=$id
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
ok holdfastd incarnation list --data office
out_has "No device has begun a new chain."

# Put back: the copy was made with unsent work, which was sent since; then more was done and sent; then new work in the old copy.
ok holdfast record set --replica ann "$action" "text=Unsent when copied"
cp -r ann copy
sync ann
ok holdfast record set --replica ann "$action" "text=Sent after the copy"
new ann action --case "$case" "text=Only in the lost folder" status=open
lost=$id
sync ann
rm -r ann
cp -r copy ann
new ann action --case "$case" "text=New in the old folder" status=open
fresh=$id
ok holdfast record set --replica ann "$fresh" "text=New in the old folder and built on"
ok holdfast record set --replica ann "$action" "text=Written again in the old folder"
entries=$(office_number entries)
sync ann
same "$(office_number entries)" $((entries + 7)) "entries: evidence, grant, enrolment, three changes, what was read"
ok holdfast status --replica ann
lacks "Saved here: 1"
ok holdfast record show --replica ann "$lost"
out_has "Only in the lost folder"
ok holdfast record show --replica ann "$fresh"
out_has "built on"
ok holdfast record history --replica ann "$action"
out_has "Sent after the copy"
out_has "Written again in the old folder"
same "$(holdfast record history --replica ann "$action" --json | grep -c 'Unsent when copied')" 1 "the change that was sent before"
sync ann
same "$(office_number entries)" $((entries + 8)) "entries, with a page for what was read, after another sync"
sync ben
same "$(digest_of ben)" "$(digest_of ann)" "digests of Ann and Ben"
ok holdfastd incarnation list --data office
out_has "Ann Sample: chain 1 goes on as chain 2"
out_has "4 changes that another stands in the place of are kept as evidence" # three and a page of the read log
# And she goes on.
ok holdfast record set --replica ann "$lost" "text=Going on"
sync ann
same "$(office_number entries)" $((entries + 10)) "entries"

# A copy of a device: both go on, and both hand in.
cp -r ben twin
ok holdfast record set --replica ben "$lost" "due=2026-12-01"
new twin action --case "$case" "text=From the twin" status=open
twins=$id
sync ben
sync twin
sync ben
ok holdfast record show --replica ben "$twins"
out_has "From the twin"
new ben action --case "$case" "text=Ben after the twin" status=open
sync ben
sync twin
same "$(digest_of twin)" "$(digest_of ben)" "digests of Ben and his copy"
ok holdfastd incarnation list --data office --json
[ "$(grep -c '"device"' out)" -ge 3 ] || broken "the office hears of the copy"

ok holdfast audit export --replica ivo --out bundle
ok holdfast-audit verify bundle --authority-key office/authority.pub
ok holdfast-audit show bundle --authority-key office/authority.pub
out_has "keeps as evidence 4 leaves of chain 1"
out_has "lets chain 2 take the place of chain 1"
echo "ok"
