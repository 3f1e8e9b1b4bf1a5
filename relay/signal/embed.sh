#!/usr/bin/env bash
# Writes the page's files as C: a table of {path, bytes, length} for signal/assets.c. Usage: embed.sh FOLDER > out.c
set -eu
root=$1
echo '/* Made by relay/signal/embed.sh; do not edit. */'
echo '#include "signal/assets.h"'
n=0
table=
if [ -d "$root" ]; then
    while IFS= read -r file; do
        path=${file#"$root"/}
        printf 'static const unsigned char asset_%d[] = {' "$n"
        od -An -v -tx1 "$file" | sed 's/ \([0-9a-f][0-9a-f]\)/0x\1,/g'
        echo '0};'
        table="$table    {\"$path\", asset_$n, sizeof(asset_$n) - 1},
"
        n=$((n + 1))
    done < <(find "$root" -type f | LC_ALL=C sort)
fi
echo "const struct asset asset_table[] = {"
printf '%s' "$table"
echo '    {0, 0, 0}};'
