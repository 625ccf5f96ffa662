// Long answers are compressed as the client likes it, short ones and streams are not.

import assert from 'node:assert/strict';
import { request } from 'node:http';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

/** A GET with exactly these headers; fetch would choose an encoding by itself. */
function get(url, headers) {
  return new Promise((resolve, reject) => {
    const asked = request(url, { headers, agent: false }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(parts) }));
    });
    asked.once('error', reject);
    asked.end();
  });
}

export async function run(check, { server, tokens }) {
  const schema = `${server.origin}/graphql/schema.graphql`;
  const asking = (query) => `${server.url}?query=${encodeURIComponent(query)}`;
  const authorization = `Bearer ${tokens.nurse}`;
  await check('a long answer, in each encoding', async () => {
    const plain = await get(schema, {});
    assert.equal(plain.headers['content-encoding'], undefined);
    const zstd = (bytes) => { assert.equal(bytes.readUInt32LE(0), 0xfd2fb528); return plain.body; };
    for (const [encoding, read] of [['br', brotliDecompressSync], ['gzip', gunzipSync], ['zstd', zstd]]) {
      const { headers, body } = await get(schema, { 'accept-encoding': encoding });
      assert.equal(headers['content-encoding'], encoding);
      assert.match(headers.vary, /accept-encoding/i);
      assert.ok(body.length < plain.body.length / 2, `${encoding}: ${body.length} of ${plain.body.length}`);
      assert.ok(read(body).equals(plain.body), encoding);
    }
  });
  await check('an answer of GraphQL too', async () => {
    const query = '{ ideas(first: 20) { nodes { reference title text } } }';
    const { headers, body } = await get(asking(query), { authorization, 'accept-encoding': 'gzip, br;q=0.5' });
    assert.equal(headers['content-encoding'], 'gzip');
    assert.equal(JSON.parse(gunzipSync(body)).data.ideas.nodes.length, 20);
  });
  await check('short answers and streams stay as they are', async () => {
    for (const accept of ['application/json', 'text/event-stream']) {
      const { headers, body } = await get(asking('{ serverVersion }'), { authorization, accept, 'accept-encoding': 'br, gzip' });
      assert.equal(headers['content-encoding'], undefined);
      assert.match(String(body), /serverVersion/);
    }
  });
}
