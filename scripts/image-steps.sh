#!/usr/bin/env bash
# Runs the steps of deploy/Dockerfile's last stage where no engine runs: on a fresh Debian in a folder, as root, with the program
# and the page that were built here. Then asks the server that its ENTRYPOINT starts what its HEALTHCHECK asks.
#
#   scripts/image-steps.sh PROGRAM DIST [FOLDER]      FOLDER may hold a Debian that debootstrap made
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 2 ] || { sed -n '2,6p' "$0"; exit 1; }
program=$1 dist=$2 root=${3:-}
if [ -z "$root" ]; then
    root=$(mktemp -d)
    debootstrap --variant=minbase bookworm "$root" >/dev/null
fi

# Lines that go on are one.
last=$(sed -e ':join' -e '/\\$/N; s/\\\n//; tjoin' deploy/Dockerfile | awk '/^FROM/ { stage = "" } { stage = stage $0 "\n" } END { printf "%s", stage }')
of() { sed -n "s/^$1 //p" <<<"$last"; }

while read -r step; do
    printf 'RUN %s\n' "$step"
    chroot "$root" /bin/sh -c "$step"
done < <(of RUN)
while read -r from what where; do
    [ "$from" = --from=build ] || continue
    case $what in
    /source/duiliao) install -D "$program" "$root$where/duiliao" ;;
    /source/dist/) mkdir -p "$root$where" && cp -r "$dist/." "$root$where" ;;
    *) echo "what is $what?" >&2 && exit 1 ;;
    esac
    printf 'COPY %s %s\n' "$what" "$where"
done < <(of COPY)

read -ra set < <(of ENV)
user=$(of USER)
as=(chroot --userspec="$user:$user" "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin "${set[@]}")
entry=$(of ENTRYPOINT | tr -d '[]",')
health=$(of HEALTHCHECK | sed 's/.*CMD //' | tr -d '[]",')
# shellcheck disable=SC2086 # they are words
"${as[@]}" $entry &
serving=$!
trap 'kill "$serving" 2>/dev/null || true' EXIT
for _ in $(seq 100); do
    # shellcheck disable=SC2086
    if "${as[@]}" $health 2>/dev/null; then
        owner=$(stat -c %u "$root/data/log.db")
        [ "$owner" = "$user" ] || { echo "log.db belongs to $owner" >&2 && exit 1; }
        echo "the image's steps were run, and its server is ready as user $user"
        kill -TERM "$serving"
        wait "$serving"
        exit
    fi
    sleep 0.1
done
echo "the server did not become ready" >&2
exit 1
