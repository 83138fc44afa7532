/**
 * Which IP addresses a crawler may connect to: global unicast only. Everything else leads into the own machine, the own network,
 * a cloud's metadata service, or through a translator to any of them. IANA IPv4 and IPv6 special-purpose address registries
 * (RFC 6890), multicast (RFC 5771, 4291), as of 2025.
 */
import { BlockList, isIP } from 'node:net'

const RANGES: readonly (readonly [subnet: string, name: string])[] = [
  ['0.0.0.0/8', 'thisNetwork'],
  ['10.0.0.0/8', 'private'],
  ['100.64.0.0/10', 'sharedAddress'],
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'linkLocal'],
  ['172.16.0.0/12', 'private'],
  ['192.0.0.0/24', 'protocol'],
  ['192.0.2.0/24', 'documentation'],
  ['192.31.196.0/24', 'as112'],
  ['192.52.193.0/24', 'amt'],
  ['192.88.99.0/24', '6to4'],
  ['192.168.0.0/16', 'private'],
  ['192.175.48.0/24', 'as112'],
  ['198.18.0.0/15', 'benchmarking'],
  ['198.51.100.0/24', 'documentation'],
  ['203.0.113.0/24', 'documentation'],
  ['224.0.0.0/4', 'multicast'],
  ['240.0.0.0/4', 'reserved'],
  // In a global range, and no place of the web: where a cloud answers its own machines.
  ['168.63.129.16/32', 'cloudService'],
  ['::/128', 'unspecified'],
  ['::1/128', 'loopback'],
  // Mapped, translated and tunneled IPv4, whatever address is inside: no name on the public web needs them.
  ['::/96', 'ipv4Compatible'],
  ['::ffff:0:0/96', 'ipv4Mapped'],
  ['::ffff:0:0:0/96', 'ipv4Translated'],
  ['64:ff9b::/96', 'nat64'],
  ['64:ff9b:1::/48', 'nat64'],
  ['2002::/16', '6to4'],
  ['2001::/23', 'protocol'], // Teredo, ORCHID, benchmarking, AMT
  ['2001:db8::/32', 'documentation'],
  ['3fff::/20', 'documentation'],
  ['2620:4f:8000::/48', 'as112'],
  ['fc00::/7', 'uniqueLocal'],
  ['fe80::/10', 'linkLocal'],
  ['fec0::/10', 'siteLocal'],
  ['ff00::/8', 'multicast'],
]

const REFUSED = RANGES.map(([subnet, name]) => ({ name, list: subnetsOf([subnet]) }))
/** All of IPv6's global unicast that has been given out. */
const GLOBAL_IPV6 = subnetsOf(['2000::/3'])
const NONE = subnetsOf([])

/**
 * Why an address is refused: `loopback`, `private`, `nat64`, …; null when it may be connected to.
 * @param allowed subnets that are taken out of the rule, from `subnetsOf`
 */
export function addressRefusal(address: string, allowed: Subnets = NONE): string | null {
  const version = isIP(address)
  if (version === 0 || address.includes('%')) return 'noAddress' // an interface's name is of no use beyond the own machine
  const family = version === 6 ? 'ipv6' : 'ipv4'
  if (allowed[family].check(address, family)) return null
  const range = REFUSED.find(({ list }) => list[family].check(address, family))
  if (range !== undefined) return range.name
  return family === 'ipv4' || GLOBAL_IPV6.ipv6.check(address, 'ipv6') ? null : 'notGlobal'
}

/** By family: a list for one of them would also take IPv6 addresses that embed its IPv4 ones. */
export type Subnets = Readonly<Record<'ipv4' | 'ipv6', BlockList>>

/** @param subnets as `10.1.0.0/16` or `fd12::/48`, each sound by `isSubnet` */
export function subnetsOf(subnets: readonly string[]): Subnets {
  const lists = { ipv4: new BlockList(), ipv6: new BlockList() }
  for (const subnet of subnets) {
    const [address = '', bits = ''] = subnet.split('/')
    const family = familyOf(subnet)
    lists[family].addSubnet(address, Number(bits), family)
  }
  return lists
}

export function isSubnet(text: string): boolean {
  const [address = '', bits = '', more] = text.split('/')
  const version = isIP(address)
  return version !== 0 && more === undefined && /^\d{1,3}$/.test(bits) && Number(bits) <= (version === 6 ? 128 : 32)
}

function familyOf(subnet: string): 'ipv4' | 'ipv6' {
  return subnet.includes(':') ? 'ipv6' : 'ipv4'
}
