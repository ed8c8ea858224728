import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { ConnectOptions } from '../../../../../shared/postgres/connect.ts';
import { runDetached } from '../../../../../shared/postgres/detached/transaction.ts';
import type { ChildWork } from '../../../../support/detached-child.ts';
import {
  clearWork,
  closeGate,
  type DetachedStage,
  eventually,
  longWork,
  lookAt,
  secondsOf,
  startDetachedStage,
  untilGone,
} from '../../../../support/detached-stage.ts';
import { describeWithPgBouncer } from '../../../../support/pgbouncer.ts';

const program = fileURLToPath(new URL('../../../../support/detached-child.ts', import.meta.url));

describe.each([15, 18] as const)('on Postgres %p', (major) => {
  let stage: DetachedStage;
  beforeAll(async () => {
    stage = await startDetachedStage(major, { withPooler: true });
  });
  afterAll(() => stage.stop());
  beforeEach(() => clearWork(stage));

  describe('to the server itself', () => behaves(() => stage.direct));
  describeWithPgBouncer(describe)('through PgBouncer', () => behaves(() => stage.pooled()));

  function behaves(optionsOf: () => ConnectOptions) {
    let child: ChildProcess | undefined;
    afterEach(() => {
      child?.kill('SIGKILL');
    });

    /** Begins the work in another process, and waits until it has prepared its transaction. */
    async function beginElsewhere(work: Omit<ChildWork, 'options'>): Promise<ChildProcess> {
      const given = JSON.stringify({ ...work, options: optionsOf() });
      child = spawn(process.execPath, [program, given], { stdio: ['ignore', 'pipe', 'inherit'] });
      if (child.stdout) await once(child.stdout, 'data');
      return child;
    }

    test('killed before the last message, nothing has happened, and the next one begins at once', async () => {
      const process = await beginElsewhere({ object: 'killed', statement: 'SELECT', rests: true });
      expect(await lookAt(optionsOf(), 'killed')).toBeDefined();
      process.kill('SIGKILL');
      // As soon as the server has noticed.
      await untilGone(optionsOf(), 'killed');
      expect(await secondsOf(stage, 'killed')).toBeUndefined();
      const again = runDetached(optionsOf(), longWork('killed', 'SELECT'), Date.now() + 60_000);
      await expect(again).resolves.toBe('committed');
    });

    test('killed after the last message, all of it has happened, once', async () => {
      const gate = await closeGate(stage);
      const process = await beginElsewhere({ object: 'killed', statement: gate.wait, rests: false });
      await eventually(async () => (await lookAt(optionsOf(), 'killed'))?.waitingFor ?? undefined);
      process.kill('SIGKILL');
      await once(process, 'exit');
      expect(await lookAt(optionsOf(), 'killed')).toBeDefined();
      await gate.open();
      expect(await eventually(() => secondsOf(stage, 'killed'))).toBeGreaterThan(0);
    });
  }
});
