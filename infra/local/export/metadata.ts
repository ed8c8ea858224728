import type { CatalogueTable } from './catalogue.ts';
import { exportedColumn } from './column-types.ts';
import type { ExportRequest } from './exporter.ts';
import { exportedFilesPath } from './object-layout.ts';

const GIB = 2 ** 30;

const DATE = new Intl.DateTimeFormat('en-US', { dateStyle: 'medium', timeStyle: 'medium', timeZone: 'UTC' });

/** `Jul 19, 2023, 11:21:00 PM`, in UTC, with plain spaces. */
export function metadataDate(date: Date): string {
  return DATE.format(date).replaceAll('\u202f', ' ');
}

/** A table that was exported, as its metadata tells of it. */
export interface ExportedTable {
  readonly target: string;
  readonly table: CatalogueTable;
  readonly startedAt: Date;
  readonly endedAt: Date;
  readonly parts: number;
  readonly sizeBytes: number;
}

/** The contents of `export_info_<id>.json`, in the field names of the service's own file. */
export function exportInfo(request: ExportRequest, taskEndTime: Date, extractedBytes: number): string {
  return JSON.stringify({
    exportTaskIdentifier: request.exportTaskIdentifier,
    sourceArn: request.sourceArn,
    exportOnly: request.exportOnly,
    snapshotTime: metadataDate(request.snapshotTime),
    taskStartTime: metadataDate(request.taskStartTime),
    taskEndTime: metadataDate(taskEndTime),
    s3Bucket: request.bucket,
    s3Prefix: request.prefix,
    exportedFilesPath: exportedFilesPath(request),
    iamRoleArn: request.iamRoleArn,
    kmsKeyId: request.kmsKeyId,
    status: 'COMPLETE',
    percentProgress: 100,
    totalExportedDataInGB: extractedBytes / GIB,
  });
}

function tableStatus({ target, table, startedAt, endedAt, parts, sizeBytes }: ExportedTable) {
  return {
    tableStatistics: {
      extractionStartTime: metadataDate(startedAt),
      extractionEndTime: metadataDate(endedAt),
      partitioningInfo: { numberOfPartitions: parts, numberOfCompletedPartitions: parts },
    },
    schemaMetadata: {
      originalTypeMappings: table.columns.map((column) => ({
        columnName: column.name,
        originalType: column.dataType,
        expectedExportedType: exportedColumn(column).expectedExportedType,
        originalCharMaxLength: column.charMaxLength,
        originalNumPrecision: column.numPrecision,
        originalDateTimePrecision: column.dateTimePrecision,
      })),
    },
    status: 'COMPLETE',
    sizeGB: sizeBytes / GIB,
    target,
  };
}

/** The contents of one `export_tables_info_…json`. Like the service's, it holds no row counts. */
export function tablesInfo(tables: readonly ExportedTable[]): string {
  return JSON.stringify({ perTableStatus: tables.map(tableStatus) });
}
