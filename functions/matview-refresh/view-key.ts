/** What stands between the braces of a node, field by field. In what users named, Postgres escapes braces and spaces. */
function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  let depth = 0;
  let name: string | null = null;
  let begin = 0;
  const close = (end: number) => {
    if (name !== null) fields.set(name, text.slice(begin, end).trim());
  };
  for (const token of text.matchAll(/\\.|[{}()]| :(\w+) /gs)) {
    const [found, field] = token;
    if (field !== undefined && depth === 1) {
      close(token.index);
      name = field;
      begin = token.index + found.length - 1;
    }
    if (found === '{' || found === '(') depth += 1;
    if (found === '}' || found === ')') {
      depth -= 1;
      if (depth === 0) close(token.index);
    }
  }
  return fields;
}

/** The items of a list `(a b c)` of braces. */
function itemsOf(list: string): string[] {
  const items: string[] = [];
  let depth = 0;
  let begin = 0;
  for (const { 0: found, index } of list.matchAll(/\\.|[{}]/gs)) {
    if (found === '{') {
      if (depth === 0) begin = index;
      depth += 1;
    }
    if (found === '}') {
      depth -= 1;
      if (depth === 0) items.push(list.slice(begin, index + 1));
    }
  }
  return items;
}

const empty = '<>';

/**
 * Columns by which the rows of a query differ, from its stored tree: those of GROUP BY or DISTINCT, if all of them are
 * in its answer. Null where the tree does not tell.
 */
export function keyOf(tree: string): string[] | null {
  const [query] = itemsOf(tree);
  if (query === undefined) return null;
  const fields = fieldsOf(query);
  const has = (name: string) => (fields.get(name) ?? empty) !== empty;
  if (has('setOperations') || has('groupingSets')) return null;
  // A function that answers several rows multiplies the groups.
  if (fields.get('hasTargetSRFs') !== 'false' && !has('distinctClause')) return null;
  const clause = ['distinctClause', 'groupClause'].find(has);
  if (clause === undefined) return null;
  const columns = new Map(itemsOf(fields.get('targetList') ?? '').flatMap(columnByReference));
  const references = itemsOf(fields.get(clause) ?? '').map((item) => fieldsOf(item).get('tleSortGroupRef'));
  const key = references.map((reference) => columns.get(reference ?? ''));
  return key.length > 0 && key.every((column) => column !== undefined) ? key : null;
}

function columnByReference(target: string): [string, string][] {
  const fields = fieldsOf(target);
  const name = fields.get('resname');
  if (fields.get('resjunk') !== 'false' || name === undefined || name === empty) return [];
  return [[fields.get('ressortgroupref') ?? '', name.replaceAll(/\\(.)/gs, '$1')]];
}
