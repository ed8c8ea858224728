import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectOptions } from '../../../../../shared/postgres/connect.ts';
import { AlreadyRunningError } from '../../../../../shared/postgres/detached/already-running-error.ts';
import {
  type DetachedTransaction,
  runDetached,
} from '../../../../../shared/postgres/detached/transaction.ts';
import {
  closeGate,
  type DetachedStage,
  eventually,
  failureOf,
  longWork,
  lookAt,
  pathsOf,
  secondsOf,
  startDetachedStage,
  untilGone,
} from '../../../../support/detached-stage.ts';

/** Listens for a second, which is the least, and is gone. */
const untilNow = 0;

describe.each([15, 18] as const)(
  'a client of Postgres %p that goes in the middle, also one of PgBouncer',
  (major) => {
    let stage: DetachedStage;
    beforeAll(async () => {
      stage = await startDetachedStage(major, { withPooler: true });
    });
    afterAll(() => stage.stop());
    beforeEach(() => stage.owner.query('TRUNCATE work'));

    /** All ways at once, since each waits for most of its time. */
    const onEachPath = (check: (options: ConnectOptions, object: string) => Promise<void>) =>
      Promise.all(pathsOf(stage).map((options) => check(options, options.pooled ? 'pooled' : 'direct')));

    test('leaves its statement at work, which commits with its row', async () => {
      const gate = await closeGate(stage);
      await onEachPath(async (options, object) => {
        const text = ['SELECT FROM pg_sleep(1.5)', ...longWork(object, gate.wait).text];
        const work = { ...longWork(object, ''), text };
        await expect(runDetached(options, work, untilNow)).resolves.toBe('running');
        const found = await lookAt(options, object);
        expect(Date.parse(found?.beganAt ?? '')).toBeLessThan(Date.now());
        expect(await secondsOf(stage, object)).toBeUndefined();
        const error = await failureOf(runDetached(options, longWork(object, 'SELECT'), untilNow));
        expect(error).toBeInstanceOf(AlreadyRunningError);
        expect(error).toMatchObject({ holder: { pid: found?.pid, beganAt: found?.beganAt } });
      });
      await gate.open();
      await onEachPath(async (options, object) => {
        expect(await eventually(() => secondsOf(stage, object))).toBeGreaterThan(1.5);
        await untilGone(options, object);
        expect(await failureOf(runDetached(options, longWork(object, 'SELECT'), untilNow))).toMatchObject({
          sqlState: '23505',
        });
      });
    });

    test('leaves the limit of its time with the server, which then leaves nothing', async () => {
      await onEachPath(async (options, object) => {
        const limits = { lockMs: 500, statementSeconds: 1.5 };
        const work = { ...longWork(object, 'SELECT pg_sleep(60)'), limits };
        await expect(runDetached(options, work, untilNow)).resolves.toBe('running');
        expect(await lookAt(options, object)).toBeDefined();
        await untilGone(options, object);
        expect(await secondsOf(stage, object)).toBeUndefined();
        await expect(runDetached(options, longWork(object, 'SELECT'), Date.now() + 60_000)).resolves.toBe(
          'committed',
        );
      });
    });

    const speaking = (level: string) => `DO $$ BEGIN PERFORM pg_sleep(1.2);
    FOR i IN 1..8 LOOP RAISE ${level} 'half-way'; PERFORM pg_sleep(0.1); END LOOP; END $$`;

    test.each([
      ['a function’s notices', (work: DetachedTransaction) => work.text, true],
      [
        'a function’s notices, were client_min_messages as the database has it',
        ({ text }: DetachedTransaction) => [`SET LOCAL client_min_messages = 'notice'`, ...text],
        false,
      ],
    ])('is not told %s', async (_what, textOf, commits) => {
      await onEachPath(async (options, object) => {
        const work = longWork(object, speaking('NOTICE'));
        await expect(runDetached(options, { ...work, text: textOf(work) }, untilNow)).resolves.toBe(
          'running',
        );
        await untilGone(options, object);
        expect((await secondsOf(stage, object)) !== undefined).toBe(commits);
      });
    });
  },
);
