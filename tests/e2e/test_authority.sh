#!/usr/bin/env bash
# Procedures through the real commands: who releases, what every device then knows, decisions of the authority, cover, handover and
# escalation; and that nothing of this stops anybody from saving.
. "$(dirname "$0")/support.sh"
policies=$(cd "$OLDPWD" && cd "$(dirname "$0")/../../policies" && pwd)

begin_office
enrol ann "Ann Sample" worker
enrol mo "Mo Sample" manager
enrol olive "Olive Tester" office
person_of() { holdfast status --replica "$1" --json >status.json && json status.json person; }
ok holdfastd person list --data office --json
ann=$(holdfastd person list --data office | sed -n 's/^\([0-9a-f-]\{36\}\).*Ann Sample.*$/\1/p')
mo=$(holdfastd person list --data office | sed -n 's/^\([0-9a-f-]\{36\}\).*Mo Sample.*$/\1/p')
olive=$(holdfastd person list --data office | sed -n 's/^\([0-9a-f-]\{36\}\).*Olive Tester.*$/\1/p')
[ -n "$ann" ] && [ -n "$mo" ] && [ -n "$olive" ] || broken "no ids of people"

# --- releasing -------------------------------------------------------------------------------------------------------
sync ann
sync olive
sync mo
refused holdfast policy release --replica ann "$policies/calendars/england-and-wales-2027.json"
err_has "office or an administrator"
refused holdfast policy release --replica olive "$policies/procedure-b-fsm.json"
err_has "Release the calendar first"
ok holdfast policy release --replica olive "$policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica olive "$policies/procedure-b-fsm.json"
ok holdfast policy release --replica olive "$policies/procedure-b-fsm.json"
out_has "released before"
sed 's/"Fostering Support Meeting"/"Another name"/' "$policies/procedure-b-fsm.json" >changed.json
refused holdfast policy release --replica olive changed.json
err_has "never changes"
echo '{"format": 1, "policy": "x"' >broken.json
refused holdfast policy release --replica olive broken.json
sync olive
sync ann
ok holdfast policy list --replica ann
out_has "sample.fsm"
out_has "england-and-wales"
ok holdfast policy list --replica ann --json
out_has "$(sha256sum "$policies/procedure-b-fsm.json" | cut -c1-64)"
sync mo

# --- read by everybody ------------------------------------------------------------------------------------------------
refused holdfast policy ack --replica ann no.such
ok holdfast policy ack --replica ann sample.fsm
ok holdfast policy list --replica ann --json
grep -q '"acknowledged": true' out || broken "the acknowledgement does not show"

# --- decisions -------------------------------------------------------------------------------------------------------
refused holdfast setting set --replica ann sample.fsm ppm_unit calendar_day
refused holdfast setting set --replica olive sample.fsm ppm_unit fortnight
refused holdfast setting set --replica olive sample.fsm no_such 1
ok holdfast setting set --replica olive sample.fsm ppm_unit calendar_day --reason "As the panel decided"
sync olive
sync ann
ok holdfast setting list --replica ann --policy sample.fsm --json
grep -q '"value": "calendar_day"' out || broken "the decision does not show"
refused holdfast post give --replica ann "$ann" ssw
ok holdfast post give --replica olive "$mo" fostering_manager --reason "Since May"

# --- a case goes on; escalation ----------------------------------------------------------------------------------------
new_case ann PO-1
case=$id
ok holdfast record set --replica ann "$case" "ssw=$ann"
new ann action --case "$case" "text=Ask the school" "due=2026-01-05" "status=open" "owner=$ann"
action=$id
refused holdfast escalate --replica ann "$action"
err_has "why"
refused holdfast escalate --replica ann "$action" --level 3 --reason "Still open"
err_has "delay"
sync ann
sync olive
sync ann
ok holdfast escalate --replica ann "$action" --reason "Still open after two weeks"
escalation=$(cat out)
sync ann
sync mo
ok holdfast record show --replica mo "$escalation"
out_has "Still open after two weeks"
out_has "$mo"
ok holdfast escalation reply --replica mo "$escalation" "I have rung the school"
sync mo
sync ann
ok holdfast record show --replica ann "$escalation"
out_has "I have rung the school"

# --- cover and handover ------------------------------------------------------------------------------------------------
refused holdfast cover --replica ann "$mo" --by "$olive" --reason "Leave"
refused holdfast cover --replica mo "$ann" --by "$olive"
ok holdfast cover --replica mo "$ann" --by "$olive" --reason "Leave" --cause leave
refused holdfast handover --replica mo "$case" --role chair --to "$olive" --reason "Ann leaves"
refused holdfast handover --replica mo "$case" --role ssw --to "$mo"
ok holdfast handover --replica mo "$case" --role ssw --to "$mo" --reason "Ann leaves" --cause left
sync mo
ok holdfast record show --replica mo "$case"
out_has "$mo"
# The case goes from Ann's device: the server takes it back when it has looked at the handover, between two answers.
tries=0
while sync ann && holdfast record show --replica ann "$case" >out 2>err; do
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || broken "the case is still on the device of the person it was taken from"
done
err_has "not on this device"

# --- a version that everybody is to read -----------------------------------------------------------------------------------
ok holdfast policy release --replica olive "$policies/procedure-a-psm.json"
sync olive
sync mo
ok holdfast duty list --replica mo
out_has "Read the version in force sample.psm"
ok holdfast policy ack --replica mo sample.psm
ok holdfast duty list --replica mo
! grep -q "Read the version in force" out || broken "what was read is still to be read"

# --- nothing was held ---------------------------------------------------------------------------------------------------
ok holdfast status --replica ann --json
same "$(json out held)" 0 "held changes"
ok holdfast status --replica olive --json
same "$(json out held)" 0 "held changes"
echo "OK"
