import type { Link } from './links.ts';

/** What a page says, in words, before any sink gives it a form. Every text is clean: see plain-text.ts. */
export interface Telling {
  readonly mood: Mood;
  /** One line of at most 300 characters. */
  readonly title: string;
  /** Sentences of one line each. */
  readonly paragraphs: readonly string[];
  /** At most ten. */
  readonly facts: readonly Fact[];
  /** The most useful first. */
  readonly sections: readonly Section[];
  readonly links: readonly Link[];
  readonly pictureUrl: string | null;
  /** From where and when: one line. */
  readonly footer: string;
}

export const moods = ['critical', 'warning', 'info', 'over'] as const;
export type Mood = (typeof moods)[number];

export interface Fact {
  readonly label: string;
  readonly value: string;
}

export interface Section {
  readonly heading: string;
  readonly lines: readonly string[];
  /** To be shown letter by letter, and copied. */
  readonly code: boolean;
}
