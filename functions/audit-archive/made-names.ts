import { createHash } from 'node:crypto';
import type { TableName } from '../../shared/config/table-name.ts';

/** What Postgres keeps of a name, in bytes of UTF-8. */
const longestBytes = 63;

/**
 * A name made from another one. Where both are too long together the first is cut, and eight digits of its SHA-256
 * keep it apart from others that begin alike.
 */
export function madeName(base: string, suffix: string): string {
  if (Buffer.byteLength(base + suffix) <= longestBytes) return base + suffix;
  const ending = `_${createHash('sha256').update(base).digest('hex').slice(0, 8)}${suffix}`;
  const room = longestBytes - Buffer.byteLength(ending);
  let cut = '';
  for (const character of base) {
    if (Buffer.byteLength(cut + character) > room) break;
    cut += character;
  }
  return cut + ending;
}

/** `scenario_logs_archive`, `2024-03` -> `scenario_logs_archive_2024_03`. */
export function partitionName({ name }: TableName, month: string): string {
  return madeName(name, `_${month.replace('-', '_')}`);
}

/** `public.scenario_logs` -> `public.v_scenario_logs_all`. */
export function allRowsView({ schema, name }: TableName): TableName {
  return { schema, name: madeName(`v_${name}`, '_all') };
}
