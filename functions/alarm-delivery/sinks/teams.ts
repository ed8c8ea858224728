import { cut } from '../plain-text.ts';
import { shorten } from '../shorten.ts';
import type { Mood, Section, Telling } from '../telling.ts';

/** What a workflow's webhook posts into a channel: one Adaptive Card. */
export interface TeamsMessage {
  readonly type: 'message';
  readonly attachments: readonly [
    {
      readonly contentType: 'application/vnd.microsoft.card.adaptive';
      readonly contentUrl: null;
      readonly content: AdaptiveCard;
    },
  ];
}

interface AdaptiveCard {
  readonly $schema: 'http://adaptivecards.io/schemas/adaptive-card.json';
  readonly type: 'AdaptiveCard';
  readonly version: '1.4';
  readonly msteams: { readonly width: 'Full' };
  readonly body: readonly CardElement[];
  readonly actions?: readonly OpenUrl[];
}

type CardElement = RichTextBlock | CardImage;

/** Markup has no meaning in its runs, as it has in a TextBlock or in a FactSet. */
interface RichTextBlock {
  readonly type: 'RichTextBlock';
  readonly spacing?: 'None' | 'Small' | 'Medium';
  readonly inlines: readonly TextRun[];
}

interface TextRun {
  readonly type: 'TextRun';
  readonly text: string;
  readonly weight?: 'Bolder';
  readonly size?: 'Large' | 'Small';
  readonly color?: 'Attention' | 'Warning' | 'Accent' | 'Good';
  readonly fontType?: 'Monospace';
  readonly isSubtle?: true;
}

interface CardImage {
  readonly type: 'Image';
  readonly url: string;
  readonly altText: string;
}

interface OpenUrl {
  readonly type: 'Action.OpenUrl';
  readonly title: string;
  readonly url: string;
}

/** Teams takes 28 KB, and says nothing when it drops a card that is larger: some room is left for its own part. */
const mostBytes = 26 * 1_024;

/** The card, within the size that Teams takes. */
export function teamsMessage(telling: Telling): TeamsMessage {
  return messageOf(
    shorten(telling, (shorter) => Buffer.byteLength(JSON.stringify(messageOf(shorter))) <= mostBytes),
  );
}

/** The card without its picture, for when Teams minds it. */
export function plainTeamsMessage(telling: Telling): TeamsMessage {
  return teamsMessage({ ...telling, pictureUrl: null });
}

function messageOf(telling: Telling): TeamsMessage {
  const contentType = 'application/vnd.microsoft.card.adaptive';
  return { type: 'message', attachments: [{ contentType, contentUrl: null, content: cardOf(telling) }] };
}

function cardOf({
  mood,
  title,
  paragraphs,
  facts,
  sections,
  links,
  pictureUrl,
  footer,
}: Telling): AdaptiveCard {
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    msteams: { width: 'Full' },
    body: [
      line([{ text: title, weight: 'Bolder', size: 'Large', color: colors[mood] }]),
      ...paragraphs.map((text) => line([{ text }], 'Small')),
      ...facts.map(({ label, value }) =>
        line([{ text: `${label}: `, weight: 'Bolder' }, { text: value }], 'None'),
      ),
      ...(pictureUrl === null
        ? []
        : [{ type: 'Image', url: pictureUrl, altText: 'The metric of the last hours' } as const]),
      ...sections.flatMap(sectionLines),
      line([{ text: footer, size: 'Small', isSubtle: true }], 'Medium'),
    ],
    ...(links.length > 0
      ? { actions: links.map(({ text, url }) => ({ type: 'Action.OpenUrl', title: text, url })) }
      : {}),
  };
}

const colors: Readonly<Record<Mood, NonNullable<TextRun['color']>>> = {
  critical: 'Attention',
  warning: 'Warning',
  info: 'Accent',
  over: 'Good',
};

function sectionLines({ heading, lines, code }: Section): RichTextBlock[] {
  return [
    line([{ text: heading, weight: 'Bolder' }], 'Medium'),
    ...lines.map((text) => line([code ? { text, fontType: 'Monospace' } : { text }], 'None')),
  ];
}

/** The card knows no other line break that every client honours. */
function line(runs: readonly Omit<TextRun, 'type'>[], spacing?: RichTextBlock['spacing']): RichTextBlock {
  return {
    type: 'RichTextBlock',
    ...(spacing ? { spacing } : {}),
    inlines: runs.map((run) => ({ type: 'TextRun', ...run, text: cut(run.text, 2_000) || '-' })),
  };
}
