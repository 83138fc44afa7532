/**
 * Tag names as small integers, and what the scanner and the block rules know of each. HTML Living Standard, section 13.2
 * (parsing) for void elements, raw text, scopes and implied ends; section 15.3 (rendering) for what starts a new line.
 */
import {
  BLOCK,
  BREAKOUT,
  CLOSES_P,
  CONTAINER,
  ENDS_ALL,
  ENDS_SELECT,
  HEADING,
  IN_HEAD,
  MATH_TEXT,
  NEWLINE,
  OTHER,
  RAW,
  SCOPE,
  SHOWS,
  SKIPPED,
  SPECIAL,
  TABLE_PART,
  TEXT,
  VOID,
} from '../kernels/html/codes.js'

export { BLOCK, CONTAINER, HEADING, OTHER, SKIPPED, TEXT, VOID }

const NAMES = [
  // As the codes of the kernel; 0 and 1 are no tags: a run of text, and every element without an entry of its own.
  ...[
    '#text',
    '#other',
    'html',
    'head',
    'body',
    'p',
    'a',
    'br',
    'li',
    'dt',
    'dd',
    'table',
    'caption',
    'colgroup',
    'tbody',
  ],
  ...['thead', 'tfoot', 'tr', 'td', 'th', 'form', 'button', 'select', 'option', 'optgroup', 'template', 'frameset'],
  ...[
    'script',
    'plaintext',
    'image',
    'img',
    'svg',
    'math',
    'div',
    'address',
    'ol',
    'ul',
    'rb',
    'rt',
    'rp',
    'rtc',
    'font',
  ],
  ...['title', 'foreignobject', 'desc', 'annotation-xml', 'nobr', 'col', 'pre', 'ruby'],
  // The others.
  ...[
    'meta',
    'link',
    'base',
    'style',
    'noscript',
    'iframe',
    'noembed',
    'noframes',
    'xmp',
    'textarea',
    'object',
    'video',
  ],
  ...['audio', 'canvas', 'map', 'embed', 'section', 'article', 'main', 'header', 'footer', 'nav', 'aside', 'hgroup'],
  ...[
    'search',
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
    'menu',
    'dir',
    'dl',
    'blockquote',
    'listing',
    'figure',
    'figcaption',
  ],
  ...['center', 'details', 'summary', 'dialog', 'fieldset', 'legend', 'hr', 'datalist', 'input', 'label', 'output'],
  ...[
    'progress',
    'meter',
    'b',
    'strong',
    'i',
    'em',
    'u',
    's',
    'small',
    'big',
    'span',
    'code',
    'tt',
    'kbd',
    'samp',
    'var',
  ],
  ...['cite', 'q', 'abbr', 'time', 'mark', 'sub', 'sup', 'del', 'ins', 'bdo', 'strike', 'wbr', 'picture', 'source'],
  ...[
    'track',
    'param',
    'area',
    'applet',
    'marquee',
    'frame',
    'basefont',
    'bgsound',
    'keygen',
    'mi',
    'mo',
    'mn',
    'ms',
    'mtext',
  ],
] as const

export type TagName = (typeof NAMES)[number]

/** The id of a tag by its name; 0 is text, 1 is any other element. */
export const Tag = Object.fromEntries(NAMES.map((name, id) => [name, id])) as Readonly<Record<TagName, number>> // every name has its entry

/** Sum of the flags by tag id. */
export const FLAGS = new Uint32Array(256)

/** @param names separated by spaces */
function flag(value: number, ...names: string[]): void {
  for (const name of names.join(' ').split(' ')) {
    const id = NAMES.indexOf(name as TagName) // whether it is one is what is asked
    if (id < 0) throw new Error(`no tag ${name}`)
    FLAGS[id] = (FLAGS[id] ?? 0) | value
  }
}

flag(VOID, 'area base br col embed hr img input link meta param source track wbr frame basefont bgsound keygen')
// noscript is raw for a browser that runs scripts: what it holds are second copies of lazy images, trackers and notices.
flag(RAW, 'title style script noscript iframe noembed noframes xmp textarea')
flag(
  SKIPPED,
  'head title style script noscript template iframe noembed noframes textarea svg object video audio canvas map',
  'select datalist button applet progress meter rp',
)
flag(
  BLOCK,
  'body p div section article main header footer nav aside address hgroup search ul ol menu dir li dl dt dd',
  'blockquote pre listing xmp figure figcaption center details summary dialog fieldset legend form hr table caption',
  'thead tbody tfoot tr td th option optgroup html h1 h2 h3 h4 h5 h6 plaintext',
)
flag(HEADING, 'h1 h2 h3 h4 h5 h6')
flag(
  CLOSES_P,
  'h1 h2 h3 h4 h5 h6 p div section article main header footer nav aside address hgroup search ul ol menu dir li dl',
  'dt dd blockquote pre listing figure figcaption center details summary dialog fieldset form hr table xmp',
  'plaintext',
)
flag(SCOPE, 'html table td th caption template object applet marquee select')
flag(
  SPECIAL,
  'address applet area article aside base basefont bgsound blockquote body br button caption center col colgroup dd',
  'details dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header',
  'hgroup hr html iframe img input keygen li link listing main marquee menu meta nav noembed noframes noscript',
  'object ol p param plaintext pre script search section select source style summary table tbody td template',
  'textarea tfoot th thead title tr track ul wbr xmp',
)
flag(
  CONTAINER,
  'div section article main header footer nav aside ul ol dl li p span table form figure td details blockquote',
  'address fieldset a h2 h3 h4 time dialog tr small body #other',
)
flag(IN_HEAD, 'base basefont bgsound link meta title noframes style noscript script template')
flag(
  BREAKOUT,
  'b big blockquote body br center code dd div dl dt em embed h1 h2 h3 h4 h5 h6 head hr i img li listing menu meta',
  'nobr ol p pre ruby s small span strong strike sub sup table tt u ul var',
)
flag(
  ENDS_ALL,
  'address article aside blockquote button center details dialog dir div dl fieldset figcaption figure footer',
  'header hgroup listing main menu nav ol pre search section select summary ul applet marquee object dd dt',
)
flag(NEWLINE, 'pre listing textarea')
flag(TABLE_PART, 'caption col colgroup tbody td tfoot th thead tr')
flag(ENDS_SELECT, 'input keygen textarea select')
flag(
  SHOWS,
  'body pre listing li dd dt button applet marquee object table area br embed img image keygen wbr input hr textarea xmp',
  'iframe select',
)
flag(MATH_TEXT, 'mi mo mn ms mtext')

/** What the kernel is told of the tags, by id. */
export const TAGS = NAMES.map((name, id) => ({ name, flags: FLAGS[id] ?? 0 }))
