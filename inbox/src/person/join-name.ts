import type { ContactView } from '../../../src/views.ts'

type Named = Pick<ContactView, 'name'>

/** The name a person takes over by a join: the other's, when they have none of their own. */
export const takenName = (winner: Named, loser: Named): string | null => (winner.name === null ? loser.name : null)
