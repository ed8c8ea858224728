import type { Client } from 'pg';
import type { DrillQuestions } from '../../../shared/config/restore-drill.ts';
import { formatTableName } from '../../../shared/config/table-name.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import { count, entriesOf } from './amount.ts';
import type { Asking, Question } from './asking.ts';
import { type Links, readLinks } from './chain-links.ts';
import { findUnreached, type Unreached } from './chain-reach.ts';
import { findWrongHash, type WrongHash } from './chain-recompute.ts';
import { type ChainTable, readChainTable } from './chain-table.ts';
import { findTable } from './relations.ts';
import { shortValue } from './short-value.ts';
import { timed } from './timed.ts';
import { ranOutOfTime, tried } from './tried.ts';

const name = 'hash chains';

/**
 * Whether the entries of each organisation form one chain of hashes: one first entry, every predecessor there, no fork,
 * none apart from it; and whether each hash is that of its entry, where the config says how it is made.
 */
export const hashChains: Question = {
  name,
  isAsked: (questions) => questions.hashChains.length > 0,
  ask: (asking) =>
    asking.connect(async (client) => {
      const findings: Finding[] = [];
      for (const asked of asking.questions.hashChains)
        findings.push(await checkChains(client, asked, asking));
      return { findings };
    }),
};

/** Of the last drill, unless this one restores an earlier moment than that; 0 where nothing is known. */
function entriesBefore({ baseline, source }: Asking, table: string): number {
  const { lastDrill, lastRestoredTo } = baseline;
  if (!lastRestoredTo || Date.parse(lastRestoredTo) > source.restoredTo.getTime()) return 0;
  return lastDrill?.find((counted) => counted.table === table)?.rows ?? 0;
}

async function checkChains(
  client: Client,
  asked: DrillQuestions['hashChains'][number],
  asking: Asking,
): Promise<Finding> {
  const { relation, finding } = await findTable(client, name, asked.table);
  if (!relation) return finding;
  const earlier = entriesBefore(asking, formatTableName(relation));
  const { result, seconds } = await timed(() =>
    tried(`Walking the hash chains of ${asked.table}`, async () =>
      judgeChains(client, await readChainTable(client, relation, asked), earlier),
    ),
  );
  return { ...(result.kind === 'refused' ? unwalked(result) : result.result), seconds };
}

async function judgeChains(client: Client, table: ChainTable, earlier: number): Promise<Finding> {
  const links = await readLinks(client, table);
  if (links.first) return brokenLink(table, links);
  if (links.entries < earlier) return shortened(table, links, earlier);
  if (links.entries === 0) return noEntries(table);
  const unreached = await findUnreached(client, table, links.entries);
  if (unreached) return circle(table, unreached);
  const wrong = table.recompute === null ? null : await findWrongHash(client, table, table.recompute);
  return wrong ? wrongHash(table, wrong) : whole(table, links);
}

function whole({ title, recompute }: ChainTable, { entries, organisations }: Links): Finding {
  const how =
    recompute === null
      ? 'Links only: what the hashes are made from was not checked.'
      : 'Every hash was computed anew, and is that of its entry.';
  const fact = `The chains of ${organisations === 1 ? '1 organisation' : `${count(organisations)} organisations`} in ${title} (${entriesOf(entries)}) are whole. ${how}`;
  const advice =
    recompute === null ? 'Set "recompute" in the config to have the contents checked as well.' : null;
  return { check: name, status: 'pass', fact, limit: 'one whole chain for each organisation', advice };
}

/** A chain whose last entries are gone is whole as far as it goes: only how many there were tells. */
function shortened({ title }: ChainTable, { entries }: Links, earlier: number): Finding {
  return broken(
    `${title} has ${entriesOf(entries)}, and had ${entriesOf(earlier)} in the last drill: chains only grow, so that entries were taken off their ends, or whole chains are gone.`,
  );
}

function noEntries({ title }: ChainTable): Finding {
  return {
    check: name,
    status: 'warn',
    fact: `${title} has no entry: there was no chain to check, and nothing is proven.`,
    limit: 'one whole chain for each organisation',
    advice: 'Count it on the source database. If it has entries there, this backup lacks them.',
  };
}

function brokenLink({ title }: ChainTable, { first, faultyOrganisations, organisations }: Links): Finding {
  const entry = first?.entry ? `, at the entry ${shortValue(first.entry)}` : '';
  const how = `${organisationOf(first?.organisation ?? null)} has ${first?.fault}${entry}`;
  return broken(
    `In ${title} ${count(faultyOrganisations)} of ${count(organisations)} chains are broken. The first: ${how}.`,
  );
}

function circle({ title }: ChainTable, { entries, organisation, entry }: Unreached): Finding {
  return broken(
    `In ${title} ${count(entries)} entries are not reached from the first entry of their chain: they follow each other in a circle. The first: ${shortValue(entry)}, of ${organisationOf(organisation)}.`,
  );
}

function wrongHash({ title }: ChainTable, { entries, organisation, entry }: WrongHash): Finding {
  return broken(
    `In ${title} ${entries === 1 ? '1 entry does' : `${count(entries)} entries do`} not have the hash that the content gives: changed afterwards. The first: ${shortValue(entry)}, of ${organisationOf(organisation)}.`,
  );
}

const organisationOf = (organisation: string | null) =>
  organisation === null
    ? 'the entries without an organisation'
    : `the organisation ${shortValue(organisation)}`;

function broken(fact: string): Finding {
  return {
    check: name,
    status: 'fail',
    fact,
    limit: 'one whole chain for each organisation',
    advice:
      'Keep this backup and the older ones as evidence. Look at the same entry on the source database and in the last export in which its chain was whole: the first copy that differs says when it was changed.',
  };
}

function unwalked({ state, words }: { readonly state: string; readonly words: string }): Finding {
  const late = ranOutOfTime(state);
  const advice = late
    ? 'Raise statementTimeoutMinutes, or give the drill a larger instance.'
    : 'Check the columns and the expression in the config by hand; on 42501 grant this role what it lacks (SELECT, EXECUTE on the function, BYPASSRLS).';
  return { check: name, status: late ? 'warn' : 'fail', fact: words, limit: 'can be walked', advice };
}
