import type { Client } from 'pg';
import type { Finding } from '../../../shared/verify/finding.ts';
import { readOneValue } from './one-value.ts';
import { tried } from './tried.ts';

/** Whether the schema stands at the version that the config says. */
export async function askSchemaVersion(
  client: Client,
  asked: { readonly query: string; readonly equals?: string | undefined } | undefined,
): Promise<Finding[]> {
  if (!asked) return [];
  const answer = await tried('The query for the schema version', () => readOneValue(client, asked.query));
  const check = 'schema version';
  const limit = asked.equals === undefined ? 'one value' : `equal to ${asked.equals}`;
  const fail = (fact: string, advice: string): Finding[] => [{ check, status: 'fail', fact, limit, advice }];
  if (answer.kind === 'refused') return fail(answer.words, 'Run it on the source database as this role.');
  const { result } = answer;
  if (result.kind === 'none' || result.text === null) {
    const what = result.kind === 'none' ? result.why : 'NULL';
    return fail(
      `The query for the schema version answered ${what}.`,
      'It must answer one row of one column.',
    );
  }
  if (asked.equals !== undefined && result.text !== asked.equals) {
    return fail(
      'The schema version is another than the config says.',
      'If a migration has run since, write its version into the config; if not, this backup is older than it should be.',
    );
  }
  const fact =
    asked.equals === undefined
      ? 'The query for the schema version answers one value.'
      : 'The schema version is as the config says.';
  return [{ check, status: 'pass', fact, limit, advice: null }];
}
