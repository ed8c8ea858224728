/** A page that people may open. `url` is absolute, and holds no character that markup gives a meaning to. */
export interface Link {
  readonly text: string;
  readonly url: string;
}

/** What every sink takes in a link; addresses of pictures that are signed are the longest. */
const mostUrlLength = 2_900;

/** The address, written so that no markup can be in it; null for what is no address of the web, or too long. */
export function safeUrl(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const { protocol, href, username, password } = new URL(text);
  if (protocol !== 'https:' && protocol !== 'http:') return null;
  if (username !== '' || password !== '') return null;
  const url = href.replace(/[|<>"'`()[\]{}\\^*~]/g, encoded);
  return url.length <= mostUrlLength ? url : null;
}

function encoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
