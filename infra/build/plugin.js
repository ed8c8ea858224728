import { assemble } from './assemble.ts';
import { findJobs } from './jobs.ts';
import { describeBundle } from './sizes.ts';
import { configFileInUse } from './stage.ts';
import { checkTemplate } from './template-limits.ts';

/** Builds the bundles whenever the Serverless Framework packages or deploys, so that none is ever stale. */
export default class BuildBundles {
  constructor(serverless, _options, { log }) {
    this.serverless = serverless;
    this.log = log;
    const build = () => this.build();
    this.hooks = {
      'before:package:createDeploymentArtifacts': build,
      'before:package:function:package': build,
      'after:aws:package:finalize:mergeCustomProviderResources': () => this.check(),
    };
  }

  check() {
    const { stage, compiledCloudFormationTemplate } = this.serverless.service.provider;
    try {
      checkTemplate(stage, compiledCloudFormationTemplate);
    } catch (error) {
      // The framework prints a stack where there is one; what is wrong is in the message.
      error.stack = '';
      throw error;
    }
  }

  async build() {
    const { serviceDir: projectRoot, service } = this.serverless;
    const { stage } = service.provider;
    // Those that the stage does not have are left out of it; of one bundle there may be several functions.
    const handlers = new Set(Object.values(service.functions).map(({ handler }) => handler));
    const jobs = (await findJobs(projectRoot)).filter((job) =>
      handlers.has(`dist/${stage}/${job}/handler.handler`),
    );
    const outDir = `${projectRoot}/dist/${stage}`;
    const assembled = await assemble({ stage, configFile: configFileInUse(), outDir, jobs, projectRoot });
    for (const job of assembled.jobs) this.log.notice(describeBundle(job));
  }
}
