#!/usr/bin/env bash
# The auditor works out again what the office knew, from the bundle alone: the same state as a device that holds every case, also
# with held, released and refused changes, a clash and its decision; and the state of an earlier moment.
. "$(dirname "$0")/support.sh"

replay() { ok holdfast-audit replay bundle --authority-key office/authority.pub "$@"; }
digest_in_replay() { sed -n 's/^(all) *digest *//p' out; }
export_again() {
    rm -rf bundle
    ok holdfast audit export --replica ivo --out bundle --contents
}

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
enrol olive "Olive Tester" office
enrol ivo "Ivo Invented" auditor
new_case ann CH-1
case=$id
new ann action --case "$case" "text=The first word" status=open
action=$id
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
sync ben
moment=$(date -u +%Y-%m-%dT%H:%M:%S.%3NZ)

# What stands sealed cannot be replayed, and the program says so.
ok holdfast audit export --replica ivo --out sealed
ok holdfast-audit replay sealed --authority-key office/authority.pub
out_has "are sealed in this bundle"
ok holdfast-audit show sealed --authority-key office/authority.pub --kind data
lacks "The first word"

# A clash, held changes, one released and one refused.
ok holdfast record set --replica ann "$action" due=2026-12-01
ok holdfast record set --replica ben "$action" due=2026-12-11
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Example" --remove --reason left
sync ben
sync olive
export_again
replay
same "$(digest_in_replay)" "$(digest_of olive)" "digest with a change that is held"
replay --case CH-1
out_has "could not change this record at that time"
ok holdfast held list --replica olive --json
held=$(sed -n 's/^ *"change": "\([^"]*\)".*/\1/p' out | sed -n 1p)
ok holdfast held release --replica olive "$held" --reason "Ben had not heard yet"
sync olive
sync olive
ok holdfast conflict list --replica olive
out_has "$action"
export_again
replay
same "$(digest_in_replay)" "$(digest_of olive)" "digest with a clash, after the release"
out_has "2026-12-01"
out_has "2026-12-11"
ok holdfast record set --replica ann "$action" status=started
sync ann
sync olive
export_again
replay
same "$(digest_in_replay)" "$(digest_of olive)" "digest of the end"

# The moment before the clash, and a case that does not exist.
replay --as-of "$moment" --case CH-1
out_has "The first word"
lacks "2026-12-11"
replay --as-of 2020-01-01
out_has "Nothing was known then."
run holdfast-audit replay bundle --authority-key office/authority.pub --case CH-9
ends 1
run holdfast-audit replay bundle --authority-key office/authority.pub --as-of yesterday
ends 2
replay --json
out_has "\"part\":\"digest\""

# The same bundle answers who wrote what, and the log tells that its contents were read.
ok holdfast-audit show bundle --authority-key office/authority.pub --case CH-1
out_has "Ann Sample"
ok holdfast-audit show bundle --authority-key office/authority.pub --kind note
out_has "asked for by person Ivo Invented"
out_has "(audit contents)"
ok holdfast-audit gaps bundle --authority-key office/authority.pub
ok holdfast-audit compare sealed bundle --authority-key office/authority.pub
out_has "Continues the earlier log"

# A limit is counted out as the device counts it: by the procedure and calendar that were in force.
policies=$(cd "$(dirname "$0")/../../policies" && pwd)
ok holdfast policy release --replica olive "$policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica olive "$policies/procedure-b-fsm.json"
sync olive
new ann placement --case "$case" setting=in_house_foster provider=in_house status=current start=2026-12-24
sync ann
export_again
replay --as-of 2027-01-06
out_has "due 2027-01-05T23:59:59.999Z"
lacks "Christmas Day"
replay --as-of 2027-01-06 --days
out_has "5 working days from 2026-12-24"
out_has "Fri 2026-12-25: does not count, Christmas Day"
out_has "Tue 2027-01-05: 5"
echo "ok"
