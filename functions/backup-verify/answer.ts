/** What could not be asked, in the words of a finding. */
export interface Unanswered {
  /** `The snapshots of menotime-prod in us-west-1` */
  readonly what: string;
  /** What came back instead. */
  readonly cameBack: string;
  readonly advice: string;
}

/** One question to AWS: its answer, or that there was none. A failing one must neither stop the others nor pass. */
export type Answer<T> = { readonly value: T } | { readonly unanswered: Unanswered };

export function isAnswered<T>(answer: Answer<T>): answer is { readonly value: T } {
  return 'value' in answer;
}

/** The value, or undefined where there was no answer; `judgeAnswers` tells of those. */
export function valueIn<T>(answer: Answer<T>): T | undefined {
  return isAnswered(answer) ? answer.value : undefined;
}
