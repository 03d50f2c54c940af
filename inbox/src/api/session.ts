import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, use } from 'react'
import { ApiError, api } from './client.ts'
import { keys } from './keys.ts'
import type { Me, Session } from './shapes.ts'

export const SessionContext = createContext<Session | null>(null)

/** The signed-in agent; only below the sign-in gate. */
export const useSession = (): Session => {
  const session = use(SessionContext)
  if (!session) throw new Error('useSession is only for what stands behind the sign-in')
  return session
}

export const useMe = (): Me => useSession().agent

/** Null when nobody is signed in. */
export const useSessionQuery = () =>
  useQuery({
    queryKey: keys.me,
    queryFn: async ({ signal }): Promise<Session | null> => {
      try {
        return await api<Session>('/me', { signal })
      } catch (error) {
        if (error instanceof ApiError && error.status === 401) return null
        throw error
      }
    },
    staleTime: Number.POSITIVE_INFINITY,
  })

export const useSignIn = () => {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { email: string; password: string }) => api('/api/auth/sign-in/email', { body }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.me }),
  })
}

export const useSignOut = () => {
  const client = useQueryClient()
  return useMutation({
    mutationFn: () => api('/api/auth/sign-out', { method: 'POST', body: {} }),
    onSettled: () => {
      client.setQueryData(keys.me, null)
      client.removeQueries({ predicate: (entry) => entry.queryKey[0] !== 'me' })
    },
  })
}

export const useChangeMe = () => {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (body: { availability?: Me['availability']; language?: string; name?: string }) =>
      api('/me', { method: 'PATCH', body }),
    onMutate: (change) => {
      const before = client.getQueryData<Session | null>(keys.me)
      if (before) client.setQueryData<Session>(keys.me, { ...before, agent: { ...before.agent, ...change } })
      return { before }
    },
    onError: (_error, _change, context) => client.setQueryData(keys.me, context?.before),
    onSettled: () => {
      void client.invalidateQueries({ queryKey: keys.me })
      void client.invalidateQueries({ queryKey: keys.agents })
    },
  })
}
