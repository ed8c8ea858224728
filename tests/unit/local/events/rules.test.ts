import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { loadRules, rulesIn } from '../../../../infra/local/events/rules.ts';

const functionFile = `
snapshot-export:
  handler: functions/snapshot-export/handler.handler
  description: !Sub 'Exports \${AWS::StackName}'
  role: !GetAtt SnapshotExportRole.Arn
  environment:
    BUCKET: \${self:custom.bucket}
    KEY: { Ref: MasterKey }
    BOTH: !Join ['-', [!Ref A, !Ref B]]
  events:
    - schedule: rate(1 day)
    - eventBridge:
        pattern:
          source: [aws.rds]
          detail-type: ['RDS DB Snapshot Event']
          detail:
            EventID: [RDS-EVENT-0091]
            SourceIdentifier: [{ prefix: 'rds:\${self:custom.instance}-' }]
    - eventBridge:
        schedule: rate(10 minutes)
reaper:
  handler: x
`;

test('patterns are read from among CloudFormation tags and variables', () => {
  expect(rulesIn(functionFile, 'function.yml')).toEqual([
    {
      functionName: 'snapshot-export',
      pattern: {
        source: ['aws.rds'],
        'detail-type': ['RDS DB Snapshot Event'],
        detail: {
          EventID: ['RDS-EVENT-0091'],
          // biome-ignore lint/suspicious/noTemplateCurlyInString: the variable stays as it stands in the file.
          SourceIdentifier: [{ prefix: 'rds:${self:custom.instance}-' }],
        },
      },
    },
  ]);
});

test('an empty file has no rules, and one that is not YAML is named', () => {
  expect(rulesIn('', 'function.yml')).toEqual([]);
  expect(() => rulesIn('a: [', 'functions/x/function.yml')).toThrow('functions/x/function.yml');
});

test('every function file of a project is read', async () => {
  const root = await mkdtemp(join(tmpdir(), 'nightshift-rules-'));
  for (const job of ['b-job', 'a-job']) {
    await mkdir(join(root, 'functions', job), { recursive: true });
    const text = `${job}:\n  events:\n    - eventBridge:\n        pattern:\n          source: [${job}]\n`;
    await writeFile(join(root, 'functions', job, 'function.yml'), text);
  }
  expect(await loadRules(root)).toEqual([
    { functionName: 'a-job', pattern: { source: ['a-job'] } },
    { functionName: 'b-job', pattern: { source: ['b-job'] } },
  ]);
  expect(await loadRules(join(root, 'functions'))).toEqual([]);
  await rm(root, { recursive: true });
});
