#!/usr/bin/env bash
# Wrong passphrase, damaged key file, flipped bytes in the database: a clear error, no plaintext, and the files left as they were;
# for a device's folder and for the server's.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
new_case ann CH-SECRET
case=$id
new ann action --case "$case" "text=A word that nobody else may read: juniper" status=open
stop_server TERM
same "$code" 0 "exit code of a server that was told to stop"

# Nothing that was recorded stands in the files as it is.
for folder in ann office; do
    if grep -rqaE 'juniper|CH-SECRET|Ann Sample' "$folder"; then broken "$folder holds plaintext"; fi
done

# Exit 1, a sentence, nothing of the records, and every byte as before, but for the count of wrong passphrases. Each command
# finds a fresh copy, because wrong passphrases add up.
kept() { bytes_of "$1" | grep -v '\.tries$'; }
refuses_all() { # FOLDER SENTENCE
    local before command
    for command in status "case list" "record list" "case show $case" sync "record new action --case $case text=x"; do
        rm -rf tried
        cp -Rp "$1" tried
        before=$(kept tried)
        # shellcheck disable=SC2086 # words
        refused holdfast $command --replica tried
        out_empty
        err_has "$2"
        lacks juniper
        lacks CH-SECRET
        same "$(kept tried)" "$before" "bytes of the folder"
    done
}

printf 'another passphrase\n' >wrong
HOLDFAST_PASSPHRASE_FILE=$work/wrong refuses_all ann "passphrase"
cp -Rp ann tried2
refused holdfast passphrase change --replica tried2 --passphrase-file wrong --new-passphrase-file passphrase
err_has "passphrase"
printf '' >empty
refused holdfast status --replica ann --passphrase-file empty
err_has "there is nothing in it"
refused holdfast status --replica ann --passphrase-file missing
err_has "could not be read"
refused env -u HOLDFAST_PASSPHRASE_FILE holdfast status --replica ann
err_has "A passphrase is needed"
refused holdfast status --replica nobody
err_has "holdfast enrol"
[ ! -e nobody ] || broken "looking at a folder has made it"

# A new passphrase opens, and the old one does not.
cp -Rp ann changed
printf 'a longer passphrase for tests only\n' >newer
ok holdfast passphrase change --replica changed --new-passphrase-file newer
HOLDFAST_PASSPHRASE_FILE=$work/passphrase refuses_all changed "passphrase"
ok holdfast case list --replica changed --passphrase-file newer
out_has CH-SECRET

flip() { # FILE AT
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    # shellcheck disable=SC2059
    printf "\\x$(printf %02x $((byte ^ 16)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
damaged() { # FOLDER FILE AT: a copy with a flipped byte, called damaged
    rm -rf damaged
    cp -Rp "$1" damaged
    flip "damaged/$2" "$3"
}

# The key file: in its head, its slots, its end.
key=$(cd ann && ls ./*.key)
size=$(stat -c %s "ann/$key")
for at in 0 9 $((size / 3)) $((size / 2)) $((size - 1)); do
    damaged ann "$key" "$at"
    refuses_all damaged ""
done
rm -rf damaged && cp -Rp ann damaged && head -c 20 "ann/$key" >"damaged/$key"
refuses_all damaged "damaged"

# The database: all of it lies in files beside the key file. Any page that a command reads tells.
base=${key%.key}
database=$base
[ -e "ann/$database" ] || database=$(cd ann && find . -type f ! -name '*.key' ! -name '*-wal' ! -name '*-shm' -size +0 | head -n 1)
size=$(stat -c %s "ann/$database")
told=0
for at in 30 100 2000 5000 $((size / 2)) $((size - 10)); do
    [ "$at" -lt "$size" ] || continue
    damaged ann "$database" "$at"
    before=$(bytes_of damaged)
    run holdfast case show --replica damaged "$case"
    [ "$code" = 0 ] && continue # a page that this command has not read
    ends 1
    out_empty
    err_has "damaged"
    lacks juniper
    same "$(bytes_of damaged)" "$before" "bytes of the folder"
    told=$((told + 1))
done
[ "$told" -ge 2 ] || broken "$told flipped bytes were noticed"

# The server's folder.
for file in $(cd office && find . -maxdepth 2 -type f ! -name '*-wal' ! -name '*-shm' ! -name '*.pub' ! -name authority.key ! -name '*.share' ! -name lock ! -name listen -size +0); do
    damaged office "$file" $(($(stat -c %s "office/$file") / 2))
    run holdfastd status --data damaged
    printf '%s: exit %s %s\n' "$file" "$code" "$(head -n 1 err)"
    if [ "$code" != 0 ]; then
        ends 1
        out_empty
    fi
    lacks juniper
    lacks "Ann Sample"
done
echo "ok"
