import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'

/** Fonts that desktops have as their own; a bare machine's default is none that anybody chose. */
const PREFERRED = ['Inter', 'Noto Sans', 'Liberation Sans', 'Noto Sans CJK SC']

const rule = (family: string) =>
  `<match target="pattern"><test name="family"><string>${family}</string></test><edit name="family" mode="prepend" binding="strong">${PREFERRED.map((name) => `<string>${name}</string>`).join('')}</edit></match>`

/** Gives the browser that is started next the letters of a desktop, where fontconfig chooses them. */
export async function preferReadableFonts(): Promise<{ forget(): Promise<void> }> {
  const folder = await mkdtemp(path.join(tmpdir(), 'onethread-fonts-'))
  const file = path.join(folder, 'fonts.conf')
  const rules = ['system-ui', 'sans-serif'].map(rule).join('')
  await writeFile(
    file,
    `<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd"><fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>${rules}</fontconfig>`,
  )
  process.env.FONTCONFIG_FILE = file
  return { forget: () => rm(folder, { recursive: true, force: true }) }
}
