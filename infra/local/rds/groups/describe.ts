import { AwsFault } from '../../gateway/service.ts';
import { withConnection } from '../../postgres/connection.ts';
import type { Action, RdsContext } from '../context.ts';
import { adminConnection } from '../instances/server.ts';
import { paginate } from '../wire/pagination.ts';
import type { XmlObject } from '../wire/xml.ts';
import { findParameterGroup, type ParameterGroup } from './parameter-groups.ts';

/** By name alone: nothing lists them here. */
export const describeDBParameterGroups: Action = (rds, { region, form }) => {
  const { name, family } = findParameterGroup(rds, region, form.required('DBParameterGroupName'));
  return { DBParameterGroups: [{ DBParameterGroupName: name, DBParameterGroupFamily: family }] };
};

/** The default subnet group is the only one here. */
export const describeDBSubnetGroups: Action = (_rds, { form }) => {
  const name = form.text('DBSubnetGroupName') ?? 'default';
  if (name !== 'default') {
    throw new AwsFault('DBSubnetGroupNotFoundFault', `DB subnet group '${name}' not found.`, 404);
  }
  return { DBSubnetGroups: [{ DBSubnetGroupName: name, SubnetGroupStatus: 'Complete' }] };
};

/** As many parameters as the server has settings; a value is told of those alone that the group sets. */
export const describeDBParameters: Action = async (rds, { region, form }) => {
  const group = findParameterGroup(rds, region, form.required('DBParameterGroupName'));
  const page = paginate(await parametersOf(rds, group), form, ({ ParameterName }) => String(ParameterName));
  return { Parameters: page.items, Marker: page.marker };
};

async function parametersOf(rds: RdsContext, { instances }: ParameterGroup): Promise<XmlObject[]> {
  const instance = instances.find(({ server }) => server);
  const names = instance ? await settingsOf(rds, instance) : [];
  // Connections without TLS are refused here, whatever the group says.
  const set: Readonly<Record<string, string>> = { 'rds.force_ssl': '1', ...instance?.parameters };
  return [...new Set([...names, ...Object.keys(set)])].map((name) => ({
    ParameterName: name,
    ParameterValue: set[name],
    Source: set[name] === undefined ? 'engine-default' : 'user',
  }));
}

function settingsOf(rds: RdsContext, instance: ParameterGroup['instances'][number]): Promise<string[]> {
  return withConnection(adminConnection(rds, instance), async (client) => {
    const { rows } = await client.query<{ name: string }>('SELECT name FROM pg_settings');
    return rows.map(({ name }) => name);
  });
}
