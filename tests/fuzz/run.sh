#!/usr/bin/env bash
# Builds every fuzz target with clang and the sanitizers and runs each for SECONDS; any find fails.
#   tests/fuzz/run.sh SECONDS [FILTER]
# A find lies under build/fuzz/finds/<target>; repeat it with build/fuzz/fuzz_<target> FILE.
set -u
cd "$(dirname "$0")/../.."
seconds=${1:-60}
filter=${2:-}
filter=${filter#fuzz_}
out=build/fuzz
jobs=$(nproc)

names=()
for source in tests/fuzz/fuzz_*.c; do
    name=${source#tests/fuzz/fuzz_}
    name=${name%.c}
    case $name in *"$filter"*) names+=("$name") ;; esac
done
if [ ${#names[@]} = 0 ]; then
    echo "no fuzz target matches '$filter'"
    echo "0 passed, 1 failed"
    exit 1
fi

mkdir -p "$out"
if ! make --no-print-directory -j"$jobs" BUILD="$out" CC=clang OPT="-O1 -g" \
    SAN="-fsanitize=fuzzer-no-link,address,undefined,float-cast-overflow -fno-sanitize-recover=all -fno-omit-frame-pointer" \
    "${names[@]/#/$out/fuzz_}" > "$out/build.log" 2>&1; then
    grep -vE '^  (CC|LINK) ' "$out/build.log" | tail -n 40
    echo "the fuzz targets do not build"
    echo "0 passed, ${#names[@]} failed"
    exit 1
fi

# Which captured packets (tests/vectors) are seeds of a target as they are.
vectors_of() {
    case $1 in
    rtp | rtp_ext) echo tests/vectors/corpus/*.rtp.hex ;;
    rtcp) echo tests/vectors/corpus/*.rtcp.hex ;;
    stun) echo tests/vectors/corpus/*.stun.hex ;;
    dtls) echo tests/vectors/corpus/*.dtls.hex ;;
    sdp | load_answer) echo tests/vectors/offers/*.sdp ;;
    esac
}

# Fills a target's corpus: lines of hex become a file each, other files are copied.
seed() {
    local name=$1 dir=$out/corpus/$1 file line n
    mkdir -p "$dir"
    for file in $(vectors_of "$name") "tests/fuzz/seeds/$name"/*; do
        [ -f "$file" ] || continue
        case $file in
        *.hex)
            n=0
            while read -r line; do
                n=$((n + 1))
                # shellcheck disable=SC2059
                printf "$(sed 's/../\\x&/g' <<< "$line")" > "$dir/seed-$(basename "$file" .hex)-$n"
            done < "$file"
            ;;
        *) cp "$file" "$dir/seed-$(basename "$file")" ;;
        esac
    done
}

# Runs one target and says in one line how it went.
run_one() {
    local name=$1 log=$out/$1.log started=$SECONDS rc
    seed "$name"
    mkdir -p "$out/finds/$name"
    timeout $((seconds + 60)) "$out/fuzz_$name" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 \
        -print_final_stats=1 -artifact_prefix="$out/finds/$name/" "$out/corpus/$name" > "$log" 2>&1
    rc=$?
    if [ $rc = 0 ]; then
        printf 'ok      %-16s %s runs, %s inputs kept, %s s\n' "$name" \
            "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" \
            "$(find "$out/corpus/$name" -type f | wc -l)" $((SECONDS - started))
    else
        printf 'FAILED  %-16s status %s, see %s\n' "$name" $rc "$log"
        grep -m1 -A12 -E 'ERROR: |runtime error:|deadly signal' "$log"
    fi
    return $rc
}

failed=0
running=0
for name in "${names[@]}"; do
    if [ $running = "$jobs" ]; then
        wait -n || failed=$((failed + 1))
        running=$((running - 1))
    fi
    run_one "$name" &
    running=$((running + 1))
done
while [ $running -gt 0 ]; do
    wait -n || failed=$((failed + 1))
    running=$((running - 1))
done
echo "$((${#names[@]} - failed)) passed, $failed failed"
[ $failed = 0 ]
