// The catalogue of simulated images: data only. Sizes are compressed sizes as a registry serves them; times and memory
// are round figures near what these programs need. An image that is not here does not exist, as in a real registry.

export interface CatalogueImage {
  readonly repository: string;
  /** Tags that exist. */
  readonly tags: RegExp;
  readonly sizeBytes: number;
  /** `server` listens until it is stopped, `shell` ends at once when it has no terminal, `once` prints and ends. */
  readonly kind: 'server' | 'shell' | 'once';
  /** True when args go to the image's own program; else they replace it, as with CMD or docker-entrypoint scripts. */
  readonly entrypoint: boolean;
  readonly ports: readonly number[];
  /** From the start of the process to listening (servers) or to the end (once). */
  readonly startMs: number;
  readonly memoryMi: number;
  /** Reaction to the stop signal: exit code and how long it takes; absent: PID 1 without a handler ignores SIGTERM. */
  readonly stop?: { readonly exitCode: number; readonly afterMs: number };
  /** HTTP paths that answer 200; any other answers 404. Absent: every path does. */
  readonly httpPaths?: readonly string[];
  /** How its server writes down what it was asked; absent: it does not. */
  readonly accessLog?: 'nginx' | 'apache';
  /** Nothing but the program itself is in it: no shell, no tar. */
  readonly bare?: boolean;
  /** The program ends with 1 unless one of these variables is set. */
  readonly requiresEnv?: readonly string[];
}

const MB = 1_000_000;
const VERSION = String.raw`v?\d+(?:\.\d+){0,3}`;
const tags = (variants: string): RegExp => new RegExp(`^(?:latest|(?:${VERSION})(?:-(?:${variants})[\\w.]*)*|(?:${variants})[\\w.]*)$`);
const DEBIAN = 'alpine|slim|bookworm|bullseye|trixie|buster|stretch';
const QUICK = { exitCode: 0, afterMs: 80 };

function server(repository: string, tagPattern: RegExp, sizeMB: number, ports: readonly number[], startMs: number, memoryMi: number, more: Partial<CatalogueImage> = {}): CatalogueImage {
  return { repository, tags: tagPattern, sizeBytes: Math.round(sizeMB * MB), kind: 'server', entrypoint: false, ports, startMs, memoryMi, stop: QUICK, ...more };
}

function shell(repository: string, tagPattern: RegExp, sizeMB: number): CatalogueImage {
  return { repository, tags: tagPattern, sizeBytes: Math.round(sizeMB * MB), kind: 'shell', entrypoint: false, ports: [], startMs: 5, memoryMi: 1 };
}

// 1.0 to 1.31 with any patch level; 1.161, the typo of the tutorial on rollouts, is not among them.
const NGINX_TAGS = /^(?:latest|stable|mainline|(?:stable-|mainline-)?alpine|perl|1(?:\.(?:\d|[12]\d|3[01]))?(?:\.\d{1,2})?(?:-(?:alpine|perl|bookworm|bullseye|trixie|otel|slim)[\w.-]*)?)$/;
const INDEX = ['/', '/index.html'] as const;

const anyTag = /^[\w.-]+$/;

/** Services that speak on one port, in images that differ by their last word. */
function family(prefix: string, services: Readonly<Record<string, readonly number[]>>, sizeMB: number, startMs: number, memoryMi: number): readonly CatalogueImage[] {
  return Object.entries(services).map(([name, ports]) => server(`${prefix}${name}`, anyTag, sizeMB, ports, startMs, memoryMi, { entrypoint: true }));
}

const BOOKINFO = { 'details-v1': [9080], 'ratings-v1': [9080], 'ratings-v2': [9080], 'reviews-v1': [9080], 'reviews-v2': [9080], 'reviews-v3': [9080], 'productpage-v1': [9080] } as const;
const BOUTIQUE = {
  frontend: [8080], adservice: [9555], currencyservice: [7000], cartservice: [7070], recommendationservice: [8080], checkoutservice: [5050], emailservice: [8080], paymentservice: [50051],
  shippingservice: [50051], productcatalogservice: [3550], loadgenerator: [],
} as const;

