import { cutWritten } from '../plain-text.ts';
import { shorten } from '../shorten.ts';
import type { Mood, Section, Telling } from '../telling.ts';
import { asText, inSentences } from '../text.ts';

/** What both ways into Slack have in common. */
export interface SlackMessage {
  /** For notifications, and for clients that show no blocks. */
  readonly text: string;
  /** Read letter by letter: whoever names an alarm writes no markup. */
  readonly mrkdwn: false;
  readonly blocks?: readonly SlackBlock[];
  readonly unfurl_links: false;
  readonly unfurl_media: false;
}

export type SlackBlock =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: PlainText | Markup }
  | { readonly type: 'section'; readonly fields: readonly PlainText[] }
  | { readonly type: 'image'; readonly image_url: string; readonly alt_text: string }
  | { readonly type: 'context'; readonly elements: readonly PlainText[] };

/** Slack reads no markup and no mention in it. */
interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: false;
}

/** For what markup must do: links and code. `verbatim`: what only looks like a link or a mention stays text. */
interface Markup {
  readonly type: 'mrkdwn';
  readonly text: string;
  readonly verbatim: true;
}

const limits = { header: 150, text: 3_000, fields: 10, blocks: 50 };
/** Slack takes 2,000; so long are the longest names, and ten of them leave room for the rest. */
const mostField = 500;
/** Slack refuses messages whose blocks hold too much text together; where exactly it does not say. */
const mostTogether = 12_000;
/** A telephone shows no more of a message than this. */
const mostNotified = 300;

/** The message as blocks, within Slack's limits: what an incoming webhook takes, whose channel is its own. */
export function slackMessage(telling: Telling): SlackMessage {
  const fitting = shorten(telling, (shorter) => fits(blocksOf(shorter)));
  const { title, paragraphs } = fitting;
  return { ...slackText(inSentences([title, ...paragraphs]), mostNotified), blocks: blocksOf(fitting) };
}

/** The message without blocks, for when Slack minds them: it fetches pictures, and refuses what it cannot fetch. */
export function plainSlackMessage(telling: Telling): SlackMessage {
  const withoutPicture = { ...telling, pictureUrl: null };
  const fits = (shorter: Telling) => escaped(asText(shorter, { titled: true })).length <= mostTogether;
  return slackText(asText(shorten(withoutPicture, fits), { titled: true }));
}

function slackText(text: string, most = mostTogether): SlackMessage {
  return {
    text: cutWritten(text, most, escaped),
    mrkdwn: false,
    unfurl_links: false,
    unfurl_media: false,
  };
}

function fits(blocks: readonly SlackBlock[]): boolean {
  return blocks.length <= limits.blocks && JSON.stringify(blocks).length <= mostTogether;
}

function blocksOf({
  mood,
  title,
  paragraphs,
  facts,
  sections,
  links,
  pictureUrl,
  footer,
}: Telling): SlackBlock[] {
  const fields = facts
    .slice(0, limits.fields)
    .map(({ label, value }) => plain(`${label}: ${value}`, mostField));
  return [
    { type: 'header', text: plain(`${symbols[mood]} ${title}`, limits.header) },
    ...(paragraphs.length > 0
      ? [{ type: 'section', text: plain(paragraphs.join('\n'), limits.text) } as const]
      : []),
    ...(fields.length > 0 ? [{ type: 'section', fields } as const] : []),
    ...linkBlocks(links),
    ...(pictureUrl === null
      ? []
      : [{ type: 'image', image_url: pictureUrl, alt_text: 'The metric of the last hours' } as const]),
    ...sections.map(sectionBlock),
    { type: 'context', elements: [plain(footer, mostField)] },
  ];
}

const symbols: Readonly<Record<Mood, string>> = { critical: '🔴', warning: '🟠', info: '🔵', over: '🟢' };

function linkBlocks(links: Telling['links']): SlackBlock[] {
  const written = links.map(({ text, url }) => `<${escaped(url)}|${escaped(text)}>`);
  return written
    .filter((text) => text.length <= limits.text)
    .map((text) => ({ type: 'section', text: { type: 'mrkdwn', text, verbatim: true } }));
}

function sectionBlock({ heading, lines, code }: Section): SlackBlock {
  const text = lines.join('\n');
  if (!code) return { type: 'section', text: plain(`${heading}\n${text}`, limits.text) };
  const fence = '```';
  const before = `${escaped(heading.replace(/[*_~`]/g, ' '))}\n${fence}\n`;
  const room = limits.text - before.length - fence.length - 1;
  const inside = cutWritten(text.replace(/`{3,}/g, "'''"), room, escaped);
  return {
    type: 'section',
    text: { type: 'mrkdwn', text: `${before}${inside}\n${fence}`, verbatim: true },
  };
}

function plain(text: string, most: number): PlainText {
  return { type: 'plain_text', text: cutWritten(text === '' ? '-' : text, most, escaped), emoji: false };
}

/** The three characters that Slack's markup begins with. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
