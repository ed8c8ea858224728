/** Why a table is refused, or what its owner should know, and the statement or setting that mends it. */
export interface Remark {
  readonly reason: string;
  readonly remedy: string | null;
}
