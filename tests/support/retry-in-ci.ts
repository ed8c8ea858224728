import { jest } from '@jest/globals';

// Real servers on a shared machine: there a failure is printed and tried once more, so that one hiccup does not decide
// over a change. At a developer's machine nothing is tried twice.
if (process.env.CI) jest.retryTimes(1, { logErrorsBeforeRetry: true });
