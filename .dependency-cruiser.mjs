/**
 * Who may import whom. Run by `npm run lint:imports` (infra/checks/), which also follows what plans and reports
 * reach, and fails when a source file was not seen.
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
export default {
  forbidden: [
    {
      name: 'plans-and-reports-are-pure',
      comment: 'plan.ts and report.ts turn facts into values: no client, no Postgres, no file, no network.',
      severity: 'error',
      from: { path: '^functions/[^/]+/(plan|report)\\.ts$' },
      to: {
        path: [
          '^node_modules/(@aws-sdk|@smithy|@aws|@aws-lambda-powertools|@middy|pg|pg-copy-streams)/',
          '^shared/(aws|postgres)/(?!quote\\.ts$)',
          '^(node:)?(child_process|cluster|dgram|dns|fs|http|http2|https|net|os|process|timers|tls|worker_threads)(/|$)',
        ],
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'shared-knows-no-job',
      comment: 'The small library serves the jobs and knows none of them.',
      severity: 'error',
      from: { path: '^shared/' },
      to: { path: '^functions/' },
    },
    {
      name: 'jobs-are-independent',
      comment: 'One job can be deployed, run and removed without the others.',
      severity: 'error',
      from: { path: '^functions/([^/]+)/' },
      to: { path: '^functions/', pathNot: '^functions/$1/' },
    },
    {
      name: 'jobs-do-not-know-where-they-run',
      comment: 'The same code runs on Lambda, on the embedded stack and in tests.',
      severity: 'error',
      from: { path: '^(functions|shared)/' },
      to: { path: '^(infra|cli|tests)/' },
    },
    {
      name: 'jobs-use-what-is-installed-with-them',
      comment: 'What is bundled stands under "dependencies", not under "devDependencies" or nowhere.',
      severity: 'error',
      from: { path: '^(functions|shared)/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'no-circles',
      comment:
        'Modules that import each other are loaded in an order that nobody chose. Types are gone by then.',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'every-import-resolves',
      comment: 'An import that leads nowhere escapes every other rule.',
      severity: 'error',
      from: {},
      // "aws-lambda" is a package of types alone, under @types.
      to: { couldNotResolve: true, pathNot: '^aws-lambda$' },
    },
  ],
  options: {
    // TypeScript 7 has no parser that dependency-cruiser knows; without this it sees no file and finds no fault.
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
      extensions: ['.ts', '.js'],
    },
  },
};