/** Applications and controllers that well-known manifests install. */
const INSTALLED: readonly CatalogueImage[] = [
  ...family('registry.istio.io/release/examples-bookinfo-', BOOKINFO, 120, 900, 40),
  ...family('docker.io/istio/examples-bookinfo-', BOOKINFO, 120, 900, 40),
  ...family('us-central1-docker.pkg.dev/online-boutique-ci/microservices-demo/', BOUTIQUE, 60, 500, 30),
  ...family('us-central1-docker.pkg.dev/google-samples/microservices-demo/', BOUTIQUE, 60, 500, 30),
  ...family('docker.io/dockersamples/examplevotingapp_', { vote: [80], result: [80], worker: [] }, 70, 500, 30),
  ...family('quay.io/metallb/', { controller: [9120, 9443, 17472], speaker: [9120, 7946, 17472] }, 30, 400, 25),
  ...family('gcr.io/google-samples/', { 'gb-redis-follower': [6379], 'gb-redisslave': [6379], xtrabackup: [3307], cassandra: [7000, 7001, 7199, 9042] }, 90, 600, 40),
  ...family('registry.k8s.io/', { nginx: [80], redis: [6379], 'test-webserver': [80], serve_hostname: [9376], 'kube-state-metrics/kube-state-metrics': [8080, 8081], 'metrics-server/metrics-server': [10250] }, 25, 200, 15),
  server('registry.k8s.io/ingress-nginx/controller', anyTag, 105, [80, 443, 8443, 10254], 1200, 90, { entrypoint: true }),
  server('public.ecr.aws/docker/library/redis', tags(DEBIAN), 52, [6379], 80, 8),
  server('ghcr.io/stefanprodan/podinfo', anyTag, 24, [9898, 9797, 9999], 100, 14),
  server('gcr.io/kuar-demo/kuard-amd64', anyTag, 8, [8080], 60, 8, { entrypoint: true }),
  server('docker.io/luksa/kubia', anyTag, 265, [8080], 300, 30, { entrypoint: true }),
  server('docker.io/mccutchen/go-httpbin', anyTag, 8, [8080], 40, 8, { entrypoint: true }),
];

