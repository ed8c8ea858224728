import type { ExportManifest, ManifestFile } from '../../shared/export/export-manifest.ts';

/** The manifest of an export of one table, `public.patients` of the database `shop`; tests vary it by spread. */
export function manifestOf(
  files: readonly ManifestFile[],
  changed: Partial<ExportManifest> = {},
): ExportManifest {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  return {
    instance: 'shop-prod',
    databaseName: 'shop',
    snapshot: {
      identifier: 'rds:shop-prod-2026-01-02-03-06',
      arn: 'arn:aws:rds:us-west-1:111122223333:snapshot:rds:shop-prod-2026-01-02-03-06',
      createdAt: '2026-01-02T03:06:30.000Z',
      adopted: true,
    },
    moment: null,
    export: {
      id: 'e',
      bucket: 'b',
      prefix: 'exports/e/',
      exportOnly: ['shop'],
      startedAt: '2026-01-02T03:10:00.000Z',
      endedAt: '2026-01-02T04:00:00.000Z',
    },
    schema: { key: 'exports/e/schema.json', sha256: '' },
    skipped: [],
    tables: [
      {
        folder: 'public.patients',
        tables: ['public.patients'],
        rows,
        bytes,
        against: 'no counts',
        files,
      },
    ],
    ...changed,
  };
}
