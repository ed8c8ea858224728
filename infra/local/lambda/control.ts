import * as z from 'zod';
import type { ControlHandler } from '../gateway/serve.ts';
import type { AwsReply } from '../gateway/service.ts';
import { EXECUTION_STATUSES, type Executions } from './executions.ts';

/** Where the runner of durable handlers reports starts and ends, below the gateway's endpoint. */
export const EXECUTIONS_PATH = '/_nightshift/executions';

const reportSchema = z.object({
  arn: z.string().min(1),
  functionName: z.string().min(1),
  pid: z.number().int().positive(),
  status: z.enum(EXECUTION_STATUSES),
});

/** `POST /_nightshift/executions` takes a report, `GET` lists what has been reported. */
export function executionsControl(executions: Executions): ControlHandler {
  return (method, path, body) => {
    if (path !== EXECUTIONS_PATH) return reply(404, { error: `There is nothing at ${path}` });
    if (method === 'GET') return reply(200, executions.list());
    if (method !== 'POST') return reply(405, { error: `${path} takes POST and GET, not ${method}` });
    const report = reportSchema.safeParse(parseJson(body));
    if (!report.success) return reply(400, { error: z.prettifyError(report.error) });
    executions.report(report.data);
    return { status: 204, body: '' };
  };
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    // Not JSON is not a report: the schema says so.
    return undefined;
  }
}

function reply(status: number, body: unknown): AwsReply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}
