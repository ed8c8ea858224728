import { describe, expect, test } from '@jest/globals';
import { isLong, patienceMs, rounds } from '../../../support/long-runs.ts';
import { restarts } from '../../../support/restartable-cluster.ts';
import { type Ended, liveHistories } from '../../../support/view-histories/batch.ts';
import { scenes } from '../../../support/view-histories/scenes.ts';

/**
 * Histories are lived side by side, each in a database of its own, so that all of them share the quarter of a minute
 * that a session must be idle. NIGHTSHIFT_SEED begins with another seed; timing is not repeated with it.
 */
const firstSeed = Number(process.env.NIGHTSHIFT_SEED ?? (isLong ? 1_000 : 0));
const perBatch = isLong ? 25 : 13;

const histories = { 15: rounds(13, 250), 18: rounds(12, 250) } as const;

async function liveAll(major: 15 | 18): Promise<Ended[]> {
  const count = histories[major];
  const ended: Ended[] = [];
  // Between them the two versions see every scene also in the short form.
  const first = firstSeed + (major === 15 ? 0 : histories[15]);
  for (let begun = 0; begun < count; begun += perBatch) {
    const seeds = Array.from({ length: Math.min(perBatch, count - begun) }, (_, at) => first + begun + at);
    // The short form crashes in two ways; a clean restart takes its turn in the long one.
    const restart =
      restarts[(begun / perBatch + (major === 15 ? 1 : 2)) % restarts.length] ?? 'clean restart';
    ended.push(...(await liveHistories({ major, seeds, restart })));
    tell(major, ended);
  }
  return ended;
}

describe('judgeFreshness', () => {
  test(
    'never calls a stale view fresh, whatever happens, and calls quiet ones so, on Postgres 15 and 18',
    async () => {
      // In one test: what one of two concurrent tests loads late, it may not load any more when the other has ended.
      const ended = (await Promise.all(([15, 18] as const).map(liveAll))).flat();
      expect(wronglyFresh(ended)).toEqual([]);
      expect(needlesslyStale(ended)).toEqual([]);
    },
    patienceMs * 2,
  );

  test('has seen every scene', () => {
    const seen = Array.from(
      { length: histories[15] + histories[18] },
      (_, at) => (firstSeed + at) % scenes.length,
    );
    expect(new Set(seen).size).toBe(scenes.length);
  });
});

/** A view that is called fresh must hold what its definition's query answers; see comparing(). */
function wronglyFresh(ended: readonly Ended[]) {
  return ended.flatMap(({ history: { seed, judged, acts } }) =>
    judged
      .filter(({ verdict, same }) => verdict.fresh && same !== true)
      .map((found) => ({ seed, ...found, acts })),
  );
}

/** Where nothing happened, and nobody is left who could have held something back. */
function needlesslyStale(ended: readonly Ended[]) {
  return ended.flatMap(({ history: { seed, judged, acts }, scene, wasAlone }) =>
    judged
      .filter(({ verdict, same }) => !verdict.fresh && same === true)
      .filter(
        ({ when }) =>
          (when === 'in the end' && scene.isQuiet) || (when === 'once more refreshed' && wasAlone),
      )
      .map((found) => ({ seed, ...found, acts })),
  );
}

function tell(major: number, ended: readonly Ended[]): void {
  const judged = ended.flatMap(({ history }) => history.judged);
  const lines = [...Map.groupBy(judged, ({ when }) => when)].map(([when, found]) => {
    const fresh = found.filter(({ verdict }) => verdict.fresh);
    const stale = found.filter(({ same }) => same === false);
    return `${when}: ${found.length} verdicts, ${fresh.length} fresh, ${stale.length} of views that were stale`;
  });
  const seeds = ended.map(({ history }) => history.seed);
  process.stdout.write(
    `Postgres ${major}, ${ended.length} histories, seeds ${Math.min(...seeds)} to ${Math.max(...seeds)}\n  ${lines.join('\n  ')}\n`,
  );
}
