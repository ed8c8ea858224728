import type { TableName } from '../../shared/config/table-name.ts';

/** A materialized view. Plain JSON, since it is checkpointed; relations, rules and functions by their oids. */
export interface ViewNode extends TableName {
  readonly id: string;
  readonly owner: string;
  readonly mayRefresh: boolean;
  /** The statements that let us refresh it; null where we may. */
  readonly mendOwnership: string | null;
  readonly populated: boolean;
  /** With indexes and TOAST; an estimate where somebody holds it locked. */
  readonly bytes: number;
  /** By whose name CONCURRENTLY can be used; null where there is none. */
  readonly uniqueIndex: string | null;
  /** The statement that creates one; null where there is one. */
  readonly suggestedIndex: string | null;
  /**
   * What it reads itself, through plain views and through functions, as far as Postgres or the config tells; stops at
   * materialized views. Of a partitioned or inherited table that alone which is named: its partitions come and go.
   */
  readonly reads: readonly string[];
  /** Why it may change though nothing that it reads does; null where it does not. */
  readonly alwaysBecause: string | null;
  /** Its own rule and those of plain views under it; user-defined functions that they call. */
  readonly definitionIds: { readonly rules: readonly string[]; readonly functions: readonly string[] };
}

export interface ViewGraph {
  readonly views: readonly ViewNode[];
  /** Of every relation that a view reads, by its oid, as `formatTableName` spells it. */
  readonly names: Readonly<Record<string, string>>;
}

type Reader = Pick<ViewNode, 'id' | 'reads'>;
/** What the order is made of; a ViewGraph is one. */
export interface Readers<Node extends Reader = Reader> {
  readonly views: readonly Node[];
}

/** Every view after all that it reads. Throws where views read each other in a circle. */
export function inOrder<Node extends Reader>(graph: Readers<Node>): Node[] {
  return levelsOf(graph).flat();
}

/** First the views that read no other, then those that read these alone and tables, and so on. */
export function levelsOf<Node extends Reader>({ views }: Readers<Node>): Node[][] {
  const { levels, rest } = peel(views);
  if (rest.length > 0) throw new Error('Views read each other in a circle.');
  return levels;
}

/** Takes away the views that read no other until none is left, or only circles and what hangs on them. */
function peel<Node extends Reader>(views: readonly Node[]): { levels: Node[][]; rest: Node[] } {
  const children = childrenOf(views);
  const ids = new Set(views.map(({ id }) => id));
  const waitsFor = new Map(views.map((view) => [view.id, parentsIn(ids, view).length]));
  const levels: Node[][] = [];
  let level = views.filter(({ id }) => waitsFor.get(id) === 0);
  while (level.length > 0) {
    levels.push(level);
    const next: Node[] = [];
    for (const child of level.flatMap(({ id }) => children.get(id) ?? [])) {
      const left = (waitsFor.get(child.id) ?? 0) - 1;
      waitsFor.set(child.id, left);
      if (left === 0) next.push(child);
    }
    level = next;
  }
  return { levels, rest: views.filter(({ id }) => (waitsFor.get(id) ?? 0) > 0) };
}

/** Ids of the materialized views that a view reads, and that those read. */
export function ancestorsOf({ views }: Readers, id: string): ReadonlySet<string> {
  const byId = new Map(views.map((view) => [view.id, view]));
  return reached(id, (from) => (byId.get(from)?.reads ?? []).filter((read) => byId.has(read)));
}

/** Ids of the materialized views that read a relation, and of those that read these. */
export function descendantsOf({ views }: Readers, id: string): ReadonlySet<string> {
  const children = childrenOf(views);
  return reached(id, (from) => (children.get(from) ?? []).map((child) => child.id));
}

/** Views that read each other in a circle, each reading the next and the last the first; undefined where none do. */
export function circleIn({ views }: Readers): string[] | undefined {
  const { rest } = peel(views);
  const byId = new Map(rest.map((view) => [view.id, view]));
  const ids = new Set(byId.keys());
  const path: string[] = [];
  // Whatever is left reads something that is left.
  for (let at = rest[0]?.id; at !== undefined; ) {
    if (path.includes(at)) return path.slice(path.indexOf(at));
    path.push(at);
    const view = byId.get(at);
    at = view && parentsIn(ids, view)[0];
  }
  return undefined;
}

function parentsIn(ids: ReadonlySet<string>, { reads }: Reader): string[] {
  return [...new Set(reads)].filter((id) => ids.has(id));
}

function childrenOf<Node extends Reader>(views: readonly Node[]): ReadonlyMap<string, Node[]> {
  const children = new Map<string, Node[]>();
  for (const view of views) {
    for (const read of new Set(view.reads)) {
      const known = children.get(read);
      if (known) known.push(view);
      else children.set(read, [view]);
    }
  }
  return children;
}

function reached(from: string, next: (id: string) => readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  const open = [from];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    for (const more of next(id)) {
      if (found.has(more)) continue;
      found.add(more);
      open.push(more);
    }
  }
  return found;
}
