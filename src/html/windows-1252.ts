/** The characters that windows-1252 has where Latin-1 has controls: WHATWG Encoding Standard, index-windows-1252. */

/** From 0x80; 0 where windows-1252 has the control character too. */
const CODES = [
  ...[0x20ac, 0, 0x201a, 0x192, 0x201e, 0x2026, 0x2020, 0x2021, 0x2c6, 0x2030, 0x160, 0x2039, 0x152, 0, 0x17d, 0],
  ...[0, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x2dc, 0x2122, 0x161, 0x203a, 0x153, 0, 0x17e, 0x178],
]

/** The character for a byte in 0x80 to 0x9F. */
export function windows1252(byte: number): string {
  return String.fromCharCode(CODES[byte - 0x80] || byte)
}

/** A string of bytes (one character each) read as windows-1252. TextDecoder of Node 20 reads them as Latin-1. */
export function readWindows1252(bytes: string): string {
  return bytes.replace(/[\u0080-\u009f]/g, (byte) => windows1252(byte.charCodeAt(0)))
}
