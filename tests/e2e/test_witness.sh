#!/usr/bin/env bash
# Witnesses: one by HTTP, one by HTTP that gets older, one by files on a stick. The office asks, keeps what they sign, and
# shows the checkpoint that has the policy's quorum. A log that was set back gets no signature.
. "$(dirname "$0")/support.sh"
watched=()
stop_witnesses() {
    local one
    for one in "${watched[@]}"; do kill -KILL "$one" 2>/dev/null || true; done
    clean_up
}
trap stop_witnesses EXIT

serve_witness() { # NAME [ADDRESS]; its address is in $witness_address, its process in $witness
    mkfifo "$1.said"
    holdfast-audit witness serve --state "$1" --listen "${2:-127.0.0.1:0}" >"$1.said" 2>>"$1.journal" &
    witness=$!
    watched+=("$witness")
    local line=
    read -r line <"$1.said" || true
    rm "$1.said"
    [[ "$line" == *"listens on http://"* ]] || { cat "$1.journal" >&2; broken "the witness $1 did not start"; }
    witness_address=${line##* }
}
make_witness() { # NAME
    ok holdfast-audit witness init --state "$1" --name "$1.example/witness" --log "$log_key"
    vkey=$(cat out)
}

begin_office
ok holdfastd witness vkey --data office
log_key=$(cat out)
refused holdfastd witness list --data office
err_has "no policy with witnesses"

make_witness north; north_key=$vkey; serve_witness north; north=$witness; north_address=$witness_address
make_witness south; south_key=$vkey; serve_witness south; south=$witness; south_address=$witness_address
make_witness stick; stick_key=$vkey
cat >policy <<END
log $log_key
witness north $north_key $north_address
witness south $south_key $south_address
witness stick $stick_key
group enough 2 north south stick
quorum enough
END

# --- a policy of another log is not taken ----------------------------------------------------------------------------------
printf 'log %s\nquorum none\n' "other.example/log+$(cut -d+ -f2- <<<"$log_key")" >wrong
refused holdfastd witness policy --data office wrong
ok holdfastd witness policy --data office policy

# --- two of three by HTTP ----------------------------------------------------------------------------------------------------
ok holdfastd witness ask --data office
out_has "2 of 2 witnesses signed something new."
ok holdfastd witness list --data office --json
cp out list.json
entries=$(json list.json entries)
same "$(json list.json witnessed)" "$entries" "what is witnessed"
ok holdfastd witness ask --data office
out_has "0 of 2 witnesses signed something new."
mkdir web
ok holdfastd publish --data office --out "$work/web"
grep -q "north.example/witness" web/checkpoint || broken "the published checkpoint lacks a cosignature"
grep -q "south.example/witness" web/checkpoint || broken "the published checkpoint lacks a cosignature"

# --- the log grows; one witness is away: publish shows what has the quorum, and the stick makes it up -----------------------
kill -TERM "$south"; wait "$south" || true
ok holdfastd person add --data office --person "Cara Later" --role worker
refused holdfastd witness ask --data office
err_has "south: http"
ok holdfastd publish --data office --out "$work/web"
same "$(sed -n 2p web/checkpoint)" "$entries" "what is published"
ok holdfastd witness export --data office request --name stick
ok holdfast-audit witness sign request --state stick --out reply
ok holdfastd witness import --data office reply
out_has "with the quorum of the policy"
ok holdfastd publish --data office --out "$work/web"
grep -q "stick.example/witness" web/checkpoint || broken "the published checkpoint lacks the stick's cosignature"
[ "$(sed -n 2p web/checkpoint)" -gt "$entries" ] || broken "nothing new was published"
entries=$(sed -n 2p web/checkpoint)
refused holdfastd witness import --data office request
err_has "not the signature of a witness"

# --- a reply that got lost: the witness is ahead of what the office knows ---------------------------------------------------
ok holdfastd person add --data office --person "Dora Later" --role worker
ok holdfastd witness export --data office request --name stick
ok holdfast-audit witness sign request --state stick --out lost
ok holdfastd person add --data office --person "Emil Later" --role worker
ok holdfastd witness export --data office request --name stick
refused holdfast-audit witness sign request --state stick --out reply2
err_has "Ask for one from there"
signed=$(sed -n 2p stick/last)
ok holdfastd witness export --data office request --name stick --from "$signed"
ok holdfast-audit witness sign request --state stick --out reply2
ok holdfastd witness import --data office reply2

# --- the witness that comes back goes on from what it signed, in one round; killed, it starts where it was -------------------
serve_witness south "${south_address#http://}"; south=$witness
ok holdfastd witness ask --data office
kill -KILL "$south"; wait "$south" 2>/dev/null || true
serve_witness south "${south_address#http://}"; south=$witness
signed=$(sed -n 2p south/last)
same "$(holdfastd witness list --data office | awk '$1 == "south" {print $2}')" "$signed" "what south signed"

# --- what HTTP refuses ---------------------------------------------------------------------------------------------------------
status_of() { curl -s -o answer -w '%{http_code}' "$@"; }
if command -v curl >/dev/null; then
    same "$(status_of "$south_address/other" -d x)" 404 "another path"
    same "$(status_of "$south_address/add-checkpoint")" 405 "GET"
    same "$(status_of "$south_address/add-checkpoint" -d "not a request")" 400 "no request"
    head -c 300000 /dev/zero >large
    same "$(status_of "$south_address/add-checkpoint" --data-binary @large)" 413 "too long"
    cp request asked
    sed -i '1s/.*/old 1/' asked
    same "$(status_of "$south_address/add-checkpoint" --data-binary @asked)" 409 "another size"
    same "$(cat answer)" "$signed" "the size that it tells"
    make_witness east
    serve_witness east
    limited=0
    for _ in $(seq 60); do
        [ "$(status_of "$witness_address/other" -d x)" = 429 ] && limited=1
    done
    same "$limited" 1 "the rate limit"
fi

# --- bundles carry what witnesses signed, and an auditor can demand it ----------------------------------------------------------
enrol vera "Vera Auditor" auditor
ok holdfastd witness ask --data office
ok holdfast audit export --replica vera --out bundle
[ -e bundle/witnessed ] || broken "the bundle lacks what the witnesses signed"
check() { holdfast-audit "$1" bundle --authority-key office/authority.pub "${@:2}"; }
ok check verify
out_has "with the quorum of the bundle's own policy"
ok check verify --policy policy
out_has "with the quorum of your policy"
sed 's/^group enough 2/group enough 3/' policy >stricter
refused check verify --policy stricter
out_has "fewer witnesses signed it"
ok check verify --policy policy --json
grep -q '"witnessed":{' out || broken "JSON does not tell what is witnessed"
ok holdfastd person add --data office --person "Ines Later" --role worker
rm -rf bundle
ok holdfast audit export --replica vera --out bundle
ok check verify --policy policy
out_has "not yet the last"
ok check gaps
out_has "no checkpoint that holds them has the quorum"
cp bundle/witnessed kept
cp bundle/checkpoint bundle/witnessed
refused check verify --policy policy
out_has "fewer witnesses signed it"
sed 's/^[0-9][0-9]*$/3/' kept >bundle/witnessed
refused check verify --policy policy
cp kept bundle/witnessed

# --- the log is set back: no witness signs, and the office says what it means ------------------------------------------------
stop_server TERM
cp -rp office before
start_server
ok holdfastd person add --data office --person "Fritz Later" --role worker
ok holdfastd witness ask --data office
stop_server TERM
mv office after
mv before office # guard.db too: what a thief of the whole folder could do
start_server
ok holdfastd person add --data office --person "Not Fritz" --role worker
refused holdfastd witness ask --data office
err_has "was set back"
stop_server TERM
rm -rf office
mv after office
start_server
ok holdfastd witness ask --data office

# --- a witness that lies ---------------------------------------------------------------------------------------------------------
ok holdfastd person add --data office --person "Gina Later" --role worker
ok holdfastd witness export --data office request --name stick
ok holdfast-audit witness sign request --state stick --out reply
tr 'A-Za-z' 'N-ZA-Mn-za-m' <reply >forged
refused holdfastd witness import --data office forged
err_has "Nothing of it was taken"
ok holdfastd witness import --data office reply

# --- a serving office asks by itself -------------------------------------------------------------------------------------------
stop_server TERM
ok holdfastd person add --data office --person "Hans Later" --role worker
start_server tcp://127.0.0.1:0 --witness-every 1
for _ in $(seq 200); do
    ok holdfastd witness list --data office --json
    cp out list.json
    [ "$(json list.json witnessed)" = "$(json list.json entries)" ] && break
done
same "$(json list.json witnessed)" "$(json list.json entries)" "what is witnessed"
