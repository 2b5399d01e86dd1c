#!/usr/bin/env bash
# Who opened which record: noted offline, sealed from everybody but auditors, and one command away for them.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol mo "Mo Manager" manager
enrol ivo "Ivo Checker" auditor
new_case ann CH-1
case=$id
new ann contact --case "$case" "name=Sam Sample" "address=4 Mill Lane, NT1 2AB (invented)"
contact=$id
sync ann
sync mo

# Ann reads without a network; Mo reads a case that is not his, and says why once.
stop_server TERM
ok holdfast record show --replica ann "$contact"
ok holdfast record history --replica ann "$contact"
ok holdfast read why --replica ann "$case"
out_has "is yours"
ok holdfast read why --replica mo "$case"
out_has "not yours"
ok holdfast record show --replica mo "$contact"
ok holdfast case show --replica mo "$case" --because "Asked by the duty desk (sample)"
refused holdfast record show --replica mo "$contact" --because ""
ok holdfast status --replica ann
lacks "Saved here: 1"
start_server "$address"
sync ann
sync mo

# A page for each device, and for nobody else: no feed brings it, no list shows it.
before=$(office_number entries)
sync ann
sync mo
[ "$(office_number entries)" = "$before" ] || broken "a sync without readings logged something"
ok holdfast held list --replica mo
lacks "read"
ok holdfast case list --replica mo
[ "$(wc -l <out)" -le 2 ] || broken "a journal shows as a case"

ok holdfast audit export --replica ivo --contents --out bundle --because "Yearly audit (sample)"
ok holdfast-audit verify bundle --authority-key office/authority.pub
ok holdfast-audit who-read CH-1 bundle --authority-key office/authority.pub
out_has "Ann Sample"
out_has "opened the record's history"
out_has "Mo Manager"
out_has "not their case, no reason given"
out_has "because: Asked by the duty desk (sample)"
out_has "because: Yearly audit (sample)"
ok holdfast-audit who-read "$case" bundle --authority-key office/authority.pub --person "Mo Manager" --csv
out_has '"no","","Asked by the duty desk (sample)"' # their case, by right, why
lacks "Ann Sample"
ok holdfast-audit show bundle --authority-key office/authority.pub --kind read
out_has "read 2 things in case CH-1"
ok holdfast-audit who-changed "$case" bundle --authority-key office/authority.pub
lacks "opened the record"

printf 'person,name,postcode\nMo Manager,"Manager, Mo",NT1 2AB\nAnn Sample,"Sample, Ann",\n' >staff.csv
ok holdfast-audit report known bundle --authority-key office/authority.pub --staff staff.csv
out_has "same postcode (Address)"
out_has "same surname (Name)"
ok holdfast-audit report others bundle --authority-key office/authority.pub
lacks "Ann Sample"
ok holdfast-audit report unused bundle --authority-key office/authority.pub --days 1
ok holdfast-audit report unallocated bundle --authority-key office/authority.pub
out_has "Nothing to report"

# Without contents the pages stay sealed, and the bundle verifies.
ok holdfast audit export --replica ivo --out sealed
ok holdfast-audit verify sealed --authority-key office/authority.pub
ok holdfast-audit who-read "$case" sealed --authority-key office/authority.pub
out_has "stay sealed"
refused grep -rqa "duty desk" sealed

# What leaves the device is told apart from what is looked at: a file for whoever holds the case, a copy for the person.
ok holdfast bundle export --replica ann --for-holders --case "$case" --all --out stick --because "For the night desk (sample)"
refused holdfast bundle export --replica ann --for-holders --case "$case" --all --out stick --because "Once more"
ok holdfast sar export --replica mo "$case" --out copy --reason "Request of 3 November (sample)"
sync ann
sync mo
ok holdfast audit export --replica ivo --contents --out taken
ok holdfast-audit who-read "$case" taken --authority-key office/authority.pub
out_has "took it out in a file"
out_has "because: For the night desk (sample)"
out_has "made a copy of the case for the person that it is about"
out_has "because: Request of 3 November (sample)"
ok holdfast-audit who-read "$case" taken --authority-key office/authority.pub --person "Ann Sample" --csv
out_has ',"file",'

# A leaver's last readings come with what the device hands in.
ok holdfast status --replica ann --json
key=$(json out device)
ok holdfastd device revoke --data office "$key" --reason left
ok holdfast record show --replica ann "$contact"
run holdfast sync --replica ann
ok holdfast audit export --replica ivo --contents --out after
ok holdfast-audit report leavers after --authority-key office/authority.pub
out_has "Ann Sample"
out_has "1 reading and 0 other entries"
