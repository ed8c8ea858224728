import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { commandLine } from '../support/command-line.ts';

let cli: Awaited<ReturnType<typeof commandLine>>;
let up: ReturnType<typeof cli.start>;
let environment: Record<string, string>;

beforeAll(async () => {
  cli = await commandLine();
  up = cli.start(['up', '--audit-rows', '1000']);
  const ready = new Promise<void>((resolve) => {
    up.child.stdout.on('data', () => up.said.stdout.includes('# Ctrl-C stops') && resolve());
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

test('a new database without backups: the table, the verdict, and exit 1', async () => {
  const { code, stdout, stderr } = await cli.run(['backup', 'verify', '--label', 'first'], { environment });
  expect(code).toBe(1);
  expect(stdout).toMatch(/^status +check +limit +found$/m);
  expect(stdout).toMatch(/^FAIL +snapshot age +25 h +There is no automated snapshot of menotime-demo/m);
  expect(stdout).toMatch(/^pass +retention +7 days /m);
  expect(stdout).toMatch(/^Verdict: in doubt: snapshot age: /m);
  expect(stderr).toMatch(/checks failed\. docs\/runbooks\/backup-verify\.md says what to do/);
});

test('as JSON it is the record that was kept, and the same label is answered with it', async () => {
  const { code, stdout } = await cli.run(['backup', 'verify', '--label', 'first', '--json'], { environment });
  expect(code).toBe(1);
  const { before, record } = JSON.parse(stdout);
  expect(before).toBe(true);
  expect(record).toMatchObject({ job: 'backup-verify', slot: 'first', status: 'succeeded' });
  expect(record.report.verdict.ok).toBe(false);
});
