import type { MediaSource } from '@conclave/protocol/media-api/rtp';

const ROOMS = [
  ['#c9d6cf', '#8fa79b'],
  ['#d9cfc1', '#a8937a'],
  ['#c5cedb', '#7f8fa6'],
  ['#dcc8c4', '#a87f78'],
  ['#d4d6c0', '#969a70'],
  ['#cbc6d8', '#8a80a3'],
] as const;
const SKIN = ['#8d5a3b', '#e0b394', '#c68e6a', '#f0cdb4', '#5f3b28'] as const;
const HAIR = ['#2a2320', '#6b4a2f', '#171717', '#b58a4a', '#55504d'] as const;
const SHIRTS = ['#0c6b58', '#2b4d7e', '#f4f1ea', '#7d3b5c', '#3b3f46', '#82452a'] as const;

const pick = <const L extends readonly [unknown, ...unknown[]]>(list: L, n: number): L[number] => list[n % list.length] ?? list[0];

/** A drawn person or a drawn slide as a live track, so that pictures of the room look like a meeting. Needs a canvas. */
export function drawnTrack(n: number, source: MediaSource): MediaStreamTrack | null {
  if (source !== 'camera' && source !== 'screen') return null;
  const canvas = document.createElement('canvas');
  canvas.width = source === 'camera' ? 640 : 1280;
  canvas.height = source === 'camera' ? 360 : 720;
  const pen = canvas.getContext('2d');
  if (!pen) return null;
  const draw = () => (source === 'camera' ? drawPerson(pen, n) : drawSlide(pen));
  draw();
  const timer = setInterval(draw, 500);
  const [track] = canvas.captureStream(4).getVideoTracks();
  track?.addEventListener('ended', () => clearInterval(timer));
  return track ?? null;
}

function drawPerson(pen: CanvasRenderingContext2D, n: number): void {
  const [wall, floor] = pick(ROOMS, n);
  const light = pen.createLinearGradient(0, 0, 640, 360);
  light.addColorStop(0, wall);
  light.addColorStop(1, floor);
  pen.fillStyle = light;
  pen.fillRect(0, 0, 640, 360);
  pen.fillStyle = 'rgb(255 255 255 / 0.28)';
  pen.fillRect(60 + (n % 3) * 180, 30, 120, 150);
  pen.fillStyle = pick(SHIRTS, n + 1);
  ellipse(pen, 320, 400, 170, 150);
  pen.fillStyle = pick(SKIN, n);
  pen.fillRect(292, 220, 56, 60);
  ellipse(pen, 320, 170, 66, 84);
  pen.fillStyle = pick(HAIR, n + 2);
  pen.beginPath();
  pen.ellipse(320, 132, 72, 58, 0, Math.PI, 2 * Math.PI);
  pen.fill();
}

function ellipse(pen: CanvasRenderingContext2D, x: number, y: number, radiusX: number, radiusY: number): void {
  pen.beginPath();
  pen.ellipse(x, y, radiusX, radiusY, 0, 0, 2 * Math.PI);
  pen.fill();
}

function drawSlide(pen: CanvasRenderingContext2D): void {
  pen.fillStyle = '#fbfaf7';
  pen.fillRect(0, 0, 1280, 720);
  pen.fillStyle = '#1b1a17';
  pen.font = '600 54px Inter Variable, sans-serif';
  pen.fillText('Third quarter, in one page', 80, 130);
  pen.fillStyle = '#57534b';
  pen.font = '28px Inter Variable, sans-serif';
  pen.fillText('Join time fell by a third; nobody had to reload.', 80, 185);
  const bars = [210, 250, 236, 300, 342, 390];
  for (const [index, height] of bars.entries()) {
    pen.fillStyle = index === bars.length - 1 ? '#0c6b58' : '#cfd9d4';
    pen.fillRect(80 + index * 190, 640 - height, 130, height);
  }
}
