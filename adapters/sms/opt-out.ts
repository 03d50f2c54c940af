/** Words that the providers of the trade honour (Twilio's page "Support for opt-out keywords"). */
export const OPT_OUT_WORDS = ['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT']
export const OPT_IN_WORDS = ['START', 'YES', 'UNSTOP']

export type OptChange = 'revoked' | 'granted'

/**
 * What a message means for consent. Only a message that is nothing but the word counts, in any case, also in
 * full-width letters, and with the punctuation or quotes people put around it.
 */
export function optChangeOf(text: string, optOutWords: readonly string[]): OptChange | null {
  const word = bare(text)
  if (word === '') return null
  if (optOutWords.some((known) => bare(known) === word)) return 'revoked'
  return OPT_IN_WORDS.includes(word) ? 'granted' : null
}

const bare = (text: string): string =>
  text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/^[\s\p{P}]+|[\s\p{P}]+$/gu, '')
