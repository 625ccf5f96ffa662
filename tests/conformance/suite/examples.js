// The programs of examples/, as the guide for integrators (docs/INTEGRATING.md) has them started: with a token of the
// command line, against the demo.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { EXAMPLES, Program, prepared } from '../harness/examples.js';
import { accept, idea } from '../harness/story.js';

const pause = () => new Promise((resolve) => setTimeout(resolve, 50));
const script = (name) => join(EXAMPLES, 'curl', name);

/** One run of a shell script; answers the lines that it printed. */
function texts(name, args, environment) {
  const printed = execFileSync('sh', [script(name), ...args], { env: { PATH: process.env.PATH, ...environment }, encoding: 'utf8' });
  return printed.split('\n').filter((line) => line !== '');
}

/** One run of a shell script; answers the JSON that it printed. */
const ran = (name, args, environment) => JSON.parse(texts(name, args, environment).join('\n'));

/** What a follower printed of steps: reference and cursor. */
function steps({ lines }) {
  return lines.flatMap((line) => {
    if (line.startsWith('data: {')) {
      const step = JSON.parse(line.slice('data: '.length)).data?.ideaStatusChanged;
      return step ? [{ reference: step.reference, cursor: step.cursor }] : [];
    }
    const found = line.match(/^"?(EAR-\w+)"? .*SUBMITTED"? -> "?ACCEPTED"? \("?([^")]+)"?\)$/);
    return found ? [{ reference: found[1], cursor: found[2] }] : [];
  });
}

async function announced(world) {
  const { id, reference } = await idea(world);
  await accept(world, id);
  return reference;
}

/** The first steps that a follower tells; ideas are announced until it does, for nobody says when it has begun. */
async function heard(world, program, most = 60) {
  for (let round = 0; round < most && steps(program).length === 0; round += 1) {
    assert.ok(program.running, `it ended: ${program.errors}`);
    await announced(world);
    for (let wait = 0; wait < 20 && steps(program).length === 0; wait += 1) await pause();
  }
  assert.ok(steps(program).length > 0, `nothing was told: ${program.lines.join('\n')}\n${program.errors}`);
  return steps(program);
}

export async function run(check, world) {
  const { server } = world;
  const { token } = JSON.parse(server.command('token', 'create', '--json', '--service', 'The guide', '--unit', 'M', '--scope', 'content,submit,facts,external-links,submit-on-behalf,personal'));
  const environment = { EARSHOT_URL: server.origin, EARSHOT_TOKEN: token };
  const programs = prepared();

  await check('the first query', async () => {
    const { data } = ran('query.sh', [], environment);
    assert.equal(data.viewer.service.name, 'The guide');
    assert.ok(data.ideas.totalCount > 0 && data.ideas.nodes.length === 3);
  });
  await check('the first mutation, sent twice and received once', async () => {
    const [first, again] = [0, 1].map(() => ran('mutation.sh', ['my-first-idea', 'Hooks on the doors.'], environment).data.submissionSend);
    assert.deepEqual([first.userErrors, first.alreadyReceived, again.alreadyReceived], [[], false, true]);
    assert.equal(first.submission.id, again.submission.id);
  });
  await check('the reviewer of the demo announces', async () => {
    const { submission } = ran('mutation.sh', ['another-idea', 'A bench at the bus stop.'], environment).data.submissionSend;
    const { data } = ran('announce.sh', [server.links.get('reviewer'), submission.id], { EARSHOT_URL: server.origin });
    assert.deepEqual(data.submissionMove, { submission: { reference: submission.reference, phase: 'ACCEPTED' }, userErrors: [] });
  });
  await check('a link that was used says so', async () => {
    const again = spawnSync('sh', [script('announce.sh'), server.links.get('reviewer'), 'sub_x'], { env: { PATH: process.env.PATH, EARSHOT_URL: server.origin }, encoding: 'utf8' });
    assert.equal(again.status, 1);
    assert.match(again.stderr, /This link was used already/);
  });
  await check('the log, pulled page by page', async () => {
    const { facts } = ran('facts.sh', [], environment).data;
    assert.ok(facts.nodes.length === 50 && facts.pageInfo.hasNextPage);
    const next = ran('facts.sh', [facts.pageInfo.endCursor], environment).data.facts;
    assert.ok(next.nodes.length === 50 && next.pageInfo.endCursor !== facts.pageInfo.endCursor);
  });
  await check('a name in another system, and found by it', async () => {
    const { submission } = ran('mutation.sh', ['an-idea-with-a-ticket', 'A shelf.'], environment).data.submissionSend;
    const [set, found] = texts('link.sh', [submission.id, 'jira', 'FAC-17', 'In progress'], environment).map((text) => JSON.parse(text).data);
    assert.deepEqual(set.externalLinkSet, { externalLink: { system: 'jira', key: 'FAC-17', state: 'In progress', version: 1 }, userErrors: [] });
    assert.equal(found.submission.id, submission.id);
  });
  await check('in the name of somebody', async () => {
    const who = await fetch(server.url, { method: 'POST', headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' }, body: '{"query":"{ people(first: 1) { nodes { staffCode } } }"}' });
    const { staffCode } = (await who.json()).data.people.nodes[0];
    const { submissionSend } = ran('behalf.sh', ['a-key', staffCode, 'The lift stops between the floors.'], environment).data;
    assert.deepEqual(submissionSend.userErrors, []);
  });
  for (const [name, command] of Object.entries(programs)) {
    await check(`${name}: a token that is no good ends it, and it says why`, async () => {
      const [file, ...args] = command;
      const ended = spawnSync(file, args, { env: { PATH: process.env.PATH, EARSHOT_URL: server.origin, EARSHOT_TOKEN: 'est_no' }, encoding: 'utf8', timeout: 20_000 });
      assert.notEqual(ended.status, null, 'it goes on for ever');
      assert.match(ended.stdout + ended.stderr, /not valid|4403|401/);
    });
    await check(`${name}: the first event, and on behind it after a stop`, async () => {
      let program = new Program(command, environment);
      let last;
      try {
        last = (await heard(world, program)).at(-1);
      } finally {
        await program.stop();
      }
      // What is announced while nobody listens.
      const missed = [await announced(world), await announced(world)];
      program = new Program([...command, last.cursor], environment);
      try {
        const references = () => steps(program).map(({ reference }) => reference);
        const whole = () => missed.every((reference) => references().includes(reference));
        for (let wait = 0; wait < 400 && program.running && !whole(); wait += 1) await pause();
        // Steps between the last one that was printed and the stop may come first.
        assert.deepEqual(references().slice(-2), missed, program.errors);
        assert.equal(new Set(references()).size, references().length, 'once each');
        assert.ok(!references().includes(last.reference), 'not what was seen');
      } finally {
        await program.stop();
      }
    });
  }
}
