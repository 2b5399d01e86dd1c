#!/usr/bin/env bash
# The copy for the person: a chronology in order, other people's names marked, their own words as they were said, statements
# beside what they dispute, what is about others left out; and who made it stands in the read log.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ada "Ada Office" office
enrol ivo "Ivo Checker" auditor
new_case ann CH-2 # another child, whom Ada's device knows too
other=$id
new ann child --case "$other" "name=Kim Winterbourne" date_of_birth=2012-05-05
new ann contact --case "$other" "name=Pat Underhill" role=carer
new_case ann CH-1
case=$id
new ann child --case "$case" "name=Robin Field (invented)" date_of_birth=2011-04-02
new ann contact --case "$case" "name=Sam Holder" role=carer "address=4 Mill Lane (invented)"
new ann placement --case "$case" "home=With Sam Holder, Northtown (invented)" setting=in_house_foster start=2025-03-01 status=current
new ann views --case "$case" "words=I like it here <b>& Sam</b> bakes on Sundays."
words=$id
new ann warning_sign --case "$case" "what=Robin ran away. Sam was told by Holder's neighbour." seen_on=2025-05-10
entry=$id
new ann warning_sign --case "$case" "what=Kim Winterbourne hit Robin. Mrs Thistle saw it, so did the girl with the red hat, Zed and Pat Underhill." seen_on=2025-06-10
new ann practice_concern --case "$case" "concern=About the carer only"
ok holdfast statement add --replica ann "$entry" --by "Robin" --role child --words "I was at my aunt's." --on 2026-11-20
sync ann
sync ada

refused holdfast sar export --replica ann "$case" --out copy --reason "Request of 3 November (sample)"
err_has "Only managers and the office"
run holdfast sar export --replica ada "$case" --out copy
ends 2
ok holdfast sar export --replica ada "$case" --out copy --reason "Request of 3 November, UK GDPR article 15 (sample)"
for file in your-story.html your-story.txt your-story.json manifest.json checkpoint; do
    [ -s "copy/$file" ] || broken "$file is missing"
done
page=copy/your-story.html
grep -q "For Robin Field (invented)" "$page" || broken "the name of the child"
grep -q "<mark>Sam</mark> was told by <mark>Holder</mark>" "$page" || broken "marked names"
grep -q "I like it here &lt;b&gt;&amp; <mark>Sam</mark>&lt;/b&gt; bakes on Sundays." "$page" || broken "own words, as they were said"
grep -q "<mark>Kim Winterbourne</mark> hit Robin. Mrs <mark>Thistle</mark> saw it, so did the girl with the red hat, Zed and <mark>Pat Underhill</mark>" "$page" ||
    broken "names of another child, of another case, behind a title"
grep -q "Written down by <mark>Ann Sample</mark>" "$page" || broken "an author who is not named on the case"
for file in "$page" copy/your-story.txt copy/manifest.json; do
    grep -q "A person has to read every line of this before it is given to anybody" "$file" || broken "the warning in $file"
    grep -q "does not know all of them" "$file" || broken "no promise of all names in $file"
done
ok holdfast record set --replica ann "$case" "child_sw=$(holdfast status --replica ann --json >who; json who person)"
sync ann
sync ada
ok holdfast sar export --replica ada "$case" --out by-hand --reason "Request of 3 November (sample)" --also "Zed; girl with the red hat"
grep -q "so did the <mark>girl with the red hat</mark>, <mark>Zed</mark>" by-hand/your-story.html || broken "names given by hand"
grep -q "Written down by Ann Sample" by-hand/your-story.html || broken "the child's own worker"
grep -q "<mark>Robin" "$page" && broken "the child's own name is nobody else's"
grep -q "says about this" "$page" || broken "the statement"
grep -q "the work of carers or staff, and not you, is not in it" "$page" || broken "what is left out"
grep -rq "About the carer only" copy && broken "a practice concern left with the copy"
grep -qiE "<script|https?://|src=" "$page" && broken "the page needs something else"
first=$(grep -n "1 March 2025" "$page" | tail -n 1 | cut -d: -f1)
second=$(grep -n "10 May 2025" "$page" | tail -n 1 | cut -d: -f1)
[ "$first" -lt "$second" ] || broken "the order"
grep -q "\[\[Sam\]\] was told" copy/your-story.txt || broken "marked names in the text"
grep -q '"entry": [0-9]' copy/manifest.json || broken "numbers in the log"
refused holdfast sar export --replica ada "$case" --out final --reason "Request of 3 November (sample)" --final
err_has "Only a records officer releases a copy"
officer "Ada Office"
sync ada
ok holdfast sar export --replica ada "$case" --out final --reason "Request of 3 November, UK GDPR article 15 (sample)" --final
grep -q "<mark>" final/your-story.html && broken "a mark in the final copy"
grep -q "released_by.*Ada Office" final/manifest.json || broken "who released it"
grep -rq "A person has to read every line" final && broken "the warning in the final copy"
refused holdfast sar export --replica ada "$case" --out final --reason "Again"

# Who made it, and why.
sync ada
ok holdfast audit export --replica ivo --contents --out bundle
ok holdfast-audit who-read "$case" bundle --authority-key office/authority.pub
out_has "made a copy of the case for the person that it is about"
out_has "UK GDPR article 15"
out_has "Ada Office"
out_has "released a copy of the case for the person that it is about, without marks, as a records officer"

# The right was taken back while the device was away: it does not know, and makes the copy. The office does not let that
# pass for a release by right, and the log says what it was.
ok holdfastd person officer --data office "Ada Office" --take
ok holdfast sar export --replica ada "$case" --out late --reason "Request of 9 November (sample)" --final
sync ada
ok holdfastd held list --data office
out_has "Only a records officer may do this"
ok holdfast audit export --replica ivo --contents --out bundle-late
ok holdfast-audit who-read "$case" bundle-late --authority-key office/authority.pub --csv
grep '"Request of 9 November (sample)"' out >line
grep -q '"release",.*"none"' line || broken "a release without the right stands in the log as one"
grep -q "WITHOUT THE RIGHT" line || broken "and says so in words"
refused holdfast sar export --replica ada "$case" --out later --reason "Request of 9 November (sample)" --final
err_has "Only a records officer releases a copy"
[ ! -e later ] || broken "nothing was written"
