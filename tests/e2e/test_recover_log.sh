#!/usr/bin/env bash
# The server cannot go back, and what an administrator does then: a real backup, work after it, a real restore of the older
# store. The guard refuses; the mirror brings the log up to what was signed since; every device goes on as if nothing had
# been, also one that was let in after the backup, and what was erased stays erased.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
new_case ann CH-1
case1=$id
head -c 200000 /dev/urandom >begun.mp4
new ann meeting --case "$case1" status=draft
meeting1=$id
sync ann
run holdfastd mirror --data office "$work/mirror"
ends 1
err_has "Stop the server"
port=${address##*:}
stop_server TERM
run holdfastd mirror --data office relative
ends 2
ok holdfastd mirror --data office "$work/mirror"
mkdir backup
cp -p office/server.db* backup/
cp -rp office forked # the same office, whose log goes another way below

# --- work after the backup ---------------------------------------------------------------------------------------------------
start_server "tcp://127.0.0.1:$port"
enrol ben "Ben Sample" worker
enrol vera "Vera Auditor" auditor
new_case ben CH-2
case2=$id
new ben action --case "$case2" "text=Recorded after the backup" status=open
sync ben
new ann action --case "$case1" "text=Recorded after the backup too" status=open
ok holdfast attach add --replica ann "$case1" "$meeting1" begun.mp4 --title "Added after the backup"
film=$(head -n 1 out)
sync ann
ok holdfast audit export --replica vera --out before
entries=$(office_number entries)
same "$(office_number signed)" "$entries" "what is signed"
ann_digest=$(digest_of ann)
ben_digest=$(digest_of ben)
stop_server TERM

# --- the older store is put back: refused --------------------------------------------------------------------------------------
rm office/server.db*
cp -p backup/server.db* office/
refused holdfastd serve --data office --listen tcp://127.0.0.1:0
err_has "restored from an older backup"
before=$(sha256sum office/guard.db)

# --- a mirror with a hole, of another office, or damaged: nothing is changed ---------------------------------------------------
cp -rp mirror broken
rm "$(ls broken/*.commit | tail -n 1)"
refused holdfastd recover-log --data office --from "$work/broken"
err_has "leads up to entry"
cp -p mirror/* broken/
first=$(ls broken/*.commit | head -n 1)
printf 'x' | dd of="$first" bs=1 seek=200 conv=notrunc 2>/dev/null
refused holdfastd recover-log --data office --from "$work/broken"
err_has "was changed, or is another office's"
mkdir other
ok holdfastd init --data other/office --authority "Southshire Council (invented)" --origin southshire.example/holdfast
refused holdfastd recover-log --data office --from "$work/other/mirror"
err_has "leads up to entry"
# The same office's files, for as many entries, which are not those that were signed.
ok holdfastd mirror --data forked "$work/forked-mirror"
number=0
until [ "$number" -ge "$entries" ]; do
    ok holdfastd person add --data forked --person "Forged Entry $number" --role worker
    ok holdfastd status --data forked --json
    number=$(json out entries)
done
refused holdfastd recover-log --data office --from "$work/forked-mirror"
err_has "are not those that were signed"
refused holdfastd serve --data office --listen tcp://127.0.0.1:0
! grep -aq "Recorded after the backup" mirror/* || broken "the mirror holds what was written in clear"

# --- the mirror ------------------------------------------------------------------------------------------------------------------
ok holdfastd recover-log --data office --from "$work/mirror"
out_has "to entry $entries again"
same "$(sha256sum office/guard.db)" "$before" "the guard"
ok holdfastd recover-log --data office --from "$work/mirror"
out_has "(0 commits)"
start_server "tcp://127.0.0.1:$port"
sync ann
sync ben
same "$(digest_of ann)" "$ann_digest" "the records of one device"
same "$(digest_of ben)" "$ben_digest" "the records of the other"
# What was attached after the backup is there for somebody who comes to the case now.
enrol cat "Cat Later" worker
ok holdfastd case assign --data office --case "$case1" --person "Cat Later"
sync cat
ok holdfast attach get --replica cat "$film" got.mp4
cmp begun.mp4 got.mp4
new ben action --case "$case2" "text=Recorded after the recovery" status=open
sync ben
ok holdfast audit export --replica vera --out after
ok holdfast-audit compare before after --authority-key office/authority.pub
same "$(office_number held)" 0 "what is held"

# --- a mirror that is away: what comes meanwhile waits for it (test_mirror.sh) ----------------------------------------------------
stop_server TERM
mv mirror away
ln -s /nowhere mirror
start_server "tcp://127.0.0.1:$port"
new ben action --case "$case2" "text=Recorded without the mirror" status=open
sync ben
ok holdfastd status --data office
out_has "it is not there"
rm mirror
mv away mirror
stop_server TERM
ok holdfastd status --data office
out_has "has every commit"

# --- what was erased since stays erased: its key is gone, and with it what the mirror held under it ---------------------------------
start_server "tcp://127.0.0.1:$port"
enrol ada "Ada Officer" office
officer "Ada Officer"
enrol bea "Bea Officer" office
officer "Bea Officer"
sync ada
sync bea
ok holdfast erase request --replica ada --case "$case2" --basis never_recorded
erasure=$(tail -n 1 out)
ok holdfast erase confirm --replica bea "$erasure" --case "$case2"
stop_server TERM
rm office/server.db*
cp -p backup/server.db* office/
ok holdfastd recover-log --data office --from "$work/mirror"
out_has "states of records were left out"
start_server "tcp://127.0.0.1:$port"
ok holdfast audit export --replica vera --contents --out erased
ok holdfast-audit verify erased --authority-key office/authority.pub
out_has "erased by two officers"
! grep -rqa "Recorded after the recovery" erased || broken "what was erased is in the bundle"
sync ann
same "$(digest_of ann)" "$ann_digest" "the records of one device"
