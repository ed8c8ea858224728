import { amcheck } from './amcheck.ts';
import type { Question } from './asking.ts';
import { assertions } from './assertions.ts';
import { compareWithExport } from './compare-with-export.ts';
import { constraints } from './constraints.ts';
import { freshness } from './freshness.ts';
import { hashChains } from './hash-chains.ts';
import { opens } from './opens.ts';
import { rowCounts } from './row-counts.ts';
import { sequences } from './sequences.ts';

export type { Answer, Asking, Question, TableCount } from './asking.ts';

/** Every question that a restored database can be asked, the quick and telling ones first. */
export const allQuestions: readonly Question[] = [
  opens,
  freshness,
  sequences,
  hashChains,
  assertions,
  rowCounts,
  constraints,
  compareWithExport,
  amcheck,
];
