#!/usr/bin/env bash
# Says which files are too long to be read in one go: over 400 lines.
set -euo pipefail
cd "$(dirname "$0")/.."

most=400
find . \( -name target -o -name node_modules -o -name dist -o -name .git \) -prune \
    -o -type f \( -name '*.rs' -o -name '*.css' \) -print0 |
    xargs -0 -r wc -l |
    awk -v most="$most" '
        $2 != "total" && $1 > most { print $2 ": " $1 " lines, at most " most; bad = 1 }
        END { exit bad }
    '
