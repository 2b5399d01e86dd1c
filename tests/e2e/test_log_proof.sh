#!/usr/bin/env bash
# What a device can show about the signed log: where a change of its own stands in it and since when that is proved, the
# head that it has checked, and a proof that others can check without it.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" auditor
new_case ann CH-1
new ann action --case "$id" "text=Ask the school" status=open
action=$id
refused holdfast log proof --replica ann "$action" --out early.proof
err_has "no such change"
ok holdfast record history --replica ann "$action" --json
change=$(json out change)
same "$(json out proof_size)" 0 "the proof before a sync"
refused holdfast log proof --replica ann "$change" --out early.proof
err_has "no proof yet"
[ ! -e early.proof ] || broken "a file without a proof was written"
sync ann

# --- shown for each record ------------------------------------------------------------------------------------------------
ok holdfast record history --replica ann "$action"
out_has "in the log at entry "
out_has ", checkpoint of 20"
ok holdfast record history --replica ann "$action" --json
entry=$(json out entry)
size=$(json out proof_size)
ok holdfast status --replica ann --json
same "$(json out size)" "$size" "the size of the checked head"
out_has '"origin": "northshire.example/holdfast"'
root=$(json out root)
[ ${#root} = 64 ] || broken "the root hash is shown as $root"

# --- the file -------------------------------------------------------------------------------------------------------------
ok holdfast log proof --replica ann "$change" --out one.proof
same "$(head -n 1 one.proof)" "c2sp.org/tlog-proof@v1" "the first line of the proof"
refused holdfast log proof --replica ann "$change" --out one.proof
ok holdfast audit export --replica ben --out bundle
ok holdfast-audit proof one.proof --policy bundle/policy
out_has "The proof holds"
out_has "at entry $entry,"
ok holdfast-audit proof one.proof --policy bundle/policy --json
out_has "\"size\": $size"

# Another place, another root, another log, a damaged entry: none of them holds.
sed "s/^index .*/index $((entry - 1))/" one.proof >place.proof
refused holdfast-audit proof place.proof --policy bundle/policy
err_has "not in the log at that place"
sed 's/^extra ..../extra AAAA/' one.proof >entry.proof
refused holdfast-audit proof entry.proof --policy bundle/policy
head -n 3 one.proof >cut.proof
refused holdfast-audit proof cut.proof --policy bundle/policy
err_has "form of a proof"
printf 'log other.example+00000000+AAAA\nquorum none\n' >other.policy
refused holdfast-audit proof one.proof --policy other.policy

# What somebody else wrote has its proof on their device.
sync ben
stop_server TERM
