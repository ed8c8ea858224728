// Plain JavaScript: jest would load TypeScript here through require, and the stack is made of ES modules.
import { makeDemoTemplate } from './demo-template.ts';

/** Once for each run of jest, before the first test file. */
export default async function globalSetup() {
  globalThis.nightshiftRemoveTemplate = await makeDemoTemplate();
}
