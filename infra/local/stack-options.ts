import type { CreateTableInput } from '@aws-sdk/client-dynamodb';
import type { RegionalResource } from './aws/resources.ts';
import type { LocalCloudWatch } from './cloudwatch/service.ts';
import type { Deliver, EventBus } from './events/bus.ts';
import type { Rule } from './events/rules.ts';
import type { Exporter } from './export/exporter.ts';
import type { Gateway } from './gateway/gateway.ts';
import type { Executions } from './lambda/executions.ts';
import type { LocalLambda } from './lambda/service.ts';
import type { RdsDelays, RdsQuotas } from './rds/context.ts';
import type { LocalRds } from './rds/local-rds.ts';
import type { LocalSecret, LocalSecretsManager } from './secrets-manager/service.ts';

export interface StackOptions {
  /** Of the gateway; 0, the default, takes a free one. */
  readonly port?: number;
  /** Where the parts keep their files; a folder under the system's temporary one, removed at the end, when left out. */
  readonly folder?: string;
  /** Where S3 keeps objects, see `aws/object-path.ts`; `s3` in the folder when left out. One given is never removed. */
  readonly s3Folder?: string;
  /** The first is that of `AWS_REGION`; `us-west-1` and `us-east-1` when left out. */
  readonly regions?: readonly string[];
  readonly buckets?: readonly RegionalResource[];
  readonly topics?: readonly RegionalResource[];
  readonly queues?: readonly RegionalResource[];
  /** Created in every region. */
  readonly tables?: readonly CreateTableInput[];
  readonly secrets?: readonly LocalSecret[];
  readonly delays?: Partial<RdsDelays>;
  readonly quotas?: Partial<RdsQuotas>;
  /** What does the work of an export task; the writer of `export/` when left out. */
  readonly exporter?: Exporter;
  /** Where events go that match a rule; without it they go nowhere. */
  readonly deliver?: Deliver;
  /** Those of the project's `functions/<job>/function.yml` files when left out. */
  readonly rules?: readonly Rule[];
  /** Between the attempts of a delivery that fails; see the event bus. */
  readonly retryDelaysMilliseconds?: readonly number[];
}

export interface LocalStack {
  /** `http://127.0.0.1:PORT` of the gateway. */
  readonly endpoint: string;
  /** What a process needs in its environment for every AWS SDK in it to speak to this stack. */
  readonly environment: Readonly<Record<string, string>>;
  readonly regions: readonly string[];
  readonly folder: string;
  readonly s3Folder: string;
  readonly gateway: Gateway;
  readonly lambda: LocalLambda;
  readonly secrets: LocalSecretsManager;
  readonly cloudwatch: LocalCloudWatch;
  readonly executions: Executions;
  /** Takes what RDS tells, and whatever else is put. */
  readonly events: EventBus;
  readonly rds: LocalRds;
  /** What clients of the instances trust. */
  readonly certificatePem: string;
  /** Ends every part; may be called again. Leaves no process, port or temporary folder. */
  stop(): Promise<void>;
}
