import type { StageConfig } from '../../../shared/config/schema.ts';

/** What an alert says of the database that it is about. */
export interface Concerned {
  readonly database: string | null;
  readonly instance: string | null;
}

/** What names a database, from the surest to the vaguest. */
export interface Hints {
  /** Of the config's names: a run's attribute, a dimension of Nightshift's own metrics. */
  readonly named?: string | null | undefined;
  /** RDS instances; more than one means none. */
  readonly instances?: readonly string[];
  /** Names that begin with those of the stage and a database: an alarm's, its children's, a snapshot's. */
  readonly prefixed?: readonly string[];
  readonly tag?: string | undefined;
}

/**
 * The same for each change of an alarm: what the alarm itself says goes before its tags, which cannot always be read.
 * Several databases of one instance are several, and none of them is named.
 */
export function findDatabase(hints: Hints, stage: string, { databases }: StageConfig): Concerned {
  const { named, instances = [], prefixed = [], tag } = hints;
  const only = instances.length === 1 ? (instances[0]?.toLowerCase() ?? null) : null;
  const known = (name: string | null | undefined) =>
    name != null && Object.hasOwn(databases, name) ? name : null;
  const ofInstance = Object.keys(databases).filter((name) => hasInstance(databases[name], only));
  const several = instances.length > 1 || ofInstance.length > 1;
  const database =
    known(named) ??
    ofInstance.find(() => !several) ??
    (several ? null : (byNames(prefixed, stage, Object.keys(databases)) ?? known(tag)));
  return { database, instance: only ?? (several ? null : instanceOf(database, databases)) };
}

/** Its own, or one of its read replicas. */
function hasInstance(
  database: StageConfig['databases'][string] | undefined,
  instance: string | null,
): boolean {
  if (!database || instance === null) return false;
  return database.instance === instance || (database.alarms?.replicas.includes(instance) ?? false);
}

function instanceOf(database: string | null, databases: StageConfig['databases']): string | null {
  return database === null ? null : (databases[database]?.instance ?? null);
}

/** Null where they speak of different ones. */
function byNames(names: readonly string[], stage: string, databases: readonly string[]): string | null {
  const found = new Set(names.flatMap((name) => byPrefix(name, stage, databases) ?? []));
  return found.size === 1 ? ([...found][0] ?? null) : null;
}

/** The longest that fits: a database's name may begin another's. */
function byPrefix(name: string, stage: string, databases: readonly string[]): string | null {
  const fitting = databases.filter((database) => name.startsWith(`nightshift-${stage}-${database}-`));
  return fitting.sort((one, other) => other.length - one.length)[0] ?? null;
}
