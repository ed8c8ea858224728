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
