import { shorten } from '../shorten.ts';
import type { Telling } from '../telling.ts';
import { asText } from '../text.ts';
import { subjectOf, type TextMessage } from './sns.ts';

/** What a mail is read to the end of. */
const mostBytes = 32 * 1_024;

/** By a topic of its own, whose one subscriber is the address; SNS sends plain text. The subject is the title. */
export function emailMessage(telling: Telling): TextMessage {
  // A subject holds ASCII alone, and not much of it: the text repeats a title that was changed.
  const titled = subjectOf(telling.title) !== telling.title;
  const fits = (shorter: Telling) => Buffer.byteLength(asText(shorter, { titled })) <= mostBytes;
  return { subject: subjectOf(telling.title), text: asText(shorten(telling, fits), { titled }) };
}
