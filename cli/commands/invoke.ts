import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import type { Command } from 'commander';
import { executionSeconds } from '../../infra/aws/execution-time.ts';
import { isPipeJob } from '../../infra/aws/job-databases.ts';
import { configFileInUse, readStage } from '../../infra/build/stage.ts';
import { resourceNames } from '../../shared/config/names.ts';
import { readEvent, requireJob } from '../event-file.ts';
import { configOption, jsonOption, print } from '../options.ts';
import { queuedEvent } from '../queued-event.ts';

interface InvokeOptions {
  readonly json: boolean;
  readonly stage: string;
  readonly config?: string;
  readonly event?: string;
}

/** The alias that the Serverless Framework keeps on the newest version of a durable function; others have none. */
const durableAlias = 'durable';

export function addInvoke(program: Command): void {
  program
    .command('invoke <job>')
    .description('start the deployed Lambda; it goes on by itself, and `status` tells how it went')
    .requiredOption('--stage <name>', 'the stage that is deployed')
    .option('--event <file>', 'the event, as JSON; - reads standard input')
    .addOption(configOption())
    .addOption(jsonOption())
    .addHelpText(
      'after',
      '\nExample:\n  nightshift invoke snapshot-export --stage prod --event events/snapshot-export.by-hand.json',
    )
    .action(async (job: string, options: InvokeOptions) => {
      await requireJob(job);
      const event = options.event === undefined ? {} : queuedEvent(job, await readEvent(options.event));
      const started = await invokeDeployed({ ...options, job, event });
      print(options, started, () => `Started ${started.functionName}. ${whereItTells(job, options.stage)}`);
    });
}

/** The functions that an alarm passes through keep no record of their runs. */
function whereItTells(job: string, stage: string): string {
  return isPipeJob(job)
    ? 'Its log says what came of it.'
    : `See how it goes: nightshift status --stage ${stage}`;
}

export interface DeployedRun {
  readonly job: string;
  readonly stage: string;
  readonly config?: string;
  readonly event: object;
}

/** Asynchronously, since a run may take longer than any caller waits. */
export async function invokeDeployed({ job, stage, config: file, event }: DeployedRun) {
  const config = await readStage({ stage, configFile: file ?? configFileInUse() });
  const functionName = resourceNames(stage, config).functionName(job);
  const lambda = new LambdaClient({ region: config.region });
  const answer = await lambda.send(
    new InvokeCommand({
      FunctionName: functionName,
      ...(Object.hasOwn(executionSeconds(config), job) ? { Qualifier: durableAlias } : {}),
      InvocationType: 'Event',
      Payload: JSON.stringify(event),
    }),
  );
  return { functionName, status: answer.StatusCode ?? 0, executionArn: answer.DurableExecutionArn ?? null };
}
