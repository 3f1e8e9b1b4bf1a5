#!/usr/bin/env bash
# The map (relay/README.md) names every source of the relay: each .c of relay/ and codec/ in the table of floors, by its
# name, or as `_rest` behind the name that it begins with (negotiate (+ `_section`)); and the map of tandem-load likewise.
set -u
cd "$(dirname "$0")/../.."
missing=0
named() { # NAME TEXT
    local stem
    grep -qw -- "$1" <<< "$2" && return 0
    for ((stem = ${#1}; stem > 1; stem--)); do
        [ "${1:stem:1}" = _ ] && grep -qw -- "${1:0:stem}" <<< "$2" && grep -q -- "\`${1:stem}\`" <<< "$2" && return 0
    done
    return 1
}
check() { # MAP TEXT FILES...
    local map=$1 text=$2 file
    shift 2
    for file in "$@"; do
        named "$(basename "$file" .c)" "$text" || {
            echo "map: $map does not name $file"
            missing=$((missing + 1))
        }
    done
}
# Of the relay, the table of floors; a folder's files have to be in its own row.
for folder in relay/*/; do
    name=$(basename "$folder")
    sources=("$folder"*.c)
    [ -e "${sources[0]}" ] && check relay/README.md "$(grep -E "^\| [0-9] \| \`$name\`" relay/README.md)" "${sources[@]}"
done
check relay/README.md "$(grep -E '^\| [0-9] \| `codec`' relay/README.md)" codec/*.c
check bench/load/README.md "$(grep '^|' bench/load/README.md)" bench/load/*.c
echo "map: $missing missing"
[ $missing = 0 ]
