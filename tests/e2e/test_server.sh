#!/usr/bin/env bash
# holdfastd as a program: starts, refuses a second one on its folder, answers with and without a running server, stops cleanly.
. "$(dirname "$0")/support.sh"

refused holdfastd serve --data office --listen tcp://127.0.0.1:0
refused holdfastd status --data office
err_has office
begin_office
keys() { bytes_of office | grep '\.\(key\|pub\)$'; }
before=$(keys)
refused holdfastd init --data office --authority Another --origin northshire.example/holdfast
same "$(keys)" "$before" "the keys of the office"

# --- one server a folder ------------------------------------------------------------------------------------------------
refused holdfastd serve --data office --listen tcp://127.0.0.1:0
out_empty
err_has "already"
ok holdfastd status --data office
enrol ann "Ann Sample" worker
new_case ann CH-1
case=$id
sync ann

# --- every command, asked of the server that runs, then of the folder ---------------------------------------------------------
commands() { # OUTFILE
    local command
    for command in status "status --json" "person list" "person list --json" "device list --json" "enrol list" "enrol list --json" \
        "case list" "case list --json"; do
        # shellcheck disable=SC2086 # words
        ok holdfastd $command --data office
        cat out >>"$1"
    done
}
for role in worker manager office auditor admin; do ok holdfastd invite --data office --person "Somebody $role" --role $role; done
commands running
stop_server TERM
same "$code" 0 "exit code after SIGTERM"
[ -s journal ] && grep -q "Stopping" journal || broken "the journal does not say that it stops"
commands stopped
cmp -s running stopped || broken "the answers differ: $(diff running stopped)"
ok holdfastd invite --data office --person "Ben Example" --role worker --address "$address"
invitation=$(cat out)
ok holdfastd case assign --data office --case "$case" --person "Ann Sample" --remove
ok holdfastd case assign --data office --case "$case" --person "Ann Sample"
refused holdfastd case assign --data office --case "$case" --person Nobody
refused holdfastd case assign --data office --case CH-1 --person "Ann Sample"
err_has "--case"
refused holdfastd invite --data office --person X --role king
err_has "worker"
refused holdfast sync --replica ann
err_has "could not be reached"
ok holdfast case list --replica ann
out_has CH-1

# --- again on the same address; an invitation from before the stop holds --------------------------------------------------------
start_server "$address"
ok holdfast enrol --weak-kdf-for-tests --replica ben "$invitation"
sync ann
# SIGINT, as from Ctrl+C. (Bash lets a program in the background ignore it, so one is started that does not.)
stop_server TERM
mkfifo said
(trap - INT; exec env --default-signal=INT holdfastd serve --data office --listen tcp://127.0.0.1:0) >said 2>>journal &
server=$!
read -r line <said
rm said
stop_server INT
same "$code" 0 "exit code after SIGINT"
# A killed server leaves a folder that opens at once.
start_server
stop_server KILL
ok holdfastd status --data office
start_server
ok holdfastd status --data office
stop_server TERM
same "$code" 0 "exit code after SIGTERM"

# --- usage -----------------------------------------------------------------------------------------------------------------
ok holdfastd --help
for command in init serve invite "enrol list" "enrol confirm" "device list" "device revoke" "case assign" "case list" "person list" status; do
    # shellcheck disable=SC2086 # words
    ok holdfastd $command --help
    out_has "holdfastd $command"
done
ok holdfastd --version
usage() { run holdfastd "$@" && ends 2 && out_empty && [ -s err ] || broken "no usage"; }
usage
usage init --data other
usage serve --data office
usage status
usage nosuch --data office
usage status --data office --nosuch
usage invite --data office
usage enrol confirm --data office
usage device revoke --data office
usage case assign --data office
echo "ok"
