const PERMISSIONS_POLICY = [
  ...[
    'camera',
    'microphone',
    'display-capture',
    'autoplay',
    'fullscreen',
    'picture-in-picture',
    'screen-wake-lock',
    'speaker-selection',
    'clipboard-write',
  ].map((feature) => `${feature}=(self)`),
  ...['geolocation', 'payment', 'usb', 'serial', 'hid', 'midi', 'accelerometer', 'gyroscope', 'magnetometer', 'browsing-topics'].map(
    (feature) => `${feature}=()`,
  ),
].join(', ');

/** No inline script or style, nothing from another host, no frame around us. */
export function pagePolicy(host: string | undefined): string {
  // WebKit before 15.4 does not take wss: of the same host as 'self'.
  const socket = host !== undefined && /^[a-z0-9.:[\]-]{1,255}$/i.test(host) ? ` wss://${host}` : '';
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "font-src 'self'",
    `connect-src 'self'${socket}`,
    "media-src 'self' blob:",
    "worker-src 'self' blob:",
    "manifest-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Headers that every reply carries, pages, API and errors alike; `host` is the installation's name. */
export function securityHeaders(host: string): Readonly<Record<string, string>> {
  return {
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'permissions-policy': PERMISSIONS_POLICY,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    // Of localhost it would speak for every other program on this machine too, whatever its port.
    ...(host !== 'localhost' && { 'strict-transport-security': 'max-age=63072000; includeSubDomains' }),
  };
}
