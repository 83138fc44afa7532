/**
 * Ranges of IP addresses that no line of a person is reached by. IANA's registries of special-purpose IPv4 and IPv6 addresses
 * (RFC 6890 with what was entered since, as of 2026), each with the document that it names; and multicast (RFC 5771, RFC 4291),
 * site-local (RFC 3879) and future use. What the registries call globally reachable but is a service of the network itself (AS112,
 * AMT, relays of transition techniques) counts as special too.
 */

export type Reach = 'public' | 'special' | 'documentation'

/** First address, length of the prefix, and where it says so. */
const IPV4: readonly (readonly [first: string, bits: number, source: string, reach?: Reach])[] = [
  ['0.0.0.0', 8, 'RFC 791'],
  ['10.0.0.0', 8, 'RFC 1918'],
  ['100.64.0.0', 10, 'RFC 6598'],
  ['127.0.0.0', 8, 'RFC 1122'],
  ['169.254.0.0', 16, 'RFC 3927'],
  ['172.16.0.0', 12, 'RFC 1918'],
  ['192.0.0.0', 24, 'RFC 6890'],
  ['192.0.2.0', 24, 'RFC 5737', 'documentation'],
  ['192.31.196.0', 24, 'RFC 7535'],
  ['192.52.193.0', 24, 'RFC 7450'],
  ['192.88.99.0', 24, 'RFC 7526'],
  ['192.168.0.0', 16, 'RFC 1918'],
  ['192.175.48.0', 24, 'RFC 7534'],
  ['198.18.0.0', 15, 'RFC 2544'],
  ['198.51.100.0', 24, 'RFC 5737', 'documentation'],
  ['203.0.113.0', 24, 'RFC 5737', 'documentation'],
  ['224.0.0.0', 4, 'RFC 5771'],
  ['240.0.0.0', 4, 'RFC 1112'],
]

const IPV6: readonly (readonly [first: readonly number[], bits: number, source: string, reach?: Reach])[] = [
  [[0, 0, 0, 0, 0, 0, 0, 0], 127, 'RFC 4291'], // unspecified and loopback
  [[0, 0, 0, 0, 0, 0xffff], 96, 'RFC 4291'],
  [[0, 0, 0, 0, 0xffff, 0], 96, 'RFC 2765'],
  [[0x64, 0xff9b, 0, 0, 0, 0], 96, 'RFC 6052'],
  [[0x64, 0xff9b, 1], 48, 'RFC 8215'],
  [[0x100, 0, 0, 0], 64, 'RFC 6666'],
  [[0x2001, 0xdb8], 32, 'RFC 3849', 'documentation'],
  [[0x2001, 0], 23, 'RFC 2928'], // Teredo, benchmarking, AMT, AS112, ORCHID and drone identifiers lie in it
  [[0x2002], 16, 'RFC 3056'],
  [[0x2620, 0x4f, 0x8000], 48, 'RFC 7534'],
  [[0x3fff, 0], 20, 'RFC 9637', 'documentation'],
  [[0x5f00], 16, 'RFC 9602'],
  [[0xfc00], 7, 'RFC 4193'],
  [[0xfe80], 10, 'RFC 4291'],
  [[0xfec0], 10, 'RFC 3879'],
  [[0xff00], 8, 'RFC 4291'],
]

/** Those of IPv4 that touch each first octet: one or none, mostly. */
const BY_FIRST_OCTET = Array.from({ length: 256 }, (_, octet) =>
  IPV4.map(([first, bits, , reach = 'special']) => ({ first: numberOf(first), bits, reach })).filter(
    ({ first, bits }) => octet >>> Math.max(0, 8 - bits) === (first >>> 24) >>> Math.max(0, 8 - bits),
  ),
)

/** @param address 32 bits, network order */
export function ipv4Reach(address: number): Reach {
  for (const { first, bits, reach } of BY_FIRST_OCTET[address >>> 24]) {
    if ((address ^ first) >>> (32 - bits) === 0) return reach
  }
  return 'public'
}

/** @param groups the eight of an address, 16 bits each */
export function ipv6Reach(groups: ArrayLike<number>): Reach {
  // Most of what is given out lies in 2000::/3, off the special ranges' first groups.
  const first = groups[0]
  if (first >= 0x2003 && first < 0x3fff && first !== 0x2620) return 'public'
  for (const [range, bits, , reach = 'special'] of IPV6) if (isWithin(groups, range, bits)) return reach
  return 'public'
}

function isWithin(groups: ArrayLike<number>, range: readonly number[], bits: number): boolean {
  for (let i = 0, left = bits; left > 0; i++, left -= 16) {
    if ((groups[i] ^ range[i]) >>> Math.max(0, 16 - left) !== 0) return false
  }
  return true
}

function numberOf(address: string): number {
  return address.split('.').reduce((number, octet) => ((number << 8) | Number(octet)) >>> 0, 0)
}
