import type { Page } from '../../shared/alarm/page.ts';
import { describeIssues } from '../../shared/job/describe-issues.ts';
import { EventRefusedError } from '../../shared/job/errors.ts';
import { pageSchema } from './page-schema.ts';

let schema: ReturnType<typeof pageSchema> | undefined;

/** The page that a message's body is. Throws EventRefusedError for anything else, without quoting it. */
export function parsePage(body: string): Page {
  schema ??= pageSchema();
  const parsed = schema.safeParse(parseJson(body), { error: describeIssues.locale });
  if (parsed.success) return parsed.data;
  throw new EventRefusedError(
    `This message is no page of alarm-fanout, version 1 (the topic must deliver it raw, without an envelope):\n${describeIssues(parsed.error.issues)}`,
  );
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    // The parser's message would quote the body; the schema refuses undefined with a message of its own.
    return undefined;
  }
}
