import type { ConnectOptions } from '../../shared/postgres/connect.ts';
import { runDetached } from '../../shared/postgres/detached/transaction.ts';
import { longWork } from './detached-stage.ts';

/** A process of its own that begins a long work, to be killed: says `prepared` before the last message, and may rest there. */
const [given = ''] = process.argv.slice(2);
const { options, object, statement, rests } = JSON.parse(given) as ChildWork;
const work = longWork(object, statement);

await runDetached(
  options,
  {
    ...work,
    prepare: async (client) => {
      await work.prepare(client);
      process.stdout.write('prepared\n');
      if (rests) await new Promise((resolve) => setTimeout(resolve, 600_000));
    },
  },
  Date.now() + 600_000,
);

export interface ChildWork {
  readonly options: ConnectOptions;
  readonly object: string;
  readonly statement: string;
  readonly rests: boolean;
}
