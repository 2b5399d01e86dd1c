#!/usr/bin/env bash
# A person leaves: one command lists what carries their name and moves it, with a reason. With agency carers the right people are
# asked to arrange, chair and take notes, in both readings of the text. An escalation climbs the ladder and is answered.
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/support.sh"

begin_office
enrol office_desk "Olga Sample" office
enrol ann "Ann Sample" worker
enrol mo "Mo Manager" manager
for device in office_desk ann mo; do sync "$device"; done
ok holdfast policy release --replica office_desk "$root/policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica office_desk "$root/policies/procedure-b-fsm.json"
sync office_desk
for device in ann mo; do sync "$device"; done
new_case office_desk CH-7
case=$id
sync office_desk
ok holdfastd case assign --data office --case "$case" --person "Ann Sample"
sync office_desk
ok holdfast handover --replica office_desk "$case" --role child_sw --to "Ann Sample" --reason "Ann knows the child"
ok holdfast handover --replica office_desk "$case" --role team_manager --to "Mo Manager" --reason "The team's manager"
new office_desk placement --case "$case" setting=agency_foster provider=ifa status=current start=2026-12-01
new office_desk request --case "$case" by_role=carer at=2026-12-23T10:00:00Z urgency=imminent
ok holdfast post give --replica office_desk "Ann Sample" fostering_manager --team North
sync office_desk
sync ann

# --- agency carers: AMB-03, both readings -------------------------------------------------------------------------------
ok holdfast duty list --replica office_desk --case "$case" --as-of 2026-12-29
out_has "Meet within two working days when the home is about to break down (team manager: Mo Manager)"
refused holdfast setting set --replica ann sample.fsm agency_arranger child_sw
refused holdfast setting set --replica office_desk sample.fsm agency_arranger somebody
ok holdfast setting set --replica office_desk sample.fsm agency_arranger child_sw --from 2026-12-24 --reason "As paragraph 4 says"
ok holdfast setting list --replica office_desk --json
for amb in 01 02 03 04 05 08 09 10 11 12 13 14 15 16 17 18; do out_has "\"amb\": \"AMB-$amb\""; done
ok holdfast duty list --replica office_desk --case "$case" --as-of 2026-12-23
out_has "(team manager: Mo Manager)"
ok holdfast duty list --replica office_desk --case "$case" --as-of 2026-12-29
out_has "Meet within two working days when the home is about to break down (child's social worker: Ann Sample)"
out_has "With agency carers somebody else arranges it (child's social worker: Ann Sample)"
ok holdfast setting set --replica office_desk sample.fsm first_day_counts yes --from 2020-01-01 --reason "The day of the request is day one"
ok holdfast setting list --replica office_desk
out_has "from 2020-01-01, decided on 20"
out_has "by Olga Sample: The day of the request is day one"
ok holdfast duty list --replica office_desk --case "$case" --as-of 2026-12-29
out_has "Thu 2026-12-24"
# The meeting itself: with agency carers the team manager chairs and takes the minutes.
new office_desk meeting --case "$case" type=fsm status=held start=2026-12-24T10:00:00Z end=2026-12-24T11:00:00Z minuter_role=ssw
ok holdfast duty list --replica office_desk --case "$case" --as-of 2027-01-10
out_has "Minutes within five days, in electronic form (team manager: Mo Manager)"
out_has "With agency carers the team manager arranges, chairs and takes the minutes (team manager: Mo Manager)"

# --- escalation: proposed, made by a person, answered by the person told ---------------------------------------------------
new office_desk action --case "$case" "text=Ask the school" due=2026-11-02 status=open "owner_name=Ann"
action=$id
ok holdfast post give --replica office_desk "Mo Manager" fostering_service_manager
ok holdfast escalation next --replica office_desk "$action"
out_has "Level 1: fostering_manager, Ann Sample."
run holdfast escalate --replica office_desk "$action"
refused holdfast escalate --replica office_desk "$action" --level 3 --reason "It drags on"
err_has "what the delay does to the home"
sync office_desk
sync mo
ok holdfast escalate --replica mo "$action" --reason "Nothing has happened for three weeks"
escalation=$(cut -d' ' -f1 out)
ok holdfast escalation next --replica mo "$action"
out_has "Level 2: fostering_service_manager, Mo Manager."
sync mo
same "$(office_number held)" 0 "held changes"
sync ann
ok holdfast escalation reply --replica ann "$escalation" "I ring the school tomorrow"
sync ann
sync office_desk
ok holdfast record history --replica office_desk "$escalation"
out_has "I ring the school tomorrow"
out_has "Ann Sample"

# --- Ann leaves ---------------------------------------------------------------------------------------------------------
enrol bea "Bea Sample" worker
sync bea
sync office_desk
ok holdfast record set --replica office_desk "$action" "owner=$(holdfast record show --replica office_desk "$case" --json | grep -A6 '"child_sw"' | sed -n 's/^ *"\([0-9a-f-]\{36\}\)".*/\1/p')"
ok holdfast leaver --replica office_desk "Ann Sample"
out_has "child_sw"
out_has "Ask the school"
out_has "fostering_manager"
out_has "Nothing was changed."
sync ann
refused holdfast leaver --replica ann "Ann Sample" --to "Bea Sample" --reason "I move away"
err_has "by the office or a manager"
refused holdfast leaver --replica office_desk "Ann Sample" --to "Bea Sample"
err_has "needs a reason"
ok holdfast leaver --replica office_desk "Ann Sample" --to "Bea Sample" --reason "Ann moves to another council"
out_has "moved"
ok holdfast leaver --replica office_desk "Ann Sample"
out_has "Nothing on this device carries this name."
sync office_desk
sync bea
ok holdfast case list --replica bea
out_has CH-7
ok holdfast duty list --replica bea --case "$case" --as-of 2026-12-29
out_has "(child's social worker: Bea Sample)"
ok holdfast record list --replica bea --case "$case" --type handover
sync ann
ok holdfast case list --replica ann
lacks CH-7
ok holdfast rights --replica bea --case "$case"
out_has "fostering manager (Bea Sample)"
stop_server TERM
ends 0
