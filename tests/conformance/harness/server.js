// The server binary with the demo, in a folder of its own on a free port of 127.0.0.1.

import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

// The demo holds some hundred lives; a debug build on a busy machine takes a while to write them.
const START = 120_000;
const STOP = 20_000;

/** Path of the binary: EARSHOT_BIN, or the debug build, made when it is not there. */
export function binary() {
  if (process.env.EARSHOT_BIN) return process.env.EARSHOT_BIN;
  const build = ['build', '--quiet', '--locked', '--package', 'earshot-api', '--bin', 'earshot'];
  const built = spawnSync('cargo', build, { cwd: ROOT, stdio: 'inherit' });
  if (built.status !== 0) throw new Error('cargo build failed; set EARSHOT_BIN to a binary instead');
  return join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug', 'earshot');
}

/** A port that was free a moment ago: a restarted server needs the same one again. */
export function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}

/** A server of the demo that can be stopped and started again over the same data. */
export class Server {
  #binary;
  #environment;
  #child;
  #folder = mkdtempSync(join(tmpdir(), 'earshot-conformance-'));
  #log = '';

  constructor(binary, port, environment = {}) {
    this.#binary = binary;
    this.origin = `http://127.0.0.1:${port}`;
    this.url = `${this.origin}/graphql`;
    this.socket = `ws://127.0.0.1:${port}/graphql`;
    this.#environment = {
      PATH: process.env.PATH,
      EARSHOT_LISTEN: `127.0.0.1:${port}`,
      EARSHOT_DATA_DIR: this.#folder,
      EARSHOT_LOG: 'warn',
      ...environment,
    };
  }

  /** Starts, and waits for the greeting with the one-time links. */
  async start() {
    this.#child = spawn(this.#binary, ['serve', '--demo', '--json'], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr.on('data', (bytes) => { this.#log += bytes; });
    const greeting = await this.#greeting();
    this.links = new Map(greeting.demoLinks.map(({ role, link }) => [role, link]));
  }

  #greeting() {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      let text = '';
      const give_up = (why) => reject(new Error(`${why}\n${text}\n${this.#log}`));
      const timer = setTimeout(() => give_up('the server did not start in time'), START);
      child.once('exit', (code) => give_up(`the server ended with ${code}`));
      child.once('error', give_up);
      child.stdout.on('data', (bytes) => {
        text += bytes;
        try {
          const greeting = JSON.parse(text);
          clearTimeout(timer);
          child.removeAllListeners('exit');
          resolve(greeting);
        } catch {
          // The greeting has not come whole yet.
        }
      });
    });
  }

  /** Signs in by the one-time link of a role; each link works once for each start. */
  async signIn(role) {
    const token = new URL(this.links.get(role)).searchParams.get('token');
    const query = 'mutation In($input: SignInByLinkInput!) { signInByLink(input: $input) { accessToken userErrors { message } } }';
    const answer = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables: { input: { token } } }),
    });
    const body = await answer.json();
    const accessToken = body.data?.signInByLink?.accessToken;
    if (!accessToken) throw new Error(`nobody signed in as ${role}: ${JSON.stringify(body)}`);
    return accessToken;
  }

  /** Runs another command of the binary over the same data; answers what it printed. */
  command(...args) {
    return execFileSync(this.#binary, args, { env: this.#environment, encoding: 'utf8' });
  }

  /** Asks by plain fetch, for what a check needs besides the client it is about. */
  async ask(token, query, variables = {}) {
    const answer = await fetch(this.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify({ query, variables }),
    });
    const body = await answer.json();
    if (body.errors) throw new Error(JSON.stringify(body.errors));
    return body.data;
  }

  /** Stops as an operator would, by SIGTERM; says how the process ended and how long it took. */
  async stop() {
    const child = this.#child;
    if (!child || child.exitCode !== null) return { code: child?.exitCode, took: 0 };
    const begun = Date.now();
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP);
    const code = await ended;
    clearTimeout(timer);
    return { code, took: Date.now() - begun };
  }

  /** Whether the very process that was started still runs. */
  get alive() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Number of the process. */
  get pid() {
    return this.#child.pid;
  }

  /** Stops and removes everything. */
  async remove() {
    const ended = await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
    return ended;
  }

  get log() {
    return this.#log;
  }
}
