#!/usr/bin/env bash
# Journals of readings have a date of their own: a procedure says until when they are kept, two records officers erase the year
# of a device that is over, and every bundle still verifies. A reason that somebody gave goes with the case that it is about.
. "$(dirname "$0")/support.sh"
policies=$(cd "$(dirname "$0")/../../policies" && pwd)
preload=$HOLDFAST_PROGRAMS/libpreload_clock.so
[ -e "$preload" ] || { echo "the clock that is off was not built here" >&2; exit 77; }
long_ago() { # as it was twelve years ago
    ok env ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" LD_PRELOAD="$preload" HOLDFAST_TEST_CLOCK_SHIFT="-$((12 * 366 * 86400))" "$@"
}
has_word() { # FOLDER … : whether a bundle says it
    grep -rqa "quince pie" "$@"
}

begin_office
enrol ann "Ann Sample" worker
enrol mo "Mo Manager" manager
enrol ada "Ada Officer" office
officer "Ada Officer"
enrol bea "Bea Officer" office
officer "Bea Officer"
enrol ivo "Ivo Checker" auditor
new_case ann CH-1
case=$id
sync ann
sync mo
long_ago holdfast case show --replica mo "$case"
sync mo
ok holdfast case show --replica ann "$case"
sync ann
ok holdfast audit export --replica ivo --contents --out before
ok holdfast-audit who-read "$case" before --authority-key office/authority.pub
out_has "Mo Manager"
out_has "Ann Sample"

# Without a rule they are kept; only officers see the list.
sync ada
sync bea
refused holdfast erase reads --replica ann
ok holdfast erase reads --replica ada
out_has "No journal of readings has been kept long enough"
ok holdfast erase reads --replica ada --all
out_has "no procedure says until when, so it is kept"
journal=$(grep "Mo Manager" out | cut -d' ' -f1)
refused holdfast erase request --replica ada --case "$journal" --basis reads
err_has "No procedure in force says how long"
ok holdfast policy release --replica ada "$policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica ada "$policies/procedure-b-fsm.json"
sync ada
sync bea
ok holdfast erase reads --replica ada --all
[ "$(wc -l <out)" -ge 2 ] || broken "the journals of both devices"
current=$(grep "Ann Sample" out | cut -d' ' -f1)
ok holdfast erase reads --replica ada
out_has "of Mo Manager: kept until"
out_has ", over"
lacks "Ann Sample"
journal=$(grep "Mo Manager" out | cut -d' ' -f1)

# One year of one device goes, with two signatures; what is not over stays, and neither goes under another name.
refused holdfast erase request --replica ada --case "$current" --basis reads
err_has "is kept until"
refused holdfast erase request --replica ada --case "$journal" --basis court_order
err_has "journal of readings"
refused holdfast erase request --replica ada --case "$case" --basis reads
ok holdfast erase request --replica ada --case "$journal" --basis reads
erasure=$(tail -n 1 out)
refused holdfast erase confirm --replica ada "$erasure" --case "$journal"
ok holdfast erase confirm --replica bea "$erasure" --case "$journal"
stop_server KILL
start_server "$address"
ok holdfast erase list --replica ada
out_has "journal $journal: erased"
ok holdfast erase reads --replica ada
out_has "No journal of readings has been kept long enough"
for device in ann mo ada bea; do
    sync "$device"
done
ok holdfast audit export --replica ivo --contents --out after
ok holdfast-audit verify after --authority-key office/authority.pub
out_has "erased by two officers"
ok holdfast-audit verify before --authority-key office/authority.pub
ok holdfast-audit who-read "$case" after --authority-key office/authority.pub
lacks "Mo Manager"
out_has "Ann Sample"
ok holdfast-audit show after --authority-key office/authority.pub --kind erase
out_has "who read what"
# What comes late for that year is logged, and nothing of it is kept; the device goes on.
long_ago holdfast case show --replica mo "$case"
sync mo
ok holdfast case show --replica mo "$case"
sync mo
ok holdfast audit export --replica ivo --contents --out again
ok holdfast-audit verify again --authority-key office/authority.pub
ok holdfast-audit who-read "$case" again --authority-key office/authority.pub
out_has "Mo Manager"

# A reason goes with its case, also one that comes late; that the case was read stays.
ok holdfast case show --replica mo "$case" --because "Asked about the quince pie"
sync mo
ok holdfast audit export --replica ivo --contents --out reasons
has_word reasons || broken "the reason is not in the bundle"
ok holdfast case show --replica mo "$case" --because "Asked about the quince pie again"
ok holdfast erase request --replica ada --case "$case" --basis never_recorded
erasure=$(tail -n 1 out)
ok holdfast erase confirm --replica bea "$erasure" --case "$case"
sync mo
sync mo
ok holdfast audit export --replica ivo --contents --out gone
ok holdfast-audit verify gone --authority-key office/authority.pub
has_word gone && broken "a reason outlived its case"
ok holdfast-audit who-read "$case" gone --authority-key office/authority.pub
out_has "Mo Manager"
echo "ok"
