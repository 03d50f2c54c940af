import { crc32, deflateSync } from 'node:zlib'
import type { PeerMedia } from '../peer.ts'

/** Photos that customers have at hand, drawn here so that no picture of anybody else is needed. */
export const PICTURES = ['cup', 'tea', 'receipt', 'parcel'] as const
export type PictureName = (typeof PICTURES)[number]

type Color = [number, number, number]
/** How far a point (each axis 0 to 1) is outside of a shape; negative inside. */
type Shape = (x: number, y: number) => number
type Layer = [Shape, Color, shade?: number]

const WIDTH = 480
const HEIGHT = 360

const circle =
  (cx: number, cy: number, r: number): Shape =>
  (x, y) =>
    Math.hypot((x - cx) * 1.333, y - cy) - r

const box =
  (cx: number, cy: number, w: number, h: number, round = 0.02): Shape =>
  (x, y) => {
    const dx = Math.abs(x - cx) * 1.333 - w / 2 + round
    const dy = Math.abs(y - cy) - h / 2 + round
    return Math.hypot(Math.max(dx, 0), Math.max(dy, 0)) + Math.min(Math.max(dx, dy), 0) - round
  }

const ring =
  (cx: number, cy: number, r: number, width: number): Shape =>
  (x, y) =>
    Math.abs(circle(cx, cy, r)(x, y)) - width

const both =
  (...shapes: Shape[]): Shape =>
  (x, y) =>
    Math.max(...shapes.map((shape) => shape(x, y)))

const line =
  (ax: number, ay: number, bx: number, by: number, width: number): Shape =>
  (x, y) => {
    const [dx, dy] = [(bx - ax) * 1.333, by - ay]
    const [px, py] = [(x - ax) * 1.333, y - ay]
    const t = Math.min(1, Math.max(0, (px * dx + py * dy) / (dx * dx + dy * dy)))
    return Math.hypot(px - t * dx, py - t * dy) - width
  }

const bowl = both(circle(0.5, 0.42, 0.3), (_x, y) => 0.42 - y)
const crack = [
  line(0.4, 0.42, 0.44, 0.52, 0.006),
  line(0.44, 0.52, 0.42, 0.58, 0.006),
  line(0.42, 0.58, 0.47, 0.68, 0.006),
]

const DRAWINGS: Record<PictureName, { back: [Color, Color]; layers: Layer[] }> = {
  cup: {
    back: [
      [214, 196, 172],
      [176, 148, 118],
    ],
    layers: [
      [circle(0.5, 0.79, 0.32), [150, 122, 95]],
      [ring(0.74, 0.53, 0.1, 0.022), [226, 234, 230]],
      [bowl, [240, 244, 241], 0.22],
      ...crack.map((shape): Layer => [shape, [92, 84, 76]]),
      [both(circle(0.36, 0.42, 0.07), (_x, y) => 0.41 - y), [196, 172, 142]],
      [box(0.27, 0.83, 0.1, 0.045, 0.01), [236, 240, 237]],
      [box(0.36, 0.87, 0.05, 0.03, 0.01), [228, 232, 229]],
    ],
  },
  tea: {
    back: [
      [120, 141, 118],
      [64, 86, 70],
    ],
    layers: [
      [circle(0.5, 0.54, 0.36), [52, 70, 58]],
      [circle(0.5, 0.5, 0.35), [244, 240, 230], 0.12],
      [circle(0.5, 0.5, 0.28), [226, 190, 118], 0.2],
      [circle(0.42, 0.44, 0.03), [240, 214, 160]],
      [line(0.52, 0.56, 0.6, 0.48, 0.014), [98, 122, 62]],
      [line(0.47, 0.6, 0.51, 0.66, 0.012), [112, 136, 70]],
    ],
  },
  receipt: {
    back: [
      [72, 82, 104],
      [46, 52, 70],
    ],
    layers: [
      [box(0.505, 0.515, 0.56, 0.86), [34, 38, 52]],
      [box(0.5, 0.5, 0.56, 0.86), [250, 250, 248]],
      [circle(0.5, 0.2, 0.075), [32, 160, 92]],
      [line(0.475, 0.2, 0.492, 0.225, 0.012), [255, 255, 255]],
      [line(0.492, 0.225, 0.527, 0.175, 0.012), [255, 255, 255]],
      [box(0.5, 0.37, 0.3, 0.055), [40, 44, 56]],
      ...[0.5, 0.58, 0.66, 0.74].flatMap((y, index): Layer[] => [
        [box(0.395, y, 0.12 + 0.02 * (index % 2), 0.022, 0.01), [190, 194, 204]],
        [box(0.6, y, 0.16 - 0.02 * (index % 3), 0.022, 0.01), [140, 146, 160]],
      ]),
      [box(0.5, 0.85, 0.4, 0.012, 0.004), [220, 223, 230]],
    ],
  },
  parcel: {
    back: [
      [236, 231, 220],
      [206, 198, 182],
    ],
    layers: [
      [box(0.5, 0.66, 0.72, 0.5, 0.03), [176, 166, 148]],
      [box(0.5, 0.6, 0.7, 0.52, 0.02), [58, 112, 84], 0.2],
      [circle(0.5, 0.6, 0.15), [238, 234, 222]],
      [line(0.5, 0.67, 0.5, 0.55, 0.007), [58, 112, 84]],
      [line(0.5, 0.6, 0.545, 0.54, 0.007), [58, 112, 84]],
      [line(0.5, 0.63, 0.455, 0.57, 0.007), [58, 112, 84]],
      [box(0.5, 0.42, 0.7, 0.018, 0.004), [214, 184, 110]],
      [box(0.5, 0.79, 0.7, 0.018, 0.004), [214, 184, 110]],
    ],
  },
}

const mix = (a: number, b: number, part: number): number => a + (b - a) * part

function pixel(name: PictureName, x: number, y: number): Color {
  const { back, layers } = DRAWINGS[name]
  let color = back[0].map((value, index) => mix(value, back[1][index] ?? 0, y)) as Color
  for (const [shape, paint, shade = 0] of layers) {
    // Half a pixel of soft edge.
    const cover = Math.min(1, Math.max(0, 0.5 - shape(x, y) * HEIGHT))
    if (cover === 0) continue
    const light = 1 - shade * (x * 0.6 + y * 0.4)
    color = color.map((value, index) => mix(value, (paint[index] ?? 0) * light, cover)) as Color
  }
  return color
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const out = Buffer.alloc(body.length + 8)
  out.writeUInt32BE(data.length, 0)
  body.copy(out, 4)
  out.writeUInt32BE(crc32(body), body.length + 4)
  return out
}

/** A photo as a PNG of 480 × 360. */
export function picture(name: PictureName): PeerMedia {
  const rows = Buffer.alloc(HEIGHT * (WIDTH * 3 + 1))
  for (let row = 0; row < HEIGHT; row += 1)
    for (let column = 0; column < WIDTH; column += 1)
      rows.set(
        pixel(name, (column + 0.5) / WIDTH, (row + 0.5) / HEIGHT).map(Math.round),
        row * (WIDTH * 3 + 1) + 1 + column * 3,
      )
  const header = Buffer.alloc(13)
  header.writeUInt32BE(WIDTH, 0)
  header.writeUInt32BE(HEIGHT, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
  const content = Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(rows)),
    chunk('IEND', Buffer.alloc(0)),
  ])
  return { name: `${name}.png`, mimeType: 'image/png', content }
}
