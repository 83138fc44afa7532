/** What a crawl's config may say: each option once, with type, default, unit and meaning; check, editor schema and help are made from it. */
import { boolean, integer, listOf, number, type OptionValues, oneOf, size, string } from '../stage/options.js'
import { TRACKING_PARAMETERS } from './canonical-url.js'

const MiB = 2 ** 20

export const SCOPE = {
  within: oneOf(['host', 'domain', 'prefix', 'any'], {
    default: 'host',
    meaning:
      "How far from the seeds: their hosts, their hosts and all names below, URLs that begin like a seed up to its last '/', or anywhere.",
  }),
  include: listOf(string({ meaning: '' }), {
    default: [],
    meaning:
      'Pages must match one of these, if there are any: patterns as in robots.txt (* and a last $), on the whole URL, or on the path where one begins with /.',
  }),
  exclude: listOf(string({ meaning: '' }), { default: [], meaning: 'Pages that match one of these are left out.' }),
  types: listOf(string({ meaning: '' }), {
    default: ['text/html', 'application/xhtml+xml'],
    meaning: 'Content types of pages that are stored; image/* for all that begin so.',
  }),
  depthMax: integer({ default: 50, min: 0, max: 60_000, unit: 'links', meaning: 'Distance from a seed.' }),
  sitemaps: boolean({ default: true, meaning: 'Reads the sitemaps that robots.txt names.' }),
  ports: listOf(integer({ min: 1, max: 65_535, meaning: '' }), {
    default: [80, 443],
    meaning: 'Ports that are connected to.',
  }),
  allowPrivate: listOf(string({ meaning: '' }), {
    default: [],
    meaning:
      'Private, loopback and other special addresses that are connected to all the same, as subnets: 10.1.0.0/16 for a network of your own.',
  }),
  dropParameters: listOf(string({ meaning: '' }), {
    default: TRACKING_PARAMETERS,
    meaning: 'Query parameters that are removed from URLs; utm_* for all that begin so.',
  }),
  urlLengthMax: integer({
    default: 2000,
    min: 50,
    max: 4000,
    unit: 'characters',
    meaning: 'Longer URLs are left out.',
  }),
  pathSegmentsMax: integer({ default: 20, min: 1, meaning: 'Deeper paths are left out.' }),
  segmentRepeatsMax: integer({
    default: 3,
    min: 1,
    meaning: 'Paths with one segment more often than this are left out: links that loop.',
  }),
}

export const BUDGET = {
  pages: integer({ default: 100_000, min: 1, meaning: 'Answers that are stored, redirects and errors among them.' }),
  bytes: size({ default: 100 * 1024 * MiB, min: 1, meaning: 'Bytes received.' }),
  seconds: number({ default: 7 * 86_400, min: 1, unit: 'seconds', meaning: 'Time at work, resumed crawls added up.' }),
  pagesPerHost: integer({ default: 10_000, min: 1, meaning: 'Answers of one host.' }),
}

export const POLITENESS = {
  delaySeconds: number({
    default: 1,
    min: 0,
    max: 3600,
    unit: 'seconds',
    meaning:
      'Pause on a host between the end of an answer and the next request. A longer crawl-delay of its robots.txt goes first.',
  }),
  crawlDelayMax: number({
    default: 60,
    min: 0,
    unit: 'seconds',
    meaning: 'A crawl-delay is obeyed up to this.',
  }),
  connectionsPerHost: integer({ default: 1, min: 1, max: 64, meaning: 'Requests at a time to one host.' }),
  nofollow: oneOf(['obey', 'ignore'], {
    default: 'obey',
    meaning: 'Whether nofollow (of a page, of a link, of X-Robots-Tag) keeps its links out.',
  }),
  noindex: oneOf(['obey', 'ignore'], {
    default: 'obey',
    meaning: 'Whether pages that ask not to be indexed are left out of the archive.',
  }),
}

export const FETCH = {
  connections: integer({ default: 32, min: 1, max: 1024, meaning: 'Requests at a time in all.' }),
  attemptsMax: integer({ default: 3, min: 1, max: 20, meaning: 'Requests for one URL before it counts as failed.' }),
  retrySeconds: number({
    default: 10,
    min: 0,
    unit: 'seconds',
    meaning: 'Pause of a host after a failure; doubles with each that follows, up to an hour.',
  }),
  retryAfterMax: number({
    default: 3600,
    min: 0,
    unit: 'seconds',
    meaning: 'Retry-After is obeyed up to this.',
  }),
  hostFailuresMax: integer({
    default: 6,
    min: 1,
    meaning: 'Failures of a host one after the other, without any answer, after which it is given up.',
  }),
  connectSecondsMax: number({ default: 10, min: 0.1, unit: 'seconds', meaning: 'Time for a connection.' }),
  silenceSecondsMax: number({ default: 30, min: 0.1, unit: 'seconds', meaning: 'Silence that ends a request.' }),
  secondsMax: number({
    default: 120,
    min: 0.1,
    unit: 'seconds',
    meaning: 'Time for a whole answer; what has come by then is kept.',
  }),
  bytesPerSecondMin: number({
    default: 200,
    min: 0,
    unit: 'bytes per second',
    meaning: 'Mean rate that an answer must keep up.',
  }),
  graceSeconds: number({ default: 10, min: 0, unit: 'seconds', meaning: 'Time before the rate counts.' }),
  bodySizeMax: size({
    default: 16 * MiB,
    min: 1024,
    max: 1024 * MiB,
    meaning: 'Longer bodies are cut there, and marked.',
  }),
  headerSizeMax: size({ default: 64 * 1024, min: 1024, max: 1024 * 1024, meaning: 'Longer heads are a failure.' }),
  redirectsMax: integer({ default: 8, min: 0, max: 50, meaning: 'Redirects in a row.' }),
  inflateMax: number({
    default: 200,
    min: 1,
    meaning: 'A compressed page that unpacks to more than this many times its size is not read for links.',
  }),
  acceptLanguage: string({ default: '', meaning: 'Accept-Language of requests; left out when empty.' }),
}

export const OUTPUT = {
  sizeMax: size({
    default: 1024 * MiB,
    min: 1024,
    meaning: 'A WARC file is closed, and the next one begun, before it grows beyond this.',
  }),
  revisits: boolean({
    default: true,
    meaning: 'Writes a body that was stored before as a revisit record, by its digest.',
  }),
}

/** A checked config: plain values, paths absolute. */
export interface CrawlConfig {
  readonly name: string
  /** Product token: what robots.txt knows the crawler by. */
  readonly agent: string
  /** URL or e-mail address. */
  readonly contact: string
  /** Canonical. */
  readonly seeds: readonly string[]
  /** Canonical. */
  readonly sitemaps: readonly string[]
  readonly scope: OptionValues<typeof SCOPE>
  readonly budget: OptionValues<typeof BUDGET>
  readonly politeness: OptionValues<typeof POLITENESS>
  readonly fetch: OptionValues<typeof FETCH>
  readonly output: OptionValues<typeof OUTPUT>
  /** Absolute path. */
  readonly folder: string
}
