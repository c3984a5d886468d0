import { writeFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';

/**
 * People for the cameras of the README's pictures: drawn, since nobody's face is to lie in a repository. Each is a short
 * film that Chromium plays as its fake camera.
 */
export type Portrait = Readonly<{
  skin: string;
  hair: string;
  clothes: string;
  wall: readonly [string, string];
  look: 'long' | 'short' | 'bun' | 'curls';
  glasses?: boolean;
  beard?: boolean;
}>;

export const PORTRAITS: Readonly<Record<string, Portrait>> = {
  alice: { skin: '#f0c4a2', hair: '#5b3a29', clothes: '#0f766e', wall: ['#e8efe9', '#cddbd3'], look: 'long' },
  bob: {
    skin: '#8d5a3b',
    hair: '#1f1512',
    clothes: '#d97742',
    wall: ['#f4eadb', '#e3cfb2'],
    look: 'short',
    beard: true,
  },
  carol: {
    skin: '#e8b48e',
    hair: '#a9482f',
    clothes: '#4a5d9c',
    wall: ['#e6e9f4', '#c9d0e6'],
    look: 'curls',
    glasses: true,
  },
  dave: { skin: '#f3cfb3', hair: '#3b3b45', clothes: '#7a4b78', wall: ['#f2e6ee', '#ddc6d5'], look: 'bun' },
};

/** Frames of a loop at the 30 a second that Chromium plays, and the picture's size. */
const FRAMES = 60;
const SIZE = { width: 1280, height: 720 };

/** Draws the film, as one JPEG after the other (MJPEG). */
export async function film(browser: Browser, portrait: Portrait, file: string): Promise<void> {
  const page = await browser.newPage({ viewport: SIZE });
  const frames: Buffer[] = [];
  for (let frame = 0; frame < FRAMES; frame += 1) {
    await page.setContent(`<style>*{margin:0}svg{display:block}</style>${draw(portrait, frame / FRAMES)}`);
    frames.push(await page.screenshot({ type: 'jpeg', quality: 88 }));
  }
  await page.close();
  await writeFile(file, Buffer.concat(frames));
}

/** @param at where in the loop, 0 to 1 */
function draw(portrait: Portrait, at: number): string {
  const sway = Math.sin(at * 2 * Math.PI);
  const blink = at > 0.46 && at < 0.5 ? 0.12 : 1;
  const { skin, hair, clothes, wall, look, glasses, beard } = portrait;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1280 720" width="1280" height="720">
  <defs>
    <linearGradient id="wall" x1="0" y1="0" x2="1" y2="1"><stop stop-color="${wall[0]}"/><stop offset="1" stop-color="${wall[1]}"/></linearGradient>
    <linearGradient id="light" x1="0" x2="1"><stop stop-color="#fff" stop-opacity=".35"/><stop offset="1" stop-color="#000" stop-opacity=".12"/></linearGradient>
  </defs>
  <rect width="1280" height="720" fill="url(#wall)"/>
  <g opacity=".55"><rect x="70" y="70" width="250" height="310" rx="10" fill="#fff"/><rect x="86" y="86" width="218" height="278" fill="${wall[1]}"/><path d="M86 290 160 210l60 60 40-34 44 50v78H86Z" fill="${clothes}" opacity=".35"/></g>
  <g opacity=".8"><rect x="960" y="330" width="260" height="14" rx="4" fill="#8b6f55"/>${books()}</g>
  <g opacity=".9"><path d="M1120 720v-120" stroke="#4d6b4f" stroke-width="8"/><path d="M1120 620c-60-10-90-60-84-110 54 8 84 50 84 110Zm0-20c50-16 74-66 62-112-48 16-70 60-62 112Z" fill="#6d9a6c"/></g>
  <g transform="translate(${640 + sway * 7} ${400 + Math.abs(sway) * 3})">
    ${look === 'long' ? `<path d="M-150-130c0-110 70-170 150-170s150 60 150 170c0 120 26 190 34 250H-184c8-60 34-130 34-250Z" fill="${hair}"/>` : ''}
    ${look === 'curls' ? curls(hair) : ''}
    <path d="M-330 330c10-150 120-200 230-214H100c110 14 220 64 230 214Z" fill="${clothes}"/>
    <path d="M-66 60h132v76c0 40-132 40-132 0Z" fill="${skin}"/><path d="M-66 84c30 44 102 44 132 0v26c-30 40-102 40-132 0Z" fill="#000" opacity=".12"/>
    <g transform="rotate(${sway * 2.4} 0 80)">
      <rect x="-112" y="-190" width="224" height="284" rx="108" fill="${skin}"/>
      ${beard ? `<path d="M-112-20c0 80 44 124 112 124S112 60 112-20c-18 40-40 46-60 36-26-12-78-12-104 0-20 10-42 4-60-36Z" fill="${hair}" opacity=".9"/>` : ''}
      <path d="${hairline(look)}" fill="${hair}"/>
      ${look === 'bun' ? `<circle cx="0" cy="-236" r="52" fill="${hair}"/>` : ''}
      <g fill="#2a1f1b"><ellipse cx="-44" cy="-42" rx="10" ry="${12 * blink}"/><ellipse cx="44" cy="-42" rx="10" ry="${12 * blink}"/></g>
      <path d="M-66-74q22-14 42 0M24-74q22-14 42 0" stroke="${hair}" stroke-width="8" fill="none" stroke-linecap="round"/>
      ${glasses ? '<g stroke="#2d2a33" stroke-width="6" fill="#fff" fill-opacity=".18"><rect x="-82" y="-70" width="70" height="56" rx="22"/><rect x="12" y="-70" width="70" height="56" rx="22"/><path d="M-12-46h24"/></g>' : ''}
      <path d="M-4-30q-14 34 8 38" stroke="#000" stroke-opacity=".2" stroke-width="6" fill="none" stroke-linecap="round"/>
      <path d="M-40 30q40 ${34 + sway * 6} 80 0" stroke="#9c3d35" stroke-width="9" fill="none" stroke-linecap="round"/>
      <circle cx="-72" cy="6" r="22" fill="#e0604f" opacity=".14"/><circle cx="72" cy="6" r="22" fill="#e0604f" opacity=".14"/>
    </g>
  </g>
  <rect width="1280" height="720" fill="url(#light)"/></svg>`;
}

const hairline = (look: Portrait['look']): string =>
  look === 'short'
    ? 'M-116-90c-6-84 40-124 116-124S122-174 116-90c-22-34-46-52-116-52s-94 18-116 52Z'
    : 'M-118-60c-10-110 44-150 118-150S128-170 118-60c-10-44-44-78-98-84-62 6-124 30-138 84Z';

const curls = (hair: string): string =>
  Array.from({ length: 15 }, (_, index) => {
    const turn = Math.PI * (0.86 + (index / 14) * 1.28);
    return `<circle cx="${Math.cos(turn) * 138}" cy="${-70 + Math.sin(turn) * 146}" r="54" fill="${hair}"/>`;
  }).join('');

const books = (): string =>
  ['#b5533c', '#d9a441', '#4f7f73', '#6b6f9c', '#c98c6b', '#39514c']
    .map((colour, index) => {
      const height = 92 + ((index * 37) % 44);
      return `<rect x="${976 + index * 30}" y="${330 - height}" width="24" height="${height}" rx="3" fill="${colour}"/>`;
    })
    .join('');
