#!/usr/bin/env bash
# What may not count is kept, seen by its author and by the office, and settled by a person; nothing behind it is blocked.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
enrol olive "Olive Tester" office
new_case ann CH-1
case=$id
new ann action --case "$case" "text=The first word" status=open
action=$id
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
sync ben

# Ben writes offline while the case is taken from him: both changes are held, and what he does elsewhere is not.
new_case ben CH-2
ok holdfast record set --replica ben "$action" "text=Written by Ben on the train"
ok holdfast record set --replica ben "$action" due=2026-12-09
ok holdfastd case assign --data office --case "$case" --person "Ben Example" --remove --reason left
sync ben
same "$(office_number held)" 2 "held changes"
ok holdfast status --replica ben
out_has "Held by the office: 2"
ok holdfast held list --replica ben
out_has "could not change this record at that time"
ok holdfastd case list --data office
out_has "Ben Example"
sync olive
ok holdfast held list --replica olive --json
text=$(sed -n 's/^ *"change": "\([^"]*\)".*/\1/p' out | sed -n 1p)
due=$(sed -n 's/^ *"change": "\([^"]*\)".*/\1/p' out | sed -n 2p)
ok holdfast office --replica olive held list
out_has "$text"
out_has "Ben Example"

# Only the office settles, with a reason; offline too.
refused holdfast held release --replica ann "$text" --reason "I like it"
err_has "role office"
run holdfast held release --replica olive "$text"
ends 2
ok holdfast held release --replica olive "$text" --reason "Ben had not heard yet"
refused holdfast held release --replica olive "$case" --reason "No change at all"
sync olive
sync ann
ok holdfast record show --replica ann "$action"
out_has "Written by Ben on the train"
lacks "2026-12-09"
# The other one by a command, asked over the channel.
ok holdfast office --replica olive held refuse "$due" --reason "A slip"
refused holdfast office --replica olive held refuse "$due" --reason "A slip"
err_has "settled already"
for device in ann ben olive; do sync "$device"; done
same "$(office_number held)" 0 "held changes"
ok holdfast held list --replica ben
out_has "Nothing is held."
ok holdfast record show --replica ann "$action"
lacks "2026-12-09"
ok holdfast record list --replica ann --case "$case" --type held_decision
out_has "Ben had not heard yet"
out_has "A slip"

# The same again from a log that an auditor checks.
enrol ivo "Ivo Checker" auditor
ok holdfast audit export --replica ivo --out bundle
ok holdfast-audit show bundle --authority-key office/authority.pub
out_has "releases held change"
out_has "rejects held change"
echo "ok"
