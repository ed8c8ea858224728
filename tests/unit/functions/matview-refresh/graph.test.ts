import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import {
  ancestorsOf,
  circleIn,
  descendantsOf,
  inOrder,
  levelsOf,
} from '../../../../functions/matview-refresh/graph.ts';

/** Views that read some of those made before them, and tables; in any order. */
const graphs = fc
  .array(fc.array(fc.nat({ max: 60 }), { maxLength: 4 }), { maxLength: 40 })
  .chain((all) => {
    const views = all.map((reads, number) => ({
      id: `v${number}`,
      reads: reads.flatMap((read) => (read < number ? [`v${read}`] : [`t${read}`])),
    }));
    return fc.shuffledSubarray(views, { minLength: views.length, maxLength: views.length });
  })
  .map((views) => ({ views }));

describe('the order of views', () => {
  test('has each view once, after all that it reads', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const placed = inOrder(graph).map(({ id }) => id);
        expect(placed.toSorted()).toEqual(graph.views.map(({ id }) => id).toSorted());
        for (const { id, reads } of graph.views) {
          for (const read of reads.filter((one) => one.startsWith('v'))) {
            expect(placed.indexOf(read)).toBeLessThan(placed.indexOf(id));
          }
        }
      }),
    );
  });

  test('has each view on the level that follows the highest one that it reads', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        const levels = levelsOf(graph);
        const levelOf = new Map(levels.flatMap((level, at) => level.map(({ id }) => [id, at])));
        for (const { id, reads } of graph.views) {
          const below = reads.map((read) => levelOf.get(read) ?? -1);
          expect(levelOf.get(id)).toBe(1 + below.reduce((highest, level) => Math.max(highest, level), -1));
        }
      }),
    );
  });

  test('has ancestors and descendants that mirror each other', () => {
    fc.assert(
      fc.property(graphs, (graph) => {
        for (const { id, reads } of graph.views) {
          const above = ancestorsOf(graph, id);
          for (const one of above) expect(descendantsOf(graph, one)).toContain(id);
          for (const read of reads) if (read.startsWith('v')) expect(above).toContain(read);
          for (const one of above)
            expect([...ancestorsOf(graph, one)].every((further) => above.has(further))).toBe(true);
          expect(above).not.toContain(id);
        }
      }),
    );
  });

  test('tells what hangs on a table', () => {
    const graph = {
      views: [
        { id: 'a', reads: ['t'] },
        { id: 'b', reads: ['a'] },
        { id: 'c', reads: ['u'] },
      ],
    };
    expect([...descendantsOf(graph, 't')].toSorted()).toEqual(['a', 'b']);
  });

  test('is refused for views that read each other in a circle, whose names are told', () => {
    const views = [
      { id: 'hanging', reads: ['a'] },
      { id: 'a', reads: ['b', 't'] },
      { id: 'b', reads: ['c', 'free'] },
      { id: 'c', reads: ['a'] },
      { id: 'free', reads: ['t'] },
    ];
    expect(() => inOrder({ views })).toThrow('in a circle');
    expect(circleIn({ views })?.toSorted()).toEqual(['a', 'b', 'c']);
    expect(circleIn({ views: [{ id: 'own', reads: ['own'] }] })).toEqual(['own']);
  });

  test('has no circle where there is none', () => {
    fc.assert(fc.property(graphs, (graph) => expect(circleIn(graph)).toBeUndefined()));
  });

  test('copes with a chain of thousands of views', () => {
    const views = Array.from({ length: 5_000 }, (_, at) => ({ id: `${at}`, reads: [`${at - 1}`] })).reverse();
    expect(levelsOf({ views })).toHaveLength(5_000);
    expect(circleIn({ views })).toBeUndefined();
    expect(ancestorsOf({ views }, '4999').size).toBe(4_999);
  });
});
