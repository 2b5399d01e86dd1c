#!/usr/bin/env bash
# Devices whose clocks are years off, one ahead and one behind: they work, are told, and everybody reads beside the times of their
# changes by how much they were off, on devices and in the audit. What came first stays first, and no clash is decided by a clock.
. "$(dirname "$0")/support.sh"

preload=$HOLDFAST_PROGRAMS/libpreload_clock.so
[ -e "$preload" ] || { echo "the clock that is off was not built here" >&2; exit 77; }
year=31556952 fortnight=1209600 # beyond the years, so that a moment more or less makes no other text
# A command on a device whose clock is off by so many seconds.
at() { # SECONDS words…
    run env HOLDFAST_TEST_CLOCK_SHIFT="$1" LD_PRELOAD="$preload" \
        ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" "${@:2}"
    ends 0
}
ahead=$((10 * year + fortnight)) behind=$((-6 * year - fortnight))
fast() { at "$ahead" holdfast "${@:1:2}" --replica fay "${@:3}"; }
slow() { at "$behind" holdfast "${@:1:2}" --replica sam "${@:3}"; }
join() { # SECONDS FOLDER NAME
    invite "$3" worker
    at "$1" holdfast enrol --weak-kdf-for-tests --replica "$2" "$invitation"
}
clocks() { run holdfast-audit show bundle --authority-key office/authority.pub --kind note; ends 0; grep -c "measures that the clock" out || true; }

begin_office
enrol ann "Ann Sample" worker
new_case ann CH-1
case=$id
new ann action --case "$case" "text=Plant the quince" status=open
action=$id
sync ann

# --- they are enrolled, take the case in, and are told ---
join "$ahead" fay "Fay Ahead"
join "$behind" sam "Sam Behind"
for person in "Fay Ahead" "Sam Behind"; do
    ok holdfastd case assign --data office --case "$case" --person "$person"
done
at "$ahead" holdfast sync --replica fay
out_has "This device's clock is 10 years fast"
at "$behind" holdfast sync --replica sam
out_has "This device's clock is 6 years slow"
run env HOLDFAST_TEST_CLOCK_SHIFT="$ahead" LD_PRELOAD="$preload" \
    ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" holdfast attention --replica fay
ends 3
out_has "10 years fast"

# --- they work; order and clashes are those of devices whose clocks are right ---
fast record set "$action" "text=Fay plants it"
at "$ahead" holdfast record history --replica fay "$action"
out_has "10 years fast"
at "$ahead" holdfast sync --replica fay
at "$behind" holdfast sync --replica sam
slow record show "$action"
out_has "Fay plants it"
slow record set "$action" "text=Sam, who read that, waters it"
at "$behind" holdfast sync --replica sam
sync ann
ok holdfast record show --replica ann "$action"
out_has "Sam, who read that, waters it"
lacks "Fay plants it"
ok holdfast status --replica ann --json
out_has '"conflicts": 0'
ok holdfast record set --replica ann "$action" "due=2026-12-01"
slow record set "$action" "due=2026-12-02"
fast record set "$action" "due=2026-12-03"
at "$ahead" holdfast sync --replica fay
at "$behind" holdfast sync --replica sam
sync ann
at "$ahead" holdfast sync --replica fay
at "$behind" holdfast sync --replica sam
ok holdfast conflict list --replica ann
out_has "3 values"
ok holdfast conflict show --replica ann "$action"
out_has "device 1 (its clock was 10 years fast)"
out_has "device 1 (its clock was 6 years slow)"
out_has "this device"
same "$(digest_of ann)" "$(at "$ahead" holdfast status --replica fay --json && json out digest)" "digests of Ann and Fay"
same "$(digest_of ann)" "$(at "$behind" holdfast status --replica sam --json && json out digest)" "digests of Ann and Sam"
fast status --json
out_has '"saved_here": 0'

# --- what others read: device time and measured offset, in the order of the log ---
ok holdfast record history --replica ann "$action"
out_has "10 years fast"
out_has "6 years slow"
same "$(grep -n "Fay plants it\|Sam, who read that" out | cut -d: -f1 | sort -n -c && echo sorted)" sorted "the order of the history"
ok holdfast record history --replica ann "$action" --json
same "$(grep -c '"clock_offset_ms": -31[0-9]*' out)" 2 "changes ten years ahead"
same "$(grep -c '"clock_offset_ms": 19[0-9]*' out)" 2 "changes six years behind"
same "$(grep -c '"clock_offset_ms": 0' out)" 2 "changes of a clock that is right"

enrol ivo "Ivo Checker" auditor
sync ivo
ok holdfast audit export --replica ivo --out bundle
same "$(clocks)" 2 "notes about clocks, one for each device however often it comes"
ok holdfast-audit show bundle --authority-key office/authority.pub
out_has "(its device's clock was 10 years fast)"
out_has "(its device's clock was 6 years slow)"
ok holdfast-audit show bundle --authority-key office/authority.pub --json
out_has '"clock_offset_ms":-31'
ok holdfast-audit gaps bundle --authority-key office/authority.pub
out_has "the office measured that this device's clock was 3666 days ahead of its own"
out_has "the office measured that this device's clock was 2205 days behind its own"

# --- a clock that is put right is measured again; what it signs from then on follows what it signed before, and says so ---
ok holdfast sync --replica sam
lacks "slow"
ok holdfast record set --replica sam "$action" "text=Sam with the right time"
ok holdfast sync --replica sam
sync ann
ok holdfast record history --replica ann "$action"
same "$(grep -c "6 years slow" out)" 2 "changes six years behind, as before"
ok holdfast sync --replica fay
ok holdfast record set --replica fay "$action" "text=Fay with the right time"
ok holdfast sync --replica fay
sync ann
ok holdfast record history --replica ann "$action" --json
same "$(grep -c '"clock_offset_ms": -31[0-9]*' out)" 3 "changes that bear a time ten years ahead"
rm -r bundle
ok holdfast audit export --replica ivo --out bundle
ok holdfast-audit verify bundle --authority-key office/authority.pub
same "$(clocks)" 3 "notes about clocks"
echo "ok"
