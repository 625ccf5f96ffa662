// A real browser: the Chromium that is installed. Every page tells what it may not: errors of scripts, breaches of the
// page's policy, requests to anywhere but the server.

import { chromium } from 'playwright-core';

/** Opens it; `world.server` is the only place that its pages may ask. */
export async function browser({ server }) {
  const opened = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  const wrong = [];
  return {
    wrong,
    /** A context of its own: no cookies, no storage of others. */
    async context(options = {}) {
      const context = await opened.newContext({ baseURL: server.origin, ...options });
      context.setDefaultTimeout(20_000);
      await context.route((url) => url.origin !== server.origin && url.protocol.startsWith('http'), (route) => {
        wrong.push(`asks for ${route.request().url()}`);
        return route.abort();
      });
      context.on('page', (page) => {
        page.on('console', (message) => {
          if (['error', 'warning'].includes(message.type())) wrong.push(`${page.url()}: ${message.text()}`);
        });
        page.on('pageerror', (error) => wrong.push(`${page.url()}: ${error}`));
      });
      return context;
    },
    close: () => opened.close(),
  };
}
