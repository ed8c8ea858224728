import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandLine } from '../support/command-line.ts';
import { alarmEvent, startWholePipe, type WholePipe } from '../support/whole-pipe.ts';

/** `nightshift alarms` against the whole way of alarms, its functions and sinks at work. */

let cli: Awaited<ReturnType<typeof commandLine>>;
let pipe: WholePipe;
let environment: Record<string, string>;

beforeAll(async () => {
  [cli, pipe] = await Promise.all([
    commandLine(),
    startWholePipe({ alarms: { context: { withinMs: 0 }, digest: { windowSeconds: 1, pagesBefore: 100 } } }),
  ]);
  const config = join(cli.folder, 'alarms.config.ts');
  await writeFile(config, `export default ${JSON.stringify({ stages: { test: pipe.stage.stageConfig } })};`);
  environment = { ...pipe.stage.environment, NIGHTSHIFT_CONFIG: config, NIGHTSHIFT_STAGE: 'test' };
}, 120_000);
afterAll(async () => {
  await pipe.stop();
  await cli.remove();
});

const run = (...words: string[]) => cli.run(['alarms', ...words], { environment });

/** Waits until it is so, which the queues decide. */
async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 30_000; !holds() && Date.now() < end; )
    await new Promise((done) => setTimeout(done, 100));
  expect(holds()).toBe(true);
}

test('test sends a sample the whole way, and prints its receipt', async () => {
  const { code, stdout } = await run('test', '--sink', 'chat', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ kind: 'test', sink: 'chat', attempts: 1 });
  expect(JSON.stringify(pipe.chat.taken)).toContain('Test, no alarm');
});

test('heartbeat reaches every sink now, and prints their receipts', async () => {
  const { code, stdout } = await run('heartbeat', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject(
    ['chat', 'pager', 'fallback'].map((sink) => ({ kind: 'heartbeat', sink })),
  );
  expect(JSON.stringify(pipe.chat.taken)).toContain('Heartbeat: alarms get through');
});

test('redrive sends again what a sink did not take, and says why it lay there', async () => {
  pipe.chat.next({ kind: 'answer', status: 404, body: 'no_service' });
  await pipe.put([alarmEvent('refused-once', 'ALARM', new Date())]);
  await until(() => JSON.stringify(pipe.fallback.taken).includes('refused-once'));
  const look = await run('redrive', '--dry-run', '--sink', 'chat', '--json');
  expect(JSON.parse(look.stdout)).toMatchObject([{ messages: 1, reasons: [expect.stringContaining('404')] }]);
  expect(JSON.stringify(pipe.chat.taken)).not.toContain('refused-once');
  const { stdout } = await run('redrive', '--sink', 'chat');
  expect(stdout).toMatch(
    /sink-chat-dead-letters: 1 sent again\n {2}it answered 404.*:\n {4}alarm refused-once\n/,
  );
  await until(() => JSON.stringify(pipe.chat.taken).includes('refused-once'));
  expect((await run('redrive')).stdout).toContain('There are no dead letters.');
}, 120_000);

test('redrive ends, also where what it sends again is refused again', async () => {
  await pipe.put([{ 'this is': 'no alarm' }]);
  const { names } = pipe.stage;
  for (let tries = 0; (await pipe.count(names.alarmDeadLetters)) === 0 && tries < 300; tries += 1)
    await new Promise((done) => setTimeout(done, 100));
  const { code, stdout } = await run('redrive', '--json');
  expect(code).toBe(0);
  expect(JSON.parse(stdout)).toContainEqual(
    expect.objectContaining({ queue: names.alarmDeadLetters, messages: 1 }),
  );
}, 120_000);

describe('a silence', () => {
  test('keeps its alarms quiet, is listed, and ends by hand', async () => {
    const made = await run('silence', '--alarms', 'quiet-*', '--until', '2h', '--why', 'a rebuild', '--json');
    const { id } = JSON.parse(made.stdout) as { id: string };
    expect(made.code).toBe(0);
    await pipe.put([
      alarmEvent('quiet-one', 'ALARM', new Date()),
      alarmEvent('loud-one', 'ALARM', new Date()),
    ]);
    await until(() => JSON.stringify(pipe.chat.taken).includes('loud-one'));
    expect((await run('silences')).stdout).toMatch(
      new RegExp(`${id}  until .+ a rebuild .+\\n +alarms quiet-\\*`),
    );
    expect((await run('list')).stdout).toMatch(
      /quiet-one, on since .+\n[\s\S]*nobody is told: silenced until .+a rebuild/,
    );
    expect((await run('unsilence', id)).code).toBe(0);
    expect((await run('silences')).stdout).toContain('Nothing is silenced');
    expect(JSON.stringify(pipe.chat.taken)).not.toContain('quiet-one');
    await pipe.put([{ trigger: 'tick' }]);
    await until(() => JSON.stringify(pipe.chat.taken).includes('quiet-one'));
    expect(JSON.stringify(pipe.chat.taken)).toContain('a rebuild');
  }, 120_000);
});

describe('explain', () => {
  test('says where an event would go, and why', async () => {
    const event = resolve('events/alarm-fanout.eventbridge-metric.json');
    const { code, stdout } = await run('explain', '--event', event);
    expect(code).toBe(0);
    expect(stdout).toMatch(/warning ALARM.*: CPUUtilization 91\.2 % over 80 %/);
    expect(stdout).toContain('It never comes: no rule of the stage lets it in.');
    expect(stdout).toContain('If it came: it goes to chat, pager: route 1 of the config.');
  });

  test('refuses what is no alarm, and says what is', async () => {
    const { code, stderr } = await cli.run(['alarms', 'explain', '--event', '-'], {
      environment,
      input: '{"this is": "no alarm"}',
    });
    expect(code).toBe(2);
    expect(stderr).toContain('alarm-fanout');
  });
});

test.each([
  [
    'a sink that there is not',
    ['test', '--sink', 'nowhere'],
    /There is no sink "nowhere"\. There is: chat, pager/,
  ],
  ['an end in the past', ['silence', '--until', '2020-01-01T00:00:00Z', '--why', 'x'], /over already/],
  ['an end that never comes', ['silence', '--until', '99999d', '--why', 'x'], /more than 30 days/],
  ['an end that is no time', ['silence', '--until', 'soon', '--why', 'x'], /takes a time/],
  ['a severity', ['silence', '--until', '1h', '--why', 'x', '--severities', 'bad'], /no severity "bad"/],
  ['a silence that there is not', ['unsilence', 'abc'], /no silence "abc"/],
  ['a time without its zone', ['explain', '--event', '-', '--at', '2026-11-21T03:00:00'], /with its zone/],
  ['a folder of events', ['explain', '--event', 'events'], /no file events to read/],
])('%s is bad usage', async (_what, words, said) => {
  const { code, stderr } = await run(...words);
  expect(stderr).toMatch(said);
  expect(code).toBe(2);
});
