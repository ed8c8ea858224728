import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Page } from '../../../../shared/alarm/page.ts';
import { alarmPage, cpuAlert } from '../../../support/alarm-pages.ts';
import { batchOf, type DeliveryStage, startDeliveryStage } from '../../../support/delivery-stage.ts';

/** The queue keeps no order: an incident must end as its newest page says, in whichever order and however at once. */

let stage: DeliveryStage;
beforeAll(async () => {
  stage = await startDeliveryStage();
}, 60_000);
afterAll(() => stage?.stop());

/** On, over and on again, a minute each, of an alarm of its own. */
function historyOf(name: string, changes: number): Page[] {
  return Array.from({ length: changes }, (_, change) => {
    const isOn = change % 2 === 0;
    const at = new Date(Date.parse('2026-11-21T10:00:00.000Z') + change * 60_000).toISOString();
    return {
      ...alarmPage,
      id: `${name}-${change}`,
      kind: isOn ? ('alarm' as const) : ('recovery' as const),
      effect: isOn ? ('opens' as const) : ('resolves' as const),
      incident: `arn:${name}`,
      at: new Date().toISOString(),
      alerts: [{ ...cpuAlert, key: `arn:${name}`, state: isOn ? ('ALARM' as const) : ('OK' as const), at }],
    };
  });
}

function permutations<T>(of: readonly T[]): T[][] {
  if (of.length <= 1) return [[...of]];
  return of.flatMap((first, index) => permutations(of.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

test.each([
  { changes: 2, ends: 'over' },
  { changes: 3, ends: 'on' },
])('$changes changes in every order end $ends', async ({ changes, ends }) => {
  const orders = permutations(historyOf('', changes).map((_, index) => index));
  await Promise.all(
    orders.map(async (order) => {
      const name = `order-${order.join('')}`;
      const history = historyOf(name, changes);
      for (const change of order) {
        const response = await stage.invoke('pager', batchOf(...history.slice(change, change + 1)));
        expect(response.batchItemFailures).toEqual([]);
      }
      expect({ name, isOpen: stage.fakes.pager.incidents.get(`arn:${name}`)?.isOpen }).toEqual({
        name,
        isOpen: ends === 'on',
      });
    }),
  );
  expect(stage.fakes.pager.faults).toEqual([]);
});

test('sent at once, and overtaken on the way, they end as the newest says', async () => {
  const { pager } = stage.fakes;
  pager.always(() => ({ kind: 'late', milliseconds: Math.random() * 60 }));
  const names = Array.from({ length: 16 }, (_, index) => `at-once-${index}`);
  await Promise.all(
    names.flatMap((name, index) =>
      historyOf(name, 2 + (index % 2)).map(async (page) => {
        const response = await stage.invoke('pager', batchOf(page));
        expect(response.batchItemFailures).toEqual([]);
      }),
    ),
  );
  pager.always(null);
  const wrong = names.filter(
    (name, index) => pager.incidents.get(`arn:${name}`)?.isOpen !== (index % 2 === 1),
  );
  expect(wrong).toEqual([]);
}, 60_000);

test('a page that two invocations have at once is sent by one of them', async () => {
  const [page] = historyOf('twice', 1);
  if (!page) throw new Error('There is a page.');
  stage.fakes.pager.always(() => ({ kind: 'late', milliseconds: 300 }));
  const responses = await Promise.allSettled([
    stage.deliver('pager', page),
    stage.invoke('pager', batchOf(page)),
  ]);
  stage.fakes.pager.always(null);
  expect(responses.some(({ status }) => status === 'fulfilled')).toBe(true);
  expect(stage.fakes.pager.incidents.get('arn:twice')).toMatchObject({ triggers: 1, isOpen: true });
});

test.each([500, 404])(
  'what must be sent once more goes the whole way again where the sink answers %i, and nothing else with it',
  async (status) => {
    const { pager } = stage.fakes;
    const [alarm, recovery] = historyOf(`again-${status}`, 2);
    if (!alarm || !recovery) throw new Error('The history has two changes');
    const incident = () => pager.incidents.get(alarm.incident);
    await stage.invoke('pager', batchOf(recovery));
    pager.next(null, { kind: 'answer', status });
    const response = await stage.invoke('pager', batchOf(alarm));
    expect(response.batchItemFailures).toEqual([]);
    expect(incident()).toMatchObject({ isOpen: true, triggers: 1 });
    expect(await stage.take('pager', 1)).toEqual([]);
    expect(incident()).toMatchObject({ isOpen: false, triggers: 1, opened: 1 });
  },
);

test('an alarm that arrived though its answer did not, and was refused then, does not stay open once it is over', async () => {
  const { pager } = stage.fakes;
  const [alarm, recovery] = historyOf('refused-then', 2);
  if (!alarm || !recovery) throw new Error('The history has two changes');
  await stage.invoke('pager', batchOf(recovery));
  pager.next({ kind: 'take and drop' });
  await stage.deliver('pager', alarm).catch(() => undefined);
  expect(pager.incidents.get(alarm.incident)?.isOpen).toBe(true);
  pager.next({ kind: 'answer', status: 404 });
  await stage.invoke('pager', batchOf(alarm)).catch(() => undefined);
  expect(pager.incidents.get(alarm.incident)).toMatchObject({ isOpen: false, triggers: 1 });
});
