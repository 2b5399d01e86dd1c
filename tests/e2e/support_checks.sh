# shellcheck shell=bash disable=SC1111,SC2034
# Running a command and checking what it did; for support.sh, and for a test that goes on in a session of its own.
broken() {
    echo "NOT OK: $1" >&2
    echo "  last command: ${last:0:300}" >&2
    echo "  exit code ${code:-}; standard output and error:" >&2
    sed 's/^/    /' out err >&2 2>/dev/null || true
    exit 1
}
# Runs a command; its exit code is in $code, what it said in the files out and err. It gets no terminal and no input.
last=
run() {
    last="$*"
    code=0
    "$@" >out 2>err </dev/null || code=$?
}
ends() { [ "$code" = "$1" ] || broken "${last} ends with $code and not with $1"; }
ok() { run "$@" && ends 0; }
refused() { run "$@" && ends 1; }
# Fixed text in what the last command said.
out_has() { grep -qF -- "$1" out || broken "standard output lacks “$1”"; }
err_has() { grep -qF -- "$1" err || broken "standard error lacks “$1”"; }
lacks() { ! grep -qF -- "$1" out err || broken "“$1” is said"; }
out_empty() { [ ! -s out ] || broken "standard output is not empty"; }
same() { [ "$1" = "$2" ] || broken "$3: “$1” and “$2” differ"; }
lines() { [ "$(grep -c . "$1" || true)" = "$2" ] || broken "$1 has not $2 lines"; }
