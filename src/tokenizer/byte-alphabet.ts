/**
 * How byte-level tokens are written as text: GPT-2's printable stand-ins for the 256 bytes (`encoder.py`,
 * bytes_to_unicode). Printable Latin-1 stands for itself, the other bytes, in order, for U+0100 and on.
 */

/** The character of each byte. */
export const CHARACTER_OF_BYTE: readonly string[] = makeCharacters()

/** The byte of each character code, -1 where there is none. */
const BYTE_OF_CODE = new Int16Array(0x180).fill(-1)
for (const [byte, character] of CHARACTER_OF_BYTE.entries()) BYTE_OF_CODE[character.charCodeAt(0)] = byte

function makeCharacters(): string[] {
  let beyond = 0x100
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae
    return String.fromCharCode(printable ? byte : beyond++)
  })
}

/** Writes the bytes that a token's text stands for to `out` from `at` on; gives their end, -1 when a character is no byte's. */
export function writeTokenBytes(text: string, out: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i++) {
    const byte = BYTE_OF_CODE[text.charCodeAt(i)] ?? -1
    if (byte < 0) return -1
    out[at++] = byte
  }
  return at
}

/** The text that stands for a token's bytes. */
export function tokenText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += CHARACTER_OF_BYTE[byte]
  return text
}
