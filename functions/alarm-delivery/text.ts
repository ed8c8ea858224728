import type { Telling } from './telling.ts';

/** The whole as plain text, for whatever shows no more than that; the title stands in the subject, if there is one. */
export function asText(telling: Telling, { titled }: { readonly titled: boolean }): string {
  const { title, paragraphs, facts, sections, links, pictureUrl, footer } = telling;
  const parts = [
    titled ? title : '',
    paragraphs.join('\n'),
    facts.map(({ label, value }) => `${label}: ${value}`).join('\n'),
    ...sections.map(({ heading, lines }) => [heading, ...lines.map((line) => `  ${line}`)].join('\n')),
    links.map(({ text, url }) => `${text}: ${url}`).join('\n'),
    pictureUrl === null ? '' : `Picture of the metric: ${pictureUrl}`,
    footer,
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

/** One after the other, with a full stop where there is none. */
export function inSentences(parts: readonly string[]): string {
  return parts.reduce((said, part) => `${said}${/[.!?…]$/.test(said) ? ' ' : '. '}${part}`);
}
