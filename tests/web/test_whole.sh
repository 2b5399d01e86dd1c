#!/usr/bin/env bash
# One meeting from the visit to the audit, in a real browser against a real server (whole.mjs). Ends with 77, shown as skipped, without node, Chromium or the page.
set -euo pipefail
: "${HOLDFAST_PROGRAMS:?must name the folder with the programs, as ctest does}"
cd "$(dirname "$0")"
command -v node >/dev/null || { echo "skipped: node is not installed"; exit 77; }
[ -e ../../client/web/node_modules/playwright-core ] || { echo "skipped: the page was not built (client/web/make-page says why)"; exit 77; }
# In a network of its own, where there is nothing but loopback, when this machine lets us make one.
if unshare -rn true 2>/dev/null && command -v ip >/dev/null; then
    exec unshare -rn sh -c 'ip link set lo up && exec node whole.mjs'
fi
exec node whole.mjs
