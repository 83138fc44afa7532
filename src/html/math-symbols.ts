/**
 * Characters of MathML as TeX commands: the names of LaTeX and amsmath, as the Comprehensive LaTeX Symbol List has them.
 * Characters that are not here stand for themselves.
 */

const TABLE = `
α alpha β beta γ gamma δ delta ε varepsilon ϵ epsilon ζ zeta η eta θ theta ϑ vartheta ι iota κ kappa λ lambda μ mu ν nu ξ xi
π pi ϖ varpi ρ rho ϱ varrho σ sigma ς varsigma τ tau υ upsilon φ varphi ϕ phi χ chi ψ psi ω omega
Γ Gamma Δ Delta Θ Theta Λ Lambda Ξ Xi Π Pi Σ Sigma Υ Upsilon Φ Phi Ψ Psi Ω Omega
∀ forall ∃ exists ∄ nexists ∅ emptyset ∂ partial ∇ nabla ∞ infty ℏ hbar ℓ ell ℘ wp ℜ Re ℑ Im ℵ aleph ∠ angle △ triangle
± pm ∓ mp × times ÷ div ⋅ cdot · cdot ∗ ast ⋆ star ∘ circ • bullet ⊕ oplus ⊖ ominus ⊗ otimes ⊘ oslash ⊙ odot † dagger
∩ cap ∪ cup ⊎ uplus ⊓ sqcap ⊔ sqcup ∨ vee ∧ wedge ∖ setminus ≀ wr ¬ neg ⊤ top ⊥ bot
≤ le ≥ ge ≠ ne ≪ ll ≫ gg ≡ equiv ≈ approx ≅ cong ∼ sim ≃ simeq ∝ propto ≺ prec ≻ succ ⪯ preceq ⪰ succeq ≜ triangleq ≐ doteq
∈ in ∉ notin ∋ ni ⊂ subset ⊃ supset ⊆ subseteq ⊇ supseteq ⊊ subsetneq ∣ mid ∤ nmid ∥ parallel ⊢ vdash ⊣ dashv ⊨ models
← leftarrow → to ↔ leftrightarrow ⇐ Leftarrow ⇒ Rightarrow ⇔ Leftrightarrow ↦ mapsto ↑ uparrow ↓ downarrow ⟶ longrightarrow
⟵ longleftarrow ⟹ implies ⟺ iff ↪ hookrightarrow ⇌ rightleftharpoons ⇀ rightharpoonup
∑ sum ∏ prod ∐ coprod ∫ int ∬ iint ∭ iiint ∮ oint ⋃ bigcup ⋂ bigcap ⨁ bigoplus ⨂ bigotimes ⋁ bigvee ⋀ bigwedge
⟨ langle ⟩ rangle 〈 langle 〉 rangle ⌊ lfloor ⌋ rfloor ⌈ lceil ⌉ rceil ‖ Vert
… ldots ⋯ cdots ⋮ vdots ⋱ ddots ℂ mathbb{C} ℍ mathbb{H} ℕ mathbb{N} ℙ mathbb{P} ℚ mathbb{Q} ℝ mathbb{R} ℤ mathbb{Z}
`

const commands = new Map<string, string>()
const parts = TABLE.trim().split(/\s+/)
for (let i = 0; i + 1 < parts.length; i += 2) commands.set(parts[i] ?? '', `\\${parts[i + 1]}`)

// What TeX would read as something else, and what stands for nothing: invisible operators, marks of width and direction.
for (const special of '{}$%#&_') commands.set(special, `\\${special}`)
for (const blank of '\u2061\u2062\u2063\u2064\u200b\u200c\u200d\u200e\u200f\u2060\ufeff') commands.set(blank, '')
commands.set('\\', '\\backslash')
commands.set('−', '-')
commands.set('′', "'")
commands.set('″', "''")
commands.set('\u00a0', '\\ ')

/** TeX for the characters of a MathML token, a space behind a command that a letter follows. */
export function texOfCharacters(text: string): string {
  let out = ''
  let command = false
  for (const character of text) {
    const tex = commands.get(character) ?? character
    if (command && isLetter(tex)) out += ' '
    out += tex
    if (tex !== '') command = endsInCommand(tex)
  }
  return out
}

export function endsInCommand(tex: string): boolean {
  return /\\[A-Za-z]+$/.test(tex.slice(-24))
}

export function isLetter(tex: string): boolean {
  return /^[A-Za-z]/.test(tex)
}

/** Names that TeX sets upright as a command of its own. */
export const FUNCTIONS: ReadonlySet<string> = new Set(
  (
    'arccos arcsin arctan arg cos cosh cot coth csc deg det dim exp gcd hom inf ker lg lim liminf limsup ln log max min Pr ' +
    'sec sin sinh sup tan tanh'
  ).split(' '),
)

/** Operators that carry their limits below and above. */
export const LARGE = new RegExp(
  '^\\\\(?:sum|prod|coprod|i{0,3}int|oint|bigcup|bigcap|bigoplus|bigotimes|bigvee|bigwedge|lim|liminf|limsup|max|min|sup|inf|' +
    'det|gcd|Pr|underbrace|overbrace|arg|operatorname)\\b',
)

/** Accents above a base, by their character. */
export const ACCENTS: Readonly<Record<string, string>> = {
  ...{ '^': 'hat', ˆ: 'hat', '̂': 'hat', '~': 'tilde', '˜': 'tilde', '∼': 'tilde', '→': 'vec', '⃗': 'vec', '⟶': 'vec' },
  ...{ '¯': 'bar', '‾': 'overline', '―': 'overline', _: 'overline', '̄': 'bar', '˙': 'dot', '.': 'dot', '¨': 'ddot' },
  ...{ '⏞': 'overbrace', '︷': 'overbrace', '´': 'acute', '`': 'grave', '˘': 'breve', ˇ: 'check' },
}

/** Infix operators that are written with spaces around. */
export const SPACED =
  /^(?:[=<>+-]|\\(?:pm|mp|times|div|cdot|cap|cup|vee|wedge|le|ge|ne|ll|gg|equiv|approx|cong|sim|simeq|propto|in|notin|subset|supset|subseteq|supseteq|to|mapsto|implies|iff|Rightarrow|Leftrightarrow|leftarrow|mid))$/
