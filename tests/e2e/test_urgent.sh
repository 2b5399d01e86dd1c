#!/usr/bin/env bash
# A worker opens a case that is somebody else's, with a reason: it comes to their device for a time, the case and the manager see who
# and why, the log says who asked, and a manager looks at it.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
enrol mia "Mia Invented" manager
enrol ivo "Ivo Checker" auditor
new_case ann CH-1
case=$id
new ann action --case "$case" "text=Ring the school" status=open
sync ann
sync ben
ok holdfast case list --replica ben
lacks "CH-1"

refused holdfast urgent open --replica ben CH-1 --reason urgent
err_has "Say in a sentence why this cannot wait"
refused holdfast urgent open --replica ben CH-2 --reason "The carer rang: the child is not home."
err_has "No case has exactly this reference"
refused holdfast urgent open --replica mia CH-1 --reason "The carer rang: the child is not home."
err_has "may ask for this"
ok holdfast urgent open --replica ben CH-1 --reason "The carer rang: the child is not home."
out_has "Open to you until"
sync ben
ok holdfast case show --replica ben "$case"
out_has "Ring the school"
new ben action --case "$case" "text=Called the police, log 4471" status=open
sync ben

# The people who hold the case read it, and the manager, who looks at it.
sync ann
ok holdfast urgent list --replica ann
out_has "Ben Example, until"
out_has "The carer rang: the child is not home."
out_has "Nobody has looked at this yet."
sync mia
ok holdfast urgent list --replica mia --json
opening=$(json out record)
refused holdfast urgent look --replica ben "$opening" --note "Fine by me"
err_has "somebody else looks at it"
ok holdfast urgent look --replica mia "$opening" --note "Right to do so. Ben stays on the case."
sync mia
ok holdfast urgent list --replica mia
out_has "No urgent opening waits"
sync ann
ok holdfast urgent list --replica ann --all
out_has "Looked at by Mia Invented"
out_has "Ben stays on the case"

ok holdfastd case holders "$case" --data office
out_has "urgent"
ok holdfast audit export --replica ivo --out bundle --contents
ok holdfast-audit verify bundle --authority-key office/authority.pub
ok holdfast-audit show bundle --authority-key office/authority.pub
out_has "(urgent)"
out_has "(urgent open)"
echo "ok"
