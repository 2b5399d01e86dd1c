#!/usr/bin/env bash
# More than one new shard: the office loses the end of its log twice. `holdfastd shard take`, killed at each of its steps, is
# brought to its end by running it again, and until then nothing is served. Devices that were away while both shards were
# made follow; one that was enrolled in a lost part is invited again. The auditor follows the whole chain with one command,
# compares with what stood before, and a witness goes on with the new name only when it is told to. At the end the store is lost
# once more, and only a backup from before both shards is left.
. "$(dirname "$0")/support.sh"
preload=$HOLDFAST_PROGRAMS/libpreload_kill.so
[ -e "$preload" ] || { echo "what kills a program was not built here" >&2; exit 77; }

serve_again() { start_server "tcp://127.0.0.1:$port"; }
backup() { # NAME, with the server stopped
    mkdir "$1"
    cp -p office/server.db* "$1"/
}
lose_all_since() { # BACKUP
    stop_server KILL
    rm office/server.db*
    cp -p "$1"/server.db* office/
}
certified() { # NAME REASON [CHECKPOINT]: a request and its certificate
    rm -f request certificate
    ok holdfastd shard request --data office --name "$1" --because "$2" ${3:+--checkpoint "$3"} request
    ok holdfastd key sign request --authority-key vault/authority.key --out certificate
}
check() { holdfast-audit verify "$1" --authority-key authority.pub "${@:2}"; }

begin_office
port=${address##*:}
enrol ann "Ann Sample" worker
enrol ben "Ben Away" worker
enrol cara "Cara Away Longer" worker
enrol mia "Mia Manager" manager
enrol vera "Vera Auditor" auditor
new_case ann CH-1
case=$id
sync ann
for who in "Ben Away" "Cara Away Longer"; do
    ok holdfastd case assign --data office --case "$case" --person "$who"
done
sync ben
sync cara
new cara action --case "$case" "text=Cara wrote this before both" status=open
mkdir vault
mv office/authority.key vault/
cp office/authority.pub .
ok holdfastd witness vkey --data office
vkey=$(cat out)
ok holdfast-audit witness init --state witness --name audit.example/witness --log "$vkey"
printf 'log %s\nwitness only %s\nquorum only\n' "$vkey" "$(grep -o 'audit.example/witness+[^ ]*' out | head -1)" >policy
ok holdfastd witness policy --data office "$work/policy"
witness_once() { # REPLY
    rm -f question "$1"
    ok holdfastd witness export --data office --name only question
    run holdfast-audit witness sign question --state witness --out "$1"
}
witness_once reply
[ "$code" = 0 ] || broken "the witness did not sign the first log"
ok holdfastd witness import --data office reply
stop_server TERM
backup first
serve_again
new ann action --case "$case" "text=In the first part that is lost" status=open
sync ann
sync mia
enrol dora "Dora New" worker
new_case dora CH-2
sync dora
sync mia
ok holdfast audit export --replica vera --out zero
lose_all_since first

# --- the first shard, killed at each step ------------------------------------------------------------------------------------
certified northshire.example/holdfast/2 "The first loss." zero/checkpoint
cp -rp office untaken
steps=0
while :; do
    steps=$((steps + 1))
    [ "$steps" -lt 100 ] || broken "it is never done"
    rm -rf office
    cp -rp untaken office
    run env HOLDFAST_TEST_KILL_AT=$steps LD_PRELOAD="$preload" ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
        holdfastd shard take --data office certificate
    [ "$code" = 0 ] && break
    [ "$code" = 137 ] || broken "killed at step $steps it ended with $code"
    run timeout 5 holdfastd status --data office
    if [ "$code" = 0 ]; then # all but the last word was done: nothing is left to take
        refused holdfastd shard take --data office certificate
        err_has "taken before"
    else
        ok holdfastd shard take --data office certificate
        out_has "The log goes on"
    fi
    ok holdfastd status --data office --json
    [ "$(json out entries)" = "$(json out signed)" ] || broken "after step $steps the log is not signed"
    [ -e "entries_then" ] || json out entries >entries_then
    same "$(json out entries)" "$(cat entries_then)" "entries after a cut at step $steps"
done
[ "$steps" -gt 4 ] || broken "only $steps steps were tried"
serve_again
sync ann
sync mia
witness_once reply
[ "$code" != 0 ] || broken "the witness signed a log that it was not told of"
ok holdfast record list --replica mia --case "$case"
out_has "In the first part that is lost"
refused holdfast sync --replica dora # enrolled in the part that was lost
invite "Dora New" worker
ok holdfast enrol --weak-kdf-for-tests --replica dora2 "$invitation"
sync vera
ok holdfast audit export --replica vera --out one
ok check one
out_has "northshire.example/holdfast/2"

# --- the second shard, from a backup that was made in the first ------------------------------------------------------------------
stop_server TERM
backup second
serve_again
sync ben # was away while the first was made
new ann action --case "$case" "text=In the second part that is lost" status=open
sync ann
sync mia
sync vera
ok holdfast audit export --replica vera --out two
lose_all_since second
refused holdfastd serve --data office --listen "tcp://127.0.0.1:$port"
certified northshire.example/holdfast/3 "The second loss." two/checkpoint
ok holdfastd shard take --data office certificate
serve_again
for who in cara ben ann mia vera; do sync "$who"; done # Cara missed both
ok holdfast status --replica cara
out_has "northshire.example/holdfast/3"
ok holdfast status --replica cara --json
same "$(json out saved_here)" 0 "what Cara has and the log does not"
sync mia
ok holdfast record list --replica mia --case "$case"
for what in "Cara wrote this before both" "In the first part" "In the second part"; do out_has "$what"; done
ok holdfast audit export --replica vera --out three --contents
ok check three
out_has "northshire.example/holdfast/2"
out_has "northshire.example/holdfast/3"
out_has "The first loss."
out_has "The second loss."
for old in zero one two; do
    ok holdfast-audit compare "$old" three --authority-key authority.pub
    cp -r three with_prev
    cp "$old/checkpoint" with_prev/prev
    ok check with_prev
    rm -r with_prev
done

# --- a witness of the new shard ----------------------------------------------------------------------------------------------------
ok holdfastd witness vkey --data office
ok holdfast-audit witness init --state witness3 --name audit.example/witness3 --log "$(cat out)"
printf 'log %s\nwitness only %s\nquorum only\n' "$(holdfastd witness vkey --data office)" "$(grep -o 'audit.example/witness3+[^ ]*' out | head -1)" >policy
ok holdfastd witness policy --data office "$work/policy"
rm -f question reply
ok holdfastd witness export --data office --name only question
ok holdfast-audit witness sign question --state witness3 --out reply
ok holdfastd witness import --data office reply
ok holdfast audit export --replica vera --out witnessed
ok check witnessed --policy policy

# --- a third loss, and only a backup from before both shards is left: the next one brings what both say ---------------------------------
ok holdfast audit export --replica vera --out last
lose_all_since first
certified northshire.example/holdfast/4 "The third loss." last/checkpoint
ok holdfastd shard take --data office certificate
serve_again
for who in cara ben ann mia vera; do sync "$who"; done
sync mia
ok holdfast record list --replica mia --case "$case"
for what in "Cara wrote this before both" "In the first part" "In the second part"; do out_has "$what"; done
ok holdfast audit export --replica vera --out four
ok check four
for number in 2 3 4; do out_has "northshire.example/holdfast/$number"; done
for old in zero two last; do
    cp -r four with_prev
    cp "$old/checkpoint" with_prev/prev
    ok check with_prev
    rm -r with_prev
done
