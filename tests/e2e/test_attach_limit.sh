#!/usr/bin/env bash
# How large an attachment may be is a setting of a procedure: said on the device before anything is sealed, and by the office before
# a byte travels, to a device that had not heard of it; nothing that was made is lost. Erased chunks are gone from a later backup too.
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/support.sh"

begin_office
enrol olga "Olga Sample" office
enrol ann "Ann Sample" worker
sync olga
new_case ann CH-1
case=$id
new ann meeting --case "$case" status=draft
meeting=$id
sync ann
head -c 3000000 /dev/urandom >film.mp4
head -c 900000 /dev/urandom >paper.pdf

# Ann has not heard of the limit when she adds this one.
ok holdfast attach add --replica ann "$case" "$meeting" film.mp4 --title "Before the limit"
film=$(head -n 1 out)
sed 's/"settings": {/"settings": { "attachment_limit_mb": { "about": "The largest attachment, in MiB.", "from": 1, "to": 1024, "default": 2 },/; s/"2025-07"/"2025-08"/' \
    "$root/policies/procedure-a-psm.json" >pack.json
ok holdfast policy lint pack.json
ok holdfast policy release --replica olga "$root/policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica olga pack.json
sync olga
sync ann
ok holdfast attach list --replica ann "$case"
out_has "does not take attachments of this size. It is kept here"
[ ! -e "office/attachments/${film//-/}" ] || broken "the office took chunks of what is too large"
ok holdfast attach get --replica ann "$film" kept.mp4
cmp film.mp4 kept.mp4

# From now on it is said at once, and nothing is written.
before=$(find ann/attachments -type f | wc -l)
refused holdfast attach add --replica ann "$case" "$meeting" film.mp4 --title "Behind the limit"
err_has "2 MB"
same "$(find ann/attachments -type f | wc -l)" "$before" "files of attachments"
ok holdfast attach add --replica ann "$case" "$meeting" paper.pdf --title "Small enough"
sync ann
ok holdfast attach list --replica ann "$case"
grep -F "Small enough" out | grep -q "Received by office"
echo "ok"
