import { formatTableName } from '../../shared/config/table-name.ts';
import { quoteName } from '../../shared/postgres/quote.ts';
import type { DeleteRuleFact, ReferenceFact, TableFact } from './facts.ts';
import { allRowsView } from './made-names.ts';
import type { ArchivePolicy } from './policy.ts';
import type { Remark } from './remark.ts';

/** What a DELETE would run into, or take along: triggers and rules, foreign keys, materialized views. */
export function refuseDependents(
  policy: ArchivePolicy,
  table: TableFact,
  all: readonly ArchivePolicy[],
): Remark[] {
  const archived = new Set([formatTableName(table), ...all.map(({ name }) => name)]);
  return [
    ...refuseTriggers(policy, table),
    ...table.deleteRules.flatMap((rule) => refuseRule(policy, rule)),
    ...table.referencedBy.flatMap((reference) => refuseReference(policy, reference, archived)),
    ...refuseShrinking(policy, table),
  ];
}

/** Its rows must not be deleted, and the policy does not say that these are others than those that move. */
export function isAppendOnly(
  { passedTriggers }: Pick<ArchivePolicy, 'passedTriggers'>,
  { deleteTriggers, deleteRules }: Pick<TableFact, 'deleteTriggers' | 'deleteRules'>,
): boolean {
  return (
    deleteTriggers.some(({ name, raises }) => raises && !passedTriggers.includes(name)) ||
    deleteRules.some(({ instead }) => instead)
  );
}

function refuseTriggers({ passedTriggers }: ArchivePolicy, { deleteTriggers }: TableFact): Remark[] {
  return deleteTriggers
    .filter(({ name }) => !passedTriggers.includes(name))
    .flatMap(({ name, table, raises, changes, function: { schema, name: called } }) => {
      const trigger = `the trigger ${name} on ${formatTableName(table)}`;
      const by = `by ${formatTableName({ schema, name: called })}()`;
      return [
        ...(raises
          ? [{ reason: `append-only: ${trigger} raises on DELETE, ${by}`, remedy: notToArchive }]
          : []),
        ...(changes
          ? [{ reason: `${trigger} may delete or change other rows on DELETE, ${by}`, remedy: notToFollow }]
          : []),
      ];
    });
}

/** Beside a DELETE whose rows are to be told, as the move to a table does it, Postgres takes no rule at all. */
function refuseRule(
  { passedTriggers, to }: ArchivePolicy,
  { name, table, instead }: DeleteRuleFact,
): Remark[] {
  const rule = `the rule ${name} on ${formatTableName(table)}`;
  if (instead) {
    return [
      {
        reason: `${rule} does something else instead of a DELETE`,
        remedy: 'A table whose rows must not be deleted is not to be archived: leave the policy out.',
      },
    ];
  }
  if (passedTriggers.includes(name) && to.kind === 's3') return [];
  const drop = `DROP RULE ${quoteName(name)} ON ${quoteName(table.schema, table.name)};`;
  return [
    {
      reason: `${rule} does more than to DELETE`,
      remedy:
        to.kind === 's3'
          ? notToFollow
          : `${drop} A move to a table is one statement, which Postgres refuses beside a rule.`,
    },
  ];
}

const notToArchive =
  'A table whose rows must not be deleted is not to be archived: leave the policy out. Where the trigger raises for other rows alone, name it in "passedTriggers".';
const notToFollow =
  'What it takes along is neither held nor archived. Where that is meant, or it leaves alone what the archive deletes, name it in "passedTriggers".';

const breaking: readonly string[] = ['no action', 'restrict'];

function refuseReference(
  { onReferenced }: ArchivePolicy,
  reference: ReferenceFact,
  archived: ReadonlySet<string>,
): Remark[] {
  const key = `the foreign key ${reference.name} of ${formatTableName({ schema: reference.schema, name: reference.table })}`;
  const breaks = breaking.includes(reference.onDelete);
  if (onReferenced === 'keep') return [];
  const keep = '"onReferenced": "keep" leaves the rows that it still points to where they are.';
  if (onReferenced === 'cascade' && !breaks) return refuseReach(key, keep, reference, archived);
  if (breaks) return [{ reason: `${key} points here, and a DELETE would break it`, remedy: keep }];
  return [
    {
      reason: `${key} points here, and with a DELETE it would ${effects[reference.onDelete]}`,
      remedy: `${keep} "cascade" lets it happen: what it takes along is not archived.`,
    },
  ];
}

/** Of a table that is archived nothing may go that is young, held, or not copied: not even what the policy lets cascade. */
function refuseReach(
  key: string,
  keep: string,
  { reaches, onDelete }: ReferenceFact,
  archived: ReadonlySet<string>,
): Remark[] {
  const reached = reaches.map(formatTableName).filter((name) => archived.has(name));
  if (reached.length === 0) return [];
  const does = onDelete === 'cascade' ? 'take along' : 'change';
  const reason = `${key} would ${does} rows of ${reached.join(', ')}, young or held, and archive none of them`;
  return [{ reason, remedy: keep }];
}

const effects: Readonly<Record<ReferenceFact['onDelete'], string>> = {
  'no action': 'break',
  restrict: 'break',
  cascade: 'delete rows there',
  'set null': 'empty columns there',
  'set default': 'change columns there',
};

function refuseShrinking(
  { historyMayShrink, source }: ArchivePolicy,
  { shrinkingViews }: TableFact,
): Remark[] {
  if (historyMayShrink === true) return [];
  const views = shrinkingViews.filter((view) => !historyMayShrink.includes(view));
  return views.map((view) => ({
    reason: `the materialized view ${view} would lose the archived period at its next refresh`,
    remedy: `Let it read ${formatTableName(allRowsView(source))}, which an archive table brings along, or the kept period alone, or name it in "historyMayShrink".`,
  }));
}
