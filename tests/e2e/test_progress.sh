#!/usr/bin/env bash
# What `holdfast sync` says while attachments are on their way, up and down: how much of how much. On a line so slow that there is
# something to say in between.
. "$(dirname "$0")/support.sh"

chaos=
end_chaos() {
    [ -z "$chaos" ] || { kill "$chaos" && wait "$chaos"; } 2>/dev/null || true
    chaos=
}
trap 'end_chaos; clean_up' EXIT

begin_office
mkfifo chaos_said
holdfast-chaos --to "${address##*:}" --rate 100000 >chaos_said 2>chaos_journal &
chaos=$!
read -r line <chaos_said
port=${line##*:}

for name in ann ben; do
    ok holdfastd invite --data office --person "$name Sample" --role office --address "tcp://127.0.0.1:$port"
    ok holdfast enrol --weak-kdf-for-tests --replica "$name" "$(cat out)"
done
new_case ann CH-1
case=$id
new ann meeting --case "$case" status=draft
meeting=$id
sync ann
sync ben
head -c 300000 /dev/urandom >paper.pdf
ok holdfast attach add --replica ann "$case" "$meeting" paper.pdf

says_how_much() { grep -E 'attachments [0-9]+ (bytes|kB) of 300 kB' err >/dev/null || broken "it does not say how much of how much: $(cat err)"; }
sync ann
says_how_much
lacks "%" # the bar is for a terminal
sync ben  # who did not know of it when the sync began
says_how_much
echo "ok"
