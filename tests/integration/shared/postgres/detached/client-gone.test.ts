import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectOptions } from '../../../../../shared/postgres/connect.ts';
import { AlreadyRunningError } from '../../../../../shared/postgres/detached/already-running-error.ts';
import { runDetached } from '../../../../../shared/postgres/detached/transaction.ts';
import {
  clearWork,
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
import { describeWithPgBouncer } from '../../../../support/pgbouncer.ts';

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
    beforeEach(() => clearWork(stage));

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

    describeWithPgBouncer(describe)('whose pooler goes instead', () => {
      test('cannot know the end: it is running as far as can be told, and commits', async () => {
        const { pooler, options } = await stage.startPooler();
        const gate = await closeGate(stage);
        const end = runDetached(options, longWork('lost', gate.wait), Date.now() + 60_000);
        await eventually(async () => (await lookAt(stage.direct, 'lost'))?.waitingFor ?? undefined);
        await pooler.stop();
        await expect(end).resolves.toBe('running');
        expect(await lookAt(stage.direct, 'lost')).toBeDefined();
        await gate.open();
        expect(await eventually(() => secondsOf(stage, 'lost'))).toBeGreaterThan(0);
      });
    });

    const speaking = (level: string) => `DO $$ BEGIN PERFORM pg_sleep(1.2);
    FOR i IN 1..8 LOOP RAISE ${level} 'half-way'; PERFORM pg_sleep(0.1); END LOOP; END $$`;
    const asTheDatabaseHasIt = `SET LOCAL client_min_messages = 'notice'`;

    test.each([
      [
        'outlives the notices and warnings that nobody is told',
        [speaking('NOTICE'), speaking('WARNING')],
        true,
      ],
      ['would not outlive them, were they sent', [asTheDatabaseHasIt, speaking('NOTICE')], false],
      // What a function raises as INFO is sent whatever the setting: known, and without remedy.
      ['does not outlive information, which is always sent', [speaking('INFO')], false],
      [
        'does not outlive rows, which is why it may not answer any',
        [`SELECT pg_sleep(1.2)::text || repeat('x', 99999) FROM generate_series(1, 2)`],
        false,
      ],
    ])('%s', async (_what, statements, commits) => {
      await onEachPath(async (options, object) => {
        const work = longWork(object, 'SELECT');
        const text = [...statements, ...work.text];
        await expect(runDetached(options, { ...work, text }, untilNow)).resolves.toBe('running');
        await untilGone(options, object);
        expect((await secondsOf(stage, object)) !== undefined).toBe(commits);
      });
    });
  },
);
