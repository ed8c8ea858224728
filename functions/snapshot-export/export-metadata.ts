/** What the service says of a finished export, in files and fields that AWS does not document: read leniently. */
export interface ExportMetadata {
  readonly infoFiles: number;
  readonly tableInfoFiles: number;
  /** Everything that they speak of: `database.schema.table`, or a whole database that was skipped. */
  readonly targets: readonly string[];
  /** Targets that are not COMPLETE in every part, with their status and what else is said of it. */
  readonly incomplete: readonly { readonly target: string; readonly status: string }[];
}

export function readExportMetadata(
  files: readonly { readonly key: string; readonly text: string }[],
): ExportMetadata {
  const tableInfos = files.filter(({ key }) => /export_tables_info_/i.test(key));
  const lists = tableInfos.map(({ key, text }) => ({ key, list: tableList(parseJson(text)) }));
  const statuses = lists.flatMap(({ list = [] }) => list).map(readStatus);
  return {
    infoFiles: files.length - tableInfos.length,
    tableInfoFiles: tableInfos.length,
    targets: statuses.map(({ target }) => target),
    incomplete: [
      ...lists
        .filter(({ list }) => list === undefined)
        .map(({ key }) => ({ target: key, status: 'not readable as JSON with "perTableStatus"' })),
      ...statuses.filter(({ status }) => status !== 'COMPLETE'),
    ],
  };
}

interface TableEntry {
  readonly target?: unknown;
  readonly status?: unknown;
  readonly warningMessage?: unknown;
  readonly tableStatistics?: {
    readonly partitioningInfo?: {
      readonly numberOfPartitions?: unknown;
      readonly numberOfCompletedPartitions?: unknown;
    } | null;
  } | null;
}

function tableList(content: unknown): (TableEntry | null)[] | undefined {
  const list = (content as { perTableStatus?: unknown } | undefined | null)?.perTableStatus;
  return Array.isArray(list) ? list : undefined;
}

function readStatus(entry: TableEntry | null) {
  return {
    target: String(entry?.target ?? '?'),
    status: [entry?.status ?? 'no status', entry?.warningMessage, unfinishedParts(entry)]
      .filter(Boolean)
      .join(': '),
  };
}

/** The service reads a table in parts; numbers that are not there say nothing. */
function unfinishedParts(entry: TableEntry | null): string | undefined {
  const { numberOfPartitions: parts, numberOfCompletedPartitions: completed } =
    entry?.tableStatistics?.partitioningInfo ?? {};
  if (typeof parts !== 'number' || typeof completed !== 'number' || completed >= parts) return undefined;
  return `only ${completed} of its ${parts} parts were completed`;
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the callers report the text itself.
    return undefined;
  }
}
