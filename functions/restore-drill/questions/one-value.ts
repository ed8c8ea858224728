import type { Client, CustomTypesConfig } from 'pg';
import { inSnapshot } from '../../../shared/postgres/snapshot-transaction.ts';

/** What a query of the config's answered; anything but one row of one column is `none`. */
export type OneValue =
  | {
      readonly kind: 'value';
      /** As `::text` gives it. */
      readonly text: string | null;
      /** A number or a boolean may be shown in a finding; anything else may quote a row. */
      readonly mayBeShown: boolean;
    }
  | { readonly kind: 'none'; readonly why: string };

const BOOLEAN = 16;
/** bool, int8, int2, int4, oid, float4, float8, numeric. */
const SHOWN = new Set([BOOLEAN, 20, 21, 23, 26, 700, 701, 1700]);

/** Values as Postgres writes them. */
const asText = { getTypeParser: () => (value: string) => value } as unknown as CustomTypesConfig;

/**
 * Runs a query that must answer one value, in a read-only transaction. A cursor takes nothing but one SELECT, and no
 * more of its rows than two are fetched. Throws what Postgres answers.
 */
export async function readOneValue(client: Client, query: string): Promise<OneValue> {
  return inSnapshot(client, async () => {
    // Of the extended protocol, because the simple one would take a second statement after a semicolon.
    const declare = {
      text: `DECLARE nightshift_asks NO SCROLL CURSOR FOR\n${query}`,
      queryMode: 'extended',
    };
    await client.query(declare);
    const fetched = await client.query<(string | null)[]>({
      text: 'FETCH 2 FROM nightshift_asks',
      rowMode: 'array',
      types: asText,
    });
    return oneValueOf(
      fetched.rows,
      fetched.fields.map(({ dataTypeID }) => dataTypeID),
    );
  });
}

function oneValueOf(rows: readonly (readonly (string | null)[])[], types: readonly number[]): OneValue {
  const [type] = types;
  if (type === undefined || types.length > 1) return { kind: 'none', why: `${types.length} columns` };
  const [row] = rows;
  if (!row || rows.length > 1) return { kind: 'none', why: row ? 'several rows' : 'no row' };
  const text = row[0] ?? null;
  return {
    kind: 'value',
    text: type === BOOLEAN && text !== null ? String(text === 't') : text,
    mayBeShown: SHOWN.has(type),
  };
}
