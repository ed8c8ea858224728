import { expect, test } from '@jest/globals';
import {
  type Delivered,
  latencyMs,
  receiptKey,
  receiptOf,
} from '../../../../functions/alarm-delivery/receipt.ts';
import { alarmPage, digestPage } from '../../../support/alarm-pages.ts';

const delivered: Delivered = {
  attempts: 3,
  firstTriedAt: '2026-03-31T23:59:58.000Z',
  deliveredAt: '2026-04-01T00:01:00.500Z',
  answer: { status: 200, words: 'ok', ts: null },
};
const page = { ...alarmPage, at: '2026-03-31T23:59:57.000Z' };

test('a receipt lies under the day on which its page was made, whenever it was delivered or written', () => {
  expect(receiptKey(page, 'chat')).toBe(
    'runs/alarm-delivery/chat/2026-03-31/0123456789abcdef0123456789abcdef.json',
  );
});

test.each(['../../manifests/x', 'a b', 'ż', '', 'x'.repeat(201), 'a/b', 'a\nb'])(
  'an id that is no name of a file, as %j, is named by its hash',
  (id) => {
    expect(receiptKey({ ...page, id }, 'chat')).toMatch(
      /^runs\/alarm-delivery\/chat\/2026-03-31\/[0-9a-f]{64}\.json$/,
    );
  },
);

test('it says how long people waited, and since when it was tried', () => {
  expect(receiptOf(page, 'chat', delivered)).toMatchObject({
    latencyMs: 63_500,
    attempts: 3,
    madeAt: page.at,
    firstTriedAt: '2026-03-31T23:59:58.000Z',
    deliveredAt: '2026-04-01T00:01:00.500Z',
  });
  // Clocks of two machines differ.
  expect(latencyMs(page, { deliveredAt: '2026-03-31T23:59:56.000Z' })).toBe(0);
});

test('it names every alarm that a storm’s page shows', () => {
  expect(receiptOf(digestPage(3), 'chat', delivered).alarms).toHaveLength(3);
});
