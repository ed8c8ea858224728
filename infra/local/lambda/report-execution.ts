import { EXECUTIONS_PATH } from './control.ts';
import type { ExecutionReport } from './executions.ts';

/** Tells a gateway of a durable execution's start or end; throws when it does not take the report. */
export async function reportExecution(endpoint: string, report: ExecutionReport): Promise<void> {
  const url = new URL(EXECUTIONS_PATH, endpoint);
  const answer = await fetch(url, { method: 'POST', body: JSON.stringify(report) }).catch(
    (cause: unknown) => {
      throw new Error(`${failure(report, url)} failed: ${cause}. Does the stack still run?`, { cause });
    },
  );
  if (answer.ok) return;
  const said = `${answer.status}: ${await answer.text()}`;
  throw new Error(`${failure(report, url)} got ${said}. Is the endpoint that of the embedded stack?`);
}

function failure({ arn, status }: ExecutionReport, url: URL): string {
  return `Reporting the durable execution ${arn} as ${status} to ${url}`;
}
