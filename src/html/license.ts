/** Creative Commons licenses by their addresses and names, to SPDX identifiers without the country of a ported one. */

const ADDRESS =
  /creativecommons\.org\/(?:(licenses)\/((?:by|nc|nd|sa)(?:-(?:by|nc|nd|sa)){0,3})|(publicdomain)\/(zero|mark))(?:\/(\d\.\d))?(?![\d.])/i
const NAME = /\b(?:CC|Creative[ -]Commons)[ -]?(BY(?:[ -](?:NC|ND|SA)){0,2}|0|Zero)\b(?:[ -]?v?(\d\.\d))?/i

/** `CC-BY-SA-4.0`, `CC0-1.0`, `CC-PDM-1.0`, `CC-BY` where no version is given; '' for anything else. */
export function licenseOf(text: string): string {
  const address = ADDRESS.exec(text.slice(0, 2000))
  if (address) {
    const [, , terms = '', domain, mark, version] = address
    if (domain !== undefined) return versioned(mark?.toLowerCase() === 'zero' ? 'CC0' : 'CC-PDM', version ?? '1.0')
    return versioned(`CC-${ordered(terms)}`, version)
  }
  const name = NAME.exec(text.slice(0, 2000))
  if (!name) return ''
  const [, terms = '', version] = name
  return /^(?:0|zero)$/i.test(terms)
    ? versioned('CC0', version ?? '1.0')
    : versioned(`CC-${ordered(terms.replaceAll(' ', '-'))}`, version)
}

/** Version 1.0 wrote by-nd-nc. */
function ordered(terms: string): string {
  const upper = terms.toUpperCase()
  return upper === 'BY-ND-NC' ? 'BY-NC-ND' : upper
}

function versioned(name: string, version: string | undefined): string {
  return version === undefined ? name : `${name}-${version}`
}
