import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { ConfigError } from '../../src/errors/errors.js'
import maskPii from '../../stages/mask-pii.js'
import { dataFolder, dataPath } from '../support/data.js'
import { RESOURCES } from '../support/dedup.js'
import { prepared } from '../support/each-stage.js'
import { Random } from '../support/random.js'

describe('mask-pii', () => {
  it('replaces addresses and marks the replacements', async () => {
    const mask = await prepared(maskPii)
    const outcome = mask('😀 jo@mailbox.org, 8.8.8.8 and 2606:4700::1111.')
    const text = '😀 email@example.com, 192.0.2.1 and 2001:db8::1.'
    expect(outcome).toEqual({
      verdict: 'keep',
      reason: '',
      edit: { text },
      signals: { emailCount: 1, ipCount: 2 },
      spans: [
        { start: 3, end: 20, type: 'email', score: 1 },
        { start: 22, end: 31, type: 'ip', score: 0.9 },
        { start: 36, end: 47, type: 'ip', score: 1 },
      ],
    })
    expect(outcome.spans.map(({ start, end }) => text.slice(start, end))).toEqual([
      'email@example.com',
      '192.0.2.1',
      '2001:db8::1',
    ])
  })

  it('gives the same address the same replacement, and cycles within the document', async () => {
    const mask = await prepared(maskPii)
    expect(mask('a@x.org b@x.org A@X.org c@x.org b@x.org').edit?.text).toBe(
      'email@example.com firstname.lastname@example.org email@example.com email@example.com firstname.lastname@example.org',
    )
    // A new document begins anew: what is written depends on the document alone.
    expect(mask('b@x.org').edit?.text).toBe('email@example.com')
    const seven = Array.from({ length: 7 }, (_, i) => `8.8.8.${i}`).join(' ')
    expect(mask(seven).edit?.text).toBe(
      '192.0.2.1 198.51.100.1 203.0.113.1 192.0.2.2 198.51.100.2 203.0.113.2 192.0.2.1',
    )
  })

  it('leaves documentation names, private addresses and what is allowed', async () => {
    const text = 'help@example.com x@mail.example.org y@site.test 192.0.2.77 10.0.0.1 fe80::1 2001:db8::9'
    expect((await prepared(maskPii))(text)).toEqual({
      verdict: 'keep',
      reason: '',
      edit: null,
      signals: { emailCount: 0, ipCount: 0 },
      spans: [],
    })
    const all = await prepared(maskPii, { ip: 'all' })
    expect(all(text).edit?.text).toBe(
      'help@example.com x@mail.example.org y@site.test 192.0.2.77 192.0.2.1 2001:db8::1 2001:db8::9',
    )
    const allow = await prepared(maskPii, { allow: ['Acme.org', 'jo@mailbox.org', '8.8.8.8'] })
    expect(
      allow('press@acme.org jo@mailbox.org 8.8.8.8 ann@mailbox.org notexample.com@x.notexample.com').edit?.text,
    ).toBe('press@acme.org jo@mailbox.org 8.8.8.8 email@example.com firstname.lastname@example.org')
  })

  it('takes an IP address inside an e-mail address as part of it', async () => {
    const mask = await prepared(maskPii)
    expect(mask('8.8.8.8@mailbox.org jo@[8.8.8.8]')).toMatchObject({
      edit: { text: 'email@example.com firstname.lastname@example.org' },
      signals: { emailCount: 2, ipCount: 0 },
    })
  })

  it('annotates or drops instead', async () => {
    const text = 'jo@mailbox.org 8.8.8.8'
    const spans = [
      { start: 0, end: 14, type: 'email', score: 1 },
      { start: 15, end: 22, type: 'ip', score: 0.9 },
    ]
    const signals = { emailCount: 1, ipCount: 1 }
    const annotate = await prepared(maskPii, { action: 'annotate' })
    expect(annotate(text)).toEqual({ verdict: 'keep', reason: '', edit: null, signals, spans })
    const dropping = await prepared(maskPii, { action: 'drop' })
    expect(dropping(text)).toEqual({ verdict: 'drop', reason: 'email', edit: null, signals, spans })
    expect(dropping('8.8.8.8').reason).toBe('ip')
    expect(dropping('nothing').verdict).toBe('keep')
  })

  it('takes own replacements, and refuses none', async () => {
    const mask = await prepared(maskPii, { email: ['<EMAIL>'], ipv4: ['<IP>'], ipv6: ['<IP>'] })
    expect(mask('jo@mailbox.org,8.8.8.8,2606:4700::1').edit?.text).toBe('<EMAIL>,<IP>,<IP>')
    await expect(prepared(maskPii, { email: [] })).rejects.toThrow(ConfigError)
    // Somebody's address, which would also be masked again where it grows together with what stands before it.
    await expect(prepared(maskPii, { email: ['me@corp.org'] })).rejects.toThrow(/got "me@corp\.org"/)
  })

  it('changes nothing in masked text, with any replacements', async () => {
    const parts = [
      'jo',
      'ann@x.org',
      '@',
      '.',
      'y.com',
      '8.8.8.8',
      '7',
      '2606:4700::1',
      ':',
      '中',
      'рф',
      ' ',
      ' v',
      '-',
      '😀',
      'é',
    ]
    for (const over of [
      {},
      { ip: 'all' },
      { email: ['EMAIL'], ipv4: ['IP'], ipv6: ['IP'] },
      { ipv4: ['9.9.9.9', '10.0.0.1'], ip: 'all' },
    ]) {
      const mask = await prepared(maskPii, over as Parameters<typeof prepared<typeof maskPii.options>>[1]) // literal types widen in an array
      for (let seed = 1; seed <= 4000; seed++) {
        const random = new Random(seed)
        const text = Array.from({ length: 1 + random.below(12) }, () => random.pick(parts)).join('')
        const once = mask(text).edit?.text ?? text
        const twice = mask(once)
        expect(twice.edit, `seed ${seed}: ${JSON.stringify(text)} -> ${JSON.stringify(once)}`).toBe(null)
      }
    }
  })
})

