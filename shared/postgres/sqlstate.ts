/** The SQLSTATEs that Nightshift meets, and whether the same statement may succeed when tried again. */
export const sqlStates = {
  '08000': { name: 'connection_exception', retry: true },
  '08001': { name: 'sqlclient_unable_to_establish_sqlconnection', retry: true },
  '08003': { name: 'connection_does_not_exist', retry: true },
  '08006': { name: 'connection_failure', retry: true },
  '23503': { name: 'foreign_key_violation', retry: false },
  '25006': { name: 'read_only_sql_transaction', retry: false },
  '28000': { name: 'invalid_authorization_specification', retry: false },
  '28P01': { name: 'invalid_password', retry: false },
  '3D000': { name: 'invalid_catalog_name', retry: false },
  '40001': { name: 'serialization_failure', retry: true },
  '40P01': { name: 'deadlock_detected', retry: true },
  '42501': { name: 'insufficient_privilege', retry: false },
  '42P01': { name: 'undefined_table', retry: false },
  '53100': { name: 'disk_full', retry: false },
  '53200': { name: 'out_of_memory', retry: true },
  '53300': { name: 'too_many_connections', retry: true },
  '55P03': { name: 'lock_not_available', retry: true },
  '57014': { name: 'query_canceled', retry: false },
  '57P01': { name: 'admin_shutdown', retry: true },
  '57P02': { name: 'crash_shutdown', retry: true },
  '57P03': { name: 'cannot_connect_now', retry: true },
  '57P05': { name: 'idle_session_timeout', retry: true },
} as const satisfies Record<string, { name: string; retry: boolean }>;

export type SqlState = keyof typeof sqlStates;

/** The SQLSTATE of an error from `pg`, or undefined where it came from elsewhere (a socket's `EPIPE`, TLS). */
export function sqlStateOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** `57014 query_canceled`, for messages. */
export function describeSqlState(code: string): string {
  return code in sqlStates ? `${code} ${sqlStates[code as SqlState].name}` : code;
}

export function isRetryable(error: unknown): boolean {
  const code = sqlStateOf(error);
  return code !== undefined && code in sqlStates && sqlStates[code as SqlState].retry;
}
