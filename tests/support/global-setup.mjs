// Plain JavaScript: jest would load TypeScript here through require, and the stack is made of ES modules.
import { makeDemoTemplate } from './demo-template.ts';
import { makeRunFolder } from './run-folder.ts';

/** Once for each run of jest, before the first test file. */
export default async function globalSetup() {
  globalThis.nightshiftRemoveRunFolder = await makeRunFolder();
  globalThis.nightshiftRemoveTemplate = await makeDemoTemplate();
}
