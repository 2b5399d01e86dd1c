#!/usr/bin/env bash
# A mirror that cannot be written: its disk is full, read-only, or not there. The office goes on, says so in the journal, in
# `status` and on the office's page, keeps every commit beside its own data meanwhile, also over kill -9, and brings them to
# the mirror when it can. A restored backup is brought up to date from mirror and what waits; an empty folder in the place
# of the disk is not taken for the mirror.
. "$(dirname "$0")/support.sh"

if [ "${1-}" != inside ]; then
    skip() {
        printf 'Skipped: %s.\n' "$1"
        exit 77
    }
    command -v unshare >/dev/null || skip "unshare (util-linux) is not here"
    unshare -Urm mount -t tmpfs none /mnt 2>/dev/null || skip "this machine does not allow mounts without root"
    exec unshare -Urm "$0" inside
fi

disk=$work/disk
mkdir "$disk"
mount_disk() { mount -t tmpfs -o size=400k "$@" none "$disk"; }
journal_has() { grep -qFm 1 "$1" < <(timeout 120 tail -n +1 -f journal) || broken "the journal does not say: $1"; }
number() { office_number "$1"; }
waiting_files() { find office/mirror-waiting -name '*.commit' | wc -l; }
work_on() { # TEXT
    new ann action --case "$case1" "text=$1" status=open
    sync ann
}
until_well() { # the journal says so; it was emptied before the trouble began
    journal_has "The mirror has every commit again"
    same "$(number mirror_lacks)" 0 "what the mirror lacks"
}

take_disk_away() { umount -l "$disk" 2>/dev/null || true; }
trap 'take_disk_away; clean_up' EXIT

begin_office
port=${address##*:}
enrol ann "Ann Sample" worker
enrol vera "Vera Auditor" auditor
new_case ann CH-1
case1=$id
sync ann
ok holdfastd status --data office
out_has "mirror            none"
stop_server TERM
mount_disk
ok holdfastd mirror --data office "$disk/mirror"
mkdir backup
cp -p office/server.db* backup/
start_server "tcp://127.0.0.1:$port"
work_on "While the mirror is well"
ok holdfastd status --data office
out_has "has every commit"
same "$(waiting_files)" 0 "what waits"

# --- its disk is full -------------------------------------------------------------------------------------------------------
head -c 1000000 /dev/zero >"$disk/filler" 2>/dev/null || true
work_on "While the disk of the mirror is full"
journal_has "its disk is full"
ok holdfastd status --data office
out_has "its disk is full"
ok holdfastd status --data office --json
[ "$(json out mirror_lacks)" -gt 0 ] || broken "status says that the mirror lacks nothing"
enrol ada "Ada Officer" office
ok holdfast office status --replica ada
out_has "its disk is full"
stop_server KILL
start_server "tcp://127.0.0.1:$port"
[ "$(number mirror_lacks)" -gt 0 ] || broken "a restart forgot what waits"
same "$(number mirror_lacks)" "$(waiting_files)" "what waits"
: >journal
rm "$disk/filler"
until_well
same "$(waiting_files)" 0 "what waits"

# --- read-only, then not there; a backup comes back meanwhile ---------------------------------------------------------------
mount -o remount,ro "$disk"
: >journal
work_on "While it is read-only"
journal_has "read-only"
mount -o remount,rw "$disk"
stop_server TERM
mkdir kept
cp -rp "$disk/mirror" kept/
umount "$disk"
mkdir "$disk/mirror" # as a mount point that somebody made a folder in
: >journal
start_server "tcp://127.0.0.1:$port"
journal_has "it is not there, or another disk is in its place"
work_on "While another folder is in its place"
[ -z "$(ls "$disk/mirror")" ] || broken "another folder was taken for the mirror"
entries=$(number entries)
ok holdfast audit export --replica vera --out before
stop_server KILL
rm office/server.db*
cp -p backup/server.db* office/
ok holdfastd recover-log --data office --from "$work/kept/mirror"
out_has "to entry $entries again"
start_server "tcp://127.0.0.1:$port"
sync ann
same "$(number entries)" "$entries" "entries"

# --- the disk comes back: all of it is on the mirror ----------------------------------------------------------------------------
: >journal
rmdir "$disk/mirror"
mount_disk
cp -rp kept/mirror "$disk/"
until_well
stop_server TERM
rm -r office/mirror-waiting office/server.db*
cp -p backup/server.db* office/
ok holdfastd recover-log --data office --from "$disk/mirror"
out_has "to entry $entries again"
start_server "tcp://127.0.0.1:$port"
sync ann
ok holdfast record list --replica ann --case "$case1"
out_has "While another folder is in its place"
ok holdfast audit export --replica vera --out after
ok holdfast-audit compare before after --authority-key office/authority.pub

# --- taken away: what waited for it is dropped -----------------------------------------------------------------------------------
stop_server TERM
umount "$disk"
start_server "tcp://127.0.0.1:$port"
work_on "For a mirror that does not come back"
stop_server TERM
[ "$(waiting_files)" -gt 0 ] || broken "nothing waits"
ok holdfastd mirror --data office --none
[ ! -e office/mirror-waiting ] || broken "what waited for no mirror is kept"
ok holdfastd status --data office
out_has "mirror            none"
