import type { Finding } from '../../shared/verify/finding.ts';
import { isAnswered } from './answer.ts';
import type { Expected } from './expected.ts';
import type { Facts, SharingFact } from './facts.ts';
import { fail, few, pass, warn } from './say.ts';

const check = 'sharing';

/** Whoever may restore a snapshot has every row of it: nobody outside the known accounts may. */
export function checkSharing(facts: Facts, expected: Expected): Finding[] {
  return facts.sharing.filter(isAnswered).flatMap(({ value }) => judge(value, expected));
}

/** Snapshots that somebody may restore who should not. */
export function sharedWithStrangers(facts: Facts, expected: Expected): string[] {
  return facts.sharing
    .filter(isAnswered)
    .flatMap(({ value }) => [
      ...value.publicOnes,
      ...strangersOf(value, expected).map(({ snapshot }) => snapshot),
    ]);
}

function strangersOf({ shared }: SharingFact, { account, settings }: Expected) {
  const known = new Set([account, ...settings.knownAccounts]);
  return shared
    .map(({ snapshot, accounts }) => ({ snapshot, accounts: accounts.filter((one) => !known.has(one)) }))
    .filter(({ accounts }) => accounts.length > 0);
}

function judge(fact: SharingFact, expected: Expected): Finding[] {
  const strangers = strangersOf(fact, expected);
  const found = [...tellPublic(fact), ...tellStrangers(fact.region, strangers)];
  return found.length > 0 ? found : [tellPrivate(fact)];
}

function tellPublic({ region, publicOnes }: SharingFact): Finding[] {
  const [first] = publicOnes;
  if (first === undefined) return [];
  return [
    fail(check, `ANYBODY WITH AN AWS ACCOUNT CAN RESTORE ${few(publicOnes)} in ${region}: public.`, {
      limit: 'private',
      advice: `Take it back at once, for each: \`aws rds modify-db-snapshot-attribute --region ${region} --db-snapshot-identifier ${first} --attribute-name restore --values-to-remove all\`, and see in CloudTrail who called ModifyDBSnapshotAttribute.`,
    }),
  ];
}

function tellStrangers(
  region: string,
  strangers: readonly { readonly snapshot: string; readonly accounts: readonly string[] }[],
): Finding[] {
  const [first] = strangers;
  if (!first) return [];
  const named = strangers.map(({ snapshot, accounts }) => `${snapshot} with ${accounts.join(' and ')}`);
  return [
    fail(
      check,
      `Snapshots in ${region} are shared with accounts that the config does not know: ${few(named)}.`,
      {
        limit: 'accounts in "knownAccounts" alone',
        advice: `Name the account in "knownAccounts", or take it back: \`aws rds modify-db-snapshot-attribute --region ${region} --db-snapshot-identifier ${first.snapshot} --attribute-name restore --values-to-remove ${first.accounts.join(' ')}\``,
      },
    ),
  ];
}

/** A longer round than this leaves a snapshot unseen for too long. */
const longestRoundDays = 7;

function tellPrivate({ region, snapshots, asked }: SharingFact): Finding {
  const limit = 'accounts in "knownAccounts" alone';
  const open = `No snapshot of the instance in ${region} is public`;
  if (asked >= snapshots) {
    return pass(check, `${open}, and none of its ${snapshots} manual ones is shared with a stranger.`, {
      limit,
    });
  }
  const days = Math.ceil(snapshots / Math.max(1, asked));
  const fact = `${open}. Of its ${snapshots} manual ones, ${asked} were asked today and are shared with no stranger; the others are asked in their turn, all within ${days} days.`;
  if (days <= longestRoundDays) return pass(check, fact, { limit });
  return warn(check, fact, {
    limit,
    advice: 'Delete manual snapshots that are no longer needed: `nightshift backup list` shows them.',
  });
}
