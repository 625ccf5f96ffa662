// The documentation and the explorer in a real browser: light and dark, phone and desktop, with and without scripts,
// signed in and not. axe looks for what keeps people out.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { browser } from '../harness/browser.js';
import { accept, idea } from '../harness/story.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const PAGES = ['/docs/start', '/docs/api', '/docs/errors', '/docs/events', '/docs/changes', '/graphql/explorer'];
const MODES = [390, 1280].flatMap((width) => ['light', 'dark'].map((colorScheme) => ({ width, colorScheme })));

/** What axe finds against a page. */
async function barriers(page) {
  // Of what is there by the hundred a few are enough, or it looks for a minute.
  await page.evaluate(() => {
    for (const list of document.querySelectorAll('section, dl.members, nav.side details ul')) {
      [...list.children].slice(8).forEach((child) => child.remove());
    }
  });
  // By the debugger: a script of the page itself would have to come from its server.
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  return violations.map((it) => `${it.id}: ${it.nodes.slice(0, 3).map((node) => node.html.slice(0, 120)).join(' | ')}`);
}

export async function run(check, world) {
  const chromium = await browser(world);
  const quiet = () => assert.deepEqual(chromium.wrong.splice(0), []);
  try {
    for (const { width, colorScheme } of MODES) {
      await check(`nothing is in anybody's way at ${width} px, ${colorScheme}`, async () => {
        const context = await chromium.context({ viewport: { width, height: 800 }, colorScheme });
        for (const address of PAGES) {
          const page = await context.newPage();
          await page.goto(address);
          if (address.endsWith('explorer')) await page.getByLabel('Token').waitFor();
          const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
          assert.ok(wide <= 0, `${address} is ${wide} px wider than the window`);
          assert.deepEqual(await barriers(page), [], address);
          await page.close();
        }
        await context.close();
        quiet();
      });
    }
    await reading(check, chromium, quiet);
    await exploring(check, world, chromium, quiet);
  } finally {
    await chromium.close();
  }
}

async function reading(check, chromium, quiet) {
  await check('the search finds names and words, by keyboard alone', async () => {
    const context = await chromium.context();
    const page = await context.newPage();
    await page.goto('/docs/api');
    await page.keyboard.press('/');
    await page.keyboard.type('submissionsend');
    await page.locator('#search-found a').first().waitFor();
    assert.match(await page.locator('#search-found a').first().textContent(), /^submissionSend\s*mutation/);
    await page.keyboard.press('Enter');
    assert.equal(new URL(page.url()).hash, '#mutation.submissionSend');
    await page.keyboard.press('/');
    await page.locator('#search').fill('zzzz nothing');
    assert.equal(await page.locator('#search-count').textContent(), '0 found');
    await page.keyboard.press('Escape');
    assert.equal(await page.locator('#search').inputValue(), '');
    await context.close();
    quiet();
  });
  await check('the first key leads past the navigation', async () => {
    const context = await chromium.context();
    const page = await context.newPage();
    await page.goto('/docs/errors');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to the content');
    await page.keyboard.press('Enter');
    assert.equal(new URL(page.url()).hash, '#content');
    await context.close();
  });
  await check('without scripts the reference is whole', async () => {
    const context = await chromium.context({ javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto('/docs/api#mutation.submissionSend');
    assert.ok(await page.getByRole('heading', { name: 'submissionSend' }).first().isVisible());
    assert.ok(await page.locator('form.search').isHidden());
    await page.locator('summary', { hasText: 'Subscriptions' }).click();
    await page.locator('nav.side').getByRole('link', { name: 'ideaStatusChanged' }).click();
    assert.equal(new URL(page.url()).hash, '#subscription.ideaStatusChanged');
    await page.goto('/graphql/explorer');
    assert.match(await page.locator('main').textContent(), /signed in/);
    await context.close();
    quiet();
  });
}

/** Types a document in the place of the one that is there. */
async function write(page, text) {
  const editor = page.locator('.graphiql-query-editor .CodeMirror');
  await editor.click();
  await editor.evaluate((element, value) => element.CodeMirror.setValue(value), text);
}

const answer = (page) => page.locator('.result-window .CodeMirror').evaluate((element) => element.CodeMirror.getValue());

async function exploring(check, world, chromium, quiet) {
  const { server, tokens } = world;
  await check('who is not signed in learns nothing of the schema', async () => {
    const context = await chromium.context();
    const page = await context.newPage();
    const asked = [];
    page.on('request', (request) => { if (request.url() === server.url) asked.push(request.postData()); });
    await page.goto('/graphql/explorer');
    await page.getByLabel('Token').fill('est_none');
    await page.getByRole('button', { name: 'Open the explorer' }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(await page.locator('.graphiql-container').count(), 0);
    assert.ok(asked.length >= 1 && asked.every((it) => !it.includes('__schema')), asked.join('\n'));
    await context.close();
    // The browser tells of the 401 by itself.
    chromium.wrong.splice(0, chromium.wrong.length, ...chromium.wrong.filter((it) => !/401/.test(it)));
    quiet();
  });
  await check('with a token: completion, a query, an error, a stream', async () => {
    const context = await chromium.context({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    await page.goto('/graphql/explorer');
    await page.getByLabel('Token').fill(tokens.reviewer);
    await page.getByRole('button', { name: 'Open the explorer' }).click();
    await page.locator('.graphiql-container').waitFor();
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.locator('.graphiql-doc-explorer').getByRole('link', { name: 'Query' }).or(page.locator('.graphiql-doc-explorer-type-name', { hasText: 'Query' })).first().waitFor();
    await write(page, '{ viewer { person { name } } }');
    await page.getByRole('button', { name: /Execute/ }).click();
    await page.waitForFunction(() => document.querySelector('.result-window .CodeMirror')?.CodeMirror.getValue().includes('"person"'));
    assert.deepEqual(Object.keys(JSON.parse(await answer(page)).data), ['viewer']);
    await write(page, 'subscription { ideaStatusChanged { reference to } }');
    await page.getByRole('button', { name: /Execute/ }).click();
    for (let round = 0; round < 60 && !(await answer(page)).includes('ideaStatusChanged'); round += 1) {
      const { id } = await idea(world);
      await accept(world, id);
      await page.waitForTimeout(500);
    }
    assert.equal(JSON.parse(await answer(page)).data.ideaStatusChanged.to, 'ACCEPTED');
    // Nothing of the token is kept where others could read it.
    const kept = await page.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
    assert.ok(!kept.includes(tokens.reviewer.slice(0, 40)), kept);
    await context.close();
    quiet();
  });
  await check('a browser that is signed in needs no token, until it signs out', async () => {
    const context = await chromium.context();
    const page = await context.newPage();
    // The page of the one-time link, as a person opens it.
    await page.goto(server.links.get('nurse').replace(/^https?:\/\/[^/]+/, server.origin));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Signed in' }).waitFor();
    await page.goto('/graphql/explorer');
    await page.locator('.graphiql-container').waitFor();
    await page.reload();
    await page.locator('.graphiql-container').waitFor();
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByLabel('Token').waitFor();
    await page.reload();
    await page.getByLabel('Token').waitFor();
    assert.equal(await page.locator('.graphiql-container').count(), 0);
    await context.close();
    quiet();
  });
}
