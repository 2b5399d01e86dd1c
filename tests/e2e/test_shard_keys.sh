#!/usr/bin/env bash
# What an auditor can follow when the part of the log that was lost held changes of its keys. Two of them lie between the
# backup and the loss, and the newest checkpoint that anybody has bears a key that no entry left names: the new shard brings
# their certificates, and `holdfast-audit verify` follows from the first key to the last. Then the store is lost once more, and
# the only backup is from before that shard began: the next one brings it too. Nobody's word is lost, and no old checkpoint
# becomes unverifiable.
. "$(dirname "$0")/support.sh"

says() { # TEXT, which may be broken over lines
    tr -s ' \n' ' ' <out | grep -qF -- "$1" || { cat out >&2; broken "nothing says: $1"; }
}
check() { holdfast-audit verify "$1" --authority-key authority.pub "${@:2}"; }
turn() { # words…: a ceremony for keys of the server
    rm -f request certificate
    ok holdfastd key request --data office "$@" request
    ok holdfastd key sign request --authority-key vault/authority.key --out certificate
    ok holdfastd key take --data office certificate
}
lose_all_since() { # BACKUP
    stop_server KILL
    rm office/server.db*
    cp -p "$1"/server.db* office/
    refused holdfastd serve --data office --listen "tcp://127.0.0.1:$port"
    err_has "restored from an older backup"
}
new_log() { # NAME REASON CHECKPOINT
    rm -f request certificate
    ok holdfastd shard request --data office --name "$1" --because "$2" --checkpoint "$3" request
    ok holdfastd key sign request --authority-key vault/authority.key --out certificate
    ok holdfastd shard take --data office certificate
    start_server "tcp://127.0.0.1:$port"
}
every_old_checkpoint_still_holds() { # NEW OLD…
    local new=$1 old
    shift
    for old; do
        ok holdfast-audit compare "$old" "$new" --authority-key authority.pub
        rm -rf with_prev
        cp -r "$new" with_prev
        cp "$old/checkpoint" with_prev/prev
        ok check with_prev
    done
}

begin_office
port=${address##*:}
enrol ann "Ann Sample" worker
enrol ben "Ben Away" worker
enrol mia "Mia Manager" manager
enrol vera "Vera Auditor" auditor
new_case ann CH-1
case=$id
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Away"
sync ben
new ben action --case "$case" "text=Ben wrote this before all of it" status=open
sync mia
mkdir vault
mv office/authority.key vault/
cp office/authority.pub .
sync vera
ok holdfast audit export --replica vera --out zero
stop_server TERM
mkdir backup
cp -p office/server.db* backup/
start_server "tcp://127.0.0.1:$port"

# --- two ceremonies in the part that will be lost --------------------------------------------------------------------------
turn --all
sync ann
new ann action --case "$case" "text=Under the second key" status=open
sync ann
sync vera
ok holdfast audit export --replica vera --out one
turn --log
new ann action --case "$case" "text=Under the third key" status=open
sync ann
sync mia
sync vera
ok holdfast audit export --replica vera --out two
for bundle in zero one two; do ok check "$bundle"; done
new mia action --case "$case" "text=Never sent before the loss" status=open
lose_all_since backup

# --- the first loss -----------------------------------------------------------------------------------------------------------
refused holdfastd shard request --data office --name northshire.example/holdfast/2 --because "Another log" --checkpoint authority.pub request
err_has "not signed by this log"
new_log northshire.example/holdfast/2 "The first loss." two/checkpoint
grep -q "^shard-certificates-lost 2$" request || broken "the authority is not told of the certificates in the part that was lost"
for who in mia ann vera; do sync "$who"; done
ok holdfast audit export --replica vera --out three --contents
ok check three
says "northshire.example/holdfast/2 begins with entry"
says "2 changes of the server's keys"
every_old_checkpoint_still_holds three zero one two
ok holdfast-audit show three --authority-key authority.pub --kind note
says "2 certificates of the part that was lost"
ok holdfast-audit gaps three --authority-key authority.pub
says "were changed in the part"
sync ben # knows neither of the keys between
ok holdfast record list --replica mia --case "$case"
sync mia
for what in "Under the second key" "Under the third key" "Never sent before" "Ben wrote this"; do
    ok holdfast record list --replica mia --case "$case"
    out_has "$what"
done

# --- an auditor whose device was away, and had seen nothing of it, exports the same -----------------------------------------------
enrol ida "Ida Auditor" auditor
sync ida
ok holdfast audit export --replica ida --out ida_sees
every_old_checkpoint_still_holds ida_sees zero one two

# --- the second loss: no backup of the new shard was made -----------------------------------------------------------------------
turn --device
new ann action --case "$case" "text=In the shard that is lost whole" status=open
sync ann
sync mia
sync vera
ok holdfast audit export --replica vera --out four
ok check four
lose_all_since backup
new_log northshire.example/holdfast/3 "The second loss." four/checkpoint
for who in ann mia vera; do sync "$who"; done
ok holdfast audit export --replica vera --out five --contents
ok check five
says "northshire.example/holdfast/2"
says "northshire.example/holdfast/3 begins with entry"
every_old_checkpoint_still_holds five zero one two three four
sync ben
sync mia
for what in "Ben wrote this" "Under the second" "Under the third" "Never sent before" "In the shard that is lost whole"; do
    ok holdfast record list --replica mia --case "$case"
    out_has "$what"
done

# --- and on it goes: a ceremony, a backup, a device that comes new ------------------------------------------------------------------
turn --log
new ann action --case "$case" "text=And on it goes" status=open
sync ann
enrol dora "Dora New" worker
sync dora
sync vera
ok holdfast audit export --replica vera --out six
ok check six
every_old_checkpoint_still_holds six zero one two three four five
