#!/usr/bin/env bash
# The office works from its own devices: `holdfast office` over the device's channel, by role, with the log saying who asked.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol olive "Olive Tester" office
invite "Ada Minded" admin
ok holdfast enrol --weak-kdf-for-tests --replica ada "$invitation"
ok holdfastd enrol list --data office
device=$(grep 'Ada Minded' out | cut -d' ' -f1)
refused holdfast office --replica ada status
err_has "confirm"
ok holdfastd enrol confirm --data office "$device"

# An administrator invites and adds people; nobody else does.
ok holdfast office --replica ada invite --person "Ben Example" --role worker --address "$address"
ok holdfast enrol --weak-kdf-for-tests --replica ben "$(cat out)"
ok holdfast office --replica ada person add --person "Mia Invented" --role manager
refused holdfast office --replica ann invite --person "Eve" --role admin
err_has "The role worker may not do this: invite a device. Ask an administrator."
refused holdfast office --replica olive invite --person "Eve" --role admin
err_has "The role office may not do this: invite a device. Ask an administrator."
ok holdfast office --replica olive person list
out_has "Ben Example"
out_has "Mia Invented"
lacks "Eve"
ok holdfast office --replica olive person list --json
out_has '"name": "Ben Example"'

# The office gives a case to another worker, and later takes it away.
new_case ann CH-1
case=$id
sync ann
ok holdfast office --replica olive case assign --case "$case" --person "Ben Example" --reason cover
out_has "Assigned."
sync ben
ok holdfast case list --replica ben
out_has "CH-1"
ok holdfast office --replica olive case holders "$case"
out_has "cover"
out_has "Olive Tester"
ok holdfast office --replica olive case assign --case "$case" --person "Ben Example" --remove --json
out_has '"done": true'

# A role changes while the device is enrolled, and counts from the next thing it asks.
ok holdfast office --replica ada person role "Ben Example" --role office
ok holdfast office --replica ben status
out_has "log entries"
sync ben
ok holdfast status --replica ben
out_has "Ben Example, office"
ok holdfast office --replica ada person role "Ben Example" --role worker
refused holdfast office --replica ben status
err_has "The role worker may not do this: see how the office stands. Ask an administrator."

# Wrong words say how it goes; a revoked administrator does nothing more.
run holdfast office --replica ada case assign
ends 2
err_has "Usage: holdfast office case assign --case ID"
run holdfast office --replica ada serve
ends 2
ok holdfast office --replica ada device revoke "$device" --reason replaced
refused holdfast office --replica ada status
err_has "revoked"

# The log holds for an auditor, and says who asked.
enrol ivo "Ivo Checker" auditor
ok holdfast audit export --replica ivo --out bundle
ok holdfast-audit verify bundle --authority-key office/authority.pub
ok holdfast-audit show bundle --authority-key office/authority.pub
out_has "asked for by person"
echo "ok"
