import { describe, expect, it } from 'vitest';
import { pointAt } from './curve.ts';
import type { Box } from './curve.ts';
import { curveBetween, nearnessAt, sceneFor, viewInto } from './scene.ts';

const nodes = (count: number): { readonly name: string; readonly zone: string }[] => Array.from({ length: count }, (_, i) => ({ name: `node-${i + 1}`, zone: `zone-${i % 3}` }));
const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe('the scene', () => {
  for (const count of [1, 3, 6, 12, 30, 60, 300, 1000]) {
    it(`keeps its width and overlaps nothing with ${count} nodes`, () => {
      const scene = sceneFor(nodes(count));
      expect(scene.extent.width).toBe(sceneFor(nodes(3)).extent.width);
      expect(scene.extent.height).toBeLessThan(720);
      const boxes = [...Object.values(scene.components), ...scene.tiles.map((tile) => tile.box)];
      const clashes = boxes.filter((box, i) => boxes.slice(i + 1).some((other) => overlap(box, other)));
      expect(clashes).toEqual([]);
      expect(scene.tiles.every(({ box }) => box.x + box.width <= scene.extent.width + 1)).toBe(true);
    });
  }

  it('keeps the components where they are, however many nodes there are', () => {
    expect(sceneFor(nodes(1000)).components).toEqual(sceneFor(nodes(3)).components);
  });

  it('counts nodes as people do', () => {
    expect(sceneFor(nodes(12)).tiles.map((tile) => tile.node).slice(0, 3)).toEqual(['node-1', 'node-2', 'node-3']);
  });

  it('has a way between any two that talk, and none to what is not on it', () => {
    const scene = sceneFor(nodes(30));
    expect(curveBetween(scene, 'kube-apiserver', 'kubelet/node-30')).toBeDefined();
    expect(curveBetween(scene, 'kubelet/node-1', 'container-runtime/node-1')).toBeDefined();
    expect(curveBetween(scene, 'kube-apiserver', 'kubelet/elsewhere')).toBeUndefined();
  });

  it.each([3, 5, 6])('draws no line at rest across a card or another node, with %i nodes', (count) => {
    const scene = sceneFor(nodes(count));
    for (const { node } of scene.tiles) {
      const curve = curveBetween(scene, 'kube-apiserver', `kubelet/${node}`);
      const crossed = [...Object.values(scene.components), ...scene.tiles.filter((tile) => tile.node !== node).map((tile) => tile.box)].filter((box) => Array.from({ length: 99 }, (_, i) => i + 1).some((i) => {
        const { x, y } = curve ? pointAt(curve, i / 100) : box;
        return x > box.x && x < box.x + box.width && y > box.y && y < box.y + box.height;
      }));
      expect(crossed).toEqual([]);
    }
  });

  it.each([[3, 'parts', 'parts', 'parts'], [30, 'cells', 'parts', 'parts'], [300, 'dots', 'cells', 'parts'], [1000, 'dots', 'dots', 'parts']] as const)('shows more of each of %i nodes from nearer', (count, far, near, inside) => {
    expect([1, 6.5, 20].map((nearness) => sceneFor(nodes(count), 'wide', nearness).shown)).toEqual([far, near, inside]);
    const whole = sceneFor(nodes(count));
    const { zoom } = viewInto(whole.tiles[0]?.box ?? whole.extent, 1000, 600, 1);
    expect(sceneFor(nodes(count), 'wide', nearnessAt(zoom, 1)).shown).toBe('parts');
    expect(nearnessAt(zoom, 1)).toBeGreaterThan(1);
  });
});
