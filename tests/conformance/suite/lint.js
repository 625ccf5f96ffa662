// graphql-eslint over api/schema.graphql: schema-recommended, schema-relay, and descriptions
// everywhere. What is not followed stands in EXCLUDED with its reason; a line there that excludes
// nothing any more is a failure too.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as plugin from '@graphql-eslint/eslint-plugin';
import { ESLint } from 'eslint';
import { ROOT } from '../harness/server.js';

const { rules, configs, parser } = plugin.default ?? plugin;
const SCHEMA = join('api', 'schema.graphql');

const own = (type) => ({
  rule: 'relay-edge-types',
  message: "Edge type's field `node` must implement `Node` interface.",
  on: `type ${type} `,
});

/** What the schema does not follow: the rule, which of its messages, and why. */
const EXCLUDED = [
  // Payloads, edges, connections and values (a label, what somebody may do) have no identity: a
  // client keeps them with the thing that they belong to. Things with an identity implement Node.
  { rule: 'strict-id-in-types', message: /must have exactly one non-nullable unique identifier/ },
  // Lists that are short by nature (labels, tags, grants of a person) are plain lists, and
  // connections have `nodes` beside `edges`, as GitHub's have.
  { rule: 'relay-edge-types', message: 'A list type should only wrap an edge type.' },
  // Read with the submission that it belongs to; nobody fetches one by itself.
  own('CommentEdge'),
  own('HistoryEdge'),
  // A place in the log, pulled in order; what it happened to is the Node.
  own('FactEdge'),
  // A log is pulled forwards only: nothing is read from its end.
  { rule: 'relay-arguments', message: /^Field `facts` must contain an argument `(last|before)`/ },
  // As well: with the plan, the idea or the submission; their lists are for whoever has to do something.
  own('ActionItemEdge'),
  own('AdoptionEdge'),
  own('ReportEdge'),
  // Asked about, or printed, with the submission that they are about.
  own('SustainQuestionEdge'),
  own('SheetAnswerEdge'),
  // Read by those who operate the server, as a list.
  own('DeadJobEdge'),
  own('MailEdge'),
  // The directives of the GraphQL specification itself, as the engine prints them.
  { rule: 'require-description', message: /^Description is required for input value "(if|reason|url)" in directive "(deprecated|include|skip|specifiedBy)"/ },
  { rule: 'no-unreachable-types', message: 'Directive `specifiedBy` is unreachable.' },
];

/** The sets of rules that are asked for. */
const SETS = {
  'schema-recommended': configs['flat/schema-recommended'].rules,
  'schema-relay': configs['flat/schema-relay'].rules,
  'require-description': {
    '@graphql-eslint/require-description': ['error', {
      types: true,
      FieldDefinition: true,
      InputValueDefinition: true,
      EnumValueDefinition: true,
      DirectiveDefinition: true,
      rootField: true,
    }],
  },
};

async function problems(wanted) {
  const eslint = new ESLint({
    cwd: ROOT,
    overrideConfigFile: true,
    overrideConfig: [{
      files: ['**/*.graphql'],
      languageOptions: { parser, parserOptions: { graphQLConfig: { schema: join(ROOT, SCHEMA) } } },
      plugins: { '@graphql-eslint': { rules } },
      rules: wanted,
    }],
  });
  const [{ messages, source }] = await eslint.lintFiles([SCHEMA]);
  const lines = source.split('\n');
  return messages.map(({ ruleId, message, line }) => ({ rule: ruleId, message, line, text: lines[line - 1] }));
}

function covers(excluded, { rule, message, text }) {
  const said = typeof excluded.message === 'string' ? excluded.message === message : excluded.message.test(message);
  return rule === `@graphql-eslint/${excluded.rule}` && said && text.startsWith(excluded.on ?? '');
}

export async function run(check) {
  const used = new Set();
  for (const [name, wanted] of Object.entries(SETS)) {
    await check(name, async () => {
      assert.ok(Object.keys(wanted).length > 0, 'there are rules');
      const found = await problems(wanted);
      const left = found.filter((problem) => {
        const by = EXCLUDED.find((excluded) => covers(excluded, problem));
        used.add(by);
        return !by;
      });
      const told = left.map((it) => `api/schema.graphql:${it.line}: ${it.rule}: ${it.message}`);
      assert.equal(left.length, 0, `${left.length} errors\n${told.slice(0, 40).join('\n')}`);
    });
  }
  await check('every exclusion is still needed', () => {
    assert.deepEqual(EXCLUDED.filter((it) => !used.has(it)), []);
  });
}
