import { fileURLToPath } from 'node:url';

/** The folder of the checkout that this command line belongs to. */
export const projectRoot = fileURLToPath(new URL('..', import.meta.url));
