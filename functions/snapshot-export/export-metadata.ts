/** What the service says of a finished export, in files and fields that AWS does not document: read leniently. */
export interface ExportMetadata {
  readonly infoFiles: number;
  readonly tableInfoFiles: number;
  /** Targets, `database.schema.table`, whose status is not COMPLETE, with that status. */
  readonly incomplete: readonly { readonly target: string; readonly status: string }[];
}

export function readExportMetadata(
  files: readonly { readonly key: string; readonly text: string }[],
): ExportMetadata {
  const tableInfos = files.filter(({ key }) => /export_tables_info_/i.test(key));
  const incomplete = tableInfos.flatMap(({ key, text }) => incompleteTables(key, parseJson(text)));
  return { infoFiles: files.length - tableInfos.length, tableInfoFiles: tableInfos.length, incomplete };
}

function incompleteTables(key: string, content: unknown): ExportMetadata['incomplete'] {
  const list = (content as { perTableStatus?: unknown } | undefined)?.perTableStatus;
  if (!Array.isArray(list)) return [{ target: key, status: 'not readable as JSON with "perTableStatus"' }];
  return list
    .map((entry: { target?: unknown; status?: unknown; warningMessage?: unknown }) => ({
      target: String(entry?.target ?? '?'),
      status: [entry?.status ?? 'no status', entry?.warningMessage].filter(Boolean).join(': '),
    }))
    .filter(({ status }) => status !== 'COMPLETE');
}

/** What a COMPLETE export's warning says: names of what was left out, and reasons that concern no single table. */
export interface ExportWarning {
  readonly names: readonly string[];
  readonly general: readonly string[];
}

/** The warning is a JSON string whose shape AWS does not promise; what cannot be read counts as a general reason. */
export function parseWarning(text: string | null): ExportWarning {
  if (!text) return { names: [], general: [] };
  const parsed = parseJson(text);
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    return { names: [], general: [text] };
  const entries = Object.entries(parsed);
  const skipped = entries
    .filter(([key]) => key.startsWith('skipped'))
    .flatMap(([, value]) => (Array.isArray(value) ? value : [value]))
    .map(readSkip);
  const others = entries.filter(([key]) => !key.startsWith('skipped'));
  return {
    names: skipped.flatMap(({ names }) => names),
    general: [...skipped.flatMap(({ general }) => general), ...others.flatMap(([, value]) => wordsIn(value))],
  };
}

/** One entry is a name, or carries names among other words; where none can be told, its words are a general reason. */
function readSkip(entry: unknown): ExportWarning {
  const words = wordsIn(entry);
  const names = words.filter(looksLikeName);
  return names.length > 0 || words.length === 0
    ? { names, general: [] }
    : { names: [], general: [words.join(' ')] };
}

/** `schema.table`, and not the full stop of a sentence. */
function looksLikeName(text: string): boolean {
  return text.includes('.') && !/\.(\s|$)/.test(text);
}

function wordsIn(value: unknown): string[] {
  if (value === null || value === undefined) return [];
  return typeof value === 'object' ? Object.values(value).flatMap(wordsIn) : [String(value)];
}

/** Whether a name in a warning means this table: with or without the database, quoted or not. */
export function namesTable(name: string, databaseName: string, table: string): boolean {
  const plain = name.replaceAll('"', '');
  const wanted = table.replaceAll('"', '');
  return plain === wanted || plain === `${databaseName}.${wanted}`;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the callers report the text itself.
    return undefined;
  }
}
