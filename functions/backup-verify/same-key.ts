/** Whether the ARN of a key, as RDS tells it, is of the key that the config names by ARN or id. */
export function sameKey(arn: string | null, wanted: string): boolean {
  if (arn === null) return false;
  return arn === wanted || arn.endsWith(`:key/${wanted}`);
}

/** RDS tells keys by their ARN: one that the config names by an alias cannot be compared with it. */
export function isAlias(wanted: string): boolean {
  return wanted.startsWith('alias/') || /:alias\//.test(wanted);
}
