/** Characters of extracted text: white space collapsed or kept, control characters gone, nothing malformed. */

const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]/g
/** White space that is not one plain space already: replacing every single space is what costs. */
const SPACES = /\s{2,}|[^\S ]/g
/** Either of them: most texts have neither. */
const UNCLEAN = /\s{2,}|[^\S ]|[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\ufeff]/

/** One line of text: runs of white space are one space, none at the ends. */
export function collapse(raw: string): string {
  if (!UNCLEAN.test(raw)) return raw.trim()
  return clean(raw.replace(SPACES, ' ').trim())
}

/** Lines and indentation kept; the line feed behind the start tag and the white space at the end go. */
export function preformatted(raw: string): string {
  return clean(raw.replace(/\r\n?/g, '\n').replaceAll('\u00a0', ' ')).replace(/^\n+/, '').trimEnd()
}

function clean(text: string): string {
  return text.replace(CONTROL, '')
}

/**
 * A copy that holds on to nothing else (V8 keeps a whole page alive for the sake of a title cut out of it), with lone
 * surrogates made U+FFFD.
 */
export function detached(text: string): string {
  return Buffer.from(text, 'utf8').toString('utf8')
}

/** A text/plain body: line ends as line feeds, controls gone, everything else as it stands. */
export function plainText(body: string): string {
  return detached(preformatted(body))
}
