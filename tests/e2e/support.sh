# shellcheck shell=bash disable=SC1111,SC2034,SC2120
# For tests/e2e/test_*.sh: an authority in a temporary folder, made with the real programs in HOLDFAST_PROGRAMS.
# A check that does not hold says so and ends the test with 1.
set -euo pipefail
: "${HOLDFAST_PROGRAMS:?must name the folder with the programs, as ctest does}"
export LC_ALL=C.UTF-8
PATH=$HOLDFAST_PROGRAMS:$PATH
shm=/tmp
[ -w /dev/shm ] && shm=/dev/shm
. "$(dirname "${BASH_SOURCE[0]}")/support_checks.sh"
work=$(mktemp -d "${TMPDIR:-$shm}/holdfast-e2e-XXXXXX")
cd "$work"
server=
unset HOLDFAST_REPLICA HOLDFAST_PASSPHRASE_FILE

clean_up() {
    if [ -n "$server" ]; then
        kill -KILL "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    cd /
    rm -rf "$work"
}
trap clean_up EXIT

# The value of a key that stands on a line of its own in indented JSON.
json() { # FILE KEY
    sed -n 's/^ *"'"$2"'": "\{0,1\}\([^",]*\)"\{0,1\},\{0,1\}$/\1/p' "$1" | head -n 1
}

printf 'a passphrase for tests only\n' >passphrase
export HOLDFAST_PASSPHRASE_FILE=$work/passphrase

start_server() { # [ADDRESS [OPTION …]]
    mkfifo said
    holdfastd serve --data office --listen "${1:-tcp://127.0.0.1:0}" "${@:2}" >said 2>>journal &
    server=$!
    local line=
    read -r line <said || true
    rm said
    [[ "$line" == *"listens on "* ]] || { cat journal >&2; broken "the server did not start"; }
    address=${line##* }
}
stop_server() { # SIGNAL; its exit code is in $code
    kill "-$1" "$server"
    code=0
    { wait "$server"; } 2>/dev/null || code=$?
    server=
}
begin_office() {
    ok holdfastd init --data office --authority "Northshire Council (invented)" --origin northshire.example/holdfast
    start_server
}
invite() { # NAME ROLE; the line is in $invitation
    ok holdfastd invite --data office --person "$1" --role "$2"
    invitation=$(cat out)
}
enrol() { # FOLDER NAME ROLE
    invite "$2" "$3"
    ok holdfast enrol --weak-kdf-for-tests --replica "$1" "$invitation"
}
# Makes somebody a records officer: a person is named as in the staff list.
officer() { # NAME
    ok holdfastd person officer --data office "$1" --give
}
sync() { ok holdfast sync --replica "$1"; }
# A new case or record: its id is in $id.
new() { # FOLDER words…
    ok holdfast record new --replica "$1" "${@:2}"
    id=$(cut -d' ' -f1 out)
}
new_case() { # FOLDER REFERENCE
    ok holdfast case new --replica "$1" "$2"
    id=$(cut -d' ' -f1 out)
}
# What must not change when a command is refused.
state_of() { holdfast status --replica "$1" --json | grep -vE '"(last_sync|checkpoint_time|lease_ends|oldest_unsent_s)"'; }
digest_of() { holdfast status --replica "$1" --json >status.json && json status.json digest; }
office_number() { holdfastd status --data office --json >status.json && json status.json "$1"; }
bytes_of() { find "$1" -type f -exec sha256sum {} + | sort; }
