#!/usr/bin/env bash
# Line coverage of unit and simulation tests, per source file, into build/coverage/summary.txt.
set -eu
cd "$(dirname "$0")/.."
make --no-print-directory -j"$(nproc)" BUILD=build/coverage OPT="-O0 -g --coverage" build/coverage/unit build/coverage/sim
build/coverage/unit
build/coverage/sim
find build/coverage/obj/relay build/coverage/obj/codec -name '*.gcda' 2> /dev/null | while IFS= read -r data; do
    gcov -n -o "$(dirname "$data")" "$data" 2> /dev/null
done | awk '
/^File / { file = $2; gsub(/\047/, "", file) }
/^Lines executed:/ && file ~ /^(relay|codec)\// { sub(/Lines executed:/, ""); split($0, p, "% of "); printf "%6.1f %% of %5d  %s\n", p[1], p[2], file; lines += p[2]; hit += p[1] * p[2] / 100; file = "" }
END { printf "%6.1f %% of %5d  all\n", lines ? 100 * hit / lines : 0, lines }' | sort -k5 > build/coverage/summary.txt
cat build/coverage/summary.txt
