import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { madeOnce } from './made-once.ts';
import type { Template } from './template.ts';

/** A copy of what is deployed, so that packaging leaves nothing in the working tree; `node_modules` is a link. */
export interface ProjectCopy {
  readonly root: string;
  remove(): Promise<void>;
}

export interface Packaging {
  readonly exitCode: number;
  readonly output: string;
}

const parts = ['functions', 'shared', 'infra', 'serverless.yml', 'nightshift.config.ts', 'package.json'];

export async function copyProject(): Promise<ProjectCopy> {
  const root = await mkdtemp(join(tmpdir(), 'nightshift-package-'));
  await copyTo(root);
  return { root, remove: () => rm(root, { recursive: true, force: true }) };
}

async function copyTo(root: string): Promise<void> {
  const project = process.cwd();
  const filter = (source: string) => basename(source) !== 'local';
  for (const part of parts) await cp(join(project, part), join(root, part), { recursive: true, filter });
  await symlink(join(project, 'node_modules'), join(root, 'node_modules'));
}

/** Replaces the project's config by one made from it: `edit` is the body of a function of `stages`. */
export async function editConfig(root: string, edit: string): Promise<void> {
  const file = join(root, 'nightshift.config.ts');
  const own = await readFile(file, 'utf8');
  await writeFile(join(root, 'edited.config.ts'), own);
  await writeFile(
    file,
    `import config from './edited.config.ts';\nconst { stages } = config as any;\n${edit}\nexport default config;\n`,
  );
}

/** `osls package` as a person runs it, offline and without an AWS account. */
export function packageStage(root: string, stage: string): Promise<Packaging> {
  const osls = resolve('node_modules/osls/bin/serverless.js');
  const options = ['package', '--stage', stage, '--package', `packaged/${stage}`];
  const { PATH, NODE_COMPILE_CACHE } = process.env;
  const environment = { PATH, NODE_COMPILE_CACHE, HOME: root, AWS_EC2_METADATA_DISABLED: 'true' };
  return new Promise((done) => {
    execFile(process.execPath, [osls, ...options], { cwd: root, env: environment }, (error, out, errors) => {
      done({ exitCode: error ? Number(error.code ?? 1) : 0, output: out + errors });
    });
  });
}

export async function readTemplate(root: string, stage: string): Promise<Template> {
  const file = join(root, 'packaged', stage, 'cloudformation-template-update-stack.json');
  return JSON.parse(await readFile(file, 'utf8')) as Template;
}

/** Packages one stage of the project as it stands, and answers its template. Fails with what was printed. */
export async function packagedTemplate(root: string, stage: string): Promise<Template> {
  const { exitCode, output } = await packageStage(root, stage);
  if (exitCode !== 0) throw new Error(`osls package --stage ${stage} failed:\n${output}`);
  return readTemplate(root, stage);
}

/** The template of the stage `prod` of the project as it stands, which is packaged once for all tests of a run. */
export async function prodTemplate(): Promise<Template> {
  const root = await madeOnce('packaged-prod', async (draft) => {
    await copyTo(draft);
    await packagedTemplate(draft, 'prod');
  });
  return readTemplate(root, 'prod');
}
