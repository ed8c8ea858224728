/** What the command line and the process that runs a job tell each other. */
export interface JobOrder {
  readonly job: string;
  readonly functionName: string;
  readonly event: unknown;
}

export type JobAnswer =
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly name: string; readonly message: string };
