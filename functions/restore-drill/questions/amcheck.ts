import type { Client } from 'pg';
import { type Finding, worstFirst } from '../../../shared/verify/finding.ts';
import type { Amcheck } from './amcheck-extension.ts';
import { withAmcheck } from './amcheck-extension.ts';
import { type AmcheckTarget, chooseShare, piecesOf, readLeftOut, readTargets } from './amcheck-targets.ts';
import { notBegun, type Unsound, verifyPiece } from './amcheck-verify.ts';
import { count } from './amount.ts';
import type { Asking, Question } from './asking.ts';
import { firstFew } from './few.ts';
import { overConnections } from './several-connections.ts';
import { endInTime, hasTimeToBegin } from './time-left.ts';
import { timed } from './timed.ts';

/** Whether indexes hold every row in their order, and tables and their TOAST only what can be. */
export const amcheck: Question = {
  name: 'amcheck',
  isAsked: (questions) => questions.amcheck.share > 0,
  ask: (asking) =>
    asking.connect((client) =>
      withAmcheck(client, async ({ amcheck: functions, finding }) =>
        functions ? { findings: await lookThrough(client, functions, asking) } : { findings: [finding] },
      ),
    ),
};

async function lookThrough(client: Client, functions: Amcheck, asking: Asking): Promise<Finding[]> {
  const { connect, questions } = asking;
  const { share, connections } = questions.amcheck;
  const all = await readTargets(client);
  const leftOut = await readLeftOut(client);
  const chosen = chooseShare(all, share, Math.random);
  const { rows } = await client.query<{ block_size: string }>('SHOW block_size');
  const items = piecesOf(chosen, Number(rows[0]?.block_size ?? 8_192));
  const whose = new Map(all.map((target) => [target.file, target]));
  const { result, seconds } = await timed(() =>
    overConnections(connect, { items, connections }, async (own, piece) => {
      if (!hasTimeToBegin(asking)) return notBegun(piece);
      await endInTime(own, asking);
      return verifyPiece(own, { amcheck: functions, whose }, piece);
    }),
  );
  const unsound = onePerRelation(result);
  const sound = chosen.filter(({ oid }) => !unsound.some((other) => other.oid === oid));
  const findings = worstFirst(unsound.map(({ finding }) => finding));
  return [
    ...firstFew(findings.filter(({ status }) => status === 'fail')),
    ...firstFew(findings.filter(({ status }) => status === 'warn')),
    ...(sound.length > 0 ? [soundFinding(sound, { chosen, all, leftOut, seconds })] : []),
  ];
}

/** A table in slices is one table, and its indexes may all have told of it: the worst of what was found counts. */
function onePerRelation(results: readonly (Unsound | undefined)[]): Unsound[] {
  const found = results.filter((unsound) => unsound !== undefined);
  return [...Map.groupBy(found, ({ oid }) => oid).values()].flatMap((same) => {
    const worst = same.find(({ finding }) => finding.status === 'fail') ?? same[0];
    return worst ? [worst] : [];
  });
}

interface LookedThrough {
  readonly chosen: readonly AmcheckTarget[];
  readonly all: readonly AmcheckTarget[];
  /** In words; empty for nothing. */
  readonly leftOut: string;
  readonly seconds: number;
}

function soundFinding(
  sound: readonly AmcheckTarget[],
  { chosen, all, leftOut, seconds }: LookedThrough,
): Finding {
  const indexes = sound.filter(({ kind }) => kind === 'index').length;
  const share =
    chosen.length === all.length ? 'All that amcheck knows were asked about.' : 'They were chosen at random.';
  return {
    check: 'amcheck',
    status: 'pass',
    fact: `Sound: ${count(indexes)} indexes and ${count(sound.length - indexes)} tables, ${sizeOf(sound)} of ${sizeOf(all)}. ${share}${leftOut === '' ? '' : ` Not looked through, since amcheck cannot: ${leftOut}.`}`,
    limit: 'no damage',
    advice: null,
    seconds,
  };
}

function sizeOf(targets: readonly AmcheckTarget[]): string {
  const gigabytes = targets.reduce((sum, { bytes }) => sum + bytes, 0) / 1_024 ** 3;
  return gigabytes >= 1 ? `${gigabytes.toFixed(1)} GiB` : `${Math.ceil(gigabytes * 1_024)} MiB`;
}
