import type { OutgoingItem, OutgoingStorage } from './outgoing.ts'

/** One entry of the browser's storage for each item, under the agent's own prefix. */
export function outgoingStorage(storage: Storage, agentId: string): OutgoingStorage {
  const prefix = `onethread.outgoing.${agentId}.`
  const read = (key: string): OutgoingItem[] => {
    try {
      return [JSON.parse(storage.getItem(key) ?? '') as OutgoingItem]
    } catch {
      return []
    }
  }
  return {
    load: () =>
      Object.keys(storage)
        .filter((key) => key.startsWith(prefix))
        .flatMap(read),
    save(item) {
      try {
        storage.setItem(prefix + item.clientId, JSON.stringify(item))
      } catch {
        // Storage full or forbidden: it still goes out, only a reload would lose it.
      }
    },
    drop: (clientId) => storage.removeItem(prefix + clientId),
  }
}
