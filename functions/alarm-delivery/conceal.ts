const shortest = 8;

/** A text that a sink answered with, unless it gives the secret away, or a part of it as long as a password. */
export function conceal(text: string, secret: string): string {
  const parts = [secret, ...secret.split(/[^A-Za-z0-9_-]+/)].filter((part) => part.length >= shortest);
  return parts
    .sort((one, other) => other.length - one.length)
    .reduce((concealed, part) => concealed.replaceAll(part, '[secret]'), text);
}
