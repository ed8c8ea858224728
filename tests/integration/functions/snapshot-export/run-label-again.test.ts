import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type JobStage, startJobStage } from '../../../support/job-stage.ts';
import { madeFor } from '../../../support/made.ts';

const label = 'patients-only';
const event = { database: 'menotime', label, tables: ['public.patients', 'public.users'] };

describe('a label that has been used', () => {
  let stage: JobStage;

  beforeAll(async () => {
    stage = await startJobStage();
    expect(await stage.run(event)).toMatchObject({ kind: 'done', before: false });
  });
  afterAll(() => stage?.stop());

  test('answers the same event with what was done, in whatever order it names the tables', async () => {
    expect(await stage.run(event)).toMatchObject({ kind: 'done', before: true });
    const turned = { ...event, tables: event.tables.toReversed() };
    expect(await stage.run(turned)).toMatchObject({ kind: 'done', before: true });
  });

  test.each([
    [{ ...event, tables: ['public.patients'] }, 'of "public.patients"'],
    [{ database: 'menotime', label }, 'of the tables that the config says'],
    [{ ...event, skipExport: true }, 'of the snapshot alone'],
  ])('refuses %j, saying what to do, and leaves no failure of the slot behind', async (other, asked) => {
    const calls = stage.stack.gateway.calls.length;
    await expect(stage.run(other)).rejects.toThrow(
      new RegExp(
        `The label "patients-only" stands for a backup of "public.patients", "public.users" since .*, and this event asks for one ${asked}. Choose another label.`,
      ),
    );
    const changes = stage.stack.gateway.calls
      .slice(calls)
      .filter(({ action }) => /^(Publish|PutObject)/.test(action));
    expect(changes).toEqual([]);
    expect((await madeFor(stage, label)).failures).toEqual([]);
  });
});
