#!/usr/bin/env bash
# The server's store is lost, only an older backup is there, and of what was signed since nothing can be had at the
# office. With the authority's consent the log goes on as a new shard, whose first entry says so. Devices follow it by
# that signature alone, keep what was proved before, and hand on everything they have that the new log lacks: also what
# others had written whose device is gone. No word that any device still has is lost. A shard without the authority's
# consent is refused.
. "$(dirname "$0")/support.sh"

last_change() { # FOLDER RECORD
    ok holdfast record history --replica "$1" "$2" --json
    json out change
}

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Gone" worker
enrol cara "Cara Away" worker
enrol mia "Mia Manager" manager
enrol vera "Vera Auditor" auditor
new_case ann CH-1
case=$id
new ann action --case "$case" "text=Before the backup" status=open
old_action=$id
sync ann
mkdir vault
mv office/authority.key vault/
cp office/authority.pub .
port=${address##*:}
check() { holdfast-audit verify "$1" --authority-key authority.pub "${@:2}"; }

# --- the backup, and what came after it ---------------------------------------------------------------------------------------
for who in "Ben Gone" "Cara Away"; do
    ok holdfastd case assign --data office --case "$case" --person "$who"
done
stop_server TERM
mkdir backup
cp office/server.db* backup/
start_server "tcp://127.0.0.1:$port"
sync ben
sync cara
new ben action --case "$case" "text=Ben wrote this, and his laptop is gone" status=open
sync ben
ok holdfast record set --replica ann "$old_action" "text=Ann changed it after the backup"
new_case ann CH-2 # its key is in keys.db, its entry is lost
second=$id
new ann action --case "$second" "text=A case that was opened after the backup" status=open
lost_action=$id
sync ann
sync mia
enrol dora "Dora New" worker
new_case dora CH-3
new dora action --case "$id" "text=Dora came after the backup" status=open
dora_case=$id
sync dora
sync mia
ok holdfast status --replica cara --json
revoked=$(json out device)
ok holdfastd device revoke --data office "$revoked" --reason lost
sync ann
sync mia
change=$(last_change ann "$lost_action")
ok holdfast log proof --replica ann "$change" --out before.proof
sync vera
ok holdfast audit export --replica vera --out old
ok check old
entries=$(office_number entries)
new ann action --case "$case" "text=Never sent before the loss" status=open
stop_server KILL

# --- only the backup is left: the server refuses --------------------------------------------------------------------------------
rm office/server.db*
cp backup/server.db* office/
refused holdfastd serve --data office --listen "tcp://127.0.0.1:$port"
err_has "restored from an older backup"
err_has "shard"

# --- the ceremony ---------------------------------------------------------------------------------------------------------------
run holdfastd shard request --data office request
[ "$code" = 2 ] || broken "a request without a name"
refused holdfastd shard request --data office --name northshire.example/holdfast --because "The same name" request
err_has "has had this name"
refused holdfastd shard request --data office --name northshire.example/holdfast/2 --because "Other log" --checkpoint authority.pub request
ok holdfastd shard request --data office --name northshire.example/holdfast/2 --because "The disk of the server failed on 20 November." --checkpoint old/checkpoint request
grep -q "^shard-name northshire.example/holdfast/2$" request || broken "the request does not say the name in words"
sed "s/^shard-name .*/shard-name other.example/" request >swapped
run holdfastd key sign swapped --authority-key vault/authority.key --out certificate
err_has "damaged"
refused holdfastd shard take --data office request
err_has "This is the request."
ok holdfastd init --data other --authority "Southshire Council (invented)" --origin southshire.example/holdfast
ok holdfastd key sign request --authority-key other/authority.key --out forged
refused holdfastd shard take --data office forged
err_has "was not signed by the authority"
refused holdfastd serve --data office --listen "tcp://127.0.0.1:$port"
ok holdfastd key sign request --authority-key vault/authority.key --out certificate
cp -rp office unconsented
ok holdfastd shard take --data office certificate
out_has "The log goes on"
refused holdfastd shard take --data office certificate
err_has "taken before"
start_server "tcp://127.0.0.1:$port"

# --- devices follow, and hand on ------------------------------------------------------------------------------------------------
sync ann
ok holdfast status --replica ann
out_has "northshire.example/holdfast/2"
out_has "The disk of the server failed"
ok holdfast status --replica ann --json
same "$(json out saved_here)" 0 "what Ann has and the new log does not"
sync mia # a manager reads all: Ben's words, and Dora's, come from her
ok holdfast record show --replica mia "$lost_action"
out_has "A case that was opened after the backup"
for what in "Ben wrote this" "Ann changed it after" "Never sent before"; do
    ok holdfast record list --replica mia --case "$case"
    out_has "$what"
done
sync vera
ok holdfast audit export --replica vera --out new --contents
ok check new
out_has "northshire.example/holdfast/2 begins with entry"
out_has "of a log before, as they were signed"
ok holdfast-audit replay new --authority-key authority.pub --as-of 2100-01-01
for what in "Ben wrote this" "Ann changed it after" "A case that was opened after" "Never sent before" "Dora came after"; do
    grep -qF "$what" out || broken "lost: $what"
done
ok holdfastd device list --data office
grep "Cara Away" out | grep -q revoked || broken "the revocation in the part that was lost was not made again"
ok holdfast log proof --replica ann "$change" --out after.proof
sync ann
sync mia
ok holdfast record show --replica ann "$old_action"
cp out ann.shows
ok holdfast record show --replica mia "$old_action"
same "$(cat out)" "$(cat ann.shows)" "the record on two devices"
ok holdfast log before --replica ann --out before.checkpoint
grep -q "^northshire.example/holdfast$" before.checkpoint || broken "the checkpoint of the log before is not kept"

# --- the auditor: the first entry, and the log before -----------------------------------------------------------------------------
cp old/checkpoint new/prev
ok check new
out_has "of the log before, whose end is"
ok holdfast-audit compare old new --authority-key authority.pub
out_has "is not in this one"
entry=$(grep -l "holdfast/2" -r new/open | head -1)
[ -n "$entry" ] || broken "the first entry of the shard does not stand open"
cp -r new changed
sed -i "s/The disk of/The disc of/" "changed/open/${entry##*/}"
refused check changed

# --- a shard without the authority's consent ----------------------------------------------------------------------------------------
stop_server TERM
mv office true
mv unconsented office
# whoever holds every key of the server signs with a key of their own in the authority's place
ok holdfastd init --data mine --authority "Northshire Council (invented)" --origin northshire.example/holdfast
mv office asked
mv mine office
start_server "tcp://127.0.0.1:$port"
refused holdfast sync --replica ann
ok holdfast record list --replica ann --case "$case"
out_has "Never sent before"
stop_server TERM
mv office mine
mv true office
start_server "tcp://127.0.0.1:$port"
sync ann

# --- an older backup once more: the guard knows the shard ---------------------------------------------------------------------------
stop_server TERM
cp -rp office later
rm office/server.db*
cp backup/server.db* office/
refused holdfastd serve --data office --listen "tcp://127.0.0.1:$port"
rm -r office
mv later office
start_server "tcp://127.0.0.1:$port"
new ann action --case "$case" "text=And on it goes" status=open
sync ann
sync mia
ok holdfast record list --replica mia --case "$case"
out_has "And on it goes"
