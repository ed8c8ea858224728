/** `1.4 MB`, `312 B`: decimal units, as S3 bills them. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = bytes < 1_000 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  const value = bytes / 1_000 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}

/** `1 h 04 min`, `3 min 20 s`, `4.2 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60), whole % 60];
  const two = (value: number) => String(value).padStart(2, '0');
  return hours > 0 ? `${hours} h ${two(minutes)} min` : `${minutes} min ${two(rest)} s`;
}

/** `2026-01-02 03:04:05 UTC` */
export function formatTime(iso: string | null): string {
  return iso ? `${iso.slice(0, 19).replace('T', ' ')} UTC` : '-';
}

/** `2024-01-02 … 2024-03-04`, of times as Postgres or ISO 8601 writes them; `-` where there is none. */
export function formatPeriod(oldest: string | null, newest: string | null): string {
  return oldest && newest ? `${dayOf(oldest)} … ${dayOf(newest)}` : '-';
}

const dayOf = (time: string) => /^[^ T]+/.exec(time)?.[0] ?? time;

export function formatCount(count: number): string {
  return count.toLocaleString('en-US');
}

/** `██████░░░░ 60%` */
export function formatBar(percent: number, width = 24): string {
  const bounded = Math.max(0, Math.min(100, percent));
  const full = Math.round((bounded / 100) * width);
  return `${'█'.repeat(full)}${'░'.repeat(width - full)} ${Math.round(bounded)}%`;
}
