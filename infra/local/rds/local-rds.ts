import { randomUUID } from 'node:crypto';
import path from 'node:path';
import { AwsFault, type AwsReply, type LocalService } from '../gateway/service.ts';
import { type Certificate, writeCertificate } from '../postgres/certificate.ts';
import { createPostgresHost } from '../postgres/host.ts';
import type { Watchdog } from '../postgres/watchdog.ts';
import { actions } from './actions.ts';
import { createBackground } from './background.ts';
import {
  DEFAULT_DELAYS,
  DEFAULT_QUOTAS,
  type RdsContext,
  type RdsDelays,
  type RdsQuotas,
} from './context.ts';
import type { RdsEvent } from './events.ts';
import { createFaultDesk, type RdsFaults } from './faults.ts';
import {
  type CreatedInstance,
  type CreateInstanceOptions,
  createInstance,
  type InstanceTemplate,
} from './instances/create.ts';
import { findByIdentifier } from './instances/find.ts';
import { crash } from './instances/server.ts';
import { saveTemplate } from './instances/template.ts';
import { takeAutomatedSnapshot } from './snapshots/create.ts';
import { emptyRegion, type RegionState } from './state.ts';
import { stopEverything } from './stop.ts';
import { parseForm } from './wire/form.ts';
import { writeFault, writeResult } from './wire/xml.ts';

export interface LocalRdsOptions extends Pick<RdsContext, 'exporter' | 's3' | 'emit'> {
  /** Holds every cluster, backup and archive; removed at the end. */
  readonly folder: string;
  readonly regions: readonly string[];
  readonly delays?: Partial<RdsDelays>;
  readonly quotas?: Partial<RdsQuotas>;
  readonly certificate: Certificate;
  readonly watchdog: Watchdog;
}

/** The local RDS control plane: answers the AWS Query protocol, and runs real servers. */
export interface LocalRds extends LocalService {
  readonly name: 'rds';
  readonly faults: RdsFaults;
  /** All that it knows, by region: whoever seeds what would take a year to come about changes it here. */
  readonly regions: ReadonlyMap<string, RegionState>;
  createInstance(options: CreateInstanceOptions): Promise<CreatedInstance>;
  /** What RDS does nightly; resolves to `rds:<instance>-YYYY-MM-DD-hh-mm` when the snapshot has its end state. */
  takeAutomatedSnapshot(instanceIdentifier: string, at?: Date): Promise<string>;
  /** Copies a running instance's files, so that others can start from them. */
  saveTemplate(instanceIdentifier: string, dataDirectory: string): Promise<InstanceTemplate>;
  /** Kills an instance's server and starts it again on the same port. */
  crashInstance(instanceIdentifier: string): Promise<void>;
  /** Ends all work and all servers; the folder goes away. */
  stop(): Promise<void>;
}

export async function createLocalRds(options: LocalRdsOptions): Promise<LocalRds> {
  const rds = await buildContext(options);
  return {
    name: 'rds',
    faults: rds.faults,
    regions: rds.regions,
    handle: ({ action, region, body }) => answer(rds, action, region, body),
    createInstance: (instance) => createInstance(rds, instance),
    takeAutomatedSnapshot: (identifier, at = new Date()) =>
      takeAutomatedSnapshot(rds, findByIdentifier(rds, identifier), at),
    saveTemplate: (identifier, dataDirectory) =>
      saveTemplate(rds, findByIdentifier(rds, identifier), dataDirectory),
    crashInstance: (identifier) => crash(rds, findByIdentifier(rds, identifier)),
    stop: () => stopEverything(rds),
  };
}

async function buildContext(options: LocalRdsOptions): Promise<RdsContext> {
  const host = await createPostgresHost(options.folder, options.watchdog);
  const told: RdsEvent[] = [];
  const files = await writeCertificate(options.certificate, path.join(host.folder, 'certificate'), host.user);
  return {
    host,
    certificate: { ...files, certificatePem: options.certificate.certificatePem },
    delays: { ...DEFAULT_DELAYS, ...options.delays },
    quotas: { ...DEFAULT_QUOTAS, ...options.quotas },
    faults: createFaultDesk(),
    background: createBackground(),
    regions: new Map(options.regions.map((region) => [region, emptyRegion()])),
    exporter: options.exporter,
    s3: options.s3,
    told,
    emit: (event) => {
      told.push(event);
      options.emit(event);
    },
  };
}

async function answer(rds: RdsContext, name: string, region: string, body: Buffer): Promise<AwsReply> {
  const requestId = randomUUID();
  try {
    const action = actions.get(name);
    const refusal = rds.faults.take('call-refused', name);
    if (refusal) throw new AwsFault(refusal.code, refusal.message ?? 'Refused on order.', refusal.status);
    if (!action) throw new AwsFault('InvalidAction', `The local RDS does not know the action ${name}.`);
    return writeResult(
      name,
      await action(rds, { region, form: parseForm(body.toString('utf8')) }),
      requestId,
    );
  } catch (error) {
    if (error instanceof AwsFault) return writeFault(error, requestId);
    // A defect of ours: the client sees the service's general failure, with what is known about it.
    return writeFault(new AwsFault('InternalFailure', `${name} failed: ${String(error)}`, 500), requestId);
  }
}
