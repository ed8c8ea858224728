import { publishPage } from '../../shared/alarm/publish-page.ts';
import { claimDigest, closeDigest, type DigestEntry, markTold } from './digest-entries.ts';
import { type DigestName, memberOf, stormOf } from './digest-name.ts';
import type { Fanout } from './fanout.ts';
import { digestPage } from './make-page.ts';
import { noteBegan } from './storm.ts';

/**
 * Tells what a window held back, as one page. The order to do so comes more than once: while another is at it, it is put
 * off until that one has done it or is dead, and then is done with.
 */
export async function tellDigest(fanout: Fanout, digest: DigestName): Promise<void> {
  const { table, stage, now, closeLater } = fanout;
  const claim = await claimDigest(table, digest, { now: now(), lastsMs: fanout.remainingMs() });
  if (claim.kind === 'told') return;
  if (claim.kind === 'of another') {
    return closeLater(digest, Math.max(1, Math.ceil((claim.until - now().getTime()) / 1_000)));
  }
  const entries = await closeDigest(table, digest, now());
  if (entries.length > 0) {
    const isStorm = await beginStorm(fanout, digest, entries);
    const page = digestPage({ ...digest, entries, isStorm }, stage, now());
    await publishPage(fanout.sns, fanout.pageTopicArn, page);
  }
  await markTold(table, digest, now());
}

/** Alarms that nobody was told of before are one incident from now on; false where all of them are over already. */
async function beginStorm(
  { table, now }: Fanout,
  digest: DigestName,
  entries: readonly DigestEntry[],
): Promise<boolean> {
  const lasting = entries.filter(({ kind, alert }) => kind === 'on' && !alert.momentary);
  if (lasting.length === 0) return false;
  const storm = { sink: digest.sink, incident: stormOf(digest) };
  const members = lasting.map(({ alert }) => memberOf(alert));
  return !(await noteBegan(table, storm, members, now()));
}
