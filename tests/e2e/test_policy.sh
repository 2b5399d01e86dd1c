#!/usr/bin/env bash
# `holdfast policy` and `holdfast duty`: a pack is checked and compared without a device folder, problems name file, line and key;
# what the office releases makes duties on the device; a duty is explained day by day.
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/support.sh"
psm=$root/policies/procedure-a-psm.json
fsm=$root/policies/procedure-b-fsm.json

# --- without a device folder ------------------------------------------------------------------------------------------
ok holdfast policy lint "$fsm"
out_has "no problem, 0 warnings"
sed 's/"kind": "deadline",/"kind": "deadline", "wehn": true,/; s/"n": 5,/"n": 5, "colour": "blue",/' "$fsm" >wrong.json
line=$(grep -n '"wehn"' wrong.json | head -n 1 | cut -d: -f1)
refused holdfast policy lint wrong.json
out_has "wrong.json, line $line, "
out_has 'wehn (FSM-09): is no key that belongs here; "when" is'
out_has "wrong.json, warning, line "
out_has ".colour: is no key that this version knows"
refused holdfast policy lint wrong.json --json
out_has '"kind": "problem"'
sed 's/"meeting.chair"/"meeting.chairs"/' "$psm" >wrong.json
refused holdfast policy show wrong.json
err_has "wrong.json, line "
err_has 'a meeting has no field "chairs"'
sed 's/"to": \["arranger", "fostering_manager"\]/"to": ["arranger", "fostring_manager"]/' "$fsm" >wrong_role.json
refused holdfast policy lint wrong_role.json
out_has '(FSM-55): "alert.to": "fostring_manager" is neither a role nor a name from "roles"'
head -c 4000 "$fsm" >cut.json
refused holdfast policy lint cut.json
line=$(($(wc -l <cut.json) + 1)) # where it breaks off
out_has "cut.json, line $line, column"
refused holdfast policy show cut.json
err_has "cut.json, line $line, column"
refused holdfast policy lint nothing.json
err_has "nothing.json could not be read"
sed 's/"2025-07"/"2026-01"/; s/"default": 72/"default": 48/' "$psm" >newer.json
ok holdfast policy diff "$psm" newer.json
out_has "version changed"
out_has "settings.warn_before_meeting.default changed"
ok holdfast policy diff "$psm" "$psm"
out_has "The two say the same."
ok holdfast policy show "$psm" --rule PSM-35
out_has "Brief the chair before the meeting"
lacks PSM-36
ok holdfast policy show "$fsm"
out_has AMB-18
out_has FSM-72
refused holdfast policy show "$fsm" --rule FSM-99
err_has "no rule FSM-99"
run holdfast policy diff "$psm"
ends 2

# --- on a device ------------------------------------------------------------------------------------------------------
begin_office
enrol office_desk "Olga Sample" office
enrol ann "Ann Sample" worker
sync office_desk
sync ann
new_case ann CH-1
worker_case=$id
ok holdfast duty list --replica ann
out_has "Nothing is owed here."
refused holdfast policy release --replica ann "$root/policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica office_desk "$root/policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica office_desk "$fsm"
refused holdfast policy release --replica office_desk wrong.json
err_has "line "
err_has "The file is wrong.json."
new_case office_desk CH-2
case=$id
ok holdfast policy list --replica office_desk
out_has sample.fsm
out_has england-and-wales
ok holdfast policy show --replica office_desk sample.fsm --rule FSM-27
out_has "within five days"

new office_desk placement --case "$case" setting=in_house_foster provider=in_house status=current start=2026-12-24
ok holdfast duty list --replica office_desk --case "$case" --as-of 2026-12-30
out_has "Placement planning meeting within five days of moving in"
out_has "Tue 2027-01-05"
ok holdfast duty list --replica office_desk --overdue --as-of 2027-01-05
lacks FSM-27
ok holdfast duty list --replica office_desk --overdue --as-of 2027-01-06
out_has FSM-27
duty=$(grep -o 'FSM-27\.[0-9a-f]*' out | head -n 1)
ok holdfast duty list --replica office_desk --json --as-of 2027-01-06
out_has '"due": "2027-01-05T23:59:59.999Z"'
ok holdfast duty explain --replica office_desk "$duty" --as-of 2027-01-06
out_has "Fri 2026-12-25    -  Christmas Day"
out_has "Mon 2026-12-28    -  Boxing Day (substitute day)"
out_has "Tue 2026-12-29    1"
out_has "Fri 2027-01-01    -  New Year's Day"
out_has "Tue 2027-01-05    5"
out_has "ppm_unit = working_day (AMB-01, the pack's default)"
out_has "sample.fsm 2024-11, calendar england-and-wales 2024-2027"
ok holdfast duty explain --replica office_desk FSM-27 --case "$case" --json
out_has '"why": "Boxing Day (substitute day)"'
refused holdfast duty explain --replica office_desk FSM-99
err_has "duty list --all"
refused holdfast duty list --replica office_desk --as-of yesterday
err_has "--as-of takes a day"

