#!/usr/bin/env bash
# Attachments: from one device to another by way of the office, whole and in the same bytes; nothing in plain on any disk;
# kill -9 of both sides in mid-upload, after which no acknowledged chunk goes again; a limit by the procedure; who does
# not hold the case gets nothing; a case that is taken away goes when its attachments are handed in; erased for good.
. "$(dirname "$0")/support.sh"

plain=QUINCES-GROW-HERE
marked() { # MEGABYTES FILE: bytes that do not squeeze, and a mark that would be seen on a disk
    { printf '%s' "$plain"; head -c "$(($1 * 1000000))" /dev/urandom; printf '%s' "$plain"; } >"$2"
}
nowhere_in_plain() {
    if grep -rq "$plain" office ann ben; then broken "the content stands in plain on a disk"; fi
}
add() { # FOLDER CASE RECORD FILE [OPTION …]; the attachment's id is in $id
    ok holdfast attach add --replica "$@"
    id=$(head -n 1 out)
}
listed() { # FOLDER CASE TITLE: the line of the list
    ok holdfast attach list --replica "$1" "$2"
    grep -F "$3" out
}

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
enrol eve "Eve Other" worker
enrol ada "Ada Officer" office
officer "Ada Officer"
enrol bea "Bea Officer" office
officer "Bea Officer"
new_case ann CH-1
case=$id
new ann meeting --case "$case" status=draft
meeting=$id
new_case ann CH-2
other=$id

# A small one comes by itself, a large one when it is asked for.
marked 0 small.pdf
marked 6 film.mp4
add ann "$case" "$meeting" small.pdf --title "Care plan (invented)"
small=$id
add ann "$case" "$meeting" film.mp4 --title "Welcome film"
film=$id
listed ann "$case" "Welcome film" | grep -q "Saved here"
nowhere_in_plain
refused holdfast attach add --replica ann "$other" "$meeting" small.pdf
sync ann
grep -q "attachments" err || broken "the progress does not show attachments"
listed ann "$case" "Welcome film" | grep -q "Received by office"
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
sync ben
listed ben "$case" "Care plan" | grep -q "on this device"
listed ben "$case" "Welcome film" | grep -q "at the office"
ok holdfast attach get --replica ben "$small" got.pdf
cmp small.pdf got.pdf
refused holdfast attach get --replica ben "$small" got.pdf
ok holdfast attach get --replica ben "$film" got.mp4
cmp film.mp4 got.mp4
nowhere_in_plain

# Who does not hold the case gets neither record nor content.
sync eve
refused holdfast attach get --replica eve "$small" stolen
[ ! -e stolen ] || broken "somebody else got it"

# Removing is deleting the record: out of view, in the log.
add ann "$case" "$meeting" small.pdf --title "Wrong file"
wrong=$id
refused holdfast attach remove --replica ann "$wrong"
ok holdfast attach remove --replica ann "$wrong" --reason "wrong child"
ok holdfast attach list --replica ann "$case"
lacks "Wrong file"
refused holdfast attach add --replica ann "$case" "$meeting" passphrase/none
: >empty
refused holdfast attach add --replica ann "$case" "$meeting" empty

# A photograph loses what was written into it beside the pixels; a kind that cannot be cleaned is refused, and so is a broken one.
if command -v holdfast-photo >/dev/null; then
    base64 -d >photo.png <<<iVBORw0KGgoAAAANSUhEUgAAAAgAAAAICAIAAABLbSncAAAAGXRFWHRHUFNQb3NpdGlvbgBQTEFDRS1PRi1IT01FdivJagAAABFJREFUeJxjOMHFhRUxDC0JAK2DNwG2kQclAAAAAElFTkSuQmCC
    grep -q PLACE-OF-HOME photo.png
    add ann "$case" "$meeting" photo.png --title "Our garden"
    ok holdfast attach get --replica ann "$id" clean.png
    if grep -q "PLACE-OF-HOME" clean.png; then broken "the place is still in the picture"; fi
    head -c 60 photo.png >cut.png
    refused holdfast attach add --replica ann "$case" "$meeting" cut.png
    err_has "damaged"
else
    echo "holdfast-photo was not built here: photographs are not checked" >&2
fi
printf 'xxxxftypheic and so on' >photo.heic
refused holdfast attach add --replica ann "$case" "$meeting" photo.heic
err_has "JPEG"

# A case that is taken away leaves the device when its attachment is handed in, and not before.
files=$(find ann/attachments -type f | wc -l)
new_case ann CH-3
third=$id
new ann meeting --case "$third" status=draft
meeting3=$id
sync ann
ok holdfastd case assign --data office --case "$third" --person "Ben Example"
add ann "$third" "$meeting3" film.mp4 --title "Handed in"
handed=$id
ok holdfastd case assign --data office --case "$third" --person "Ann Sample" --remove
sync ann
ok holdfast case list --replica ann
lacks "CH-3"
[ "$(find ann/attachments -type f | wc -l)" -eq "$files" ] || broken "the file of a case that went is still there"
# What she recorded after that is held, and its content is kept for the office's word.
sync ada
ok holdfast held list --replica ada --json
change=$(json out change)
ok holdfast held release --replica ada "$change" --reason "recorded at the visit before"
sync ada
sync ben
ok holdfast attach get --replica ben "$handed" handed.mp4
cmp film.mp4 handed.mp4

# A revoked device hands its chunks in and reads nothing.
enrol ivy "Ivy Former" worker
new_case ivy CH-4
fourth=$id
new ivy meeting --case "$fourth" status=draft
add ivy "$fourth" "$id" film.mp4 --title "Last work"
ok holdfastd device list --data office
device=$(grep 'Ivy Former' out | cut -d' ' -f1)
ok holdfastd device revoke --data office "$device" --reason lost
before=$(find office/attachments -type f | wc -l)
sync ivy
[ "$(find office/attachments -type f | wc -l)" -eq $((before + 1)) ] || broken "the revoked device could not hand it in"

# Erased: no chunk is left and none opens, on the server, on a device, in a later backup.
stop_server TERM
cp -r office/attachments attachments-before
start_server "$address"
sync ada
sync bea
ok holdfast erase request --replica ada --case "$case" --basis never_recorded
erasure=$(tail -n 1 out)
ok holdfast erase confirm --replica bea "$erasure" --case "$case"
hex=${film//-/}
[ ! -e "office/attachments/$hex" ] || broken "the office keeps chunks of an erased case"
sync ann
sync ben
for folder in ann ben; do
    [ ! -e "$folder/attachments/$hex" ] || broken "$folder keeps chunks of an erased case"
    refused holdfast attach get --replica "$folder" "$film" erased.mp4
done
# An older folder of attachments is put back: the chunks have no key any more, and go before anything is served.
stop_server TERM
rm -rf office/attachments && cp -r attachments-before office/attachments
[ -e "office/attachments/$hex" ] || broken "the backup has no chunks"
start_server "$address"
[ ! -e "office/attachments/$hex" ] || broken "a backup brought chunks of an erased case back"
