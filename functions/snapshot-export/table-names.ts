/** `schema.table`, as this job and its config name a table. */
export function fullName({ schema, name }: { readonly schema: string; readonly name: string }): string {
  return `${schema}.${name}`;
}

const withoutQuotes = (name: string) => name.replaceAll('"', '');

/** Tells whether one of the service's names means a table: they come with or without the database, quoted or not. */
export function tableIsNamedBy(names: readonly string[], databaseName: string): (table: string) => boolean {
  const plain = new Set(names.map(withoutQuotes));
  return (table) => {
    const wanted = withoutQuotes(table);
    return plain.has(wanted) || plain.has(`${databaseName}.${wanted}`);
  };
}

/** The same from the other side: tells whether one of the service's names means one of these tables. */
export function nameMeansOneOf(tables: readonly string[], databaseName: string): (name: string) => boolean {
  const known = new Set(tables.map(withoutQuotes));
  const prefix = `${databaseName}.`;
  return (name) => {
    const plain = withoutQuotes(name);
    return known.has(plain) || (plain.startsWith(prefix) && known.has(plain.slice(prefix.length)));
  };
}
