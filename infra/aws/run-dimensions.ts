/** The dimensions of a run's metrics, as `publishMetrics` writes them. */
export function runDimensions(stage: string, run: { readonly job: string; readonly database: string }) {
  return { service: run.job, Stage: stage, Database: run.database };
}
