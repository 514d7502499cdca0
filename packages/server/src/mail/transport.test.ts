import { Secret } from '@conclave/runtime/secret';
import { describe, expect, test } from 'vitest';
import { connectionOf } from './transport.ts';

const connection = (url: string) => connectionOf(new Secret(url));

describe('TLS to the mail server', () => {
  test('is there from the first byte and verified with smtps', () => {
    const { port, secure, tls } = connection('smtps://mail.example.org');
    expect({ port, secure, tls }).toEqual({ port: 465, secure: true, tls: { rejectUnauthorized: true } });
  });

  test.each(['smtp://mail.example.org', 'smtp://192.0.2.7:25', 'smtp://127.0.0.1.example.org', 'smtp://localhost.example.org'])(
    'is demanded and verified with %s',
    (url) =>
      expect(connection(url)).toMatchObject({
        secure: false,
        requireTLS: true,
        opportunisticTLS: false,
        tls: { rejectUnauthorized: true },
      }),
  );

  test.each(['smtp://localhost:2525', 'smtp://127.0.0.1:2525', 'smtp://[::1]:2525'])('is not demanded on loopback: %s', (url) =>
    expect(connection(url)).toMatchObject({ port: 2525, requireTLS: false, tls: { rejectUnauthorized: false } }),
  );
});

test('user and password are taken from the URL, decoded', () => {
  expect(connection('smtp://ada%40example.org:p%2Fw%3A@mail.example.org').auth).toEqual({ user: 'ada@example.org', pass: 'p/w:' });
  expect(connection('smtp://mail.example.org').auth).toBeUndefined();
});
