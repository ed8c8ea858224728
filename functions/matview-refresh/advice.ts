import { PostgresError } from '../../shared/job/errors.ts';

const bySqlState: Readonly<Record<string, string>> = {
  '23505':
    'Its query answers rows twice that this index calls unique: mend the query, or make the index of more columns.',
  '42501': 'Its owner may not read what it reads, or not call what it calls: grant that to the owner.',
  '42703': 'What it reads was altered: mend its definition, or the function that it calls.',
  '42883': 'What it calls was dropped or altered: mend its definition, or the function that it calls.',
  '42P01': 'What it reads was dropped: mend its definition, or the function that it calls.',
  '53100': 'A refresh needs room for the new contents beside the old: enlarge the storage.',
  '55P03': 'Somebody holds a lock on it, or on what it reads: the runbook has the query that tells who.',
  '57014': 'It took longer than "timeLimitMinutes", or somebody cancelled it.',
};

/** What a refresh failed with, how often if it was tried more than once, and what mends that, where it is known. */
export function describeFailure(error: unknown, times = 1): string {
  const answer = error instanceof Error ? error.message : String(error);
  const words = times > 1 ? `${answer.replace(/\.$/, '')}. So it was ${times} times.` : answer;
  const sqlState = error instanceof PostgresError ? error.sqlState : undefined;
  if (sqlState === undefined) return words;
  // Their words are left out: see shared/postgres/errors.ts.
  const isUntold = /^(22|38|P0)/.test(sqlState);
  const advice = bySqlState[sqlState] ?? (isUntold ? 'The log of Postgres has them.' : undefined);
  return advice === undefined ? words : `${words.replace(/\.$/, '')}. ${advice}`;
}
