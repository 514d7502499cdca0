import { describe, expect, test } from 'vitest';
import { readPlan } from './plan.ts';

const url = 'https://localhost:8443/standup';

describe('what a load test is called with', () => {
  test('names a room by the link that people have, with its token', () => {
    const plan = readPlan({ url: `${url}?token=abc`, subscribers: '3' });
    expect(plan).toMatchObject({
      origin: 'https://localhost:8443',
      room: 'standup',
      token: 'abc',
      publishers: 0,
      subscribers: 3,
      seconds: 30,
    });
    expect(readPlan({ url: `${url}?token=abc`, token: 'def', publishers: '1' }).token).toBe('def');
  });

  test('lets people stay to the end unless it is told for how long', () => {
    expect(readPlan({ url, subscribers: '1' }).staySeconds).toBeNull();
    expect(readPlan({ url, subscribers: '1', stay: '1.5' }).staySeconds).toBe(1.5);
  });

  test('takes as many processes as there are people for, and no more', () => {
    expect(readPlan({ url, publishers: '1', processes: '8' }).processes).toBe(1);
    expect(readPlan({ url, subscribers: '450', 'join-rate': '100' }).processes).toBeGreaterThanOrEqual(5);
  });

  test.each([
    [{ publishers: '1' }, '--url is missing'],
    [{ url: 'standup', publishers: '1' }, '--url is not a URL'],
    [{ url: 'http://localhost/standup', publishers: '1' }, 'https://HOST/ROOM'],
    [{ url: 'https://localhost:8443/', publishers: '1' }, 'https://HOST/ROOM'],
    [{ url: 'https://localhost:8443/a/b', publishers: '1' }, 'https://HOST/ROOM'],
    [{ url }, 'Nobody is to join'],
    [{ url, publishers: '1.5' }, '--publishers is to be a whole number'],
    [{ url, publishers: '-1' }, '--publishers is to be a number from 0 to 5000'],
    [{ url, publishers: '1', seconds: '3601' }, '--seconds is to be a number from 1 to 3600'],
    [{ url, publishers: '1', 'join-rate': 'fast' }, '--join-rate is to be a number'],
    [{ url, publishers: '1', 'join-rate': '0' }, '--join-rate is to be a number'],
    [{ url, publishers: '1', stay: 'a while' }, '--stay is to be a number from 0 to 3600'],
    [{ url, subscribers: '100', seconds: '10' }, 'the last of 100 joins after 20 s'],
  ])('%j is refused', (options, text) => {
    expect(() => readPlan(options)).toThrow(text);
  });
});
