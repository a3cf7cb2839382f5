// The gallery, in the order a course would take. A new sample is a file, a line here and its title in the `samples` texts.
import { badImage } from './badImage.ts';
import { configMap } from './configMap.ts';
import { crashLoop } from './crashLoop.ts';
import { customResource } from './customResource.ts';
import { firstDeployment } from './firstDeployment.ts';
import { initAndSidecar } from './initAndSidecar.ts';
import { probes } from './probes.ts';
import { rollingUpdate } from './rollingUpdate.ts';
import type { Sample } from './sample.ts';
import { taints } from './taints.ts';
import { tooLarge } from './tooLarge.ts';
import { volumeClaim } from './volumeClaim.ts';

export const SAMPLES: readonly Sample[] = [
  firstDeployment, rollingUpdate, probes, badImage, crashLoop, configMap, volumeClaim, initAndSidecar, taints, tooLarge, customResource,
];
