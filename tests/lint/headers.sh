#!/usr/bin/env bash
# Every header compiles by itself, under gcc. Prints those that do not; exit 1 on any.
set -u
cd "$(dirname "$0")/../.."
flags="-std=c17 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -fsyntax-only -Iinclude $(pkg-config --cflags libsrtp2 openssl nice libwebsockets jansson libjwt libconfig opus vpx libcurl | sed 's/-I/-isystem /g')"
bad=0
for header in $(git ls-files -co --exclude-standard 'include/*.h' 'relay/*.h' 'codec/*.h' 'bench/load/*.h' 'bench/score/*.h'); do
    # included from an empty file, so that #pragma once or guards are no excuse
    echo "#include \"$header\"" | gcc -x c $flags -I. -Ibench -I"$(dirname "$header")" - || { echo "headers: $header does not stand alone"; bad=1; }
done
[ $bad = 0 ] && echo "headers: all stand alone"
exit $bad
