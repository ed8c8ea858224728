import type { ArchiveColumn } from './archive-columns.ts';
import { ColumnNeedsText, MalformedRows, RowTooLarge } from './archive-errors.ts';

/** What a worker is started for. */
export type ArchiveTask =
  | {
      readonly kind: 'encode';
      readonly columns: readonly ArchiveColumn[];
      readonly metadata: Readonly<Record<string, string>>;
      readonly bounded: readonly string[];
    }
  | { readonly kind: 'read-back' };

/** To the worker: a task, its blocks (`length` bytes of the buffer), and their end. */
export type ToWorker =
  | { readonly kind: 'task'; readonly task: ArchiveTask }
  | { readonly kind: 'block'; readonly buffer: ArrayBuffer; readonly length: number }
  | { readonly kind: 'end' };

/** From the worker. */
export type FromWorker<Result> =
  | { readonly kind: 'taken' }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'done'; readonly result: Result }
  | { readonly kind: 'failed'; readonly failure: Failure };

/** An error on its way between threads, which would lose its class. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly column?: string;
  readonly stack?: string;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) };
  const { name, message, stack } = error;
  return {
    name,
    message,
    ...(stack && { stack }),
    ...(error instanceof ColumnNeedsText && { column: error.column }),
  };
}

export function errorOf({ name, message, column, stack }: Failure): Error {
  if (column !== undefined) return new ColumnNeedsText(column, message);
  if (name === 'RowTooLarge') return new RowTooLarge(message);
  if (name === 'MalformedRows') return new MalformedRows(message);
  return Object.assign(new Error(message), { stack });
}
