#!/usr/bin/env bash
# Acts on a record as a whole, between two devices and an office: finalising, amending, deleting and restoring, also when the
# other device did not know; and what a decided clash says to the one whose value was not chosen.
root=$(cd "$(dirname "$0")/../.." && pwd)
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" office
enrol ben "Ben Sample" office
sync ann
sync ben
new_case ann CH-1
case=$id
both() { # ann's work reaches ben, and the other way round
    sync ann
    sync ben
    sync ann
}
agree() { same "$(digest_of ann)" "$(digest_of ben)" "what both hold"; }
amendment_of() { holdfast amendment list --replica "$1" --record "$2" --open --json >rows.json && json rows.json amendment; }

# --- finalising lists what is missing ---------------------------------------------------------------------------------
ok holdfast policy release --replica ann "$root/policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica ann "$root/policies/procedure-a-psm.json"
new ann meeting --case "$case" type=psm status=held start=2026-12-28T10:00:00Z "place=the library"
held=$id
refused holdfast record finalise --replica ann "$held"
err_has "required part"
missing=$(grep -o 'PSM-[0-9]*' err | sort -u | wc -l)
[ "$missing" -ge 3 ] || broken "only $missing of what is missing are listed"
refused holdfast record finalise --replica ann 01a2f0c4-7d1e-7abc-8def-0123456789ab
ok holdfast record show --replica ann "$held"
out_has held

# --- final, with its parts ----------------------------------------------------------------------------------------------
new ann meeting --case "$case" status=held "place=the library"
meeting=$id
new ann agenda_item --case "$case" --parent "$meeting" --slot 1 "notes=as it was said"
item=$id
both
ok holdfast record finalise --replica ann "$meeting"
out_has "amended, not edited"
# Ben does not know: he edits one part, and adds another.
ok holdfast record set --replica ben "$item" "notes=as Ben heard it"
new ben agenda_item --case "$case" --parent "$meeting" --slot 2 "notes=what Ben still had on paper"
late=$id
both
for device in ann ben; do
    ok holdfast record show --replica "$device" "$meeting"
    out_has final
    ok holdfast record show --replica "$device" "$item"
    out_has "as it was said"
    ok holdfast record show --replica "$device" "$late"
    out_has "what Ben still had on paper"
    ok holdfast record list --replica "$device" --parent "$meeting"
    out_has "$late"
done
agree
# The late part is no amendment of what was signed: it is edited until a person makes it final.
ok holdfast amendment list --replica ann --record "$late"
out_has "No amendments."
ok holdfast record set --replica ann "$late" "notes=what Ben still had on paper, read together"
ok holdfast record finalise --replica ann "$late" --reason "Ben's page came late; read by both"
refused holdfast record set --replica ann "$late" "notes=again"
err_has final
both
refused holdfast record set --replica ben "$late" "notes=again"
refused holdfast record finalise --replica ben "$late"
err_has "final already"

# --- amendments: proposed, accepted, declined ---------------------------------------------------------------------------
ok holdfast amendment list --replica ann --record "$item"
out_has "proposed by Ben Sample"
out_has "as Ben heard it"
run holdfast amendment accept --replica ann "$item" "$(amendment_of ann "$item")"
ends 2
ok holdfast amendment accept --replica ann "$item" "$(amendment_of ann "$item")" --reason "Ben's page is right"
ok holdfast record set --replica ben "$meeting" --propose --reason "It was the hall" "place=the hall"
both
for device in ann ben; do
    ok holdfast record show --replica "$device" "$item"
    out_has "as Ben heard it"
    ok holdfast record show --replica "$device" "$meeting"
    out_has "the library"
    lacks "the hall"
done
ok holdfast search --replica ben "library"
out_has "$meeting"
run holdfast search --replica ben "hall"
lacks "$meeting"
ok holdfast amendment decline --replica ann "$meeting" "$(amendment_of ann "$meeting")" --reason "The booking says library"
both
ok holdfast amendment list --replica ben --record "$meeting"
out_has "declined"
out_has "The booking says library"
ok holdfast amendment list --replica ben --record "$item"
out_has "accepted"
out_has "Ben's page is right"
ok holdfast amendment list --replica ben --open
out_has "No amendments."
ok holdfast record history --replica ben "$item"
lacks "not chosen"
refused holdfast record delete --replica ben "$meeting" --reason "no longer wanted"
agree

# --- deleted and restored -----------------------------------------------------------------------------------------------
new ann action --case "$case" "text=Ring the dentist" status=open
action=$id
both
run holdfast record delete --replica ann "$action"
ends 2
ok holdfast record delete --replica ann "$action" --reason "recorded twice"
both
for device in ann ben; do
    ok holdfast record list --replica "$device" --case "$case" --type action
    lacks "$action"
    run holdfast search --replica "$device" dentist
    lacks "$action"
done
refused holdfast record set --replica ben "$action" status=done
err_has restore
ok holdfast record history --replica ben "$action"
out_has "Ring the dentist"
out_has "recorded twice"
ok holdfast record restore --replica ben "$action" --reason "it was not"
both
ok holdfast record list --replica ann --case "$case" --type action
out_has "$action"
ok holdfast search --replica ann dentist
out_has "$action"
agree

# --- deleted while the other edits --------------------------------------------------------------------------------------
ok holdfast record delete --replica ann "$action" --reason "not needed"
ok holdfast record set --replica ben "$action" "text=Ring the dentist before Friday"
both
for device in ann ben; do
    ok holdfast conflict list --replica "$device"
    out_has "$action"
    out_has deleted
    ok holdfast record list --replica "$device" --case "$case" --type action
    out_has "$action"
    ok holdfast record show --replica "$device" "$action"
    out_has "before Friday"
done
ok holdfast record delete --replica ann "$action" --reason "Ben's edit was read; still not needed"
both
ok holdfast conflict list --replica ben
out_has "Nothing to settle."
ok holdfast record list --replica ben --case "$case" --type action
lacks "$action"
agree

# --- a decided clash tells both -------------------------------------------------------------------------------------------
new ann action --case "$case" "text=Ask the school" status=open
action=$id
both
ok holdfast record set --replica ann "$action" "text=Ask the school on Monday"
ok holdfast record set --replica ben "$action" "text=Ask the school on Tuesday"
both
ok holdfast conflict show --replica ann "$action"
clash=$(grep -o 'clash [0-9a-f]*' out | head -n 1 | cut -d' ' -f2)
pick=$(grep -o '^  [0-9]  Ann' out | tr -dc 0-9)
ok holdfast conflict settle --replica ann "$action" text --clash "$clash" --pick "$pick" --reason "The school is closed on Tuesday"
both
ok holdfast conflict list --replica ben
out_has "Nothing to settle."
for say in "record history" "conflict show"; do
    # shellcheck disable=SC2086
    ok holdfast $say --replica ben "$action"
    out_has "Your value was not chosen, decided by Ann Sample, because: The school is closed on Tuesday"
    out_has "Ask the school on Tuesday"
    # shellcheck disable=SC2086
    ok holdfast $say --replica ann "$action"
    out_has "Not chosen, decided by Ann Sample, because: The school is closed on Tuesday"
    out_has "Written by Ben Sample:"
    lacks "Your value was not chosen"
done
ok holdfast record history --replica ben "$action" --json
out_has '"own": true'
out_has '"passed_over"'
agree
same "$(office_number held)" 0 "what the office holds back"
echo "ok"
