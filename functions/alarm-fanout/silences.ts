import { type Silence, silencesKey } from '../../shared/alarm/silence.ts';
import { type AlarmTable, readItems } from './alarm-table.ts';

/** The silences that people have set by hand and that have not ended. */
export async function readSilences(table: AlarmTable, now: Date): Promise<Silence[]> {
  const found: Silence[] = [];
  for await (const { silence } of readItems(table, silencesKey)) {
    found.push(JSON.parse(String(silence)) as Silence);
  }
  return found.filter(({ until }) => Date.parse(until) > now.getTime());
}
