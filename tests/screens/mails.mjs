// Renders a folder of .eml and .html files to pictures: 390 px and 1280 px wide, light and dark.
//
//   node mails.mjs FOLDER [OUT]        (OUT is FOLDER/screens by default)
//
// `EARSHOT_KEEP_MAILS=FOLDER cargo test` keeps every mail that the tests' mail server took: look at what was delivered.
//
// Needs Chromium: CHROMIUM names it, /usr/bin/chromium otherwise. The pages get no network: a mail that asks for
// anything from afar is reported and the script fails.
import { mkdir, readFile, readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { argv, env, exit } from 'node:process';
import { chromium } from 'playwright-core';

const MODES = [390, 1280].flatMap((width) => ['light', 'dark'].map((scheme) => ({ width, scheme })));

const [folder, out = join(folder ?? '.', 'screens')] = argv.slice(2);
if (!folder) {
  console.error('usage: node mails.mjs FOLDER [OUT]');
  exit(2);
}

const files = (await readdir(folder)).filter((name) => ['.eml', '.html'].includes(extname(name))).sort();
if (files.length === 0) {
  console.error(`no .eml or .html files in ${folder}`);
  exit(1);
}
await mkdir(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
});
const problems = [];
try {
  for (const mode of MODES) await picture(mode);
} finally {
  await browser.close();
}
console.log(`${files.length * MODES.length} pictures of ${files.length} mails in ${out}`);
if (problems.length > 0) {
  console.error(problems.join('\n'));
  exit(1);
}

async function picture({ width, scheme }) {
  const context = await browser.newContext({
    viewport: { width, height: 700 },
    colorScheme: scheme,
    deviceScaleFactor: width < 600 ? 2 : 1,
    javaScriptEnabled: false,
  });
  for (const file of files) {
    const page = await context.newPage();
    await page.route('**/*', (route) => {
      problems.push(`${file}: asks for ${route.request().url()}`);
      return route.abort();
    });
    await page.setContent(await html(join(folder, file)));
    const name = basename(file, extname(file));
    await page.screenshot({ path: join(out, `${name}-${width}-${scheme}.png`), fullPage: true });
    await page.close();
  }
  await context.close();
}

async function html(path) {
  const bytes = await readFile(path);
  if (extname(path) === '.html') return bytes.toString('utf8');
  const page = htmlPart(bytes.toString('latin1'));
  if (page === null) {
    problems.push(`${basename(path)}: no HTML part`);
    return '';
  }
  return page;
}

// The first text/html part of a message, decoded; null if there is none.
function htmlPart(message) {
  const end = message.search(/\r?\n\r?\n/);
  if (end < 0) return null;
  const headers = message.slice(0, end).replace(/\r?\n[ \t]+/g, ' ');
  const body = message.slice(end).replace(/^\r?\n\r?\n/, '');
  const header = (name) => headers.match(new RegExp(`^${name}:\\s*(.*)$`, 'im'))?.[1].trim() ?? '';
  const type = header('Content-Type');
  if (/^multipart\//i.test(type)) {
    const boundary = type.match(/boundary="?([^";]+)"?/i)?.[1];
    const parts = boundary ? body.split(`--${boundary}`).slice(1, -1) : [];
    for (const part of parts) {
      const page = htmlPart(part.replace(/^\r?\n/, ''));
      if (page !== null) return page;
    }
    return null;
  }
  if (!/^text\/html/i.test(type)) return null;
  return decoded(body, header('Content-Transfer-Encoding').toLowerCase()).toString('utf8');
}

function decoded(body, encoding) {
  if (encoding === 'base64') return Buffer.from(body, 'base64');
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1');
  const text = body.replace(/=\r?\n/g, '');
  return Buffer.from(text.replace(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(parseInt(hex, 16))), 'latin1');
}
