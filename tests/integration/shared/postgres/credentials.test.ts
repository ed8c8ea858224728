import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LocalStack, startStack } from '../../../../infra/local/stack.ts';
import { ConfigError, ServiceError } from '../../../../shared/job/errors.ts';
import { fetchCredentials } from '../../../../shared/postgres/credentials.ts';

const region = 'us-west-1';
const address = { host: 'menotime-prod.abc.us-west-1.rds.amazonaws.com', port: 5432 };
const secretId = 'menotime/db/prod';
let stack: LocalStack;

beforeAll(async () => {
  stack = await startStack();
  Object.assign(process.env, stack.environment);
});
afterAll(() => stack.stop());

const fetchSecret = (value: string, id = secretId) => {
  stack.secrets.put({ name: id, value, region });
  return fetchCredentials({ kind: 'secret', secretId: id }, address, region);
};

describe('a secret', () => {
  test('as RDS writes it gives user and password, and the rest is left alone', async () => {
    const value = {
      username: 'nightshift',
      password: 'p "q" \\ ü',
      engine: 'postgres',
      port: 5432,
      extra: null,
    };
    expect(await fetchSecret(JSON.stringify(value))).toEqual({ user: 'nightshift', password: 'p "q" \\ ü' });
  });

  test('is fetched anew each time, since it rotates', async () => {
    await fetchSecret('{"username":"a","password":"one"}');
    expect((await fetchSecret('{"username":"a","password":"two"}')).password).toBe('two');
  });

  test.each([
    'hunter2-is-the-password',
    '{"username":"a","password":"hunter2',
    '{"username":"a","password":""}',
    '{"username":"a","passwort":"hunter2"}',
    '{"username":"","password":"hunter2"}',
    '{"username":"a","password":["hunter2"]}',
    '{"username":{"hunter2":1},"password":"hunter2"}',
    '["hunter2"]',
    '"hunter2"',
    'null',
    '',
  ])('of another shape is refused without being quoted: %p', async (value) => {
    const error = await fetchSecret(value).then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(ConfigError);
    const { message, stack: trace, cause } = error as Error;
    expect(message).toContain(`The secret ${secretId} does not hold what was expected`);
    expect(`${message}${trace}${String(cause)}`).not.toContain('hunter2');
  });

  test('that is not there is named', async () => {
    const fetching = fetchCredentials({ kind: 'secret', secretId: 'nowhere' }, address, region);
    await expect(fetching).rejects.toThrow(ServiceError);
    await expect(fetching).rejects.toThrow(
      /^Reading the secret nowhere failed\. ResourceNotFoundException: /,
    );
  });
});

test('an IAM token is signed here, for this user and address, for 15 minutes, without a call', async () => {
  const before = stack.gateway.calls.length;
  const { user, password } = await fetchCredentials({ kind: 'iam', user: 'night shift' }, address, region);
  expect(user).toBe('night shift');
  const url = new URL(`https://${password}`);
  expect(url.host).toBe(`${address.host}:5432`);
  expect(Object.fromEntries(url.searchParams)).toMatchObject({
    Action: 'connect',
    DBUser: 'night shift',
    'X-Amz-Expires': '900',
    'X-Amz-Credential': expect.stringMatching(/^local\/\d{8}\/us-west-1\/rds-db\/aws4_request$/),
    'X-Amz-Signature': expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(password).not.toMatch(/^https?:/);
  expect(stack.gateway.calls.length).toBe(before);
});
