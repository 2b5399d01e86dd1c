#!/usr/bin/env bash
# Photos and papers, in a real browser against a real server (attachments.mjs). Ends with 77, shown as skipped, without node,
# Chromium or the page.
set -euo pipefail
: "${HOLDFAST_PROGRAMS:?must name the folder with the programs, as ctest does}"
cd "$(dirname "$0")"
command -v node >/dev/null || { echo "skipped: node is not installed"; exit 77; }
[ -e ../../client/web/node_modules/playwright-core ] || { echo "skipped: the page was not built (client/web/make-page says why)"; exit 77; }
exec node attachments.mjs
