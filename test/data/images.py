"""Small PNG files of every kind that folders of images hold, written with zlib alone, and the numbers that PyTorch makes of one when it is
resized: python test/data/images.py. The JPEG beside them is a canvas of Chromium, saved by it."""
import json, struct, zlib
from pathlib import Path
import torch

here = Path(__file__).parent / 'fixtures' / 'images'
here.mkdir(parents=True, exist_ok=True)


def chunk(kind, body):
    return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def filtered(lines, step):
    """Each line by another of the five filters."""
    out, before = b'', bytes(len(lines[0]))
    for k, line in enumerate(lines):
        kind = k % 5
        row = bytearray([kind])
        for at, value in enumerate(line):
            left = line[at - step] if at >= step else 0
            up, corner = before[at], before[at - step] if at >= step else 0
            guess = [0, left, up, (left + up) // 2, paeth(left, up, corner)][kind]
            row.append((value - guess) % 256)
        out, before = out + bytes(row), line
    return out


def png(name, width, height, depth, colour, lines, *extra):
    step = max(1, depth * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour] // 8)
    header = struct.pack('>IIBBBBB', width, height, depth, colour, 0, 0, 0)
    body = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', header) + b''.join(extra) + chunk(b'IDAT', zlib.compress(filtered(lines, step)))
    (here / name).write_bytes(body + chunk(b'IEND', b''))


grey = [[(37 * x + 91 * y) % 256 for x in range(4)] for y in range(6)]
png('grey.png', 4, 6, 8, 0, [bytes(row) for row in grey])
rgb = [[[(x * 60 + y * 7 + c * 80) % 256 for c in range(3)] for x in range(4)] for y in range(6)]
png('rgb.png', 4, 6, 8, 2, [bytes(sum(row, [])) for row in rgb])
png('opaque.png', 4, 6, 8, 6, [bytes(sum([[*pixel, 255] for pixel in row], [])) for row in rgb])
png('clear.png', 4, 6, 8, 6, [bytes(sum([[*pixel, 255 if y else 0] for pixel in row], [])) for y, row in enumerate(rgb)])
deep = [[(9001 * x + 20011 * y) % 65536 for x in range(4)] for y in range(6)]
png('deep.png', 4, 6, 16, 0, [b''.join(struct.pack('>H', v) for v in row) for row in deep])
bits = [[(x * y + x) % 2 for x in range(9)] for y in range(6)]
png('bits.png', 9, 6, 1, 0, [bytes([int(''.join(map(str, row[:8])), 2), row[8] << 7]) for row in bits])
palette = [(0, 0, 0), (255, 0, 0), (0, 255, 0), (10, 20, 30)]
index = [[(x + y) % 4 for x in range(4)] for y in range(6)]
png('palette.png', 4, 6, 4, 3, [bytes([row[0] << 4 | row[1], row[2] << 4 | row[3]]) for row in index], chunk(b'PLTE', bytes(sum(map(list, palette), []))))

image = torch.tensor(rgb, dtype=torch.float64).permute(2, 0, 1)[None] / 255
sizes = {}
for size in [(3, 2), (5, 9), (6, 1)]:
    made = torch.nn.functional.interpolate(image, size=size, mode='bilinear', antialias=True, align_corners=False)
    sizes['x'.join(map(str, size))] = made[0].permute(1, 2, 0).flatten().tolist()
expected = {
    'grey.png': [v / 255 for v in sum(grey, [])],
    'rgb.png': [v / 255 for row in rgb for pixel in row for v in pixel],
    'deep.png': [v / 65535 for v in sum(deep, [])],
    'bits.png': sum(bits, []),
    'palette.png': [v / 255 for row in index for k in row for v in palette[k]],
    'resized': sizes,
}
(here / 'expected.json').write_text(json.dumps(expected) + '\n')
