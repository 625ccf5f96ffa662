// A throwaway PostgreSQL from the installed binaries, or a database beside the one of
// TEST_DATABASE_URL.

import { execFileSync, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePort } from './server.js';

const INSTALLED = '/usr/lib/postgresql';

/** Starts a cluster and answers `{ url, stop }`. */
export async function postgres() {
  if (process.env.TEST_DATABASE_URL) return { url: process.env.TEST_DATABASE_URL, stop() {} };
  const [initdb, server] = ['initdb', 'postgres'].map(program);
  const folder = mkdtempSync(join(tmpdir(), 'earshot-conformance-pg-'));
  const owner = ownership();
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, 'data');
  const options = { cwd: folder, ...owner };
  execFileSync(initdb, ['-D', data, '-U', 'earshot', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
    { ...options, stdio: 'pipe' });
  const port = await freePort();
  const settings = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off'].flatMap((it) => ['-c', it]);
  const child = spawn(server, ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', ...settings],
    { ...options, stdio: 'ignore' });
  await listening(port);
  return {
    url: `postgres://earshot@127.0.0.1:${port}/postgres`,
    async stop() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

// The real folders first: wrappers on the PATH may only know some of the programs.
function program(name) {
  const versions = existsSync(INSTALLED) ? readdirSync(INSTALLED).sort((a, b) => b - a) : [];
  const folders = [...versions.map((it) => join(INSTALLED, it, 'bin')), ...process.env.PATH.split(delimiter)];
  const found = folders.map((folder) => join(folder, name)).find(existsSync);
  if (!found) throw new Error(`${name} is not installed, and there is no TEST_DATABASE_URL`);
  return found;
}

// initdb refuses root; then the cluster belongs to the user `postgres`.
function ownership() {
  if (process.getuid() !== 0) return {};
  const id = (flag) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function listening(port) {
  for (const until = Date.now() + 60_000; Date.now() < until;) {
    if (await answers(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('PostgreSQL did not start in 60 s');
}

// PostgreSQL answers a request for TLS with one byte.
function answers(port) {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer) => { socket.destroy(); resolve(answer); };
    socket.once('connect', () => socket.write(Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])));
    socket.once('data', () => end(true));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
  });
}
