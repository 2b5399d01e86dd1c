# Sourced by the tests that run Go: ends them with 77, which ctest shows as skipped, where Go or golang.org/x/mod is missing
# (Debian: golang-go and golang-golang-x-mod-dev; tools/install-packages interop). Needs no network. Makes $folder, which goes
# when the test ends.
if ! command -v go >/dev/null; then
    echo "skipped: Go is not installed"
    exit 77
fi
if [ ! -d /usr/share/gocode/src/golang.org/x/mod/sumdb/tlog ]; then
    echo "skipped: golang-golang-x-mod-dev is not installed"
    exit 77
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
export GOPATH=/usr/share/gocode GO111MODULE=off GOFLAGS= GOCACHE="$folder/cache"
