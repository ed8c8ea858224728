/** Numbers of CloudWatch in units that people use. */

/** `91.2 %`, `6.2 ms`, `7.5 GiB`; of three digits, unless more are asked for. */
export type Amount = (value: number, digits?: number) => string;

const usualDigits = 3;
const mostDigits = 15;

/** Both in words, with as many digits as it takes to tell them apart: 80.02 % is over 80 %. */
export function inWords(amount: Amount, value: number, limit: number): readonly [string, string] {
  for (let digits = usualDigits; digits < mostDigits; digits += 1) {
    const words = [amount(value, digits), amount(limit, digits)] as const;
    if (words[0] !== words[1] || value === limit) return words;
  }
  return [String(value), String(limit)];
}

function plain(value: number, digits = usualDigits): string {
  if (Math.abs(value) >= 1e15) return String(value);
  // A whole number is told whole, however long: 1,234 connections are not 1,230.
  const whole = Math.abs(value) >= 10 ** digits || Number.isInteger(value);
  return value.toLocaleString(
    'en-US',
    whole
      ? { maximumFractionDigits: Math.max(0, digits - usualDigits) }
      : { maximumSignificantDigits: digits },
  );
}

const percent: Amount = (value, digits) => `${plain(value, digits)} %`;

/** In the largest unit that leaves something before the point; nothing at all in the unit of the metric. */
function scaled(steps: readonly (readonly [number, string])[], suffix = ''): Amount {
  return (value, digits) => {
    const fits = ([size]: readonly [number, string]) => (value === 0 ? size === 1 : Math.abs(value) >= size);
    const [size, unit] = steps.find(fits) ?? steps.at(-1) ?? [1, ''];
    return `${plain(value / size, digits)} ${unit}${suffix}`;
  };
}

const byteSteps = [
  [1_024 ** 4, 'TiB'],
  [1_024 ** 3, 'GiB'],
  [1_024 ** 2, 'MiB'],
  [1_024, 'KiB'],
  [1, 'bytes'],
] as const;
const secondSteps = [
  [86_400, 'days'],
  [3_600, 'h'],
  [60, 'min'],
  [1, 's'],
  [1e-3, 'ms'],
  [1e-6, 'µs'],
] as const;

const bytes = scaled(byteSteps);
const seconds = scaled(secondSteps);
const perSecond: Amount = (value, digits) => `${plain(value, digits)}/s`;

/** Of `AWS/RDS`: its events do not say the unit. Latencies are seconds there. */
const ofMetric: ReadonlyMap<string, Amount> = new Map<string, Amount>([
  ...['CPUUtilization', 'BurstBalance', 'EBSIOBalance%', 'EBSByteBalance%'].map(
    (name) => [name, percent] as const,
  ),
  ...[
    'FreeableMemory',
    'FreeStorageSpace',
    'FreeLocalStorage',
    'SwapUsage',
    'TransactionLogsDiskUsage',
    'ReplicationSlotDiskUsage',
    'OldestReplicationSlotLag',
    'OldestLogicalReplicationSlotLag',
  ].map((name) => [name, bytes] as const),
  ...['ReadLatency', 'WriteLatency', 'ReplicaLag', 'CheckpointLag'].map((name) => [name, seconds] as const),
  ...['ReadIOPS', 'WriteIOPS'].map((name) => [name, perSecond] as const),
  ...[
    'ReadThroughput',
    'WriteThroughput',
    'NetworkReceiveThroughput',
    'NetworkTransmitThroughput',
    'TransactionLogsGeneration',
  ].map((name) => [name, scaled(byteSteps, '/s')] as const),
]);

const ofUnit: ReadonlyMap<string, Amount> = new Map<string, Amount>([
  ['Percent', percent],
  ['Bytes', bytes],
  ['Bytes/Second', scaled(byteSteps, '/s')],
  ['Count/Second', perSecond],
  ['Seconds', seconds],
  ['Milliseconds', (value, digits) => seconds(value / 1e3, digits)],
  ['Microseconds', (value, digits) => seconds(value / 1e6, digits)],
]);

/** How a metric's values are told: by what it is, by the unit that the event says, or as plain numbers. */
export function amountOf(
  metric: { readonly namespace: string; readonly name: string } | null,
  unit: string | null,
): Amount {
  const known = metric?.namespace === 'AWS/RDS' ? ofMetric.get(metric.name) : undefined;
  return known ?? ofUnit.get(unit ?? '') ?? plain;
}
