#!/usr/bin/env bash
# Which cases were kept long enough, by the procedure that the office released; a legal hold shows; an erased case leaves the list.
. "$(dirname "$0")/support.sh"
policies=$(cd "$(dirname "$0")/../../policies" && pwd)

begin_office
enrol ann "Ann Sample" worker
enrol ada "Ada Officer" office
officer "Ada Officer"
enrol bea "Bea Officer" office
officer "Bea Officer"
new_case ann CH-1
case=$id
new ann child --case "$case" "name=Robin (invented)" date_of_birth=1972-02-29
new_case ann CH-2
other=$id
new ann child --case "$other" "name=Kim (invented)" date_of_birth=2011-04-02
new_case ann CH-3
sync ann
sync ada

ok holdfast erase due --replica ada --all
out_has "nothing says until when it is kept"
ok holdfast policy release --replica ada "$policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica ada "$policies/procedure-b-fsm.json"
sync ada
ok holdfast erase due --replica ada --as-of 2047-03-02
out_has "CH-1"
out_has "kept until 2047-03-01 (75 years from birth), over"
lacks "CH-2"
ok holdfast erase due --replica ada --as-of 2047-03-01
out_has "No case on this device has been kept long enough"
ok holdfast erase due --replica ada --as-of 2086-04-03 --json
out_has '"reference": "CH-2"'
lacks "CH-3"
run holdfast erase due --replica ada --as-of tomorrow
ends 2

# A carer's clock ran longer.
new ann carer_approval --case "$case" ended_on=2040-01-31
sync ann
sync ada
ok holdfast erase due --replica ada --all
out_has "kept until 2050-01-31 (10 years from approval_ended)"

ok holdfast hold place --replica bea --case "$case" --reason inquiry
sync ada
ok holdfast erase due --replica ada --as-of 2050-02-01
out_has "a legal hold keeps it"
ok holdfast hold lift --replica bea --case "$case"
ok holdfast erase request --replica ada --case "$case" --basis retention
erasure=$(tail -n 1 out)
ok holdfast erase confirm --replica bea "$erasure" --case "$case"
sync ada
ok holdfast erase due --replica ada --all
lacks "CH-1"
ok holdfast case list --replica ada
lacks "CH-1"
