#!/usr/bin/env bash
# A real network, in namespaces of its own: the link goes down and comes back, the address changes, the line gets slow. A device
# that stays connected notices each by what the system tells it, and goes on; a change on either side arrives.
# shellcheck disable=SC2094
skip() {
    echo "skipped: $1"
    exit 77
}
if [ "${1:-}" != inside ]; then
    command -v unshare >/dev/null && command -v nsenter >/dev/null || skip "unshare and nsenter (util-linux) are not here"
    PATH=$PATH:/usr/sbin:/sbin
    command -v ip >/dev/null || skip "ip (iproute2) is not here"
    unshare -Urnm true 2>/dev/null || skip "this machine does not allow namespaces without root"
    unshare -Urn sh -c 'ip link add v0 type veth peer name v1' 2>/dev/null || skip "this kernel has no veth"
    exec unshare -Urnm "$0" inside
fi
. "$(dirname "$0")/support.sh"

far= # a process whose network is the device's
watching=
end_all() {
    for pid in $watching $far; do kill "$pid" 2>/dev/null || true; done
    clean_up
}
trap end_all EXIT
ip link set lo up
mkfifo hold
unshare -n cat hold &
far=$!
exec 9>hold
until [ "$(readlink "/proc/$far/ns/net")" != "$(readlink /proc/self/ns/net)" ]; do kill -0 "$far"; done
there() { nsenter -t "$far" -n "$@"; }
ip link add v0 type veth peer name v1 netns "$far"
ip addr add 10.99.0.1/24 dev v0
ip link set v0 up
there ip link set lo up
there ip addr add 10.99.0.2/24 dev v1
there ip link set v1 up

ok holdfastd init --data office --authority "Northshire Council (invented)" --origin northshire.example/holdfast
start_server tcp://10.99.0.1:0
join() { # FOLDER NAME; in the device's network
    ok holdfastd invite --data office --person "$2" --role office
    ok there holdfast enrol --weak-kdf-for-tests --replica "$1" "$(cat out)"
}
join ann "Ann Sample"
ok holdfastd invite --data office --person "Ben Example" --role office
ok holdfast enrol --weak-kdf-for-tests --replica ben "$(cat out)"
new_case ben CH-1
case=$id
sync ben

mkfifo states
nsenter -t "$far" -n holdfast sync --watch --json --replica ann >states 2>watch_errors &
watching=$!
exec 8<states
# Reads on until the device is in that state; what it said last is in $object, one key on a line.
await() { # STATE WHY
    local line
    while read -r -t 60 line <&8; do
        [ "$line" = "{" ] && object=
        object+=$line$'\n'
        [ "$line" != "}" ] || [[ "$object" != *"\"state\": \"$1\""* ]] || return 0
    done
    cat watch_errors >&2
    broken "$2: the device did not come to $1"
}
of() { sed -n 's/^"'"$1"'": \([0-9]*\).*/\1/p' <<<"$object"; }
# A change of Ben's arrives at Ann's, who is connected.
arrives() { # WHY
    local pulled
    pulled=$(of pulled)
    new ben action --case "$case" "text=$1" status=open
    sync ben
    while [ "$(of pulled)" -le "$pulled" ]; do await in_sync "$1"; done
}
await in_sync "at first"
arrives "before anything happens"

# The cable is pulled: nobody closes the connection, the system only says that the link is gone. The device asks whether the office is
# still there, and its ten seconds for an answer are far less than the two minutes of its keep-alive.
before=$(of connections)
ip link set v0 down
await waiting "the link went down"
ip link set v0 up
await in_sync "the link came back"
[ "$(of connections)" -gt "$before" ] || broken "the connection is said to be the same"
arrives "after the link came back"

# Another address, as when a tablet moves from one network to the next: the old connection is dead without a word.
before=$(of connections)
there ip addr del 10.99.0.2/24 dev v1
there ip addr add 10.99.0.77/24 dev v1
await waiting "the address went"
await in_sync "with another address"
[ "$(of connections)" -gt "$before" ] || broken "the connection is said to be the same"
arrives "with another address"

# A slow line, where the kernel can make one.
slow=
if tc qdisc add dev v0 root netem delay 300ms rate 30kbit 2>/dev/null && there tc qdisc add dev v1 root netem delay 300ms rate 30kbit; then
    slow="600 ms there and back, 30 kbit/s"
elif tc qdisc add dev v0 root tbf rate 30kbit burst 1600 latency 400ms 2>/dev/null && there tc qdisc add dev v1 root tbf rate 30kbit burst 1600 latency 400ms; then
    slow="30 kbit/s; this kernel has no netem, so without delay"
fi
if [ -n "$slow" ]; then
    arrives "over a slow line"
    echo "a slow line: $slow"
else
    echo "not checked: a slow line, for this kernel has neither netem nor tbf"
fi
kill "$watching" && wait "$watching" || true
watching=
ok there holdfast sync --replica ann
same "$(digest_of ann)" "$(digest_of ben)" "digests"
echo "ok"
