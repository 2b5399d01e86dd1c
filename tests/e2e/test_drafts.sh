#!/usr/bin/env bash
# `holdfast draft` keeps what was typed as it is, across lock and reopening, and makes one change of it; `holdfast search` finds
# records by the beginnings of their words, says how much it looked at, and works while the office is away.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
new_case ann CH-1
case=$id

# --- a draft: half typed, kept, refused, mended, saved ----------------------------------------------------------------
ok holdfast draft list --replica ann
out_has "No drafts"
ok holdfast draft put --replica ann --case "$case" --type action "text=Ring the school about Zoë" due=Tues
record=$(cat out)
ok holdfast draft list --replica ann
out_has "$record"
out_has "CH-1"
out_has "Ring the school about Zoë"
ok holdfast draft list --replica ann --json
out_has '"new": true'
ok holdfast draft show --replica ann "$record"
out_has "Tues"
before=$(state_of ann)
refused holdfast draft commit --replica ann "$record"
err_has due
err_has "The draft stays"
same "$(state_of ann)" "$before" "the state of the device"
refused holdfast record show --replica ann "$record"
ok holdfast search --replica ann school
out_has "Searching 1 case on this device"
out_has "Nothing found"

new ann action --case "$case" "text=Something else altogether"
other=$id
ok holdfast draft put --replica ann --record "$other" due=2026-12-01
ok holdfast draft commit --replica ann "$other"
out_has "Saved here"
ok holdfast record show --replica ann "$other"
out_has 2026-12-01
ok holdfast draft discard --replica ann "$record"
refused holdfast draft show --replica ann "$record"
err_has "no such draft"
refused holdfast draft put --replica ann --case "$case" --type action colour=red
err_has colour

# --- another device of the same person ---------------------------------------------------------------------------------
enrol ann2 "Ann Sample" worker
ok holdfast draft put --replica ann --case "$case" --type action "text=Begun on the tablet"
record=$(cat out)
sync ann
sync ann2
ok holdfast draft list --replica ann2
out_has "your other device"
out_has "Begun on the tablet"
device=$(holdfast draft list --replica ann2 --json | grep -o '"device": "[0-9a-f]*"' | cut -d'"' -f4)
refused holdfast draft commit --replica ann2 "$record"
ok holdfast draft take --replica ann2 "$record" --device "$device"
ok holdfast draft commit --replica ann2 "$record"
out_has "Saved here"
sync ann2
sync ann
ok holdfast draft list --replica ann
out_has "No drafts"
ok holdfast record show --replica ann "$record"
out_has "Begun on the tablet"
# the office's disk holds nothing of it in the clear, and the draft itself is gone
ok holdfast draft put --replica ann --case "$case" --type action "text=zanzibarquartet"
sync ann
refused grep -rqs zanzibarquartet office

# --- shared: only with who holds the case -------------------------------------------------------------------------------
ok holdfast draft list --replica ann --json
record=$(grep -o '"record": "[0-9a-f-]*"' out | head -n 1 | cut -d'"' -f4)
ok holdfast draft share --replica ann "$record"
enrol ben "Ben Sample" worker
sync ann
sync ben
ok holdfast draft list --replica ben
out_has "No drafts"
ok holdfastd case assign --data office --case "$case" --person "Ben Sample"
sync ben
sync ben
ok holdfast draft list --replica ben
out_has "shared by Ann Sample"
out_has zanzibarquartet
ok holdfast draft share --replica ann "$record" --off
sync ann
sync ben
ok holdfast draft list --replica ben
out_has "No drafts"

# --- search, with the office gone -------------------------------------------------------------------------------------
new ann action --case "$case" "text=Book the café near Brontë Road for Zoë"
sync ann
stop_server TERM
ok holdfast search --replica ann CAFE bronte
out_has "Searching 1 case on this device"
out_has "$id"
out_has "[café] near [Brontë]"
ok holdfast search --replica ann zoe --json
out_has '"cases": 1'
ok holdfast search --replica ann -- '"; DROP' 'NEAR(' '*'
out_has "Nothing found"
ok holdfast search --replica ann nosuchword
out_has "Nothing found"
