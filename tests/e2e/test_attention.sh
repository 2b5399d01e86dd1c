#!/usr/bin/env bash
# What waits for a person is one list, and the states come from receipts: saved here until the office has answered, received when
# it is proved. A hold and a clash are on the list until they are settled, however often one syncs.
. "$(dirname "$0")/support.sh"

watching=
chaos=
end_chaos() {
    [ -z "$chaos" ] || { kill "$chaos" && wait "$chaos"; } 2>/dev/null || true
    chaos=
}
end_watch() {
    [ -z "$watching" ] || { kill "$watching" && wait "$watching"; } 2>/dev/null || true
    watching=
}
trap 'end_watch; end_chaos; clean_up' EXIT

begin_office
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
new_case ann CH-1
case=$id
kinds() { run holdfast attention --replica "$1" --json; grep -o '"kind": "[a-z]*"' out | cut -d'"' -f4 | sort | uniq -c | awk '{print $2 "=" $1}' | tr '\n' ' '; }

run holdfast attention --replica ann
ends 3
out_has "not yet received by the office"
same "$(kinds ann)" "unsent=1 " "what needs Ann's attention"
ok holdfast status --replica ann
out_has "Your changes: 2 Saved here, 0 Sent, 0 Received by office"
out_has "; the oldest not received yet is "
lacks " is 0 minutes old" # less than a minute, unless this machine was very slow
ok holdfast status --replica ann --json
states() { for key in saved_here sent received; do printf '%s ' "$(json out "$key")"; done; }
same "$(states)" "2 0 0 " "what status says in JSON"
[[ "$(json out oldest_unsent_s)" =~ ^[0-9]+$ ]] || broken "the age of the oldest is no number"
sync ann
run holdfast attention --replica ann
ends 0
out_has "Nothing needs your attention."
ok holdfast status --replica ann --json
out_has '"saved_here": 0'
out_has '"received": 2'
out_has '"oldest_unsent": null'

# A state never follows from the link: without the office it stays as it is.
new ann action --case "$case" "text=Plant the quince" status=open
action=$id
stop_server TERM
run holdfast sync --replica ann
ends 1
same "$(kinds ann)" "unsent=1 " "with the office gone"
ok holdfast record show --replica ann "$action"
out_has "Saved here"

# Sent, and the proof of its place is what does not come: the office has another port, and the line on the old one ends
# behind so many bytes of its answers, later and later, until a cut falls between the two.
front=${address##*:}
start_server tcp://127.0.0.1:0
line_ends_at() { # BYTES
    local line=
    mkfifo chaos_said
    holdfast-chaos --to "${address##*:}" --listen "$front" --blow half-close --blows 1 --way down --at "$1" >chaos_said 2>>chaos_journal &
    chaos=$!
    read -r line <chaos_said || true
    rm chaos_said
    [[ "$line" == *"listens on "* ]] || broken "the proxy did not start"
}
for ((bytes = 60; bytes <= 1500; bytes += 50)); do
    line_ends_at "$bytes"
    run holdfast sync --replica ann --json
    end_chaos
    ends 1
    ok holdfast status --replica ann --json
    [ "$(states)" = "1 0 2 " ] || break
done
same "$(states)" "0 1 2 " "with the receipt lost (after $bytes bytes)"
[[ "$(json out oldest_unsent_s)" =~ ^[0-9]+$ ]] || broken "what was sent waits, and its age is no number"
same "$(kinds ann)" "unsent=1 " "with the receipt lost"
ok holdfast record show --replica ann "$action"
out_has "Sent"
stop_server TERM
address=tcp://127.0.0.1:$front

# Staying connected says the same, before there is a line and after: it turns with the receipt.
mkfifo states_said
holdfast sync --watch --json --replica ann >states_said 2>watch_errors &
watching=$!
exec 7<states_said
object=
await() { # PATTERN… all of them in one object
    local line pattern
    while read -r -t 60 line <&7; do
        [ "$line" = "{" ] && object=
        object+=$line$'\n'
        [ "$line" = "}" ] || continue
        for pattern in "$@"; do [[ "$object" == *"$pattern"* ]] || continue 2; done
        return 0
    done
    cat watch_errors >&2
    broken "never said $*; last: $object"
}
await '"state": "waiting"' '"saved_here": 0' '"sent": 1' '"received": 2'
[[ "$object" != *'"oldest_unsent": null'* ]] || broken "nothing waits, it says: $object"
start_server "$address"
await '"state": "in_sync"' '"saved_here": 0' '"sent": 0' '"received": 3' '"oldest_unsent": null' '"oldest_unsent_s": null'
end_watch
exec 7<&-
ok holdfast sync --replica ann --json
same "$(states)" "0 0 3 " "what a sync says in JSON"
out_has '"oldest_unsent_s": null'
ok holdfast record show --replica ann "$action"
out_has "Received by office"

# A clash waits for those who wrote it.
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
sync ben
ok holdfast record set --replica ann "$action" "due=2026-12-01"
ok holdfast record set --replica ben "$action" "due=2026-12-02"
sync ann
sync ben
sync ann
[[ "$(kinds ann)" == *clash=1* ]] || broken "Ann is not told of the clash"
[[ "$(kinds ben)" == *clash=1* ]] || broken "Ben is not told of the clash"

# Decided by Ben: Ann is told until she has looked at it; Ben knows.
code=$(holdfast conflict show --replica ben "$action" | sed -n 's/.*clash \([^;]*\);.*/\1/p')
ok holdfast conflict settle --replica ben "$action" due --clash "$code" --value 2026-12-03 --reason "agreed by telephone"
sync ben
sync ann
[[ "$(kinds ann)" == *decided=1* ]] || broken "Ann is not told of the decision"
[[ "$(kinds ben)" != *decided* ]] || broken "Ben is told of his own decision"
run holdfast attention --replica ann
out_has "Ben Example has decided between values"
ok holdfast conflict list --replica ann
out_has "decided by Ben Example; what you wrote was not chosen"
ok holdfast conflict list --replica ann --json
out_has '"own": "2026-12-01"'
out_has '"reason": "agreed by telephone"'
[[ "$(kinds ann)" == *decided=1* ]] || broken "a list is no look at it"
ok holdfast conflict show --replica ann "$action"
out_has "Your value was not chosen"
sync ann
[[ "$(kinds ann)" != *decided* ]] || broken "Ann has seen the decision and is told again"

# Held: on the list after any number of syncs; the change behind it that does not build on it goes through.
ok holdfast record set --replica ben "$action" "text=Ben writes on while the case is taken away"
new_case ben CH-2
ok holdfastd case assign --data office --case "$case" --person "Ben Example" --remove --reason left
for _ in 1 2 3; do sync ben; done
[[ "$(kinds ben)" == *held=1* ]] || broken "Ben is not told of what is held"
run holdfast attention --replica ben
out_has "could not change this record at that time"
ok holdfast status --replica ben
out_has "0 Saved here"
enrol mia "Mia Invented" manager
sync mia
ok holdfast case list --replica mia
out_has "CH-2"
echo "ok"
