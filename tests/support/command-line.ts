import { spawn } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface CommandEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
}

const program = resolve('cli/nightshift.ts');
export const configFile = resolve('nightshift.config.ts');

/** `nightshift` as a person runs it, in a folder of its own and with nothing set that chooses where it works. */
export async function commandLine() {
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-cli-'));
  // The servers of Postgres run as another user, and lie below.
  await chmod(folder, 0o755);
  return {
    folder,
    start: (words: readonly string[], options: CommandOptions = {}) => start(folder, words, options),
    run: (words: readonly string[], options: CommandOptions = {}) => start(folder, words, options).ended,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

function start(folder: string, words: readonly string[], { environment = {}, input = '' }: CommandOptions) {
  const child = spawn(process.execPath, [program, ...words], {
    cwd: folder,
    env: { ...neutral(), NIGHTSHIFT_CONFIG: configFile, TMPDIR: folder, ...environment },
  });
  const said = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.stderr += text;
  });
  // A command that reads no input may end before it is written.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = new Promise<CommandEnd>((done, reject) => {
    child.once('error', reject);
    child.once('close', (code) => done({ code, ...said }));
  });
  return { child, said, ended };
}

function neutral(): NodeJS.ProcessEnv {
  const chosen = /^(AWS_|NIGHTSHIFT_|DATABASE_URL$|NODE_OPTIONS$)/;
  return Object.fromEntries(Object.entries(process.env).filter(([key]) => !chosen.test(key)));
}
