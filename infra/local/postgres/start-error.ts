/** A server that ended, or was ended, before it accepted connections. `log` holds its own words. */
export class PostgresStartError extends Error {
  override readonly name: string = 'PostgresStartError';
  readonly log: string;

  constructor(doing: string, log: string) {
    const said = fatalLines(log) || log.trim() || 'nothing';
    super(`${doing}: the server said: ${said}`);
    this.log = log;
  }
}

/** The lines that tell why a server ended. */
function fatalLines(log: string): string {
  return log
    .split('\n')
    .filter((line) => /(FATAL|PANIC|could not|invalid value)/.test(line))
    .join(' | ');
}
