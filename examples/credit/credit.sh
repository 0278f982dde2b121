#!/usr/bin/env bash
# A bank and a bureau train models of who repays, with an auditor that computes and brings no data: three nodes on this machine. `credit.sh path/to/jointly`.
set -euo pipefail

jointly=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null || true; wait; rm -rf "$folder"' EXIT

bank() { "$jointly" --home "$folder/bank" "$@"; }
bureau() { "$jointly" --home "$folder/bureau" "$@"; }
auditor() { "$jointly" --home "$folder/auditor" "$@"; }
. "$here/../nodes.sh"

say "Three nodes, two of them with a table"
bank_at=$(start bank)
bureau_at=$(start bureau)
auditor_at=$(start auditor)
bank peer invite --address "$bank_at" | bureau peer accept - --address "$bureau_at"
bank peer invite --address "$bank_at" | auditor peer accept - --address "$auditor_at"
bureau peer invite --address "$bureau_at" | auditor peer accept - --address "$auditor_at"
bank dataset add "$here/bank.toml"
bureau dataset add "$here/bureau.toml"

say "The project, as all read it before signing"
bank project propose "$here/project.toml"
bureau project sign scoring > "$folder/signed"
auditor project sign scoring > "$folder/signed"
tail -n 1 "$folder/signed"

say "Which customers do both have?"
bank align --project scoring customers

say "What training will do, before it is done"
bank train --project scoring default --method logistic --explain

say "Logistic regression: who does not repay?"
bank train --project scoring default --method logistic --output "$folder/logistic.json" --report "$folder/logistic.html"
test -s "$folder/logistic.html"

say "A scorecard: each column in bins, each bin worth its points"
bank train --project scoring default --method scorecard --output "$folder/card.json" > "$folder/card.txt"
grep 'AUC\|KS\|points of bank.age\|points of bureau.seniority' "$folder/card.txt"

say "The three kept shares of it: what does it say of every customer? Who asks learns that, and no one else anything"
bank predict --project scoring default --explain
bank predict --project scoring default --output "$folder/said.csv"

say "A new applicant, whom the bureau knows: a customer's number and five answers, and what the bureau knows stays there"
bank predict --project scoring default --online > "$folder/online.txt" <<'ROWS'
{"customer": "C835032", "age": 35, "job": "fixed", "income": 150, "amount": 900, "price": 1200}
{"customer": "C722244", "age": 24, "job": "part time", "income": null, "amount": 1500, "price": 1600}
{"customer": "C000000", "age": 24, "job": "part time", "income": 90, "amount": 1500, "price": 1600}
{"customer": "C494594", "age": 24, "job": "part time", "amount": 1500}
ROWS
grep 'ms)\|not answered' "$folder/online.txt"
test "$(grep -c 'ms)' "$folder/online.txt")" = 2

say "Boosted trees, on the same customers"
bank train --project scoring default --method trees --trees 20 --depth 3 --output "$folder/trees.json" --onnx "$folder/trees.onnx" > "$folder/trees.txt"
test -s "$folder/trees.onnx"
grep -v 'leaf\|level' "$folder/trees.txt"

say "What all three keep as evidence: which models were trained, and nobody's values"
for who in bank bureau auditor; do
    "$jointly" --home "$folder/$who" evidence export --project scoring "$folder/$who.evidence"
    "$jointly" evidence verify "$folder/$who.evidence"
done
