#!/usr/bin/env bash
# All of lint, or with --fast what takes seconds. Runs every part, then says which failed.
set -u
cd "$(dirname "$0")/../.."
failed=()
part() {
    local name=$1
    shift
    "$@" || failed+=("$name")
}
format() {
    git ls-files -co --exclude-standard '*.c' '*.h' | xargs clang-format --dry-run -Werror && echo "format: good"
}
scripts() {
    local bad=0 file
    for file in $(git ls-files -co --exclude-standard '*.sh' .ci/run); do bash -n "$file" || bad=1; done
    for file in $(git ls-files -co --exclude-standard '*.js' '*.mjs'); do node --check "$file" || bad=1; done
    [ $bad = 0 ] && echo "scripts: good"
    return $bad
}
# clang-tidy remembers what was clean: a file is looked at again when it or a header that it includes has changed.
tidy() {
    local stamps=build/lint flags
    mkdir -p $stamps build
    flags="-std=c17 -D_GNU_SOURCE -Iinclude -I. -Itests -Ibench $(pkg-config --cflags libsrtp2 openssl nice libwebsockets jansson libjwt libconfig opus vpx libcurl | sed 's/-I/-isystem /g')"
    export flags stamps
    git ls-files -co --exclude-standard 'relay/*.c' 'codec/*.c' 'bench/load/*.c' 'bench/score/*.c' | xargs -P "$(nproc)" -I{} bash -c '
        own="-I$(dirname {})"
        stamp=$stamps/$(gcc $flags $own -MM -MT . {} | tr -d "\\\\\n" | cut -c3- | xargs cat .clang-tidy | sha256sum | cut -c1-32)
        [ -f $stamp ] && exit 0
        clang-tidy --quiet {} -- $flags $own 2> /dev/null && touch $stamp || exit 1' || return 1
    echo "clang-tidy: good"
}
part floors tests/lint/floors.sh
part map tests/lint/map.sh
part format format
part subjects tests/lint/subjects.sh
part scripts scripts
if [ "${1:-}" != --fast ]; then
    part headers tests/lint/headers.sh
    part tidy tidy
fi
if [ ${#failed[@]} -gt 0 ]; then
    echo "lint: failed: ${failed[*]}"
    exit 1
fi
echo "lint: good"
