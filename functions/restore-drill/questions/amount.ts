/** `1,501`. */
export const count = (value: number): string => value.toLocaleString('en-US');

/** `1 row`, `1,501 rows`. */
export const rowsOf = (value: number): string => `${count(value)} row${value === 1 ? '' : 's'}`;

/** `1 entry`, `1,501 entries`. */
export const entriesOf = (value: number): string => `${count(value)} ${value === 1 ? 'entry' : 'entries'}`;
