import type { Context } from 'aws-lambda';
import type { Invocation, InvocationAnswer, InvokedFunction } from './invoked-function.ts';
import { runPlain } from './run-plain.ts';

/** The process that an invoked function lives in: told which one by its first message, and an event by each other. */
process.once('message', async ({ handler: file, functionName, timeoutMilliseconds }: InvokedFunction) => {
  const { handler } = (await import(file)) as {
    handler: (event: unknown, context: Context) => Promise<unknown>;
  };
  const time = timeoutMilliseconds === undefined ? {} : { timeoutMilliseconds };
  const answer = async ({ id, event }: Invocation): Promise<InvocationAnswer> => {
    try {
      return { id, kind: 'result', result: await runPlain({ handler, event, functionName, ...time }) };
    } catch (error) {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      return { id, kind: 'error', name, message };
    }
  };
  process.on('message', async (invocation: Invocation) => {
    const answered = await answer(invocation);
    // Whoever asked may be gone by now.
    if (process.connected) process.send?.(answered);
  });
  process.send?.('ready');
});

/** Ctrl-C reaches every process of a terminal: this one ends when whoever started it does. */
process.on('SIGINT', () => undefined);

/** Whoever started it is gone, or wants it no more. */
process.once('disconnect', () => process.exit(0));
