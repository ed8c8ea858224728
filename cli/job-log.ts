/** One line that a job wrote: a log entry of Powertools, a metric, or whatever else. */
export interface JobLogEntry {
  readonly raw: string;
  readonly kind: 'log' | 'metrics' | 'text';
  readonly fields: Readonly<Record<string, unknown>>;
}

export function parseLogLine(raw: string): JobLogEntry {
  const fields = parseObject(raw);
  if (!fields) return { raw, kind: 'text', fields: {} };
  return { raw, kind: '_aws' in fields ? 'metrics' : 'log', fields };
}

function parseObject(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // A line that only looks like JSON is shown as it is.
    return undefined;
  }
}

/** Fields that every entry carries and that tell a person nothing at the terminal. */
const frame = new Set([
  'level',
  'message',
  'timestamp',
  'service',
  'sampling_rate',
  'xray_trace_id',
  'executionArn',
  'requestId',
  'operationId',
  'operationName',
  'attempt',
  'execution_arn',
  'request_id',
  'operation_id',
  'operation_name',
  'cold_start',
  'function_arn',
  'function_memory_size',
  'function_name',
  'function_request_id',
]);

/** `Export: export=nightshift-… status=IN_PROGRESS percent=40` */
export function describeEntry({ raw, kind, fields }: JobLogEntry): string | undefined {
  if (kind === 'metrics') return undefined;
  if (kind === 'text') return raw;
  const details = Object.entries(fields)
    .filter(([key]) => !frame.has(key))
    .map(([key, value]) => `${key}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`);
  return [String(fields.message ?? ''), ...details].join('  ');
}

/** How far something has come, where the entry says so. */
export function percentOf({ fields }: JobLogEntry): number | undefined {
  return typeof fields.percent === 'number' ? fields.percent : undefined;
}
