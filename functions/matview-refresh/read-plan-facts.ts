import type { Client } from 'pg';
import type { MatviewRefreshConfig } from '../../shared/config/matview-refresh.ts';
import type { Within } from '../../shared/postgres/connect.ts';
import type { PlanFacts } from './plan.ts';
import { judgeFreshness } from './read-evidence.ts';
import { readGraph } from './read-graph.ts';
import { readHistory } from './read-history.ts';

/** What a plan is made of, as it is at this moment. */
export async function readPlanFacts(
  client: Client,
  within: Within,
  { perView, settleSeconds }: Pick<MatviewRefreshConfig, 'perView' | 'settleSeconds'>,
): Promise<PlanFacts> {
  const about = Object.entries(perView);
  const graph = await within(() =>
    readGraph(client, {
      readsAlso: Object.fromEntries(about.map(([name, { readsAlso }]) => [name, readsAlso])),
      dependsOnClock: Object.fromEntries(
        about.flatMap(([name, { dependsOnClock }]) =>
          dependsOnClock === undefined ? [] : [[name, dependsOnClock]],
        ),
      ),
    }),
  );
  // Nobody waits for sessions to settle on account of what is refreshed in any case.
  const doubtful = graph.views.filter(({ alwaysBecause }) => alwaysBecause === null);
  const verdicts = await judgeFreshness(client, doubtful, { settleSeconds, within });
  return { graph, verdicts, history: await within(() => readHistory(client, graph.views)) };
}
