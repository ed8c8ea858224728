import { type DeployedSink, deployedSinks } from './alarm-sinks.ts';
import { attribute } from './cloudformation.ts';
import type { Deployment } from './deployment.ts';

/** The name of the function that serves a sink, as the code and the Serverless Framework know it. */
export const functionOfSink = (sink: string) => `sink-${sink}`;

/** One function for each sink, all of one bundle: a sink that hangs holds up no other, and each reads its own secret. */
export function deliveryFunctions(deployment: Deployment): Record<string, unknown> {
  if (!Object.hasOwn(deployment.pipeFunctionNames, 'alarm-delivery')) return {};
  return Object.fromEntries(
    deployedSinks(deployment).map((one) => [functionOfSink(one.sink), deliveryFunction(deployment, one)]),
  );
}

/** In the words of the Serverless Framework, as `functions/<job>/function.yml` of the others. */
function deliveryFunction({ stage, names }: Deployment, { sink, queue, role }: DeployedSink) {
  return {
    name: names.functionName(functionOfSink(sink)),
    description: `Delivers pages about alarms to the sink ${sink}, with proof.`,
    handler: `dist/${stage}/alarm-delivery/handler.handler`,
    role,
    memorySize: 512,
    // Six of its tries would fit; its queue hides a batch for six times as long.
    timeout: 60,
    // Outside of any VPC: sinks are on the internet, and must be reached when the VPC is what is broken.
    environment: { NIGHTSHIFT_SINK: sink },
    events: [
      {
        sqs: {
          arn: attribute(queue, 'Arn'),
          // One by one: whoever is killed between a sink's answer and its being remembered repeats one page, and no more.
          batchSize: 1,
          functionResponseType: 'ReportBatchItemFailures',
          // A sink takes about a message a second; one that hangs holds each for ten.
          maximumConcurrency: 10,
        },
      },
    ],
    package: { patterns: [`dist/${stage}/alarm-delivery/*.mjs`] },
  };
}
