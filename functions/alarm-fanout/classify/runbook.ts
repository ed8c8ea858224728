/** The page that says what to do. */

const longestLink = 500;

/** A link or a page of this project in what the alarm's maker wrote: one behind the word "runbook" before any other. */
export function runbookIn(description: string | null): string | null {
  if (description === null) return null;
  const links = [
    ...description.matchAll(
      /https?:\/\/[^\s<>"'|]{4,500}|\bdocs\/runbooks\/[a-z0-9-]{1,100}\.md(#[a-z0-9-]{1,100})?/gi,
    ),
  ];
  const named = links.find(({ index }) =>
    /runbook\W{0,5}$/i.test(description.slice(Math.max(0, index - 20), index)),
  );
  const found = (named ?? links[0])?.[0];
  return found === undefined ? null : found.replace(/[.,;:!?)\]}]{1,5}$/, '').slice(0, longestLink);
}

/** A tag's value, where it is a link or a page of this project. */
export function runbookOfTag(tag: string | undefined): string | null {
  return tag !== undefined && /^(https?:\/\/|docs\/runbooks\/)\S+$/.test(tag)
    ? tag.slice(0, longestLink)
    : null;
}

/** What to do about an instance's metrics and events. */
export const databaseRunbook = 'docs/runbooks/database-alarms.md';

/** Where its page says what to do, by how the condition of an event begins. */
const sections: readonly (readonly [begins: string, section: string])[] = [
  ['storage-', 'free-storage'],
  ['log-volume-', 'free-storage'],
  ['burst-credits-', 'disk-queue'],
  ['memory-', 'memory'],
  ['not-replicating', 'replica-lag'],
  ['proxy-', 'connections'],
  ['not-running', 'down'],
  ['failed', 'down'],
  ['failing-over', 'down'],
  ['key-inaccessible', 'down'],
  ['deleted', 'down'],
];

/** Of what RDS tells of an instance: `storage-full`, `not-running`. */
export function runbookOfCondition(condition: string): string {
  const section = sections.find(([begins]) => condition.startsWith(begins))?.[1];
  return section === undefined ? databaseRunbook : `${databaseRunbook}#${section}`;
}

/** A page of this project as an address that people can open, where the config says where its files lie. */
export function linkedRunbook(runbook: string | null, base: string | undefined): string | null {
  if (runbook === null || base === undefined || !runbook.startsWith('docs/')) return runbook;
  return `${base.replace(/\/+$/, '')}/${runbook}`;
}
