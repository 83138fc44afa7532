import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'
import { describe, expect, it } from 'vitest'
import { findIps } from '../../src/pii/ip.js'
import { readIpv4, readIpv6 } from '../../src/pii/ip-address.js'
import { ipv4Reach, ipv6Reach } from '../../src/pii/special-ranges.js'
import { Random } from '../support/random.js'

const found = (text: string) => findIps(text).map(({ start, end }) => text.slice(start, end))

describe('IP addresses', () => {
  it.each<[text: string, addresses: string[]]>([
    ['8.8.8.8', ['8.8.8.8']],
    ['from 8.8.8.8, 255.255.255.255 and (1.0.0.1).', ['8.8.8.8', '255.255.255.255', '1.0.0.1']],
    ['http://8.8.8.8:8080/x 8.8.8.0/24 ip=8.8.4.4&', ['8.8.8.8', '8.8.8.0', '8.8.4.4']],
    ['Ask 8.8.8.8. Or not...8.8.4.4...', ['8.8.8.8', '8.8.4.4']],
    ['地址8.8.8.8的', ['8.8.8.8']],
    ['8.8.8.8-8.8.8.10', ['8.8.8.8', '8.8.8.10']],
    ['jo@8.8.8.8', ['8.8.8.8']],
    // not addresses
    ['1.2.3 1.2.3.4.5 1.2.3.4.5.6.7.8 256.1.1.1 1.2.3.1234 1.2..3.4', []],
    ['01.02.03.04 8.8.8.08', []],
    ['v8.8.8.8 V8.8.8.8 version 8.8.8.8 Version: 8.8.8.8 (ver. 8.8.8.8) x8.8.8.8 8.8.8.8x _8.8.8.8', []],
    ['8.8.8.8-beta 4.3.2.1.in-addr.arpa host.8.8.8.8', []],
    // the word must be the version's own
    ['server 8.8.8.8 conversion 8.8.4.4', ['8.8.8.8', '8.8.4.4']],
    // IPv6
    ['2001:4860:4860::8888', ['2001:4860:4860::8888']],
    ['[2606:4700::1111]:443, 2606:4700::1111/48, 2606:4700::1111: yes', Array(3).fill('2606:4700::1111')],
    ['2001:0DB8:0:0:8:800:200C:417A.', ['2001:0DB8:0:0:8:800:200C:417A']],
    ['fe80::1%eth0 ::1 fc00::7', ['fe80::1', '::1', 'fc00::7']],
    ['::ffff:8.8.8.8', ['8.8.8.8']],
    // not addresses
    ['12:30:45 a::b std::vector abc::def :: ::: 1:2:3:4:5:6:7 face:bad', []],
    ['00:1b:63:84:45:e6 02:00:5e:ff:fe:00:53:01', []],
    ['2001:4860::8888::1 2001:4860:4860::8888x g2001:4860::1 2001:4860:48600::1', []],
    ['', []],
  ])('%j', (text, addresses) => expect(found(text)).toEqual(addresses))

  it.each<[address: string, isPublic: boolean, isDocumentation: boolean]>([
    ['8.8.8.8', true, false],
    ['10.1.2.3', false, false],
    ['172.16.0.1', false, false],
    ['172.32.0.1', true, false],
    ['192.168.1.1', false, false],
    ['127.0.0.1', false, false],
    ['169.254.1.1', false, false],
    ['100.64.0.1', false, false],
    ['224.0.0.1', false, false],
    ['0.0.0.0', false, false],
    ['192.0.2.7', false, true],
    ['198.51.100.7', false, true],
    ['203.0.113.7', false, true],
    ['198.18.0.1', false, false],
    ['2a00:1450:4001::200e', true, false],
    ['2001:db8::7', false, true],
    ['3fff::7', false, true],
    ['fe80::1', false, false],
    ['fd12:3456::1', false, false],
    ['ff02::fb', false, false],
  ])('%s public %s, documentation %s', (address, isPublic, isDocumentation) => {
    expect(findIps(address)).toMatchObject([{ start: 0, end: address.length, type: 'ip', isPublic, isDocumentation }])
  })

  it('finds what Node takes for an address between spaces, but for the exceptions of the header', () => {
    const parts = ['1', '22', '255', '256', '0', '00', '7', '.', '.', '.', '.', ':', 'a']
    for (let seed = 1; seed <= 20_000; seed++) {
      const random = new Random(seed)
      const word = Array.from({ length: 5 + random.below(4) }, () => random.pick(parts)).join('')
      expect(found(`(${word})`).includes(word), `seed ${seed}: ${word}`).toBe(isIPv4(word))
    }
    for (let seed = 1; seed <= 20_000; seed++) {
      const random = new Random(seed)
      const groups = Array.from({ length: 1 + random.below(9) }, () =>
        random.pick(['1', 'ab', '0db8', 'ffff', '', '12345']),
      )
      const word = `2a00:${groups.join(':')}`
      expect(found(`(${word})`).includes(word), `seed ${seed}: ${word}`).toBe(isIPv6(word))
    }
  })

  it.each(['1.', '1.1.', '::', ':', 'a:', '1:', '..', '.1', '1.2.3.4.', 'v1.2.3.4', 'ffff:', 'f'])(
    'gets through a megabyte of %j',
    (unit) => {
      expect(findIps(unit.repeat(1e6 / unit.length)).length).toBe(0)
    },
  )

  it('reads and places addresses as ipaddr.js does', () => {
    const random = new Random(7)
    const groups = new Uint16Array(8)
    const heads = [0x2001, 0x2002, 0x2620, 0x3fff, 0xfe80, 0xfec0, 0xfc00, 0xff02, 0x64, 0x100, 0x5f00, 0x2a00, 0]
    const inner = [0, 0, 1, 2, 0x4f, 0x112, 0xdb8, 0xff9b, 0x8000, 0xffff]
    for (let i = 0; i < 8_000; i++) {
      const octets = [random.pick([0, 10, 100, 127, 169, 172, 192, 198, 203, 224, 255, 8]), ...random.bytes(3)]
      if (random.below(2) === 0) octets[1] = random.pick([0, 31, 52, 64, 88, 168, 175, 254, 18, 51])
      const four = octets.join('.')
      expect(ipv4Reach(readIpv4(four, 0, four.length)) === 'public', four).toBe(
        ipaddr.IPv4.parse(four).range() === 'unicast',
      )
      const parts = [random.pick(heads), ...Array.from({ length: 7 }, () => random.pick(inner))]
      const address = new ipaddr.IPv6(parts)
      const six = random.below(2) === 0 ? address.toString() : address.toNormalizedString()
      expect(readIpv6(six, 0, six.length, groups), six).toBe(true)
      expect([...groups], six).toEqual(parts)
      expect(ipv6Reach(groups) === 'public', six).toBe(address.range() === 'unicast')
    }
  })

  it('reads the mixed form where it is allowed', () => {
    const groups = new Uint16Array(8)
    expect(readIpv6('::ffff:192.0.2.1', 0, 16, groups, true) && [...groups]).toEqual([
      0, 0, 0, 0, 0, 0xffff, 0xc000, 0x201,
    ])
    for (const word of ['::ffff:192.0.2.1', '1:2:3:4:5:6:7:192.0.2.1', '::1.2.3', '1::2:']) {
      expect(readIpv6(word, 0, word.length, groups, word[0] !== ':' || word.length < 9), word).toBe(false)
    }
  })
})
