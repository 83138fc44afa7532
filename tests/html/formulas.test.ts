import { describe, expect, it } from 'vitest'
import { allText } from '../../src/html/extract.js'
import { cleanTex } from '../../src/html/formulas.js'

describe('MathML', () => {
  it.each([
    [
      'scripts',
      '<msup><mi>x</mi><mn>2</mn></msup><mo>+</mo><msub><mi>y</mi><mrow><mi>i</mi><mi>j</mi></mrow></msub>',
      'x^2 + y_{ij}',
    ],
    [
      'fractions and roots',
      '<mfrac><mn>1</mn><msqrt><mi>x</mi></msqrt></mfrac><mroot><mi>y</mi><mn>3</mn></mroot>',
      '\\frac{1}{\\sqrt{x}}\\sqrt[3]{y}',
    ],
    [
      'sums',
      '<munderover><mo>∑</mo><mrow><mi>i</mi><mo>=</mo><mn>1</mn></mrow><mi>n</mi></munderover><mi>i</mi>',
      '\\sum_{i = 1}^ni',
    ],
    [
      'names',
      '<mi>sin</mi><mi>α</mi><mi>x</mi><mi>rank</mi><mi mathvariant="bold">v</mi>',
      '\\sin\\alpha x\\mathrm{rank}\\mathbf{v}',
    ],
    ['accents', '<mover><mi>x</mi><mo>¯</mo></mover><mover><mi>v</mi><mo>→</mo></mover>', '\\bar{x}\\vec{v}'],
    ['limits', '<munder><mi>lim</mi><mrow><mi>x</mi><mo>→</mo><mi>∞</mi></mrow></munder>', '\\lim_{x \\to \\infty}'],
    [
      'tables',
      '<mtable><mtr><mtd><mn>1</mn></mtd><mtd><mn>2</mn></mtd></mtr><mtr><mtd><mn>3</mn></mtd><mtd><mn>4</mn></mtd></mtr></mtable>',
      '\\begin{matrix} 1 & 2 \\\\ 3 & 4 \\end{matrix}',
    ],
    ['fences', '<mfenced open="[" close=")"><mi>a</mi><mi>b</mi></mfenced>', '[a, b)'],
    ['words', '<mi>x</mi><mtext> if 5% </mtext><mi>y</mi>', 'x\\text{ if 5\\% }y'],
    ['relations', '<mi>a</mi><mo>≤</mo><mi>b</mi><mo>≠</mo><mo>-</mo><mi>c</mi>', 'a \\le b \\ne -c'],
    [
      'binomial coefficients',
      '<mo>(</mo><mfrac linethickness="0"><mi>n</mi><mi>k</mi></mfrac><mo>)</mo>',
      '({n \\atop k})',
    ],
    [
      'left scripts',
      '<mmultiscripts><mi>C</mi><mn>1</mn><none/><mprescripts/><mn>2</mn><mn>3</mn></mmultiscripts>',
      '{}_2^3C_1',
    ],
  ])('%s', (_name, mathml, tex) => {
    expect(allText(`<p>So <math>${mathml}</math> it is.`)).toBe(`So $${tex}$ it is.`)
  })

  it('brings its own TeX, displayed or not', () => {
    const math = (attributes: string) =>
      `<math ${attributes}><semantics><mi>x</mi><annotation encoding="application/x-tex">{\\displaystyle x<!-- -->_{1} &lt; y}</annotation></semantics></math>`
    expect(allText(`<p>a ${math('')} b`)).toBe('a $x_{1} < y$ b')
    expect(allText(`<p>a ${math('display="block"')}b`)).toBe('a $$x_{1} < y$$ b')
    expect(allText('<p>a <math alttext="x^{2}%&#10;+1"><mi>x</mi></math>')).toBe('a $x^{2}+1$')
  })

  it('an element that is never closed ends where a block begins', () => {
    expect(allText('<p>a <math><mi>x</mi><p>b<p>c')).toBe('a $x$\nb\nc')
  })
})

describe('what renderers make of TeX comes out once', () => {
  it.each([
    [
      'KaTeX',
      `<span class="katex"><span class="katex-mathml"><math><semantics><mi>x</mi><annotation encoding="application/x-tex">x^2</annotation>
       </semantics></math></span><span class="katex-html" aria-hidden="true"><span>x2</span></span></span>`,
      '$x^2$',
    ],
    [
      'KaTeX without MathML',
      `<span class="math-inline" data-math="x^2"><span class="katex"><span class="katex-html" aria-hidden="true">x2</span></span></span>`,
      '$x^2$',
    ],
    [
      'MathJax 2',
      `<span class="MathJax_Preview">[x2]</span><span class="MathJax"><nobr>x2</nobr><span class="MJX_Assistive_MathML"><math><mi>x</mi></math></span></span
       ><script type="math/tex">x^2 < y</script>`,
      '$x^2 < y$',
    ],
    [
      'MathJax 3',
      '<mjx-container class="MathJax"><mjx-math>x</mjx-math><mjx-assistive-mml><math><mi>x</mi></math></mjx-assistive-mml></mjx-container>',
      '$x$',
    ],
    [
      'MediaWiki',
      `<span class="mwe-math-element"><span style="display: none;"><math alttext="{\\displaystyle x^{2}}"><mi>x</mi></math></span><img
       class="mwe-math-fallback-image-inline" aria-hidden="true" alt="{\\displaystyle x^{2}}" src="x.svg"></span>`,
      '$x^{2}$',
    ],
    [
      'MediaWiki, the image only',
      '<img class="mwe-math-fallback-image-inline" alt="{\\displaystyle x^{2}}" src="x.svg">',
      '$x^{2}$',
    ],
    ['an image behind its MathML', '<math alttext="x^2"><mi>x</mi></math> <img class="tex" alt="x^2">', '$x^2$'],
    ['WordPress', '<img src="https://s0.wp.com/latex.php?latex=x%5E2&bg=ffffff" class="latex">', '$x^2$'],
  ])('%s', (_name, html, tex) => {
    expect(allText(`<p>Then ${html} holds.</p>`)).toBe(`Then ${tex} holds.`)
  })

  it('MathJax 2, displayed', () => {
    const html = `<p>Then <div class="MathJax_Display"><span class="MathJax">x2</span></div><script type="math/tex; mode=display">% <![CDATA[
      x^2 %]]></script>`
    expect(allText(html)).toBe('Then\n$$x^2$$')
  })

  it('TeX in the text stays', () => {
    expect(allText('<p>Then \\(x &lt; y\\) and $$z$$ hold.')).toBe('Then \\(x < y\\) and $$z$$ hold.')
  })

  it('pictures and scripts that are none say nothing', () => {
    expect(
      allText('<p>a <img class="photo" alt="x^2"> <img alt="latex" src="latex-gloves.jpg"><script>x</script>b'),
    ).toBe('a b')
  })
})

it.each([
  ['$$ x $$', 'x'],
  ['\\(x\\)', 'x'],
  ['{\\displaystyle {a}}', '{a}'],
  ['{\\displaystyle a} {b}', '{\\displaystyle a} {b}'],
  ['50\\% % half\n + 1', '50\\% + 1'],
])('cleanTex %s', (raw, tex) => {
  expect(cleanTex(raw)).toBe(tex)
})
