/** Counters of Postgres for one relation, as text, for they are 64 bits wide; they only grow, unless they are reset. */
export interface RelationMarks {
  /** Another one after TRUNCATE, and after whatever writes the relation anew; null where it has no file. */
  readonly fileNode: string | null;
  readonly inserted: string;
  readonly updated: string;
  readonly deleted: string;
}

export interface RelationFact extends RelationMarks {
  /**
   * Those among the relations that are read that it is a partition or a child of, each `<oid> <xmin>`: one that was
   * away while a refresh was at work, and has come back, is known by the second.
   */
  readonly parents: readonly string[];
  /** A hash of columns, owner and row-level security: what changes an answer without writing a row. */
  readonly shape: string;
  /** The access method that keeps its rows, which may count nothing; null for Postgres' own, or where it keeps none. */
  readonly keptBy: string | null;
}

/** The oid of one of `parents`. */
export const parentId = (parent: string): string => parent.split(' ', 1)[0] ?? parent;

/** Differ once counters may have been set back, or lost. ISO 8601; null where it never happened. */
export interface ServerMarks {
  /** Its oid: in a copy of a database whatever Nightshift wrote is copied as well, and no counter. */
  readonly database: string;
  readonly startedAt: string;
  readonly statisticsReset: string | null;
  /** A crash sets it, too. */
  readonly walReset: string | null;
}

/** What a refresh vouches for: nothing that the view reads has changed while all of this is as it was. */
export interface Evidence {
  readonly marks: ServerMarks;
  /** Of the session: the same query may answer otherwise under others. */
  readonly settings: Readonly<Record<string, string>>;
  /** A hash of the view's definition and of those under it. */
  readonly definitions: string;
  /** By oid. */
  readonly relations: Readonly<Record<string, RelationFact>>;
}

/** Oid to formatted name, of what is still there. */
type Names = ReadonlyMap<string, string>;

/** What is no longer as it was, in words; null where nothing is. `now` must have been read later than `then`. */
export function whatChanged(then: Evidence, now: Evidence, names: Names): string | null {
  return (
    serverChange(then.marks, now.marks) ??
    settingsChange(then.settings, now.settings) ??
    (then.definitions === now.definitions
      ? null
      : 'its definition, or that of a view, function or type under it, is another') ??
    relationsChange(then.relations, now.relations, names)
  );
}

/** Whether someone else has refreshed or rewritten the view since, in words; null where nobody has. */
export function whoeverRefreshed(then: RelationMarks, now: RelationMarks): string | null {
  return sameMarks(then, now) ? null : 'someone else refreshed or rewrote it since';
}

/** Where a refresh of ours has not been counted yet: it will be, once its session has reported. */
export function isStillToCount(then: RelationMarks, now: RelationMarks): boolean {
  if (then.fileNode !== now.fileNode || sameMarks(then, now)) return false;
  return counters.every(([key]) => BigInt(now[key]) <= BigInt(then[key]));
}

const counters = [
  ['inserted', 'inserted'],
  ['updated', 'updated'],
  ['deleted', 'deleted'],
] as const;

function sameMarks(then: RelationMarks, now: RelationMarks): boolean {
  return then.fileNode === now.fileNode && counters.every(([key]) => then[key] === now[key]);
}

function serverChange(then: ServerMarks, now: ServerMarks): string | null {
  if (then.database !== now.database) return 'this database is a copy of the one in which it was refreshed';
  if (then.startedAt !== now.startedAt) return `the server was restarted at ${now.startedAt}`;
  if (then.walReset !== now.walReset)
    return `the server crashed, or its statistics were reset, at ${now.walReset ?? 'an unknown time'}`;
  if (then.statisticsReset === now.statisticsReset) return null;
  return `statistics were reset at ${now.statisticsReset ?? 'an unknown time'}`;
}

function settingsChange(then: Evidence['settings'], now: Evidence['settings']): string | null {
  const other = [...new Set([...Object.keys(then), ...Object.keys(now)])].find(
    (name) => then[name] !== now[name],
  );
  return other === undefined ? null : `the setting ${other} is another than at its last refresh`;
}

function relationsChange(
  then: Evidence['relations'],
  now: Evidence['relations'],
  names: Names,
): string | null {
  const nameOf = (id: string | undefined) => (id && names.get(id)) ?? 'a table that is gone';
  const ids = [...new Set([...Object.keys(then), ...Object.keys(now)])];
  const changes = ids.flatMap((id) => relationChange(id, then[id], now[id], nameOf) ?? []);
  const [first, ...others] = changes;
  if (first === undefined) return null;
  if (others.length === 0) return first;
  return `${first}, and ${others.length} more ${others.length === 1 ? 'change' : 'changes'}`;
}

function relationChange(
  id: string,
  then: RelationFact | undefined,
  now: RelationFact | undefined,
  nameOf: (id: string | undefined) => string,
): string | null {
  const keptBy = now?.keptBy ?? null;
  if (keptBy !== null) return `${nameOf(id)} is kept by the access method ${keptBy}, which may count nothing`;
  if (!then) return arrived(id, now, nameOf);
  if (!now) return left(id, then, nameOf);
  if (then.parents.join() !== now.parents.join())
    return `${nameOf(id)} is a partition or child of others than it was, or was none for a while`;
  if (then.fileNode !== now.fileNode) return `${nameOf(id)} was truncated or rewritten`;
  const moved = counters.flatMap(([key, word]) => {
    const more = BigInt(now[key]) - BigInt(then[key]);
    if (more === 0n) return [];
    return more > 0n ? [`${more} more ${more === 1n ? 'row' : 'rows'} ${word}`] : ['its counters went back'];
  });
  if (moved.length > 0) return `${nameOf(id)}: ${[...new Set(moved)].join(', ')}`;
  return then.shape === now.shape ? null : `${nameOf(id)} was altered`;
}

function arrived(
  id: string,
  now: RelationFact | undefined,
  nameOf: (id: string | undefined) => string,
): string {
  const [parent] = now?.parents ?? [];
  if (parent === undefined) return `it reads ${nameOf(id)}, which it did not`;
  return `a partition was attached to ${nameOf(parentId(parent))}: ${nameOf(id)}`;
}

function left(
  id: string,
  { parents: [parent] }: RelationFact,
  nameOf: (id: string | undefined) => string,
): string {
  if (parent === undefined) return `it no longer reads ${nameOf(id)}, which it did`;
  return `a partition was detached from ${nameOf(parentId(parent))}, or dropped: ${nameOf(id)}`;
}
