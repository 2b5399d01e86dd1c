#!/usr/bin/env bash
# Which cases were kept long enough, by the procedure that the office released: the 75th birthday, 15 years after the death of
# a child, 10 after a carer's approval, and the latest of them; a date that is missing or contested keeps the case, so does a
# legal hold; an officer signs no erasure for its time before that is over; an erased case leaves the list.
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
third=$id
new_case ann CH-4 # somebody who died as a child, long ago
died=$id
new ann child --case "$died" "name=Lou (invented)" date_of_birth=1999-06-01 date_of_death=2009-11-02
lou=$id
new_case ann CH-5 # left care in 1968, and is 75
left=$id
ok holdfast record set --replica ann "$left" status=closed
new ann child --case "$left" "name=Sandy (invented)" date_of_birth=1950-03-01
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
out_has "counted from 1972-02-29: 27394 days, over for 1; rule: Care Planning"
out_has "(sample.fsm 2024-11)"
lacks "CH-2"
ok holdfast erase due --replica ada --as-of 2047-03-01
lacks "CH-1"
ok holdfast erase due --replica ada --as-of 2086-04-03 --json
out_has '"reference": "CH-2"'
out_has '"from_day": "2011-04-02"'
out_has '"days_left": -1'
lacks "CH-3"
run holdfast erase due --replica ada --as-of tomorrow
ends 2

# Today: 15 years after the death; and the 75th birthday of somebody who left care long ago, and not before.
ok holdfast erase due --replica ada
out_has "CH-4"
out_has "kept until 2024-11-02 (15 years from death), over"
out_has "CH-5"
out_has "kept until 2025-03-01 (75 years from birth), over"
lacks "CH-1"

# Nobody signs that the time is over while it is not.
refused holdfast erase request --replica ada --case "$other" --basis retention
err_has "kept until 2086-04-02 (75 years from birth), so its time is not over"
refused holdfast erase request --replica ada --case "$third" --basis retention
err_has "the child's date of birth is not on record"

# A carer's clock ran longer; one that has not begun keeps the case; so does a carer's clock without the child's.
new ann carer_approval --case "$case" ended_on=2050-01-31
new ann carer_approval --case "$left" approved_on=1990-01-31
approval=$id
new ann carer_approval --case "$third" ended_on=2001-01-31
sync ann
sync ada
ok holdfast erase due --replica ada --all
out_has "kept until 2060-01-31 (10 years from approval_ended)"
out_has "the end of a carer's approval is not on record, or stands there twice: it is kept"
out_has "the child's date of birth is not on record, or stands there twice: it is kept"
ok holdfast erase due --replica ada
lacks "CH-5"
lacks "CH-3"
ok holdfast record set --replica ann "$approval" ended_on=2001-01-31
sync ann
sync ada
ok holdfast erase due --replica ada
out_has "CH-5"

# The date of death was of somebody else: asked for already, and confirmed by nobody. Two dates at once keep the case too.
ok holdfast erase request --replica ada --case "$died" --basis retention
erasure=$(tail -n 1 out)
sync bea
ok holdfast record set --replica ann "$lou" date_of_death=2019-11-02
sync ann
refused holdfast erase confirm --replica bea "$erasure" --case "$died"
err_has "changes since this erasure was asked for"
sync bea
refused holdfast erase confirm --replica bea "$erasure" --case "$died"
err_has "its time is not over"
ok holdfast erase cancel --replica ada "$erasure"
sync ada
ok holdfast record set --replica ada "$lou" date_of_death=2009-11-02
ok holdfast record set --replica ann "$lou" date_of_death=2009-11-03
sync ann
sync ada
sync bea
ok holdfast erase due --replica bea --all --json
out_has '"until": "2074-06-01"' # a contested death counts for nothing
refused holdfast erase request --replica bea --case "$died" --basis retention

ok holdfast hold place --replica bea --case "$left" --reason inquiry
sync ada
ok holdfast erase due --replica ada
out_has "a legal hold keeps it"
refused holdfast erase request --replica ada --case "$left" --basis retention
err_has "legal hold"
ok holdfast hold lift --replica bea --case "$left"
sync bea
ok holdfast erase request --replica ada --case "$left" --basis retention
erasure=$(tail -n 1 out)
ok holdfast erase confirm --replica bea "$erasure" --case "$left"
sync ada
ok holdfast erase due --replica ada --all
lacks "CH-5"
ok holdfast case list --replica ada
lacks "CH-5"
