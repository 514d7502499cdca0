import { isIP, isIPv6 } from 'node:net';
import type { Config } from '@conclave/runtime/config';
import { ArgumentError } from '../usage-error.ts';

/** The Conclave that is looked at, as browsers name it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  /** `https://meet.example.org` */
  readonly origin: string;
  /** Of the redirect; undefined where nobody said which it is. */
  readonly httpPort: number | undefined;
  /** PEM file of a CA that is trusted beside those of this machine, and whose it is. */
  readonly ca: { readonly file: string; readonly whose: string } | undefined;
}

/** A target with the one of its addresses that is spoken to. */
export interface Reached extends Target {
  readonly address: string;
}

interface Named {
  readonly host: string;
  readonly port: number | undefined;
}

/** @param text `HOST`, `HOST:PORT`, or a URL of pages. @throws ArgumentError */
export function readHost(text: string): Named {
  const url = URL.parse(/^https:\/\//i.test(text) ? text : `https://${isIPv6(text) ? `[${text}]` : text}`);
  const isBare =
    url !== null && url.username + url.password === '' && (/^https:/i.test(text) || (url.pathname === '/' && !text.endsWith('/')));
  if (!isBare || url.hostname === '') throw new ArgumentError(`"${text}" is no HOST or HOST:PORT.`);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: url.port === '' ? undefined : Number(url.port) };
}

/** Whether a name means the installation of this configuration. */
export function isOwn({ host, port }: Named, config: Pick<Config, 'host' | 'httpsPort'>): boolean {
  return host === config.host && (port === undefined || port === config.httpsPort);
}

/** @throws ArgumentError for a port that is none. */
export function readPort(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) throw new ArgumentError(`"${text}" is no port.`);
  return port;
}

/** Host and port as they stand behind `https://`. */
export function originOf(host: string, port: number): string {
  const name = isIPv6(host) ? `[${host}]` : host;
  return port === 443 ? `https://${name}` : `https://${name}:${port}`;
}

/** What TLS is told as the name: there is none for an address (RFC 6066 §3). */
export function serverName(host: string): string {
  return isIP(host) === 0 ? host : '';
}