# --- what finalising asks for is not passed by writing the word -----------------------------------------------------------
new office_desk meeting --case "$case" type=fsm status=held start=2026-12-28T10:00:00Z
meeting=$id
refused holdfast record set --replica office_desk "$meeting" status=final
err_has "by being finalised"
refused holdfast record new --replica office_desk meeting --case "$case" type=fsm status=final
err_has "by being finalised"
refused holdfast record finalise --replica office_desk "$meeting"
err_has "required part"

# --- what is overdue has no limit of its own: an action's day has gone by, a supervision without a review ------------------------
new office_desk action --case "$case" "text=Evening visits" due=2026-12-28 status=open
new office_desk supervision --case "$case" held_on=2026-12-28
ok holdfast duty list --replica office_desk --overdue --as-of 2026-12-28
lacks FSM-68
ok holdfast duty list --replica office_desk --overdue --as-of 2026-12-29
out_has "Outstanding actions are watched and escalated"
out_has AL-ESC
out_has FSM-32
lacks FSM-18

# --- on another device ------------------------------------------------------------------------------------------------
sync office_desk
sync ann
ok holdfast policy list --replica ann
out_has sample.fsm
new ann placement --case "$worker_case" setting=in_house_foster provider=in_house status=current start=2026-12-24
ok holdfast duty list --replica ann --overdue --as-of 2027-01-06
out_has FSM-27

# --- a new version is everybody's to read (PSM-03, AL-POL-ACK) --------------------------------------------------------------
ok holdfast policy release --replica office_desk "$psm"
sync office_desk
sync ann
ok holdfast duty list --replica ann --mine
out_has "Of no case"
out_has "Read the version in force sample.psm 2025-07 (Ann Sample)  AL-POL-ACK"
ok holdfast duty list --replica ann --json
out_has '"code": "AL-POL-ACK"'
out_has '"type": "policy_ack"'
duty=$(holdfast duty list --replica ann --mine | grep -o 'PSM-03\.[0-9a-f]*' | tail -n 1)
ok holdfast duty explain --replica ann "$duty"
out_has "Read it, then: holdfast policy ack"
out_has "AL-POL-ACK"
ok holdfast policy ack --replica ann sample.psm
sync ann
ok holdfast duty list --replica ann --mine
lacks "Read the version in force"
ok holdfast duty list --replica ann --mine --all
out_has "Read the version in force"
sync office_desk
ok holdfast duty list --replica office_desk --person "Ann Sample"
lacks AL-POL-ACK
ok holdfast duty list --replica office_desk --mine
out_has AL-POL-ACK

ok holdfast policy release --replica office_desk newer.json
sync office_desk
sync ann
ok holdfast duty list --replica ann --mine
out_has "Read the version in force sample.psm 2026-01 (Ann Sample)  AL-POL-ACK"
ok holdfast setting list --replica ann --policy sample.psm --json
for amb in 06 07 13 17; do out_has "\"amb\": \"AMB-$amb\""; done

# --- reviews by law are duties too ------------------------------------------------------------------------------------------
ok holdfast policy lint "$root/policies/statutory-england.json"
ok holdfast policy release --replica office_desk "$root/policies/statutory-england.json"
sync office_desk
sync ann
ok holdfast duty list --replica ann --case "$worker_case" --as-of 2027-01-20
out_has "The next review of the child's care (independent reviewing officer)"
out_has "Tue 2027-01-26"
sed 's/"from": "approval_ended"/"from": "the_moon"/' "$root/policies/statutory-england.json" >wrong.json
refused holdfast policy lint wrong.json
out_has "retention[2]: \"from\" must be birth, death, approval_ended or read"

# --- the limit that was set first stays visible ---------------------------------------------------------------------------
new ann request --case "$worker_case" by_role=carer at=2026-12-23T10:00:00Z urgency=imminent
request=$id
ok holdfast record set --replica ann "$request" at=2026-12-24T10:00:00Z
ok holdfast duty list --replica ann --case "$worker_case" --as-of 2026-12-24
out_has "Wed 2026-12-30"
out_has "first due Tue 2026-12-29"

# --- the server raises an alert with nobody there, and clears it -----------------------------------------------------------
new ann request --case "$worker_case" by_role=carer at=2026-11-02T10:00:00Z urgency=imminent "reason=It cannot go on"
request=$id
sync ann
stop_server TERM
start_server "$address"
sync office_desk
sync ann
sync ann
ok holdfast record list --replica ann --case "$worker_case" --type alert
out_has AL-URG
out_has raised
stop_server TERM
ends 0
