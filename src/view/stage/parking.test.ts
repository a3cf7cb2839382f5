import { describe, expect, it } from 'vitest';
import { parkingPlaces, writtenParts } from './parking.ts';
import type { Parked } from './parking.ts';
import type { Box, Curve } from './curve.ts';
import { curveBetween, sceneFor } from './scene.ts';

const WAYS = [['kube-apiserver', 'etcd'], ['etcd', 'kube-apiserver'], ['kube-apiserver', 'kube-scheduler'], ['kube-apiserver', 'kube-controller-manager'], ['kubectl', 'kube-apiserver'], ['kubelet/node-1', 'cni/node-1']] as const;
const overlap = (a: Box, b: Box): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const boxOf = (place: Parked, width: number): Box => ({ x: place.x - width / 2, y: place.y - 12, width, height: 24 });
const park = (variant: 'wide' | 'compact', width: number, ways: readonly (readonly [string, string])[] = WAYS) => {
  const scene = sceneFor([{ name: 'node-1', zone: 'a' }], variant);
  const places = parkingPlaces(ways.map(([from, to]) => ({ curve: curveBetween(scene, from, to) as Curve, width, height: 24 })), scene.extent, writtenParts(scene));
  return { scene, places };
};

describe('parked capsules', () => {
  it.each(['wide', 'compact'] as const)('cover no other and do not leave the %s stage', (variant) => {
    const { scene, places } = park(variant, 150);
    places.forEach((a, i) => {
      expect(a.x - 75).toBeGreaterThanOrEqual(0);
      expect(a.x + 75).toBeLessThanOrEqual(scene.extent.width);
      for (const b of places.slice(i + 1)) expect(overlap(boxOf(a, 150), boxOf(b, 150))).toBe(false);
    });
  });

  it('stay on a line that is long enough', () => {
    const { scene, places } = park('wide', 118, WAYS.slice(0, 4));
    expect(places.map(({ tie }) => tie)).toEqual([undefined, undefined, undefined, undefined]);
    for (const place of places) expect(writtenParts(scene).some((box) => overlap(box, boxOf(place, 118)))).toBe(false);
  });

  it('beside a line that is too short, they cover nothing and are tied to it', () => {
    const { scene, places: [place] } = park('compact', 118, [['kube-apiserver', 'kube-scheduler']]);
    if (!place) throw new Error('not parked');
    expect(writtenParts(scene).some((box) => overlap(box, boxOf(place, 118)))).toBe(false);
    expect(place.tie).toBeDefined();
  });

  it.each([30, 300])('of a call inside one of %i nodes rest at that node', (count) => {
    const scene = sceneFor(Array.from({ length: count }, (_, i) => ({ name: `node-${i + 1}`, zone: `zone-${i % 3}` })));
    for (const node of ['node-2', `node-${count / 2}`]) {
      const curve = curveBetween(scene, `kubelet/${node}`, `container-runtime/${node}`) as Curve;
      const [place] = parkingPlaces([{ curve, width: 118, height: 24 }], scene.extent, writtenParts(scene));
      const { box } = scene.tiles.find((tile) => tile.node === node) ?? { box: scene.extent };
      expect(Math.hypot((place?.x ?? 0) - box.x - box.width / 2, (place?.y ?? 0) - box.y - box.height / 2)).toBeLessThan(110);
    }
  });
});
