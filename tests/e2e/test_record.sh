#!/usr/bin/env bash
# `holdfast record new` and `record set` take fields as words and from a file; what does not fit is refused with the name of the
# field and what is allowed, exit 1, and nothing has changed.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
new_case ann CH-1
case=$id

# --- what is taken ----------------------------------------------------------------------------------------------------
new ann action --case "$case" "text=Ask the school: a quiet room = lunch" due=2026-12-01 status=open
action=$id
ok holdfast record show --replica ann "$action"
out_has "Ask the school: a quiet room = lunch"
cat >from.json <<'END'
{"text": "Ask again", "extra_resource": true, "needs": ["01a2f0c4-7d1e-7abc-8def-0123456789ab", "01a2f0c4-7d1e-7abc-8def-0123456789ac"], "due": null}
END
ok holdfast record set --replica ann "$action" --from from.json status=started --reason "The school has answered."
ok holdfast record show --replica ann "$action" --json
out_has '"Ask again"'
out_has '"true"'
out_has 01a2f0c4-7d1e-7abc-8def-0123456789ab
out_has 01a2f0c4-7d1e-7abc-8def-0123456789ac
out_has '"started"'
lacks 2026-12-01
last="record set --from -"
code=0
echo '{"text": "From standard input"}' | holdfast record set --replica ann "$action" --from - >out 2>err || code=$?
ends 0
ok holdfast record set --replica ann "$action" needs-=01a2f0c4-7d1e-7abc-8def-0123456789ac needs+=01a2f0c4-7d1e-7abc-8def-0123456789ad
ok holdfast record history --replica ann "$action"
out_has "because:"
out_has "The school has answered."
out_has "+01a2f0c4-7d1e-7abc-8def-0123456789ad, −01a2f0c4-7d1e-7abc-8def-0123456789ac"
out_has "From standard input"
ok holdfast record set --replica ann "$action" "text=From standard input"
out_has "Nothing to change"

# --- what is refused --------------------------------------------------------------------------------------------------
before=$(state_of ann)
# WHAT THE MESSAGE NAMES … -- words after `holdfast record`
refuses() {
    local wanted=()
    while [ "$1" != -- ]; do
        wanted+=("$1")
        shift
    done
    shift
    refused holdfast record "$1" --replica ann "${@:2}"
    out_empty
    local text
    for text in "${wanted[@]}"; do err_has "$text"; done
    same "$(state_of ann)" "$before" "the state of the device"
}
refuses_value() { # FIELD ALLOWED VALUE: on the command line of set and of new, and from a file
    refuses "$1" "$2" -- set "$action" recipient=child "$1=$3"
    refuses "$1" "$2" -- new action --case "$case" recipient=child "$1=$3"
    if printf %s "$3" | iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1; then
        printf '{"recipient": "child", "%s": "%s"}' "$1" "$3" >wrong.json
        refuses "$1" "$2" -- set "$action" --from wrong.json
        refuses "$1" "$2" -- new action --case "$case" --from wrong.json
    fi
}
long=$(printf '%0201d' 0)
refuses_value nosuch "record types action" x
refuses_value due "a date such as 2026-" tomorrow
refuses_value due "a date such as 2026-" 2026-02-30
refuses_value status "one of open, started, done, not_done, cancelled" maybe
refuses_value extra_resource "true or false" perhaps
refuses_value owner "the id of a record or person" Ann
refuses_value owner_name "200 bytes" "$long"
refuses_value owner_name "text" $'caf\xe9'
refuses_value owner_name "text" $'\xed\xa0\x80'
refuses_value needs "the id of a record or person" one,two
refuses at "date and time such as" -- new request --case "$case" at=noon
refuses text "20000 bytes" -- set "$action" "text=$(printf '%020001d' 0)"
refuses reason 2000 -- set "$action" status=done --reason "$(printf '%09000d' 0)"
refuses due "holds one value and no list" -- set "$action" due+=2026-12-01
refuses needs "does not hold this" -- set "$action" needs-=01a2f0c4-7d1e-7abc-8def-0123456789ff
refuses due "only texts, whole numbers" -- set "$action" --from <(echo '{"status": "done", "due": {"year": 2026}}')
refuses due "only texts, whole numbers" -- set "$action" --from <(echo '{"status": "done", "due": 1.5}')
refuses "Line 1" "not UTF-8" -- set "$action" --from <(printf '{"text": "caf\xe9"}')
refuses "one object" -- set "$action" --from <(echo '["text"]')
refuses "no-such-file" -- set "$action" --from no-such-file.json
refuses "field=value" -- set "$action" done
refuses "called nosuch" "record types" -- new nosuch --case "$case" a=b
refuses "not on this device" -- set 01a2f0c4-7d1e-7abc-8def-0123456789ab status=done
refuses "RECORD must be an id like" -- set 17 status=done
refuses "--case must be an id like" -- new action --case CH-1 status=done
refuses "Nothing is recorded" "field=value" -- new action --case "$case"
refuses "Nothing is recorded" -- new action --case "$case" --from <(echo '{}')
for reference in $'caf\xe9' "" "$long"; do
    refused holdfast case new --replica ann "$reference"
    out_empty
    err_has reference
    same "$(state_of ann)" "$before" "the state of the device"
done
refused holdfast record list --replica ann --type nosuch
err_has "record types"
for unknown in 01a2f0c4-7d1e-7abc-8def-0123456789ab "$action"; do
    refused holdfast case show --replica ann "$unknown"
    err_has "case"
done
refused holdfast record show --replica ann 01a2f0c4-7d1e-7abc-8def-0123456789ab
err_has "not on this device"

# Nothing of all that was signed: what stands on the device is what reaches the office.
sync ann
same "$(office_number held)" 0 "what the office holds back"
ok holdfast record history --replica ann "$action" --json
same "$(grep -c '"change"' out)" 4 "changes of the action"
echo "ok"
