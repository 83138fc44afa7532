import { expect, it } from 'vitest'
import { decodeEntities } from '../../src/html/entities.js'

// Cases from the standard's own prose (13.2.5.72 ff., 13.5) and worked by hand.
it.each([
  ['no reference', 'no reference'],
  ['a &amp; b &lt;c&gt;', 'a & b <c>'],
  ['&amp;lt;', '&lt;'],
  ["I'm &notit; I tell you", "I'm ¬it; I tell you"],
  ["I'm &notin; I tell you", "I'm ∉ I tell you"],
  ['&copy 2024 &copy; &COPY', '© 2024 © ©'],
  ['&nbsp;|', '\u00a0|'],
  ['&hellip &hellip;', '&hellip …'],
  ['&CounterClockwiseContourIntegral;', '∳'],
  ['&NotEqualTilde;', '≂\u0338'],
  ['&#65;&#x42;&#X43', 'ABC'],
  ['&#8217;&#x2019;', '’’'],
  ['&#146;&#x80;&#129;', '’€\u0081'],
  ['&#0;&#xD800;&#x110000;&#99999999999999999999;', '\ufffd\ufffd\ufffd\ufffd'],
  ['&#x1F600;', '😀'],
  ['& &; &#; &#x; &unknown; AT&T', '& &; &#; &#x; &unknown; AT&T'],
  ['&', '&'],
  ['&&amp;&', '&&&'],
])('%s', (raw, decoded) => {
  expect(decodeEntities(raw)).toBe(decoded)
})
