import { randomBytes } from 'node:crypto';
import type { ClientConfig } from 'pg';
import { POSTGRES_MAJORS, type PostgresMajor } from '../../postgres/binaries.ts';
import { connectionTo } from '../../postgres/connection.ts';
import { copyCluster, initialiseCluster } from '../../postgres/data-directory.ts';
import type { Settings } from '../../postgres/settings.ts';
import { type RdsContext, stateOf } from '../context.ts';
import { emitInstanceEvent } from '../event-catalogue.ts';
import { checkKmsKey } from '../kms.ts';
import type { Instance } from '../state.ts';
import type { Tag } from '../wire/form.ts';
import { startAutomatedBackups } from './automated-backups.ts';
import { registerInstance } from './new-instance.ts';
import { provideMasterUser, readVersion } from './roles.ts';
import { ADMIN_USER, adminConnection, launch } from './server.ts';

/** A ready-made cluster to start from; see `saveTemplate`. */
export interface InstanceTemplate {
  readonly dataDirectory: string;
  readonly adminPassword: string;
}

export interface CreateInstanceOptions {
  readonly identifier: string;
  readonly region: string;
  /** `15`, `18`, or longer: the major version counts. */
  readonly engineVersion: string;
  readonly masterUsername: string;
  readonly masterPassword: string;
  readonly databaseName?: string;
  readonly allocatedStorageGiB: number;
  readonly backupRetentionDays: number;
  readonly backupWindow?: string;
  readonly kmsKeyId?: string;
  readonly deletionProtection?: boolean;
  readonly copyTagsToSnapshot?: boolean;
  readonly instanceClass?: string;
  readonly parameterGroup?: string;
  /** What that parameter group sets; what is restored from a snapshot has the defaults instead. */
  readonly parameters?: Settings;
  readonly tags?: readonly Tag[];
  readonly template?: InstanceTemplate;
}

export interface CreatedInstance {
  readonly identifier: string;
  readonly arn: string;
  readonly dbiResourceId: string;
  readonly host: string;
  readonly port: number;
  readonly dataDirectory: string;
  /** The superuser `rdsadmin`, for what RDS does behind the curtain, such as installing extensions. */
  readonly adminConnection: ClientConfig;
  /** The master user, in the instance's database. */
  readonly masterConnection: ClientConfig;
}

function majorOf(engineVersion: string): PostgresMajor {
  const major = POSTGRES_MAJORS.find((known) => String(known) === engineVersion.split('.')[0]);
  if (major) return major;
  throw new Error(`The local RDS has PostgreSQL ${POSTGRES_MAJORS.join(' and ')}, not ${engineVersion}.`);
}

/** Makes an instance and resolves when it is `available`: the stack's own way, where AWS has `CreateDBInstance`. */
export async function createInstance(
  rds: RdsContext,
  options: CreateInstanceOptions,
): Promise<CreatedInstance> {
  const major = majorOf(options.engineVersion);
  const instance = registerInstance(rds, {
    ...options,
    traits: {
      major,
      engineVersion: options.engineVersion,
      masterUsername: options.masterUsername,
      adminPassword: options.template?.adminPassword ?? randomBytes(24).toString('base64url'),
      databaseName: options.databaseName,
      instanceClass: options.instanceClass ?? 'db.m7g.large',
      allocatedStorageGiB: options.allocatedStorageGiB,
      kmsKeyId: options.kmsKeyId && checkKmsKey(rds, options.region, options.kmsKeyId),
    },
    tags: options.tags ?? [],
    deletionProtection: options.deletionProtection ?? false,
    backupWindow: options.backupWindow ?? '03:00-03:30',
    copyTagsToSnapshot: options.copyTagsToSnapshot ?? false,
  });
  try {
    await bringUp(rds, instance, options);
  } catch (error) {
    stateOf(rds, options.region).instances.delete(instance.identifier);
    await instance.server?.discard();
    throw error;
  }
  if (instance.backupRetentionDays > 0) startAutomatedBackups(rds, instance);
  emitInstanceEvent(rds, instance, 'RDS-EVENT-0005');
  return describeCreated(rds, instance, options);
}

async function bringUp(rds: RdsContext, instance: Instance, options: CreateInstanceOptions): Promise<void> {
  const { traits, dataDirectory } = instance;
  if (options.template) await copyCluster(rds.host, options.template.dataDirectory, dataDirectory);
  else {
    await initialiseCluster(rds.host, {
      major: traits.major,
      dataDirectory,
      superuser: ADMIN_USER,
      password: traits.adminPassword,
    });
  }
  await launch(rds, instance);
  const connection = adminConnection(rds, instance);
  const master = { name: options.masterUsername, password: options.masterPassword };
  await provideMasterUser(connection, master, options.databaseName);
  instance.traits = { ...traits, engineVersion: await readVersion(connection) };
  instance.createTime = new Date();
  instance.status = 'available';
}

function describeCreated(
  rds: RdsContext,
  instance: Instance,
  options: CreateInstanceOptions,
): CreatedInstance {
  const { server, traits } = instance;
  if (!server) throw new Error(`DB instance ${instance.identifier} has no running server.`);
  return {
    identifier: instance.identifier,
    arn: instance.arn,
    dbiResourceId: instance.dbiResourceId,
    host: '127.0.0.1',
    port: server.port,
    dataDirectory: instance.dataDirectory,
    adminConnection: adminConnection(rds, instance, traits.databaseName),
    masterConnection: connectionTo({
      port: server.port,
      user: traits.masterUsername,
      password: options.masterPassword,
      certificatePem: rds.certificate.certificatePem,
      ...(traits.databaseName !== undefined && { database: traits.databaseName }),
    }),
  };
}
