#!/usr/bin/env node
// Says how much of the page goes over the wire, in brotli, and fails when that is more than it may be.
import { readdirSync, readFileSync } from 'node:fs';
import { brotliCompressSync, constants } from 'node:zlib';

const MOST_KB = 220;

const dist = new URL('../dist/', import.meta.url);
const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
const bytes = (kind) =>
    readdirSync(dist)
        .filter((name) => name.endsWith(`.${kind}`))
        .map((name) => brotliCompressSync(readFileSync(new URL(name, dist)), { params }).length)
        .reduce((sum, size) => sum + size, 0);
const kb = (size) => `${(size / 1024).toFixed(1)} KB`;

const sizes = ['wasm', 'js', 'css'].map((kind) => [kind, bytes(kind)]);
const sum = sizes.reduce((sum, [, size]) => sum + size, 0);
console.log(`page: ${sizes.map(([kind, size]) => `${kb(size)} ${kind}`).join(' + ')} = ${kb(sum)} in brotli, of ${MOST_KB} KB`);
if (sum > MOST_KB * 1024) {
    console.error('page: that is too much');
    process.exit(1);
}
