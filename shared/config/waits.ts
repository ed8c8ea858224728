/** The parts of snapshot-export's settings that say how it waits. */
interface Waiting {
  readonly polling: {
    readonly snapshotSeconds: number;
    readonly exportSeconds: number;
    readonly copySeconds: number;
    readonly placeSeconds: number;
  };
  readonly patience: {
    readonly instanceMinutes: number;
    readonly snapshotHours: number;
    readonly placeHours: number;
    readonly exportHours: number;
    readonly copyHours: number;
  };
  readonly copyTo?: unknown;
}

interface Wait {
  readonly forHours: number;
  readonly everySeconds: number;
}

/** Every wait of one run of snapshot-export, at its longest, one after the other. */
function waitsOf({ polling, patience, copyTo }: Waiting): Wait[] {
  const { instanceMinutes, snapshotHours, placeHours, exportHours, copyHours } = patience;
  const instance = { forHours: instanceMinutes / 60, everySeconds: polling.snapshotSeconds };
  const place = { forHours: placeHours, everySeconds: polling.placeSeconds };
  const copying = copyTo ? [place, { forHours: copyHours, everySeconds: polling.copySeconds }] : [];
  return [
    // Before the snapshot, and again where the instance turned busy when it was asked for one.
    instance,
    instance,
    { forHours: snapshotHours, everySeconds: polling.snapshotSeconds },
    place,
    { forHours: exportHours, everySeconds: polling.exportSeconds },
    ...copying,
  ];
}

/** The longest that one run may wait in all, in hours. */
export function longestWaitHours(waiting: Waiting): number {
  return waitsOf(waiting).reduce((sum, { forHours }) => sum + forHours, 0);
}

/**
 * Lambda ends a durable execution at 3,000 operations, and each look is one. The rest is for the work itself: above
 * all the footers of the Parquet files, some 400 operations for 100,000 files, and pruning.
 */
export const mostLooks = 2_000;

/** How often one run may have to look, where every wait is as long as it may be. */
export function mostLooksOf(waiting: Waiting): number {
  return waitsOf(waiting).reduce(
    (sum, { forHours, everySeconds }) => sum + Math.ceil((forHours * 3_600) / everySeconds),
    0,
  );
}
