/** The command that lists what the bucket still has of a key; KEY is the finding's to name. */
export function listVersions(bucket: string): string {
  return `\`aws s3api list-object-versions --bucket ${bucket} --prefix KEY\``;
}