describe('actions', () => {
  const text = 'Ring 201-234-5678. Ann has ann@x.org, Bo has bo@x.org, mail Ann@X.org!\nBye.'
  const types = ['email', 'phone'] as const

  it('tag', async () => {
    const { edit, spans, signals } = (await prepared(maskPii, { types, action: 'tag' }))(text)
    expect(edit?.text).toBe('Ring <PHONE>. Ann has <EMAIL>, Bo has <EMAIL>, mail <EMAIL>!\nBye.')
    expect(spans.map(({ start, end }) => edit?.text?.slice(start, end))).toEqual([
      '<PHONE>',
      '<EMAIL>',
      '<EMAIL>',
      '<EMAIL>',
    ])
    expect(signals).toEqual({ emailCount: 3, phoneCount: 1 })
  })

  it('pseudonym: the same for the same value within the scope, with another key another', async () => {
    const file = (key: string) => ({ ...RESOURCES, readFile: async () => new TextEncoder().encode(key) })
    const names = async (over: object, id: string, key = 'k') => {
      const mask = await prepared(maskPii, { types, action: 'pseudonym', keyFile: 'key', ...over }, file(key))
      return [...(mask(text, { id }).edit?.text ?? '').matchAll(/<EMAIL_([a-p]{12})>/g)].map((match) => match[1])
    }
    const [ann, bo, again] = await names({}, 'd1')
    expect(again).toBe(ann)
    expect(bo).not.toBe(ann)
    expect(await names({}, 'd1')).toEqual([ann, bo, ann])
    expect((await names({}, 'd2'))[0]).not.toBe(ann)
    const [everywhere] = await names({ pseudonyms: 'corpus' }, 'd1')
    expect((await names({ pseudonyms: 'corpus' }, 'd2'))[0]).toBe(everywhere)
    expect((await names({ pseudonyms: 'corpus' }, 'd2', 'other'))[0]).not.toBe(everywhere)
    await expect(names({}, 'd1', '')).rejects.toThrow(/keyFile: expected a key/)
  })

  it('removeSentence: with the sentence around, up to the line break', async () => {
    const mask = await prepared(maskPii, { types, action: 'removeSentence' })
    expect(mask(text).edit?.text).toBe('\nBye.')
    expect(mask('Hi. I am ann@x.org. Bye! 联系我。我是ann@x.org。再见').edit?.text).toBe('Hi. Bye! 联系我。再见')
    const mixed = await prepared(maskPii, { types, actions: { phone: 'removeSentence', email: 'tag' } })
    const outcome = mixed(text)
    expect(outcome.edit?.text).toBe('Ann has <EMAIL>, Bo has <EMAIL>, mail <EMAIL>!\nBye.')
    expect(outcome.spans.map(({ start, end }) => outcome.edit?.text?.slice(start, end))).toEqual(
      Array(3).fill('<EMAIL>'),
    )
  })

  it('drop and annotate, by type', async () => {
    const mask = await prepared(maskPii, { types, actions: { phone: 'drop', email: 'annotate' } })
    expect(mask(text)).toMatchObject({ verdict: 'drop', reason: 'phone', edit: null })
    expect(mask('ann@x.org')).toMatchObject({
      verdict: 'keep',
      edit: null,
      spans: [{ start: 0, end: 9, type: 'email' }],
    })
  })

  it('replace: by values set aside, by the tag where there are none or a word stands against it', async () => {
    const mask = await prepared(maskPii, { types: ['phone', 'birthDate', 'mac', 'creditCard'] })
    expect(
      mask('+44 20 7123 4567, 201-234-5678, +44 20 7123 4567, born 12 March 1985, 00:1b:44:11:3a:b7').edit?.text,
    ).toBe('+1 202-555-0100, +1 202-555-0101, +1 202-555-0100, born <BIRTH_DATE>, 00:00:5e:00:53:01')
    expect(mask('電話+44 20 7123 4567と4929123456789015').edit?.text).toBe('電話+1 202-555-0100と4111 1111 1111 1111')
  })
})

