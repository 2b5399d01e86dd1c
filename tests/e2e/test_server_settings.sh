#!/usr/bin/env bash
# How the server is set: the lease that it tells devices, and data sealed with AES on a processor without instructions for it.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
sync ann
out_days() { holdfast status --replica "$1" --json >status.json && json status.json lease_ends | cut -c 1-10; }
in_days() { date -u -d "+$1 days" +%F; }
first=$(out_days ann)
[[ "$first" == "$(in_days 14)" || "$first" == "$(in_days 13)" ]] || broken "the lease ends $first and not in 14 days"
stop_server TERM

for days in 0 367 x 1x 9999 ""; do
    run holdfastd serve --data office --listen tcp://127.0.0.1:0 --lease-days "$days"
    ends 2
    err_has "from 1 to 366"
done
for count in 0 8193 x ""; do
    run holdfastd serve --data office --listen tcp://127.0.0.1:0 --per-address "$count"
    ends 2
    err_has "from 1 to 8192"
done
start_server "$address" --lease-days 3 --per-address 2
sync ann
end=$(out_days ann)
[[ "$end" == "$(in_days 3)" || "$end" == "$(in_days 2)" ]] || broken "the lease ends $end and not in 3 days"
stop_server TERM

# libcrypto computes AES in software: the same folder opens, and what is written there opens with the instructions again.
if [ "$(uname -m)" = x86_64 ] && grep -qx xaes-256-gcm office/secret.key; then
    no_aes='~0x200000200000000'
    OPENSSL_ia32cap=$no_aes start_server "$address"
    new_case ann CH-SOFT
    sync ann
    stop_server TERM
    OPENSSL_ia32cap=$no_aes ok holdfast case list --replica ann
    out_has CH-SOFT
    start_server "$address"
    enrol bob "Bob Sample" office
    sync bob
    ok holdfast case list --replica bob
    out_has CH-SOFT
else
    echo "not checked: the suite for processors with AES, which this one is not"
fi
