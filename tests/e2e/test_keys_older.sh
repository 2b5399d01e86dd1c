#!/usr/bin/env bash
# A key store that was put back from an older backup under a newer log: the server notices before it writes anything, says
# what to do, and goes on as if nothing had been when the newest one is put back. It never signs with keys it had given up,
# never gives a class key's number twice, and never has a key back that two officers destroyed. And the reverse: a log that is
# older than its key store, and a guard that is older than both.
. "$(dirname "$0")/support.sh"

address_of() { port=${address##*:}; start_args="tcp://127.0.0.1:$port"; }
keep() { # NAME: a backup of all three, with the server stopped
    mkdir "$1"
    cp -p office/server.db* office/keys.db* office/guard.db* "$1"/
}
put_back() { # FROM FILE …
    local from=$1 file
    shift
    for file; do
        rm -f "office/$file" "office/$file-wal"
        cp -p "$from/$file"* office/
    done
}
state_of_files() { sha256sum office/*.db* | sort; }
refuses() { # TEXT: neither serving nor any command that opens the office, and nothing in the folder is changed
    local before after
    before=$(state_of_files)
    refused holdfastd serve --data office --listen "$start_args"
    err_has "$1"
    refused holdfastd person add --data office --person "Nobody Sample" --role worker
    err_has "$1"
    refused holdfastd recover-log --data office --from "$work/mirror"
    err_has "$1"
    refused holdfastd shard request --data office --name northshire.example/holdfast/2 --because "Keys were put back" asked
    err_has "$1"
    after=$(state_of_files)
    same "$after" "$before" "the files of the folder after a refusal"
}

begin_office
address_of
enrol ann "Ann Sample" worker
enrol ben "Ben Sample" worker
enrol ada "Ada Officer" office
officer "Ada Officer"
enrol bea "Bea Officer" office
officer "Bea Officer"
enrol vera "Vera Auditor" auditor
new_case ann CH-1
case1=$id
new ann action --case "$case1" "text=Before the backup" status=open
sync ann
ok holdfastd case assign --data office --case "$case1" --person "Ben Sample"
sync ben
sync ada
sync bea
mkdir vault
mv office/authority.key vault/
stop_server TERM
ok holdfastd mirror --data office "$work/mirror"
keep first

# --- a class key turns: somebody loses a case -------------------------------------------------------------------------------
start_server "$start_args"
ok holdfastd case assign --data office --case "$case1" --person "Ben Sample" --remove
sync ann
new ann action --case "$case1" "text=Under the key that turned" status=open
sync ann
stop_server TERM
keep turned
put_back first keys.db
refuses "keys.db is older than the log"
err_has "Put the newest keys.db back"
err_has "If there is none, this folder cannot go on"
err_has "says what to do"
put_back turned keys.db
start_server "$start_args"
sync ann

# --- a case is erased: its key does not come back ------------------------------------------------------------------------------
new_case ann CH-2
case2=$id
new ann action --case "$case2" "text=To be erased" status=open
sync ann
stop_server TERM
keep unerased
start_server "$start_args"
sync ada
sync bea
ok holdfast erase request --replica ada --case "$case2" --basis never_recorded
erasure=$(tail -n 1 out)
ok holdfast erase confirm --replica bea "$erasure" --case "$case2"
stop_server TERM
keep erased
put_back unerased keys.db
refuses "keys.db is older than the log"
put_back erased keys.db
start_server "$start_args"

# --- the server's own keys turn ---------------------------------------------------------------------------------------------------
ok holdfastd key request --data office --all request
ok holdfastd key sign request --authority-key vault/authority.key --out certificate
stop_server TERM
keep asked_for
start_server "$start_args"
ok holdfastd key take --data office certificate
sync ann
stop_server TERM
keep rotated
put_back erased keys.db
refuses "keys.db is older than the log"
put_back asked_for keys.db # it has the very keys, and does not know that they are in use
refuses "keys.db is older than the log"
put_back rotated keys.db

# --- the reverse: log and guard are older than the key store ----------------------------------------------------------------------
put_back asked_for server.db guard.db
refused holdfastd serve --data office --listen "$start_args"
err_has "server.db is older than keys.db"
put_back rotated server.db
refused holdfastd serve --data office --listen "$start_args"
err_has "guard.db is older than the log"
put_back rotated guard.db
put_back asked_for server.db
refused holdfastd serve --data office --listen "$start_args"
err_has "restored from an older backup"
put_back rotated server.db

# --- all three as they were: everybody goes on --------------------------------------------------------------------------------------
start_server "$start_args"
for who in ann ada bea vera; do sync "$who"; done
new ann action --case "$case1" "text=And on it goes" status=open
sync ann
ok holdfast audit export --replica vera --out bundle
ok holdfast-audit verify bundle --authority-key office/authority.pub
stop_server KILL
start_server "$start_args"
sync ann

# --- no keys.db that is new enough: what docs/keys.md says then ------------------------------------------------------------------------
stop_server TERM
put_back first keys.db
refuses "If there is none, this folder cannot go on"
ok holdfast-audit verify bundle --authority-key office/authority.pub # the log of before stays what it is
ok holdfast record list --replica ann --case "$case1"
out_has "And on it goes"
mv office old-office
ok holdfastd init --data office --authority "Northshire Council (invented)" --origin northshire.example/holdfast-new
start_server
enrol ann-new "Ann Sample" worker # a folder of its own: the old one stays readable beside it
new_case ann-new CH-1
new ann-new action --case "$id" "text=And on it goes, taken over from the old office" status=open
sync ann-new
ok holdfast record list --replica ann --case "$case1"
out_has "And on it goes"
