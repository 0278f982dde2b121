#!/usr/bin/env bash
# A bank and a credit bureau on this machine find their common people: `align.sh path/to/jointly`.
set -euo pipefail

jointly=$1
here=$(dirname "$0")
folder=$(mktemp -d)
trap 'kill "${bank:-}" 2> /dev/null || true; rm -rf "$folder"' EXIT

echo "The bank listens."
"$jointly" align --listen 127.0.0.1:0 --input "$here/bank.csv" --key id:code --key phone:digits \
    --work "$folder/bank.work" --output "$folder/bank.parquet" > "$folder/bank.txt" &
bank=$!

# It prints the address that it got, and the code that the bureau needs.
until grep -q '^jointly-align:' "$folder/bank.txt"; do
    kill -0 "$bank"
    sleep 0.1
done
address=$(sed -n 's/^listening on //p' "$folder/bank.txt")
code=$(grep '^jointly-align:' "$folder/bank.txt")

echo "The bureau connects to $address. Its side:"
"$jointly" align --connect "$address" --code - --input "$here/bureau.csv" --key id_number:code --key mobile:digits \
    --work "$folder/bureau.work" --output "$folder/bureau.parquet" <<< "$code"
wait "$bank"
bank=
echo
echo "The bank's side:"
cat "$folder/bank.txt"
echo
echo "The script that made the files put 1500 people into both."
