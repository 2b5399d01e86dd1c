#!/usr/bin/env bash
# The evidence pack of an inspection, from the bundle alone: timeliness by rule, the child's voice, what was decided against a rule
# and why, and a sample of cases that anybody draws again by the seed that is stated.
policies=$(cd "$(dirname "$0")/../../policies" && pwd)
. "$(dirname "$0")/support.sh"

evidence() { ok holdfast-audit evidence bundle --authority-key office/authority.pub "$@"; }
sample() { sed -n 's/^sample  *\([^ ]*\) .*/\1/p' out; }

begin_office
enrol ann "Ann Sample" worker
enrol olive "Olive Tester" office
enrol ivo "Ivo Invented" auditor
sync olive
ok holdfast policy release --replica olive "$policies/calendars/england-and-wales-2027.json"
ok holdfast policy release --replica olive "$policies/procedure-b-fsm.json"
sync olive
sync ann
for number in 1 2 3 4 5 6; do
    new_case ann "CH-$number"
    ids[number]=$id
done

# One meeting with the child's words and one without; minutes that nobody sent; an edit with a reason.
meeting() { # CASE
    new ann meeting --case "$1" "parent=$1" type=fsm kind=responsive start=2026-10-05T10:00:00Z end=2026-10-05T11:00:00Z
    ok holdfast record set --replica ann "$id" status=held
    meeting=$id
    new ann attendance --case "$1" --parent "$meeting" "name=Cleo Carer" role=carer attended=attended
}
meeting "${ids[1]}"
new ann views --case "${ids[1]}" --parent "$meeting" role=child "words=I want it quiet."
meeting "${ids[2]}"
new ann views --case "${ids[2]}" --parent "$meeting" role=child "no_views_reason=Asleep"
new ann action --case "${ids[1]}" "text=Ring the school" status=open
ok holdfast record set --replica ann "$id" due=2026-12-01 --reason "The school is shut until then"
sync ann
ok holdfast audit export --replica ivo --out bundle --contents

evidence
out_has "FSM-63"
out_has "sample.fsm: 0 in time, 0 late, 2 overdue"
out_has "1 of 2 meetings that were held"
out_has "not_heard"
out_has "The school is shut until then"
lacks "I want it quiet"

# The sample: the same seed draws the same cases, another seed others, and the order is the one that the help states.
evidence --seed "Ofsted 2026-11-22" --sample 3
first=$(sample)
same "$(printf '%s\n' "$first" | wc -l)" 3 "cases drawn"
evidence --seed "Ofsted 2026-11-22" --sample 3
same "$(sample)" "$first" "the sample drawn again"
evidence --seed "Ofsted 2026-11-22" --sample 6
same "$(sample | sed -n 1,3p)" "$first" "a larger sample of the same seed"
again=$(for number in 1 2 3 4 5 6; do
    { printf 'Ofsted 2026-11-22' && printf '%s' "${ids[number]//-/}" | sed 's/../\\x&/g' | xargs -0 printf '%b'; } | sha256sum | sed "s/ .*/ CH-$number/"
done | sort | sed -n '1,3s/.* //p')
same "$again" "$first" "the sample drawn by hand"
evidence --seed another --sample 6
same "$(sample | sort)" "$(printf 'CH-%s\n' 1 2 3 4 5 6)" "all cases, by another seed"
[ "$(sample)" != "$(evidence --seed "Ofsted 2026-11-22" --sample 6 && sample)" ] || broken "two seeds draw in the same order"

# Without a seed it is the root of the log, which nobody chose; as JSON and CSV too.
evidence --json --sample 2
same "$(grep -c '"part":"sample"' out)" 2 "cases in the JSON"
evidence --csv
out_has part,case,reference,type,id,what,result,text
run holdfast-audit evidence bundle --authority-key office/authority.pub --sample 0
ends 2
err_has "from 1 to 1000"
ok holdfast audit export --replica ivo --out sealed
ok holdfast-audit evidence sealed --authority-key office/authority.pub
err_has "are sealed in this bundle"
echo "ok"
