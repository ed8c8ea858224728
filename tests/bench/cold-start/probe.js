// Prints when a fresh process has imported the module that it is given: milliseconds since the import began, and
// since the process itself began, which is what a cold start waits for.
const importedFrom = performance.now();
await import(process.argv[2]);
const ready = performance.now();
process.stdout.write(JSON.stringify({ importMs: ready - importedFrom, readyMs: ready }));
process.exit(0);
