/** First path segments of the product's own pages: no room may take them, nor one that begins with `_`. */
export const RESERVED_SEGMENTS = [
  'api',
  'assets',
  'check',
  'dashboard',
  'embed',
  'healthz',
  'media',
  'privacy',
  'setup',
  'sign-in',
  'signal',
] as const;
