import { formatTableName } from '../../../shared/config/table-name.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import type { Asking, Question } from './asking.ts';
import { type BlockSlice, blockSlices } from './block-slices.ts';
import { countSlice } from './count-rows.ts';
import { firstFew } from './few.ts';
import { judgeCounts } from './judge-counts.ts';
import { hiddenFinding } from './lacking.ts';
import { type Relation, readRelations } from './relations.ts';
import { overConnections } from './several-connections.ts';
import { endInTime, hasTimeToBegin } from './time-left.ts';
import { timed } from './timed.ts';
import { ranOutOfTime, type Tried } from './tried.ts';

const name = 'row counts';

/** Every table read to its last row, and as many rows as there have to be. */
export const rowCounts: Question = {
  name,
  isAsked: (questions) => questions.rowCounts,
  ask: async (asking) => {
    const { result, seconds } = await timed(() => readAll(asking));
    const unread = result.flatMap((read) => (read.finding ? [read.finding] : []));
    const counted = result.flatMap((read) => (read.rows === undefined ? [] : [read]));
    const judged = judgeCounts(counted, {
      ...asking.baseline,
      known: new Set(result.map(formatTableName)),
    });
    return {
      findings: [...firstFew(unread), ...judged.map((finding) => ({ ...finding, seconds }))],
      counts: counted.map((table) => ({ table: formatTableName(table), rows: table.rows })),
    };
  },
};

type ReadRelation = Relation &
  (
    | { readonly rows: number; readonly finding?: undefined }
    | { readonly rows?: undefined; readonly finding: Finding }
  );

async function readAll(asking: Asking): Promise<ReadRelation[]> {
  const { connect, questions } = asking;
  const relations = (await connect(readRelations)).filter(({ kind }) => kind !== 'partitioned table');
  const visible = relations.filter(({ lack }) => lack === null);
  const parts = await overConnections(
    connect,
    {
      items: visible.toSorted((a, b) => b.blocks - a.blocks).flatMap(slicesOf),
      connections: questions.amcheck.connections,
    },
    async (client, { relation, slice }) => {
      if (!hasTimeToBegin(asking)) return { relation, counted: notBegun };
      await endInTime(client, asking);
      return { relation, counted: await countSlice(client, relation, slice) };
    },
  );
  const byTable = Map.groupBy(parts, ({ relation }) => relation.oid);
  return relations.map((relation) => {
    if (relation.lack) return { ...relation, finding: hiddenFinding(name, relation, relation.lack) };
    return addUp(
      relation,
      (byTable.get(relation.oid) ?? []).map(({ counted }) => counted),
    );
  });
}

const notBegun: Tried<number> = {
  kind: 'refused',
  state: '57014',
  words: 'The time for this question was over before it was begun.',
};

const slicesOf = (relation: Relation): { relation: Relation; slice: BlockSlice }[] =>
  blockSlices(relation.blocks).map((slice) => ({ relation, slice }));

function addUp(relation: Relation, parts: readonly Tried<number>[]): ReadRelation {
  let rows = 0;
  for (const part of parts) {
    if (part.kind === 'refused') return { ...relation, finding: unreadFinding(relation, part) };
    rows += part.result;
  }
  return { ...relation, rows };
}

function unreadFinding(
  relation: Relation,
  { state, words }: { readonly state: string; readonly words: string },
): Finding {
  const table = formatTableName(relation);
  if (ranOutOfTime(state)) {
    return {
      check: name,
      status: 'warn',
      fact: `${table} was not read to its end: ${words}`,
      limit: 'read to the last row',
      advice:
        'Raise amcheck.connections, which read the tables too, or statementTimeoutMinutes, or give the drill a larger instance.',
    };
  }
  return {
    check: name,
    status: 'fail',
    fact: `${table} cannot be read to its last row: ${words}`,
    limit: 'read to the last row',
    advice: `Read it on the source database too (in psql: \\copy (SELECT * FROM ${table}) TO '/dev/null'). If it fails there, the table is damaged: keep every backup and restore it from an older one. If not, this backup is damaged: take a new one.`,
  };
}
