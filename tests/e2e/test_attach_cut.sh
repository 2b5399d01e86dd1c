#!/usr/bin/env bash
# A film of 50 MB, the device and the server killed in mid-upload: it goes on where it stopped, no chunk that was
# acknowledged goes again (bytes counted on the line), and a note that was saved meanwhile goes before the rest.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
new_case ann CH-1
case=$id
new ann meeting --case "$case" status=draft
meeting=$id
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
head -c 50000000 /dev/urandom >film.mp4
ok holdfast attach add --replica ann "$case" "$meeting" film.mp4 --title "Welcome film"
film=$(head -n 1 out)
hex=${film//-/}

at_office() { # bytes in blocks of the file: the tree of it lies behind, so its length says nothing
    local blocks
    blocks=$(stat -c %b "office/attachments/$hex" 2>/dev/null || echo 0)
    echo $((blocks * 512))
}
acknowledged() { # what the device knows to be durable at the office
    ok holdfast attach list --replica ann "$case" --json
    json out office_bytes
}
upload_until() { # BYTES: a sync in the background, until so much is at the office; its process is in $uploading
    holdfast sync --replica ann >sync.out 2>sync.err </dev/null &
    uploading=$!
    while [ "$(at_office)" -lt "$1" ]; do
        kill -0 "$uploading" 2>/dev/null || broken "the upload ended before it could be cut"
    done
}

# The device is killed.
upload_until 8000000
kill -KILL "$uploading"
wait "$uploading" 2>/dev/null || true
first=$(acknowledged)
[ "$first" -gt 4000000 ] || broken "only $first bytes were acknowledged"
[ "$first" -lt 50000000 ] || broken "the upload was not cut"

# A note is saved meanwhile: it is there before the rest of the film is.
ok holdfast record set --replica ann "$meeting" "place=Written while the film was going"

# The server is killed.
upload_until $((first + 10000000))
stop_server KILL
wait "$uploading" 2>/dev/null && broken "the sync came through without a server"
second=$(acknowledged)
[ "$second" -gt "$first" ] || broken "nothing was acknowledged in the second try"
[ "$second" -lt 50000000 ] || broken "the upload was not cut"
start_server "$address"
sync ben
ok holdfast record show --replica ben "$meeting"
out_has "Written while the film was going"
ok holdfast attach list --replica ben "$case" --json
out_has '"here": false'

# The rest, and no more: what is left, sealed (16 bytes for each 32 KiB), with frames, proofs and one handshake.
ok holdfast sync --replica ann --json
sent=$(json out bytes_sent)
left=$((50000000 - second))
[ "$sent" -ge "$left" ] || broken "$sent bytes cannot hold what is left, $left"
[ "$sent" -le $((left + left / 100 + 20000)) ] || broken "$sent bytes were sent for $left that were left"
same "$(acknowledged)" 50000000 "acknowledged"
echo "killed after $first and $second bytes; then $sent bytes for the $left that were left" >&2
ok holdfast sync --replica ann --json
[ "$(json out bytes_sent)" -le 2000 ] || broken "something went twice"
ok holdfast attach get --replica ben "$film" got.mp4
cmp film.mp4 got.mp4
