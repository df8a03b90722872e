#!/usr/bin/env node
// Says how much of the page goes over the wire, in brotli, and fails when that is more than it may be. With --if-current it
// passes over a page that is older than what it is made of.
import { readdirSync, statSync } from 'node:fs';

const MOST_KB = 320;
const SOURCES = ['Cargo.lock', 'Cargo.toml', 'Trunk.toml', 'frontend/', 'index.html', 'scripts/', 'shared/'];

const root = new URL('../', import.meta.url);
const dist = new URL('dist/', root);
const changed = (path) => statSync(new URL(path, root)).mtimeMs;
const files = (path) =>
    path.endsWith('/') ? readdirSync(new URL(path, root), { recursive: true }).map((name) => path + name) : [path];

if (process.argv.includes('--if-current') && SOURCES.flatMap(files).some((path) => changed(path) > changed('dist/index.html'))) {
    console.log('page: dist/ is older than what it is made of, and not weighed; make page does both');
    process.exit(0);
}
const bytes = (kind) =>
    readdirSync(dist)
        .filter((name) => name.endsWith(`.${kind}.br`))
        .reduce((sum, name) => sum + statSync(new URL(name, dist)).size, 0);
const kb = (size) => `${(size / 1024).toFixed(1)} KB`;

const sizes = ['wasm', 'js', 'css'].map((kind) => [kind, bytes(kind)]);
const sum = sizes.reduce((sum, [, size]) => sum + size, 0);
console.log(`page: ${sizes.map(([kind, size]) => `${kb(size)} ${kind}`).join(' + ')} = ${kb(sum)} in brotli, of ${MOST_KB} KB`);
if (sizes.some(([, size]) => size === 0)) {
    console.error('page: a part is missing: it was not built as a release');
    process.exit(1);
}
if (sum > MOST_KB * 1024) {
    console.error('page: that is too much');
    process.exit(1);
}
