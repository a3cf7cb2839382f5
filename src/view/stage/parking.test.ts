import { expect, it } from 'vitest';
import { parkingPlaces } from './parking.ts';
import { curveBetween, sceneFor } from './scene.ts';
import type { Curve } from './scene.ts';

it('lets no capsule cover another or leave the stage', () => {
  const scene = sceneFor([{ name: 'node-1', zone: 'a' }], 'compact');
  const ways = [['kube-apiserver', 'etcd'], ['etcd', 'kube-apiserver'], ['kube-apiserver', 'kube-scheduler'], ['kube-apiserver', 'kube-controller-manager'], ['kubectl', 'kube-apiserver'], ['kubelet/node-1', 'cni/node-1']] as const;
  const capsules = ways.map(([from, to]) => ({ curve: curveBetween(scene, from, to) as Curve, width: 150, height: 24 }));
  const places = parkingPlaces(capsules, scene.extent);
  places.forEach((a, i) => {
    expect(a.x - 75).toBeGreaterThanOrEqual(0);
    expect(a.x + 75).toBeLessThanOrEqual(scene.extent.width);
    for (const b of places.slice(i + 1)) expect(Math.abs(a.x - b.x) >= 150 || Math.abs(a.y - b.y) >= 24).toBe(true);
  });
});
