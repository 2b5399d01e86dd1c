#!/usr/bin/env bash
# A device's signing key is changed: the device is revoked as replaced and its person enrolled anew (docs/keys.md, Device
# certificates). The person has the same cases, the log names both keys with when each came and went, the verifier follows,
# and what the old key signs afterwards has no effect.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
enrol ivo "Ivo Checker" auditor
new_case ann CH-1
case=$id
new ann action --case "$case" "text=Written under the first key" status=open
action=$id
sync ann
key_of() { holdfast status --replica "$1" --json >status.json && json status.json device; }
person_of() { holdfast status --replica "$1" --json >status.json && json status.json person; }
first=$(key_of ann)

# --- the ceremony: sync, revoke, invite, enrol ----------------------------------------------------------------------------
ok holdfastd device revoke --data office "$first" --reason replaced
enrol again "Ann Sample" worker
second=$(key_of again)
[ "$first" != "$second" ] || broken "the key is the same"
same "$(person_of again)" "$(person_of ann)" "the person"
sync again
ok holdfast record show --replica again "$action"
out_has "Written under the first key"
ok holdfast record set --replica again "$action" "text=Written under the second key"
sync again

# --- what the old key signs now: handed in, logged, and without effect ----------------------------------------------------------
ok holdfast record set --replica ann "$action" "text=Written by a key that was given up"
run holdfast sync --replica ann
out_has "revoked"
sync again
ok holdfast record show --replica again "$action"
out_has "Written under the second key"
lacks "given up"
ok holdfastd held list --data office
out_has "Ann Sample"
refused holdfast record show --replica ann "$action"

# --- the verifier follows ---------------------------------------------------------------------------------------------------
ok holdfast audit export --replica ivo --contents --out bundle
ok holdfast-audit verify bundle --authority-key office/authority.pub
ok holdfast-audit verify bundle --authority-key office/authority.pub --json
for key in "$first" "$second"; do grep -q "$key" out || broken "the verifier does not name the key $key"; done
grep -q '"handed_in_after_revocation":[1-9]' out || broken "what came after the revocation is not counted"
ok holdfast-audit show bundle --authority-key office/authority.pub --kind revoke
out_has "$(cut -c1-16 <<<"$first")"
out_has "replaced"
ok holdfast-audit show bundle --authority-key office/authority.pub --kind enrol
out_has "$(cut -c1-16 <<<"$second")"
out_has "invited at the office's own machine"
ok holdfast-audit gaps bundle --authority-key office/authority.pub
out_has "handed_in"

# --- entries of one person and of one case, by their names ----------------------------------------------------------------------
ok holdfast-audit show bundle --authority-key office/authority.pub --kind enrol --person "Ivo Checker"
out_has "as auditor"
lacks "as worker"
ok holdfast-audit show bundle --authority-key office/authority.pub --kind data --case CH-1
out_has "Written under the first key"
run holdfast-audit show bundle --authority-key office/authority.pub --person "Nobody Here"
ends 2
