import type { Client } from 'pg';
import { quoteName } from '../../../shared/postgres/quote.ts';
import type { Finding } from '../../../shared/verify/finding.ts';

interface Setting {
  readonly name: string;
  /** As pg_settings has it: `database`, `configuration file`. */
  readonly source: string;
  readonly database: string;
  readonly role: string;
}

const hidingSql = /* sql */ `
  SELECT name, source, current_database() AS database, current_user AS role FROM pg_settings
   WHERE name IN ('zero_damaged_pages', 'ignore_checksum_failure') AND setting = 'on' ORDER BY name`;

/** Settings with which a damaged page is read as an empty or a sound one: whatever is asked then proves nothing. */
export async function askHidingSettings(client: Client): Promise<Finding[]> {
  return (await client.query<Setting>(hidingSql)).rows.map(hidingFinding);
}

function hidingFinding(setting: Setting): Finding {
  const { name } = setting;
  const { where, reset } = placeOf(setting);
  return {
    check: 'opens',
    status: 'fail',
    fact: `${name} is on (set ${where}): what is damaged is read as if it were fine, and no answer to any question proves anything.`,
    limit: `${name} is off`,
    advice: `On the source database, where it hides damage as well: ${reset} Then take a new backup, and drill that.`,
  };
}

function placeOf({ name, source, database, role }: Setting): {
  readonly where: string;
  readonly reset: string;
} {
  const [ofDatabase, ofRole] = [quoteName(database), quoteName(role)];
  switch (source) {
    case 'database':
      return { where: `for the database ${database}`, reset: `ALTER DATABASE ${ofDatabase} RESET ${name};` };
    case 'user':
      return { where: `for the role ${role}`, reset: `ALTER ROLE ${ofRole} RESET ${name};` };
    case 'database user':
      return {
        where: `for the role ${role} in the database ${database}`,
        reset: `ALTER ROLE ${ofRole} IN DATABASE ${ofDatabase} RESET ${name};`,
      };
    default:
      return {
        where: `in the server's configuration: ${source}`,
        reset: `reset ${name} in the parameter group, also in the one that the drill restores with; on a server of your own, in postgresql.conf (ALTER SYSTEM RESET ${name};).`,
      };
  }
}
