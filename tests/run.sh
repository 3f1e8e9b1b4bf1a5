#!/usr/bin/env bash
# `make test`: every suite, in the order of what breaks first; the last line is the sum.
# Suites: unit, unit with failing allocations, sim, web, bench, fuzz (FUZZ_SECONDS each, default 3), e2e.  SUITES="unit sim" picks some.
# sim knows no time but its own, so it runs beside those before it, and is shown in its turn.
set -u
cd "$(dirname "$0")/.."
suites=${SUITES:-unit oom sim web bench fuzz e2e}
jobs=$(nproc)
passed=0
failed=0
mkdir -p build

# Runs one suite, shows its output, and adds its last "N passed, N failed" to the sum; a suite that dies counts as failed.
suite() {
    local name=$1 log=build/test-$1.log started=$SECONDS rc line
    shift
    echo "== $name"
    "$@" 2>&1 | tee "$log"
    rc=${PIPESTATUS[0]}
    line=$(grep -oE '[0-9]+ passed, [0-9]+ failed' "$log" | tail -n 1)
    if [ -n "$line" ]; then
        passed=$((passed + ${line%% passed*}))
        line=${line##*, }
        failed=$((failed + ${line%% failed*}))
        [ "$rc" = 0 ] || [ "${line%% failed*}" != 0 ] || failed=$((failed + 1))
    else
        failed=$((failed + 1))
        echo "$name: ended with status $rc and no result"
    fi
    echo "== $name took $((SECONDS - started)) s"
}

ahead() {
    rm -f build/sim.status
    (
        trap 'kill $!' TERM
        build/sim > build/sim.out 2>&1 &
        wait $!
        echo $? > build/sim.status
    ) &
    sim=$!
    trap 'kill $sim 2> /dev/null' EXIT
}

sim() {
    if [ -z "$sim" ]; then
        build/sim
    else
        tail -n +1 -f --pid="$sim" build/sim.out
        return "$(cat build/sim.status)"
    fi
}

web() {
    node --test tests/web/*.test.mjs tests/bench/*.test.mjs > build/web.tap 2>&1
    local rc=$?
    grep -E '^not ok|^# (pass|fail) ' build/web.tap
    echo "$(sed -n 's/^# pass //p' build/web.tap) passed, $(sed -n 's/^# fail //p' build/web.tap) failed"
    return $rc
}

# Not for the times: each row decrypts all that was sent, and compares it.
bench() {
    build/bench --rounds 1 --only path/ && build/bench --rounds 1 --only mix/ && echo "2 passed, 0 failed"
}

# Also what no suite runs, so that nothing is broken unnoticed.
build() {
    make --no-print-directory -j"$jobs" all build/unit build/sim build/bench build/bench-latency build/quality-cases || { echo "the build failed"; echo "0 passed, 1 failed"; exit 1; }
}

build
sim=
case "$jobs $suites " in
1\ *) ;;
*\ sim\ *) ahead ;;
esac
for name in $suites; do
    case $name in
    unit) suite unit build/unit ;;
    oom) suite out-of-memory build/unit --oom ;;
    sim) suite sim sim ;;
    web) suite web web ;;
    bench) suite bench bench ;;
    fuzz) suite fuzz tests/fuzz/run.sh "${FUZZ_SECONDS:-3}" ;;
    e2e) suite e2e node tests/e2e/run.mjs ;;
    *) echo "no suite named $name" >&2; exit 2 ;;
    esac
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
