# What demonstrations of several nodes on this machine have in common. Read in by them, once `jointly` is the program and `folder` a folder of theirs.

say() { printf '\n── %s ──\n' "$*"; }

# Starts the node of $1, and waits for the address that it listens on.
start() {
    "$jointly" --home "$folder/$1" init --name "$1" --no-passphrase > "$folder/$1.init"
    "$jointly" --home "$folder/$1" node run --listen 127.0.0.1:0 --no-passphrase > "$folder/$1.out" 2> "$folder/$1.log" &
    until grep -qs '^listening on ' "$folder/$1.out" && "$jointly" --home "$folder/$1" node status > "$folder/$1.status" 2> "$folder/$1.waiting"; do
        sleep 0.1
    done
    sed -n 's/^listening on //p' "$folder/$1.out"
}
