#!/usr/bin/env bash
# The office loses its folder of attachments (a machine that burnt, a backup without it). Nobody's device goes on saying that
# a file was received: whoever added it sends it again by itself; when it is gone there too, the person is told so plainly and
# asked to add it again; and when the office finds its folder, all is as before.
. "$(dirname "$0")/support.sh"

add() { # RECORD FILE TITLE; the attachment's id is in $id
    ok holdfast attach add --replica ann "$case" "$1" "$2" --title "$3"
    id=$(head -n 1 out)
}
line_of() { # FOLDER TITLE: its line of the list
    ok holdfast attach list --replica "$1" "$case"
    grep -F "$2" out
}
restart() { # COMMAND…: what happens to the office meanwhile
    local port=${address##*:}
    stop_server TERM
    "$@"
    start_server "tcp://127.0.0.1:$port"
}

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
new_case ann CH-1
case=$id
new ann meeting --case "$case" status=draft
meeting=$id
head -c 200000 /dev/urandom >plan.pdf
head -c 100000 /dev/urandom >photo.bin
add "$meeting" plan.pdf "Care plan (invented)"
plan=$id
add "$meeting" photo.bin "Garden (invented)"
garden=$id
sync ann
line_of ann "Care plan" | grep -q "Received by office"
ok holdfastd case assign --data office --case "$case" --person "Ben Example"

# --- the folder is lost, the device has the file still: it goes again -----------------------------------------------------
restart mv office/attachments lost
sync ann
line_of ann "Care plan" | grep -q "Received by office"
line_of ann "Garden" | grep -q "Received by office"
sync ben
ok holdfast attach get --replica ben "$plan" got.pdf
cmp plan.pdf got.pdf

# --- asked once: the next sync says nothing of it --------------------------------------------------------------------------
ok holdfast sync --replica ann --json
same "$(json out attach_sent_bytes)" 0 "what was sent again"

# --- one file is lost at the office, and on the device that added it ---------------------------------------------------------
keep=$(mktemp -d -p "$work")
lose_garden() {
    find office/attachments -type f -iname "*${garden//-/}*" -exec mv {} "$keep/" \;
}
restart lose_garden
[ -n "$(ls "$keep")" ] || broken "the office had no file for it"
find ann/attachments -type f -iname "*${garden//-/}*" -exec mv {} "$work/anns.garden" \;
[ -e anns.garden ] || broken "the device had no file for it"
sync ann
line_of ann "Care plan" | grep -q "Received by office"
if line_of ann "Garden" | grep -Eq "Received by office|Saved here|Sent"; then broken "a lost file is called safe: $(cat out)"; fi
line_of ann "Garden" | grep -qi "lost"
code=0
holdfast attention --replica ann >out || code=$?
same "$code" 3 "exit code of attention"
out_has "Garden (invented)"
out_has "Add it again"
code=0
holdfast attention --replica ann --json >out || code=$?
out_has '"attachment_lost"'
refused holdfast attach get --replica ann "$garden" nowhere
[ ! -e nowhere ] || broken "something was written"
# Still so after another sync: it stays on the list until it is settled.
sync ann
code=0
holdfast attention --replica ann >out || code=$?
out_has "Garden (invented)"

# --- the office finds its file: fetched, counted, and off the list ------------------------------------------------------------
put_back() { mv "$keep"/* office/attachments/; }
restart put_back
sync ann
line_of ann "Garden" | grep -q "Received by office"
ok holdfast attach get --replica ann "$garden" again.bin
cmp photo.bin again.bin
holdfast attention --replica ann >out || true
lacks "Garden (invented)"

# --- or the person adds it again, and takes the empty entry out ----------------------------------------------------------------
restart lose_garden
find ann/attachments -type f -iname "*${garden//-/}*" -delete
sync ann
holdfast attention --replica ann >out || true
out_has "Garden (invented)"
add "$meeting" photo.bin "Garden, added again (invented)"
ok holdfast attach remove --replica ann "$garden" --reason "the file was lost with the office's disk; added again"
sync ann
holdfast attention --replica ann >out || true
lacks "Garden"
line_of ann "added again" | grep -q "Received by office"
