// What each hostile request costs the server: processor time of the process, by its threads' own counters, and what
// memory it holds afterwards. The same process must answer before and after all of it. Prints one line a request; exits
// with 1 where one was not refused, took 10 ms or more on average, or the process is another.
//
//   cargo build --release -p earshot-api && cd tests/conformance && npm ci
//   EARSHOT_BIN=<target>/release/earshot node ../load/hostile.mjs
//
// Linux only (it reads /proc). 127.0.0.1 only.

import { readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';

import { Server, binary, freePort } from '../conformance/harness/server.js';

const require = createRequire(new URL('../conformance/package.json', import.meta.url));
const WebSocket = require('ws');

const TIMES = 20;
const MOST_MS = 10;
const SIZES = [100, 1_000, 10_000, 50_000];

/** Nanoseconds that all threads of a process have been on a processor. */
function cpu(pid) {
  let sum = 0;
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    try {
      sum += Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]);
    } catch { /* a thread that has just ended */ }
  }
  return sum;
}

/** MiB of anonymous memory. */
function memory(pid) {
  const line = readFileSync(`/proc/${pid}/status`, 'utf8').match(/RssAnon:\s+(\d+)/);
  return Number(line[1]) / 1024;
}

const idle = (ms) => new Promise((done) => setTimeout(done, ms));
const json = (query, more = {}) => ({ body: JSON.stringify({ query, ...more }), type: 'application/json' });
const doubling = (links) => '{...f0}' + Array.from({ length: links }, (_, n) =>
  ` fragment f${n} on Query{...f${n + 1} ...f${n + 1}}`).join('') + ` fragment f${links} on Query{__typename}`;
const circle = (depth) => '{__schema{types{' + 'fields{type{'.repeat(depth) + 'name' + '}}'.repeat(depth) + '}}}';
const many = (count, make) => Array.from({ length: count }, (_, n) => make(n)).join(' ');

/** name, request; all of them must be refused. */
function requests() {
  const all = [];
  for (const size of SIZES) {
    all.push([`lists ${size} deep`, json(`{x(f:${'['.repeat(size)}${']'.repeat(size)})}`)]);
    all.push([`objects ${size} deep`, json(`{x(f:${'{a:'.repeat(size)}1${'}'.repeat(size)})}`)]);
    all.push([`types ${size} deep`, json(`query($a:${'['.repeat(size)}Int${']'.repeat(size)}){x}`)]);
    all.push([`selections ${size} deep`, json(`${'{a'.repeat(size)}${'}'.repeat(size)}`)]);
    all.push([`variables ${size} deep`, { body: `{"query":"{x}","variables":{"a":${'['.repeat(size)}${']'.repeat(size)}}}`, type: 'application/json' }]);
  }
  for (const links of [10, 20, 30, 40]) all.push([`${links} doubling fragments`, json(doubling(links))]);
  for (const count of [1_000, 3_000]) {
    all.push([`${count} aliases`, json(`{${many(count, (n) => `a${n}:__typename`)}}`)]);
    all.push([`${count} fields`, json(`{${many(count, () => 'viewer{id}')}}`)]);
    all.push([`${count} directives`, json(`{__typename ${many(count, () => '@skip(if:false)')}}`)]);
    all.push([`${count} operations`, json(many(count, (n) => `query q${n}{__typename}`))]);
    all.push([`${count} variables`, json(`query(${many(count, (n) => `$v${n}:Int`)}){__typename}`)]);
  }
  all.push(['5 MiB', json('{__typename}', { variables: { a: 'x'.repeat(5 << 20) } })]);
  all.push(['not UTF-8', { body: Buffer.from([0x7b, 0x22, 0xff, 0xfe]), type: 'application/json' }]);
  all.push(['NUL', json('{a\0}')]);
  all.push(['a NUL in a string', json('{units(filter:{text:"\\u0000"}){nodes{id}}}')]);
  all.push(['a huge number', json('{ideas(first:99999999999999999999999){nodes{id}}}')]);
  all.push(['an operation that is not there', json('query A{__typename}', { operationName: 'B' })]);
  all.push(['a batch', { body: `[${many(100, () => '{"query":"{__typename}"}').replaceAll(' ', ',')}]`, type: 'application/json' }]);
  all.push(['multipart', { body: '--x\r\n\r\n--x--', type: 'multipart/form-data; boundary=x' }]);
  all.push(['text/plain', { body: '{"query":"{__typename}"}', type: 'text/plain' }]);
  all.push(['introspection by a stranger', json('{__schema{types{name}}}')]);
  all.push(['introspection in circles', { ...json(circle(9)), signedIn: true }]);
  all.push(['introspection in short circles', { ...json(circle(2)), signedIn: true }]);
  all.push(['pages of pages', { ...json('{ideas(first:100){nodes{comments(first:100){nodes{id}}}}}'), signedIn: true }]);
  return all;
}

