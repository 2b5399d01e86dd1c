#!/usr/bin/env bash
# Bad lines between the real programs: whatever the line does, each sync in the end gets through, nothing is there twice, and both
# devices hold the same. The lines come from holdfast-chaos (tools/chaos).
. "$(dirname "$0")/support.sh"

TRIES=40
RECORDS=3
chaos=

end_chaos() {
    [ -z "$chaos" ] || { kill "$chaos" && wait "$chaos"; } 2>/dev/null || true
    chaos=
}
trap 'end_chaos; clean_up' EXIT

port=0
start_chaos() { # [OPTION…]; always at the same port
    local line=
    mkfifo chaos_said
    holdfast-chaos --to "${address##*:}" --listen "$port" "$@" >chaos_said 2>>chaos_journal &
    chaos=$!
    read -r line <chaos_said || true
    rm chaos_said
    [[ "$line" == *"listens on "* ]] || broken "the proxy did not start"
    port=${line##*:}
}

# Syncs as a person would: again until it has worked.
sync_in_the_end() { # FOLDER
    local try
    for ((try = 1; try <= TRIES; try++)); do
        run holdfast sync --replica "$1"
        if [ "$code" = 0 ]; then
            tries=$((tries + try))
            return
        fi
        ends 1
        err_has "saved here"
    done
    broken "$1 did not get through in $TRIES tries"
}
received() { holdfast status --replica "$1" --json >status.json && json status.json received; }

begin_office
start_chaos
join() { # FOLDER NAME
    ok holdfastd invite --data office --person "$2" --role office --address "tcp://127.0.0.1:$port"
    ok holdfast enrol --weak-kdf-for-tests --replica "$1" "$(cat out)"
}
join ann "Ann Sample"
join ben "Ben Example"
new_case ann CH-1
case=$id
sync ann
sync ben
changes=$(received ann)

for preset in resets half-closes blackouts stalls slow; do
    end_chaos
    start_chaos --preset "$preset" --seed 7
    tries=0
    entries=$(office_number entries)
    for ((i = 0; i < RECORDS; i++)); do
        new ann action --case "$case" "text=Written under $preset, number $i" status=open
    done
    sync_in_the_end ann
    sync_in_the_end ben
    changes=$((changes + RECORDS))
    same "$(received ann)" "$changes" "$preset: changes received by the office"
    same "$(office_number entries)" $((entries + RECORDS)) "$preset: entries of the log"
    same "$(digest_of ann)" "$(digest_of ben)" "$preset: digests"
    ok holdfast record list --read-only --replica ben --case "$case"
    same "$(grep -c "under $preset" out)" "$RECORDS" "$preset: records at the other device"
    echo "$preset: $tries tries for 2 syncs"
done
