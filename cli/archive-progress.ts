import type { JobLogEntry } from './job-log.ts';
import type { Say } from './progress.ts';
import { formatBar, formatCount } from './units.ts';

interface TableProgress {
  /** Null where nobody could say how many there would be. */
  readonly planned: number | null;
  done: number;
  /** Quarters that were said. */
  quarters: number;
}

/** One line for each table, with the rows that its batches have moved so far, in place of one for each batch. */
export class ArchiveProgress {
  readonly #live: boolean;
  readonly #say: Say;
  readonly #tables = new Map<string, TableProgress>();

  constructor(live: boolean, say: Say) {
    this.#live = live;
    this.#say = say;
  }

  /** Whether the entry was one of audit-archive's about its batches, and needs no other telling. */
  tell({ fields }: JobLogEntry): boolean {
    if (fields.message === 'Archive planned') this.#plan(fields.tables);
    else if (fields.message === 'Batch archived') this.#count(String(fields.table), Number(fields.rows));
    else return false;
    return true;
  }

  #plan(tables: unknown): void {
    for (const { table, rows } of tables as readonly { table: string; rows: number }[]) {
      this.#tables.set(table, { planned: rows, done: 0, quarters: 0 });
    }
  }

  #count(table: string, rows: number): void {
    const progress = this.#tables.get(table) ?? { planned: null, done: 0, quarters: 0 };
    this.#tables.set(table, progress);
    progress.done += rows;
    if (this.#live) {
      this.#say([...this.#tables].map(([name, each]) => describe(name, each)).join('\n'));
      return;
    }
    const quarters = Math.floor((progress.done / (progress.planned ?? progress.done)) * 4);
    if (quarters <= progress.quarters) return;
    progress.quarters = quarters;
    this.#say(describe(table, progress));
  }
}

/** `████░░ 60%  12,000 of 20,000 rows  public.audit_log`; more may move than was planned, which was a guess or earlier. */
function describe(table: string, { planned, done }: TableProgress): string {
  const bar = planned === null ? '' : `${formatBar(planned === 0 ? 100 : (done / planned) * 100)}  `;
  const of = planned === null ? '' : ` of ${formatCount(planned)}`;
  return `${bar}${formatCount(done)}${of} rows  ${table}`;
}
