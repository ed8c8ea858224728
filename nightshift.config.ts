import { defineConfig } from './shared/config/define.ts';

/** The stages that Nightshift runs in: `prod` is an example to be edited, `demo` is what the embedded stack runs as. */
export default defineConfig({
  stages: {
    prod: {
      account: '111122223333',
      region: 'us-west-1',
      backupBucket: 'menotime-backups',
      // Hears when a run ends, and when the way of alarms itself fails; AWS asks it to confirm first.
      alertEmail: 'database-on-call@menotime.example',
      // Where alarms go. Left out, they ring at the alert topic as they are. Each secret is read from Secrets Manager.
      alarms: {
        sinks: {
          channel: { kind: 'slack', secret: 'nightshift/slack-webhook' },
          'on-call': { kind: 'pagerduty', secret: 'nightshift/pagerduty-routing-key' },
          mail: { kind: 'email', address: 'database-on-call@menotime.example' },
        },
        routes: [{ severities: ['critical'], to: ['on-call', 'channel'] }, { to: ['channel'] }],
        fallback: 'mail',
        // What a database that is down causes is not told besides.
        inhibit: [{ when: ['nightshift-prod-*-down'], hides: ['nightshift-prod-menotime-*'] }],
      },
      // Subnets with a way to the databases and to AWS: a NAT gateway, or endpoints for s3 and dynamodb (gateways) and
      // for lambda, rds, sns and, where a secret is read, secretsmanager. Endpoints reach their own region alone: with
      // `copyTo`, RDS of the second region needs a NAT gateway, or an endpoint there in a VPC that is peered with this.
      vpc: {
        subnetIds: ['subnet-0a1b2c3d4e5f60001', 'subnet-0a1b2c3d4e5f60002'],
        securityGroupIds: ['sg-0a1b2c3d4e5f60001'],
        // For the security group of restore drills, which lets in the functions' own groups and nobody else.
        vpcId: 'vpc-0a1b2c3d4e5f60001',
      },
      databases: {
        menotime: {
          instance: 'menotime-prod',
          databaseName: 'menotime_prod',
          auth: { kind: 'secret', secretId: 'menotime/db/prod' },
          // A db.m7g.large. What is left out rings as usual: docs/runbooks/database-alarms.md lists it.
          alarms: {
            memoryGiB: 8,
            maxConnections: 500,
            cpuPercent: { limit: 75, periods: 3, periodSeconds: 300 },
            transactionLogsGiB: 80,
          },
          snapshotExport: {
            // Half an hour after the automated backup, which is then adopted instead of taking a second one.
            schedule: 'cron(30 3 * * ? *)',
            copyTo: { region: 'us-east-1', kmsKeyId: 'alias/menotime-master' },
            retention: { keepNewest: 7, snapshotDays: 35, copyDays: 35, exportDays: 731 },
          },
          auditArchive: {
            // After the snapshot is taken: what leaves the database tonight is in last night's backup too.
            schedule: 'cron(0 4 * * ? *)',
            policies: [
              {
                table: 'public.audit_log',
                ageColumn: 'timestamp',
                olderThan: '365 days',
                // Six years from the day on which a file is written. COMPLIANCE instead could be undone by nobody.
                to: {
                  kind: 's3',
                  storageClass: 'STANDARD_IA',
                  objectLock: { mode: 'GOVERNANCE', days: 2_192 },
                },
              },
            ],
          },
          backupVerify: {
            // When the night is over: the export, and the copy of its snapshot in the second region.
            schedule: 'cron(0 9 * * ? *)',
            limits: { recoveryPointMinutes: 1_440 },
            posture: {
              backupRetentionDays: 7,
              backupWindow: '03:00-03:30',
              deletionProtection: true,
              storageAutoscaling: true,
              tlsForced: true,
            },
          },
          // After the archive; views without a key of their own are filled anew while nobody works.
          matviewRefresh: { schedule: 'cron(0 6 * * ? *)', window: { from: '06:00', hours: 2 } },
          dbMaintenance: { schedule: 'cron(0 7 1 * ? *)', window: { from: '07:00', hours: 4 } },
          restoreDrill: {
            schedule: 'cron(0 10 ? * SUN *)',
            // The smallest class that the questions are answered on in time: restored rows are read from S3 at first.
            instance: {
              instanceClass: 'db.m7g.large',
              postgres: { family: 'postgres15', sharedPreloadLibraries: ['pg_stat_statements', 'pgaudit'] },
            },
            recoveryTimeMinutes: 10,
            questions: {
              roles: ['nightshift'],
              schemaVersion: { query: 'SELECT version_num FROM alembic_version' },
              freshness: [{ table: 'public.audit_log', column: 'timestamp', withinMinutes: 1_440 }],
              revalidate: ['public.patients', 'public.clinical_notes'],
            },
          },
        },
      },
    },
    demo: {
      account: '111122223333',
      region: 'us-west-1',
      backupBucket: 'nightshift-demo-backups',
      // Nobody subscribes to the demo's alert topic.
      alertEmail: null,
      // In the embedded stack a local server stands for Slack, PagerDuty and the webhook, and puts their secrets there.
      alarms: {
        sinks: {
          chat: { kind: 'slack', secret: 'nightshift/demo-chat' },
          pager: { kind: 'pagerduty', secret: 'nightshift/demo-pager' },
          'last-resort': { kind: 'webhook', secret: 'nightshift/demo-webhook' },
        },
        routes: [{ severities: ['critical'], to: ['pager'], andOn: true }, { to: ['chat'] }],
        fallback: 'last-resort',
        severities: [{ alarms: ['nightshift-demo-*-connections'], severity: 'critical' }],
        inhibit: [{ when: ['nightshift-demo-*-down'], hides: ['nightshift-demo-*'] }],
        // Nobody wants to wait for the demo; its laptop may be busy with other things.
        digest: { windowSeconds: 10 },
        context: { withinMs: 3_000 },
      },
      databases: {
        menotime: {
          instance: 'menotime-demo',
          databaseName: 'menotime_demo',
          auth: { kind: 'secret', secretId: 'nightshift/demo' },
          alarms: { memoryGiB: 1, maxConnections: 100, connectionsPercent: 10 },
          snapshotExport: {
            copyTo: { region: 'us-east-1' },
            // RDS cannot export names like these; the demo has them to show it.
            acceptSkipped: ['oddities.slash/name', 'oddities.comma_column', 'oddities.space_column'],
            polling: {
              snapshotSeconds: 1,
              exportSeconds: 1,
              copySeconds: 1,
              placeSeconds: 1,
              settleSeconds: 1,
            },
            // Looks every second are many; the embedded stack is done within minutes.
            patience: {
              instanceMinutes: 2,
              snapshotHours: 0.1,
              placeHours: 0.05,
              exportHours: 0.2,
              copyHours: 0.05,
            },
          },
          backupVerify: {
            limits: { recoveryPointMinutes: 15 },
            // The embedded stack encrypts nothing, and refuses whoever comes without TLS.
            posture: { encrypted: false, backupWindow: '03:00-03:30', tlsForced: true },
            secondRegion: { subnetGroup: 'default' },
          },
          restoreDrill: {
            recoveryTimeMinutes: 10,
            questions: {
              extensions: ['plpgsql'],
              revalidate: ['public.appointments', 'public.clinical_notes'],
              hashChains: [{ table: 'public.ledger_entries' }],
            },
            polling: { instanceSeconds: 1 },
            patience: { restoreHours: 0.1, connectMinutes: 1, deleteHours: 0.1 },
          },
          // Others look after these two; one has never been filled, and the other has no key.
          // Before PostgreSQL 17 only owners maintain: `nightshift run db-maintenance --dry-run` says what mends that.
          dbMaintenance: {},
          matviewRefresh: { leaveOut: ['oddities.mv_unpopulated', 'oddities.mv_without_key'] },
          auditArchive: {
            // ledger_entries is append-only and has no policy: `nightshift run audit-archive --dry-run` with one refuses it.
            policies: [
              {
                table: 'public.audit_log',
                ageColumn: 'timestamp',
                olderThan: '365 days',
                to: { kind: 's3' },
                batchRows: 20_000,
              },
              {
                table: 'public.scenario_logs',
                ageColumn: 'received_at',
                olderThan: '365 days',
                to: { kind: 'table' },
                // The demo's materialized views read the live rows alone, and show the kept period from then on.
                historyMayShrink: true,
              },
              {
                table: 'public.scenario_metrics',
                ageColumn: 'timestamp',
                olderThan: '730 days',
                to: { kind: 'table' },
                rollUp: {
                  by: 'day',
                  groupBy: ['scenario_id', 'metric_type', 'metric_name', 'unit'],
                  measures: ['value'],
                },
                historyMayShrink: true,
              },
              {
                table: 'public.reports',
                ageColumn: 'created_at',
                olderThan: '180 days',
                to: { kind: 'table' },
              },
            ],
          },
        },
      },
    },
  },
});
