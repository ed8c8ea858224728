import type { Measurement } from './benchmark.ts';

const columns = ['', 'value', 'against', 'ratio', 'wanted', ''] as const;

/** The results as an aligned table for people. */
export function resultTable(results: readonly Measurement[]): string {
  const rows = [columns, ...results.map(cells)];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => align(cell, widths[column] ?? 0, column))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cells({ name, value, unit, against, ratio, wanted, met }: Measurement): string[] {
  return [
    name,
    `${rounded(value)} ${unit}`,
    against === null ? '' : `${rounded(against)} ${unit}`,
    ratio === null ? '' : ratio.toFixed(2),
    wanted ?? '',
    met === null ? '' : met ? 'met' : 'NOT MET',
  ];
}

function align(cell: string, width: number, column: number): string {
  const isNumber = column > 0 && column < 4;
  return isNumber ? cell.padStart(width) : cell.padEnd(width);
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(value >= 10 ? 1 : 2);
}
