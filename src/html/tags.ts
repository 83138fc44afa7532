/**
 * Tag names as small integers, and what the scanner and the block rules know of each. HTML Living Standard, section 13.2
 * (parsing) for void elements, raw text and implied ends; section 15.3 (rendering) for what starts a new line.
 */

const NAMES = [
  // 0 and 1 are no tags: a run of text, and every element without an entry of its own.
  ...['#text', '#other'],
  ...['html', 'head', 'body', 'title', 'meta', 'link', 'base', 'style', 'script', 'noscript', 'template', 'iframe'],
  ...['noembed', 'noframes', 'xmp', 'textarea', 'svg', 'math', 'object', 'video', 'audio', 'canvas', 'map', 'embed'],
  ...['p', 'div', 'section', 'article', 'main', 'header', 'footer', 'nav', 'aside', 'address', 'hgroup', 'search'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'menu', 'dir', 'li', 'dl', 'dt', 'dd', 'blockquote', 'pre'],
  ...['listing', 'figure', 'figcaption', 'center', 'details', 'summary', 'dialog', 'fieldset', 'legend', 'form', 'hr'],
  ...['table', 'caption', 'colgroup', 'col', 'thead', 'tbody', 'tfoot', 'tr', 'td', 'th'],
  ...['select', 'option', 'optgroup', 'datalist', 'button', 'input', 'label', 'output', 'progress', 'meter'],
  ...['a', 'b', 'strong', 'i', 'em', 'u', 's', 'small', 'big', 'font', 'span', 'code', 'tt', 'kbd', 'samp', 'var'],
  ...['cite', 'q', 'abbr', 'time', 'mark', 'sub', 'sup', 'del', 'ins', 'bdo', 'ruby', 'rb', 'rt', 'rp', 'nobr'],
  ...['br', 'wbr', 'img', 'picture', 'source', 'track', 'param', 'area', 'applet', 'marquee', 'frameset', 'frame'],
] as const

export type TagName = (typeof NAMES)[number]

/** The id of a tag by its name; 0 is text, 1 is any other element. */
export const Tag = Object.fromEntries(NAMES.map((name, id) => [name, id])) as Readonly<Record<TagName, number>> // every name has its entry

export const TEXT = Tag['#text']
export const OTHER = Tag['#other']

/** No content, no end tag. */
export const VOID = 1
/** Content is raw up to the element's own end tag. */
export const RAW = 2
/** Starts and ends a line of its own. */
export const BLOCK = 4
/** Its start tag ends an open `p`. */
export const CLOSES_P = 8
/** Nothing inside is prose of the page: code, controls, media. */
export const SKIPPED = 16
/** End tags of ordinary elements do not reach past it (the specification's scope). */
export const SCOPE = 32
/** h1 to h6. */
export const HEADING = 64
/** Worth reading class and id words from. */
export const CONTAINER = 128

/** Sum of the flags above by tag id. */
export const FLAGS = new Uint8Array(256)

function flag(value: number, ...names: TagName[]): void {
  for (const name of names) FLAGS[Tag[name]] = (FLAGS[Tag[name]] ?? 0) | value
}

flag(
  VOID,
  'area',
  'base',
  'br',
  'col',
  'embed',
  'hr',
  'img',
  'input',
  'link',
  'meta',
  'param',
  'source',
  'track',
  'wbr',
  'frame',
)
// noscript is raw for a browser that runs scripts: what it holds are second copies of lazy images, trackers and notices.
flag(RAW, 'title', 'style', 'script', 'noscript', 'iframe', 'noembed', 'noframes', 'xmp', 'textarea', 'svg')
flag(
  SKIPPED,
  'head',
  'title',
  'style',
  'script',
  'noscript',
  'template',
  'iframe',
  'noembed',
  'noframes',
  'textarea',
  'svg',
)
flag(
  SKIPPED,
  'object',
  'video',
  'audio',
  'canvas',
  'map',
  'select',
  'datalist',
  'button',
  'applet',
  'progress',
  'meter',
  'rp',
)
flag(
  BLOCK,
  'body',
  'p',
  'div',
  'section',
  'article',
  'main',
  'header',
  'footer',
  'nav',
  'aside',
  'address',
  'hgroup',
  'search',
)
flag(
  BLOCK,
  'ul',
  'ol',
  'menu',
  'dir',
  'li',
  'dl',
  'dt',
  'dd',
  'blockquote',
  'pre',
  'listing',
  'xmp',
  'figure',
  'figcaption',
)
flag(BLOCK, 'center', 'details', 'summary', 'dialog', 'fieldset', 'legend', 'form', 'hr', 'table', 'caption', 'thead')
flag(BLOCK, 'tbody', 'tfoot', 'tr', 'td', 'th', 'option', 'optgroup', 'html')
flag(BLOCK | HEADING | CLOSES_P, 'h1', 'h2', 'h3', 'h4', 'h5', 'h6')
flag(
  CLOSES_P,
  'p',
  'div',
  'section',
  'article',
  'main',
  'header',
  'footer',
  'nav',
  'aside',
  'address',
  'hgroup',
  'search',
)
flag(
  CLOSES_P,
  'ul',
  'ol',
  'menu',
  'dir',
  'li',
  'dl',
  'dt',
  'dd',
  'blockquote',
  'pre',
  'listing',
  'figure',
  'figcaption',
)
flag(CLOSES_P, 'center', 'details', 'summary', 'dialog', 'fieldset', 'form', 'hr', 'table', 'xmp')
flag(SCOPE, 'html', 'table', 'td', 'th', 'caption', 'template', 'object', 'applet', 'marquee', 'button')
flag(
  CONTAINER,
  'div',
  'section',
  'article',
  'main',
  'header',
  'footer',
  'nav',
  'aside',
  'ul',
  'ol',
  'dl',
  'li',
  'p',
  'span',
)
flag(
  CONTAINER,
  'table',
  'form',
  'figure',
  'td',
  'details',
  'blockquote',
  'address',
  'fieldset',
  'a',
  'h2',
  'h3',
  'h4',
  'time',
)
flag(CONTAINER, 'dialog', 'tr', 'small', 'body', '#other')

const TABLE_SIZE = 4096
const idBySlot = new Uint8Array(TABLE_SIZE)
const hashBySlot = new Int32Array(TABLE_SIZE)

/** One step of the hash over a tag name's letters (FNV-1a); start from `HASH_START`. Upper-case letters count as lower. */
export function hashStep(hash: number, code: number): number {
  return Math.imul(hash ^ (code >= 65 && code <= 90 ? code + 32 : code), 0x01000193)
}
export const HASH_START = 0x811c9dc5 | 0

function slotOf(hash: number): number {
  return (hash ^ (hash >>> 15)) & (TABLE_SIZE - 1)
}

for (const name of NAMES.slice(2)) {
  let hash = HASH_START
  for (let i = 0; i < name.length; i++) hash = hashStep(hash, name.charCodeAt(i))
  let slot = slotOf(hash)
  while (idBySlot[slot] !== 0) slot = (slot + 1) & (TABLE_SIZE - 1)
  idBySlot[slot] = Tag[name]
  hashBySlot[slot] = hash
}

/** Tag id for the hash of a name, `OTHER` when unknown. A name made to collide in 32 bits is mistaken, and does no harm. */
export function tagOfHash(hash: number): number {
  for (let slot = slotOf(hash); ; slot = (slot + 1) & (TABLE_SIZE - 1)) {
    const id = idBySlot[slot] ?? 0
    if (id === 0) return OTHER
    if (hashBySlot[slot] === hash) return id
  }
}
