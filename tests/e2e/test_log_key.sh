#!/usr/bin/env bash
# A key ceremony: the log gets another key, certified by the authority whose own key is elsewhere. The log says so; devices
# follow, also one that was away; the verifier follows; whoever has the old key can sign nothing that counts any more.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Away" worker
enrol vera "Vera Auditor" auditor
new_case ann CH-1
case=$id
new ann action --case "$case" "text=Before the ceremony" status=open
sync ann
sync ben
ok holdfast audit export --replica vera --out before
check() { holdfast-audit verify "$1" --authority-key authority.pub "${@:2}"; }
mkdir vault
mv office/authority.key vault/ # the authority's key is not on the server
cp office/authority.pub .
ok check before
old_key=$(holdfastd witness vkey --data office)
mkdir web
ok holdfastd publish --data office --out "$work/web"

# --- the ceremony -------------------------------------------------------------------------------------------------------------
ok holdfastd key request --data office request
lines request 10
ok holdfastd key request --data office again
same "$(cat again)" "$(cat request)" "what is asked twice"
run holdfastd key take --data office request
err_has "This is the request."
ok holdfastd init --data other --authority "Southshire Council (invented)" --origin southshire.example/holdfast
ok holdfastd key sign request --authority-key other/authority.key --out forged
refused holdfastd key take --data office forged
err_has "was not signed by the authority"
sed "s/^log .*/log $(printf '%064d' 7)/" request >swapped
ok holdfastd key sign swapped --authority-key vault/authority.key --out certificate
refused holdfastd key take --data office certificate
err_has "for other keys"
ok holdfastd key sign request --authority-key vault/authority.key --out certificate
out_has "signature "
port=${address##*:}
stop_server TERM
cp -rp office stolen # whoever has this has the old key, and every other key of the server
start_server "tcp://127.0.0.1:$port"
ok holdfastd key take --data office certificate
refused holdfastd key take --data office certificate
err_has "taken before"
[ "$(holdfastd witness vkey --data office)" != "$old_key" ] || broken "the key is the old one"

# --- devices follow: one at once, one that was away, one that comes new --------------------------------------------------------
new ann action --case "$case" "text=After the ceremony" status=open
sync ann
ok holdfast status --replica ann --json
same "$(json out saved_here)" 0 "what is not proved"
ok holdfastd case assign --data office --case "$case" --person "Ben Away"
sync ben
enrol cara "Cara New" worker
sync cara
stop_server KILL
start_server "tcp://127.0.0.1:$port"
sync ann

# --- the verifier follows; an earlier checkpoint, under the old key, is the beginning of this log --------------------------------
ok holdfast audit export --replica vera --out after
ok check after
cp before/checkpoint after/prev
ok check after
out_has "this log continues it"
ok holdfast-audit compare before after --authority-key authority.pub
ok check before
ok holdfastd publish --data office --out "$work/web"
ok holdfast-audit show after --authority-key authority.pub --kind note
out_has "server"

# --- the old key signs nothing that counts -----------------------------------------------------------------------------------------
entries=$(office_number entries)
stop_server TERM
mv office true
mv stolen office
for i in $(seq 30); do
    ok holdfastd person add --data office --person "Forged Entry $i" --role worker
done
start_server "tcp://127.0.0.1:$port"
[ "$(office_number entries)" -gt "$entries" ] || broken "the forged log is too short to be believed"
refused holdfast sync --replica ann
err_has "had given up"
refused holdfast sync --replica ben
err_has "had given up"
ok holdfast record show --replica ann "$id"
stop_server TERM
mv office stolen
mv true office

# a checkpoint that the old key signs for the log after the change
cp -r after misused
sed -i "s|^log .*|log $old_key|" misused/policy
cp before/checkpoint misused/checkpoint
rm -f misused/prev
ok check before
refused check misused
start_server "tcp://127.0.0.1:$port"
sync ann

# --- and once more -----------------------------------------------------------------------------------------------------------------
ok holdfastd key request --data office request2
ok holdfastd key sign request2 --authority-key vault/authority.key --out certificate2
refused holdfastd key take --data office certificate
ok holdfastd key take --data office certificate2
sync ben
sync cara
ok holdfast audit export --replica vera --out twice
ok check twice
cp before/checkpoint twice/prev
ok check twice
