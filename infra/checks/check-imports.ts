import { checkImports } from './import-rules.ts';

const { fileCount, faults } = await checkImports(process.cwd());
for (const fault of faults) process.stderr.write(`${fault}\n`);
process.stdout.write(`${fileCount} files, ${faults.length} faults in their imports\n`);
if (faults.length > 0) process.exitCode = 1;
