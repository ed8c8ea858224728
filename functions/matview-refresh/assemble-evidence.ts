import { type Evidence, parentId, type ServerMarks } from './evidence.ts';
import type { DefinitionIds, Definitions, FoundRelation } from './evidence-sql.ts';

/** What must be known of a view to judge it; a ViewNode is one. Relations and definitions by their oids. */
export interface JudgedView {
  readonly id: string;
  readonly reads: readonly string[];
  readonly definitionIds: DefinitionIds;
}

export interface Readings {
  readonly marks: ServerMarks;
  readonly relations: ReadonlyMap<string, FoundRelation>;
  readonly definitions: Definitions;
}

/** Gives each view its share of what was read for many. */
export function evidenceOf({ marks, relations, definitions }: Readings): (view: JudgedView) => Evidence {
  const children = childrenOf(relations);
  return ({ reads, definitionIds }) => {
    const ids = new Set(reads);
    // Grows while it is walked.
    for (const id of ids) for (const child of children.get(id) ?? []) ids.add(child);
    const found = [...ids].flatMap((id) => {
      const relation = relations.get(id);
      if (!relation) return [];
      const { fileNode, inserted, updated, deleted, shape, keptBy } = relation;
      const parents = relation.parents.filter((parent) => ids.has(parentId(parent)));
      return [[id, { fileNode, inserted, updated, deleted, parents, shape, keptBy }] as const];
    });
    return {
      marks,
      settings: definitions.settings,
      definitions: definitions.of(definitionIds),
      relations: Object.fromEntries(found),
    };
  };
}

function childrenOf(relations: Readings['relations']): ReadonlyMap<string, readonly string[]> {
  const links = [...relations].flatMap(([id, { parents }]) =>
    parents.map((parent) => ({ id, parent: parentId(parent) })),
  );
  return new Map(
    [...Map.groupBy(links, ({ parent }) => parent)].map(([parent, found]) => [
      parent,
      found.map(({ id }) => id),
    ]),
  );
}
