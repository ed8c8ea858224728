import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commandLine } from '../support/command-line.ts';

let cli: Awaited<ReturnType<typeof commandLine>>;

beforeAll(async () => {
  cli = await commandLine();
  await writeFile(join(cli.folder, 'broken.json'), '{ "database": ');
  await writeFile(join(cli.folder, 'text.json'), '"menotime"');
  await writeFile(
    join(cli.folder, 'broken.config.ts'),
    'export default { stages: { demo: { colour: 1 } } };',
  );
});
afterAll(() => cli.remove());

const snapshotExport = ['run', 'snapshot-export'];
const wrong: [string, string[], RegExp][] = [
  ['an unknown command', ['dance'], /unknown command 'dance'/],
  ['an unknown part of backup', ['backup', 'dance'], /unknown command 'dance'/],
  ['an unknown part of archive', ['archive', 'dance'], /unknown command 'dance'/],
  ['no query', ['archive', 'query'], /missing required argument 'sql'/],
  ['a query that is none', ['archive', 'query', 'SELEC 1'], /syntax error at or near "SELEC"/],
  ['a query that changes something', ['archive', 'query', 'DROP TABLE t'], /takes one SELECT/],
  ['two queries', ['archive', 'query', 'SELECT 1; SELECT 2'], /takes one SELECT/],
  [
    'two forms of output',
    ['archive', 'query', 'SELECT 1', '--csv', '--json'],
    /--csv and --json exclude each other/,
  ],
  ['a day that is none', ['archive', 'query', 'SELECT 1', '--from', '2026-02-30'], /"2026-02-30" is no time/],
  [
    'a period that ends before it begins',
    ['archive', 'query', 'SELECT 1', '--from', '2026-02-02', '--to', '2026-02-01'],
    /is not before/,
  ],
  ['no table to bring back', ['restore', 'export', 'x'], /--table <name>' not specified/],
  ['no table to rehydrate', ['archive', 'rehydrate'], /--table <name>' not specified/],
  ['a table without a schema', ['archive', 'rehydrate', '--table', 'audit_log'], /is no schema\.name/],
  ['a table with capitals', ['archive', 'athena-ddl', '--table', 'public.Log'], /double quotes/],
  ['an unknown option', ['status', '--colour'], /unknown option '--colour'/],
  ['an unknown option of a part', ['backup', 'now', '--colour'], /unknown option '--colour'/],
  ['no job', ['run'], /missing required argument 'job'/],
  ['an unknown job', ['run', 'dance'], /no job "dance"\. There is: .*snapshot-export/],
  ['an unknown deployed job', ['invoke', 'dance', '--stage', 'prod'], /no job "dance"/],
  ['no stage to invoke on', ['invoke', 'snapshot-export'], /--stage <name>' not specified/],
  ['an unknown stage', ['status', '--stage', 'moon'], /moon[\s\S]*prod[\s\S]*demo/],
  ['no such config', ['status', '--config', 'nowhere.ts'], /Cannot load the config in nowhere\.ts/],
  ['a faulty config', ['status', '--config', 'broken.config.ts'], /colour/],
  ['rows that are no number', ['up', '--audit-rows', 'many'], /whole number from 0 to 20000000/],
  ['too many rows', ['night', '--audit-rows', '20000001'], /whole number from 0 to 20000000/],
  ['no database to seed', ['seed'], /DATABASE_URL is not set/],
  ['an event file that is missing', [...snapshotExport, '--event', 'no.json'], /no file no\.json/],
  [
    'an event file without JSON',
    [...snapshotExport, '--event', 'broken.json'],
    /broken\.json does not hold JSON/,
  ],
  [
    'an event that is text',
    [...snapshotExport, '--event', 'text.json'],
    /text\.json does not hold a JSON object/,
  ],
];

test.each(wrong)('%s: exits 2, says so on standard error, starts nothing', async (_what, words, says) => {
  const { code, stdout, stderr } = await cli.run(words);
  expect(stderr).toMatch(says);
  expect(stderr).not.toMatch(/\n {4}at |Start the embedded stack/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
});

test.each([
  ['without JSON', 'x', /Standard input does not hold JSON/],
  ['that is empty', '', /Standard input does not hold JSON/],
  ['that is a number', '1', /Standard input does not hold a JSON object/],
])('an event on standard input %s: exits 2', async (_what, input, says) => {
  const { code, stderr } = await cli.run([...snapshotExport, '--event', '-'], { input });
  expect(stderr).toMatch(says);
  expect(code).toBe(2);
});

const looking = [
  'status',
  'backup list',
  'backup cleanup',
  'backup query SELECT+1',
  'archive stats',
  'archive verify',
];
test.each([...looking, 'archive rehydrate --table public.audit_log', 'archive query SELECT+1'])(
  '%s without a stack to look at: exits 2, says how to have one, starts none',
  async (command) => {
    const { code, stdout, stderr } = await cli.run([
      ...command.split(' ').map((word) => word.replace('+', ' ')),
      '--json',
    ]);
    expect(stderr).toMatch(/`nightshift up`.*paste.*--stage/);
    expect(stderr).not.toContain('Start the embedded stack');
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  },
);

test('an endpoint without the rest of its environment: exits 2', async () => {
  const environment = { AWS_ENDPOINT_URL: 'http://127.0.0.1:1' };
  const { code, stderr } = await cli.run(['status'], { environment });
  expect(stderr).toMatch(/Paste all of what `nightshift up` prints/);
  expect(code).toBe(2);
});

test('what fails on the way: exits 1', async () => {
  const environment = { DATABASE_URL: 'postgresql://postgres@127.0.0.1:1/none' };
  const { code, stdout, stderr } = await cli.run(['seed', '--json'], { environment });
  expect(stderr).toMatch(/ECONNREFUSED/);
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
});
