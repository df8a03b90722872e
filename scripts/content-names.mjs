// Calls each part of the page by what is in it at the end: Trunk took its names from what was there before the parts were made
// small, and what a browser keeps for a year may not change under its name.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const named = /-[0-9a-f]{12,16}(?=(?:_bg)?\.(?:wasm|css|js)$)/;
const rank = name => ['wasm', 'css', 'js'].findIndex(kind => name.endsWith(kind));
// The loader last: it names the program.
const parts = readdirSync(folder).filter(name => named.test(name)).sort((a, b) => rank(a) - rank(b));
if (new Set(parts.map(rank)).size !== 3) { throw new Error(`a part is missing: ${parts}`) }

for (const part of parts) {
  const digest = createHash('sha256').update(readFileSync(join(folder, part))).digest('hex').slice(0, 16);
  const name = part.replace(named, `-${digest}`);
  renameSync(join(folder, part), join(folder, name));
  for (const text of readdirSync(folder).filter(name => /\.(?:js|html)$/.test(name)).map(name => join(folder, name))) {
    const before = readFileSync(text, 'utf8');
    const after = before.replaceAll(part, name);
    if (after !== before) { writeFileSync(text, after) }
  }
}
