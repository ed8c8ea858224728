import { expect, test } from '@jest/globals';
import type { MaintenanceOutcome } from '../../../../functions/db-maintenance/outcome.ts';
import { type Work, workPhases } from '../../../../functions/db-maintenance/work-night.ts';
import type { ShiftResult } from '../../../../functions/db-maintenance/work-shift.ts';
import { dbMaintenance } from '../../../../shared/config/db-maintenance.ts';

const done: MaintenanceOutcome = {
  ...{ kind: 'vacuum', target: 'public.a', id: '1', status: 'done', reason: 'dead rows', remedy: null },
  ...{ seconds: 1, bytes: 1, before: {}, after: {} },
};
const quiet: ShiftResult = {
  ...{ outcomes: [], pending: null, isLeft: false, broken: null, measured: {}, untouched: [], refused: 0 },
  ...{ notices: [], unnamed: 0, endedAt: Date.now() },
};
const gone = { reason: 'the server was not to be had', isPassing: true };

/** A night whose shifts answer these, one after the other; then there is nothing left. */
async function night(shifts: readonly (Partial<ShiftResult> | Error)[], phases = ['vacuum'] as const) {
  const asked: Parameters<Work>[0][] = [];
  const rests: number[] = [];
  const job = {
    startedAt: new Date(),
    request: { settings: dbMaintenance.parse({}) },
    step: <T>(_name: string, work: () => Promise<T>) => work(),
    sleep: async (_name: string, seconds: number) => void rests.push(seconds),
  } as unknown as Parameters<typeof workPhases>[0];
  const result = await workPhases(job, phases, async (before) => {
    const next = shifts[asked.push(before) - 1] ?? {};
    if (next instanceof Error) throw next;
    return { ...quiet, ...next, endedAt: Date.now() };
  });
  return { result, asked, rests };
}

test('what a lock kept from being done is tried again, and counts as it ended', async () => {
  const held = { ...done, status: 'postponed' as const };
  const { result, asked } = await night([{ outcomes: [held] }, { outcomes: [done] }]);
  expect(asked.map(({ tried }) => tried)).toEqual([[], []]);
  expect(result.outcomes).toEqual([done]);
});

test('three times, and no more', async () => {
  const held = { ...done, status: 'postponed' as const };
  const { result, asked } = await night([1, 2, 3, 4].map(() => ({ outcomes: [held] })));
  expect(asked).toHaveLength(3);
  expect(result.outcomes).toEqual([held]);
});

test('what is not in need of it any more ends the tries', async () => {
  const { asked } = await night([{ outcomes: [{ ...done, status: 'postponed' as const }] }]);
  expect(asked).toHaveLength(3);
});

test('a server that is gone for a while is waited for, and nothing found is lost', async () => {
  const { result, asked } = await night([
    { outcomes: [done], broken: gone, isLeft: true },
    { broken: gone, isLeft: true },
    { outcomes: [{ ...done, id: '2' }] },
  ]);
  expect(result.outcomes.map(({ id }) => id)).toEqual(['1', '2']);
  expect(asked[1]?.tried).toEqual(['1']);
  expect(result).toMatchObject({ broken: [], unfinished: [] });
});

test('one that stays away ends its phase alone, with what was found', async () => {
  const away = Array.from({ length: 5 }, () => ({ broken: gone, isLeft: true }));
  const phases = ['vacuum', 'indexes'] as unknown as readonly ['vacuum'];
  const { result, asked } = await night([{ outcomes: [done] }, ...away], phases);
  expect(asked.map(({ phase }) => phase)).toEqual(['vacuum', ...Array(5).fill('indexes')]);
  expect(result).toMatchObject({ outcomes: [done], broken: [{ phase: 'indexes', reason: gone.reason }] });
});

test('what is thrown ends its phase alone, too', async () => {
  const phases = ['vacuum', 'indexes'] as unknown as readonly ['vacuum'];
  const { result } = await night([new Error('no sign-in'), { outcomes: [done] }], phases);
  expect(result).toMatchObject({
    outcomes: [done],
    broken: [{ phase: 'vacuum', reason: 'no sign-in' }],
  });
});
