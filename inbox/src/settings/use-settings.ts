import { type QueryKey, useMutation, useQueryClient } from '@tanstack/react-query'
import { useTranslation } from 'react-i18next'
import { api } from '../api/client.ts'
import { useToasts } from '../ui/toasts.tsx'

interface Change {
  path: string
  method: 'POST' | 'PATCH' | 'DELETE'
  body?: unknown
}

/** Changes a setting and refreshes its list. With `quiet` the caller shows what went wrong itself. */
export function useSettingChange<T = unknown>(listKey: QueryKey, quiet = false) {
  const { t } = useTranslation()
  const client = useQueryClient()
  const toasts = useToasts()
  return useMutation({
    mutationFn: ({ path, method, body }: Change) => api<T>(path, { method, ...(body === undefined ? {} : { body }) }),
    onSettled: () => client.invalidateQueries({ queryKey: listKey }),
    onError: (error) => {
      if (!quiet) toasts.fail(t('settings.notSaved'), error)
    },
  })
}
