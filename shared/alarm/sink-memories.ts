/**
 * What ids in the table of deliveries begin with, before a `#`, by sink: of what was delivered to it, and of what the
 * fallback was told instead. The role of one sink's function reaches no other's.
 */
export function memoriesOf(sink: string): readonly [delivered: string, toldElsewhere: string] {
  return [`delivered-${sink}`, `told-elsewhere-${sink}`];
}
