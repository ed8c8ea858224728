/** Hosts that are this machine itself: what is sent there passes no network. */
const ownHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether pages may be sent there: by TLS; without it only to a proxy on the same machine. */
export function isSinkAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && ownHosts.has(hostname));
}
