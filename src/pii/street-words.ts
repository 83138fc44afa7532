/**
 * Words that make a name the name of a street, by where they stand to the name and the house number, and words that speak
 * against an address. Generic nouns only: no names of streets or towns.
 */

const TAIL = 3

/** Behind the name, the number before it: `12 Main Street`. Mostly nothing but streets. */
export const STREET_AFTER = new Set(
  `street st avenue ave road rd lane ln drive dr boulevard blvd highway hwy parkway pkwy terrace crescent cres`.split(
    ' ',
  ),
)

/** The same, but common words in capitals too: `2006 Royal Court`. The number must not look like a year. */
export const PLACE_AFTER = new Set(
  `court ct place pl square sq close way alley grove gardens mews circle cir trail trl row walk quay turnpike plaza loop
  pike esplanade parade heights ridge crossing bypass causeway wharf green hill park view`.split(/\s+/),
)

/** Directions and flats that may follow `St`; before other names it is a saint. */
export const AFTER_ST = /^ (?:[NSEW]{1,2}|North|South|East|West|Apt|Suite|Ste|Unit|Floor|Flat|No)\b/

/** Before the name, the number first: `12 rue Victor Hugo`. */
export const FRENCH = new Set('rue avenue boulevard bd bvd allée allee impasse chemin quai faubourg'.split(' '))

/** Before the name, the number last: `Via Roma 12`, `ul. Polna 12`. With a capital, or with the dot of a short form. */
export const NAME_AFTER = new Set(
  `via viale piazza corso vicolo calle c/ carrer avenida avda paseo plaza camino carretera ctra travesía ronda rua avenida
  travessa largo praça praca estrada alameda rodovia ul ulica al aleja os strada str bulevardul calea șoseaua rue avenue av
  boulevard улица ул проспект пр пер οδός λεωφόρος`.split(/\s+/),
)

/** Small words within a name. */
export const PARTICLE = new Set(
  'de du des la le les l d del della dei di da do dos das el los las y i e of the van von der den am im an zum zur'.split(
    ' ',
  ),
)

/** A street's name in one word that is nothing else: `Hauptstraße`, `Storgatan`. */
export const SURE_ENDINGS =
  byTail(`straße strasse str gasse straat laan gracht gatan vägen gränd vænge gade vej veien vegen
  gate katu kuja polku utca stræti straeti vegur stígur`)

/** Also the end of common words and of names of towns: taken for a street in their languages only, or where words say so. */
export const UNSURE_ENDINGS = byTail(`weg platz allee ufer damm ring hof plein kade singel dreef väg torget stigen plads
  allé vei tie gata götu braut`)
export const UNSURE_LANGUAGES = new Set(['de', 'nl', 'sv', 'da', 'no', 'nb', 'nn', 'fi', 'is'])

/** A word of its own behind the name: `Váci utca 12`. */
export const OWN_WORD = new Set(
  'utca u út útja tér köz krt tänav tn iela gatve ulice třída náměstí sokak caddesi gate vei vej allé ulica straße strasse'.split(
    ' ',
  ),
)

/** Before a number: it numbers something else. */
export const NUMBERED = new Set(
  `route routes highway interstate exit us md no nr number county state chapter vol volume page section article act figure
  table room version platform gate flight channel line season episode game week day round grade class type model unit bus
  january february march april may june july august september october november december jan feb mar apr jun jul aug sep sept
  oct nov dec in of since by until from and to between about over around nearly january`.split(/\s+/),
)

/** Behind which an address is expected. */
export const ADDRESS_WORDS = `address, addresses, addressed, mailing address, lives at, live at, living at, live in, lived at, lived in,
  resides at, residing at, located at, deliver to, delivered to, ship to, send to, sent to, bill to, billing, return to, taxi to,
  anschrift, adresse, wohnhaft, wohnt in, domicilié, domicilio, dirección, direccion, indirizzo, endereço, morada, adres,
  adress, osoite, cím, címe, адрес, διεύθυνση`

/** Endings by their last three units: one look rules out most words. */
function byTail(list: string): ReadonlyMap<string, readonly string[]> {
  const endings = new Map<string, string[]>()
  for (const ending of list.split(/\s+/)) {
    const tail = ending.slice(-TAIL)
    endings.set(tail, [...(endings.get(tail) ?? []), ending])
  }
  return endings
}

export function endsWithOneOf(word: string, endings: ReadonlyMap<string, readonly string[]>): boolean {
  return endings.get(word.slice(-TAIL))?.some((ending) => word.endsWith(ending)) ?? false
}
