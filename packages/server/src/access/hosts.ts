import { RESERVED_DOMAINS } from '@conclave/protocol/rest/settings';

interface Addressed {
  slug: string;
  onPlainHost: boolean;
}

/** Host and port at which a team answers; `origin` is that of the plain host. */
export function hostOf(team: Addressed, origin: string): string {
  const { host } = new URL(origin);
  return team.onPlainHost ? host : `${team.slug}.${host}`;
}

/** The host label in a `Host` header, or null for the plain host and for every name that is not below it. */
export function slugInHost(hostHeader: string | undefined, origin: string): string | null {
  const name = (hostHeader ?? '').toLowerCase().replace(/:\d+$/, '');
  const suffix = `.${new URL(origin).hostname}`;
  return name.endsWith(suffix) ? name.slice(0, -suffix.length) : null;
}

/** A host label made of a team's name: letters, digits and `-`, 3 to 32 of them, none that is reserved. */
export function slugFor(name: string): string {
  const ascii = name.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
  const slug = ascii
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 28)
    .replace(/^-+|-+$/g, '');
  const reserved: readonly string[] = RESERVED_DOMAINS;
  return slug.length < 3 || reserved.includes(slug) ? `team-${slug}`.replace(/-$/, '') : slug;
}
