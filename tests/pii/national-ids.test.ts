/** Numbers that the issuers or the pages about them publish as examples, valid as they stand and invalid with a digit changed. */
import { describe, expect, it } from 'vitest'
import { nationalIdFinder } from '../../src/pii/national-ids.js'
import { readPage } from '../../src/pii/page.js'

const find = nationalIdFinder()
const spansOf = (text: string) => find(readPage(text, { language: '', countries: [] }))

const PUBLISHED: readonly (readonly [words: string, number: string])[] = [
  ['NHS number', '943 476 5919'], // NHS Data Dictionary
  ['National Insurance', 'AB123456C'],
  ['National Insurance', 'AB 12 34 56 C'],
  ['DNI', '12345678Z'],
  ['NIE', 'X1234567L'],
  ['codice fiscale', 'RSSMRA85T10A562S'],
  ['codice fiscale', 'MRTMTT25D09F205Z'],
  ['Steueridentifikationsnummer', '86095742719'], // Bundeszentralamt für Steuern
  ['Steuer-ID', '47 036 892 816'],
  ['NIR', '2 55 08 14 168 025 38'], // Wikipedia, Numéro de sécurité sociale en France
  ['BSN', '111222333'], // Dutch test range
  ['rijksregisternummer', '85.07.30-033.28'],
  ['INSZ', '85073003328'],
  ['PESEL', '44051401359'], // Wikipedia, PESEL
  ['personnummer', '811218-9876'], // Skatteverket
  ['henkilötunnus', '131052-308T'], // Digi- ja väestötietovirasto
  ['fødselsnummer', '01010750160'],
  ['CPR', '211062-5629'],
  ['CPF', '111.444.777-35'],
  ['CPF', '39053344705'],
  ['Aadhaar', '2341 2341 2346'],
  ['PAN', 'ACUPA7085R'],
  ['SIN', '193 456 787'],
  ['TFN', '123 456 782'], // Australian Taxation Office
  ['Medicare', '2123 45670 1'],
  ['AHV', '756.9217.0769.85'],
  ['Sozialversicherungsnummer', '1237 010180'], // Wikipedia, Sozialversicherungsnummer
  ['NIF', '123456789'],
  ['PPSN', '1234567T'],
  ['PPSN', '1234567FA'],
  ['TC Kimlik', '10000000146'],
  ['身份证', '11010519491231002X'], // GB 11643-1999
  ['주민등록번호', '971013-9019902'],
  ['ID', '8001015009087'],
  ['NRIC', 'S1234567D'],
  ['FIN', 'F1234567N'],
  ['CURP', 'BOXW310820HNERXN09'],
  ['rodné číslo', '710319/2745'],
  ['ITIN', '912-90-3456'],
]

describe('published numbers', () => {
  it.each(PUBLISHED)('%s %s', (words, number) => {
    const text = `(${words}: ${number})`
    const start = words.length + 3
    expect(spansOf(text)).toMatchObject([{ start, end: start + number.length, type: 'nationalId' }])
    expect(spansOf(text)[0].score).toBeGreaterThanOrEqual(0.5)
  })

  // A changed digit breaks the check; those without one (GB, DK, IN's PAN, US) are left out.
  const checked = PUBLISHED.filter(([words]) => !/^(?:National|CPR|PAN|ITIN)/.test(words))
  it.each(checked)('%s %s with one digit changed', (words, number) => {
    const at = number.search(/\d(?=\D*$)|\d(?=\D*\d\D*$)/)
    const digit = (Number(number[at]) + 1) % 10
    const text = `(${words}: ${number.slice(0, at)}${digit}${number.slice(at + 1)})`
    expect(spansOf(text).filter(({ score }) => score >= 0.5)).toEqual([])
  })
})

it('plain digits need words around them, and stand free', () => {
  for (const text of ['9434765919', '111222333', '123 456 782', '44051401359', '10000000146']) {
    expect(
      spansOf(`In all ${text} of them`).filter(({ score }) => score >= 0.5),
      text,
    ).toEqual([])
  }
  expect(spansOf('BSN 111222333.5 or 1111222333 or x111222333').filter(({ score }) => score >= 0.5)).toEqual([])
  expect(spansOf('QQ123456C is the example that HMRC never gives out')).toEqual([])
})
