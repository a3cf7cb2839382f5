import { describe, expect, it } from 'vitest';
import { curveBetween, sceneFor } from './scene.ts';
import type { Box } from './scene.ts';

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
});
