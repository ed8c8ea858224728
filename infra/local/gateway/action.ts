import type { IncomingHttpHeaders } from 'node:http';
import { s3Action } from './s3-action.ts';

interface Request {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** Empty for a request that is streamed on. */
  readonly body: Buffer;
}

/** Lambda's REST routes that the stack knows; the first group is the resource's name. */
const LAMBDA_ROUTES: readonly { method: string; path: RegExp; action: string }[] = [
  { method: 'GET', path: /^\/2025-12-01\/durable-executions\/[^/]+$/, action: 'GetDurableExecution' },
  { method: 'POST', path: /^\/2015-03-31\/functions\/[^/]+\/invocations$/, action: 'Invoke' },
];

/** Names the operation: from the target header, the form body, or the REST path; else `METHOD /path`. */
export function actionOf(service: string, request: Request): string {
  const target = request.headers['x-amz-target'];
  if (typeof target === 'string') return target.slice(target.lastIndexOf('.') + 1);
  if (service === 's3') {
    return s3Action({ ...request, copies: request.headers['x-amz-copy-source'] !== undefined });
  }
  const { method, path } = request;
  if (service === 'lambda') {
    const route = LAMBDA_ROUTES.find((known) => known.method === method && known.path.test(path));
    return route?.action ?? `${method} ${path}`;
  }
  const form = isForm(request.headers) ? new URLSearchParams(request.body.toString('utf8')) : request.query;
  return form.get('Action') ?? `${method} ${path}`;
}

function isForm(headers: IncomingHttpHeaders): boolean {
  return (headers['content-type'] ?? '').startsWith('application/x-www-form-urlencoded');
}
