export interface Link {
  readonly organisation: string | null;
  readonly hash: string | null;
  readonly previous: string | null;
}

export interface Judged {
  /** As the finding words it; `are whole` where there is none, and `has no entry` where there is nothing. */
  readonly fault: string;
  /** The first one with that fault; undefined where all are whole, or where any may be named. */
  readonly organisation?: string | null;
}

/** Says what is wrong with chains by walking each one, entry by entry. */
export function judgeByWalking(links: readonly Link[]): Judged {
  if (links.length === 0) return { fault: 'has no entry' };
  const organisations = [...new Set(links.map(({ organisation }) => organisation))].sort(
    (a, b) => Number(a !== null) - Number(b !== null) || (String(a) < String(b) ? -1 : 1),
  );
  const judged = organisations.map((organisation) => ({
    organisation,
    fault: judgeOne(links.filter((link) => link.organisation === organisation)),
  }));
  const linkFault = judged.find(({ fault }) => fault !== 'are whole' && fault !== 'in a circle');
  if (linkFault) return linkFault;
  return judged.some(({ fault }) => fault === 'in a circle')
    ? { fault: 'in a circle' }
    : { fault: 'are whole' };
}

function judgeOne(links: readonly Link[]): string {
  if (links.some(({ hash }) => hash === null)) return 'an entry without a hash';
  const hashes = links.map(({ hash }) => hash);
  if (new Set(hashes).size < hashes.length) return 'several entries with the same hash';
  const roots = links.filter(({ previous }) => previous === null);
  if (roots.length === 0) return 'no first entry';
  if (roots.length > 1) return 'several first entries';
  const followed = links.flatMap(({ previous }) => (previous === null ? [] : [previous]));
  if (followed.some((previous) => !hashes.includes(previous))) return 'an entry whose predecessor is missing';
  if (new Set(followed).size < followed.length) return 'several entries with the same predecessor';
  let walked = 0;
  for (let at = roots[0]; at; at = links.find(({ previous }) => previous === at?.hash)) walked += 1;
  return walked === links.length ? 'are whole' : 'in a circle';
}
