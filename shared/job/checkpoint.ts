import { gunzipSync, gzipSync } from 'node:zlib';
import { NightshiftError } from './errors.ts';

/** What a step may answer, in bytes of JSON: Lambda keeps no more in a checkpoint. */
export const checkpointBytes = 256 * 1_024;
/** Up to here it is kept as it is, so that it can be read where executions are looked at. */
const readableBytes = 64 * 1_024;

/** A step's answer, as it is or compressed. */
export type Packed<T> =
  | { readonly as: 'it is'; readonly value: T }
  | { readonly as: 'gzip'; readonly base64: string };

/**
 * Makes an answer small enough for a checkpoint: lists of thousands of things that are alike shrink to a tenth or less.
 * Throws NightshiftError where that does not suffice.
 */
export function pack<T>(value: T): Packed<T> {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= readableBytes) return { as: 'it is', value };
  const base64 = gzipSync(text).toString('base64');
  if (base64.length <= checkpointBytes - 1_024) return { as: 'gzip', base64 };
  throw new NightshiftError(
    `What a step found is ${Math.round(base64.length / 1_024)} KB, compressed, and a checkpoint takes ${checkpointBytes / 1_024} KB. Let the run look at fewer things at a time.`,
  );
}

/** What was packed. */
export function unpack<T>(packed: Packed<T>): T {
  if (packed.as === 'it is') return packed.value;
  return JSON.parse(gunzipSync(Buffer.from(packed.base64, 'base64')).toString('utf8')) as T;
}
