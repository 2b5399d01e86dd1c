#!/usr/bin/env bash
# A word in each place of a case: a field, a child's own words, a draft, an attachment in its first chunk and its last, its
# name, the search index, notes, the reason of a reading, and what a device has not sent. Two officers erase the case. Then
# no file holds one of the words, in plain or behind any key that there is or ever was: at the office, on no device, in no
# backup made later, and not in what the programs write for a while. In the mirror, which is only ever added to, none opens
# with a key that is left; nor in a file that was carried to others. Nothing of it ever was in the log on the web.
. "$(dirname "$0")/support.sh"
mkdir "$work/tmp" "$work/home" "$work/run"
export TMPDIR=$work/tmp HOME=$work/home XDG_RUNTIME_DIR=$work/run XDG_CACHE_HOME=$work/home/cache

field=quincefield
said=marmaladesaid
draft=xylodraft
content=zebracontent
inside=ibexinside # in the middle of a file of several chunks
ending=lynxending # in its last
title=yarrowtitle
indexed=wombatindexed
note=jonquilnote
reason=vetiverreason
waiting=ocelotwaiting # the reason of a reading that nobody has been told of
unsent=kumquatunsent
words=("$field" "$said" "$draft" "$content" "$inside" "$ending" "$title" "$indexed" "$note" "$reason" "$waiting" "$unsent")

# Opens a folder with all keys that are in it, and with those of the files that are named.
opened() { # KIND FOLDER OUT [KEYS …]
    rm -rf "$3" && mkdir "$3"
    ok unsealed open "$@"
}
opens() { grep -rqa "$2" "$1" || broken "“$2” does not open in $1: the search would find nothing anywhere"; }
no_word_in() { # FOLDER …
    local word
    for word in "${words[@]}"; do
        code=0
        grep -rla "$word" "$@" >found || code=$?
        [ "$code" = 1 ] || broken "“$word” is left in $(tr '\n' ' ' <found)"
    done
}
says_no_word() {
    run "$@"
    cat out err >said-now
    no_word_in said-now
}

ok holdfastd init --data office --authority "Northshire Council (invented)" --origin northshire.example/holdfast
ok holdfastd mirror --data office "$work/mirror"
start_server
enrol ann "Ann Sample" worker
enrol ben "Ben Example" worker
enrol mo "Mo Manager" manager
enrol ada "Ada Officer" office
officer "Ada Officer"
enrol bea "Bea Officer" office
officer "Bea Officer"
enrol ivo "Ivo Checker" auditor
devices="ann ben mo ada bea ivo"

# --- a word in each place ---------------------------------------------------------------------------------------------
new_case ann CH-1
case=$id
new ann action --case "$case" "text=The $field grew well" status=open
action=$id
new ann views --case "$case" "words=I want $said"
views=$id
new ann meeting --case "$case" status=draft
meeting=$id
new ann notes --case "$case" --parent "$meeting" "text=Minutes with $note"
notes=$id
new ann action --case "$case" "text=Find $indexed"
found=$id
{
    printf 'A letter about %s (invented)\n' "$content"
    head -c 50000 /dev/zero | tr '\0' x
    printf ' %s ' "$inside"
    head -c 50000 /dev/zero | tr '\0' x
    printf ' %s\n' "$ending"
} >letter.txt
ok holdfast attach add --replica ann "$case" "$meeting" letter.txt --title "The $title letter"
letter=$(head -n 1 out)
ok holdfast draft put --replica ann --case "$case" --type action "text=Half a $draft"
drafted=$(cat out)
new_case ann CH-2
other=$id
new ann action --case "$other" "text=Work goes on with marigold"
kept=$id
sync ann
ok holdfastd case assign --data office --case "$case" --person "Ben Example"
for device in ben mo ada bea ivo; do sync "$device"; done
for device in ann ben; do
    ok holdfast search --replica "$device" "$indexed"
    out_has "$found"
done
ok holdfast attach get --replica ben "$letter" got.txt
ok holdfast draft list --replica ann
out_has "$draft"
ok holdfast case show --replica mo "$case" --because "Asked about $reason"
ok holdfast record show --replica mo "$action"
sync mo
ok holdfast audit export --replica ivo --contents --out before --because "Yearly audit (sample)"

# Ben has not sent what he wrote, nor what he read; Mo has read again.
ok holdfast record set --replica ben "$action" "text=Ben saw $unsent"
ok holdfast record show --replica ben "$action" --because "Looked for $waiting"
ok holdfast record show --replica mo "$notes" --because "Looked again for $waiting"