export const CATALOGUE: readonly CatalogueImage[] = [
  server('docker.io/library/nginx', NGINX_TAGS, 72, [80], 120, 6, { httpPaths: INDEX, accessLog: 'nginx', stop: { exitCode: 0, afterMs: 120 } }),
  server('docker.io/nginxinc/nginx-unprivileged', NGINX_TAGS, 72, [8080], 120, 6, { httpPaths: INDEX, accessLog: 'nginx' }),
  server('registry.k8s.io/nginx-slim', tags('alpine'), 86, [80], 120, 5, { httpPaths: INDEX, accessLog: 'nginx' }),
  server('docker.io/library/httpd', tags(DEBIAN), 58, [80], 150, 9, { httpPaths: INDEX, accessLog: 'apache' }),
  server('docker.io/library/caddy', tags('alpine|builder'), 20, [80, 443], 120, 12),
  server('docker.io/library/traefik', tags('alpine'), 52, [80], 300, 30, { entrypoint: true }),
  server('docker.io/library/redis', tags(DEBIAN), 52, [6379], 80, 8),
  server('docker.io/library/memcached', tags(DEBIAN), 33, [11211], 40, 5),
  server('docker.io/library/postgres', tags(DEBIAN), 158, [5432], 1800, 40, { stop: { exitCode: 0, afterMs: 400 }, requiresEnv: ['POSTGRES_PASSWORD', 'POSTGRES_HOST_AUTH_METHOD', 'POSTGRES_PASSWORD_FILE'] }),
  server('docker.io/library/mysql', tags('oracle|debian|lts|innovation'), 240, [3306], 7000, 350, { stop: { exitCode: 0, afterMs: 1500 }, requiresEnv: ['MYSQL_ROOT_PASSWORD', 'MYSQL_ALLOW_EMPTY_PASSWORD', 'MYSQL_RANDOM_ROOT_PASSWORD', 'MYSQL_ROOT_PASSWORD_FILE'] }),
  server('docker.io/library/mariadb', tags('noble|jammy|lts|ubi'), 118, [3306], 3000, 90, { stop: { exitCode: 0, afterMs: 800 }, requiresEnv: ['MARIADB_ROOT_PASSWORD', 'MYSQL_ROOT_PASSWORD', 'MARIADB_ALLOW_EMPTY_ROOT_PASSWORD', 'MARIADB_RANDOM_ROOT_PASSWORD'] }),
  server('docker.io/library/mongo', tags('noble|jammy|focal'), 270, [27017], 1500, 160, { stop: { exitCode: 0, afterMs: 500 } }),
  server('docker.io/library/rabbitmq', tags('management|alpine'), 105, [5672, 15672], 5000, 130, { stop: { exitCode: 0, afterMs: 1500 } }),
  server('docker.io/library/wordpress', tags('php|apache|fpm'), 220, [80], 900, 60),
  server('docker.io/fluent/fluentd', tags('debian|edge'), 88, [24224], 1500, 60, { entrypoint: true }),
  server('docker.io/fluent/fluent-bit', tags('debug'), 38, [2020], 300, 15, { entrypoint: true }),
  server('docker.io/traefik/whoami', tags('alpine'), 3, [80], 20, 4, { entrypoint: true, bare: true, stop: { exitCode: 2, afterMs: 20 } }),
  server('docker.io/hashicorp/http-echo', tags('alpine'), 4, [5678], 20, 4, { entrypoint: true, bare: true }),
  server('docker.io/kicbase/echo-server', tags('alpine'), 2, [8080], 20, 4, { entrypoint: true }),
  server('docker.io/prom/prometheus', tags('distroless'), 120, [9090], 900, 60, { entrypoint: true }),
  server('docker.io/grafana/grafana', tags('ubuntu'), 150, [3000], 2500, 80, { entrypoint: true }),
  server('docker.io/stefanprodan/podinfo', tags('alpine'), 24, [9898, 9999], 100, 14),
  server('registry.k8s.io/echoserver', tags('arm'), 43, [8080], 150, 6),
  server('registry.k8s.io/hpa-example', tags('arm'), 180, [80], 400, 12),
  server('registry.k8s.io/e2e-test-images/agnhost', tags('arm'), 53, [80, 8080, 9376], 60, 10, { entrypoint: true }),
  server('registry.k8s.io/pause', tags('linux'), 0.32, [], 5, 0.3, { entrypoint: true, bare: true, stop: { exitCode: 0, afterMs: 10 } }),
  server('registry.k8s.io/coredns/coredns', tags('arm'), 20, [53, 8080, 8181, 9153], 300, 15, { entrypoint: true, bare: true }),
  server('gcr.io/google-samples/hello-app', tags('alpine'), 12, [8080], 60, 6),
  server('gcr.io/google-samples/node-hello', tags('alpine'), 260, [8080], 300, 30),
  server('gcr.io/google-samples/gb-frontend', tags('arm'), 330, [80], 600, 30),
  server('gcr.io/google-samples/kubernetes-bootcamp', tags('arm'), 84, [8080], 300, 30),
  { repository: 'docker.io/polinux/stress', tags: tags('arm'), sizeBytes: 4_000_000, kind: 'shell', entrypoint: false, ports: [], startMs: 5, memoryMi: 2 },
  shell('docker.io/library/busybox', tags('glibc|musl|uclibc|stable|unstable'), 2.2),
  shell('docker.io/library/alpine', tags('edge'), 3.8),
  shell('docker.io/library/debian', tags(`${DEBIAN}|stable|testing|unstable|sid`), 49),
  shell('docker.io/library/ubuntu', tags('noble|jammy|focal|bionic|rolling|devel'), 30),
  shell('docker.io/library/fedora', tags('rawhide'), 62),
  shell('docker.io/library/bash', tags('alpine|devel'), 6),
  shell('docker.io/library/python', tags(DEBIAN), 360),
  shell('docker.io/library/node', tags(`${DEBIAN}|lts|current`), 390),
  shell('docker.io/library/golang', tags(DEBIAN), 300),
  shell('docker.io/library/perl', tags(`${DEBIAN}|threaded|stable`), 340),
  shell('docker.io/library/ruby', tags(DEBIAN), 360),
  shell('docker.io/curlimages/curl', tags('arm'), 9),
  shell('registry.k8s.io/busybox', tags('glibc'), 1.1),
  shell('registry.k8s.io/e2e-test-images/busybox', tags('arm'), 1.2),
  shell('docker.io/nicolaka/netshoot', tags('arm'), 200),
  { repository: 'docker.io/library/hello-world', tags: tags('linux|nanoserver'), sizeBytes: 3_100, kind: 'once', entrypoint: false, ports: [], startMs: 10, memoryMi: 1 },
  { repository: 'registry.k8s.io/ingress-nginx/kube-webhook-certgen', tags: anyTag, sizeBytes: 20_000_000, kind: 'once', entrypoint: true, ports: [], startMs: 400, memoryMi: 10 },
  { repository: 'docker.io/docker/whalesay', tags: tags('arm'), sizeBytes: 85_000_000, kind: 'once', entrypoint: false, ports: [], startMs: 60, memoryMi: 2 },
  ...INSTALLED,
];
