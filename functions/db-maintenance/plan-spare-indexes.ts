import { formatTableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { ServerFact, SpareIndexFact } from './facts.ts';
import type { Notice } from './plan.ts';

/** What to tell of indexes that others double, and of those that nobody uses once that has been counted for long enough. */
export function spareNotices(
  spare: readonly SpareIndexFact[],
  server: Pick<ServerFact, 'countedSince' | 'now' | 'hasReplicas'>,
  unusedDays: number,
): Notice[] {
  const doubled = spare.filter(({ doubledBy }) => doubledBy !== null).map(noticeOfDoubled);
  const unused = spare.filter(({ doubledBy }) => doubledBy === null);
  const days = (Date.parse(server.now) - Date.parse(server.countedSince)) / 86_400_000;
  if (unused.length === 0 || days >= unusedDays) {
    return [...doubled, ...unused.map((index) => noticeOfUnused(index, server, days))];
  }
  const since = server.countedSince.slice(0, 10);
  const tooEarly: Notice = {
    kind: 'unused index',
    target: unused.length === 1 ? '1 index' : `${unused.length} indexes`,
    reason: `not used since ${since}, when counting began anew; that tells nothing before ${unusedDays} days are over`,
    bytes: unused.reduce((sum, { bytes }) => sum + bytes, 0),
    remedy: null,
  };
  return [...doubled, tooEarly];
}

function noticeOfDoubled(index: SpareIndexFact): Notice {
  const { bytes, doubledBy, isBeginning } = index;
  const reason = isBeginning
    ? `it is the beginning of ${doubledBy}, which can do its work, if a little slower`
    : `${doubledBy} does all that it does`;
  return { kind: 'duplicate index', target: formatTableName(index), reason, bytes, remedy: dropText(index) };
}

/** When it was made is nowhere to be read. */
function noticeOfUnused(
  index: SpareIndexFact,
  { countedSince, hasReplicas }: Pick<ServerFact, 'countedSince' | 'hasReplicas'>,
  days: number,
): Notice {
  const since = `since ${countedSince.slice(0, 10)}, when counting began, ${Math.floor(days)} days ago, or since it was made, if that was later`;
  const doubts = [
    ...(hasReplicas ? ['replicas count for themselves: look there too'] : []),
    ...(index.isOfExpressions ? ['its statistics may still help to plan queries'] : []),
  ];
  const reason = [`nobody has used it ${since}`, ...doubts].join('; ');
  return {
    kind: 'unused index',
    target: formatTableName(index),
    reason,
    bytes: index.bytes,
    remedy: dropText(index),
  };
}

/** Of partitions, only all at once, and not concurrently. */
function dropText(index: SpareIndexFact): string {
  const name = quoteName(index.schema, index.name);
  return index.isPartitioned
    ? `DROP INDEX ${name}; (with those of all partitions, each of which is locked for it: set lock_timeout)`
    : `DROP INDEX CONCURRENTLY ${name};`;
}
