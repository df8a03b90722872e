// Gives short names to what the program and its loader call each other by. wasm-bindgen's are long, with half a hash in each, and
// each stands in both files: 5.5 KB in brotli of what nobody reads.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const [program] = readdirSync(folder).filter(name => name.endsWith('_bg.wasm'));
const wasm = join(folder, program);
const loader = wasm.replace(/_bg\.wasm$/, '.js');

// A program does not say what it asks of a browser; whoever writes it anew has to be told, or takes what none has yet.
const features = readFileSync(new URL('../index.html', import.meta.url), 'utf8').match(/--enable-[\w-]+/g);
const names = '--minify-imports-and-exports-and-modules';
const said = execFileSync('wasm-opt', [...features, names, wasm, '-o', wasm]);
const { imports, exports } = JSON.parse(said);
const [[module]] = imports;
const imported = new Map(imports.map(([, long, short]) => [long, short]));
const exported = new Map(exports);

const seen = new Set();
const text = readFileSync(loader, 'utf8')
  .replace(/(?<=^ +)\w+(?=: )/gm, long => {
    seen.add(long);
    return imported.get(long) ?? long;
  })
  .replace(/(?<=\bwasm\.)\w+/g, long => exported.get(long) ?? long)
  .replace(JSON.stringify(module), '"a"');
const missed = [...imported.keys()].filter(long => !seen.has(long));
if (missed.length > 0) { throw new Error(`${loader} is not written as expected: it has no ${missed}`) }
writeFileSync(loader, text);
