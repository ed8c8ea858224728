import type { Client } from 'pg';
import type { Finding } from '../../../shared/verify/finding.ts';
import type { Amcheck } from './amcheck-extension.ts';
import { withAmcheck } from './amcheck-extension.ts';
import { type AmcheckTarget, chooseShare, piecesOf, readTargets } from './amcheck-targets.ts';
import { type Unsound, verifyPiece } from './amcheck-verify.ts';
import type { Asking, Question } from './asking.ts';
import { firstFew } from './few.ts';
import { overConnections } from './several-connections.ts';
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

async function lookThrough(
  client: Client,
  functions: Amcheck,
  { connect, questions }: Asking,
): Promise<Finding[]> {
  const { share, connections } = questions.amcheck;
  const all = await readTargets(client);
  const chosen = chooseShare(all, share, Math.random);
  const { rows } = await client.query<{ block_size: string }>('SHOW block_size');
  const items = piecesOf(chosen, Number(rows[0]?.block_size ?? 8_192));
  const whose = new Map(all.map((target) => [target.file, target]));
  const { result, seconds } = await timed(() =>
    overConnections(connect, { items, connections }, (own, piece) =>
      verifyPiece(own, { amcheck: functions, whose }, piece),
    ),
  );
  const findings = onePerRelation(result);
  const unsound = findings.filter(({ status }) => status === 'fail');
  return [
    ...firstFew(unsound),
    ...firstFew(findings.filter(({ status }) => status === 'warn')),
    ...(unsound.length > 0 ? [] : [soundFinding(chosen, all, findings.length, seconds)]),
  ];
}

/** A table in slices is one table, and its indexes may all have told of it. */
function onePerRelation(results: readonly (Unsound | undefined)[]): Finding[] {
  const found = results.filter((unsound) => unsound !== undefined);
  return [...Map.groupBy(found, ({ oid }) => oid).values()].flatMap(([first]) =>
    first ? [first.finding] : [],
  );
}

function soundFinding(
  chosen: readonly AmcheckTarget[],
  all: readonly AmcheckTarget[],
  unchecked: number,
  seconds: number,
): Finding {
  const indexes = chosen.filter(({ kind }) => kind === 'index').length;
  const sum = (targets: readonly AmcheckTarget[]) =>
    targets.reduce((bytes, target) => bytes + target.bytes, 0);
  const share = chosen.length === all.length ? 'All of' : 'Chosen at random, of';
  const left = unchecked > 0 ? `, apart from ${unchecked} that were not looked through to the end` : '';
  return {
    check: 'amcheck',
    status: 'pass',
    fact: `${share} ${sizeOf(sum(all))}: ${indexes} indexes and ${chosen.length - indexes} tables (${sizeOf(sum(chosen))}) are sound${left}.`,
    limit: 'no damage',
    advice: null,
    seconds,
  };
}

function sizeOf(bytes: number): string {
  const gigabytes = bytes / 1_024 ** 3;
  return gigabytes >= 1 ? `${gigabytes.toFixed(1)} GiB` : `${Math.ceil(bytes / 1_024 ** 2)} MiB`;
}
