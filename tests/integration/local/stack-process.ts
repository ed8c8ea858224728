import { startStack } from '../../../infra/local/stack.ts';

/** Run as a process of its own: starts a stack, tells its folder and endpoint, and stays until it is ended. */
const { folder, endpoint } = await startStack();
process.stdout.write(`${JSON.stringify({ folder, endpoint })}\n`);
