#!/usr/bin/env bash
# Another user of the same machine and the page of `holdfast app`: no process list, no file and no request gives them the launch token
# or a record. Ends with 77, shown as skipped, where one user cannot become another (not root) or curl is missing.
. "$(dirname "$0")/support.sh"
[ "$(id -u)" = 0 ] && command -v curl setpriv ss >/dev/null || { echo "skipped: needs root, curl, setpriv and ss"; exit 77; }
other() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }

begin_office
enrol amira "Amira Sample" worker
new_case amira CH-4821

# The browser is a script that notes what everybody on the machine can see of it; nothing here is careful about new files.
chmod 755 "$work"
mkdir bin run
cat >bin/xdg-open <<SCRIPT
#!/usr/bin/env bash
printf '%s\n' "\$*" >"$work/seen"
tr '\0' ' ' <"/proc/\$PPID/cmdline" >>"$work/seen"
echo >"$work/opened"
SCRIPT
chmod 755 bin/xdg-open
umask 000
chmod 755 run
mkfifo said opened
XDG_RUNTIME_DIR=$work/run PATH=$work/bin:$PATH holdfast app --replica amira >said 2>app.log &
app=$!
trap 'kill "$app" 2>/dev/null || true; clean_up' EXIT
read -r line <said
address=${line%%/#launch=*}
token=${line##*launch=}
[[ "$token" =~ ^[0-9a-f]{64}$ ]] || broken "no launch token: $line"
port=${address##*:}
read -r <opened # the browser

# What it was started with, and the file that it was given
grep -q "$token" seen && broken "the token stands where everybody reads it: $(cat seen)"
file=$(sed -n '1s|^file://||p' seen)
grep -q "$token" "$file" || broken "the browser would not find the token"
[ "$(stat -c %a "$file")" = 600 ] || broken "others may read the launch file: $(stat -c %a "$file")"
other cat "$file" >/dev/null 2>&1 && broken "another user reads the launch file"
grep -rq "$token" amira && broken "the token is kept beside the records"

# What listens, and what another user gets of it
[ "$(ss -Hltn "sport = :$port" | awk '{print $4}')" = "127.0.0.1:$port" ] || broken "it listens on more than loopback: $(ss -Hltn "sport = :$port")"
asked() { # METHOD PATH [OPTION …]; the status
    other curl -s -o answer.other -w '%{http_code}' -X "$1" -H "Origin: $address" -H "Content-Type: application/json" "${@:3}" "$address$2"
}
: >answer.other
chmod 666 answer.other
for path in /api/session /api/records /api/cases /api/news /api/drafts /api/sync; do
    [ "$(asked GET "$path")" = 401 ] || broken "$path answers without the cookie: $(cat answer.other)"
    grep -q "CH-4821\|Amira\|enrolled" answer.other && broken "$path tells something: $(cat answer.other)"
done
[ "$(asked POST /api/launch -d "{\"token\":\"${token//[0-9]/0}\"}")" != 200 ] || broken "a guess is let in: $(cat answer.other)"
[ "$(asked POST /api/session/unlock -d '{"passphrase":"a passphrase for tests only"}')" = 401 ] || broken "the passphrase alone opens it: $(cat answer.other)"

# The person's own browser takes the token; a second use of it, by anybody, is nothing.
[ "$(curl -s -o /dev/null -w '%{http_code}' -c cookies -H "Origin: $address" -H "Content-Type: application/json" -d "{\"token\":\"$token\"}" "$address/api/launch")" = 200 ] || broken "the token does not work"
[ "$(curl -s -o mine -w '%{http_code}' -b cookies "$address/api/session")" = 200 ] || broken "the person's own session does not work: $(cat mine)"
[ "$(asked POST /api/launch -d "{\"token\":\"$token\"}")" != 200 ] || broken "the token works twice: $(cat answer.other)"
kill "$app"
wait "$app" 2>/dev/null || true
[ ! -e "$file" ] || broken "the launch file stays behind"
echo "ok"
