import { expect, test } from '@jest/globals';
import { ArchiveProgress } from '../../../cli/archive-progress.ts';
import { parseLogLine } from '../../../cli/job-log.ts';

function progress(live: boolean) {
  const said: string[] = [];
  const teller = new ArchiveProgress(live, (status) => said.push(status));
  const tell = (entry: object) => teller.tell(parseLogLine(JSON.stringify(entry)));
  return { said, tell };
}

const planned = {
  message: 'Archive planned',
  tables: [
    { table: 'public.a', rows: 100 },
    { table: 'public.b', rows: 0 },
  ],
};
const batch = (table: string, rows: number) => ({ message: 'Batch archived', table, rows });

test('where lines stay, there is one for each quarter of a table, and not for each batch', () => {
  const { said, tell } = progress(false);
  expect(tell(planned)).toBe(true);
  for (let at = 0; at < 100; at += 5) tell(batch('public.a', 5));
  expect(said.map((line) => line.replace(/^[█░]+ /, ''))).toEqual([
    '25%  25 of 100 rows  public.a',
    '50%  50 of 100 rows  public.a',
    '75%  75 of 100 rows  public.a',
    '100%  100 of 100 rows  public.a',
  ]);
});

test('on a terminal every table has its line', () => {
  const { said, tell } = progress(true);
  tell(planned);
  tell(batch('public.b', 3));
  expect(said.map((lines) => lines.split('\n').map((line) => line.replace(/^[█░]+ /, '')))).toEqual([
    ['0%  0 of 100 rows  public.a', '100%  3 of 0 rows  public.b'],
  ]);
});

test('a table that nobody planned is counted, and other entries are not taken', () => {
  const { said, tell } = progress(true);
  expect(tell(batch('public.c', 7))).toBe(true);
  expect(tell({ message: 'Footers read', files: 3 })).toBe(false);
  expect(said).toEqual(['7 rows  public.c']);
});
