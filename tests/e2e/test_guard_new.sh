#!/usr/bin/env bash
# The whole machine is lost: backups of server.db, keys.db and secret.key are left, and the mirror; the signing guard is in no
# backup. A folder without a guard opens for nobody. A guard is made anew from the newest checkpoint that somebody else has,
# and never beside one; from then on everything is as after any restore: the server refuses to sign until the log has what was
# signed, and the log says that its guard was made anew, when and why.
. "$(dirname "$0")/support.sh"

restore() { # STORE KEYS: a new machine with these backups
    rm -rf office
    mkdir -m 700 office
    cp -p "$1"/server.db* "$2"/keys.db* "$2"/secret.key office/
}
guard_new() { holdfastd guard new --data office --because "The machine burnt down" "$@"; }
no_guard_yet() { [ ! -e office/guard.db ] && [ ! -e office/guard-new.db ] || broken "a guard was made all the same"; }
serve_refused() { # TEXT
    refused holdfastd serve --data office --listen tcp://127.0.0.1:0
    err_has "$1"
}

begin_office
port=${address##*:}
enrol ann "Ann Sample" worker
enrol ben "Ben Sample" worker
enrol ada "Ada Officer" office
officer "Ada Officer"
enrol bea "Bea Officer" office
officer "Bea Officer"
enrol vera "Vera Auditor" auditor
new_case ann CH-1
case1=$id
new ann action --case "$case1" "text=Before the first backup" status=open
sync ann
ok holdfastd case assign --data office --case "$case1" --person "Ben Sample"
sync ben
new_case ann CH-2
case2=$id
new ann action --case "$case2" "text=To be erased" status=open
sync ann
mkdir vault web
mv office/authority.key vault/
cp office/authority.pub .
ok holdfastd publish --data office --out "$work/web/old"
stop_server TERM
ok holdfastd mirror --data office "$work/mirror"
mkdir early half late
cp -p office/*.db* office/secret.key early/
cp -rp office forked # the same office, whose log goes another way below

# --- work after the backup: a key turns, a case is erased, the log's key is changed -------------------------------------------
start_server "tcp://127.0.0.1:$port"
ok holdfastd case assign --data office --case "$case1" --person "Ben Sample" --remove
sync ann
new ann action --case "$case1" "text=Under the key that turned" status=open
sync ann
for who in ada bea; do sync "$who"; done
ok holdfast erase request --replica ada --case "$case2" --basis never_recorded
erasure=$(tail -n 1 out)
ok holdfast erase confirm --replica bea "$erasure" --case "$case2"
sync ann
ok holdfastd publish --data office --out "$work/web/middle"
ok holdfastd key request --data office request
ok holdfastd key sign request --authority-key vault/authority.key --out certificate
ok holdfastd key take --data office certificate
stop_server TERM
cp -p office/*.db* office/secret.key half/
start_server "tcp://127.0.0.1:$port"
new ann action --case "$case1" "text=The last before the fire" status=open
last_record=$id
sync ann
sync vera
ok holdfast audit export --replica vera --out before
ok holdfastd publish --data office --out "$work/web/new"
entries=$(office_number entries)
ann_digest=$(digest_of ann)
stop_server TERM
cp -p office/*.db* office/secret.key late/
checkpoint=web/new/checkpoint

# --- beside a guard none is made, also not one that somebody damaged ------------------------------------------------------------
before=$(sha256sum office/guard.db)
refused guard_new --checkpoint "$checkpoint"
err_has "guard.db is there"
same "$(sha256sum office/guard.db)" "$before" "the guard"
start_server "tcp://127.0.0.1:$port"
mv office/guard.db kept
refused guard_new --checkpoint "$checkpoint"
err_has "Stop the server"
mv kept office/guard.db
stop_server TERM

# --- the newest of everything: the message, and every way not to make a guard ---------------------------------------------------
restore late late
serve_refused "guard.db is not there"
err_has "holdfastd guard new"
refused holdfastd person list --data office
err_has "guard.db is not there"
refused holdfastd recover-log --data office --from "$work/mirror"
err_has "guard.db is not there"
files=$(sha256sum office/*)
ends_usage() {
    run "$@"
    ends 2
}
ends_usage guard_new
ends_usage guard_new --checkpoint "$checkpoint" --none-newer
ends_usage holdfastd guard new --data office --checkpoint "$checkpoint"
refused holdfastd guard new --data office --checkpoint "$checkpoint" --because ""
err_has "must say why"
refused guard_new --checkpoint web/old/checkpoint
err_has "is older than the one in server.db"
refused guard_new --checkpoint web/middle/checkpoint # of the key before, which it was right to sign with
err_has "is older than the one in server.db"
sed 's/^[0-9][0-9]*$/999999/' "$checkpoint" >changed
refused guard_new --checkpoint changed
err_has "not signed by this log"
ok holdfastd init --data other --authority "Southshire Council (invented)" --origin northshire.example/holdfast
ok holdfastd publish --data other --out "$work/web/other"
refused guard_new --checkpoint web/other/checkpoint # of this name, by another key
err_has "not signed by this log"
no_guard_yet
same "$(sha256sum office/*)" "$files" "the files of the folder after a refusal"

# --- another history, signed with the same key ---------------------------------------------------------------------------------------
ok holdfastd mirror --data forked --none # it names the office's
number=0
until [ "$number" -gt "$entries" ]; do
    ok holdfastd person add --data forked --person "Forged Entry $number" --role worker
    ok holdfastd status --data forked --json
    number=$(json out entries)
done
ok holdfastd publish --data forked --out "$work/web/forked"
refused guard_new --checkpoint web/forked/checkpoint # more entries than the key that signed it was in use for
err_has "not signed by this log"
restore forked forked
refused guard_new --checkpoint web/middle/checkpoint
err_has "another history"
no_guard_yet

# --- a key store that is older than the log: no guard would know ---------------------------------------------------------------------
restore late early
refused guard_new --checkpoint "$checkpoint"
err_has "not signed by this log"
refused guard_new --none-newer
err_has "keys.db is older than the log"
no_guard_yet
restore early early # both are older, and what is between comes from the mirror
ok guard_new --checkpoint web/middle/checkpoint
ok holdfastd recover-log --data office --from "$work/mirror"
serve_refused "keys.db is older than the log"

# --- backups of the last evening: the server goes on, and says so once ---------------------------------------------------------------
mkdir devices
cp -rp ann ben vera devices/
restore late late
touch office/guard-new.db # left by an attempt that was cut off
ok guard_new --checkpoint "$checkpoint"
out_has "nothing that this checkpoint promised is missing"
[ ! -e office/guard-new.db ] || broken "a draft of the guard is left"
refused guard_new --checkpoint "$checkpoint"
err_has "guard.db is there"
goes_on() { # WORDS: everybody goes on; the auditor sees that there was a new guard, once, and why
    start_server "tcp://127.0.0.1:$port"
    sync ann
    same "$(digest_of ann)" "$ann_digest" "the records of a device"
    new ann action --case "$case1" "text=After the fire" status=open
    sync ann
    stop_server KILL
    start_server "tcp://127.0.0.1:$port"
    sync vera
    ok holdfast audit export --replica vera --out after
    ok holdfast-audit verify after --authority-key authority.pub
    cmp authority.pub office/authority.pub
    ok holdfast-audit gaps after --authority-key authority.pub --csv
    same "$(grep -c ',"guard",' out)" 1 "how often the auditor is told of a new guard"
    out_has "$1"
    out_has "The machine burnt down"
    ok holdfast-audit show after --authority-key authority.pub
    same "$(grep -c "its signing guard was lost and made anew" out)" 1 "how often it stands in the log"
    stop_server TERM
}
goes_on "from a checkpoint that somebody outside had"
ok holdfast-audit compare before after --authority-key authority.pub
next_time() { rm -rf ann ben vera after && cp -rp devices/* .; }

# --- nobody has a newer one than the backup -------------------------------------------------------------------------------------------
next_time
restore late late
ok guard_new --none-newer
goes_on "from its own newest checkpoint"

# --- an older store: refused until the log has what was signed; the mirror has it ------------------------------------------------------
next_time
restore early late
ok holdfast record history --replica ann "$last_record" --json
ok holdfast log proof --replica ann "$(json out change)" --out last.proof
sed -n '/^northshire.example/,$p' last.proof >of-ann # a device's own newest checkpoint, as docs/keys.md says
ok guard_new --checkpoint of-ann
out_has "from the checkpoint for $entries entries"
out_has "so nothing will be signed yet"
serve_refused "restored from an older backup"
ok holdfastd recover-log --data office --from "$work/mirror"
out_has "to entry $entries again"
goes_on "from a checkpoint that somebody outside had"
ok holdfast-audit compare before after --authority-key authority.pub

# --- an older store, and no mirror: a new shard, with the authority's consent -------------------------------------------------------------
next_time
restore half late
ok guard_new --checkpoint "$checkpoint"
serve_refused "restored from an older backup"
ok holdfastd shard request --data office --name northshire.example/holdfast/2 --because "The machine burnt down, and the mirror" request
ok holdfastd key sign request --authority-key vault/authority.key --out certificate
ok holdfastd shard take --data office certificate
goes_on "from a checkpoint that somebody outside had"

# --- killed at each step: no guard, or one that is whole; and the log says it once ---------------------------------------------------------
preload=$HOLDFAST_PROGRAMS/libpreload_kill.so
[ -e "$preload" ] || exit 0
kill_at() { # STEP words…
    run env HOLDFAST_TEST_KILL_AT="$1" LD_PRELOAD="$preload" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" "${@:2}"
}
killed_at_each_step() { # begin|go_on words…: what is killed, and in what folder
    local done=137 steps=0
    until [ "$done" = 0 ]; do
        steps=$((steps + 1))
        restore late late
        [ "$1" = begin ] || ok guard_new --checkpoint "$checkpoint"
        kill_at "$steps" "${@:2}" 2>/dev/null
        done=$code
        [ "$done" = 137 ] || [ "$done" = 0 ] || broken "killed at step $steps it ended with $done"
        [ -e office/guard.db ] || ok guard_new --checkpoint "$checkpoint"
        ok holdfastd status --data office --json
        same "$(json out entries)" $((entries + 1)) "the entries after step $steps"
    done
    [ "$steps" -gt 3 ] || broken "it was killed at $((steps - 1)) steps only"
}
killed_at_each_step begin holdfastd guard new --data office --checkpoint "$checkpoint" --because "The machine burnt down"
killed_at_each_step go_on holdfastd status --data office --json
