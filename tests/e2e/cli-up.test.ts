import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandLine } from '../support/command-line.ts';

let cli: Awaited<ReturnType<typeof commandLine>>;
let up: ReturnType<typeof cli.start>;
let environment: Record<string, string>;

beforeAll(async () => {
  cli = await commandLine();
  up = cli.start(['up', '--audit-rows', '0']);
  const ready = new Promise<void>((done) => {
    up.child.stdout.on('data', () => up.said.stdout.includes('# Ctrl-C stops') && done());
  });
  await Promise.race([ready, up.ended]);
  environment = Object.fromEntries(
    [...up.said.stdout.matchAll(/^export (\w+)='(.*)'$/gm)].map(([, key = '', value = '']) => [key, value]),
  );
});
afterAll(async () => {
  up?.child.kill('SIGINT');
  await up?.ended;
  await cli?.remove();
});

/** A command in another terminal, into which what `up` printed was pasted. Standard output must be one document. */
async function json(words: readonly string[], input?: string): Promise<unknown> {
  const { code, stdout, stderr } = await cli.run([...words, '--json'], { environment, input: input ?? '' });
  if (code !== 0) throw new Error(`${words.join(' ')} ended with ${code}: ${stderr}`);
  return JSON.parse(stdout);
}

/** Waits until it is so: what was begun there goes on by itself. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !holds() && Date.now() < end; )
    await new Promise((done) => setTimeout(done, 50));
  expect(holds()).toBe(true);
}

test('what up prints is an environment to look at the stack with', async () => {
  expect(Object.keys(environment)).toEqual(
    expect.arrayContaining(['AWS_ENDPOINT_URL', 'NIGHTSHIFT_STAGE', 'NIGHTSHIFT_CA_FILE']),
  );
  const [records, backups, cleanup] = await Promise.all([
    json(['status']),
    json(['backup', 'list']),
    json(['backup', 'cleanup']),
  ]);
  expect(records).toEqual([]);
  expect(Array.isArray(backups)).toBe(true);
  expect(cleanup).toEqual({ dryRun: false, actions: [], deleted: [], left: [], failures: [] });
});

test('a dry run there prints the plan, with the event from standard input as well', async () => {
  const plan = { kind: 'planned', report: { kind: 'plan', database: 'menotime' } };
  const event = '{ "database": "menotime", "label": "by-hand" }';
  const [tonight, given] = await Promise.all([
    json(['run', 'snapshot-export', '--dry-run']),
    json(['run', 'snapshot-export', '--dry-run', '--event', '-'], event),
  ]);
  expect(tonight).toMatchObject(plan);
  expect(given).toMatchObject({ ...plan, report: { ...plan.report, slot: 'by-hand' } });
  expect(await json(['status'])).toEqual([]);
});

test('people get tables, and no JSON', async () => {
  const { code, stdout } = await cli.run(['run', 'snapshot-export', '--dry-run'], { environment });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^Plan for menotime, slot .*Nothing was changed\./);
});

describe('alarms there', () => {
  test('a sample reaches its sink, with a receipt, and is shown as it comes', async () => {
    expect(await json(['alarms', 'test', '--sink', 'pager'])).toMatchObject({ sink: 'pager', attempts: 1 });
    expect(up.said.stderr).toMatch(
      /^\d\d:\d\d:\d\d pager \(pagerduty\): opens the incident .*Test, no alarm/m,
    );
    const messages = await fetch(/http:\S+\/messages/.exec(up.said.stdout)?.[0] ?? '');
    expect(await messages.json()).toMatchObject([{ sink: 'pager', kind: 'pagerduty' }]);
  });

  test('a function of the way runs by hand, and by its name', async () => {
    const doings = await json(['run', 'alarm-context', '--event', '-'], '{ "database": "menotime" }');
    expect(doings).toMatchObject({ maxConnections: 100, statements: [], locks: [] });
    const event = resolve('events/alarm-fanout.sqs-eventbridge.json');
    const started = await json(['invoke', 'alarm-fanout', '--stage', 'demo', '--event', event]);
    expect(started).toMatchObject({ functionName: 'nightshift-demo-alarm-fanout', status: 202 });
    await until(() => up.said.stderr.includes('chat (slack): WARNING: nightshift-prod-menotime-cpu'));
  });
});

test('a tick there says nothing of an alarm that is on and known', async () => {
  const name = 'nightshift-demo-menotime-cpu';
  const at = new Date(Date.now() - 600_000).toISOString();
  const event = (await readFile(resolve('events/alarm-fanout.sqs-eventbridge.json'), 'utf8'))
    .replaceAll('nightshift-prod-menotime-cpu', name)
    .replace(/(timestamp\\":\\")2026-01-02T17:04:40\.989\+0000/, `$1${at.replace('Z', '+0000')}`);
  expect(event).toContain(at.slice(0, 23));
  const invoke = ['invoke', 'alarm-fanout', '--stage', 'demo', '--event', '-'];
  await json(invoke, event);
  await until(() => up.said.stderr.includes(`chat (slack): WARNING: ${name}`));
  const [tick, heartbeat] = [{ trigger: 'tick' }, { trigger: 'heartbeat', scheduledTime: at }];
  await json(invoke, JSON.stringify(tick));
  await json(invoke, JSON.stringify(heartbeat));
  await until(() => up.said.stderr.includes('chat (slack): Heartbeat'));
  expect(await json(['alarms', 'list'])).toContainEqual(
    expect.objectContaining({ alarm: name, state: 'ALARM', told: ['chat'] }),
  );
});

test('what the job refuses, and a database that the config does not name: exit 2', async () => {
  const event = '{ "database": "atlantis" }';
  const ends = await Promise.all([
    cli.run(['run', 'snapshot-export', '--event', '-'], { environment, input: event }),
    cli.run(['backup', 'list', '--database', 'atlantis'], { environment }),
    cli.run(['backup', 'now', '--label', '2026-01-02'], { environment }),
  ]);
  expect(ends.map(({ code }) => code)).toEqual([2, 2, 2]);
  expect(ends.map(({ stdout }) => stdout)).toEqual(['', '', '']);
  expect(ends[0]?.stderr).toMatch(/"atlantis"/);
});

test('Ctrl-C ends up, and leaves no process and no temporary folder', async () => {
  expect(await processesBelow(cli.folder)).not.toEqual([]);
  up.child.kill('SIGINT');
  expect(await up.ended).toMatchObject({ code: 0 });
  expect(await processesBelow(cli.folder)).toEqual([]);
  // The files of S3 stay, to be looked at.
  expect(await readdir(cli.folder)).toEqual(['.nightshift']);
});

/** Those whose command line names the folder: the servers of Postgres and what watches over them. */
async function processesBelow(folder: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-eo', 'pid,args']);
  return stdout.split('\n').filter((line) => line.includes(folder));
}
