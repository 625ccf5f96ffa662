// Builds the explorer into one script and one style, the same bytes on every machine.
//
//   node build.mjs FOLDER
//
// The built files are committed, so that building the server needs no Node; .ci/run builds them anew and compares.

import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const [folder] = process.argv.slice(2);
if (!folder) {
  console.error('usage: node build.mjs FOLDER');
  process.exit(2);
}

// GraphiQL brings 370 kB of fonts inside its style. Those of the system do as well, and need no permission.
const withoutFonts = {
  name: 'without fonts',
  setup({ onLoad }) {
    onLoad({ filter: /graphiql[\\/]dist[\\/]style\.css$/ }, async ({ path }) => {
      const style = await readFile(path, 'utf8');
      return { contents: style.replace(/@font-face\s*\{[^}]*\}/g, ''), loader: 'css' };
    });
  },
};

const { metafile } = await build({
  entryPoints: { explorer: 'src/explorer.jsx' },
  outdir: folder,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['es2022', 'chrome111', 'firefox115', 'safari16.4'],
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  // Adds a <style> to keep the page behind a dialog from scrolling, which the page's policy forbids, and which a page as
  // high as its window does not need.
  alias: { 'react-style-singleton': './src/no-style.js' },
  plugins: [withoutFonts],
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

// Whose work is inside: the licences go with it.
const packages = new Set();
for (const input of Object.keys(metafile.inputs)) {
  const [, name] = input.match(/.*node_modules\/((?:@[^/]+\/)?[^/]+)\//) ?? [];
  if (name) packages.add(name);
}
const notices = [];
for (const name of [...packages].sort()) {
  const place = join('node_modules', name);
  const { version, license } = JSON.parse(await readFile(join(place, 'package.json'), 'utf8'));
  const file = (await readdir(place)).find((it) => /^licen[cs]e/i.test(it));
  const text = file ? await readFile(join(place, file), 'utf8') : '';
  if (!/^(MIT|Apache-2\.0|ISC|BSD-[23]-Clause|0BSD)$/.test(license)) throw new Error(`${name} is under ${license}`);
  notices.push(`${name} ${version} (${license})\n\n${text.replace(/\r\n/g, '\n').trim()}\n`);
}
await writeFile(join(folder, 'LICENCES.txt'), `What is inside of explorer.js and explorer.css, and under which licence.\n\n${notices.join('\n----\n\n')}`);
