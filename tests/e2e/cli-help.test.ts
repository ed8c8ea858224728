import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { commandLine } from '../support/command-line.ts';

let cli: Awaited<ReturnType<typeof commandLine>>;

beforeAll(async () => {
  cli = await commandLine();
});
afterAll(() => cli.remove());

const commands = ['up', 'seed', 'night', 'run', 'invoke', 'backup', 'restore', 'archive', 'alarms', 'status'];
const backupCommands = [
  'backup now',
  'backup list',
  'backup cleanup',
  'backup verify',
  'backup query',
  'restore export',
];
const alarmCommands = ['explain', 'test', 'silence', 'silences', 'unsilence', 'redrive'].map(
  (name) => `alarms ${name}`,
);
const archiveCommands = ['stats', 'verify', 'query', 'rehydrate', 'athena-ddl'].map(
  (part) => `archive ${part}`,
);

describe('help', () => {
  test('names every command, and exits 0', async () => {
    const { code, stdout } = await cli.run(['--help']);
    expect(code).toBe(0);
    const [commandList = ''] = stdout.split('Examples:');
    const listed = [...commandList.matchAll(/^ {2}([a-z]+) /gm)].map(([, name]) => name);
    expect(listed.filter((name) => name !== 'help')).toEqual(commands);
  });

  test.each([...commands, ...backupCommands, ...archiveCommands, ...alarmCommands])(
    'of %s has an example, and exits 0',
    async (command) => {
      const { code, stdout } = await cli.run([...command.split(' '), '--help']);
      expect(code).toBe(0);
      expect(stdout).toMatch(/Examples?(, in two terminals)?:\n {2}\S/);
    },
  );
});
