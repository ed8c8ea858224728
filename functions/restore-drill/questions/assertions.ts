import type { Client } from 'pg';
import type { DrillQuestions } from '../../../shared/config/restore-drill.ts';
import type { Finding } from '../../../shared/verify/finding.ts';
import type { Question } from './asking.ts';
import { type OneValue, readOneValue } from './one-value.ts';
import { tried } from './tried.ts';

const name = 'assertions';

type Assertion = DrillQuestions['assertions'][number];

/** The user's own SQL, and what it must answer. */
export const assertions: Question = {
  name,
  isAsked: (questions) => questions.assertions.length > 0,
  ask: ({ connect, questions }) =>
    connect(async (client) => {
      const findings: Finding[] = [];
      for (const assertion of questions.assertions) findings.push(await check(client, assertion));
      return { findings };
    }),
};

async function check(client: Client, assertion: Assertion): Promise<Finding> {
  const answer = await tried(`The assertion "${assertion.name}"`, () =>
    readOneValue(client, assertion.query),
  );
  if (answer.kind === 'done') return judge(assertion, answer.result);
  return failed(
    answer.words,
    'An assertion is one SELECT in a read-only transaction. Run it by hand on the source database as this role, and correct it or grant what it needs.',
  );
}

function judge({ name: asked, equals }: Assertion, answer: OneValue): Finding {
  if (answer.kind === 'none') {
    return failed(
      `The assertion "${asked}" answered ${answer.why}.`,
      'Write it so that it answers exactly one row of one column, such as a count.',
    );
  }
  const found = answer.mayBeShown || answer.text === null ? `: ${answer.text ?? 'NULL'}` : '';
  if (answer.text === equals) {
    const fact = `The assertion "${asked}" holds${found}.`;
    return { check: name, status: 'pass', fact, limit: expectation(answer, equals), advice: null };
  }
  return failed(
    `The assertion "${asked}" does not hold: it answers another value than the config says${found}.`,
    'Run it on the source database. If it holds there, this backup lacks what it asks for: restore an older one and compare.',
    expectation(answer, equals),
  );
}

/** What a row holds is not shown; neither is a value that would have to be equal to it. */
function expectation(answer: OneValue, equals: string | null): string {
  if (equals === null) return 'NULL';
  return answer.kind === 'value' && answer.mayBeShown ? equals : 'the value in the config';
}

function failed(fact: string, advice: string, limit = 'one value, equal to that in the config'): Finding {
  return { check: name, status: 'fail', fact, limit, advice };
}