# Ben carries it on a stick, for the office and for who holds the case. The log stands on the web. The page shows a sheet and
# a filed form; what it keeps for a while is not looked for while it runs.
ok holdfast bundle export --replica ben --out stick-office
ok holdfast bundle export --replica ben --for-holders --all --out stick-holders
ok holdfastd publish --data office --out "$work/web"
mkfifo page
holdfast app --replica ann --no-browser >page 2>>journal &
app=$!
trap 'kill "$app" 2>/dev/null || true; clean_up' EXIT
read -r line <page
site=${line%%/#launch=*}
asked() { # PATH [OPTION …]; the answer is in the file answer
    local said
    said=$(curl -s -o answer -w '%{http_code}' -b cookies -c cookies -H "Origin: $site" -H "Content-Type: application/json" \
        -H "X-Holdfast-Form: ${form-}" "${@:2}" "$site$1")
    [ "$said" = 200 ] || broken "$1 answers $said: $(cat answer)"
}
asked /api/launch -d "{\"token\":\"${line##*launch=}\"}"
asked /api/session
form=$(grep -o '"form_token": *"[0-9a-f]*"' answer | grep -o '[0-9a-f]\{16,\}')
asked /api/session/unlock -d '{"passphrase":"a passphrase for tests only"}'
asked "/api/meetings/$meeting/sheet?for=professional"
grep -q "$note" answer || broken "the sheet lacks the notes: the search would find nothing"
asked "/api/meetings/$meeting/export" -d '{"mapping":{"template":"Sample","columns":[{"column":"Notes","from":"notes.text"}]}}'
grep -q "$note" answer || broken "the filed form lacks the notes"
rm answer
kill "$app"
wait "$app" 2>/dev/null || true
trap clean_up EXIT

# --- the search finds each of them while the case is there ------------------------------------------------------------
stop_server TERM
opened office office open-office
for word in "$field" "$said" "$title" "$indexed" "$note" "$reason"; do opens open-office/entries "$word"; done
cp -r office office-before
mkdir open-mirror
ok unsealed mirror mirror office-before open-mirror
for word in "$field" "$said" "$title" "$indexed" "$note" "$reason"; do opens open-mirror/entries "$word"; done
opens open-mirror/states "$field"
opens open-office/pages-server "$field"
opens open-office/drafts "$draft"
for word in "$content" "$inside" "$ending"; do opens open-office/attachments "$word"; done
for device in ann ben; do
    opened device "$device" "open-$device"
    opens "open-$device/search" "$indexed"
    for word in "$content" "$inside" "$ending"; do opens "open-$device/attachments" "$word"; done
    for word in "$field" "$said" "$title" "$note"; do opens "open-$device/pages-replica" "$word"; done
done
opens open-ann/pages-replica "$draft"
opens open-ben/pages-replica "$unsent"
opens open-ben/pages-replica "$waiting"
opened device mo open-mo
opens open-mo/pages-replica "$waiting"
ok unsealed keys office office
cp out keys-before
for device in $devices; do
    ok unsealed keys device "$device"
    cat out >>keys-before
done
start_server "$address"
no_word_in office $devices mirror stick-office stick-holders web tmp home run journal

# --- two officers -----------------------------------------------------------------------------------------------------
ok holdfast erase request --replica ada --case "$case" --basis never_recorded
erasure=$(tail -n 1 out)
ok holdfast erase confirm --replica bea "$erasure" --case "$case"
for device in ann mo ben ada bea ivo; do sync "$device"; done
for device in ann mo ben ada bea ivo; do sync "$device"; done # receipts
ok holdfast erase list --replica ada
out_has "every device that may have held it has destroyed it"
lacks "not answered yet"
ok holdfast held list --replica ben
out_has "case was erased"

# --- no file, with any key --------------------------------------------------------------------------------------------
stop_server TERM
cp -r office backup
for folder in office backup; do
    opened office "$folder" "after-$folder" keys-before
    opens "after-$folder/entries" marigold
done
for device in $devices; do
    cp -r "$device" "kept-$device"
    opened device "kept-$device" "after-$device" keys-before
done
opens after-ann/pages-replica marigold
mkdir after-mirror
ok unsealed mirror mirror office after-mirror
opens after-mirror/entries marigold
opens after-mirror/states marigold
no_word_in office backup $devices mirror web tmp home run journal after-*

# --- no program opens one ---------------------------------------------------------------------------------------------
rm -rf office && mv backup office
start_server "$address"
for device in ann ben mo ada; do
    for record in "$action" "$views" "$notes" "$found" "$letter"; do
        refused holdfast record show --replica "kept-$device" "$record"
        says_no_word holdfast record history --replica "kept-$device" "$record"
    done
    refused holdfast draft show --replica "kept-$device" "$drafted"
    refused holdfast attach get --replica "kept-$device" "$letter" erased.txt
    for word in "$indexed" "$draft" "$unsent"; do
        ok holdfast search --replica "kept-$device" "$word"
        out_has "Nothing found"
    done
    says_no_word holdfast draft list --replica "kept-$device"
    says_no_word holdfast case show --replica "kept-$device" "$case"
    says_no_word holdfast held list --replica "kept-$device"
    sync "$device" # from the backup it gets nothing back
    refused holdfast record show --replica "$device" "$action"
done
ok holdfast record show --replica ann "$kept"
out_has marigold
says_no_word holdfastd case list --data office
says_no_word holdfastd held list --data office
ok holdfast audit export --replica ivo --contents --out after
no_word_in after
grep -rqa marigold after || broken "the bundle of the backup holds nothing at all"
ok holdfast-audit verify after --authority-key office/authority.pub
out_has "erased by two officers"
says_no_word holdfast-audit who-read "$case" after --authority-key office/authority.pub
says_no_word holdfast-audit who-changed "$case" after --authority-key office/authority.pub
says_no_word holdfast-audit replay after --authority-key office/authority.pub

# --- what was carried away before, and comes back ------------------------------------------------------------------------
stop_server TERM
refused holdfastd bundle import --data office "$work/stick-office" --answer "$work/stick-back"
run holdfast bundle import --replica ann stick-holders
run holdfast bundle import --replica mo stick-holders
opened office office after-stick-office
for device in ann mo; do
    opened device "$device" "after-stick-$device"
    opened device "$device" "after-stick-keys-$device" keys-before
done
no_word_in office ann mo stick-back after-stick-* tmp home run journal
opens after-stick-ann/pages-replica marigold
start_server "$address"

# --- a bundle from before still verifies, and the log of now continues it ---------------------------------------------
ok holdfast-audit verify before --authority-key office/authority.pub
ok holdfast-audit compare before after --authority-key office/authority.pub
out_has "Continues the earlier log"
