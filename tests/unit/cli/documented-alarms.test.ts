import { existsSync } from 'node:fs';
import { glob, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from '@jest/globals';
import { Command } from 'commander';
import { addAlarms } from '../../../cli/commands/alarms.ts';
import { readStage } from '../../../infra/build/stage.ts';
import { alarms } from '../../../shared/config/alarms.ts';
import { databaseAlarms } from '../../../shared/config/database-alarms.ts';

/** What README and docs say of alarms, held against what there is. */

const pages: { readonly file: string; readonly text: string }[] = [];
for await (const file of glob(['README.md', 'docs/**/*.md']))
  pages.push({ file, text: await readFile(file, 'utf8') });
const page = (file: string) => pages.find((one) => one.file === file)?.text ?? '';

const program = new Command();
addAlarms(program);
const commands = new Map(program.commands[0]?.commands.map((command) => [command.name(), command]));

interface Said {
  readonly file: string;
  readonly said: string;
}

const said = pages.flatMap(({ file, text }): Said[] =>
  [...text.matchAll(/\bnightshift (?:-- )?(alarms [a-z][^`\n]*)/g)].map(([, words = '']) => ({
    file,
    said: words,
  })),
);

test('pages name commands about alarms', () => {
  expect(said.length).toBeGreaterThan(15);
});

test.each(said)('$file: nightshift $said', async ({ said: line }) => {
  const [, name = '', ...words] = line.split(/\s+/);
  const command = commands.get(name);
  if (!command) throw new Error(`There is no such command: ${name}`);
  const options = command.options.map(({ long }) => long);
  for (const word of words.filter((one) => one.startsWith('--'))) expect(options).toContain(word);
  const [sink, stage] = ['--sink', '--stage'].map((option) => words[words.indexOf(option) + 1] ?? '');
  if (!words.includes('--sink') || sink === 'X' || !words.includes('--stage')) return;
  const config = await readStage({ stage: stage ?? '', configFile: 'nightshift.config.ts' });
  expect(Object.keys(config.alarms?.sinks ?? {})).toContain(sink);
});

test('the configs in the page of alarm-fanout are valid', () => {
  const blocks = [...page('docs/jobs/alarm-fanout.md').matchAll(/^```ts\n(.*?)^```$/gms)].map(
    ([, block = '']) => evaluated(`{${block}}`) as { alarms: object; alertEmail?: string },
  );
  expect(blocks).toHaveLength(3);
  for (const { alarms: given, alertEmail } of blocks) {
    const schema = 'sinks' in given ? alarms : databaseAlarms;
    expect(() => schema.parse(given)).not.toThrow();
    expect('sinks' in given).toBe(alertEmail !== undefined);
  }
});

test('the page names every setting, with its default', () => {
  const given = { sinks: { one: { kind: 'slack', secret: 'one' } }, routes: [{ to: ['one'] }] };
  const { sinks: _, routes: _routes, ...defaults } = alarms.parse(given);
  const rows = [...page('docs/jobs/alarm-fanout.md').matchAll(/^\| `(\w+)` \| ([^|]*) \| /gm)];
  const documented = new Map(rows.map(([, key = '', usual = '']) => [key, usual.trim()]));
  for (const [key, value] of Object.entries(defaults)) {
    const usual = documented.get(key);
    if (Array.isArray(value)) expect({ key, usual }).toEqual({ key, usual: 'none' });
    else expect({ key, value: evaluated(usual?.replaceAll('`', '')) }).toEqual({ key, value });
  }
  for (const key of ['fallback', 'runbookBase']) expect(documented.has(key)).toBe(true);
});

function evaluated(text = ''): unknown {
  return new Function(`return (${text})`)();
}

test.each(pages.filter(({ text }) => /alarm/.test(text)))(
  'files and sections that $file links to are there',
  async ({ file, text }) => {
    for (const [, path = '', section] of text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)) {
      const target = path === '' ? file : join(dirname(file), path);
      expect({ target, there: existsSync(target) }).toEqual({ target, there: true });
      if (section && target.endsWith('.md'))
        expect(anchorsIn(await readFile(target, 'utf8'))).toContain(section);
    }
  },
);

function anchorsIn(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}
