import { AwsFault } from '../gateway/service.ts';
import { parseArn } from './arn.ts';
import { type Action, type RdsContext, stateOf } from './context.ts';
import { findInstance } from './instances/find.ts';
import { findSnapshot } from './snapshots/find.ts';
import { mergeTags } from './tags.ts';
import type { Tag } from './wire/form.ts';

interface Tagged {
  tags: readonly Tag[];
}

/** The resource that an ARN of the call's region names. */
function findTagged(rds: RdsContext, region: string, resourceName: string): Tagged {
  const arn = parseArn(resourceName);
  if (arn.region !== region) {
    throw new AwsFault('InvalidParameterValue', `${resourceName} is not in the region ${region}.`);
  }
  switch (arn.type) {
    case 'db':
      return findInstance(rds, region, resourceName);
    case 'snapshot':
      return findSnapshot(rds, region, resourceName);
    case 'auto-backup': {
      const found = [...stateOf(rds, region).automatedBackups.values()].find(
        (backup) => backup.arn === resourceName,
      );
      if (found) return found;
      throw new AwsFault('DBInstanceAutomatedBackupNotFound', `${resourceName} not found.`, 404);
    }
  }
}

export const addTagsToResource: Action = (rds, { region, form }) => {
  const resource = findTagged(rds, region, form.required('ResourceName'));
  resource.tags = mergeTags(resource.tags, form.tags() ?? []);
  return {};
};

export const removeTagsFromResource: Action = (rds, { region, form }) => {
  const resource = findTagged(rds, region, form.required('ResourceName'));
  const keys = form.list('TagKeys', 'member') ?? [];
  resource.tags = resource.tags.filter(({ Key }) => !keys.includes(Key));
  return {};
};

export const listTagsForResource: Action = (rds, { region, form }) => {
  const { tags } = findTagged(rds, region, form.required('ResourceName'));
  return { TagList: tags.map(({ Key, Value }) => ({ Key, Value })) };
};
