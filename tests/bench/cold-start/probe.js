// Prints how many milliseconds this fresh process takes to import the module that it is given.
const startedAt = performance.now();
await import(process.argv[2]);
process.stdout.write(String(performance.now() - startedAt));
process.exit(0);
