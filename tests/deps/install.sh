#!/usr/bin/env bash
# Installs by apt what is missing, and the npm modules of the browser tests. Usage: install.sh build [test]
# Asks for root (sudo) only when something is missing.
set -eu
cd "$(dirname "$0")/../.."
wanted=()
for set in "$@"; do
    file=tests/deps/apt-build.txt
    [ "$set" = test ] && file=tests/deps/apt.txt
    # A line is a package, or a package and a command: then it is wanted only where that command is missing.
    while read -r name command; do
        case $name in '' | '#'*) continue ;; esac
        [ -n "$command" ] && command -v "$command" > /dev/null && continue
        wanted+=("$name")
    done < "$file"
done
missing=()
for name in "${wanted[@]}"; do
    case $(dpkg-query -W -f '${db:Status-Abbrev}' "$name" 2> /dev/null) in
    ii*) ;;
    *) missing+=("$name") ;;
    esac
done
if [ ${#missing[@]} -gt 0 ]; then
    root=
    if [ "$(id -u)" != 0 ]; then
        command -v sudo > /dev/null || {
            echo "deps: missing packages: ${missing[*]}" >&2
            echo "deps: install them as root: apt-get install ${missing[*]}" >&2
            exit 1
        }
        root=sudo
    fi
    echo "deps: installing ${#missing[@]} packages: ${missing[*]}"
    $root apt-get update -qq
    # A package may bring a service (Janus does): none is to run because somebody wanted to run tests, now or after the next boot.
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        trap '$root rm -f $policy' EXIT
        printf '#!/bin/sh\nexit 101\n' | $root tee $policy > /dev/null
        $root chmod 755 $policy
    fi
    $root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" > /dev/null
    case " ${missing[*]} " in
    *" janus "*)
        if command -v systemctl > /dev/null && ! words=$($root systemctl disable --quiet janus 2>&1); then
            echo "deps: Janus is installed and will run after the next boot: systemctl disable janus failed: $words" >&2
        fi
        ;;
    esac
fi
case " $* " in
*" test "*)
    stamp=tests/e2e/node_modules/.stamp
    if [ -f tests/e2e/package.json ] && [ ! "$stamp" -nt tests/e2e/package.json ]; then
        echo "deps: installing npm modules for the browser tests"
        (cd tests/e2e && npm install --no-package-lock --no-audit --no-fund --loglevel=error)
        touch "$stamp"
    fi
    ;;
esac