describe.skipIf(!dataFolder)('on presidio_spans (needs MILLRACE_DATA)', () => {
  it('finds every e-mail and IP address of the gold spans, and nothing else', async () => {
    const mark = await prepared(maskPii, { action: 'annotate' })
    const lines = gunzipSync(readFileSync(dataPath('pii/presidio_spans.jsonl.gz')))
      .toString()
      .trim()
      .split('\n')
    const names: Record<string, string> = { EMAIL_ADDRESS: 'email', IP_ADDRESS: 'ip' }
    let count = 0
    for (const line of lines) {
      const row = JSON.parse(line) as { text: string; spans: { type: string; start: number; end: number }[] }
      const units = (points: number) => [...row.text].slice(0, points).join('').length // the gold counts code points
      const expected = row.spans
        .filter(({ type }) => type in names)
        .map(({ type, start, end }) => `${names[type]} ${units(start)}-${units(end)}`)
      const found = mark(row.text).spans.map(({ type, start, end }) => `${type} ${start}-${end}`)
      expect(found.sort()).toEqual(expected.sort())
      count += found.length
    }
    expect(count).toBe(40)
  })
})

describe('mask-pii with entities', () => {
  it('masks names of the types asked for, beside patterns', async () => {
    const text = 'Margaret Hamilton works for IBM in Berlin; write to margaret@mailbox.org.'
    const mask = await prepared(maskPii, { types: ['email', 'person', 'location'], action: 'tag' })
    const { edit, signals, spans } = mask(text)
    expect(edit?.text).toBe('<PERSON> works for IBM in <LOCATION>; write to <EMAIL>.')
    expect(signals).toEqual({ emailCount: 1, personCount: 1, locationCount: 1 })
    expect(spans.map(({ start, end }) => edit?.text?.slice(start, end))).toEqual(['<PERSON>', '<LOCATION>', '<EMAIL>'])
  })

  it('gives the same name the same pseudonym', async () => {
    const mask = await prepared(maskPii, { types: ['person'], action: 'pseudonym' })
    const text = mask('Margaret Hamilton met John Smith. Then John Smith left Margaret Hamilton.').edit?.text ?? ''
    const names = text.match(/<PERSON_[a-p]{12}>/g) ?? []
    expect(names).toHaveLength(4)
    expect([names[3], names[2]]).toEqual([names[0], names[1]])
    expect(names[0]).not.toBe(names[1])
  })

  it('leaves masked text as it is', async () => {
    const random = new Random(5)
    const parts = [
      'Margaret Hamilton',
      'IBM',
      'Berlin',
      'Anna',
      'met',
      'in',
      ',',
      '.',
      'said',
      'the',
      'Dr. Smith',
      'jo@x.org',
      '12 Main Street',
      'from',
    ]
    for (const action of ['tag', 'replace', 'pseudonym'] as const) {
      const mask = await prepared(maskPii, {
        types: ['person', 'organization', 'location', 'email', 'streetAddress'],
        action,
      })
      for (let round = 0; round < 100; round++) {
        const text = Array.from({ length: 12 }, () => random.pick(parts)).join(' ')
        const once = mask(text).edit?.text ?? text
        expect(mask(once).edit, `${text} -> ${once}`).toBe(null)
      }
    }
  })

  it('the English model is not asked about other languages', async () => {
    const mask = await prepared(maskPii, { types: ['person'], action: 'tag' })
    expect(mask('Margaret Hamilton war hier.', { language: 'de' }).edit).toBe(null)
    expect(mask('Margaret Hamilton was here.', { language: 'en' }).edit?.text).toBe('<PERSON> was here.')
  })

  it('a model that is none is told at the start', async () => {
    const resources = { ...RESOURCES, readFile: async () => new Uint8Array(40) }
    const options = { types: ['person'], nerModel: 'my.mner' } as const
    await expect(prepared(maskPii, options, resources)).rejects.toThrow(/my\.mner: expected an entity model/)
  })
})