const bad = [];

async function measured(server, pid, name, send) {
  await send();
  const before = cpu(pid);
  let status;
  for (let n = 0; n < TIMES; n += 1) status = await send();
  const ms = (cpu(pid) - before) / TIMES / 1e6;
  const refused = status === 'closed' || status >= 400;
  if (!refused) bad.push(`${name}: not refused (${status})`);
  if (ms >= MOST_MS) bad.push(`${name}: ${ms.toFixed(2)} ms`);
  console.log(`${ms.toFixed(3).padStart(8)} ms  ${String(status).padEnd(6)}  ${name}`);
}

/** One socket: what is done with it, until the server ends it. */
function socket(server, token, act) {
  return new Promise((done) => {
    const it = new WebSocket(server.socket, 'graphql-transport-ws');
    const timer = setTimeout(() => it.terminate(), 15_000);
    it.on('error', () => {});
    it.on('close', () => { clearTimeout(timer); done('closed'); });
    it.on('open', () => act(it, token));
  });
}

const init = (it, token) => it.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }));

/** A frame whose header promises 64 MiB. */
function promised(server) {
  return new Promise((done) => {
    const { hostname, port } = new URL(server.url);
    const raw = net.connect(Number(port), hostname, () => raw.write(
      `GET /graphql HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n'));
    const timer = setTimeout(() => raw.destroy(), 15_000);
    const pieces = Buffer.alloc(64 * 1024);
    raw.once('data', () => {
      const head = Buffer.from([0x81, 0xff, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0]);
      raw.write(head);
      const more = () => { if (!raw.destroyed) raw.write(pieces, () => setImmediate(more)); };
      more();
    });
    raw.on('error', () => {});
    raw.on('close', () => { clearTimeout(timer); done('closed'); });
  });
}

const sockets = [
  ['a flood before init', (server, token) => socket(server, token, (it) => {
    for (let n = 0; n < 10_000; n += 1) it.send(JSON.stringify({ type: 'ping' }));
  })],
  ['subscribing before init', (server, token) => socket(server, token, (it) => {
    it.send(JSON.stringify({ type: 'subscribe', id: '1', payload: { query: '{__typename}' } }));
  })],
  ['a frame of 64 MiB', promised],
  ['10,000 subscribes', (server, token) => socket(server, token, (it) => {
    init(it, token);
    for (let n = 0; n < 10_000; n += 1) {
      it.send(JSON.stringify({ type: 'subscribe', id: String(n), payload: { query: 'subscription{submissionChanged{kind}}' } }));
    }
  })],
];

const server = new Server(binary(), await freePort(), {
  EARSHOT_LOG: 'error', EARSHOT_BUDGET_SIGNED_IN: '0', EARSHOT_BUDGET_ADDRESS: '0',
});
await server.start();
try {
  const { pid } = server;
  const token = await server.signIn('reviewer');
  const warm = () => server.ask(token, '{ideas(first:20){nodes{id title}}}');
  for (let n = 0; n < 50; n += 1) await warm();
  await idle(1_000);
  const base = memory(pid);
  for (const [name, request] of requests()) {
    await measured(server, pid, name, async () => {
      const headers = { 'content-type': request.type, accept: 'application/graphql-response+json' };
      if (request.signedIn) headers.authorization = `Bearer ${token}`;
      try {
        const answer = await fetch(server.url, { method: 'POST', headers, body: request.body });
        await answer.arrayBuffer();
        return answer.status;
      } catch {
        return 'closed';
      }
    });
  }
  await measured(server, pid, 'a mutation by GET', async () => {
    const query = encodeURIComponent('mutation{signOut(input:{}){signedOut}}');
    const answer = await fetch(`${server.url}?query=${query}`, { headers: { accept: 'application/graphql-response+json' } });
    await answer.arrayBuffer();
    return answer.status;
  });
  for (const [name, act] of sockets) {
    const before = cpu(pid);
    const status = await act(server, token);
    console.log(`${((cpu(pid) - before) / 1e6).toFixed(1).padStart(8)} ms  ${status}  ${name} (once, all of it)`);
  }
  await idle(3_000);
  for (let n = 0; n < 50; n += 1) await warm();
  const after = memory(pid);
  console.log(`memory: ${base.toFixed(1)} MiB before, ${after.toFixed(1)} MiB after, ${(after / base).toFixed(2)} times`);
  if (!server.alive || server.pid !== pid) bad.push('another process');
} finally {
  await server.remove();
}
for (const what of bad) console.log(`FAILED ${what}`);
process.exitCode = bad.length === 0 ? 0 : 1;
