#!/usr/bin/env bash
# A person disputes an entry: their words stand beside it wherever it is shown, and its use is limited meanwhile. Nothing is
# erased.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol mo "Mo Manager" manager
enrol ada "Ada Office" office
officer "Ada Office"
officer "Mo Manager"
enrol una "Una Office" office
enrol ivo "Ivo Checker" auditor
new_case ann CH-1
case=$id
new ann warning_sign --case "$case" "what=Robin ran away in May (sample)"
entry=$id
sync ann
sync mo
sync ada

ok holdfast statement add --replica ann "$entry" --by "Robin (invented)" --role child --words "I was at my aunt's." --on 2026-11-20
sync ann
sync mo
ok holdfast record show --replica mo "$entry"
out_has "Statement of Robin (invented), 2026-11-20 (open)"
out_has "I was at my aunt's."
ok holdfast record show --replica mo "$entry" --json
out_has '"words": "I was at my aunt'

# Managers and the office limit its use; a worker may not.
ok holdfast restriction place --replica mo "$entry" --ground accuracy_contested --reason "Robin disputes it" --managers
sync mo
sync ann
sync ada
refused holdfast record show --replica ann "$entry"
err_has "restricted while it is contested"
refused holdfast record history --replica ann "$entry"
ok holdfast record list --replica ann --case "$case"
lacks "Robin ran away"
run holdfast search --replica ann "ran away"
lacks "ran away in"
for device in mo ada; do
    ok holdfast record show --replica "$device" "$entry"
    out_has "The use of this entry is restricted (managers_and_office)"
    ok holdfast record list --replica "$device" --case "$case"
    out_has "Robin ran away"
done
same "$(digest_of ann)" "$(digest_of ada)" "what both hold"
new ann warning_sign --case "$case" "what=Robin came home late (sample)"
other=$id
ok holdfast restriction place --replica ann "$other" --ground objection --reason "A worker may not"
err_has "You are no records officer"
sync ann
sync una
ok holdfast restriction place --replica una "$other" --ground objection --reason "Nor the office as such"
err_has "You are no records officer"
sync una
ok holdfast held list --replica una
out_has "Only a records officer may do this"
sync mo
ok holdfast record show --replica mo "$other"
lacks "restricted"
out_has "Robin came home late"

# In the log it is all there, for auditors.
ok holdfast audit export --replica ivo --contents --out bundle
ok holdfast-audit who-changed "$case" bundle --authority-key office/authority.pub
out_has "Robin ran away"
out_has "I was at my aunt's."
out_has "accuracy_contested"

# Replayed, they stand beside their record: in its own rows, in each form.
replay() { ok holdfast-audit replay bundle --authority-key office/authority.pub --case "$case" "$@"; }
replay
grep -E "beside +warning_sign +$entry +statement +Robin \(invented\), 2026-11-20, open: I was at my aunt's\." out >found || broken "the statement beside its record"
grep -E "beside +warning_sign +$entry +restriction +managers_and_office, accuracy_contested" out >found || broken "the restriction beside its record"
[ "$(grep -nE "beside +warning_sign +$entry" out | tail -n 1 | cut -d: -f1)" -lt "$(grep -nE "$other|statement +[0-9a-f-]{36}" out | head -n 1 | cut -d: -f1)" ] || broken "beside another record"
replay --csv
grep -F "\"beside\",\"warning_sign\",\"$entry\",\"statement\"" out >found || broken "the statement in CSV"
replay --json
grep -F "\"part\":\"beside\",\"type\":\"warning_sign\",\"id\":\"$entry\",\"field\":\"restriction\"" out >found || broken "the restriction in JSON"

ok holdfast restriction lift --replica ada "$entry" --reason "The entry was amended"
refused holdfast restriction lift --replica ada "$entry" --reason "Again"
sync ada
sync ann
ok holdfast record show --replica ann "$entry"
lacks "restricted"
out_has "I was at my aunt's."
