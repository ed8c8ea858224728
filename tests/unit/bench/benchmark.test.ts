import { execFile } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { atMost, atMostTimes, median, shown } from '../../bench/benchmark.ts';
import { clientsModule } from '../../bench/cold-start/variants.ts';
import { resultTable } from '../../bench/table.ts';

test('the median is the middle one, or the mean of the two in the middle', () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([10, 1, 2, 3])).toBe(2.5);
  expect(() => median([])).toThrow('no median of nothing');
});

test('a limit is met up to and with itself', () => {
  expect(atMost('size', 1.35, 'MB', 1.35)).toMatchObject({ wanted: '<= 1.35 MB', met: true });
  expect(atMost('size', 1.36, 'MB', 1.35).met).toBe(false);
});

test('a multiple of another value carries that value and the ratio', () => {
  const measured = atMostTimes(shown('import', 90, 'ms'), 60, 1.2);
  expect(measured).toEqual({
    name: 'import',
    value: 90,
    unit: 'ms',
    against: 60,
    ratio: 1.5,
    wanted: 'ratio <= 1.2',
    met: false,
  });
});

test('the table lines up, and says what is not met', () => {
  const table = resultTable([
    atMostTimes(shown('import', 90, 'ms'), 60, 1.2),
    shown('empty handler', 1.234, 'ms'),
    atMost('bundle', 1.1, 'MB', 1.35),
  ]);
  expect(table.split('\n')).toEqual([
    '                 value  against  ratio  wanted',
    'import         90.0 ms  60.0 ms   1.50  ratio <= 1.2  NOT MET',
    'empty handler  1.23 ms',
    'bundle         1.10 MB                  <= 1.35 MB    met',
  ]);
});

test('what a job is compared with has all of its clients at once, and what a library loads later, later', () => {
  const module = clientsModule([
    { from: '@aws-sdk/client-rds', names: ['RDSClient', 'StartExportTaskCommand'], lazy: false },
    { from: '@aws-sdk/client-secrets-manager', names: ['SecretsManagerClient'], lazy: true },
    { from: '@aws-sdk/client-lambda', names: [], lazy: true },
  ]);
  expect(module.split('\n')).toEqual([
    "import { RDSClient, StartExportTaskCommand } from '@aws-sdk/client-rds';",
    "import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';",
    'export const used = [RDSClient, StartExportTaskCommand, SecretsManagerClient];',
    "export const later = [() => import('@aws-sdk/client-secrets-manager'), () => import('@aws-sdk/client-lambda')];",
    '',
  ]);
});

function bench(...args: string[]): Promise<{ exitCode: number; out: string; errors: string }> {
  return new Promise((done) => {
    execFile(process.execPath, ['tests/bench/run.ts', ...args], (error, out, errors) => {
      done({ exitCode: error ? Number(error.code) : 0, out, errors });
    });
  });
}

test('help lists the benchmarks; no name, an unknown one and an unknown option are bad usage', async () => {
  const help = await bench('--help');
  expect(help.exitCode).toBe(0);
  expect(help.out).toMatch(/^ {2}cold-start +what each job adds/m);
  for (const args of [[], ['nope'], ['cold-start', 'more'], ['cold-start', '--nope']]) {
    const { exitCode, out, errors } = await bench(...args);
    expect([args, exitCode, out]).toEqual([args, 2, '']);
    expect(errors).toContain('Usage: npm run bench');
  }
});
