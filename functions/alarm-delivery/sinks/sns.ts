import { shorten } from '../shorten.ts';
import type { Telling } from '../telling.ts';
import { asText } from '../text.ts';

/** A subject of one line, and a text: what SNS, e-mail and the alert topic take. */
export interface TextMessage {
  readonly subject: string;
  readonly text: string;
}

/** SNS takes 256 KiB with all attributes; more than this nobody reads in a message. */
const mostBytes = 32 * 1_024;
const mostSubject = 99;

export function snsMessage(telling: Telling): TextMessage {
  const fits = (shorter: Telling) => Buffer.byteLength(asText(shorter, { titled: true })) <= mostBytes;
  return { subject: subjectOf(telling.title), text: asText(shorten(telling, fits), { titled: true }) };
}

/** SNS takes subjects of fewer than 100 characters that begin with a letter, digit or punctuation mark: ASCII only. */
export function subjectOf(title: string): string {
  const ascii = title
    .replace(strokes, (letter) => plainLetters[letter] ?? ' ')
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replace(/ {2,}/g, ' ')
    .trim();
  if (ascii.length <= mostSubject) return ascii || 'Nightshift';
  return `${ascii.slice(0, mostSubject - 8).trimEnd()} ... cut`;
}

/** Letters of Latin scripts that Unicode does not take apart into one of ASCII and a mark. */
const plainLetters: Readonly<Record<string, string>> = {
  ł: 'l',
  Ł: 'L',
  ø: 'o',
  Ø: 'O',
  đ: 'd',
  Đ: 'D',
  ß: 'ss',
  æ: 'ae',
  Æ: 'AE',
  œ: 'oe',
  Œ: 'OE',
  ı: 'i',
};
const strokes = new RegExp(`[${Object.keys(plainLetters).join('')}]`, 'g');
