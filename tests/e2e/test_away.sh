#!/usr/bin/env bash
# A device that was away for three years. Meanwhile a record was deleted, keys turned, one case was erased and one taken away. What
# it kept of that does not come back; what it had written is in the log to the last change, held where it may not take effect.
. "$(dirname "$0")/support.sh"

preload=$HOLDFAST_PROGRAMS/libpreload_clock.so
[ -e "$preload" ] || { echo "the clock that is off was not built here" >&2; exit 77; }

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
enrol cat "Cat Elsewhere" worker
enrol ada "Ada Officer" office
officer "Ada Officer"
enrol bea "Bea Officer" office
officer "Bea Officer"
new_case ann CH-1
case=$id
new_case ann CH-ERASED
erased=$id
new_case ann CH-TAKEN
taken=$id
new ann action --case "$case" "text=Plant the quince" status=open
kept=$id
new ann action --case "$case" "text=To be forgotten" status=open
gone=$id
new ann action --case "$erased" "text=Of the child whose file goes" status=open
of_erased=$id
new ann action --case "$taken" "text=Of the case that goes to Cat" status=open
of_taken=$id
sync ann
for each in "$case" "$erased" "$taken"; do
    ok holdfastd case assign --data office --case "$each" --person "Ben Example"
done
sync ben

# --- what Ben writes before he goes, and never hands in ---
ok holdfast record set --replica ben "$kept" "due=2027-03-01"
new ben action --case "$case" "text=Written before the three years" status=open
new ben action --case "$erased" "text=Written in the case that is erased" status=open
ok holdfast record set --replica ben "$of_taken" "text=Written in the case that is taken away"
ok holdfast status --replica ben --json
unsent=$(json out saved_here)
[ "$unsent" -ge 4 ] || broken "Ben has not written"
stop_server TERM

# --- three years, for everybody ---
export HOLDFAST_TEST_CLOCK_SHIFT=94670856 LD_PRELOAD=$preload ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0"
start_server "$address"
for each in ann ada bea; do sync "$each"; done
ok holdfast record delete --replica ann "$gone" --reason "a mistake"
sync ann
for each in "$case" "$taken"; do # a key turns when a case is taken from somebody
    ok holdfastd case assign --data office --case "$each" --person "Cat Elsewhere"
done
sync cat
ok holdfastd case assign --data office --case "$case" --person "Cat Elsewhere" --remove --reason left
ok holdfastd case assign --data office --case "$taken" --person "Ben Example" --remove --reason reallocated
ok holdfast erase request --replica ada --case "$erased" --basis never_recorded
erasure=$(tail -n 1 out)
ok holdfast erase confirm --replica bea "$erasure" --case "$erased"
sync ann
new ann action --case "$case" "text=Under the newest key" status=open
sync ann

# --- Ben comes back ---
ok holdfast sync --replica ben
ok holdfast sync --replica ben
ok holdfast status --replica ben --json
same "$(json out saved_here)" 0 "what still waits at Ben's"
sync ann
ok holdfast record list --replica ann --case "$case"
out_has "Written before the three years"
lacks "To be forgotten"
ok holdfast record list --replica ben --case "$case"
out_has "Under the newest key"
lacks "To be forgotten"
ok holdfast record show --replica ann "$kept"
out_has 2027-03-01
ok holdfast case list --replica ben
lacks CH-ERASED
lacks CH-TAKEN
sync cat
ok holdfast record show --replica cat "$of_taken"
out_has "Of the case that goes to Cat"
lacks "Written in the case"
sync ada
ok holdfast held list --replica ada
out_has "could not change this record at that time"
# Nothing was dropped: each of them is an entry, and what may not take effect waits for a person.
enrol ivo "Ivo Checker" auditor
sync ivo
device=$(holdfastd device list --data office --json | grep -B3 -A3 "Ben Example" | sed -n 's/.*"device": "\([0-9a-f]*\)".*/\1/p' | head -n 1 | cut -c1-16)
ok holdfast audit export --replica ivo --out bundle
ok holdfast-audit verify bundle --authority-key office/authority.pub
ok holdfast-audit show bundle --authority-key office/authority.pub --device "$device" --kind data
[ "$(grep -c "$device" out)" -ge "$unsent" ] || broken "not every change of Ben's is in the log"

# --- an old copy of the erased words does not come back by syncing again ---
for each in ben ann cat ben; do sync "$each"; done
if grep -rqa "Of the child whose file goes" ben office ann; then broken "erased words stand somewhere in plain"; fi
ok holdfast case list --replica ann
lacks CH-ERASED
echo "ok"
