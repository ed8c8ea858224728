import type { Rescue } from './rescue.ts';
import { describeResult } from './show-result.ts';
import { formatTable } from './table.ts';
import { formatCount } from './units.ts';

/** An accident and what was had back, for people. */
export function describeRescue({ statement, targetTime, result, ...rows }: Rescue): string {
  return [
    `═══ An accident: ${statement}`,
    formatTable(
      ['when', 'rows'],
      [
        ['before', formatCount(rows.rowsBefore)],
        ['after it, in the live database', formatCount(rows.rowsAfter)],
        [`restored to ${targetTime}, in the new instance`, formatCount(rows.rowsRestored)],
      ],
      ['rows'],
    ),
    describeResult('restore-drill', result),
  ].join('\n\n');
}
