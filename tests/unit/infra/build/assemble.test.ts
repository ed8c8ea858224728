import { createHash, X509Certificate } from 'node:crypto';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { assemble } from '../../../../infra/build/assemble.ts';
import { findJobs } from '../../../../infra/build/jobs.ts';
import { readStage } from '../../../../infra/build/stage.ts';
import { loadDeployed } from '../../../../shared/config/load.ts';
import { stageInput } from '../../../support/stage-config.ts';

let projectRoot: string;

/** A project with one small job, which uses a package of CommonJS, one that shakes, and the environment. */
const handler = `
import pg from 'pg';
import { RDSClient } from '@aws-sdk/client-rds';
export const handler = async () => [typeof pg.Client, typeof RDSClient];
`;

beforeEach(async () => {
  projectRoot = await mkdtemp(join(tmpdir(), 'nightshift-assemble-'));
  await mkdir(join(projectRoot, 'functions', 'a-job'), { recursive: true });
  await mkdir(join(projectRoot, 'functions', 'no-job'), { recursive: true });
  await writeFile(join(projectRoot, 'functions', 'a-job', 'handler.ts'), handler);
  await symlink(join(process.cwd(), 'node_modules'), join(projectRoot, 'node_modules'));
});

afterEach(() => rm(projectRoot, { recursive: true, force: true }));

function build(outDir = join(projectRoot, 'dist')) {
  return assemble({
    stage: 'prod',
    configFile: 'nightshift.config.ts',
    outDir,
    jobs: ['a-job'],
    projectRoot,
  });
}

test('jobs are the folders that hold a handler', async () => {
  expect(await findJobs(projectRoot)).toEqual(['a-job']);
});

test('lays out a bundle that runs by itself, away from node_modules', async () => {
  const { jobs, outDir } = await build();
  const elsewhere = await mkdtemp(join(tmpdir(), 'nightshift-task-'));
  await cp(outDir, elsewhere, { recursive: true });
  const bundle = await import(pathToFileURL(join(elsewhere, 'a-job', 'handler.mjs')).href);
  expect(await bundle.handler()).toEqual(['function', 'function']);
  expect(jobs[0]?.sizeBytes).toBeLessThan(1_000_000);
  await rm(elsewhere, { recursive: true });
});

test('lays the stage beside it, as the function reads it back', async () => {
  const { configFile } = await build();
  const { stage, config } = await loadDeployed({ NIGHTSHIFT_STAGE_FILE: configFile });
  expect(stage).toBe('prod');
  expect(config.databases.menotime?.snapshotExport?.retention.keepNewest).toBe(7);
});

test('lays the certificate authorities of RDS beside it, of all regions, and no public root', async () => {
  const { caFile } = await build();
  const pems = (await readFile(caFile, 'utf8')).match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  const subjects = pems.map((pem) => new X509Certificate(pem).subject);
  expect(pems.length).toBeGreaterThan(100);
  expect(subjects.filter((subject) => !/RDS/.test(subject))).toEqual([]);
  for (const region of ['us-west-1', 'eu-central-1', 'ap-southeast-2']) {
    expect([region, subjects.some((subject) => subject.includes(region))]).toEqual([region, true]);
  }
});

describe('the authorities that a database names for itself', () => {
  const pem = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const configFile = () => join(projectRoot, 'own.config.ts');

  beforeEach(async () => {
    await mkdir(join(projectRoot, 'certificates'));
    const stages = { prod: { ...stageInput, databases: { ...stageInput.databases, other } } };
    await writeFile(configFile(), `export default ${JSON.stringify({ stages })};`);
  });
  const { snapshotExport: _, ...database } = stageInput.databases.menotime;
  const other = { ...database, instance: 'other-prod', caFile: 'certificates/china.pem' };
  const buildOwn = () =>
    assemble({
      stage: 'prod',
      configFile: configFile(),
      outDir: join(projectRoot, 'dist'),
      jobs: [],
      projectRoot,
    });

  test('lie beside the bundle, and are found there wherever it is laid', async () => {
    await writeFile(join(projectRoot, 'certificates', 'china.pem'), pem);
    const { outDir } = await buildOwn();
    const elsewhere = join(projectRoot, 'task');
    await rename(outDir, elsewhere);
    const { config } = await loadDeployed({
      NIGHTSHIFT_STAGE_FILE: join(elsewhere, 'nightshift.config.json'),
    });
    const { menotime, other: laid } = config.databases;
    expect(laid?.caFile).toBe(join(elsewhere, 'ca-other.pem'));
    expect(await readFile(laid?.caFile ?? '', 'utf8')).toBe(pem);
    expect(menotime?.caFile).toBeUndefined();
  });

  test('must be there, and hold certificates', async () => {
    await expect(buildOwn()).rejects.toThrow(
      /^Cannot read the certificate authorities that "caFile" of the database "other" names: ENOENT.*china\.pem/,
    );
    await writeFile(join(projectRoot, 'certificates', 'china.pem'), 'none');
    await expect(buildOwn()).rejects.toThrow(
      /china\.pem, which "caFile" of the database "other" names, holds no certificate/,
    );
  });

  test('are looked for beside the config by who runs a job from it, from whatever folder', async () => {
    const config = await readStage({ stage: 'prod', configFile: configFile() });
    expect(config.databases.other?.caFile).toBe(join(projectRoot, 'certificates', 'china.pem'));
  });
});

test('gives the same bytes wherever the project lies, and leaves nothing of an earlier build', async () => {
  const first = await digests((await build()).outDir);
  const other = await mkdtemp(join(tmpdir(), 'nightshift-other-'));
  await cp(join(projectRoot, 'functions'), join(other, 'functions'), { recursive: true });
  await symlink(join(process.cwd(), 'node_modules'), join(other, 'node_modules'));
  projectRoot = await rm(projectRoot, { recursive: true }).then(() => other);
  await mkdir(join(projectRoot, 'dist'));
  await writeFile(join(projectRoot, 'dist', 'stale.mjs'), 'stale');
  expect(await digests((await build()).outDir)).toEqual(first);
  expect(Object.keys(first)).toContain('rds-ca.pem');
});

test('builds nothing for a stage that the config does not have', async () => {
  const request = { configFile: 'nightshift.config.ts', outDir: join(projectRoot, 'dist'), jobs: ['a-job'] };
  await expect(assemble({ ...request, stage: 'staging', projectRoot })).rejects.toThrow(
    'has no stage "staging". It has: prod, demo.',
  );
  await expect(readdir(request.outDir)).rejects.toThrow('ENOENT');
});

async function digests(folder: string): Promise<Record<string, string>> {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) =>
    entry.isFile(),
  );
  const entries = files.map(async ({ name, parentPath }) => {
    const digest = createHash('sha256').update(await readFile(join(parentPath, name)));
    return [name, digest.digest('hex')];
  });
  return Object.fromEntries(await Promise.all(entries));
}
