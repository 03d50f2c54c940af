import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { type Figure, figure } from './figures.ts'

/** (e) What browsers load, as gzip at its best makes it. */

const ROOT = path.join(import.meta.dirname, '..')
const WIDGET = path.join(ROOT, 'widget', 'dist')
const INBOX = path.join(ROOT, 'inbox', 'dist')

const gzipped = (file: string): number => gzipSync(readFileSync(file), { level: 9 }).byteLength

const inKb = (files: string[]): number => files.reduce((sum, file) => sum + gzipped(file), 0) / 1024

/** The page and all that it names: scripts, styles, preloads and its icon. */
const inboxFiles = (): string[] => {
  const index = path.join(INBOX, 'index.html')
  const named = [...readFileSync(index, 'utf8').matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name]) => name ?? '')
  return [index, ...[...new Set(named)].map((name) => path.join(INBOX, name)).filter((file) => existsSync(file))]
}

export const measureSizes = async (): Promise<Figure[]> => {
  const loader = [path.join(WIDGET, 'widget.js')]
  const widget = [...loader, path.join(WIDGET, 'app.js'), path.join(WIDGET, 'app.css')]
  const most = { unit: 'KB', goalOf: 'most' as const }
  return [
    figure({ id: 'loader', value: inKb(loader), goal: 3, ...most, what: 'widget.js, gzipped' }),
    figure({ id: 'widget', value: inKb(widget), goal: 30, ...most, what: 'loader and chat app, gzipped' }),
    figure({ id: 'inbox', value: inKb(inboxFiles()), goal: 300, ...most, what: 'first load of the inbox, gzipped' }),
  ]
}
