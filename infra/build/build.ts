import { parseArgs } from 'node:util';
import { ConfigError } from '../../shared/job/errors.ts';
import { assemble } from './assemble.ts';
import { findJobs } from './jobs.ts';
import { describeBundle } from './sizes.ts';
import { configFileInUse, defaultConfigFile } from './stage.ts';

const usage = `Usage: npm run build -- [--stage STAGE] [--config FILE]

Lays out in dist/STAGE what a stage deploys: one bundle for each job, the stage's config, and the certificate
authorities of RDS. Packaging and deploying do this by themselves.

  --stage STAGE   a stage of the config (default: prod)
  --config FILE   the config (default: NIGHTSHIFT_CONFIG, else ${defaultConfigFile})
  --help          this text
`;

const { values } = parseArgs({
  options: {
    stage: { type: 'string', default: 'prod' },
    config: { type: 'string', default: configFileInUse() },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) process.stdout.write(usage);
else await build(values.stage, values.config);

async function build(stage: string, configFile: string): Promise<void> {
  try {
    const jobs = await findJobs(process.cwd());
    const assembled = await assemble({ stage, configFile, outDir: `dist/${stage}`, jobs });
    process.stdout.write(`${assembled.jobs.map((job) => describeBundle(job)).join('\n\n')}\n`);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 2;
  }
}
