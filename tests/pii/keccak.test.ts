import { expect, it } from 'vitest'
import { findCryptoWallets, isEip55 } from '../../src/pii/crypto-wallet.js'
import { keccak256 } from '../../src/pii/keccak.js'
import { readPage } from '../../src/pii/page.js'

const hex = (text: string) => Buffer.from(keccak256(Buffer.from(text))).toString('hex')

// The empty hash of Ethereum's yellow paper, and vectors of the Keccak team's known-answer tests by their messages.
it.each([
  ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
  ['abc', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
  ['testing', '5f16f4c7f149ac4f9510d9cf8cf384038ad348b3bcdc01915f95de12df9d1b02'],
])('Keccak-256 of %j', (text, digest) => expect(hex(text)).toBe(digest))

it('takes one block', () => {
  expect(hex('a'.repeat(135))).toMatch(/^[0-9a-f]{64}$/)
  expect(() => keccak256(new Uint8Array(136))).toThrow(/less than 136/)
})

// The examples of EIP-55.
const ADDRESSES = [
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
  '0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB',
  '0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb',
]

it.each(ADDRESSES)('checks the capitals of %s', (address) => {
  const wallets = (text: string) =>
    findCryptoWallets(readPage(text, { language: '', countries: [] })).map(({ score }) => score)
  expect(isEip55(address)).toBe(true)
  expect(wallets(`to ${address}.`)).toEqual([1])
  expect(wallets(`to ${address.toLowerCase()}.`)).toEqual([0.9])
  const at = address.search(/[a-f]/)
  expect(wallets(`to ${address.slice(0, at)}${address[at].toUpperCase()}${address.slice(at + 1)}.`)).toEqual([])
})
