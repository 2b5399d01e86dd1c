#!/usr/bin/env bash
# Attachments and drafts on a stick: to the office, from it, and attachments between two workers at one visit; a file that does
# not hold all of them goes on with the next; the same file again does no harm. No line between anybody.
. "$(dirname "$0")/support.sh"

plain=QUINCES-GROW-HERE
marked() { { printf '%s' "$plain"; head -c "$1" /dev/urandom; printf '%s' "$plain"; } >"$2"; }
add() { # FOLDER CASE RECORD FILE TITLE
    ok holdfast attach add --replica "$1" "$2" "$3" "$4" --title "$5"
    id=$(head -n 1 out)
}
listed() { # FOLDER TITLE
    ok holdfast attach list --replica "$1" "$case"
    grep -F "$2" out
}
begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
new_case ann CH-1
case=$id
new ann meeting --case "$case" status=draft
meeting=$id
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
sync ben
sync ann
stop_server TERM

# --- from Ann to the office: a paper, a film, a draft ---
marked 200000 paper.pdf
marked 3000000 film.mp4
add ann "$case" "$meeting" paper.pdf "Care plan (invented)"
paper=$id
add ann "$case" "$meeting" film.mp4 "Welcome film"
film=$id
ok holdfast draft put --replica ann --case "$case" --type action "text=Half a sentence"
draft=$(cat out)
ok holdfast draft share --replica ann "$draft"
ok holdfast bundle export --replica ann --out stick1
out_has "With them: 2 attachments and 1 draft."
! grep -qa "$plain" stick1 || broken "the file can be read"
listed ann "Care plan" | grep -q "Saved here"
ok holdfastd bundle import --data office "$work/stick1" --answer "$work/back1"
[ "$(stat -c %s back1)" -lt 200000 ] || broken "what the office was given is in its answer again"
ok holdfast bundle import --replica ann back1
listed ann "Care plan" | grep -q "Received by office"
listed ann "Welcome film" | grep -q "Received by office"
ok holdfast bundle import --replica ann back1
ok holdfast bundle export --replica ann --out stick2
lacks "With them"

# --- from the office to Ben: the paper by itself, the draft that is shared, the film when it is asked for ---
ok holdfast bundle export --replica ben --out stick3
ok holdfastd bundle import --data office "$work/stick3" --answer "$work/back3"
ok holdfast bundle import --replica ben back3
out_has "1 attachment came with it."
ok holdfast attach get --replica ben "$paper" got.pdf
cmp paper.pdf got.pdf
ok holdfast draft list --replica ben
out_has "Half a sentence"
listed ben "Welcome film" | grep -q "at the office"
run holdfast attach get --replica ben "$film" got.mp4
ok holdfast bundle export --replica ben --out stick4
ok holdfastd bundle import --data office "$work/stick4" --answer "$work/back4"
ok holdfast bundle import --replica ben back4
ok holdfast attach get --replica ben "$film" got.mp4
cmp film.mp4 got.mp4
ok holdfast bundle import --replica ben back3

# --- at a visit: Ann's new paper goes to Ben at once, with its record; her draft does not ---
marked 90000 visit.pdf
add ann "$case" "$meeting" visit.pdf "Drawn at the visit"
visit=$id
ok holdfast draft put --replica ann --case "$case" --type action "text=Only a thought"
ok holdfast bundle export --replica ann --for-holders --out visit1
out_has "With them: 1 attachment and 0 drafts."
! grep -qa "$plain" visit1 || broken "the file can be read"
{ head -c 5000 visit1 && printf 'x' && tail -c +5002 visit1; } >altered
cmp -s visit1 altered && broken "nothing was altered"
refused holdfast bundle import --replica ben altered
ok holdfast bundle import --replica ben visit1
out_has "1 attachment came with it."
ok holdfast attach get --replica ben "$visit" got-visit.pdf
cmp visit.pdf got-visit.pdf
ok holdfast bundle import --replica ben visit1
ok holdfast draft list --replica ben
lacks "Only a thought"

# --- over a line again nothing is sent twice, and everybody holds the same ---
start_server "$address"
sync ann
sync ben
sync ann
same "$(digest_of ann)" "$(digest_of ben)" "digests"
listed ann "Drawn at the visit" | grep -q "Received by office"
same "$(find office/attachments -type f | wc -l)" 3 "attachments at the office"

# --- a revoked device hands its chunks in by a stick, and gets nothing ---
add ann "$case" "$meeting" visit.pdf "Last work"
ok holdfastd device list --data office
device=$(grep 'Ann Sample' out | cut -d' ' -f1)
ok holdfastd device revoke --data office "$device" --reason lost
ok holdfast bundle export --replica ann --out stick5
ok holdfastd bundle import --data office "$work/stick5" --answer "$work/back5"
ok holdfast bundle import --replica ann back5
out_has "was revoked"
same "$(find office/attachments -type f | wc -l)" 4 "attachments at the office"
if grep -rq "$plain" office ann ben; then broken "the content stands in plain on a disk"; fi
echo "ok"
