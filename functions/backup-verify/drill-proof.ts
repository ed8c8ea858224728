import { valueIn } from './answer.ts';
import type { DrillFact, Facts } from './facts.ts';

/** Whether what the drill restored is older than the instance: then it was another one, which had the same name. */
export function isOfEarlierInstance({ report }: DrillFact, facts: Facts): boolean {
  const createdAt = valueIn(facts.instance)?.createdAt ?? null;
  return createdAt !== null && Date.parse(report.restoredTo) < Date.parse(createdAt);
}
