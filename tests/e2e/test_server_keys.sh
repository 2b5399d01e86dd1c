#!/usr/bin/env bash
# The server's other keys turn: its device key, its channel key, its key-store key. The authority signs, the log says so;
# a device that syncs follows, and one that was away follows as long as its channel key is answered; after the time that
# was stated it is refused; the verifier follows; whoever has the old keys can do nothing that counts.
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
mkdir vault
mv office/authority.key vault/
cp office/authority.pub .
port=${address##*:}
check() { holdfast-audit verify "$1" --authority-key authority.pub "${@:2}"; }
turn() { # turn OPTION…: the whole ceremony
    ok holdfastd key request --data office "$@" request
    out_has "asks for"
    ok holdfastd key sign request --authority-key vault/authority.key --out certificate
    ok holdfastd key take --data office certificate
}

# --- what is asked about -----------------------------------------------------------------------------------------------------
ok holdfastd key request --data office --all request
ok holdfastd key request --data office --all again
same "$(cat again)" "$(cat request)" "what is asked twice"
holdfastd key show --data office >now
for key in device log channel keystore; do
    [ "$(grep "^$key " request)" != "$(grep "^$key " now)" ] || broken "the key $key stays the same"
done
run holdfastd key request --data office --old-days 9999 late
err_has "--old-days"

# --- all four at once; one device at once, one that was away -----------------------------------------------------------------
stop_server TERM
cp -rp office stolen
start_server "tcp://127.0.0.1:$port"
turn --all --old-days 30
new ann action --case "$case" "text=After the ceremony" status=open
new_case ann CH-2
sealed=$id
sync ann
sync ann
ok holdfast status --replica ann --json
same "$(json out saved_here)" 0 "what is not proved"
new_case ben CH-3 # sealed to the key that was given up: he has heard of nothing
ok holdfastd case assign --data office --case "$case" --person "Ben Away"
sync ben
sync ben
ok holdfast status --replica ben --json
same "$(json out saved_here)" 0 "what was sealed to the old key and is not proved"
ok holdfast record list --replica ben --case "$case"
out_has "After the ceremony"
enrol cara "Cara New" worker
ok holdfastd case assign --data office --case "$sealed" --person "Cara New"
sync cara
stop_server KILL
start_server "tcp://127.0.0.1:$port"
ok holdfastd status --data office # the commands of this machine come with the new key
sync ann
sync cara

# --- the verifier follows ----------------------------------------------------------------------------------------------------
sync vera
ok holdfast audit export --replica vera --out all
ok check all
ok holdfast-audit show all --authority-key authority.pub --kind note
out_has "server"

# --- old keys: a server with them is refused by who has followed --------------------------------------------------------------
stop_server TERM
mv office true
mv stolen office
start_server "tcp://127.0.0.1:$port"
refused holdfast sync --replica ann
refused holdfast sync --replica cara
stop_server TERM
mv office stolen
mv true office
start_server "tcp://127.0.0.1:$port"
sync ann

# --- a channel key is answered until its time, and not longer ----------------------------------------------------------------
turn --channel --old-days 0
new ben action --case "$case" "text=From a device that was away" status=open
refused holdfast sync --replica ben
ok holdfast record list --replica ben --case "$case"
out_has "From a device that was away"
holdfastd key show --data office >current
refused holdfast key follow --replica ben --file vault/authority.key
sed 's/^channel ../channel 00/' current >forged
refused holdfast key follow --replica ben --file forged
err_has "authority"
ok holdfast key follow --replica ben --file current
sync ben
ok holdfast status --replica ben --json
same "$(json out saved_here)" 0 "what is not proved of the device that was away"
refused holdfast key follow --replica ben --file now
err_has "given these keys up"
for who in ann cara vera; do
    ok holdfast key follow --replica "$who" --file current
    sync "$who"
done
ok holdfast audit export --replica vera --out later
ok check later
cp all/checkpoint later/prev
ok check later

# --- a stolen device key signs nothing that counts ---------------------------------------------------------------------------
turn --device
sync ann
sync vera
ok holdfast audit export --replica vera --out last
ok check last
