import { Listr, PRESET_TIMER } from 'listr2';

/** Where a task says how it stands; the newest saying takes the place of the last. */
export type Say = (status: string) => void;

export interface Progress {
  /** Whether sayings take each other's place; where not, each is a line that stays. */
  readonly live: boolean;
  /** Shows a piece of work from its beginning to its end, and answers its result. */
  task<T>(title: string, work: (say: Say) => Promise<T>): Promise<T>;
}

/** A live list on a terminal; plain lines on standard error anywhere else, and with `--json`. */
export function createProgress({ json }: { readonly json: boolean }): Progress {
  return process.stdout.isTTY && !json ? liveProgress : plainProgress;
}

const liveProgress: Progress = {
  live: true,
  async task<T>(title: string, work: (say: Say) => Promise<T>): Promise<T> {
    const finished: T[] = [];
    const list = new Listr(
      [
        {
          title,
          task: async (_, task) => {
            const say = (status: string) => {
              task.output = status;
            };
            finished.push(await work(say));
          },
        },
      ],
      // Whoever ends the program says why, in full and once.
      { rendererOptions: { timer: PRESET_TIMER, showErrorMessage: false } },
    );
    await list.run();
    return finished[0] as T;
  },
};

const plainProgress: Progress = {
  live: false,
  async task<T>(title: string, work: (say: Say) => Promise<T>): Promise<T> {
    const write = (line: string) => process.stderr.write(`${line}\n`);
    const from = performance.now();
    write(`${title} …`);
    let last = '';
    const result = await work((status) => {
      if (status !== last) write(`  ${status}`);
      last = status;
    });
    write(`${title}: done in ${((performance.now() - from) / 1_000).toFixed(1)} s`);
    return result;
  },
};
