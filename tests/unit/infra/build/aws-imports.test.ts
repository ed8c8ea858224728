import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { awsImports } from '../../../../infra/build/aws-imports.ts';
import { bundle } from '../../../../infra/build/bundle.ts';
import { describeBundle, packageOf, packageSizes } from '../../../../infra/build/sizes.ts';

let projectRoot: string;

beforeEach(async () => {
  projectRoot = await mkdtemp(join(tmpdir(), 'nightshift-imports-'));
  await symlink(join(process.cwd(), 'node_modules'), join(projectRoot, 'node_modules'));
});

afterEach(() => rm(projectRoot, { recursive: true, force: true }));

async function metafileOf(source: string) {
  const entry = join(projectRoot, 'entry.ts');
  await writeFile(entry, source);
  return bundle({ projectRoot, entry, outFile: join(projectRoot, 'out.mjs') });
}

test('tells what runs from what is only a type, and what is loaded at once from what is loaded later', async () => {
  const metafile = await metafileOf(`
    import { type ListTopicsCommandInput, PublishCommand, SNSClient as Topics } from '@aws-sdk/client-sns';
    import type { DBSnapshot } from '@aws-sdk/client-rds';
    export const used = [PublishCommand, Topics];
    export type Shapes = DBSnapshot | ListTopicsCommandInput;
    export const later = async () => {
      const { Signer: TokenSigner } = await import('@aws-sdk/rds-signer');
      return TokenSigner;
    };
    export const all = () => import('@aws-sdk/client-lambda');
  `);
  expect(await awsImports(metafile, projectRoot)).toEqual([
    { from: '@aws-sdk/client-lambda', names: [], lazy: true },
    { from: '@aws-sdk/client-sns', names: ['PublishCommand', 'SNSClient'], lazy: false },
    { from: '@aws-sdk/rds-signer', names: ['Signer'], lazy: true },
  ]);
});

test('counts what each package brings, largest first', async () => {
  const metafile = await metafileOf(`
    import { SNSClient } from '@aws-sdk/client-sns';
    export const used = [SNSClient];
  `);
  const sizes = packageSizes(metafile);
  expect(sizes.map(({ name }) => name)).toEqual(
    expect.arrayContaining(['nightshift', '@aws-sdk/client-sns', '@smithy/core']),
  );
  expect(sizes).toEqual([...sizes].sort((a, b) => b.sizeBytes - a.sizeBytes));
  expect(describeBundle({ job: 'a-job', file: '', sizeBytes: 123_456, metafile }, 1)).toMatch(
    /^a-job: 123\.5 kB minified\n +[\d.]+ kB {2}\S+\n +[\d.]+ kB {2}\d+ more$/,
  );
});

test('names packages by their innermost folder', () => {
  expect(packageOf('shared/config/load.ts')).toBe('nightshift');
  expect(packageOf('node_modules/pg/lib/index.js')).toBe('pg');
  expect(packageOf('node_modules/a/node_modules/@aws-sdk/core/x.js')).toBe('@aws-sdk/core');
});
