#!/usr/bin/env bash
# Commit subjects are `area: what it does now`, at most 60 characters, no full stop. Looks at the last 200 commits.
set -u
cd "$(dirname "$0")/../.."
bad=0
while IFS= read -r subject; do
    case $subject in Merge\ *) continue ;; esac
    if ! [[ $subject =~ ^[a-z0-9/_.-]+(,\ [a-z0-9/_.-]+)*:\ .*[^.]$ ]] || [ ${#subject} -gt 60 ]; then
        echo "subjects: \"$subject\" (${#subject} characters) is not 'area: what it does now' within 60"
        bad=1
    fi
done < <(git log -200 --format=%s)
[ $bad = 0 ] && echo "subjects: good"
exit $bad
