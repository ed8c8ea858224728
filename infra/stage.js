import { ConfigError } from '../shared/job/errors.ts';
import { readDeployment } from './aws/deployment.ts';
import { configFileInUse } from './build/stage.ts';

// Resolvers of the Serverless Framework: `${file(infra/stage.js):config.region}`. It takes no TypeScript here, so
// that these lines only hand over.

export const config = async (framework) => (await deployment(framework)).config;
export const names = async (framework) => (await deployment(framework)).names;
export const functionNames = async (framework) => (await deployment(framework)).functionNames;
export const pipeFunctionNames = async (framework) => (await deployment(framework)).pipeFunctionNames;
export const pipeFile = async (framework) => (await deployment(framework)).pipeFile;
export const files = async (framework) => (await deployment(framework)).files;
export const executionSeconds = async (framework) => (await deployment(framework)).executionSeconds;
export const objectLock = async (framework) => (await deployment(framework)).objectLock;
export const keyArn = async (framework) => (await deployment(framework)).keyArn;
export const automatedSnapshots = async (framework) => (await deployment(framework)).automatedSnapshots;
// Where a function stands; `false` is the format's word for one outside of any VPC.
export const vpc = async (framework) => {
  const { vpc } = (await deployment(framework)).config;
  return vpc ? { subnetIds: vpc.subnetIds, securityGroupIds: vpc.securityGroupIds } : false;
};

/** The deployment of the stage that the framework was asked for. */
export async function deployment({ resolveVariable }) {
  try {
    return await readDeployment({ stage: await resolveVariable('sls:stage'), configFile: configFileInUse() });
  } catch (error) {
    // The framework prints a stack where there is one; what is wrong with a config is in the message.
    if (error instanceof ConfigError) error.stack = '';
    throw error;
  }
}
