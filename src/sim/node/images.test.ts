import { describe, expect, it } from 'vitest';
import { CATALOGUE } from './image-catalogue.ts';
import { parseImage } from './image-reference.ts';
import { resolveImage } from './images.ts';
import { NodeWorld } from './testing.ts';

describe('image names', () => {
  it.each([
    ['nginx', 'docker.io/library/nginx:latest'],
    ['nginx:1.28', 'docker.io/library/nginx:1.28'],
    ['bitnami/redis', 'docker.io/bitnami/redis:latest'],
    ['registry.k8s.io/pause:3.10', 'registry.k8s.io/pause:3.10'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['docker.io/redis:7', 'docker.io/library/redis:7'],
    ['index.docker.io/redis', 'docker.io/library/redis:latest'],
    [`nginx@sha256:${'a'.repeat(64)}`, `docker.io/library/nginx@sha256:${'a'.repeat(64)}`],
  ])('%s is %s', (name, familiar) => {
    expect(parseImage(name)).toMatchObject({ familiar });
  });

  it('are refused as distribution/reference refuses them', () => {
    expect(parseImage('Nginx')).toBe('invalid reference format: repository name (library/Nginx) must be lowercase');
    expect(parseImage('nginx:')).toBe('invalid reference format');
    expect(parseImage('ng inx')).toBe('invalid reference format');
  });
});

describe('the catalogue', () => {
  it('has every image once, under its full name', () => {
    const names = CATALOGUE.map(({ repository }) => repository);
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(parseImage(name)).toMatchObject({ repository: name });
  });

  it.each(['nginx:1.14.2', 'nginx:latest', 'nginx:1.27-alpine', 'redis:7', 'redis:7.4-alpine', 'busybox:1.36', 'perl:5.34.0', 'mysql:8.0', 'postgres:16-alpine', 'registry.k8s.io/pause:3.10',
    'registry.k8s.io/e2e-test-images/agnhost:2.43', 'gcr.io/google-samples/hello-app:2.0', 'polinux/stress', 'python:3.12-slim',
    'dockersamples/examplevotingapp_vote', 'registry.istio.io/release/examples-bookinfo-reviews-v2:1.20.3', 'docker.io/istio/examples-bookinfo-details-v1:1.20.3', 'gcr.io/google_samples/gb-frontend:v5',
    'us-docker.pkg.dev/google-samples/containers/gke/gb-frontend:v5', 'us-central1-docker.pkg.dev/online-boutique-ci/microservices-demo/cartservice:v0.10.6', 'k8s.gcr.io/hpa-example', 'k8s.gcr.io/nginx-slim:0.8',
    'public.ecr.aws/docker/library/redis:8.10.1-alpine', 'ghcr.io/stefanprodan/podinfo:6.14.1', 'gcr.io/kuar-demo/kuard-amd64:blue', 'luksa/kubia', 'quay.io/metallb/controller:v0.15.2',
    `registry.k8s.io/ingress-nginx/controller:v1.15.1@sha256:${'a'.repeat(64)}`])('knows %s', (name) => {
    expect(resolveImage(name)).toHaveProperty('image');
  });

  it('answers for what is not there in the words of registries', () => {
    expect(resolveImage('nginx:1.161')).toEqual({ code: 'NotFound', message: 'failed to pull and unpack image "docker.io/library/nginx:1.161": failed to resolve reference "docker.io/library/nginx:1.161": docker.io/library/nginx:1.161: not found' });
    expect(resolveImage('k8s.gcr.io/nope:1')).toMatchObject({ code: 'NotFound', message: expect.stringContaining('k8s.gcr.io/nope:1: not found') });
    expect(resolveImage('no-such-image')).toMatchObject({ code: 'Unknown', message: expect.stringContaining('pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed') });
    expect(resolveImage('registry.example.com/app:1')).toMatchObject({ message: expect.stringContaining('failed to do request: Head "https://registry.example.com/v2/app/manifests/1": dial tcp: lookup registry.example.com: no such host') });
  });
});

describe('pulls', () => {
  it('fail with ErrImagePull, then wait in ImagePullBackOff with growing pauses', () => {
    const world = new NodeWorld();
    world.addPod('typo', { containers: [{ name: 'c', image: 'ngnix:1.28' }] });
    world.run(5);
    const message = 'failed to pull and unpack image "docker.io/library/ngnix:1.28": failed to resolve reference "docker.io/library/ngnix:1.28": pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed';
    expect(world.pod('typo')?.status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ErrImagePull', message } });
    world.run(12);
    expect(world.pod('typo')?.status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ImagePullBackOff', message: `Back-off pulling image "ngnix:1.28": ErrImagePull: ${message}` } });
    expect(world.events('typo').map((event) => event.replace(/ ×\d+/, ''))).toEqual([
      'Pulling: Pulling image "ngnix:1.28"', `Failed: Failed to pull image "ngnix:1.28": ${message}`, 'Failed: Error: ErrImagePull',
      'BackOff: Back-off pulling image "ngnix:1.28"', 'Failed: Error: ImagePullBackOff',
    ]);
    expect(world.pod('typo')?.status?.phase).toBe('Pending');
    const pulls = (): number => world.transcript(0).filter((line) => line.endsWith('cri-pull-image')).length;
    world.run(1200);
    const after20Minutes = pulls();
    world.run(900);
    expect(pulls() - after20Minutes).toBeLessThanOrEqual(3);
  });

  it('print the code of a gRPC error unless it is Unknown', () => {
    const world = new NodeWorld();
    world.addPod('tag', { containers: [{ name: 'c', image: 'nginx:1.161' }] });
    world.run(5);
    expect(world.pod('tag')?.status?.containerStatuses?.[0]?.state?.waiting?.message).toMatch(/^rpc error: code = NotFound desc = failed to pull and unpack image/);
  });

  it('come one after the other on a node, and say how long they waited', () => {
    const world = new NodeWorld();
    world.addPod('one', { containers: [{ name: 'c', image: 'redis:7' }] });
    world.addPod('two', { containers: [{ name: 'c', image: 'nginx:1.28' }] });
    world.run(10);
    const [, own, waiting] = /in ([\d.]+)s \(([\d.]+)s including waiting\)/.exec(world.events('two').find((event) => event.startsWith('Pulled')) ?? '') ?? [];
    expect(Number(waiting)).toBeGreaterThan(Number(own) + 1);
  });

  it('are left out with policy Never, and done every time with Always', () => {
    const world = new NodeWorld();
    world.addPod('never', { containers: [{ name: 'c', image: 'nginx:1.28', imagePullPolicy: 'Never' }] });
    world.run(5);
    expect(world.pod('never')?.status?.containerStatuses?.[0]?.state).toEqual({ waiting: { reason: 'ErrImageNeverPull', message: 'Container image "nginx:1.28" is not present with pull policy of Never' } });
    for (const name of ['a', 'b']) world.addPod(name, { containers: [{ name: 'c', image: 'nginx:1.28', imagePullPolicy: 'Always' }] });
    world.run(10);
    expect(world.transcript(0).filter((line) => line.endsWith('cri-pull-image'))).toHaveLength(2);
    expect(world.ready('b')).toBe(true);
  });

  it('are not tried for a name that is no name', () => {
    const world = new NodeWorld();
    world.addPod('bad', { containers: [{ name: 'c', image: 'Nginx' }] });
    world.run(5);
    expect(world.pod('bad')?.status?.containerStatuses?.[0]?.state?.waiting).toEqual({
      reason: 'InvalidImageName',
      message: 'Failed to apply default image tag "Nginx": couldn\'t parse image name "Nginx": invalid reference format: repository name (library/Nginx) must be lowercase',
    });
  });

  it('show up in the status of the node within ten seconds', () => {
    const world = new NodeWorld();
    world.addPod('web', { containers: [{ name: 'c', image: 'nginx:1.28' }] });
    world.run(15);
    expect(world.node()?.status?.images).toEqual([{ names: [expect.stringMatching(/^docker\.io\/library\/nginx@sha256:/), 'docker.io/library/nginx:1.28'], sizeBytes: 72_000_000 }]);
  });
});
