import type { S3Client } from '@aws-sdk/client-s3';
import type { Exporter } from '../export/exporter.ts';
import { AwsFault } from '../gateway/service.ts';
import type { CertificateFiles } from '../postgres/certificate.ts';
import type { PostgresHost } from '../postgres/host.ts';
import type { Background } from './background.ts';
import type { EmitRdsEvent, RdsEvent } from './events.ts';
import type { FaultDesk } from './faults.ts';
import type { RegionState } from './state.ts';
import type { Form } from './wire/form.ts';
import type { XmlObject } from './wire/xml.ts';

/** How long each state is shown at least, in milliseconds. */
export interface RdsDelays {
  readonly snapshotCreating: number;
  readonly exportStarting: number;
  readonly exportRunning: number;
  readonly copying: number;
  readonly restoring: number;
  readonly deleting: number;
  /** Between two archivings of WAL: how far LatestRestorableTime lags behind; about 5 minutes on RDS. */
  readonly archiving: number;
}

/** A person sees each state go by, and a night does not take long. */
export const DEFAULT_DELAYS: RdsDelays = {
  snapshotCreating: 1_000,
  exportStarting: 1_000,
  exportRunning: 1_000,
  copying: 1_000,
  restoring: 1_000,
  deleting: 500,
  archiving: 5_000,
};

/** The service's own limits; all can be raised there, and lowered here for tests. */
export interface RdsQuotas {
  /** In each region. */
  readonly manualSnapshots: number;
  /** In each region. */
  readonly instances: number;
  /** Of the account. */
  readonly runningExports: number;
  /** Into each region from others. */
  readonly runningCopies: number;
}

export const DEFAULT_QUOTAS: RdsQuotas = {
  manualSnapshots: 100,
  instances: 40,
  runningExports: 5,
  runningCopies: 20,
};

/** What every action works on. */
export interface RdsContext {
  readonly host: PostgresHost;
  readonly certificate: CertificateFiles & { readonly certificatePem: string };
  readonly delays: RdsDelays;
  readonly quotas: RdsQuotas;
  readonly faults: FaultDesk;
  readonly background: Background;
  readonly regions: ReadonlyMap<string, RegionState>;
  readonly exporter: Exporter;
  readonly s3: (region: string) => S3Client;
  readonly emit: EmitRdsEvent;
  /** All that has been emitted, oldest first. */
  readonly told: readonly RdsEvent[];
}

export interface RdsCall {
  readonly region: string;
  readonly form: Form;
}

export type Action = (rds: RdsContext, call: RdsCall) => Promise<XmlObject> | XmlObject;

/** Throws for a region that the stack does not run, as a client sees a wrong endpoint. */
export function stateOf(rds: RdsContext, region: string): RegionState {
  const state = rds.regions.get(region);
  if (!state) {
    const known = [...rds.regions.keys()].join(', ');
    throw new AwsFault('InvalidParameterValue', `The local RDS has the regions ${known}, not ${region}.`);
  }
  return state;
}
