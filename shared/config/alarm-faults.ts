import type { AlarmsConfig, RouteConfig } from './alarms.ts';

/** As much of a config as can contradict itself about alarms. */
type Stages = Readonly<
  Record<
    string,
    {
      readonly account: string;
      readonly region: string;
      readonly alarms?: AlarmsConfig | undefined;
      readonly databases: Readonly<Record<string, unknown>>;
    }
  >
>;

export interface AlarmFault {
  /** Where it is, below `stages`. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What is wrong with the ways of alarms of a config that is well formed: what nothing reaches, and what is too much for AWS. */
export function alarmFaults(stages: Stages): AlarmFault[] {
  return Object.entries(stages).flatMap(([stage, { alarms, databases }]) => {
    if (alarms === undefined) return [];
    const faults = [
      ...routeFaults(alarms),
      ...databaseFaults(alarms, Object.keys(databases)),
      ...silenceFaults(alarms),
      ...sinkFaults(stage, Object.keys(alarms.sinks)),
      ...neighbourFaults(stage, stages),
    ];
    return faults.map(({ path, message }) => ({ path: [stage, 'alarms', ...path], message }));
  });
}

/** A route behind one that takes all that it would take, and ends there. */
function routeFaults({ routes }: AlarmsConfig): AlarmFault[] {
  return routes.flatMap((route, at) => {
    const first = routes.slice(0, at).findIndex((earlier) => takesAllOf(earlier, route));
    if (first < 0) return [];
    const message = `nothing reaches it: the route ${first + 1} takes all of it. Move it up, or say andOn: true there`;
    return [{ path: ['routes', at], message }];
  });
}

function takesAllOf(earlier: RouteConfig, later: RouteConfig): boolean {
  if (earlier.andOn || earlier.hours !== undefined) return false;
  return (['severities', 'databases', 'alarms'] as const).every((by) => {
    const [taken, wanted] = [earlier[by], later[by]] as readonly (readonly string[] | undefined)[];
    return taken === undefined || (wanted?.every((one) => taken.includes(one)) ?? false);
  });
}

/** A name that no database has matches nothing, without anybody’s noticing. */
function databaseFaults(alarms: AlarmsConfig, known: readonly string[]): AlarmFault[] {
  return (['routes', 'silences', 'maintenance'] as const).flatMap((list) =>
    alarms[list].flatMap(({ databases = [] }, at) => {
      const unknown = databases.filter((database) => !known.includes(database));
      if (unknown.length === 0) return [];
      const message = `no such database: ${unknown.join(', ')}; there are ${known.join(', ')}`;
      return [{ path: [list, at, 'databases'], message }];
    }),
  );
}

function silenceFaults({ silences }: AlarmsConfig): AlarmFault[] {
  return silences.flatMap(({ from, until }, at) =>
    from !== undefined && Date.parse(from) >= Date.parse(until)
      ? [
          {
            path: ['silences', at, 'until'],
            message: `is not after "from" (${from}): it would silence nothing`,
          },
        ]
      : [],
  );
}

/** Of a function; a queue's name may be longer than the suffix that it has more. */
const longestName = 64;
const buried = '-dead-letters';

function sinkFaults(stage: string, sinks: readonly string[]): AlarmFault[] {
  return sinks.flatMap((sink) => {
    const over = `nightshift-${stage}-sink-${sink}`.length - longestName;
    const path = ['sinks', sink];
    return [
      ...(over > 0
        ? [{ path, message: `its name is ${over} letters too long for its function's name` }]
        : []),
      ...(sink.endsWith(buried) && sinks.includes(sink.slice(0, -buried.length))
        ? [
            {
              path,
              message: `is what the dead letters of the sink ${sink.slice(0, -buried.length)} are called`,
            },
          ]
        : []),
    ];
  });
}

/**
 * Names of alarms begin with their stage's: one whose name is another's and more is heard by that other as well, where
 * they are neighbours.
 */
function neighbourFaults(stage: string, stages: Stages): AlarmFault[] {
  const own = stages[stage];
  const heard = Object.entries(stages).flatMap(([name, { account, region }]) =>
    name.startsWith(`${stage}-`) && account === own?.account && region === own.region ? [name] : [],
  );
  return heard.map((name) => ({
    path: [],
    message: `would hear the alarms of the stage ${name} too, for all its names begin with nightshift-${stage}-: call one of both otherwise, or let it be in another account or region`,
  }));
}
