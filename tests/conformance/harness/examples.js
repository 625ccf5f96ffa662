// What the programs of examples/ need before they can run: their packages, and the built one of Rust.

import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './server.js';

export const EXAMPLES = join(ROOT, 'examples');
// Beside the packages of the suite itself: thrown away with them, never committed.
const VENV = join(ROOT, 'tests/conformance/node_modules/.examples-python');

const quietly = { stdio: ['ignore', 'ignore', 'inherit'] };

/** Does `work` unless it was done for this content of `file`. */
function once(file, mark, work) {
  const wanted = readFileSync(file, 'utf8');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return;
  work();
  writeFileSync(mark, wanted);
}

/** Installs and builds; answers the commands by which each program is started. */
export function prepared() {
  const node = join(EXAMPLES, 'node');
  once(join(node, 'package-lock.json'), join(node, 'node_modules/.lock-seen'), () => {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: node, ...quietly });
  });
  const requirements = join(EXAMPLES, 'python/requirements.txt');
  const python = join(VENV, 'bin/python');
  once(requirements, join(VENV, 'requirements-seen'), () => {
    rmSync(VENV, { recursive: true, force: true });
    mkdirSync(VENV, { recursive: true });
    execFileSync('python3', ['-m', 'venv', VENV], quietly);
    execFileSync(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '--require-hashes', '--disable-pip-version-check', '--requirement', requirements], quietly);
  });
  execFileSync('cargo', ['build', '--quiet', '--locked', '--package', 'earshot-example'], { cwd: ROOT, ...quietly });
  const rust = join(process.env.CARGO_TARGET_DIR ?? join(ROOT, 'target'), 'debug', 'earshot-example');
  return {
    'curl': ['sh', join(EXAMPLES, 'curl/follow.sh')],
    'Node over server-sent events': [process.execPath, join(node, 'sse.mjs')],
    'Node over a WebSocket': [process.execPath, join(node, 'websocket.mjs')],
    'Python': [python, join(EXAMPLES, 'python/follow.py')],
    'Rust': [rust],
  };
}

/** A program that runs until it is stopped; `lines` is what it has printed. */
export class Program {
  lines = [];
  errors = '';
  #child;

  constructor([command, ...args], environment) {
    // A group of its own: a shell's children are stopped with it.
    this.#child = spawn(command, args, { env: { PATH: process.env.PATH, ...environment }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let unread = '';
    this.#child.stdout.on('data', (bytes) => {
      const lines = (unread + bytes).split('\n');
      unread = lines.pop();
      this.lines.push(...lines);
    });
    this.#child.stderr.on('data', (bytes) => { this.errors += bytes; });
    this.ended = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  get running() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async stop() {
    if (this.running) process.kill(-this.#child.pid, 'SIGKILL');
    await this.ended;
  }
}
