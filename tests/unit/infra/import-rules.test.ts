import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { checkImports } from '../../../infra/checks/import-rules.ts';

let root: string;

/** A project that keeps every rule; tests add to it. */
const clean: Record<string, string> = {
  'package.json':
    '{ "type": "module", "dependencies": { "pg": "1", "@aws-sdk/client-s3": "1" }, "devDependencies": { "dev": "1" } }',
  'node_modules/pg/package.json': '{ "name": "pg", "main": "index.js" }',
  'node_modules/pg/index.js': '',
  'node_modules/dev/package.json': '{ "name": "dev", "main": "index.js" }',
  'node_modules/dev/index.js': '',
  'node_modules/@aws-sdk/client-s3/package.json': '{ "name": "@aws-sdk/client-s3", "main": "index.js" }',
  'node_modules/@aws-sdk/client-s3/index.js': '',
  'shared/aws/objects.ts': `import { S3Client } from '@aws-sdk/client-s3';\nexport const client = () => new S3Client();\nexport interface Stored { key: string }`,
  'shared/job/slot.ts': `export const nightSlot = (at: Date) => at.toISOString().slice(0, 10);`,
  'functions/export/plan.ts': `import type { Stored } from '../../shared/aws/objects.ts';\nimport { nightSlot } from '../../shared/job/slot.ts';\nexport const plan = (facts: Stored, now: Date) => [facts.key, nightSlot(now), 'reads Date.now() and process.env'];`,
  'functions/export/report.ts': `export const report = (now: Date) => now.toISOString();`,
  'functions/export/handler.ts': `import { client } from '../../shared/aws/objects.ts';\nimport { plan } from './plan.ts';\nexport const handler = () => [client(), plan({ key: process.env.KEY ?? '' }, new Date())];`,
  'functions/archive/handler.ts': `export const handler = () => 1;`,
  'infra/local/stack.ts': `import 'dev';\nexport const stack = 1;`,
};

async function write(files: Record<string, string>): Promise<void> {
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), text);
  }
}

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'nightshift-imports-'));
  await write(clean);
});

afterEach(() => rm(root, { recursive: true, force: true }));

test('a project that keeps the rules has no fault, and every file of it was seen', async () => {
  expect(await checkImports(root)).toEqual({ fileCount: 7, faults: [] });
});

test('Nightshift itself keeps the rules', async () => {
  const { fileCount, faults } = await checkImports(process.cwd());
  expect(faults).toEqual([]);
  expect(fileCount).toBeGreaterThan(50);
});

test('where no file is seen there is no answer, instead of a good one', async () => {
  await Promise.all(
    ['functions', 'shared', 'infra'].map((folder) => rm(join(root, folder), { recursive: true })),
  );
  await expect(checkImports(root)).rejects.toThrow('Of 0 source files');
});

describe('a fault is found:', () => {
  const cases: [title: string, file: string, text: string, fault: string][] = [
    [
      'a plan that imports a client',
      'functions/export/plan.ts',
      `import { S3Client } from '@aws-sdk/client-s3';\nexport const plan = S3Client;`,
      'plans-and-reports-are-pure: functions/export/plan.ts imports node_modules/@aws-sdk/client-s3/index.js',
    ],
    [
      'a report that imports Postgres',
      'functions/export/report.ts',
      `import pg from 'pg';\nexport const report = pg;`,
      'plans-and-reports-are-pure: functions/export/report.ts imports node_modules/pg/index.js',
    ],
    [
      'a plan that imports the file system',
      'functions/export/plan.ts',
      `import { readFileSync } from 'node:fs';\nexport const plan = readFileSync;`,
      'plans-and-reports-are-pure: functions/export/plan.ts imports fs',
    ],
    [
      'a plan that reaches a client by way of another module',
      'shared/job/slot.ts',
      `import { client } from '../aws/objects.ts';\nexport const nightSlot = (_: Date) => client();`,
      'plans-and-reports-are-pure: functions/export/plan.ts reaches shared/aws/objects.ts',
    ],
    [
      'a report that reads the clock',
      'functions/export/report.ts',
      `export const report = () => new Date();`,
      'plans-and-reports-are-pure: functions/export/report.ts reads the clock, in functions/export/report.ts',
    ],
    [
      'a report that looks at the environment',
      'functions/export/report.ts',
      `export const report = () => \`\${process.env.STAGE}\`;`,
      'plans-and-reports-are-pure: functions/export/report.ts looks at the environment, in functions/export/report.ts',
    ],
    [
      'a plan whose helper throws dice',
      'shared/job/slot.ts',
      `export const nightSlot = (_: Date) => Math.random();`,
      'plans-and-reports-are-pure: functions/export/plan.ts throws dice, in shared/job/slot.ts',
    ],
    [
      'shared code that knows a job',
      'shared/job/slot.ts',
      `import type { handler } from '../../functions/archive/handler.ts';\nexport const nightSlot = (_: Date): typeof handler | string => '';`,
      'shared-knows-no-job: shared/job/slot.ts imports functions/archive/handler.ts',
    ],
    [
      'a job that imports another',
      'functions/archive/handler.ts',
      `import { report } from '../export/report.ts';\nexport const handler = report;`,
      'jobs-are-independent: functions/archive/handler.ts imports functions/export/report.ts',
    ],
    [
      'a job that knows the embedded stack',
      'functions/archive/handler.ts',
      `import { stack } from '../../infra/local/stack.ts';\nexport const handler = stack;`,
      'jobs-do-not-know-where-they-run: functions/archive/handler.ts imports infra/local/stack.ts',
    ],
    [
      'a job that uses what only developers install',
      'functions/archive/handler.ts',
      `import 'dev';\nexport const handler = 1;`,
      'jobs-use-what-is-installed-with-them: functions/archive/handler.ts imports node_modules/dev/index.js',
    ],
    [
      'modules that import each other',
      'shared/aws/objects.ts',
      `import { other } from './other.ts';\nexport interface Stored { key: string }\nexport const client = () => other;`,
      'no-circles: shared/aws/objects.ts imports shared/aws/other.ts',
    ],
    [
      'an import that leads nowhere',
      'functions/archive/handler.ts',
      `import './gone.ts';\nexport const handler = 1;`,
      'every-import-resolves: functions/archive/handler.ts imports ./gone.ts',
    ],
  ];

  test.each(cases)('%s', async (_, file, text, fault) => {
    const other = `import { client } from './objects.ts';\nexport const other = () => client;`;
    await write({ 'shared/aws/other.ts': other, [file]: text });
    const { faults } = await checkImports(root);
    expect(faults).toContain(fault);
    expect(new Set(faults.map((found) => found.split(':')[0]))).toEqual(new Set([fault.split(':')[0]]));
  });
});
