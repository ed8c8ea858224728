import type { Client } from 'pg';
import { formatTableName, type TableName } from '../../../shared/config/table-name.ts';
import { quoteName } from '../../../shared/postgres/quote.ts';
import { inSnapshot } from '../../../shared/postgres/snapshot-transaction.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import type { Question } from './asking.ts';
import { firstFew } from './few.ts';
import { lackSql } from './relations.ts';
import { timed } from './timed.ts';
import { ranOutOfTime, tried } from './tried.ts';

const name = 'sequences';

/** Whether each sequence is ahead of the column that takes its values: else the next INSERT meets a key that is taken. */
export const sequences: Question = {
  name,
  isAsked: (questions) => questions.sequences,
  ask: ({ connect }) =>
    connect(async (client) => {
      const { result, seconds } = await timed(async () => {
        const findings: Finding[] = [];
        const [all, faulty] = [new Set<string>(), new Set<string>()];
        for (const sequence of (await client.query<UsedSequence>(usedSql)).rows) {
          const found = await checkSequence(client, sequence);
          const own = formatTableName(sequence);
          all.add(own);
          if (found.length > 0) faulty.add(own);
          findings.push(...found);
        }
        return { findings, all: all.size, sound: all.size - faulty.size };
      });
      const { findings, all, sound } = result;
      const fact =
        all === 0
          ? 'No column takes its values from a sequence.'
          : `${sound} of ${all} sequences are ahead of their columns.`;
      const sum: Finding = { check: name, status: 'pass', fact, limit: 'all', advice: null, seconds };
      return {
        findings: [...firstFew(findings), ...(sound > 0 || all === 0 ? [sum] : [])],
      };
    }),
};

/** A sequence and one of the columns that take its values. */
interface UsedSequence extends TableName {
  readonly tableSchema: string;
  readonly tableName: string;
  readonly column: string;
  readonly ascending: boolean;
  readonly increment: string;
  /** The column alone must hold each value once. */
  readonly unique: boolean;
  readonly lack: string | null;
  readonly mayRead: boolean;
  readonly role: string;
}

/**
 * Of serial and of identity columns, and those that are a column's whole default without being its own: several tables
 * may share one. What a default makes of a sequence's value is no number to hold it against. One that starts again at its end repeats itself on purpose; a text into which
 * values of a sequence are written is no number to hold it against.
 */
const usedSql = /* sql */ `
  WITH uses AS (
    SELECT d.objid AS sequence, d.refobjid AS relation, d.refobjsubid AS number FROM pg_depend d
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
       AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i')
     UNION
    SELECT d.refobjid, f.adrelid, f.adnum::integer FROM pg_depend d JOIN pg_attrdef f ON f.oid = d.objid
     WHERE d.classid = 'pg_attrdef'::regclass AND d.refclassid = 'pg_class'::regclass
       AND pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\\(''([^'']|'''')+''::regclass\\)$')
  SELECT sn.nspname AS schema, sc.relname AS name, n.nspname AS "tableSchema", c.relname AS "tableName", a.attname AS column,
         s.seqincrement > 0 AS ascending, s.seqincrement::text AS increment,
         EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indnkeyatts = 1 AND i.indkey[0] = a.attnum
                    AND i.indpred IS NULL) AS unique,
         ${lackSql} AS lack, has_schema_privilege(sn.oid, 'USAGE') AND has_sequence_privilege(sc.oid, 'SELECT') AS "mayRead",
         current_user AS role
    FROM pg_sequence s
    JOIN pg_class sc ON sc.oid = s.seqrelid JOIN pg_namespace sn ON sn.oid = sc.relnamespace
    JOIN uses u ON u.sequence = sc.oid
    JOIN pg_class c ON c.oid = u.relation AND c.relkind IN ('r', 'p') JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.number
    JOIN pg_type t ON t.oid = a.atttypid AND t.typcategory = 'N'
   WHERE sc.relpersistence <> 't' AND NOT s.seqcycle AND NOT c.relispartition
   ORDER BY 1, 2, 3, 4, 5`;

async function checkSequence(client: Client, sequence: UsedSequence): Promise<Finding[]> {
  const { role } = sequence;
  const title = `The sequence ${formatTableName(sequence)}`;
  const column = `${formatTableName({ schema: sequence.tableSchema, name: sequence.tableName })}.${sequence.column}`;
  if (sequence.lack || !sequence.mayRead) {
    const fact = `${title} cannot be held against ${column}: the role ${role} may not see ${sequence.lack ? 'all rows of the table' : 'the sequence'}.`;
    const advice = `On the source database: GRANT pg_read_all_data TO ${quoteName(role)}; ALTER ROLE ${quoteName(role)} BYPASSRLS;`;
    return [{ check: name, status: 'fail', fact, limit: 'can be read', advice }];
  }
  const behind = await tried(`Holding ${formatTableName(sequence)} against ${column}`, () =>
    inSnapshot(client, () => readBehind(client, sequence)),
  );
  if (behind.kind === 'refused') return [unread(behind)];
  return behind.result === null ? [] : [behindFinding(sequence, { title, column, behind: behind.result })];
}

/** How far the next value is from being beyond what the column holds; null where it is beyond. */
async function readBehind(client: Client, sequence: UsedSequence): Promise<string | null> {
  const { tableSchema, tableName, column, ascending, increment, schema, name: own } = sequence;
  const end = ascending ? 'max' : 'min';
  const ahead = ascending ? 'greatest - next' : 'next - greatest';
  const { rows } = await client.query<{ behind: string | null }>(
    /* sql */ `
      SELECT CASE WHEN ${ahead} >= 0 THEN (${ahead} + 1)::text END AS behind
        FROM (SELECT (SELECT ${end}(${quoteName(column)})::numeric FROM ${quoteName(tableSchema, tableName)}) AS greatest,
                     last_value::numeric + CASE WHEN is_called THEN ${Number(increment)} ELSE 0 END AS next
                FROM ${quoteName(schema, own)}) AS seen`,
  );
  return rows[0]?.behind ?? null;
}

function behindFinding(
  { schema, name: own, unique, ascending, tableSchema, tableName, column: bare }: UsedSequence,
  { title, column, behind }: { readonly title: string; readonly column: string; readonly behind: string },
): Finding {
  const literal = `'${quoteName(schema, own).replaceAll("'", "''")}'`;
  const setting = `SELECT setval(${literal}, (SELECT ${ascending ? 'max' : 'min'}(${quoteName(bare)}) FROM ${quoteName(tableSchema, tableName)}));`;
  return {
    check: name,
    status: unique ? 'fail' : 'warn',
    fact: `${title} is behind ${column}: its next value lies ${behind} short of a free one${unique ? ', and an INSERT will fail' : ''}.`,
    limit: 'the next value is beyond those in the column',
    advice: `Look at the source database. If it is so there too: ${setting} If not, this backup is not of one moment: take a new one.`,
  };
}

function unread({ state, words }: { readonly state: string; readonly words: string }): Finding {
  const advice = ranOutOfTime(state)
    ? 'Raise statementTimeoutMinutes, or make an index on the column.'
    : 'Read the table on the source database; if that works, this backup is damaged.';
  return {
    check: name,
    status: ranOutOfTime(state) ? 'warn' : 'fail',
    fact: words,
    limit: 'can be read',
    advice,
  };
}
