/** Hosts that are this machine itself: what is sent there passes no network. */
const ownHosts = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whether pages may be sent there: by TLS; without it only to a proxy on the same machine. No user and password: fetch
 * takes no address that holds them.
 */
export function isSinkAddress(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hostname, username, password } = new URL(text);
  if (username !== '' || password !== '') return false;
  return protocol === 'https:' || (protocol === 'http:' && ownHosts.has(hostname));
}
