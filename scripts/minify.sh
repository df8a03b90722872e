#!/usr/bin/env bash
# Trunk calls this when a build is staged: of a release, names, scripts and style sheets are made small, called
# by what is in them now, and compressed once and for all. Trunk 0.21 can do none of it: it takes the loader of the wasm for no module.
set -euo pipefail

[ "$TRUNK_PROFILE" = release ] || exit 0
here=$(cd "$(dirname "$0")" && pwd)
export PATH="$here/../node_modules/.bin:$PATH"
command -v esbuild >/dev/null || { echo "esbuild is missing: run scripts/setup.sh page" >&2; exit 1; }
node "$here/short-names.mjs" "$TRUNK_STAGING_DIR"
esbuild --minify --allow-overwrite --log-level=warning --outdir="$TRUNK_STAGING_DIR" "$TRUNK_STAGING_DIR"/*.{js,css}
node "$here/content-names.mjs" "$TRUNK_STAGING_DIR"
node "$here/compress.mjs" "$TRUNK_STAGING_DIR"
