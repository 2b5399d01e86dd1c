#!/usr/bin/env bash
# A server that forks: a copy of the whole office, guard and all, goes its own way. A device that saw the one is shown the
# other: it stops trusting, says so, works on offline, and writes evidence that a third party checks. Nothing that it
# recorded is lost, and once the true office is back, it looks again.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
new_case ann CH-1
child=$id
sync ann
ok holdfast status --replica ann --json
grep -q '"distrust": null' out || broken "a device that trusts the log says otherwise"
refused holdfast log evidence --replica ann --out evidence
err_has "found nothing wrong"

# --- two histories: the device saw the true one, and is shown the other -----------------------------------------------------
port=${address##*:}
enrol vera "Vera Auditor" auditor
stop_server TERM
cp -rp office forked
ok holdfastd person add --data office --person "Cara True" --role worker
ok holdfastd person add --data forked --person "Cara False" --role worker
ok holdfastd person add --data forked --person "Dora False" --role worker
start_server "tcp://127.0.0.1:$port"
sync ann
ok holdfastd person add --data office --person "Emil True" --role worker
ok holdfast audit export --replica vera --out bundle
stop_server TERM
mv office true
mv forked office
start_server "tcp://127.0.0.1:$port"
refused holdfast sync --replica ann
err_has "does not continue from what this device saw"
refused holdfast sync --replica ann
err_has "has not trusted the office's log since"
err_has "what you record stays saved here"
refused timeout 20 holdfast sync --watch --replica ann
err_has "has not trusted the office's log since"
ok holdfast status --replica ann
out_has "does not trust the office's log"
new ann action --case "$child" "text=Recorded offline since" status=open
ok holdfast log evidence --replica ann --out evidence

# --- a third party, who trusts neither ---------------------------------------------------------------------------------------
refused holdfast-audit fork evidence
out_has "Not proved by this file alone"
ok holdfast-audit fork evidence --bundle bundle
out_has "Proved: the log signed both"
sed 's/^later .*/later 0/' evidence >damaged
run holdfast-audit fork damaged
ends 2
same_size=$(sed -n 's/^earlier //p' evidence)
[ "$same_size" -gt 0 ] || broken "the evidence lacks what the device had verified"
# a checkpoint that nobody signed proves nothing
awk '/^later /{later=1} later && /^[0-9]+$/{$0=$0+1; later=0} {print}' evidence >made_up
run holdfast-audit fork made_up
[ "$code" != 0 ] || broken "a made-up checkpoint proves something"

# --- the true office again: the device looks again, and hands in what it kept ------------------------------------------------
stop_server TERM
mv office forked
mv true office
start_server "tcp://127.0.0.1:$port"
refused holdfast sync --replica ann
ok holdfast log evidence --replica ann --trust-again
sync ann
ok holdfast status --replica ann --json
same "$(json out saved_here)" 0 "what is still only here"

# --- a device that has something to send hears of it from the office, which takes nothing -------------------------------------
stop_server TERM
mv office true
mv forked office
start_server "tcp://127.0.0.1:$port"
new ann action --case "$child" "text=Not for the fork" status=open
refused holdfast sync --replica ann
ok holdfast status --replica ann --json
same "$(json out saved_here)" 1 "what is only here"
