#!/usr/bin/env bash
# Who may request, decide, approve, escalate and release: told on the device, in words; held by the server for real, until somebody
# in the office lets it count. A clock that runs late gives no role back.
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/support.sh"

begin_office
enrol office_desk "Olga Sample" office
enrol ann "Ann Sample" worker
enrol mo "Mo Manager" manager
for device in office_desk ann mo; do sync "$device"; done
new_case ann CH-1
case=$id
ok holdfast policy release --replica office_desk "$root/policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica office_desk "$root/policies/procedure-a-psm.json"
ok holdfast policy release --replica office_desk "$root/policies/procedure-b-fsm.json"
for device in office_desk ann mo ann; do sync "$device"; done

# --- in words ---------------------------------------------------------------------------------------------------------
ok holdfast rights --replica ann --case "$case"
out_has "  may not  Release procedures and calendars."
out_has "office or administrator"
out_has "  may      Ask for a meeting: carers"
out_has "not set by this procedure: anybody who holds the case"
out_has "  may not  The fostering team manager agrees urgent support outside the meeting."
out_has "  may not  Escalate an outstanding action"
out_has "supervising social worker"
ok holdfast rights --replica office_desk
out_has "  may      Release procedures and calendars."
ok holdfast rights --replica office_desk --person "Mo Manager" --json
out_has '"id": "escalation_to_peers"'
refused holdfast rights --replica ann --person "Nobody Known"
err_has "Nobody called Nobody Known"

# --- a post makes the difference --------------------------------------------------------------------------------------
new ann out_of_meeting_approval --case "$case" route=fostering_manager "what=Two more visits" "reason=It cannot wait"
approval=$id
err_has "It counts once the office has let it"
err_has "fostering manager"
sync ann
ok holdfast held list --replica ann
out_has "role"
same "$(office_number held)" 1 "held changes"
ok holdfast post give --replica office_desk "Mo Manager" fostering_manager
sync office_desk
sync mo
ok holdfast rights --replica mo --case "$case"
out_has "fostering manager (Mo Manager)"
out_has "  may      The fostering team manager agrees urgent support outside the meeting."
out_has "  may      Decide that there is no meeting after a request."
new mo out_of_meeting_approval --case "$case" route=fostering_manager "what=A night off" "reason=The carers are worn out"
same "$(cat err)" "" "a warning"
sync mo
same "$(office_number held)" 1 "held changes"

# --- requests are open, deciding against a meeting is not; escalation is for who monitors -------------------------------
new ann request --case "$case" by_role=carer at=2026-11-20T10:00:00Z urgency=soon
request=$id
same "$(cat err)" "" "a warning"
ok holdfast record set --replica ann "$request" outcome=no_meeting "outcome_reason=It has calmed down"
err_has "fostering manager or team manager"
new ann action --case "$case" "text=Ask the school" due=2026-11-10 status=open
action=$id
ok holdfast escalate --replica ann "$action" --reason "Nothing has happened"
err_has "supervising social worker"
sync ann
same "$(office_number held)" 3 "held changes"
sync mo
ok holdfast handover --replica mo "$case" --role ssw --to "Ann Sample" --reason "Ann knows the carers"
sync mo
sync ann
ok holdfast escalate --replica ann "$action" --level 2 --reason "Still nothing has happened"
same "$(cat err)" "" "a warning"
sync ann
same "$(office_number held)" 3 "held changes"

# --- settled by a person ----------------------------------------------------------------------------------------------
sync office_desk
ok holdfast held list --replica office_desk --json
change=$(sed -n 's/^ *"change": "\([^"]*\)".*/\1/p' out | sed -n 1p)
ok holdfast held release --replica office_desk "$change" --reason "Agreed by telephone"
sync office_desk
same "$(office_number held)" 2 "held changes"
sync mo
ok holdfast record show --replica mo "$approval"
out_has "Two more visits"

# --- a case that follows two procedures: both are asked, whichever was released last --------------------------------------
new mo request --case "$case" by_role=carer at=2026-11-20T10:00:00Z urgency=soon
ok holdfast record set --replica mo "$id" outcome=no_meeting "outcome_reason=It has calmed down"
err_has "for the team manager."
sync mo
same "$(office_number held)" 3 "held changes"

# --- the log alone tells an auditor the same --------------------------------------------------------------------------------
enrol ivo "Ivo Invented" auditor
sync office_desk
sync office_desk
ok holdfast audit export --replica ivo --out bundle --contents
ok holdfast-audit replay bundle --authority-key office/authority.pub
same "$(sed -n 's/^(all) *digest *//p' out)" "$(digest_of office_desk)" "digest with changes that are held by their author's role"
stop_server TERM
ends 0
