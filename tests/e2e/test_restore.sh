#!/usr/bin/env bash
# A real backup of the server's store and a real restore: the signing guard, which is in no backup, is ahead of the older
# log, so the server says so and signs nothing. The newer store put back, all goes on.
. "$(dirname "$0")/support.sh"

begin_office
enrol ann "Ann Sample" worker
new_case ann CH-1
sync ann
stop_server TERM
mkdir backup newer mirror
cp -p office/server.db* backup/

ok holdfastd person add --data office --person "Cara Later" --role worker
ok holdfastd publish --data office --out "$work/mirror"
cp -p office/server.db* newer/

# --- the older store is put back ------------------------------------------------------------------------------------------
rm office/server.db*
cp -p backup/server.db* office/
before=$(sha256sum office/guard.db)
refused holdfastd serve --data office --listen tcp://127.0.0.1:0
err_has "was signed before"
err_has "restored from an older backup"
err_has "Put the newer store back"
mkdir web
refused holdfastd publish --data office --out "$work/web"
err_has "restored from an older backup"
[ ! -e web/checkpoint ] || broken "a checkpoint of the older log was published"
same "$(sha256sum office/guard.db)" "$before" "the guard"

# --- the newer one --------------------------------------------------------------------------------------------------------
rm office/server.db*
cp -p newer/server.db* office/
ok holdfastd publish --data office --out "$work/web"
[ -e web/checkpoint ] || broken "nothing was published"
