#!/usr/bin/env bash
# A bank asks a credit bureau about its customers, who stay unnamed: two nodes on this machine. `lookup.sh path/to/jointly`.
set -euo pipefail

jointly=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null || true; wait; rm -rf "$folder"' EXIT

bank() { "$jointly" --home "$folder/bank" "$@"; }
bureau() { "$jointly" --home "$folder/bureau" "$@"; }
. "$here/../nodes.sh"

say "Two nodes, each with its own table"
bank_at=$(start bank)
bureau_at=$(start bureau)
bank peer invite --address "$bank_at" | bureau peer accept - --address "$bureau_at"
bank dataset add "$here/bank.toml"
bureau dataset add "$here/bureau.toml"

say "The project, as both read it before signing"
bank project propose "$here/project.toml"
bureau project sign credit > "$folder/signed"
tail -n 1 "$folder/signed"

say "The bureau publishes its look-up databases"
bureau lookup publish --project credit record
bureau lookup publish --project credit belongs-together
bureau lookup publish --project credit debt

say "The plan of a query, before anything is asked"
there=("Renée Zhao" "991156197212084911" "1999 672 1552")
bank lookup query --project credit record --explain "${there[@]}"

say "The bank asks about somebody whom the bureau knows"
bank lookup query --project credit record "${there[@]}"

say "And about somebody whom it does not know"
bank lookup query --project credit record "Nobody Atall" "990000000000000000" "19990000000"

say "What the bureau saw of the two: the same lengths, and bytes that say nothing"
for job in $(bureau job list --format json | sed -n 's/^    "job": "\([0-9a-f]*\)",$/\1/p' | head -n 2 | tac); do
    bureau job seen "$job"
done

say "Do these three belong together? The bank asks in the other look-up, where only that is told"
bank lookup query --project credit belongs-together "${there[@]}"
bank lookup query --project credit belongs-together "Renée Zhao" "991156197212084911" "19990000000"

say "Ten customers in one query, filled up to sixteen"
head -n 11 "$here/bank.csv" > "$folder/ten.csv"
bank lookup batch --project credit record --input "$folder/ten.csv" --key name --key id --key phone --pad 16

say "The bureau counts what is asked, and refuses what is too much"
for _ in 1 2 3; do
    bank lookup query --project credit debt "991156197212084911" > "$folder/debt"
done
bank lookup query --project credit debt "991156197212084911" 2>&1 || true
bureau lookup status --project credit debt

say "What both keep as evidence: that queries happened, never which"
for who in bank bureau; do
    "$jointly" --home "$folder/$who" evidence export --project credit "$folder/$who.evidence"
    "$jointly" evidence verify "$folder/$who.evidence"
done
if grep -q "991156197212084911\|Renée" "$folder/bureau.evidence" "$folder/bank.evidence"; then
    echo "The evidence names somebody: it must not." >&2
    exit 1
fi
echo "Neither file has the name or the number that was asked about."
