import type { Client } from 'pg';
import type { DrillQuestions } from '../../../shared/config/restore-drill.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import { count, entriesOf } from './amount.ts';
import type { Question } from './asking.ts';
import { type Links, readLinks } from './chain-links.ts';
import { findUnreached, type Unreached } from './chain-reach.ts';
import { findWrongHash, type WrongHash } from './chain-recompute.ts';
import { type ChainTable, readChainTable } from './chain-table.ts';
import { findTable } from './relations.ts';
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
  ask: ({ connect, questions }) =>
    connect(async (client) => {
      const findings: Finding[] = [];
      for (const asked of questions.hashChains) findings.push(await checkChains(client, asked));
      return { findings };
    }),
};

async function checkChains(client: Client, asked: DrillQuestions['hashChains'][number]): Promise<Finding> {
  const { relation, finding } = await findTable(client, name, asked.table);
  if (!relation) return finding;
  const { result, seconds } = await timed(() =>
    tried(`Walking the hash chains of ${asked.table}`, async () =>
      judgeChains(client, await readChainTable(client, relation, asked)),
    ),
  );
  return { ...(result.kind === 'refused' ? unwalked(result) : result.result), seconds };
}

async function judgeChains(client: Client, table: ChainTable): Promise<Finding> {
  const links = await readLinks(client, table);
  if (links.first) return brokenLink(table, links);
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

function brokenLink({ title }: ChainTable, { first, faultyOrganisations, organisations }: Links): Finding {
  const entry = first?.entry ? `, at the entry ${first.entry}` : '';
  const how = `${organisationOf(first?.organisation ?? null)} has ${first?.fault}${entry}`;
  return broken(
    `In ${title} ${count(faultyOrganisations)} of ${count(organisations)} chains are broken. The first: ${how}.`,
  );
}

function circle({ title }: ChainTable, { entries, organisation, entry }: Unreached): Finding {
  return broken(
    `In ${title} ${count(entries)} entries are not reached from the first entry of their chain: they follow each other in a circle. The first: ${entry}, of ${organisationOf(organisation)}.`,
  );
}

function wrongHash({ title }: ChainTable, { entries, organisation, entry }: WrongHash): Finding {
  return broken(
    `In ${title} ${entries === 1 ? '1 entry does' : `${count(entries)} entries do`} not have the hash that the content gives: changed afterwards. The first: ${entry}, of ${organisationOf(organisation)}.`,
  );
}

const organisationOf = (organisation: string | null) =>
  organisation === null ? 'the entries without an organisation' : `the organisation ${organisation}`;

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
