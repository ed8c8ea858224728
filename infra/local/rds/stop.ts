import { rm } from 'node:fs/promises';
import type { RdsContext } from './context.ts';

/** Ends all work, then all servers, then removes the folder. Harmless when called twice. */
export async function stopEverything(rds: RdsContext): Promise<void> {
  const { host, background, regions } = rds;
  for (const { automatedBackups } of regions.values()) {
    for (const backup of automatedBackups.values()) backup.ending.abort();
  }
  await background.stop();
  const servers = [...regions.values()].flatMap(({ instances }) =>
    [...instances.values()].map(({ server }) => server),
  );
  await Promise.all(servers.map((server) => server?.discard()));
  await rm(host.folder, { recursive: true, force: true, maxRetries: 5 });
  host.watchdog.forgetFolder(host.folder);
}
