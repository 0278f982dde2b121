#!/usr/bin/env bash
# Four hospitals train a model together, each on its own patients: four nodes on this machine. `federated.sh path/to/jointly`.
set -euo pipefail

jointly=$(realpath "$1")
here=$(realpath "$(dirname "$0")")
folder=$(mktemp -d)
trap 'kill $(jobs -p) 2> /dev/null || true; wait; rm -rf "$folder"' EXIT
hospitals=(cleveland hungary switzerland long-beach)

at() { "$jointly" --home "$folder/$1" "${@:2}"; }
. "$here/../nodes.sh"

say "Four nodes, each with its patients"
declare -A address
for who in "${hospitals[@]}"; do
    address[$who]=$(start "$who")
    at "$who" dataset add "$here/../hospitals/$who.toml" > "$folder/added"
done
for ((i = 0; i < 4; i++)); do
    for ((j = i + 1; j < 4; j++)); do
        one=${hospitals[i]} other=${hospitals[j]}
        at "$one" peer invite --address "${address[$one]}" | at "$other" peer accept - --address "${address[$other]}" > "$folder/accepted"
    done
done

say "The project, as all read it before signing"
at cleveland project propose "$here/project.toml"
for who in hungary switzerland long-beach; do at "$who" project sign heart > "$folder/signed"; done
tail -n 1 "$folder/signed"

say "What training will do, before it is done"
at cleveland federate --project heart disease --explain

say "Thirty rounds: only sums are opened"
at cleveland federate --project heart disease --output "$folder/disease.json"

say "The same with noise, so that no single patient can be told from the weights"
at hungary federate --project heart private --output "$folder/private.json"

say "The area under the curve, on patients of its own that each kept apart"
# What a node notes of a job for its own operator: $1 its name, $2 the federation, $3 what is said before the number.
noted() {
    local job
    job=$(at "$1" job list | sed -n "s/^│ \([0-9a-f]*\) .*\"$2\".*/\1/p")
    at "$1" job show "$job" | sed -n "s/^Note: on the .*$3 \([0-9.]*[0-9]\).*/\1/p"
}
printf '%-12s %8s %9s %11s\n' hospital alone together 'with noise'
for who in "${hospitals[@]}"; do
    printf '%-12s %8s %9s %11s\n' "$who" "$(noted "$who" disease 'trains alone,')" "$(noted "$who" disease 'curve is')" "$(noted "$who" private 'curve is')"
done

say "What all four keep as evidence: which model was trained, and nobody's patients"
for who in "${hospitals[@]}"; do
    at "$who" evidence export --project heart "$folder/$who.evidence" > "$folder/exported"
    "$jointly" evidence verify "$folder/$who.evidence" > "$folder/verified"
    head -n 1 "$folder/verified"
done
