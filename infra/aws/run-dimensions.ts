/** The dimensions of a run's metrics, as `publishMetrics` writes them; a job of the whole stage has no database. */
export function runDimensions(stage: string, run: { readonly job: string; readonly database?: string }) {
  const { job, database } = run;
  return { service: job, Stage: stage, ...(database === undefined ? {} : { Database: database }) };
}
