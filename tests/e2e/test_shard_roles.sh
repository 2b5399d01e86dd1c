#!/usr/bin/env bash
# Roles that were given in the part of the log that was lost are lost with it. Devices that had heard of them are told the
# role of now, also one that joined in that part, and read what that role reads.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol wes "Wes Example" worker
enrol mia "Mia Manager" manager
new_case ann CH-1
case=$id
new ann action --case "$case" "text=Before the backup" status=open
sync ann
ok holdfastd case assign --data office --case "$case" --person "Wes Example"
sync wes
sync mia
mkdir vault
mv office/authority.key vault/
port=${address##*:}
role_on() { holdfast status --replica "$1" --json >status.json && json status.json role; }

# --- after the backup: each gets the other's role, and a device joins for a manager -----------------------------------------------
stop_server TERM
mkdir backup
cp office/server.db* backup/
start_server "tcp://127.0.0.1:$port"
ok holdfastd person role --data office "Wes Example" --role manager
ok holdfastd person role --data office "Mia Manager" --role worker
enrol wes2 "Wes Example" manager
new_case ann CH-2
second=$id
sync ann
for who in wes wes2 mia ann; do sync $who; done
same "$(role_on wes)" manager "what Wes is after the backup"
same "$(role_on wes2)" manager "what Wes is on the new device"
same "$(role_on mia)" worker "what Mia is after the backup"
stop_server KILL
rm office/server.db*
cp backup/server.db* office/
ok holdfastd shard request --data office --name northshire.example/holdfast/2 --because "The disk of the server failed." request
ok holdfastd key sign request --authority-key vault/authority.key --out certificate
ok holdfastd shard take --data office certificate
start_server "tcp://127.0.0.1:$port"

# --- each device hears of the role of now, whoever comes first ---------------------------------------------------------------------
for who in ann wes mia; do sync $who; done
ok holdfastd device list --data office --json
! grep -A1 '"name": "Wes Example"' out | grep -q '"role": "manager"' || broken "a device of Wes came back with the role that was lost"
# The device that joined in the part that was lost has to be invited again; what it made counts.
sync wes
sync mia
same "$(role_on wes)" worker "what Wes is now"
same "$(role_on mia)" manager "what Mia is now"
ok holdfast record list --replica mia --case "$second"
run holdfast record list --replica wes --case "$second"
lacks "CH-2"
new_case ann CH-3
third=$id
new ann action --case "$third" "text=Given in the new log" status=open
sync ann
ok holdfastd case assign --data office --case "$third" --person "Wes Example"
sync wes
ok holdfast record list --replica wes --case "$third"
out_has "Given in the new log"
for who in ann wes mia ann wes mia; do sync $who; done
entries=$(office_number entries)
for who in ann wes mia ann wes mia; do sync $who; done
same "$(office_number entries)" "$entries" "entries once everybody knows"
stop_server TERM
echo "ok"
