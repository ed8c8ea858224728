/** What a sink's answer comes to. Reasons are for people, and hold no secret. */
export type Verdict =
  | { readonly kind: 'delivered'; readonly answer: AnswerFacts }
  /** The queue gives it again; `waitSeconds`: how long the sink asked to be left alone, null where it did not say. */
  | { readonly kind: 'later'; readonly reason: string; readonly waitSeconds: number | null }
  | { readonly kind: 'refused'; readonly reason: string; readonly minds: Minds };

export type Later = Extract<Verdict, { readonly kind: 'later' }>;
export type Refused = Extract<Verdict, { readonly kind: 'refused' }>;

/** What a refusal is about: the message's form, the message that it answers, who sends it, or none of these. */
export type Minds = 'form' | 'thread' | 'sender' | 'other';

/** What is kept of an answer. */
export interface AnswerFacts {
  /** Of HTTP; null where the sink is no HTTP server, or nothing was to be sent. */
  readonly status: number | null;
  /** In the sink's own words, or ours for why nothing was to be sent; null where it said nothing of interest. */
  readonly words: string | null;
  /** What the sink knows the message by; only Slack's bot is told. */
  readonly ts: string | null;
}

export function delivered(facts: Partial<AnswerFacts> = {}): Verdict {
  return { kind: 'delivered', answer: { status: null, words: null, ts: null, ...facts } };
}

export function later(reason: string, waitSeconds: number | null = null): Later {
  return { kind: 'later', reason, waitSeconds };
}

export function refused(reason: string, minds: Minds = 'other'): Refused {
  return { kind: 'refused', reason, minds };
}
